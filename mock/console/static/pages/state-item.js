// One item in full: read, edited as JSON, removed; and a new one.
import { h, card, button, field, input, facts, time, copyButton, confirm, toast, dialog, code } from '../ui.js'
import { command, quoted } from '../parts/command.js'
import { editor } from '../parts/editor.js'

const scopeOf = (query) => {
  const scope = {}
  for (const [name, value] of query) if (name.startsWith('scope.')) scope[name.slice(6)] = value
  return scope
}

const selector = (collection, scope, whose, id) => ({
  collection: collection.path, ...(id && { id }), ...whose, ...Object.fromEntries(Object.entries(scope).map(([k, v]) => [`scope[${k}]`, v])),
})

export async function showItem(main, context, id) {
  const { world, signal, chosen, whose, query, link, go } = context
  const scope = scopeOf(query)
  const which = selector(chosen, scope, whose, id)
  const item = await world.get('/state/item', { query: which, signal })
  const changed = h('span', { class: 'muted', role: 'status' })
  const save = async () => {
    const value = edit.value()
    try {
      const kept = await world.put('/state/item', value, { query: which })
      edit.set(JSON.stringify(kept.value, null, 2))
      changed.textContent = ''
      toast(`${id || chosen.name} was saved.`, 'good')
    } catch (error) {
      if (!error.violations) throw error
      edit.refuse(error)
    }
  }
  const edit = editor({
    value: item.value, label: `${chosen.name} ${id} as JSON`, rows: Math.min(30, Math.max(10, JSON.stringify(item.value, null, 2).split('\n').length + 1)),
    onsave: () => context.run(save()), onchange: () => (changed.textContent = 'not saved yet'),
  })
  const remove = async () => {
    if (!(await confirm(`Delete ${id || 'it'}?`, `Clients that ask for it are answered with 404. A reset of the state brings back what existed at the start.`, 'Delete'))) return
    await world.del('/state/item', { query: which })
    toast(`${id || 'It'} is gone.`, 'good')
    go('state', chosen.path, { query: whose })
  }
  main.append(
    h('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, h('a', { href: link('state', chosen.path, { query: whose }) }, chosen.path), h('span', { 'aria-hidden': 'true' }, '/'), h('strong', { class: 'mono break' }, id || 'the one')),
    card(null, { class: 'flush' },
      h('div', { class: 'bar' }, h('h2', { class: 'mono break grow' }, id || chosen.name), changed,
        h('div', { class: 'actions' },
          copyButton(() => edit.text(), 'Copy JSON'),
          button('Delete', { kind: 'danger', icon: 'trash', onclick: remove }),
          button('Save', { kind: 'primary', onclick: save, title: 'Ctrl+Enter' }))),
      h('div', { class: 'pad' }, edit.element,
        facts([
          ...Object.entries(item.scope || {}).map(([name, value]) => [name, h('code', {}, value)]),
          ['Account', item.account], ['Environment', item.environment],
          ['In its state', item.since && time(item.since)],
        ]))),
    card('Elsewhere', {}, h('p', { class: 'muted' }, 'The same item on the command line:'),
      code(command(context, `state get ${quoted(chosen.path)}${id ? ` ${quoted(id)}` : ''}${Object.entries(scope).map(([k, v]) => ` --scope ${quoted(`${k}=${v}`)}`).join('')}`), { label: 'Command', wrap: true })))
}

/** Asks for a new item; what is left out is made up. */
export async function newItem(context, scopeNames) {
  const { world, chosen, whose, go } = context
  const ids = input({ placeholder: 'made up' })
  const parents = scopeNames.map((name) => [name, input({ required: true })])
  const edit = editor({ text: '{}', label: 'The item as JSON', rows: 9 })
  const made = await dialog({
    title: `New item of ${chosen.path}`, wide: true,
    body: [
      parents.map(([name, box]) => field(name, box, { hint: 'Which parent it belongs to.' })),
      !chosen.singleton && field('Id', ids, { optional: true }),
      h('div', { class: 'field' }, h('h3', {}, 'Members'), h('p', { class: 'hint' }, 'Write those that matter to you. The others are made up from the schema.'), edit.element),
    ],
    actions: [{
      label: 'Create', act: async () => {
        const scope = Object.fromEntries(parents.map(([name, box]) => [name, box.value]))
        const value = edit.value()
        try {
          return await world.put('/state/item', value, { query: selector(chosen, scope, whose, ids.value.trim()) })
        } catch (error) {
          if (!error.violations?.length) throw error
          edit.refuse(error)
        }
      },
    }],
  })
  if (!made) return
  toast(`${made.id || chosen.name} was created.`, 'good')
  go('state', chosen.path, made.id, { query: { ...whose, ...Object.fromEntries(Object.entries(made.scope || {}).map(([k, v]) => [`scope.${k}`, v])) } })
}
