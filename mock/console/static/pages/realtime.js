// The WebSocket endpoint: who is connected, on which channels, and what they are told.
import { h, head, card, button, field, input, table, empty, pill, time, dialog, toast, notice, facts, copyButton } from '../ui.js'
import { command } from '../parts/command.js'
import { editor } from '../parts/editor.js'
import { steady } from '../parts/steady.js'

export const id = 'realtime', title = 'Realtime', group = 'Events', icon = 'activity', key = 'r'

export async function render(root, context) {
  const { world, signal, contract } = context
  let first
  try {
    first = await world.get('/realtime', { signal })
  } catch (error) {
    if (error.code !== 'realtime_not_found') throw error
    root.append(head(title, 'Events over a WebSocket, in the protocol of Laravel Reverb and Pusher.'), empty('The contract has no realtime endpoint', 'An overlay gives it one with the word realtime of x-understudy. What the contract has, this tells:', command(context, 'event list')))
    return
  }
  const body = h('div', { class: 'stack' })
  const show = steady(body, (r) => [
    r.refused_until && notice('warn', h('p', {}, 'Nobody is let in until ', time(r.refused_until, { absolute: true }), '.')),
    card('Connections', { class: 'flush' }, table({ caption: 'Connections', rows: r.connections, empty: h('div', { class: 'pad' }, empty('Nobody is connected', `Connect a client of Pusher’s protocol to the contract’s address with the key ${r.key}.`, `curl -i -N ${contract.base_url.replace(/\/$/, '')}/app/${r.key} -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='`)), columns: [
      { title: 'Socket', cell: (c) => h('code', {}, c.socket_id) }, { title: 'Channels', cell: (c) => h('span', { class: 'pills' }, c.channels.map((n) => pill(n))) }, { title: 'From', hideNarrow: true, cell: (c) => c.origin || c.address }, { title: 'Since', hideNarrow: true, cell: (c) => time(c.connected_at) },
      { title: 'Sent', class: 'num', hideNarrow: true, cell: (c) => c.sent }, { label: 'Actions', cell: (c) => h('div', { class: 'row end' }, button('Disconnect', { small: true, onclick: async () => { await world.post('/realtime/disconnect', { socket: c.socket_id }); await load() } })) },
    ] })),
    r.channels.length > 0 && card('Channels', { class: 'flush' }, table({ caption: 'Channels', rows: r.channels, columns: [
      { title: 'Name', cell: (c) => h('strong', { class: 'break' }, c.name) }, { title: 'Connections', class: 'num', cell: (c) => c.connections }, { title: 'Present', cell: (c) => c.users?.join(', ') },
      { label: 'Actions', cell: (c) => h('div', { class: 'row end' }, button('Publish', { small: true, onclick: () => publish(context, c.name) })) },
    ] })),
    card('Application', {}, facts([['App id', h('code', {}, r.app_id)], ['Key', h('span', { class: 'copyable' }, h('code', {}, r.key), copyButton(r.key, 'Copy key'))]])),
  ])
  const load = async () => show(await world.get('/realtime', { signal }))
  root.append(head(title, 'Events over a WebSocket, in the protocol of Laravel Reverb and Pusher.',
    button('Let nobody in', { onclick: () => refuse(context, load) }), button('Publish', { kind: 'primary', icon: 'send', onclick: () => publish(context, '') })), body)
  show(first)
  context.every(1500, () => context.run(load()))
}

async function publish(context, name) {
  const channel = input({ value: name, required: true, placeholder: 'private-events' }), event = input({ required: true, placeholder: 'payment.updated' }), data = editor({ text: '{}', label: 'Data', rows: 6 })
  const done = await dialog({ title: 'Publish', wide: true, body: [h('div', { class: 'grid-2' }, field('Channel', channel), field('Event', event)), data.element], actions: [{ label: 'Publish', act: () => context.world.post('/realtime/publish', { channel: channel.value.trim(), event: event.value.trim(), data: data.value() }) }] })
  if (done) toast(`${done.connections} ${done.connections === 1 ? 'connection was' : 'connections were'} told.`, done.connections ? 'good' : '')
}

async function refuse(context, load) {
  const length = input({ placeholder: '30s' })
  const done = await dialog({ title: 'Let nobody in', body: field('For how long', length, { optional: true, hint: 'On the stand-in’s clock. Empty: everybody is let in again.' }), actions: [{ label: 'Do it', act: () => context.world.post('/realtime/refuse', { for: length.value.trim() }) }] })
  if (done) await load()
}
