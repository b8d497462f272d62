// Keys that people make: made, shown once, changed, rotated, revoked; what they were used for; and the audit log.
import { h, fill, head, card, button, download, field, input, select, table, tabs, empty, time, dialog, pill, status, method } from '../ui.js'
import { goodness, scopePills, ending, scopeChooser, endChooser } from '../parts/credential.js'
import { command } from '../parts/command.js'
import { pager } from '../parts/pager.js'
import { showOnce } from '../parts/secret.js'
import { documentOf, trialCommand } from '../parts/trial.js'
import { steady } from '../parts/steady.js'

export const id = 'keys', title = 'API keys', group = 'Access', icon = 'key'

const pageSize = 50

export async function render(root, context) {
  const { world, signal, path } = context
  if (path[0] && path[0] !== 'audit') {
    const { render: one } = await import('./keys-one.js')
    return one(root, context, path[0])
  }
  const [{ classes }, { accounts }, { users }] = await Promise.all([
    world.get('/credential-classes', { signal }), world.get('/accounts', { signal }), world.get('/users', { signal }),
  ])
  const made = classes.filter((c) => ['key', 'password', 'certificate'].includes(c.kind))
  const reach = { ...context, classes, accounts, users, made: made.length > 0 ? made : classes.filter((c) => ['jwt', 'opaque'].includes(c.kind)) }
  root.append(
    head(title, 'What clients show to be let in. Texts are kept as digests: one is shown when it is made, and never again.',
      reach.made.length > 0 && button('New key', { kind: 'primary', icon: 'plus', onclick: () => create(reach) })),
    tabs([
      { id: 'keys', title: 'Keys', render: () => keyList(reach) },
      { id: 'audit', title: 'Audit log', render: () => auditLog(reach) },
    ], { selected: path[0] === 'audit' ? 'audit' : 'keys', label: 'Keys and their log', onselect: (which) => context.setPath(...(which === 'audit' ? ['audit'] : [])) }))
  context.shortcut('n', 'new key', () => create(reach))
}

function keyList(context) {
  const { world, signal, query, setQuery, made } = context
  const body = h('div', {}), foot = h('div', {})
  const show = steady(body, (keys) => keyTable(keys, context))
  let offset = 0
  const load = async () => {
    setQuery({ state: state.value, class: klass.value })
    const page = await world.get('/keys', { query: { offset, limit: pageSize, state: state.value, class: klass.value }, signal })
    show(page.keys)
    fill(foot, pager({ offset, limit: pageSize, total: page.total, noun: page.total === 1 ? 'key' : 'keys', onmove: (to) => { offset = to; return load() } }))
  }
  const again = () => { offset = 0; context.run(load()) }
  const state = select([['', 'all states'], 'active', 'revoked', 'expired', 'pending'], { value: query.get('state') || '', 'aria-label': 'State', onchange: again })
  const klass = select([['', 'all classes'], ...made.map((c) => c.name)], { value: query.get('class') || '', 'aria-label': 'Class', onchange: again })
  context.run(load())
  context.every(3000, () => context.run(load()))
  return card(null, { class: 'flush' }, h('div', { class: 'bar filters' }, state, made.length > 1 && klass), body, foot)
}

const keyTable = (keys, context) => table({
  caption: 'Keys', rows: keys, onrow: (k) => context.go('keys', k.id),
  empty: empty('No keys', context.made.length > 0 ? 'Make one with “New key”, or on the command line:' : 'The contract knows no keys that people make. Tokens are on the page Identity.', context.made.length > 0 && command(context, 'key create --name CI')),
  columns: [
    { title: 'Name', cell: (k) => h('span', {}, h('strong', { class: 'break' }, k.name || k.id)) },
    { title: 'Key', cell: (k) => h('code', { class: 'nowrap' }, k.masked) },
    { title: 'State', cell: (k) => h('div', { class: 'row' }, goodness(k), k.warnings?.length > 0 && pill('see inside', 'warn')) },
    { title: 'Environment', hideNarrow: true, cell: (k) => k.environment },
    { title: 'Scopes', hideNarrow: true, cell: (k) => scopePills(k.scopes) },
    { title: 'Requests', class: 'num', hideNarrow: true, cell: (k) => k.usage.requests.toLocaleString('en') },
    { title: 'Last used', hideNarrow: true, cell: (k) => (k.usage.last_used ? time(k.usage.last_used) : h('span', { class: 'muted' }, 'never')) },
    { title: 'Expires', hideNarrow: true, cell: ending },
  ],
})

