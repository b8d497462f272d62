// Tokens and sessions: issued by class, taken apart, ended.
import { h, fill, card, button, field, input, select, textarea, table, empty, pill, time, dialog, toast, facts, notice, json } from '../ui.js'
import { goodness, scopePills, scopeChooser, ending } from '../parts/credential.js'
import { command } from '../parts/command.js'
import { editor } from '../parts/editor.js'
import { pager } from '../parts/pager.js'
import { showOnce } from '../parts/secret.js'
import { steady } from '../parts/steady.js'
import { documentOf, trialCommand } from '../parts/trial.js'

const pageSize = 50
const defects = ['expired', 'not-yet-valid', 'wrong-issuer', 'wrong-audience', 'wrong-signature', 'alg-none', 'unknown-kid', 'revoked', 'clock-skew']

export function tokenList(context) {
  const { world, signal, tokens, query, setQuery } = context
  const body = h('div', {}), foot = h('div', {})
  const show = steady(body, (list) => tokenTable(list, context, load))
  let offset = 0
  const load = async () => {
    setQuery({ class: klass.value, state: state.value })
    const lists = await Promise.all((klass.value ? [klass.value] : tokens.map((c) => c.name)).map((name) =>
      world.get('/credentials', { query: { class: name, state: state.value, limit: 1000 }, signal })))
    const all = lists.flatMap((l) => l.keys).sort((a, b) => b.created_at.localeCompare(a.created_at))
    show(all.slice(offset, offset + pageSize))
    fill(foot, pager({ offset, limit: pageSize, total: all.length, noun: all.length === 1 ? 'token' : 'tokens', onmove: (to) => { offset = to; return load() } }))
  }
  const again = () => { offset = 0; context.run(load()) }
  const klass = select([['', 'all classes'], ...tokens.map((c) => [c.name, c.cookie ? `${c.name} (cookie)` : c.name])], { value: query.get('class') || '', 'aria-label': 'Class', onchange: again })
  const state = select([['', 'all states'], 'active', 'used', 'revoked', 'expired'], { value: query.get('state') || '', 'aria-label': 'State', onchange: again })
  if (tokens.length === 0) return empty('No tokens', `${context.contract.title} works with keys alone.`, command(context, 'key list'))
  context.run(load())
  context.every(2000, () => context.run(load()))
  return card(null, { class: 'flush' },
    h('div', { class: 'bar filters' }, klass, state, h('span', { class: 'grow' }), button('Lifetimes', { onclick: () => lifetimes(context) }), button('Issue a token', { kind: 'primary', icon: 'plus', onclick: () => issue(context) })), body, foot)
}

const tokenTable = (list, context, load) => table({
  caption: 'Tokens', rows: list, onrow: (k) => look(context, k, load),
  empty: h('div', { class: 'pad' }, empty('No tokens yet', 'They are issued by logins and grants, or by hand:', command(context, 'token create --lifetime 15m'))),
  columns: [
    { title: 'Token', cell: (k) => h('span', {}, h('code', {}, k.masked)) },
    { title: 'Class', cell: (k) => h('span', {}, k.class, ' ', k.kind === 'refresh' && pill('refresh')) },
    { title: 'State', cell: goodness },
    { title: 'For', hideNarrow: true, cell: (k) => h('span', { class: 'break' }, nameOf(context.users, k.user) || nameOf(context.clients, k.client) || nameOf(context.accounts, k.account)) },
    { title: 'Scopes', hideNarrow: true, cell: (k) => scopePills(k.scopes) },
    { title: 'Issued', hideNarrow: true, cell: (k) => time(k.created_at) },
    { title: 'Expires', cell: ending },
    { label: 'Actions', cell: (k) => k.good && h('div', { class: 'row end' }, button('Revoke', { small: true, onclick: async () => { await context.world.post('/tokens/revoke', { id: k.id }); toast('The token is revoked.', 'good'); await load() } })) },
  ],
})

const nameOf = (list, id) => id && (list.find((one) => one.id === id)?.name || id)

async function look(context, k, load) {
  const { world } = context
  const kin = k.family ? (await world.get('/credentials', { query: { family: k.family, limit: 200 } })).keys : []
  const done = await dialog({
    title: `Token ${k.masked}`, wide: true, cancel: 'Close',
    body: [
      h('div', { tabindex: '-1', autofocus: true, class: 'plain' }, facts([['State', goodness(k)], ['Id', h('code', { class: 'break' }, k.id)], ['Class', `${k.class} (${k.kind})`], ['User', nameOf(context.users, k.user)], ['Client', nameOf(context.clients, k.client)], ['Account', k.account], ['Scopes', scopePills(k.scopes)],
        ['Issued', time(k.created_at)], ['Good from', k.not_before && time(k.not_before)], ['Expires', ending(k)], ['Bound to key', k.bound], ['Family', k.family && `${kin.length} of one login or grant, ${kin.filter((one) => one.good).length} good`]])),
      k.claims && h('div', { class: 'field' }, h('h3', {}, 'Claims'), json(k.claims, { label: 'Claims' })),
    ],
    actions: k.good ? [
      ...(kin.length > 1 ? [{ label: 'Revoke the whole family', kind: 'danger', act: () => world.post('/tokens/revoke', { family: k.family }) }] : []),
      { label: 'Revoke', kind: 'danger', act: () => world.post('/tokens/revoke', { id: k.id }) },
    ] : [],
  })
  if (!done) return
  toast(`${done.revoked} ${done.revoked === 1 ? 'credential is' : 'credentials are'} revoked.`, 'good')
  await load()
}

