// The frame: views, selection, and the address, so that a link leads to a test or an exchange.

const state = { view: '', list: null, canvas: null }
const list = () => state.list
const views = { ...(cardSuites.length ? { card: 'Card' } : {}), tests: rulesOnly ? 'Rules' : 'Tests', exchanges: 'Exchanges', ...(rulesOnly ? {} : { coverage: 'Coverage' }), run: 'Run' }
const linkTo = (view, id) => `#/${view}${id === undefined ? '' : '/' + encodeURIComponent(id)}`

function header() {
  const facts = [instant(started), nanoseconds(result.elapsed), plural(result.requests || 0, rulesOnly ? 'call' : 'request'), rulesOnly ? '' : `seed ${byId('result').dataset.seed}`, result.shard ? `shard ${result.shard}` : ''].filter(Boolean)
  byId('brand').replaceChildren(el('strong', {}, result.tool.name || 'understudy'), ` ${result.command || ''} ${result.tool.version || ''}`)
  byId('facts').replaceChildren(
    ...(result.targets || []).slice(0, 4).map((t) => el('p', { class: 'target' }, el('strong', {}, [t.title || t.contract, t.version].filter(Boolean).join(' ')), ' at ', el('span', { class: 'address' }, t.url))),
    el('p', { class: 'quiet' }, facts.join(' · ')))
  for (const g of (result.gates || []).filter((gate) => !gate.passed)) byId('facts').append(el('p', { class: 'bad' }, `${g.name}: ${Math.floor(g.got * 10) / 10} % of ${g.want} %`))
}

// outcomes shows how many tests came to what; each part is a button that filters.
function outcomes() {
  const total = Math.max(1, tests.length)
  const listed = ['failed', 'errored', 'known', 'passed', 'skipped']
  for (const outcome of listed) {
    if (!counts[outcome]) continue
    const part = el('span', { class: outcome })
    part.style.flexGrow = String(Math.max(counts[outcome] / total, 0.01))
    byId('bar').append(part)
  }
  byId('outcomes').replaceChildren(...listed.map((outcome) =>
    el('button', { type: 'button', class: `count ${outcome}`, 'data-outcome': outcome, 'aria-pressed': 'false', disabled: counts[outcome] === 0, on: { click: () => toggleOutcome(outcome) } },
      el('span', { class: 'sign', 'aria-hidden': 'true' }, signs[outcome]), el('strong', {}, counts[outcome].toLocaleString('en')), ' ', names[outcome].toLowerCase())))
}

function toggleOutcome(outcome, only = false) {
  if (!counts[outcome] && !only) return
  const was = filter.outcomes.has(outcome)
  if (only) {
    filter.outcomes.clear()
    if (!was) ['failed', 'errored'].forEach((o) => filter.outcomes.add(o))
  } else if (was) filter.outcomes.delete(outcome)
  else filter.outcomes.add(outcome)
  if (state.view !== 'tests' && state.view !== 'exchanges') go('tests')
  refresh()
}

function navigation() {
  const sizes = { tests: tests.length, exchanges: rows.length }
  byId('views').replaceChildren(...Object.entries(views).map(([view, name], i) =>
    el('a', { href: linkTo(view), 'data-view': view, 'aria-keyshortcuts': String(i + 1) }, name, sizes[view] === undefined ? null : el('span', { class: 'size' }, sizes[view].toLocaleString('en')))))
}

function testRow(test) {
  return [outcomeMark(test.outcome),
    el('span', { class: 'words' }, el('span', { class: 'name' }, test.name || test.id), el('span', { class: 'quiet' }, [...new Set([test.check, test.operation || test.id, test.suite.name])].filter(Boolean).join(' · '))),
    el('span', { class: 'quiet time' }, test.suite.kind === 'rules' ? '' : nanoseconds(test.elapsed))]
}

function exchangeRow(row) {
  const worst = row.findings.length ? el('span', { class: `dot ${row.level}`, title: plural(row.findings.length, 'finding') }, el('span', { class: 'unseen' }, plural(row.findings.length, 'finding'))) : el('span', { class: 'dot' })
  return [worst, el('span', { class: 'number quiet' }, row.number),
    el('span', { class: 'words' }, el('span', { class: 'name' }, el('span', { class: 'method' }, row.method), ' ', pathOf(row.url)), el('span', { class: 'quiet' }, row.purpose || row.operation || row.test)),
    statusChip(row.status), el('span', { class: 'quiet time' }, took(row.ms))]
}

