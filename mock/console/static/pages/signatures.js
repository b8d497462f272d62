// Sign a body as a sender would, and judge a signature as a correct receiver would.
import { h, fill, head, card, button, field, input, select, textarea, notice, code, facts, instant } from '../ui.js'
import { command, quoted } from '../parts/command.js'
import { headerTable } from '../parts/message.js'

export const id = 'signatures', title = 'Signatures', group = 'Events', icon = 'shield'

const spoilings = ['unsigned', 'empty-signature', 'wrong-secret', 'other-body', 'changed-byte', 'reserialised', 'stale-timestamp', 'future-timestamp', 'second-right', 'fake-scheme', 'long-header', 'other-family']

export async function render(root, context) {
  const { world, signal } = context
  const [{ events, signatures }, { endpoints }] = await Promise.all([world.get('/events', { query: { samples: false }, signal }), world.get('/endpoints', { signal })])
  const reach = { ...context, events: events.filter((e) => e.signature !== 'none'), signatures, endpoints }
  const verify = verifier(reach)
  root.append(head(title, 'Is this signature right, and if not, what is wrong with it? Bodies and secrets go to the stand-in alone.'),
    h('div', { class: 'grid-2' }, verify.element, signer(reach, verify.take)))
}

/** By what is signed: an event of the contract, or a kind of signature; and the secret: a text, or one that the stand-in knows. */
function manner({ events, signatures, endpoints }) {
  const kind = select([...(events.length ? [{ label: 'Events of the contract', choices: events.map((e) => [`type:${e.type}`, `${e.type} (${e.signature})`]) }] : []), { label: 'Kinds of signature', choices: signatures.map((s) => [`scheme:${s.kind}`, s.kind]) }])
  const secret = input({ placeholder: 'whsec_…', autocomplete: 'off' })
  const endpoint = select([['', 'none'], ...endpoints.map((e) => [e.id, e.url])])
  const header = input({ placeholder: 'X-Signature' }), prefix = input({ placeholder: 'sha256=' }), url = input({ type: 'url', placeholder: 'https://example.com/hooks' })
  const more = h('div', { class: 'grid-2' })
  const own = field('Header', header, { hint: 'That carries it.' }), before = field('Prefix', prefix, { optional: true }), where = field('URL', url, { hint: 'Where it goes: this kind signs it.' })
  const chosen = () => kind.value.replace(/^\w+:/, '')
  const follow = () => {
    const scheme = kind.value.startsWith('type:') ? events.find((e) => e.type === chosen()).signature : chosen()
    const known = signatures.find((s) => s.kind === scheme)
    fill(more, kind.value.startsWith('scheme:') && known?.headers.length === 0 && [own, before], scheme === 'twilio' && where)
  }
  kind.addEventListener('change', follow)
  follow()
  return {
    element: h('div', { class: 'stack' }, field('Signed as', kind), field('Secret', secret, { optional: events.length > 0, hint: events.length > 0 ? 'Empty: the one that the stand-in itself signs with.' : null }),
      endpoints.length > 0 && field('Or the secret of an endpoint', endpoint), more),
    read: () => ({
      [kind.value.startsWith('type:') ? 'type' : 'scheme']: chosen(), ...(secret.value.trim() && { secret: secret.value.trim() }), ...(!secret.value.trim() && endpoint.value && { endpoint: endpoint.value }),
      ...(more.contains(header) && header.value.trim() && { header: header.value.trim() }), ...(more.contains(prefix) && prefix.value && { prefix: prefix.value }), ...(more.contains(url) && url.value.trim() && { url: url.value.trim() }),
    }),
    set(body) {
      kind.value = body.type ? `type:${body.type}` : `scheme:${body.scheme}`
      secret.value = body.secret || ''
      endpoint.value = body.endpoint || ''
      follow()
      header.value = body.header || ''
      prefix.value = body.prefix || ''
      url.value = body.url || ''
    },
  }
}

const linesOf = (text) => {
  const headers = {}
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) (headers[line.slice(0, colon).trim()] ||= []).push(line.slice(colon + 1).trim())
  }
  return headers
}

const reasons = { missing: 'There is no signature', malformed: 'The signature cannot be read', mismatch: 'The signature does not fit', 'too-old': 'The signature is too old', 'too-new': 'The signature is from the future' }