async function issue(context) {
  const { world, tokens, users, clients } = context
  const classes = tokens.filter((c) => c.kind !== 'refresh')
  const klass = select(classes.map((c) => c.name))
  const user = select([['', 'nobody in particular'], ...users.map((u) => [u.id, `${u.name || u.email} (${u.id})`])], { value: users[0]?.id || '' })
  const client = select([['', 'none'], ...clients.map((c) => [c.id, c.name || c.id])])
  const life = input({ placeholder: classes[0]?.lifetime || 'as the class says' })
  const defect = select([['', 'nothing'], ...defects])
  const claims = editor({ text: '{}', label: 'Further claims as JSON', rows: 4 })
  const place = h('div', {})
  let scopes
  const choose = () => {
    const c = classes.find((one) => one.name === klass.value)
    scopes = scopeChooser(c)
    life.placeholder = c.lifetime || 'no end'
    fill(place, scopes.element)
  }
  klass.addEventListener('change', choose)
  choose()
  const token = await dialog({
    title: 'Issue a token', wide: true,
    body: [
      h('div', { class: 'grid-2' }, field('Class', klass), field('User', user)),
      h('div', { class: 'grid-2' }, field('Lifetime', life, { optional: true, hint: 'Such as 15m or 24h, on the stand-in’s clock.' }), clients.length > 0 ? field('Client', client) : field('Wrong on purpose', defect)),
      clients.length > 0 && field('Wrong on purpose', defect, { hint: 'To see how it is refused.' }),
      place,
      h('details', {}, h('summary', {}, 'Further claims'), claims.element),
    ],
    actions: [{ label: 'Issue it', act: () => {
      const more = claims.value(), list = scopes.value()
      return world.post('/tokens', {
        class: klass.value, ...(user.value && { user: user.value }), ...(client.value && { client: client.value }), ...(list.length && { scopes: list }),
        ...(life.value.trim() && { lifetime: life.value.trim() }), ...(defect.value && { defect: defect.value }), ...(Object.keys(more).length && { claims: more }),
      })
    } }],
  })
  if (!token) return
  const c = classes.find((one) => one.name === token.class)
  const document = await documentOf(context)
  await showOnce({
    title: 'The token', secrets: [['Token', token.text]],
    more: [['State', goodness(token)], ['Expires', token.expires_at && h('span', {}, time(token.expires_at), h('span', { class: 'muted' }, ` · ${token.expires_at}`))]],
    commands: [['Try it', trialCommand(document, context, c?.scheme, token.text)]],
    rest: token.header && h('div', { class: 'grid-2' }, h('div', { class: 'field' }, h('h3', {}, 'Header'), json(token.header, { label: 'Header' })), h('div', { class: 'field' }, h('h3', {}, 'Claims'), json(token.claims, { label: 'Claims' }))),
  })
  context.reload()
}

/** How long what is issued from now on lives. */
async function lifetimes(context) {
  const { world, classes } = context
  const rows = classes.filter((c) => ['jwt', 'opaque', 'refresh'].includes(c.kind)).map((c) => [c, input({ value: c.lifetime || '', placeholder: 'no end' })])
  const done = await dialog({
    title: 'Lifetimes', body: [h('p', { class: 'muted' }, 'Of what is issued from now on, such as 5s or 24h. Empty: as the contract says.'), rows.map(([c, box]) => field(c.name, box, { hint: c.changed ? 'Changed; the contract says something else.' : null }))],
    actions: [{ label: 'Save', act: async () => {
      for (const [c, box] of rows) {
        const text = box.value.trim()
        if (text !== (c.lifetime || '')) await world.patch(`/credential-classes/${encodeURIComponent(c.name)}`, { lifetime: text || null })
      }
      return true
    } }],
  })
  if (done) context.reload()
}

export function decodeBox(context) {
  const { world } = context
  const box = textarea({ rows: '5', placeholder: 'eyJhbGciOi…', 'aria-label': 'Token', class: 'wrap-any' })
  const result = h('div', { class: 'stack', role: 'status' })
  const decode = async () => {
    const d = await world.post('/tokens/decode', { token: box.value.trim() })
    const seconds = (name) => typeof d.claims?.[name] === 'number' && new Date(d.claims[name] * 1000).toISOString()
    fill(result,
      d.believed ? notice('good', h('p', {}, h('strong', {}, 'It would be believed'), ' by an operation that wants it, now.')) : notice('bad', h('p', {}, h('strong', {}, 'It would be refused: '), d.reason || d.code), d.code && h('p', {}, h('code', {}, d.code))),
      facts([['Issued', seconds('iat') && time(seconds('iat'))], ['Good from', seconds('nbf') && time(seconds('nbf'))], ['Expires', seconds('exp') && h('span', {}, time(seconds('exp')), h('span', { class: 'muted' }, ` · ${seconds('exp')}`))],
        ['Class', d.credential?.class], ['Id', d.credential && h('code', {}, d.credential.id)]]),
      d.header && h('div', { class: 'grid-2' }, h('div', { class: 'field' }, h('h3', {}, 'Header'), json(d.header, { label: 'Header' })), h('div', { class: 'field' }, h('h3', {}, 'Claims'), json(d.claims, { label: 'Claims' }))))
  }
  return card('What is this token?', { lead: 'Pasted tokens go to the stand-in alone. Times are held against its clock.' }, box, h('div', { class: 'row' }, button('Decode', { kind: 'primary', onclick: decode })), result)
}
