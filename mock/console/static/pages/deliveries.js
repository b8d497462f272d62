// What is on its way to whom: deliveries, their attempts, and what follows.
import { h, fill, head, card, button, select, empty, pill, time, confirm, toast, notice, facts, tabs, duration, status, dialog, field } from '../ui.js'
import { command } from '../parts/command.js'
import { bodyOf, deliveryState, headerTable, outcomePill } from '../parts/message.js'
import { split } from '../parts/split.js'
import { steady } from '../parts/steady.js'
import { troubleChooser, troubleWords } from './faults-deliveries.js'

export const id = 'deliveries', title = 'Deliveries', group = 'Events', icon = 'list'

export async function render(root, context) {
  const { world, signal, path, query, link, setQuery } = context
  const [{ endpoints }, { events }] = await Promise.all([world.get('/endpoints', { signal }), world.get('/events', { query: { samples: false }, signal })])
  const rows = h('div', {})
  let limit = 100
  const filter = () => ({ state: state.value, type: type.value, endpoint: endpoint.value, event: query.get('event') })
  const back = () => link('deliveries', { query: filter() })
  const show = steady(rows, (list) => listOf(list, context, filter(), limit, () => { limit += 200; return load() }))
  const load = async () => show((await world.get('/deliveries', { query: { ...filter(), limit }, signal })).deliveries)
  const choose = () => { setQuery(filter()); context.run(load()) }
  const box = (name, choices) => select(choices, { value: query.get(name) || '', 'aria-label': name, onchange: choose })
  const state = box('state', [['', 'all states'], 'pending', 'sending', 'held', 'delivered', 'dead', 'cancelled'])
  const type = box('type', [['', 'all events'], ...events.map((e) => e.type)])
  const endpoint = box('endpoint', [['', 'all endpoints'], ...endpoints.map((e) => [e.id, e.url])])
  root.append(head(title, 'Each event on its way to each receiver: what was sent, what came back, and why what happens next.',
    button('Replay the dead', { icon: 'refresh', onclick: () => replayAll(context, filter(), load) })))
  const view = split({
    list: card(null, { class: 'flush' }, h('div', { class: 'bar filters' }, state, type, endpoints.length > 1 && endpoint, query.get('event') && button('All events', { small: true, onclick: () => context.go('deliveries') })), rows),
    detail: h('div', { class: 'choose muted' }, 'Choose a delivery to see its attempts.'), open: Boolean(path[0]), back: back(), label: 'Delivery',
  })
  root.append(view)
  await load()
  context.every(1500, () => context.run(load()))
  if (path[0]) await showOne(view, context, path[0], load)
}

function listOf(list, context, filter, limit, more) {
  const { link, path } = context
  const filtered = Object.values(filter).some(Boolean)
  if (list.length === 0) {
    return h('div', { class: 'pad' }, filtered ? empty('No delivery is like that', 'Choose other states or events.') : empty('Nothing was delivered yet', 'Register an endpoint, then let something happen at the API or send an event by hand:', command(context, 'event send TYPE'), h('a', { class: 'button', href: link('endpoints') }, 'Endpoints'), h('a', { class: 'button primary', href: link('events') }, 'Events')))
  }
  return h('div', {}, h('ul', { class: 'pick-list' }, list.map((d) => h('li', {}, h('a', { href: link('deliveries', d.id, { query: filter }), 'aria-current': path[0] === d.id ? 'true' : null, class: 'two-lines' },
    h('span', { class: 'row between' }, h('strong', { class: 'mono break' }, d.type), deliveryState(d.state)),
    h('span', { class: 'row between muted small' }, h('span', { class: 'clip grow' }, d.url), h('span', { class: 'nowrap' }, d.next_at ? ['next ', time(d.next_at)] : time(d.created_at), d.attempts > 1 && ` · ${d.attempts} attempts`)))))),
  list.length >= limit && h('div', { class: 'pad' }, button('Show more', { onclick: more })))
}

