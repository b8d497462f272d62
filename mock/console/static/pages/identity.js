// Who there is: users, clients of the identity provider, tokens and sessions, and the provider's addresses.
import { h, fill, head, card, button, field, input, select, table, tabs, empty, time, dialog, toast, facts, pill, copyButton, json } from '../ui.js'
import { command } from '../parts/command.js'
import { once } from '../parts/secret.js'
import { tokenList, decodeBox } from './identity-tokens.js'
import { clientList } from './identity-clients.js'

export const id = 'identity', title = 'Identity', group = 'Access', icon = 'user'

export async function render(root, context) {
  const { world, signal, path } = context
  const [{ provider }, { classes }, { users }, { accounts }, { clients }] = await Promise.all([
    world.get('/identity', { signal }), world.get('/credential-classes', { signal }), world.get('/users', { signal }), world.get('/accounts', { signal }), world.get('/clients', { signal }),
  ])
  const tokens = classes.filter((c) => ['jwt', 'opaque', 'refresh'].includes(c.kind))
  const reach = { ...context, provider, classes, tokens, users, accounts, clients }
  const views = [
    { id: 'tokens', title: 'Tokens', render: () => tokenList(reach) },
    { id: 'users', title: 'Users', count: users.length, render: () => userList(reach) },
    provider && { id: 'clients', title: 'Clients', count: clients.length, render: () => clientList(reach) },
    { id: 'decode', title: 'Decode', render: () => decodeBox(reach) },
    { id: 'provider', title: 'Keys and addresses', render: () => providerView(reach) },
  ].filter(Boolean)
  const lead = provider ? 'Users, clients and tokens of the identity provider that the stand-in is.' : 'Users of the contract, and the tokens that it issues.'
  root.append(head(title, lead), tabs(views, { selected: path[0], label: 'Identity', onselect: (which) => context.setPath(which) }))
}

function userList(context) {
  const { users, accounts, contract } = context
  const nameOf = (account) => accounts.find((a) => a.id === account)?.name || account
  return h('div', { class: 'stack' },
    card('Users', { class: 'flush', lead: 'They log in at the contract’s login and at the identity provider’s page.', actions: button('New user', { icon: 'plus', onclick: () => putUser(context) }) }, table({
      caption: 'Users', rows: users, empty: h('div', { class: 'pad' }, empty('No users', `${contract.title} seeds none. Make one with “New user”, or:`, command(context, 'user create --name "Ada Byron" --email ada@example.com'))),
      columns: [
        { title: 'Name', cell: (u) => h('div', {}, h('strong', { class: 'break' }, u.name || '–'), h('div', { class: 'muted small break' }, u.email)) },
        { title: 'Id', hideNarrow: true, cell: (u) => h('code', { class: 'break' }, u.id) },
        { title: 'Role', cell: (u) => u.role && pill(u.role) },
        { title: 'Account', hideNarrow: true, cell: (u) => nameOf(u.account) },
        { title: 'Password of', hideNarrow: true, cell: (u) => time(u.password_at) },
        { label: 'Actions', cell: (u) => h('div', { class: 'row end' }, button('Change', { small: true, onclick: () => putUser(context, u) }), button('Password', { small: true, onclick: () => password(context, u) })) },
      ],
    })),
    accounts.length > 0 && card('Accounts', { class: 'flush', lead: 'Customers of the vendor. The plan decides which limits hold.', actions: button('New account', { icon: 'plus', onclick: () => putAccount(context) }) }, table({
      caption: 'Accounts', rows: accounts,
      columns: [
        { title: 'Name', cell: (a) => h('strong', { class: 'break' }, a.name) }, { title: 'Id', cell: (a) => h('code', { class: 'break' }, a.id) }, { title: 'Plan', cell: (a) => a.plan && pill(a.plan) },
        { label: 'Actions', cell: (a) => h('div', { class: 'row end' }, button('Change', { small: true, onclick: () => putAccount(context, a) })) },
      ],
    })))
}

