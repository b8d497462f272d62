// What the stand-in remembers: collections, their items, one item in full.
import { h, fill, head, card, button, field, input, select, table, empty, pill, confirm, toast, announce, download } from '../ui.js'
import { command } from '../parts/command.js'
import { pager } from '../parts/pager.js'
import { steady } from '../parts/steady.js'
import { showItem, newItem } from './state-item.js'

export const id = 'state', title = 'State', group = 'World', icon = 'database'

const pageSize = 50

export async function render(root, context) {
  const { world, signal, path, query } = context
  const whose = { account: query.get('account') || '', environment: query.get('environment') || '' }
  const [{ collections }, { accounts }, { classes }] = await Promise.all([
    world.get('/state', { query: whose, signal }), world.get('/accounts', { signal }), world.get('/credential-classes', { signal }),
  ])
  const environments = [...new Set(classes.map((c) => c.environment).filter(Boolean))]
  const chosen = collections.find((c) => c.path === path[0]) || collections.find((c) => c.items > 0) || collections[0]
  const reach = { ...context, whose, accounts, environments, collections, chosen }
  root.append(head(title, 'What the stand-in remembers. What you change here, clients of the API see at once.', ...actions(reach)))
  if (!chosen) {
    root.append(empty('No collections', 'The contract has no operations that create, list or read items, so there is no state. What was understood of each operation:', `understudy explain ${context.contract.name}`))
    return
  }
  const main = h('div', { class: 'stack' })
  root.append(h('div', { class: 'beside' }, side(reach), main))
  if (path[1] !== undefined && path[0] === chosen.path) await showItem(main, reach, path[1]).catch((error) => lost(main, reach, path[1], error))
  else await showItems(main, reach)
}

function actions(context) {
  const { world } = context
  const file = h('input', { type: 'file', accept: '.json,application/json', class: 'hidden', tabindex: '-1', 'aria-label': 'File of an export' })
  file.addEventListener('change', () => context.run((async () => {
    const [chosen] = file.files
    file.value = ''
    if (!chosen) return
    const text = await chosen.text()
    if (!(await confirm('Import state?', `Everything that exists now gives way to what ${chosen.name} holds.`, 'Import', 'primary'))) return
    await world.raw('POST', '/state/import', text, { type: 'application/json' })
    await context.reload()
    toast(`${chosen.name} was imported.`, 'good')
  })()))
  return [
    button('Export', { icon: 'download', onclick: async () => download(`${context.contract.name}-state.json`, await world.text('/state/export'), 'application/json') }),
    button('Import', { onclick: () => file.click() }), file,
    button('Reset', {
      kind: 'danger', icon: 'refresh', onclick: async () => {
        if (!(await confirm('Reset the state?', 'Items, keys, tokens, limits, faults, endpoints and deliveries go back to what they were at the start. The journal stays.', 'Reset'))) return
        await world.post('/state/reset')
        toast('The state is as it was at the start.', 'good')
        context.go('state')
      },
    }),
  ]
}

/** An item that is not there any more: the collection is one step away. */
function lost(main, { chosen, whose, link }, item, error) {
  if (error.code !== 'item_not_found') throw error
  main.append(empty(`${item} is not there`, `${error.message} It may have been deleted, or the state was reset.`, null, h('a', { class: 'button primary', href: link('state', chosen.path, { query: whose }) }, `All of ${chosen.path}`)))
}

/** The collections, and whose items are meant where the contract tells accounts or environments apart. */
function side({ collections, chosen, whose, accounts, environments, link, go, path }) {
  const again = (values) => go('state', ...path.slice(0, 1), { query: { ...whose, ...values } })
  return h('aside', { class: 'stack', 'aria-label': 'Collections' },
    h('ul', { class: 'side-list' }, collections.map((c) => h('li', {},
      h('a', { href: link('state', c.path, { query: whose }), 'aria-current': c === chosen ? 'true' : null, title: c.path }, h('span', { class: 'clip' }, c.name), h('span', { class: 'count' }, c.singleton ? 'one' : c.items))))),
    (accounts.length > 1 || environments.length > 1) && h('details', { class: 'whose', open: Boolean(whose.account || whose.environment) }, h('summary', {}, 'Whose items'),
      h('div', { class: 'stack' },
        accounts.length > 1 && field('Account', select([['', 'the first one'], ...accounts.map((a) => [a.id, a.name || a.id])], { value: whose.account, onchange: (e) => again({ account: e.target.value }) })),
        environments.length > 1 && field('Environment', select([['', 'the usual one'], ...environments], { value: whose.environment, onchange: (e) => again({ environment: e.target.value }) })))))
}

