// Trouble on command: what answers do wrong, what deliveries do wrong, and parts of the contract that are switched off.
import { h, fill, head, card, button, table, tabs, empty, pill, time, confirm, toast, checkbox, notice } from '../ui.js'
import { command } from '../parts/command.js'
import { steady } from '../parts/steady.js'
import { orderFault } from './faults-order.js'
import { misbehaviourView } from './faults-deliveries.js'

export const id = 'faults', title = 'Faults', group = 'Trouble', icon = 'zap'

export async function render(root, context) {
  const { world, signal, path } = context
  const [{ kinds }, { modules }, description] = await Promise.all([world.get('/faults', { signal }), world.get('/modules', { signal }), world.get('/openapi.json', { signal })])
  const reach = { ...context, kinds, operations: operationsOf(description) }
  const view = h('div', { class: 'stack' })
  const load = await answers(view, reach)
  const order = () => orderFault(reach, load)
  root.append(
    head(title, 'Trouble that you order, for the requests that fit. Each hit is told in the journal; nothing is ever wrong by itself.', button('Order a fault', { kind: 'primary', icon: 'plus', onclick: order })),
    tabs([
      { id: 'answers', title: 'Answers', render: () => view },
      { id: 'deliveries', title: 'Deliveries', render: () => misbehaviourView(reach) },
      modules.length > 0 && { id: 'modules', title: 'Modules', count: modules.filter((m) => !m.on).length ? `${modules.filter((m) => !m.on).length} off` : modules.length, render: () => moduleView(reach, modules) },
    ].filter(Boolean), { selected: path[0], label: 'Trouble', onselect: (which) => context.setPath(which) }))
  context.shortcut('n', 'order a fault', order)
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']

function operationsOf(document) {
  const list = []
  for (const [path, item] of Object.entries(document.paths || {})) {
    for (const m of methods) if (item[m]?.operationId) list.push({ id: item[m].operationId, method: m.toUpperCase(), path })
  }
  return list
}

const states = { active: ['acts', 'bad'], waiting: ['waits for its time', 'info'], spent: ['spent', ''], over: ['over', ''], off: ['on request only', ''] }

async function answers(view, context) {
  const { world, signal } = context
  const body = h('div', {})
  const show = steady(body, (list) => faultTable(list, context, load))
  const note = h('div', {})
  const load = async () => {
    const { faults } = await world.get('/faults', { signal })
    show(faults)
    const outages = faults.filter((f) => f.outage && f.state === 'active')
    fill(note, outages.length > 0 && notice('bad', outages.map((f) => h('p', {}, h('strong', {}, f.outage), h('span', {}, ` has gone on since ${f.begins_at || f.ordered_at}`, f.ends_at && ` and ends at ${f.ends_at}`, '.')))))
    clear.disabled = faults.length === 0
  }
  const clear = button('Take all back', { kind: 'danger', onclick: async () => {
    if (!(await confirm('Take all faults back?', 'Those of the overlay go too, until the state is reset.', 'Take them back'))) return
    const { removed } = await world.del('/faults')
    toast(`${removed} ${removed === 1 ? 'fault is' : 'faults are'} gone.`, 'good')
    await load()
  } })
  fill(view, note, card('Ordered faults', { class: 'flush', actions: clear }, body))
  await load()
  context.every(1500, () => context.run(load()))
  return load
}

const stateOf = (f) => pill(...(states[f.state] || [f.state, '']))

const faultTable = (list, context, load) => table({
  caption: 'Ordered faults', rows: list,
  empty: h('div', { class: 'pad' }, empty('No trouble is ordered', 'Let some answers fail, be slow, break off or lie, and see what your client does. With “Order a fault”, or:', command(context, 'fault add status=503 --times 2'))),
  columns: [
    { title: 'Name', cell: (f) => h('div', {}, h('strong', { class: 'break' }, f.name), f.given && h('div', { class: 'muted small' }, 'from the overlay'), h('div', { class: 'only-narrow' }, stateOf(f))) },
    { title: 'What happens', cell: (f) => h('div', {}, h('code', {}, f.kind), ' ', h('span', { class: 'break' }, effectOf(f)), f.outage && h('div', {}, pill('outage', 'bad'), ' ', h('span', { class: 'break' }, f.outage))) },
    { title: 'To which requests', hideNarrow: true, cell: (f) => h('span', { class: 'break' }, matchOf(f)) },
    { title: 'How often', hideNarrow: true, cell: rhythmOf },
    { title: 'State', hideNarrow: true, cell: stateOf },
    { title: 'Hits', class: 'num', cell: (f) => h('span', { title: `${f.matched} requests fitted` }, h('strong', {}, f.acted.toLocaleString('en')), h('span', { class: 'muted' }, ` of ${f.matched.toLocaleString('en')}`), f.last_acted_at && h('div', { class: 'muted small nowrap' }, time(f.last_acted_at))) },
    { label: 'Actions', cell: (f) => h('div', { class: 'row end' }, button(`Remove ${f.name}`, { icon: 'trash', bare: true, small: true, kind: 'quiet', onclick: async () => {
      await context.world.del(`/faults/${encodeURIComponent(f.name)}`)
      toast(`${f.name} is gone.`, 'good')
      await load()
    } })) },
  ],
})

function effectOf(f) {
  const words = []
  if (f.status) words.push(f.status.join(' or '))
  for (const [name, value] of Object.entries({ delay: f.delay, code: f.code, message: f.message, media_type: f.media_type, member: f.member })) if (value) words.push(name === 'delay' ? value : `${name.replace('_', ' ')} ${value}`)
  if (f.bytes !== undefined) words.push(`after ${f.bytes} bytes`)
  if (f.rate) words.push(`${f.rate} bytes a second`)
  if (f.effect) words.push('carried out first')
  return words.join(', ')
}

function matchOf(f) {
  const words = [...(f.methods || []), ...(f.operations || [])]
  if (f.path) words.push(f.path)
  for (const name of ['credential', 'account', 'sandbox']) if (f[name]) words.push(`${name} ${f[name]}`)
  return words.length ? words.join(', ') : 'all'
}

function rhythmOf(f) {
  const words = []
  if (f.after) words.push(`after ${f.after}`)
  words.push(f.times ? `${f.times} ${f.times === 1 ? 'time' : 'times'}` : 'always')
  if (f.every) words.push(`every ${f.every}`)
  if (f.probability) words.push(`with probability ${f.probability}`)
  return h('div', {}, words.join(', '), f.ends_at && h('div', { class: 'muted small' }, 'ends ', time(f.ends_at)), f.state === 'waiting' && h('div', { class: 'muted small' }, 'begins ', time(f.begins_at)))
}

function moduleView(context, modules) {
  return card('Modules', { class: 'flush', lead: 'Parts of the product that the vendor sells apart. Operations of one that is off are refused as the vendor refuses them.' }, table({
    caption: 'Modules', rows: modules,
    columns: [
      { title: 'On', cell: (m) => checkbox(m.name, { checked: m.on, onchange: (event) => context.run(context.world.put(`/modules/${encodeURIComponent(m.name)}`, { on: event.target.checked }).then(() => toast(`${m.name} is ${event.target.checked ? 'on' : 'off'}.`, 'good'))) }) },
      { title: 'What it is', cell: (m) => m.description },
      { title: 'Operations', hideNarrow: true, cell: (m) => h('span', { class: 'break muted' }, m.operations.join(', ')) },
    ],
  }))
}