/** Asks what the key is to be, makes it, and shows its text. */
export async function create(context) {
  const { world, made, accounts, users, now } = context
  const name = input({ required: true, placeholder: 'CI', maxlength: '200' })
  const words = (c) => [c.name, c.environment ? `${c.name} (${c.environment})` : c.name]
  const klass = select(made.map(words), { value: made[0].name })
  const account = select(accounts.map((a) => [a.id, a.name ? `${a.name} (${a.id})` : a.id]))
  const user = select([['', 'the account as such'], ...users.map((u) => [u.id, `${u.name || u.email} (${u.id})`])])
  const end = endChooser(now)
  const place = h('div', {})
  let scopes
  const choose = () => {
    const c = made.find((one) => one.name === klass.value)
    scopes = scopeChooser(c, c.scopes?.length === 1 ? c.scopes : [])
    fill(place, scopes.element)
  }
  klass.addEventListener('change', choose)
  choose()
  const key = await dialog({
    title: 'New key', wide: true,
    body: [
      h('div', { class: 'grid-2' }, field('Name', name, { hint: 'For people: who uses it, and where.' }), made.length > 1 ? field('Class', klass) : end.element),
      accounts.length > 1 || users.length > 0 ? h('div', { class: 'grid-2' }, accounts.length > 0 && field('Account', account), users.length > 0 && field('User', user)) : null,
      place, made.length > 1 && end.element,
    ],
    actions: [{ label: 'Make it', act: () => world.post('/keys', {
      class: klass.value, name: name.value.trim(), ...(account.value && !user.value && { account: account.value }), ...(user.value && { user: user.value }),
      scopes: scopes.value(), expires_at: end.value(),
    }) }],
  })
  if (!key) return
  await shown(context, key, made.find((c) => c.name === key.class), 'Your new key')
  context.go('keys', key.id)
}

/** Shows the text of a key that was made just now. */
export async function shown(context, key, klass, heading) {
  const document = await documentOf(context)
  await showOnce({
    title: heading, secrets: [['Key', key.text]], more: [['Id', h('code', {}, key.id)], ['Scopes', key.scopes?.join(', ')], ['Environment', key.environment], ['Expires', key.expires_at && time(key.expires_at)]],
    commands: [['Try it', trialCommand(document, context, klass?.scheme, key.text)], ...(key.env ? [['For your environment', `export ${key.env}='${key.text}'`]] : [])],
  })
}

function auditLog(context) {
  const { world, signal } = context
  const body = h('div', {})
  const show = steady(body, (entries) => auditTable(entries, context))
  const load = async () => {
    const { entries } = await world.get('/audit', { query: { limit: 200 }, signal })
    show(entries.reverse())
  }
  context.run(load())
  context.every(2000, () => context.run(load()))
  return card(null, { class: 'flush' },
    h('div', { class: 'bar' }, h('p', { class: 'muted grow' }, 'Requests with audited credentials, logins, and each change of a credential; the newest first.'),
      button('Export', { icon: 'download', small: true, onclick: async () => download(`${context.contract.name}-audit.jsonl`, await world.text('/audit', { query: { format: 'jsonl' } }), 'application/x-ndjson') })), body)
}

const kinds = { request: '', create: 'good', rotate: 'info', change: 'info', revoke: 'bad', login: 'good', refresh: 'info', logout: '' }

export const auditTable = (entries, context) => table({
  caption: 'Audit log', rows: entries,
  empty: empty('Nothing is noted yet', 'Use a key at the API, make one, change one: each of these leaves a line here. On the command line:', command(context, 'audit')),
  columns: [
    { title: 'When', cell: (e) => h('span', { class: 'nowrap' }, time(e.at)) },
    { title: 'What', cell: (e) => pill(e.kind, kinds[e.kind]) },
    { title: 'Credential', cell: (e) => (e.credential ? h('a', { href: context.link('keys', e.credential), class: 'break' }, e.name || e.credential) : e.name || h('span', { class: 'muted' }, e.user || 'unknown')) },
    { title: 'Request', hideNarrow: true, cell: (e) => e.method && h('span', { class: 'break' }, method(e.method), ' ', h('code', {}, e.path)) },
    { title: 'Result', cell: (e) => h('span', {}, e.status && [status(e.status), ' '], e.result !== 'ok' && h('span', { class: 'break' }, e.result)) },
    { label: 'Entry', hideNarrow: true, cell: (e) => e.request && h('a', { href: context.link('requests', String(e.request)) }, `#${e.request}`) },
  ],
})