function verifier(context) {
  const { world } = context
  const how = manner(context)
  const headers = textarea({ rows: '4', placeholder: 'webhook-id: evt_1\nwebhook-timestamp: 1769860800\nwebhook-signature: v1,…', class: 'short' })
  const body = textarea({ rows: '7', placeholder: '{"type":"…"}' })
  const at = input({ placeholder: 'the stand-in’s present time' })
  const result = h('div', { class: 'stack', role: 'status' })
  const verify = async () => {
    fill(result)
    const v = await world.post('/events/verify', { ...how.read(), headers: linesOf(headers.value), body: body.value, ...(at.value.trim() && { at: at.value.trim() }) })
    fill(result, v.valid
      ? notice('good', h('p', {}, h('strong', {}, 'The signature is good.')), v.secret && h('p', {}, 'It fits the secret ', h('code', {}, v.secret), '.'))
      : notice('bad', h('p', {}, h('strong', {}, `${reasons[v.reason] || v.reason}.`)), h('p', {}, v.detail), v.secret && h('p', { class: 'muted' }, 'Held against the secret ', h('code', {}, v.secret), '.')))
  }
  const element = card('Verify', { lead: 'Paste a delivery as it came: the body to the last byte.' }, how.element,
    field('Headers', headers, { hint: 'One a line.' }), field('Body', body), h('details', {}, h('summary', {}, 'At another instant'), field('At', at, { optional: true, hint: 'Such as 2026-01-31T12:00:00Z.' })),
    h('div', { class: 'row' }, button('Verify', { kind: 'primary', onclick: verify })), result)
  return {
    element,
    take(request, signed) {
      how.set(request)
      headers.value = Object.entries(signed.headers).flatMap(([name, values]) => values.map((v) => `${name}: ${v}`)).join('\n')
      body.value = signed.body
      fill(result)
      element.scrollIntoView({ block: 'start', behavior: 'smooth' })
      context.run(verify())
    },
  }
}

function signer(context, take) {
  const { world } = context
  const how = manner(context)
  const body = textarea({ rows: '7', value: '{"hello":"world"}' })
  const eventId = input({ placeholder: 'as the body tells' }), at = input({ placeholder: 'the stand-in’s present time' })
  const spoil = select([['', 'nothing'], ...spoilings])
  const result = h('div', { class: 'stack', role: 'status' })
  const sign = async () => {
    fill(result)
    const request = how.read()
    const signed = await world.post('/events/sign', { ...request, body: body.value, ...(eventId.value.trim() && { id: eventId.value.trim() }), ...(at.value.trim() && { at: at.value.trim() }), ...(spoil.value && { spoil: spoil.value }) })
    const headers = Object.entries(signed.headers).flatMap(([name, values]) => values.map((v) => `-H ${quoted(`${name}: ${v}`)}`))
    fill(result, h('h3', {}, 'Headers'), headerTable(signed.headers), signed.body !== body.value && [h('h3', {}, 'Body, as it was spoiled'), code(signed.body, { label: 'Body', wrap: true })],
      facts([['Signed at', instant(signed.at)], ['Id', h('code', {}, signed.id)]]),
      code(`curl -i ${quoted(signed.url || 'http://127.0.0.1:3000/hooks')} \\\n  ${headers.join(' \\\n  ')} \\\n  --data-binary ${quoted(signed.body)}`, { label: 'Command', wrap: true }),
      h('div', { class: 'row' }, button('Verify this', { onclick: () => take(request, signed) })))
  }
  return card('Sign', { lead: 'For deliveries that you make by hand, good ones and bad ones.' }, how.element, field('Body', body),
    h('details', {}, h('summary', {}, 'Id, instant, and wrong on purpose'), h('div', { class: 'stack' }, h('div', { class: 'grid-2' }, field('Id', eventId, { optional: true }), field('At', at, { optional: true, hint: 'Such as 2026-01-31T12:00:00Z.' })), field('Wrong on purpose', spoil))),
    h('div', { class: 'row' }, button('Sign', { kind: 'primary', onclick: sign })), result,
    h('details', {}, h('summary', {}, 'On the command line'), code(command(context, 'event sign --scheme stripe --body event.json'), { label: 'Command', wrap: true })))
}