async function putUser(context, user) {
  const { world, accounts } = context
  const boxes = { name: input({ value: user?.name || '', required: true }), email: input({ type: 'email', value: user?.email || '', required: true }), role: input({ value: user?.role || '' }), id: input({ placeholder: 'made up' }) }
  const account = select(accounts.map((a) => [a.id, `${a.name} (${a.id})`]), { value: user?.account })
  const done = await dialog({
    title: user ? `Change ${user.name || user.id}` : 'New user',
    body: [field('Name', boxes.name), field('Mail address', boxes.email), field('Role', boxes.role, { optional: true }), accounts.length > 1 && field('Account', account), !user && field('Id', boxes.id, { optional: true })],
    actions: [{ label: user ? 'Save' : 'Make it', act: () => {
      const body = { name: boxes.name.value.trim(), email: boxes.email.value.trim(), role: boxes.role.value.trim(), ...(accounts.length > 0 && { account: account.value }) }
      if (user) return world.put(`/users/${encodeURIComponent(user.id)}`, body)
      return world.post('/users', { ...body, ...(boxes.id.value && { id: boxes.id.value.trim() }) })
    } }],
  })
  if (!done) return
  if (done.password) await dialog({ title: done.name, cancel: '', body: [h('p', {}, 'Its password was made up, and is shown this once.'), once(done.password, 'Password')], actions: [{ label: 'Done', value: true }] })
  else toast(`${done.name} was saved.`, 'good')
  context.reload()
}

async function password(context, user) {
  const box = input({ required: true })
  const done = await dialog({
    title: `Password of ${user.name || user.id}`, body: field('New password', box, { hint: 'Its sessions and tokens end, as the contract says.' }),
    actions: [{ label: 'Set it', act: () => context.world.post(`/users/${encodeURIComponent(user.id)}/password`, { password: box.value }) }],
  })
  if (!done) return
  await context.reload()
  toast('The password was set.', 'good')
}

async function putAccount(context, account) {
  const name = input({ value: account?.name || '', required: true }), plan = input({ value: account?.plan || '', placeholder: 'free' })
  const done = await dialog({
    title: account ? `Change ${account.name}` : 'New account', body: [field('Name', name), field('Plan', plan, { optional: true, hint: 'Limits may depend on it.' })],
    actions: [{ label: 'Save', act: () => {
      const body = { name: name.value.trim(), plan: plan.value.trim() }
      return account ? context.world.put(`/accounts/${encodeURIComponent(account.id)}`, body) : context.world.post('/accounts', body)
    } }],
  })
  if (done) context.reload()
}

const words = {
  issuer: 'Issuer', discovery: 'Discovery', authorize: 'Authorize', token: 'Token', jwks: 'JWK set', userinfo: 'User info', introspect: 'Introspection', revoke: 'Revocation',
  device_authorization: 'Device authorization', device_page: 'Page for codes of devices', pushed_authorization: 'Pushed authorization', end_session: 'End of the session',
}

function providerView(context) {
  const { world, provider, signal } = context
  const keys = h('div', {}, h('p', { class: 'muted' }, 'Reading the keys…'))
  const show = (set) => fill(keys, set.keys.length > 0 ? set.keys.map((k) => h('div', { class: 'stack' }, facts([['Key id', h('code', { class: 'break' }, k.kid)], ['Algorithm', k.alg], ['Kind', k.kty]]))) : h('p', { class: 'muted' }, 'The contract signs no tokens with a key that can be public.'), h('details', {}, h('summary', {}, 'The JWK set'), json(set)))
  context.run(world.get('/signing-keys', { signal }).then(show))
  return h('div', { class: 'stack' },
    card('Identity provider', { lead: provider ? 'It answers on the contract’s own port.' : '' }, provider
      ? facts(Object.entries(words).map(([name, word]) => [word, provider[name] && h('span', { class: 'copyable' }, h('code', { title: provider[name] }, provider[name]), copyButton(provider[name], `Copy ${word.toLowerCase()}`))]))
      : h('p', { class: 'muted' }, 'The contract’s security schemes need no identity provider; its tokens come from its own operations.')),
    card('Signing keys', { actions: button('Rotate', { icon: 'refresh', onclick: async () => {
      show(await world.post('/signing-keys/rotate'))
      toast('A new key signs. The old one stays in the set until what it signed has expired.', 'good')
    } }) }, keys))
}