async function showOne(view, context, id, reload) {
  const { world, signal, link } = context
  const at = `/deliveries/${encodeURIComponent(id)}`
  const headline = h('div', { class: 'stack' }), attempts = h('div', { class: 'stack' })
  const act = async (promise, words) => { await promise; toast(words, 'good'); await load(); await reload() }
  const showHead = steady(headline, (d) => [
    h('div', { class: 'row between' }, h('h2', { class: 'mono break' }, d.type), deliveryState(d.state)),
    h('div', { class: 'actions' },
      button('Replay', { kind: 'primary', icon: 'refresh', onclick: async () => { const made = await world.post(`${at}/replay`, {}); context.go('deliveries', made.id) } }),
      button('Replay with trouble', { onclick: () => replayWith(context, at) }),
      d.next_at && button('Go to the next attempt', { icon: 'clock', title: 'Moves the clock', onclick: async () => { await world.post('/clock', { set: d.next_at }); await context.clockMoved(); await load(); await reload() } }),
      ['pending', 'held'].includes(d.state) && button('Cancel', { kind: 'danger', onclick: () => act(world.post(`${at}/cancel`), 'Nothing more is sent.') })),
    facts([['To', h('span', { class: 'break' }, d.method, ' ', d.url)], ['Endpoint', d.endpoint && h('a', { href: link('endpoints', d.endpoint), class: 'break' }, d.endpoint)], ['Event', h('code', { class: 'break' }, d.event)], ['Begun', time(d.created_at)], ['Next attempt', d.next_at && h('span', {}, time(d.next_at), h('span', { class: 'muted' }, ` · ${d.next_at}`))], ['Ended', d.ended_at && time(d.ended_at)],
      ['Why', d.why], ['Replay of', d.replay_of && h('a', { href: link('deliveries', d.replay_of) }, d.replay_of)], ['Wrong on purpose', d.misbehaviour?.map((m) => m.kind).join(', ')]]),
  ])
  const showAttempts = steady(attempts, (list) => (list.length > 0 ? list.map((a, i) => attemptOf(a, i === list.length - 1)) : h('p', { class: 'muted' }, 'Nothing was tried yet.')))
  const load = async () => {
    const { delivery, attempts: list } = await world.get(at, { signal })
    showHead(delivery)
    showAttempts(list)
  }
  await load()
  view.show(card(null, {}, headline, h('h3', {}, 'Attempts'), attempts))
  context.every(1500, () => context.run(load()))
}

function attemptOf(a, open) {
  return h('details', { class: 'attempt', open }, h('summary', {}, h('strong', {}, `Attempt ${a.number}`), a.response ? status(a.response.status) : pill(a.error ? 'no answer' : 'cut', 'bad'), outcomePill(a.outcome), h('span', { class: 'muted' }, time(a.at), ` · ${duration(a.duration_ms)}`)),
    h('div', { class: 'stack' },
      h('p', { class: 'break' }, a.why, a.next_at && [' (', time(a.next_at), ')']), a.error && notice('bad', h('p', {}, a.error)),
      a.misbehaviour?.length > 0 && notice('warn', h('p', {}, 'Wrong on purpose: ', a.misbehaviour.map((m) => troubleWords[m] ? `${m} (${troubleWords[m]})` : m).join(', '))),
      tabs([
        { id: 'request', title: 'Request', render: () => h('div', { class: 'stack' }, headerTable(a.request.headers), bodyOf(a.request.body, 'Request body')) },
        { id: 'response', title: a.response ? `Response ${a.response.status}` : 'No response', render: () => (a.response ? h('div', { class: 'stack' }, headerTable(a.response.headers), bodyOf(a.response.body, 'Response body')) : h('p', { class: 'muted' }, a.error || 'Nothing came back.')) },
      ], { label: `Attempt ${a.number}` })))
}

async function replayWith(context, at) {
  const { kinds } = await context.world.get('/misbehaviours')
  const trouble = troubleChooser(kinds, { none: false })
  const made = await dialog({ title: 'Replay with trouble', body: field('Wrong on purpose', trouble), actions: [{ label: 'Replay', act: () => context.world.post(`${at}/replay`, { misbehaviour: [{ kind: trouble.value }] }) }] })
  if (made) context.go('deliveries', made.id)
}

async function replayAll(context, filter, load) {
  const words = filter.state && filter.state !== 'dead' ? `that are ${filter.state}` : 'that are dead'
  if (!(await confirm('Replay deliveries?', `All ${words}${filter.type ? ` of ${filter.type}` : ''} are made again, the oldest first, under the same event ids.`, 'Replay', 'primary'))) return
  const body = Object.fromEntries(Object.entries(filter).filter(([, v]) => v))
  const { deliveries } = await context.world.post('/deliveries/replay', body)
  toast(deliveries.length ? `${deliveries.length} on the way again.` : `There are none ${words}.`, deliveries.length ? 'good' : '')
  await load()
}
