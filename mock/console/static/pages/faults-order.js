// The form that orders a fault.
import { h, fill, field, input, select, checkbox, textarea, dialog, toast, notice } from '../ui.js'

/** Fields of what happens, by the member of the order. Each gives [element, read()]; read gives undefined where nothing is wanted. */
const members = {
  delay: (kind) => text('How long', { placeholder: '2s', required: kind === 'latency' }, 'Such as 200ms, 100ms..2s, normal(200ms 50ms) or lognormal(80ms 0.4).'),
  status: () => text('Status', { value: '503', placeholder: '503' }, 'One, or several with spaces between them, of which the seed chooses.', (t) => (t ? t.split(/[\s,|]+/).map(Number) : undefined)),
  message: () => text('Message', { placeholder: 'the phrase of the status' }, 'In the contract’s own shape of errors.'),
  code: () => text('Code', { placeholder: 'fault' }, 'Reason by which the contract’s error is chosen.'),
  headers: () => lines('Further headers', 'Retry-After: 30'),
  body: () => area('Body', 'In place of the contract’s own. JSON, or any text.'),
  media_type: () => text('Media type', { placeholder: 'text/html' }),
  bytes: () => number('Bytes that are sent', 'half of the body'),
  rate: () => number('Bytes a second', '1024'),
  member: () => text('Member to break', { placeholder: '/data/0/id' }, 'A JSON Pointer; without it the seed chooses.'),
  effect: () => tick('The request is carried out first'),
  real: () => tick('By the machine’s time, whatever the stand-in’s clock does', true),
}

function text(label, attributes, hint, read = (t) => t || undefined) {
  const box = input(attributes)
  return [field(label, box, { hint, optional: !attributes.required }), () => read(box.value.trim())]
}

function number(label, placeholder) {
  const box = input({ type: 'number', min: '0', placeholder })
  return [field(label, box, { optional: true }), () => (box.value ? Number(box.value) : undefined)]
}

function tick(label, checked) {
  const box = checkbox(label, { checked })
  return [box, () => box.input.checked || undefined]
}

function lines(label, placeholder) {
  const box = textarea({ rows: '2', placeholder, class: 'short' })
  return [field(label, box, { optional: true, hint: 'One a line.' }), () => {
    const pairs = box.value.split('\n').filter((l) => l.includes(':')).map((l) => [l.slice(0, l.indexOf(':')).trim(), l.slice(l.indexOf(':') + 1).trim()])
    return pairs.length ? Object.fromEntries(pairs) : undefined
  }]
}

function area(label, hint) {
  const box = textarea({ rows: '2', class: 'short' })
  return [field(label, box, { optional: true, hint }), () => {
    const t = box.value.trim()
    if (!t) return undefined
    try {
      return JSON.parse(t)
    } catch {
      return t
    }
  }]
}

export async function orderFault(context, load) {
  const { world, kinds, operations } = context
  const kind = select(kinds.map((k) => [k.kind, `${k.kind}: ${k.does}`]), { value: 'status' })
  const effect = h('div', { class: 'stack' })
  let reads = {}
  const choose = () => {
    const k = kinds.find((one) => one.kind === kind.value)
    reads = {}
    const made = k.members.filter((m) => members[m]).map((m) => {
      const [element, read] = members[m](k.kind)
      reads[m] = read
      return [m, element]
    })
    const rare = new Set(['code', 'headers', 'body', 'message', 'effect'])
    const common = made.filter(([m]) => !(k.kind === 'status' && rare.has(m)) && (k.kind !== 'status' || m !== 'media_type'))
    const more = made.filter((one) => !common.includes(one))
    fill(effect, common.map(([, e]) => e), more.length > 0 && h('details', {}, h('summary', {}, 'More about the answer'), h('div', { class: 'stack' }, more.map(([, e]) => e))))
  }
  kind.addEventListener('change', choose)
  choose()
  const operation = select([['', 'all operations'], ...operations.map((o) => [o.id, `${o.id} (${o.method} ${o.path})`])])
  const path = input({ placeholder: '/api/orders/**' }), method = select([['', 'all methods'], 'GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
  const times = input({ type: 'number', min: '0', placeholder: 'always' }), after = input({ type: 'number', min: '0', placeholder: '0' }), every = input({ type: 'number', min: '0', placeholder: 'never' })
  const probability = input({ type: 'number', min: '0', max: '1', step: 'any', placeholder: 'always' })
  const name = input({ placeholder: 'made up' }), from = input({ placeholder: 'at once' }), until = input({ placeholder: 'until it is removed' })
  const credential = input({ placeholder: 'all' }), account = input({ placeholder: 'all' })
  const outage = input({ placeholder: 'The API is down' }), impact = select([['', 'by what it does'], 'degraded', 'outage'])
  const off = checkbox('It acts only where a request asks for it by name, in the header Understudy-Fault')
  const made = await dialog({
    title: 'Order a fault', wide: true,
    body: [
      field('What happens', kind), effect,
      h('fieldset', { class: 'stack' }, h('legend', {}, 'To which requests'),
        h('div', { class: 'grid-2' }, field('Operation', operation), field('Method', method)),
        h('details', {}, h('summary', {}, 'By path or caller'), h('div', { class: 'stack' }, field('Path', path, { optional: true, hint: 'As sent; * is a segment or a part of one, ** any number of segments.' }), h('div', { class: 'grid-2' }, field('Credential', credential, { optional: true, hint: 'Its id.' }), field('Account', account, { optional: true, hint: 'Its id.' }))))),
      h('fieldset', { class: 'stack' }, h('legend', {}, 'How often'),
        h('div', { class: 'grid-3' }, field('Times', times, { optional: true }), field('After sparing', after, { optional: true }), field('Probability', probability, { optional: true })),
        h('details', {}, h('summary', {}, 'When, and as an outage'), h('div', { class: 'stack' },
          h('div', { class: 'grid-3' }, field('Begin anew every', every, { optional: true }), field('From', from, { optional: true, hint: 'An instant, or 10m from now.' }), field('Until', until, { optional: true, hint: 'The same.' })),
          h('div', { class: 'grid-2' }, field('Outage', outage, { optional: true, hint: 'Makes it an incident of the status document.' }), field('Its impact', impact)), field('Name of the fault', name, { optional: true }), off))),
      context.sandbox && notice('info', h('p', {}, `It acts in the sandbox ${context.sandbox} only.`)),
    ],
    actions: [{ label: 'Order it', act: () => {
      const order = { kind: kind.value }
      for (const [member, read] of Object.entries(reads)) if (read() !== undefined) order[member] = read()
      const put = (member, value) => { if (value !== '' && value !== undefined) order[member] = value }
      put('name', name.value.trim())
      if (operation.value) order.operations = [operation.value]
      if (method.value) order.methods = [method.value]
      put('path', path.value.trim()); put('credential', credential.value.trim()); put('account', account.value.trim())
      for (const [member, box] of Object.entries({ times, after, every, probability })) if (box.value) order[member] = Number(box.value)
      put('from', from.value.trim()); put('until', until.value.trim()); put('outage', outage.value.trim())
      if (outage.value.trim()) put('impact', impact.value)
      if (off.input.checked) order.off = true
      return world.post('/faults', order)
    } }],
  })
  if (!made) return
  toast(`${made.name} is ordered.`, 'good')
  await load()
}
