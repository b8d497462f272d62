// Every exchange as it happens: filter, look at one in full, say why it was refused, send it again, keep it as a workflow.
import { h, fill, icon as pictureOf, head, table, button, input, select, dialog, method, status, time, duration, empty, toast, confirm, announce, copyText, download, code, notice } from '../ui.js'
import { split } from '../parts/split.js'
import { command } from '../parts/command.js'
import { contractOf, forgetContracts, keyOf } from '../parts/contract.js'
import { exchangeView, refusal, curlOf } from '../parts/exchange.js'
import { requestOf, hides, send } from '../parts/request.js'
import { workflowOf } from '../parts/arazzo.js'
import { curl } from '../parts/snippet.js'

export const id = 'requests', title = 'Live requests', group = 'Watch', icon = 'activity', key = 'r'

const most = 500 // rows that are kept; the journal holds more

export async function render(root, context) {
  const { world, signal } = context
  const [{ credentials: ready }, loaded, { entries, stats }] = await Promise.all([
    world.get('/ready-credentials', { signal }), contractOf(context), world.get('/journal', { query: { limit: most }, signal }),
  ])
  new Requests(root, context, ready, loaded, entries, stats)
}

class Requests {
  constructor(root, context, ready, loaded, entries, stats) {
    Object.assign(this, { context, ready, ...loaded })
    this.entries = [...entries].reverse() // the newest first
    this.marked = new Set()
    this.chosen = Number(context.path[0]) || 0
    this.paused = false
    this.waiting = 0
    this.place = h('div', { class: 'card flush', role: 'region', 'aria-label': 'Exchanges' })
    this.live = h('span', { class: 'live' })
    this.bulk = h('div', { class: 'bar bulk', hidden: true })
    this.split = split({
      list: [this.filters(), this.bulk, this.place], detail: null, open: this.chosen > 0, back: context.link('requests'), label: 'Exchange',
    })
    root.append(head(title, 'Each exchange with the way that it went through the stand-in, and the real reason where it was refused.', ...this.acts()), this.split)
    this.split.querySelector('.split-list').classList.add('stack')
    this.draw()
    this.show(this.chosen, true)
    this.follow(stats.newest)
    context.shortcut('p', 'pause, go on', () => this.pause())
    context.shortcut('j', 'next exchange', () => this.step(1))
    context.shortcut('k', 'the one before', () => this.step(-1))
    context.shortcut('c', 'copy as curl', () => this.current && this.copy(this.current))
  }

  acts() {
    this.pauseButton = button('Pause', { icon: 'pause', onclick: () => this.pause() })
    return [this.live, this.pauseButton,
      button('HAR', { icon: 'download', title: 'All exchanges of the journal as an HTTP Archive', onclick: async () => download(`${this.context.contract.name}.har`, await this.context.world.text('/journal.har'), 'application/json') }),
      button('Clear', { icon: 'trash', onclick: () => this.clear() })]
  }

  filters() {
    const { query } = this.context
    const changed = () => {
      this.context.setQuery({ text: this.text.value, status: this.state.value, operation: this.operation.value })
      this.draw()
    }
    this.text = input({ type: 'search', placeholder: 'Filter by any text', 'aria-label': 'Filter by text', value: query.get('text') || '', dataset: { search: '' }, oninput: changed })
    this.state = select([['', 'any status'], ['refused', 'refused'], ['2xx', '2xx'], ['3xx', '3xx'], ['4xx', '4xx'], ['5xx', '5xx'], ['0xx', 'cut']], { value: query.get('status') || '', 'aria-label': 'Filter by status', onchange: changed })
    this.operation = select([['', 'any operation'], ['-', 'no operation'], ...this.operations.map((o) => [keyOf(o), keyOf(o)])], { value: query.get('operation') || '', 'aria-label': 'Filter by operation', onchange: changed })
    return h('div', { class: 'filters' }, this.text, h('div', { class: 'row' }, this.state, this.operation))
  }

  fits(entry) {
    const state = this.state.value, operation = this.operation.value, text = this.text.value.trim().toLowerCase()
    if (state === 'refused' ? !refusal(entry) : state && `${Math.floor(entry.response.status / 100)}xx` !== state) return false
    if (operation && (operation === '-' ? entry.operation : entry.operation !== operation)) return false
    return !text || haystack(entry).includes(text)
  }

  shown() {
    return this.entries.filter((e) => this.fits(e)).slice(0, 200)
  }