const scopeNames = (collection) => [...collection.path.matchAll(/\{([^}]+)\}/g)].map((m) => m[1])

async function showItems(main, context) {
  const { world, signal, chosen, whose, query, setQuery } = context
  const body = h('div', {})
  const foot = h('div', {})
  const show = steady(body, ({ page, text }) => itemTable(page.items, context, () => (text ? empty('Nothing has this text', `No item of ${chosen.path} has “${text}” in its id or its JSON.`) : nothing(context))))
  let offset = Number(query.get('offset')) || 0
  let turn = 0, typed = false
  const load = async () => {
    const mine = ++turn
    const text = search.value.trim()
    const page = await world.get('/state/items', { query: { collection: chosen.path, text, offset, limit: pageSize, ...whose }, signal })
    if (mine !== turn) return
    setQuery({ text, offset: offset || '' })
    if (typed) announce(`${page.total} found`)
    typed = false
    show({ page, text })
    fill(foot, pager({ offset, limit: pageSize, total: page.total, noun: page.total === 1 ? 'item' : 'items', onmove: (to) => { offset = to; return load() } }))
  }
  let timer
  const search = input({ type: 'search', placeholder: 'Search in ids and JSON', 'aria-label': 'Search in ids and JSON', value: query.get('text') || '', dataset: { search: '' }, oninput: () => {
    typed = true
    clearTimeout(timer)
    timer = setTimeout(() => { offset = 0; context.run(load()) }, 200)
  } })
  main.append(card(null, { class: 'flush' },
    h('div', { class: 'bar' }, h('h2', { class: 'mono break' }, chosen.path), h('div', { class: 'grow' }, search),
      h('div', { class: 'actions' },
        button('Read anew', { icon: 'refresh', bare: true, kind: 'quiet', onclick: load }),
        button('New item', { icon: 'plus', kind: 'primary', onclick: () => newItem(context, scopeNames(chosen)) }))),
    body, foot))
  context.shortcut('n', 'new item', () => newItem(context, scopeNames(chosen)))
  await load()
  context.every(5000, () => document.querySelector('dialog[open]') || context.run(load()))
}

function nothing(context) {
  const { chosen } = context
  const scope = scopeNames(chosen).map((n) => ` --scope ${n}=VALUE`).join('')
  return empty(`No ${chosen.name} yet`, 'Create one over the API, make one with “New item”, or on the command line. What you leave out is made up from the schema:',
    `echo '{}' | ${command(context, `state put ${chosen.path} -${scope}`)}`)
}

/** The members that tell items apart, in the order in which a reader looks for them. */
const telling = ['name', 'title', 'firstName', 'lastName', 'first_name', 'last_name', 'subject', 'email', 'status', 'state', 'type', 'kind', 'amount', 'currency', 'total']

function columnsOf(items) {
  const counts = new Map()
  for (const { value } of items) {
    if (!value || typeof value !== 'object' || Array.isArray(value)) continue
    for (const [name, v] of Object.entries(value)) {
      if (name !== 'id' && (v === null || typeof v !== 'object')) counts.set(name, (counts.get(name) || 0) + 1)
    }
  }
  const rank = (name) => (telling.includes(name) ? telling.indexOf(name) : 100 + (/(_at|At|date|Date|_id|Id|url|Url)$/.test(name) ? 50 : 0))
  return [...counts.keys()].sort((a, b) => rank(a) - rank(b) || counts.get(b) - counts.get(a)).slice(0, 4)
}

function itemTable(items, { chosen, whose, go }, none) {
  const scoped = scopeNames(chosen)
  return table({
    caption: `Items of ${chosen.path}`, rows: items, empty: none(),
    onrow: (item) => go('state', chosen.path, item.id, { query: { ...whose, ...Object.fromEntries(Object.entries(item.scope || {}).map(([k, v]) => [`scope.${k}`, v])) } }),
    columns: [
      { title: 'Id', cell: (item) => h('code', { class: 'break' }, item.id || '(the one)') },
      ...scoped.map((name) => ({ title: name, cell: (item) => item.scope?.[name] })),
      ...columnsOf(items).map((name, i) => ({ title: name, hideNarrow: i > 0, class: 'cell', cell: (item) => scalar(item.value?.[name]) })),
    ],
  })
}

function scalar(v) {
  if (v === undefined || v === null || v === '') return h('span', { class: 'muted' }, v === null ? 'null' : '–')
  if (typeof v === 'boolean') return pill(String(v))
  const text = String(v)
  return h('span', { class: 'clip block', title: text.length > 40 ? text : null }, text)
}
