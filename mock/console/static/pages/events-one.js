// One event: what it says, a payload to change and send, its schema, and a command that sends it by hand.
import { h, fill, card, button, field, input, select, checkbox, tabs, code, pill, facts, notice, toast } from '../ui.js'
import { command, quoted } from '../parts/command.js'
import { editor } from '../parts/editor.js'
import { deliveryState } from '../parts/message.js'
import { payloadSchema, schemaView } from '../parts/schema.js'
import { documentOf } from '../parts/trial.js'
import { troubleChooser } from './faults-deliveries.js'

export async function eventView(context, type) {
  const { world, signal } = context
  const [event, document, { endpoints }, { url }, { kinds }] = await Promise.all([
    world.get(`/events/${encodeURIComponent(type)}`, { signal }), documentOf(context), world.get('/endpoints', { signal }), world.get('/inbox', { query: { limit: 1, bodies: false }, signal }), world.get('/misbehaviours', { signal }),
  ])
  const reach = { ...context, event, endpoints, inbox: url, kinds }
  const schema = payloadSchema(document, type)
  return card(null, { class: 'event' },
    h('div', { class: 'stack tight' }, h('h2', { class: 'mono break' }, type), event.description && h('p', {}, event.description),
      h('p', { class: 'pills' }, event.basis === 'documented' ? pill('documented', 'good') : pill(`assumed${event.requirement ? `: ${event.requirement}` : ''}`, 'warn'), pill(event.signature === 'none' ? 'not signed' : event.signature), event.family && pill(`family ${event.family}`), !event.on && pill('switched off', 'warn'), event.channel && pill(`channel ${event.channel}`))),
    tabs([
      { id: 'send', title: 'Payload', render: () => sendForm(reach) },
      { id: 'schema', title: 'Schema', render: () => (schema ? schemaView(document, schema) : notice('info', h('p', {}, 'The vendor’s document has no schema for this payload. The sample is made from what it says of the event.'))) },
      { id: 'curl', title: 'cURL', render: () => curlView(reach) },
      { id: 'facts', title: 'Delivery', render: () => facts([['Method', event.method], ['Content type', event.content_type], ['Signature', event.signature], ['Headers', event.headers.length > 0 && event.headers.join(', ')], ['Secret', event.secret && h('code', {}, event.secret)], ['Creates', event.creates?.join(', ')]]) },
    ], { label: `About ${type}` }))
}

function sendForm(context) {
  const { world, event, endpoints, inbox, kinds, run } = context
  const isJSON = typeof event.payload !== 'string'
  const sample = isJSON ? JSON.stringify(event.payload, null, 2) : event.payload
  const edit = editor({ text: sample, label: 'Payload', rows: Math.min(22, Math.max(8, sample.split('\n').length + 1)), onsave: () => run(send()) })
  const to = select([
    ['', endpoints.length ? `all endpoints that want it (${endpoints.filter((e) => e.enabled).length} registered)` : 'all endpoints (none is registered)'], [inbox, 'the stand-in’s own inbox'],
    ...endpoints.map((e) => [e.id, e.url]), ['url', 'an address …'],
  ], { value: endpoints.length ? '' : inbox })
  const address = input({ placeholder: 'http://127.0.0.1:3000/hooks', 'aria-label': 'Address', type: 'url', hidden: true })
  to.addEventListener('change', () => (address.hidden = to.value !== 'url'))
  const trouble = troubleChooser(kinds)
  const force = checkbox('Send it even if it breaks the document, or its family is off')
  const result = h('div', { class: 'stack', role: 'status' })
  const send = async () => {
    const text = edit.text()
    const body = { type: event.type, force: force.input.checked }
    if (!isJSON) body.body = text
    else if (text !== sample) body.payload = edit.value()
    const where = to.value === 'url' ? address.value.trim() : to.value
    if (where) body.to = where
    if (trouble.value) body.misbehaviour = [{ kind: trouble.value }]
    edit.clear()
    try {
      const sent = await world.post('/events', body)
      await follow(context, sent, result)
    } catch (error) {
      if (!error.violations?.length || error.code !== 'payload_does_not_fit') throw error
      edit.refuse(error)
    }
  }
  return h('div', { class: 'stack' },
    edit.element,
    h('div', { class: 'grid-2' }, h('div', { class: 'stack tight' }, field('To', to), address), field('Wrong on purpose', trouble)),
    force, h('div', { class: 'row end' }, isJSON && button('The sample again', { kind: 'quiet', onclick: () => edit.set(sample) }), button('Send', { kind: 'primary', icon: 'send', onclick: send })),
    result)
}

/** Shows the deliveries of what was sent until they have come to something. */
async function follow(context, sent, result) {
  const { world, signal, link } = context
  if (sent.deliveries.length === 0) {
    fill(result, notice('warn', h('p', {}, h('strong', {}, 'It was told, and nobody heard it: '), 'no endpoint wants this event. ', h('a', { href: link('endpoints', 'new') }, 'Register one'), ', or send it to the inbox.')))
    return
  }
  let list = sent.deliveries
  const draw = () => fill(result, list.map((d) => h('div', { class: 'sent' }, deliveryState(d.state), h('span', { class: 'break grow' }, d.status ? `${d.status}: ` : '', d.why || `on the way to ${d.url}`), h('a', { href: link('deliveries', d.id) }, 'See the attempts'))))
  draw()
  for (let n = 0; n < 40 && !signal.aborted && list.some((d) => ['pending', 'sending'].includes(d.state) && d.attempts === 0); n++) {
    await new Promise((resolve) => setTimeout(resolve, 150))
    list = await Promise.all(list.map(async (d) => (await world.get(`/deliveries/${encodeURIComponent(d.id)}`, { signal })).delivery))
    draw()
  }
  toast(`${sent.event.type} was told.`, 'good')
}

function curlView(context) {
  const { world, event, endpoints, inbox, signal } = context
  const url = input({ value: endpoints.find((e) => e.enabled)?.url || inbox, type: 'url' })
  const out = h('div', {})
  const make = async () => {
    const endpoint = endpoints.find((e) => e.url === url.value.trim())
    const { command: text } = await world.get(`/events/${encodeURIComponent(event.type)}/curl`, { query: { url: url.value.trim(), endpoint: endpoint?.id }, signal })
    fill(out, code(text, { label: 'Command', wrap: true }))
  }
  context.run(make())
  return h('div', { class: 'stack' },
    h('form', { class: 'inline-form', onsubmit: (e) => { e.preventDefault(); context.run(make()) } }, field('Receiver', url), button('Sign anew', { type: 'submit', icon: 'refresh' })),
    out, h('p', { class: 'hint' }, 'Signed over exactly these bytes, at the stand-in’s present time; receivers refuse it when it is some minutes old.'),
    h('h3', {}, 'Or let the stand-in send it'), code(command(context, `event send ${quoted(event.type)}`), { label: 'Command that lets it', wrap: true }))
}