  draw() {
    const rows = this.shown()
    const focused = this.place.contains(document.activeElement) && document.activeElement.closest('tr')?.dataset.id
    const top = this.place.querySelector('.table-wrap')?.scrollTop || 0
    fill(this.place, table({
      caption: 'Exchanges, the newest first', rows, onrow: (e) => this.choose(e.id), rowClass: (e) => (e.id === this.chosen ? 'chosen' : ''),
      columns: [
        { label: 'Mark', class: 'tick', cell: (e) => h('input', { type: 'checkbox', checked: this.marked.has(e.id), 'aria-label': `Mark exchange ${e.id}`, onchange: (event) => this.mark(e.id, event.target.checked) }) },
        { title: 'Request', cell: (e) => h('span', { class: 'request-line' }, method(e.request.method), h('button', { type: 'button', class: 'row-button clip mono', title: pathOf(e), onclick: () => this.choose(e.id) }, pathOf(e))) },
        { title: 'Status', class: 'num', cell: (e) => h('span', { title: e.trace.problem || null }, status(e.response.status), refusal(e) && h('span', { class: 'hidden' }, ' refused')) },
        { title: 'When', class: 'num', hideNarrow: true, cell: (e) => h('span', { class: 'muted small' }, time(e.start)) },
      ],
      empty: this.entries.length > 0
        ? empty('None fits the filter', `${this.entries.length} exchanges are hidden by it.`, null, button('Show all', { onclick: () => this.unfilter() }))
        : empty('No requests yet', 'They appear here the moment they come. Send one from a shell:', this.firstCommand()),
    }))
    this.place.querySelectorAll('tbody tr').forEach((tr, i) => (tr.dataset.id = rows[i].id))
    if (focused) this.place.querySelector(`tr[data-id="${focused}"] .row-button`)?.focus({ preventScroll: true })
    const wrap = this.place.querySelector('.table-wrap')
    if (wrap) wrap.scrollTop = top
    this.drawBulk()
  }

  firstCommand() {
    const o = this.operations.find((one) => one.method === 'GET' && !one.path.includes('{'))
    const key = this.ready.find((r) => r.secret)
    return curl({ method: 'GET', url: this.context.contract.base_url.replace(/\/$/, '') + (o?.path || '/'), headers: [...(this.context.sandbox ? [['Understudy-Sandbox', this.context.sandbox]] : []), ...(key && o?.explained.security?.length ? [['Authorization', `Bearer ${key.value}`]] : [])] })
  }

  unfilter() {
    this.text.value = this.state.value = this.operation.value = ''
    this.text.dispatchEvent(new Event('input'))
  }

  // ---- as they come

  follow(newest) {
    const { context } = this
    let due = 0
    const later = () => {
      due ||= setTimeout(() => {
        due = 0
        if (!context.signal.aborted) this.draw()
      }, 150)
    }
    context.run(context.world.follow('/journal/follow', {
      query: { after: newest }, signal: context.signal,
      state: (text) => this.say(text),
      on: {
        exchange: (entry) => {
          if (this.entries.some((e) => e.id === entry.id)) return
          this.entries.unshift(entry)
          if (this.entries.length > most) this.entries.length = most
          if (this.paused) return this.say('paused', ++this.waiting)
          later()
          if (refusal(entry) && this.fits(entry)) announce(`${entry.request.method} ${pathOf(entry)} was refused: ${entry.response.status}`)
        },
        missed: ({ missed }) => toast(`${missed} exchanges went by too fast to be shown; the journal holds the latest ones.`),
        reloaded: () => {
          forgetContracts()
          toast('The contract was loaded anew; its journal begins again.')
          context.reload()
        },
      },
    }))
  }

  say(state, waiting) {
    const words = { live: 'live', waiting: 'connecting', over: 'ended', paused: waiting ? `paused, ${waiting} new` : 'paused' }
    if (this.paused && state !== 'paused') return
    this.live.className = `live ${state}`
    fill(this.live, h('span', { class: 'dot', 'aria-hidden': 'true' }), words[state])
  }

  pause() {
    this.paused = !this.paused
    this.waiting = 0
    fill(this.pauseButton, pictureOf(this.paused ? 'play' : 'pause'), h('span', {}, this.paused ? 'Go on' : 'Pause'))
    this.say(this.paused ? 'paused' : 'live')
    announce(this.paused ? 'Paused' : 'Live again')
    if (!this.paused) this.draw()
  }

  async clear() {
    if (!(await confirm('Clear the journal?', 'All exchanges of this world are forgotten. Its state stays as it is.', 'Clear the journal'))) return
    const { cleared } = await this.context.world.del('/journal')
    this.entries = []
    this.marked.clear()
    toast(`${cleared} exchanges cleared`, 'good')
    this.draw()
  }

