// Every operation: what was understood of it, a request filled in, the answer, and code that does the same.
import { h, fill, head, card, facts, button, linkButton, field, input, select, textarea, tabs, pill, method, status, code, empty, notice, duration, announce } from '../ui.js'
import { split } from '../parts/split.js'
import { sendsToken } from '../api.js'
import { prose } from '../parts/prose.js'
import { schemaView } from '../parts/schema.js'
import { headerTable, bodyOf } from '../parts/message.js'
import { contractOf, groupsOf, keyOf, examplesOf, resolve } from '../parts/contract.js'
import { credentialChoices, mint, showCredentials, addParameter, target, send, bodyText, typedBody } from '../parts/request.js'
import { languages } from '../parts/snippet.js'
import { whyRefused } from '../parts/exchange.js'

export const id = 'explorer', title = 'API explorer', group = 'Watch', icon = 'compass', key = 'e'

export async function render(root, context) {
  const { world, signal } = context
  const [loaded, { credentials: ready }, { classes }] = await Promise.all([
    contractOf(context), world.get('/ready-credentials', { signal }), world.get('/credential-classes', { signal }),
  ])
  const { operations } = loaded
  const chosen = operations.find((o) => keyOf(o) === context.path[0])
  const list = listOf(operations, chosen, context)
  const parts = split({
    list: list.element, open: Boolean(chosen), back: context.link('explorer'), label: 'Operation',
    detail: chosen ? new Trial(chosen, loaded, ready, classes, context).element : placeholder(context, operations),
  })
  root.append(head(title, `${operations.length} operations of ${context.contract.title}, with credentials filled in. What you send goes to the stand-in itself and appears under live requests.`,
    !sendsToken() && linkButton('Swagger UI', `../contracts/${encodeURIComponent(context.contract.name)}/page`, { target: '_blank', rel: 'noopener' })), parts)
  list.element.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
}

const placeholder = (context, operations) =>
  h('div', { class: 'card' }, operations.length > 0
    ? empty('Choose an operation', 'It comes with a request that works. What was understood of all of them, and why, also on the command line:', `understudy explain ${context.contract.name}`)
    : empty('The contract has no operations', 'Its document has no paths. Start the stand-in with another one:', 'understudy serve openapi.yaml'))

/** The list of operations, grouped by what they are about, with a search. */
function listOf(operations, chosen, context) {
  const links = []
  const groups = [...groupsOf(operations)].map(([name, list]) => {
    const items = list.map((o) => {
      const a = h('a', { href: context.link('explorer', keyOf(o)), class: 'op', 'aria-current': o === chosen ? 'true' : null },
        method(o.method), h('span', { class: 'op-text' }, h('span', { class: 'clip' }, o.path), o.summary && h('span', { class: 'muted small clip' }, o.summary)), o.deprecated && pill('deprecated', 'warn'))
      links.push({ a, item: h('li', {}, a), text: `${o.method} ${o.path} ${o.id} ${o.summary} ${o.tags.join(' ')} ${o.explained.role}`.toLowerCase() })
      return links.at(-1).item
    })
    return h('section', { class: 'op-group' }, h('h2', {}, name), h('ul', {}, items))
  })
  const none = h('p', { class: 'muted', hidden: true }, 'No operation has these words.')
  const search = input({
    type: 'search', placeholder: 'Search operations', 'aria-label': 'Search operations', dataset: { search: '' },
    oninput: () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
      for (const { item, text } of links) item.hidden = !words.every((w) => text.includes(w))
      for (const g of groups) g.hidden = ![...g.querySelectorAll('li')].some((li) => !li.hidden)
      none.hidden = groups.some((g) => !g.hidden)
    },
    onkeydown: (event) => {
      if (event.key === 'ArrowDown' || event.key === 'Enter') {
        const first = links.find(({ item }) => !item.hidden)
        if (event.key === 'Enter') first?.a.click()
        else first?.a.focus()
        event.preventDefault()
      }
    },
  })
  const nav = h('nav', { class: 'ops', 'aria-label': 'Operations' }, groups, none)
  nav.addEventListener('keydown', (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const seen = links.filter(({ item }) => !item.hidden).map(({ a }) => a)
    const at = seen.indexOf(document.activeElement)
    if (!by || at < 0) return
    event.preventDefault()
    ;(seen[at + by] || search).focus()
  })
  return { element: h('div', { class: 'card op-card' }, search, nav) }
}

