// Trouble for deliveries: what the vendor's webhooks do wrong on command.
import { h, card, button, field, input, select, table, empty, dialog, toast } from '../ui.js'
import { command } from '../parts/command.js'
import { steady } from '../parts/steady.js'

/** What the kinds do, for people. */
export const troubleWords = {
  duplicate: 'sent twice', 'out-of-order': 'sent behind a later one', delayed: 'sent late', 'unknown-event': 'with a type that nobody knows', 'huge-body': 'with a body that is far too large', 'slow-sender': 'sent byte by byte',
  unsigned: 'without a signature', 'empty-signature': 'with an empty signature', 'wrong-secret': 'signed with another secret', 'other-body': 'signed over another body', 'changed-byte': 'with one byte changed on the way',
  reserialised: 'the same JSON, written differently', 'stale-timestamp': 'signed long ago', 'future-timestamp': 'signed in the future', 'second-right': 'two signatures, the second of which is right',
  'fake-scheme': 'with a made-up scheme beside the right one', 'long-header': 'with a very long signature header', 'other-family': 'signed by another vendor’s scheme',
}

/** A chooser of trouble, grouped; the first choice is none. */
export const troubleChooser = (kinds, attributes = {}) => {
  const words = (k) => [k.kind, troubleWords[k.kind] ? `${k.kind}: ${troubleWords[k.kind]}` : k.kind]
  return select([...(attributes.none === false ? [] : [['', 'nothing']]), { label: 'The signature', choices: kinds.filter((k) => k.signature).map(words) }, { label: 'The delivery', choices: kinds.filter((k) => !k.signature).map(words) }], { ...attributes, none: null })
}

export function misbehaviourView(context) {
  const { world, signal } = context
  const body = h('div', {})
  const show = steady(body, (ordered) => table({
    caption: 'Trouble that is still to come', rows: ordered,
    empty: h('div', { class: 'pad' }, empty('Deliveries behave', 'Order duplicates, bad signatures or delays for the next ones, and see whether your receiver stands it. Or:', command(context, 'misbehaviour order stale-timestamp --times 1'))),
    columns: [
      { title: 'What', cell: (m) => h('div', {}, h('strong', {}, m.kind), h('div', { class: 'muted small' }, troubleWords[m.kind])) },
      { title: 'Events', cell: (m) => (m.types?.length ? h('code', { class: 'break' }, m.types.join(', ')) : 'all') },
      { title: 'Endpoint', hideNarrow: true, cell: (m) => (m.endpoint ? h('code', { class: 'break' }, m.endpoint) : 'all') },
      { title: 'Still to come', class: 'num', cell: (m) => m.times || 1 },
      { title: 'Attempts', class: 'num', hideNarrow: true, cell: (m) => (m.attempts === -1 ? 'all' : m.attempts || 'the first') },
      { label: 'Actions', cell: (m) => h('div', { class: 'row end' }, button(`Cancel ${m.kind}`, { icon: 'trash', bare: true, small: true, kind: 'quiet', onclick: async () => { await world.del(`/misbehaviours/${encodeURIComponent(m.id)}`); await load() } })) },
    ],
  }))
  let kinds = []
  const load = async () => {
    const answer = await world.get('/misbehaviours', { signal })
    kinds = answer.kinds
    show(answer.ordered)
  }
  context.run(load())
  context.every(2000, () => context.run(load()))
  return card('Trouble for the next deliveries', { class: 'flush', lead: 'Each order is used up by the deliveries that fit it; the attempts tell what was done to them.', actions: [
    button('Cancel all', { kind: 'danger', onclick: async () => { const { removed } = await world.del('/misbehaviours'); toast(`${removed} cancelled.`); await load() } }),
    button('Order trouble', { kind: 'primary', icon: 'plus', onclick: () => order(context, kinds, load) }),
  ] }, body)
}

async function order(context, kinds, load) {
  const { world, signal } = context
  const { endpoints } = await world.get('/endpoints', { signal })
  const kind = troubleChooser(kinds, { none: false })
  const types = input({ placeholder: 'all events' }), times = input({ type: 'number', min: '1', value: '1' }), attempts = select([['1', 'the first attempt'], ['3', 'the first three'], ['-1', 'all of them']])
  const endpoint = select([['', 'all endpoints'], ...endpoints.map((e) => [e.id, e.url])])
  const length = input({ placeholder: '30s' })
  const done = await dialog({
    title: 'Order trouble for deliveries', wide: true,
    body: [field('What is wrong', kind), h('div', { class: 'grid-2' }, field('Events', types, { optional: true, hint: 'Names with spaces between them; * stands for any text.' }), field('Endpoint', endpoint)),
      h('div', { class: 'grid-3' }, field('How many deliveries', times), field('Which attempts of each', attempts), field('How long', length, { optional: true, hint: 'Of delayed, out-of-order and slow-sender.' }))],
    actions: [{ label: 'Order it', act: () => {
      const list = types.value.trim().split(/[\s,]+/).filter(Boolean)
      return world.post('/misbehaviours', { kind: kind.value, times: Number(times.value) || 1, attempts: Number(attempts.value), ...(list.length && { types: list }), ...(endpoint.value && { endpoint: endpoint.value }), ...(length.value.trim() && { for: length.value.trim() }) })
    } }],
  })
  if (!done) return
  toast(`The next ${done.times > 1 ? `${done.times} deliveries` : 'delivery'} that ${done.times > 1 ? 'fit' : 'fits'}: ${done.kind}.`, 'good')
  await load()
}