  // ---- one of them

  step(by) {
    const rows = this.shown()
    const at = rows.findIndex((e) => e.id === this.chosen)
    const next = rows[at < 0 ? 0 : at + by]
    if (next) this.choose(next.id)
  }

  choose(id) {
    this.context.setPath(String(id))
    this.show(id)
    for (const tr of this.place.querySelectorAll('tbody tr')) tr.classList.toggle('chosen', Number(tr.dataset.id) === id)
    if (matchMedia('(max-width: 820px)').matches) scrollTo(0, 0)
  }

  async show(id, first) {
    this.chosen = id
    this.current = null
    if (!id) {
      this.split.show(h('div', { class: 'card' }, empty('Choose an exchange', 'Its trace, both messages and code that sends it again are shown here. Mark several to make a workflow of them. On the command line:', command(this.context, 'journal --follow'))), false)
      return
    }
    try {
      const entry = await this.context.world.get(`/journal/${id}`, { signal: this.context.signal })
      if (this.chosen !== id) return
      this.current = entry
      this.split.show(h('div', { class: 'card' }, exchangeView(entry, {
        operations: this.operations, ready: this.ready, context: this.context,
        actions: [
          button('Copy as curl', { icon: 'copy', small: true, onclick: () => this.copy(entry) }),
          button('Send again', { icon: 'refresh', small: true, onclick: () => this.again(entry) }),
          button('Arazzo workflow', { icon: 'download', small: true, onclick: () => this.workflow([entry]) }),
        ],
      })))
    } catch (error) {
      if (error.name === 'AbortError') return
      this.split.show(h('div', { class: 'card' }, notice('warn', error.message)))
      if (!first) throw error
    }
  }

  async copy(entry) {
    await copyText(curlOf(entry, this.context, this.ready))
    toast('Copied as curl', 'good')
  }

  async again(entry) {
    const request = requestOf(entry, this.context.contract.base_url, this.ready)
    if (request.cut) throw new Error('The journal kept only the beginning of the body, so it cannot be sent again.')
    const answer = await send(this.context.world, request, this.context.signal)
    if (hides(request)) toast('A credential in it is not a ready one; it went out as the journal shows it, hidden.')
    toast(`Sent again: ${answer.response.status || 'cut'}`, answer.response.status && answer.response.status < 400 ? 'good' : '')
    if (answer.entry) this.choose(answer.entry)
  }

  // ---- several of them

  mark(id, yes) {
    if (yes) this.marked.add(id)
    else this.marked.delete(id)
    this.drawBulk()
  }

  drawBulk() {
    const n = this.marked.size
    this.bulk.hidden = n === 0
    fill(this.bulk, h('span', { class: 'grow' }, `${n} marked`),
      button('Arazzo workflow', { icon: 'download', small: true, kind: 'primary', onclick: () => this.workflow(this.entries.filter((e) => this.marked.has(e.id)).reverse()) }),
      button('Unmark', { small: true, kind: 'quiet', onclick: () => { this.marked.clear(); this.draw() } }))
  }

  async workflow(entries) {
    const about = await this.context.world.get('', { signal: this.context.signal })
    const text = workflowOf(entries, this.operations, about)
    if (!text.includes('stepId')) throw new Error('None of them matched an operation of the contract, so there is nothing to make a step of.')
    const name = `${this.context.contract.name}-recorded.arazzo.yaml`
    await dialog({
      title: 'Arazzo workflow', wide: true, cancel: 'Close',
      body: [h('p', { class: 'muted' }, 'Ids that an answer gave are passed on to the steps behind it; credentials come from the run. Play it with:'), code(`understudy run ${name} --control ${location.origin}`, { label: 'Command' }), code(text, { label: 'Workflow' })],
      actions: [{ label: 'Download', act: () => { download(name, text, 'application/yaml'); return true } }],
    })
  }
}

const pathOf = (entry) => {
  const url = new URL(entry.request.url)
  return url.pathname + url.search
}

const found = new WeakMap()
function haystack(entry) {
  if (!found.has(entry)) {
    const { request, response, trace, operation } = entry
    found.set(entry, [request.method, request.url, operation, response.status, trace.problem, trace.detail, trace.caller?.credential, trace.caller?.name, JSON.stringify(request.headers), request.body?.text, response.body?.text, JSON.stringify(response.headers)].filter(Boolean).join('\n').toLowerCase())
  }
  return found.get(entry)
}