/** One operation: a form for its request, and what came of it. */
class Trial {
  constructor(operation, { document, operations }, ready, classes, context) {
    Object.assign(this, { operation, document, operations, context })
    this.choices = credentialChoices(document, operation, ready, classes)
    this.answer = h('div', { class: 'stack', 'aria-live': 'polite' })
    this.snippets = h('div', {})
    this.problem = h('p', { class: 'hint bad', role: 'alert' })
    this.element = h('div', { class: 'stack' }, this.about(), this.form(), this.answer, card('Code', { lead: 'The request above, as a program sends it.' }, this.snippets))
    this.change()
    context.shortcut('s', 'send the request', () => this.sendButton.click())
  }

  about() {
    const { operation: o, context } = this
    const e = o.explained
    const security = (e.security || []).map((alternative) => alternative.map((s) => s.scheme + (s.scopes?.length ? ` (${s.scopes.join(', ')})` : '')).join(' and ')).map((s) => s || 'none')
    return h('div', { class: 'card' },
      h('div', { class: 'stack tight' },
        h('div', { class: 'row' }, method(o.method), h('code', { class: 'op-path break' }, o.path), o.deprecated && pill('deprecated', 'warn')),
        h('h2', {}, o.summary || keyOf(o)), o.id && o.summary && h('code', { class: 'muted small' }, o.id)),
      o.description && h('details', { open: o.description.length < 220 }, h('summary', {}, 'Description'), prose(o.description)),
      h('div', { class: 'understood' },
        facts([
          ['Understood as', h('span', {}, pill(e.role, e.role === 'none' ? '' : 'good'), e.resource && e.role !== 'none' && h('span', {}, ' of ', h('a', { href: context.link('state') }, h('code', {}, e.resource))))],
          ['Asks for', security.length > 0 ? h('ul', {}, security.map((s, i) => h('li', {}, i > 0 && h('span', { class: 'muted' }, 'or '), s))) : h('span', { class: 'muted' }, 'no credential')],
          ['Limits', e.limits?.length && h('a', { href: context.link('limits') }, e.limits.join(', '))],
          ['Tells of', e.events?.length && h('span', { class: 'pills' }, e.events.map((name) => h('a', { href: context.link('events', name) }, h('code', {}, name))))],
        ]),
        h('details', {}, h('summary', {}, 'Why, and how to change it'),
          h('ul', { class: 'reasons' }, (e.reasons || []).map((r) => h('li', {}, r))),
          h('p', { class: 'muted small' }, `${Math.round((e.confidence || 0) * 100)} % sure. `, 'An overlay of yours says it otherwise:'),
          e.override && code(`overlay: 1.0.0\ninfo: {title: Ours, version: 1.0.0}\nactions:\n${e.override}`, { label: 'Overlay' }),
          code(`understudy serve ${context.contract.name} --overlay ours.overlay.yaml`, { label: 'Command' }))))
  }

