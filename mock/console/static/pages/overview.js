// What runs, how it is reached, and what it believes.
import { h, fill, head, card, facts, table, copyButton, linkButton, button, code, pill, time, method, status, empty, duration, download } from '../ui.js'
import { command } from '../parts/command.js'
import { curl } from '../parts/snippet.js'
import { contractOf, keyOf } from '../parts/contract.js'
import { credentialChoices, showCredentials, target } from '../parts/request.js'

export const id = 'overview', title = 'Overview', group = 'Watch', icon = 'home'

export async function render(root, context) {
  const { world, contract, contracts, signal } = context
  const [about, { credentials }, { classes }, { entries, stats }, loaded] = await Promise.all([
    world.get('', { signal }), world.get('/ready-credentials', { signal }), world.get('/credential-classes', { signal }), world.get('/journal', { query: { limit: 8, bodies: false }, signal }), contractOf(context),
  ])
  const box = context.sandboxes().find((s) => s.name === context.sandbox)
  const base = box?.ways?.path || contract.base_url
  root.append(
    head(about.title, context.sandbox ? `The sandbox ${context.sandbox} of ${contract.name}.` : 'The stand-in is ready: copy its address and a credential, and call it.',
      linkButton('Try an operation', context.link('explorer'), { icon: 'compass', kind: 'primary' }), linkButton('Watch requests', context.link('requests'), { icon: 'activity' })),
    h('div', { class: 'overview' },
      h('div', { class: 'stack' }, firstCall(context, base, credentials, classes, loaded), readyCard(context, base, credentials), recentCard(context, entries, stats, signal)),
      h('div', { class: 'stack' }, contractCard(context, about, loaded, base, box), contracts.length > 1 && othersCard(context), linksCard(context, about))))
}

/** The first call that anybody can paste into a shell. */
function firstCall(context, base, ready, classes, { document, operations }) {
  const plain = operations.filter((o) => o.method === 'GET' && !o.path.includes('{') && !o.parameters.some((p) => p.required))
  const o = plain.find((one) => one.explained.role === 'list' && one.explained.security?.length) || plain.find((one) => one.explained.role === 'list') || plain[0]
  if (!o) return null
  const request = { method: 'GET', path: o.path, query: [], headers: [], body: '' }
  showCredentials(request, credentialChoices(document, o, ready, classes)[0])
  return card('Call it', { lead: o.summary || keyOf(o), actions: linkButton('In the explorer', context.link('explorer', keyOf(o)), { kind: 'quiet' }) },
    code(curl({ method: 'GET', url: base.replace(/\/$/, '') + target(request), headers: request.headers }), { label: 'Command', wrap: true }))
}

function readyCard(context, base, credentials) {
  const shown = new Set()
  const rows = [{ env: `${context.contract.name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_BASE_URL`, value: base }, ...credentials]
  const all = () => rows.map(({ env, value }) => `${env}=${/^[\w./:@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`).join('\n')
  const list = h('dl', { class: 'ready' })
  const draw = () => fill(list, rows.map((r) => {
    const hidden = r.secret && !shown.has(r.env)
    return h('div', {}, h('dt', {}, h('code', {}, r.env)), h('dd', {},
      h('code', { class: 'clip grow' }, hidden ? `${r.value.slice(0, Math.min(8, r.value.length / 3))}${'•'.repeat(12)}` : r.value),
      r.secret && button(hidden ? `Show ${r.env}` : `Hide ${r.env}`, { icon: hidden ? 'eye' : 'eyeOff', bare: true, kind: 'quiet', small: true, onclick: () => { shown.has(r.env) ? shown.delete(r.env) : shown.add(r.env); draw(); list.querySelector(`[data-env="${CSS.escape(r.env)}"]`)?.focus() }, dataset: { env: r.env } }),
      copyButton(r.value, `Copy ${r.env}`)))
  }))
  draw()
  return card('Ready to use', { lead: 'Paste them into your .env: the operations believe them.', actions: copyButton(all, 'Copy all lines', { bare: false, kind: '' }) }, list,
    h('p', { class: 'muted small' }, 'More, with other scopes, environments and ends: ', h('a', { href: context.link('keys') }, 'API keys'), ' and ', h('a', { href: context.link('identity') }, 'identity'), '.'))
}

