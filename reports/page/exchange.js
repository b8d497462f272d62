// One exchange: its request, its answer, and what was found in it.

const statusClass = (status) => (status === 0 ? 'silent' : `s${Math.floor(status / 100)}`)
const statusChip = (status) => el('span', { class: `status ${statusClass(status)}` }, status === 0 ? 'none' : String(status))

function headersView(header, label, findings, side) {
  const named = new Set((findings || []).map((f) => new RegExp(`^${side} header (\\S+)`).exec(f.where || '')?.[1]?.toLowerCase()).filter(Boolean))
  const list = Object.entries(header || {}).sort(([a], [b]) => a.localeCompare(b, 'en')).flatMap(([name, values]) => (values || []).map((value) => [name, value]))
  if (!list.length) return el('p', { class: 'quiet' }, 'No header fields.')
  return el('table', { class: 'headers', 'aria-label': label },
    el('tbody', {}, list.map(([name, value]) => el('tr', { class: named.has(name.toLowerCase()) ? 'hit failure' : null }, el('th', { scope: 'row' }, name), el('td', {}, value)))))
}

function curlView(command, label = 'the command') {
  if (!command) return null
  return el('div', { class: 'body' }, el('div', { class: 'corner' }, copyButton(command, label)), scrolls('Command that repeats the request', command))
}

// exchangeView shows all of an exchange. Within a test, the findings stand beside it already.
function exchangeView(number, { withFindings = true, level = 3 } = {}) {
  const x = exchangeOf(number)
  if (!x) return el('p', { class: 'quiet' }, `Exchange ${number} was not kept.`)
  const findings = rowOf.get(number).findings
  const heading = `h${level + 1}`
  return el('section', { class: 'exchange', 'aria-label': `Exchange ${number}` },
    el('p', { class: 'request-line' }, el('span', { class: 'method' }, x.method), ' ', el('span', { class: 'address' }, x.url)),
    pairs(['Sent for', x.purpose], ['Operation', x.operation], ['As', x.actor], ['Meant to be', x.intent], ['Took', nanoseconds(x.elapsed)],
      ['Test', withFindings && testOf.has(x.test) ? el('a', { href: linkTo('tests', x.test) }, x.test) : null]),
    withFindings && findings.length ? el('div', {}, findings.map((f) => findingView(f, { level }))) : null,
    el('div', { class: 'halves' },
      el('div', { class: 'half' }, el(heading, {}, 'Request'), headersView(x.requestHeader, 'Header fields of the request', findings, 'request'),
        bodyView(x.requestBody, 'Body of the request', findings, 'request')),
      el('div', { class: 'half' },
        el(heading, {}, 'Response ', statusChip(x.status)),
        x.status === 0
          ? el('p', { class: 'bad' }, `There was no answer: ${x.error || 'no reason is known'}.`)
          : [headersView(x.responseHeader, 'Header fields of the response', findings, 'response'), bodyView(x.responseBody, 'Body of the response', findings, 'response')])),
    x.curl ? [el(heading, {}, 'Repeat it'), curlView(x.curl)] : null)
}

// unfolds shows an exchange when it is opened: a test may have hundreds.
function unfolds(number, open = false) {
  const row = rowOf.get(number)
  if (!row) return el('p', { class: 'quiet' }, `Exchange ${number} was not kept.`)
  const details = el('details', { class: 'unfolds' },
    el('summary', {}, el('span', { class: 'quiet' }, `${number} `), el('span', { class: 'method' }, row.method), ' ', el('span', { class: 'address' }, pathOf(row.url)), ' ', statusChip(row.status)))
  const fill = () => {
    if (details.open && details.children.length === 1) details.append(exchangeView(number, { withFindings: false }))
  }
  details.addEventListener('toggle', fill)
  if (open) {
    details.open = true
    fill()
  }
  return details
}

// pathOf leaves out what is the same in all addresses.
function pathOf(address) {
  const match = /^[a-z]+:\/\/[^/?#]*(.*)$/i.exec(address || '')
  return match ? match[1] || '/' : address || ''
}