  form() {
    const { operation: o, document } = this
    this.credential = select(this.choices.map((c, i) => [String(i), c.label]), { value: '0' })
    this.fields = o.parameters.filter((p) => !(p.in === 'header' && ['accept', 'content-type', 'authorization'].includes(p.name.toLowerCase()))).map((p) => this.parameter(p))
    const groups = [['path', 'Path'], ['query', 'Query'], ['header', 'Headers'], ['cookie', 'Cookies']].map(([where, label]) => [label, this.fields.filter((f) => f.p.in === where)]).filter(([, list]) => list.length > 0)
    this.sendButton = button('Send', { icon: 'send', kind: 'primary', type: 'submit' })
    const form = h('form', {
      class: 'card form', oninput: () => this.change(), onchange: () => this.change(),
      onsubmit: (event) => {
        event.preventDefault()
        this.run()
      },
      onkeydown: (event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault()
          this.run()
        }
      },
    },
    h('div', { class: 'row between' }, h('h2', {}, 'Request'), h('span', { class: 'muted small' }, h('kbd', {}, 'Ctrl'), h('kbd', {}, 'Enter'), ' sends it')),
    field('Credential', this.credential, { hint: this.choices.length > 1 || !o.explained.security?.length ? null : 'No ready credential fits; make one under API keys or identity.' }),
    groups.map(([label, list]) => h('fieldset', { class: 'parameters' }, h('legend', {}, label), list.map((f) => f.element))),
    this.body(),
    h('details', {}, h('summary', {}, 'More headers'), field('Headers', (this.extra = textarea({ class: 'short', placeholder: 'Prefer: code=404\nIf-Match: "1"' })), { hint: 'One a line. Prefer: code=… asks for a documented answer.' })),
    this.problem,
    h('div', { class: 'row' }, this.sendButton, (this.urlLine = h('code', { class: 'muted small break grow' }))))
    return form
  }

  parameter(p) {
    const { document } = this
    const s = resolve(document, p.schema || Object.values(p.content || {})[0]?.schema)
    const types = [].concat(s.type ?? [])
    const [[kind, example]] = [...examplesOf(document, p), ['', undefined]]
    const text = example === undefined || example === null ? '' : Array.isArray(example) ? example.join(',') : typeof example === 'object' ? JSON.stringify(example) : String(example)
    const values = s.enum || (types.includes('boolean') ? [true, false] : null)
    const given = p.required ? text : ''
    const control = values
      ? select([...(p.required ? [] : [['', 'not sent']]), ...values.filter((v) => v !== null).map((v) => [String(v), String(v)])], { value: given })
      : input({ value: given, placeholder: p.required || kind === 'made up' ? '' : text && `e.g. ${text}`, required: p.required === true })
    const items = resolve(document, s.items)
    const hints = [p.description?.trim(), items.enum && `Of ${items.enum.join(', ')}.`, types.includes('array') && 'Several with commas between them.', s.default !== undefined && `Without it ${JSON.stringify(s.default)}.`].filter(Boolean).join(' ')
    return { p, control, element: field(p.name, control, { hint: hints.length > 160 ? `${hints.slice(0, 158)}…` : hints, optional: !p.required }) }
  }

  body() {
    const { operation: o, document } = this
    if (!o.body || o.body.types.length === 0) return null
    this.mediaType = select(o.body.types.map((t) => t.type), { 'aria-label': 'Media type' })
    this.example = select([], { 'aria-label': 'Example' })
    this.text = textarea({ class: 'body', 'aria-label': 'Body', rows: 10 })
    const describe = h('div', {})
    const choose = () => {
      const of = o.body.types.find((t) => t.type === this.mediaType.value)
      this.examples = examplesOf(document, of.media)
      fill(this.example, this.examples.map(([name], i) => h('option', { value: String(i) }, name)))
      this.example.hidden = this.examples.length < 2
      fill(describe, of.media.schema && h('details', {}, h('summary', {}, 'Members'), schemaView(document, of.media.schema)))
      put()
    }
    const put = () => {
      this.text.value = bodyText(this.mediaType.value, this.examples[Number(this.example.value) || 0]?.[1])
      this.text.rows = Math.min(Math.max(this.text.value.split('\n').length + 1, 4), 22)
    }
    this.mediaType.addEventListener('change', choose)
    this.example.addEventListener('change', put)
    choose()
    return h('fieldset', { class: 'parameters' }, h('legend', {}, 'Body', !o.body.required && h('span', { class: 'muted' }, ' optional')),
      h('div', { class: 'row body-bar' }, this.mediaType, this.example, button('Lay out', { small: true, kind: 'quiet', onclick: () => { this.text.value = JSON.stringify(JSON.parse(this.text.value), null, 2); this.change() } })),
      this.text, describe)
  }

  /** The request as it stands in the form. */
  request() {
    const { operation: o } = this
    const request = { method: o.method, path: o.path, query: [], headers: [], body: '' }
    for (const { p, control } of this.fields) {
      if (control.value !== '' || p.in === 'path') addParameter(this.document, request, p, control.value)
    }
    showCredentials(request, this.choices[Number(this.credential.value)])
    const types = o.responses.filter((r) => /^2|^default/.test(r.status)).flatMap((r) => Object.keys(r.content || {}))
    if (types.length > 0 && !types.includes('application/json')) request.headers.push(['Accept', types[0]])
    if (this.text && this.text.value !== '') {
      const { type, body } = typedBody(this.mediaType.value, this.text.value)
      request.headers.push(['Content-Type', type])
      request.body = body
    }
    for (const line of this.extra.value.split('\n')) {
      const at = line.indexOf(':')
      if (at > 0) request.headers.push([line.slice(0, at).trim(), line.slice(at + 1).trim()])
    }
    return request
  }

  change() {
    try {
      const request = this.request()
      fill(this.problem)
      const base = this.context.contract.base_url.replace(/\/$/, '')
      const sent = { ...request, url: base + target(request), headers: this.context.sandbox ? [['Understudy-Sandbox', this.context.sandbox], ...request.headers] : request.headers }
      this.urlLine.textContent = target(request)
      const at = this.language || 'curl'
      fill(this.snippets, tabs(languages.map((l) => ({ id: l.id, title: l.title, render: () => code(l.write(sent), { label: l.title, wrap: l.id === 'curl' }) })), { label: 'Languages', selected: at, onselect: (one) => (this.language = one) }))
    } catch (error) {
      fill(this.problem, `This cannot be written into a request: ${error.message}`)
    }
  }

  async run() {
    if (this.sendButton.getAttribute('aria-busy') === 'true') return
    this.sendButton.setAttribute('aria-busy', 'true')
    const { context } = this
    try {
      await mint(context.world, this.choices[Number(this.credential.value)])
      this.change()
      const answer = await send(context.world, this.request(), context.signal)
      const entry = answer.entry && (await context.world.get(`/journal/${answer.entry}`, { signal: context.signal }).catch(() => null))
      this.show(answer, entry)
    } catch (error) {
      if (error.name === 'AbortError') return
      fill(this.answer, notice('bad', h('strong', {}, 'It was not sent. '), error.message))
    } finally {
      this.sendButton.removeAttribute('aria-busy')
    }
  }

  show({ response, duration_ms: took, interrupted }, entry) {
    const { context, operations } = this
    const documented = this.operation.responses.find((r) => r.status === String(response.status) || r.status.toLowerCase() === `${Math.floor(response.status / 100)}xx`) || this.operation.responses.find((r) => r.status === 'default')
    announce(`Answered ${response.status} in ${duration(took)}`)
    fill(this.answer, card('Answer', {
      actions: h('div', { class: 'row' }, status(response.status), h('span', { class: 'muted' }, duration(took)), entry && linkButton('Trace', context.link('requests', String(entry.id)), { icon: 'activity', kind: 'quiet' })),
      lead: documented?.description?.split('\n')[0],
    },
    interrupted && notice('warn', interrupted),
    entry && whyRefused(entry, operations, context),
    tabs([
      { id: 'body', title: 'Body', render: () => bodyOf(response.body, 'Answer') },
      { id: 'headers', title: 'Headers', count: Object.keys(response.headers).length, render: () => headerTable(response.headers) },
    ], { label: 'Answer' })))
    this.answer.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
  }
}