function recentCard(context, entries, stats, signal) {
  const shown = [...entries].reverse()
  const place = h('div', {})
  const draw = () => fill(place, table({
    caption: 'Latest requests', rows: shown.slice(0, 8), onrow: (e) => context.go('requests', String(e.id)),
    columns: [
      { title: 'Request', cell: (e) => h('span', { class: 'request-line' }, method(e.request.method), h('code', { class: 'clip' }, new URL(e.request.url).pathname)) },
      { title: 'Status', class: 'num', cell: (e) => status(e.response.status) },
      { title: 'Took', class: 'num', hideNarrow: true, cell: (e) => duration(e.client.duration_ms ?? e.duration_ms) },
      { title: 'When', class: 'num', hideNarrow: true, cell: (e) => time(e.start) },
    ],
    empty: empty('Nobody has called yet', 'Send the request above, or use the explorer. It appears here at once.'),
  }))
  draw()
  context.run(context.world.follow('/journal/follow', {
    query: { after: stats.newest, bodies: false }, signal,
    on: { exchange: (e) => { shown.unshift(e); shown.length = Math.min(shown.length, 8); draw() }, reloaded: () => { shown.length = 0; draw() } },
  }))
  return card('Latest requests', { class: 'flush', actions: linkButton('All', context.link('requests'), { kind: 'quiet' }) }, place)
}

function contractCard(context, about, { explanation }, base, box) {
  const { summary } = explanation
  const warnings = about.warnings || []
  return card('Contract', {},
    facts([
      ['Name', h('code', {}, about.name)],
      ['Base URL', h('span', { class: 'copyable' }, h('code', { class: 'break' }, base), copyButton(base, 'Copy the base URL'))],
      ['Version', `${about.version} (OpenAPI ${about.openapi})`],
      ['Operations', h('span', {}, `${summary.operations}, `, h('a', { href: context.link('state') }, `${summary.collections} ${summary.collections === 1 ? 'collection' : 'collections'}`), ` with state behind ${summary.with_role}`)],
      ['Read from', h('span', { class: 'break' }, (about.files || []).join(', '))],
      ['Sandbox', box && h('span', {}, `${box.name}, from ${box.snapshot}, header `, h('code', {}, box.ways.header))],
      ['Clock', clockFact(context)],
      ['Seed', String(box?.seed ?? context.version.seed)],
      ['Program', `${context.version.name} ${context.version.version}`],
    ]),
    warnings.length > 0 && h('details', {}, h('summary', {}, `${warnings.length} ${warnings.length === 1 ? 'fault' : 'faults'} of the document worked around`),
      h('ul', { class: 'stack small' }, warnings.slice(0, 100).map((w) => h('li', { class: 'break' }, w.message, w.at && h('span', { class: 'muted' }, ` · ${[w.at.file, w.at.line].filter(Boolean).join(':')}`))))))
}

function clockFact(context) {
  const { frozen, rate } = context.clock() || {}
  return h('span', {}, time(context.now().toISOString(), { absolute: true }), ' ', frozen ? pill('frozen', 'info') : rate && rate !== 1 ? pill(`${rate}×`, 'info') : null, ' ', h('a', { href: context.link('clock') }, 'Move it'))
}

const othersCard = (context) =>
  card('Also served', {}, h('ul', { class: 'stack' }, context.contracts.filter((c) => c.name !== context.contract.name).map((c) => h('li', { class: 'row between' },
    h('a', { href: `#/${encodeURIComponent(c.name)}/overview` }, c.title), h('span', { class: 'copyable' }, h('code', { class: 'small break' }, c.base_url), copyButton(c.base_url, `Copy the base URL of ${c.name}`))))))

function linksCard(context) {
  const name = context.contract.name
  return card('The same elsewhere', {},
    h('ul', { class: 'links' },
      h('li', {}, h('a', { href: context.link('runs') }, 'Judge this stand-in'), h('span', { class: 'muted' }, ' by its suites and checks')),
      h('li', {}, button('Contract as one OpenAPI document', { kind: 'link', onclick: () => saveText(context, '/openapi.json', {}, `${name}.openapi.json`, 'application/json') })),
      h('li', {}, button('What was understood of it', { kind: 'link', onclick: () => saveText(context, '/explain', { format: 'markdown' }, `${name}.explain.md`, 'text/markdown') }), h('span', { class: 'muted' }, ' as Markdown')),
      h('li', {}, button('Management API’s own document', { kind: 'link', onclick: async () => download('understudy-control.openapi.json', await context.api.text('/openapi.json'), 'application/json') }))),
    code(`${command(context, 'journal --follow')}`, { label: 'Command', wrap: true }))
}

async function saveText(context, path, query, name, type) {
  download(name, await context.world.text(path, { query }), type)
}