// frame builds a view with a list and what is selected in it.
function frame(view) {
  const made = new List({
    label: views[view], name: view, height: 54, draw: view === 'tests' ? testRow : exchangeRow,
    chosen: (item) => show(view, item, true),
  })
  state.list = made
  state.canvas = view === 'exchanges' ? timeline((row) => made.select(made.items.indexOf(row))) : null
  byId('main').replaceChildren(filterBar(view), el('div', { class: 'panes' },
    el('section', { class: 'pane list', 'aria-label': `List of ${view}` }, el('p', { id: 'found', class: 'quiet found' }), state.canvas ? [state.canvas, timelineEnds()] : null, made.box),
    el('section', { class: 'pane detail', id: 'detail', 'aria-label': 'Selected', tabindex: '0' }, empty())))
}

const empty = () => el('div', { class: 'nothing' }, tests.length + rows.length === 0 ? el('p', {}, 'Nothing ran, so that there is nothing to show.') : el('p', {}, 'Select something in the list, or press ', el('kbd', {}, 'j'), '.'))

function refresh() {
  for (const button of document.querySelectorAll('[data-outcome]')) button.setAttribute('aria-pressed', String(filter.outcomes.has(button.dataset.outcome)))
  if (!state.list) return
  const items = state.view === 'tests' ? shownTests() : shownRows()
  state.list.show(items, state.selected)
  const all = state.view === 'tests' ? tests.length : rows.length
  const text = items.length === all ? plural(all, state.view === 'tests' && rulesOnly ? 'rule' : state.view.slice(0, -1)) : `${items.length.toLocaleString('en')} of ${plural(all, state.view.slice(0, -1))}`
  byId('found').textContent = text
  say(text)
  if (state.canvas) {
    state.canvas.visible = items.length === all ? null : items
    state.canvas.redraw()
  }
}

function show(view, item, replace) {
  state.selected = item
  const back = el('button', { type: 'button', class: 'back', on: { click: leave } }, '← Back to the list')
  byId('detail').replaceChildren(back, view === 'tests' ? testView(item) : el('div', {}, el('h2', { id: 'subject', tabindex: '-1' }, `Exchange ${item.number}`), exchangeView(item.number)))
  byId('detail').scrollTop = 0
  document.body.classList.add('reading')
  if (state.canvas) {
    state.canvas.current = item
    state.canvas.cursor()
  }
  if (replace) history.replaceState(null, '', linkTo(view, view === 'tests' ? item.id : item.number))
}

function leave() {
  document.body.classList.remove('reading')
  state.list?.box.focus()
}

function nextBad(by) {
  const shownList = list()
  if (!shownList) return
  const wrong = (item) => (state.view === 'tests' ? bad(item) : item.findings.length > 0)
  let at = shownList.at < 0 && by < 0 ? shownList.items.length : shownList.at
  for (at += by; at >= 0 && at < shownList.items.length; at += by) if (wrong(shownList.items[at])) return shownList.select(at)
  say('There is no other failure')
}

const go = (view) => (location.hash = linkTo(view))

const sheets = { card: cardView, coverage: coverageView, run: runView }

// route shows what the address names.
function route() {
  if (state.view && !location.hash.startsWith('#/')) return // the way past the head of the page
  const [, wanted, id] = /^#\/([a-z]+)(?:\/(.*))?$/.exec(location.hash) || []
  const view = views[wanted] ? wanted : Object.keys(views)[0]
  if (state.view !== view) {
    Object.assign(state, { view, list: null, canvas: null, selected: null })
    document.body.classList.remove('reading')
    document.body.dataset.view = view
    for (const link of document.querySelectorAll('[data-view]')) {
      if (link.dataset.view === view) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    if (view === 'tests' || view === 'exchanges') frame(view)
    else byId('main').replaceChildren(el('div', { class: 'sheet', tabindex: '0', role: 'group', 'aria-label': views[view] }, el('div', { class: 'column' }, sheets[view]())))
    refresh()
  }
  let name = ''
  try {
    name = decodeURIComponent(id || '')
  } catch {
    return // no address of ours
  }
  const item = view === 'tests' ? testOf.get(name) : view === 'exchanges' ? rowOf.get(Number(name)) : null
  if (item && item !== state.selected) {
    if (!list().items.includes(item)) clearFilter()
    show(view, item, false)
    state.list.show(list().items, item)
  }
}

header()
outcomes()
navigation()
tools()
addEventListener('hashchange', route)
route()
if (!location.hash && state.view === 'tests' && tests.some(bad) && matchMedia('(min-width: 900px)').matches) {
  const first = shownTests()[0]
  show('tests', first, false)
  state.list.show(state.list.items, first)
}
document.documentElement.dataset.ready = 'true'
