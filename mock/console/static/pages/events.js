// What the contract tells others: each event with its payload, its schema, a command, and a way to send it with one's own edits.
import { h, fill, head, card, button, input, empty, pill, checkbox, toast, tabs, time, table } from '../ui.js'
import { command } from '../parts/command.js'
import { split } from '../parts/split.js'
import { steady } from '../parts/steady.js'
import { eventView } from './events-one.js'

export const id = 'events', title = 'Events', group = 'Events', icon = 'send'

export async function render(root, context) {
  const { world, signal, path } = context
  const [{ events }, { families }] = await Promise.all([world.get('/events', { query: { samples: false }, signal }), world.get('/event-families', { signal })])
  root.append(head(title, 'What the vendor tells others by webhooks. Look at a payload, change it, send it, and see what your receiver makes of it.'))
  if (events.length === 0) {
    root.append(empty('The contract tells nobody anything', 'Its document has no webhooks, and no overlay adds events. Which contracts have some, their operations tell:', command(context, 'event list')))
    return
  }
  root.append(tabs([
    { id: 'catalogue', title: 'Catalogue', count: events.length, render: () => catalogue(context, events, families) },
    { id: 'told', title: 'Told', render: () => toldView(context) },
  ], { selected: path[0] === 'told' ? 'told' : 'catalogue', label: 'Events', onselect: (which) => context.setPath(...(which === 'told' ? ['told'] : [])) }))
}

function catalogue(context, events, families) {
  const { path, link, run, signal } = context
  const chosen = events.find((e) => e.type === path[0])
  const rows = h('ul', { class: 'pick-list' })
  const search = input({ type: 'search', placeholder: 'Find an event', 'aria-label': 'Find an event', dataset: { search: '' }, oninput: () => draw() })
  const draw = () => {
    const text = search.value.trim().toLowerCase()
    const found = events.filter((e) => !text || e.type.toLowerCase().includes(text) || e.description?.toLowerCase().includes(text))
    fill(rows, found.map((e) => h('li', {}, h('a', { href: link('events', e.type), 'aria-current': e === shown ? 'true' : null },
      h('span', { class: 'break mono' }, e.type), h('span', { class: 'pills' }, !e.on && pill('off', 'warn'), e.basis === 'assumed' && pill('assumed'))), )),
    found.length === 0 && h('li', { class: 'muted pad' }, 'No event is called so.'))
  }
  const shown = chosen || events[0]
  draw()
  const view = split({
    list: card(null, { class: 'flush' }, h('div', { class: 'bar' }, search), rows, families.length > 0 && familyList(context, families)),
    detail: h('p', { class: 'muted' }, 'Reading the event…'), open: Boolean(chosen), back: link('events'), label: `Event ${shown.type}`,
  })
  run(eventView(context, shown.type).then((e) => signal.aborted || view.show(e, Boolean(chosen))))
  return view
}

const familyList = (context, families) => h('div', { class: 'pad stack tight' }, h('h3', {}, 'Families'), families.map((f) => checkbox(`${f.name} (${f.events.length})`, {
  checked: f.on, onchange: (event) => context.run(turn(context, f, event.target.checked)),
})))

async function turn(context, family, on) {
  await context.world.put(`/event-families/${encodeURIComponent(family.name)}`, { on })
  await context.reload()
  toast(`Events of ${family.name} are ${on ? 'told' : 'told to nobody'}.`, 'good')
}

/** Events that happened, whoever heard of them. */
function toldView(context) {
  const { world, signal, link } = context
  const body = h('div', {})
  const show = steady(body, (list) => table({
    caption: 'Events that were told', rows: list,
    empty: h('div', { class: 'pad' }, empty('Nothing happened yet', 'Events are told when something happens at the API, or by hand:', command(context, 'event send TYPE'))),
    columns: [
      { title: 'Event', cell: (e) => h('div', {}, h('strong', { class: 'mono break' }, e.type), h('div', { class: 'muted small break' }, e.id)) },
      { title: 'When', cell: (e) => h('span', { class: 'nowrap' }, time(e.at)) },
      { title: 'Cause', hideNarrow: true, cell: (e) => h('span', { class: 'break' }, e.cause) },
      { title: 'Deliveries', class: 'num', cell: (e) => (e.deliveries.length ? h('a', { href: link('deliveries', { query: { event: e.id } }) }, e.deliveries.length) : h('span', { class: 'muted' }, 'none')) },
      { label: 'Actions', cell: (e) => h('div', { class: 'row end' }, button('Send again', { small: true, onclick: async () => {
        const { deliveries } = await world.post(`/told-events/${encodeURIComponent(e.id)}/replay`, {})
        toast(deliveries.length ? `${deliveries.length} on the way again.` : 'No endpoint wants to hear of it.', deliveries.length ? 'good' : '')
      } })) },
    ],
  }))
  const load = async () => show((await world.get('/told-events', { query: { limit: 100 }, signal })).events)
  context.run(load())
  context.every(2000, () => context.run(load()))
  return card(null, { class: 'flush' }, body)
}
