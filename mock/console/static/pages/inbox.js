// The receiver that the stand-in itself is: what came, whether its signature is good, and what is answered. And what the contract
// takes from others.
import { h, fill, head, card, button, copyButton, field, input, select, textarea, checkbox, table, tabs, empty, pill, time, dialog, toast, notice, facts, method, status, code } from '../ui.js'
import { command } from '../parts/command.js'
import { bodyOf, headerTable } from '../parts/message.js'
import { split } from '../parts/split.js'
import { steady } from '../parts/steady.js'

export const id = 'inbox', title = 'Inbox', group = 'Events', icon = 'download'

export async function render(root, context) {
  const { world, signal, path } = context
  const inbound = await world.get('/inbound', { query: { limit: 100 }, signal })
  const views = [{ id: 'box', title: 'Received', render: () => box(context) }]
  if (inbound.operations.length > 0) views.push({ id: 'inbound', title: 'Taken by the contract', render: () => inboundView(context, inbound) })
  root.append(head(title, 'A receiver without a server of your own: send webhooks here, see them as they came, and choose what is answered.',
    button('Answer otherwise', { onclick: () => answers(context) }),
    button('Clear', { kind: 'danger', onclick: async () => { await world.del('/inbox', { query: { answers: true } }); toast('The inbox is empty, and answers 204.', 'good'); context.go('inbox') } })),
  views.length > 1 ? tabs(views, { selected: path[0] === 'inbound' ? 'inbound' : 'box', label: 'Inbox', onselect: (which) => context.setPath(...(which === 'inbound' ? ['inbound'] : [])) }) : views[0].render())
}

const verdictPill = (v) => (v.good ? pill('good signature', 'good') : v.reason === 'missing' || !v.signature ? pill('not signed', 'warn') : pill(v.reason, 'bad'))

function box(context) {
  const { world, signal, path, query, setQuery, link } = context
  const rows = h('div', {}), address = h('div', {})
  let told = false
  const show = steady(rows, (list) => listOf(list, context))
  const load = async () => {
    const answer = await world.get('/inbox', { query: { limit: 200, bodies: false, text: text.value.trim(), good: good.value }, signal })
    show(answer.requests.reverse())
    if (!told) fill(address, h('div', { class: 'once' }, h('code', {}, answer.url), copyButton(answer.url, 'Copy address')))
    told = true
  }
  const again = () => { setQuery({ text: text.value.trim(), good: good.value }); context.run(load()) }
  let timer
  const text = input({ type: 'search', placeholder: 'Text in body or headers', 'aria-label': 'Text in body or headers', value: query.get('text') || '', dataset: { search: '' }, oninput: () => { clearTimeout(timer); timer = setTimeout(again, 200) } })
  const good = select([['', 'all'], ['true', 'good signatures'], ['false', 'bad signatures']], { value: query.get('good') || '', 'aria-label': 'Signatures', onchange: again })
  const view = split({
    list: card(null, { class: 'flush' }, h('div', { class: 'bar filters' }, text, good), rows),
    detail: h('div', { class: 'choose muted' }, 'Choose a request to see it as it came.'), open: Boolean(path[0]), back: link('inbox'), label: 'Request',
  })
  context.run(load())
  context.every(1200, () => context.run(load()))
  if (path[0]) context.run(one(view, context, Number(path[0])))
  return h('div', { class: 'stack' }, card('Its address', { class: 'tight', lead: 'Any path behind it is an address of its own.' }, address), view)
}

function listOf(list, context) {
  const { link, path } = context
  if (list.length === 0) {
    return h('div', { class: 'pad' }, empty('Nothing came yet', 'Register the inbox as an endpoint and let something happen, or send it something:', command(context, 'endpoint create "$(understudy control inbox url)"'), h('a', { class: 'button', href: link('endpoints') }, 'Endpoints')))
  }
  return h('ul', { class: 'pick-list' }, list.map((r) => h('li', {}, h('a', { href: link('inbox', String(r.id)), 'aria-current': path[0] === String(r.id) ? 'true' : null, class: 'two-lines' },
    h('span', { class: 'row between' }, h('span', { class: 'row' }, method(r.request.method), h('strong', { class: 'mono break' }, r.address)), status(r.status)),
    h('span', { class: 'row between muted small' }, h('span', { class: 'pills' }, verdictPill(r.verdict), r.verdict.signature), h('span', { class: 'nowrap' }, `#${r.id} · `, time(r.at)))))))
}

async function one(view, context, id) {
  const { requests } = await context.world.get('/inbox', { query: { after: id - 1, limit: 1000 }, signal: context.signal })
  const r = requests.find((q) => q.id === id)
  if (!r) return view.show(notice('warn', h('p', {}, `The inbox holds no request ${id} any more.`)))
  const v = r.verdict
  view.show(card(null, {},
    h('div', { class: 'row between' }, h('h2', { class: 'mono break' }, method(r.request.method), ' ', r.address), h('span', { class: 'row' }, 'answered ', status(r.status))),
    v.good ? notice('good', h('p', {}, h('strong', {}, 'The signature is good'), v.secret && [', by the secret ', h('code', {}, v.secret)], '.')) : notice(v.signature ? 'bad' : 'warn', h('p', {}, h('strong', {}, v.signature ? 'The signature is not good. ' : 'It is not signed in a way that is known. '), v.detail)),
    facts([['Came', h('span', {}, time(r.at), h('span', { class: 'muted' }, ` · ${r.at}`))], ['Host', r.host], ['URL', h('code', { class: 'break' }, r.request.url)], ['Signature', v.signature]]),
    tabs([{ id: 'body', title: 'Body', render: () => bodyOf(r.request.body) }, { id: 'headers', title: 'Headers', count: Object.keys(r.request.headers).length, render: () => headerTable(r.request.headers) },
      { id: 'raw', title: 'Raw', render: () => (r.request.body?.text ? code(r.request.body.text, { label: 'Body', wrap: true }) : bodyOf(r.request.body)) }], { label: 'The request' })))
}

async function answers(context) {
  const address = input({ value: '/', required: true }), code_ = input({ type: 'number', min: '200', max: '599', value: '503', required: true }), times = input({ type: 'number', min: '1', value: '1' })
  const delay = input({ placeholder: '0s' }), body = textarea({ rows: '2', class: 'short' }), headers = textarea({ rows: '2', class: 'short', placeholder: 'Retry-After: 120' })
  const cut = checkbox('Break the connection in place of an answer'), forever = checkbox('From then on always')
  const done = await dialog({
    title: 'What the inbox answers', wide: true,
    body: [h('p', { class: 'muted' }, 'See how senders take it: whether they wait, try again, and give up.'), h('div', { class: 'grid-3' }, field('Address', address, { hint: 'The path behind the inbox.' }), field('Status', code_), field('How many times', times)),
      field('Wait before', delay, { optional: true, hint: 'Such as 30s, on the stand-in’s clock.' }), h('details', {}, h('summary', {}, 'Headers and body'), h('div', { class: 'stack' }, field('Headers', headers, { optional: true }), field('Body', body, { optional: true }))), cut, forever],
    actions: [{ label: 'Answer so', act: () => {
      const lines = Object.fromEntries(headers.value.split('\n').filter((l) => l.includes(':')).map((l) => [l.slice(0, l.indexOf(':')).trim(), l.slice(l.indexOf(':') + 1).trim()]))
      return context.world.put('/inbox/answers', { address: address.value.trim(), answers: [{ status: Number(code_.value), ...(forever.input.checked ? { forever: true } : { times: Number(times.value) || 1 }), ...(delay.value.trim() && { delay: delay.value.trim() }), ...(body.value && { body: body.value }), ...(Object.keys(lines).length && { headers: lines }), ...(cut.input.checked && { cut: true }) }] })
    } }],
  })
  if (done) toast(`${done.address} answers as you said.`, 'good')
}

/** What the contract's own operations take from others: Stripe's events, say. */
function inboundView(context, inbound) {
  const { link } = context
  return h('div', { class: 'stack' },
    card('Operations', { class: 'flush', lead: 'They take webhooks of others, and believe what is signed.' }, table({ caption: 'Operations', rows: inbound.operations, columns: [
      { title: 'Operation', cell: (o) => h('strong', { class: 'break' }, o.operation) }, { title: 'At', cell: (o) => h('span', { class: 'break' }, method(o.method), ' ', h('code', {}, o.path)) }, { title: 'Signature', cell: (o) => pill(o.signature) }, { title: 'Secret', hideNarrow: true, cell: (o) => o.secret && h('code', { class: 'break' }, o.secret) },
    ] })),
    card('Secrets', { class: 'flush' }, table({ caption: 'Secrets', rows: inbound.secrets, columns: [
      { title: 'Name', cell: (s) => h('code', { class: 'break' }, s.name) }, { title: 'Kind', cell: (s) => pill(s.signature) }, { title: 'Holds', cell: (s) => h('code', { class: 'break' }, s.shown.join(', ')) }, { title: 'Whose', hideNarrow: true, cell: (s) => (s.own ? 'the stand-in’s' : 'yours') },
      { label: 'Actions', cell: (s) => h('div', { class: 'row end' }, button('Set', { small: true, onclick: () => setSecret(context, s) })) },
    ] })),
    card('Received', { class: 'flush' }, table({ caption: 'Received', rows: inbound.received.toReversed(), empty: h('div', { class: 'pad' }, empty('Nothing came yet', 'Send one, signed as the sender signs:', command(context, 'event sign --scheme stripe --body event.json'), h('a', { class: 'button', href: link('signatures') }, 'Signatures'))), columns: [
      { title: 'When', cell: (r) => time(r.at) }, { title: 'Operation', cell: (r) => h('span', { class: 'break' }, r.operation) }, { title: 'Answer', cell: (r) => status(r.status) }, { title: 'Why', cell: (r) => h('span', { class: 'break' }, r.detail || r.note || r.problem) }, { label: 'Entry', cell: (r) => h('a', { href: link('requests', String(r.entry)) }, `#${r.entry}`) },
    ] })))
}

async function setSecret(context, s) {
  const box = input({ placeholder: 'whsec_…' })
  const done = await dialog({ title: s.name, body: field('Secret', box, { optional: true, hint: 'That of the sender. Empty: the stand-in’s own again.' }), actions: [{ label: 'Set it', act: () => context.world.put(`/inbound/secrets/${encodeURIComponent(s.name)}`, { secrets: box.value.trim() ? [box.value.trim()] : [] }) }] })
  if (done) context.reload()
}
