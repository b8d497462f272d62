// A schema for readers: members with their types and what is said of them; what is behind them unfolds.
import { h, pill } from '../ui.js'
import { words } from './prose.js'

const part = (text) => text.replaceAll('~1', '/').replaceAll('~0', '~')

function resolve(document, node) {
  let name = ''
  for (let n = 0; typeof node?.$ref === 'string' && n < 20; n++) {
    if (!node.$ref.startsWith('#/')) break
    name = node.$ref.split('/').at(-1)
    node = node.$ref.slice(2).split('/').map(part).reduce((at, key) => at?.[key], document)
  }
  return [node || {}, name]
}

const said = (s) => String(s.description).slice(0, 2000)

/** The words for a schema's type. */
function typeOf(document, schema) {
  const [s, name] = resolve(document, schema)
  const types = [].concat(s.type ?? [])
  if (types.includes('array') && s.items) return `array of ${typeOf(document, s.items)}`
  if (s.const !== undefined) return JSON.stringify(s.const)
  const text = types.join(' or ') || (s.enum ? 'one of several' : s.oneOf || s.anyOf ? 'one of several' : s.properties ? 'object' : 'anything')
  return `${text}${s.format ? ` (${s.format})` : ''}${name && text === 'object' ? ` ${name}` : ''}`
}

/** Members of a schema, those of allOf among them. */
function membersOf(document, schema, depth = 0) {
  const [s] = resolve(document, schema)
  const members = new Map(), required = new Set(s.required || [])
  if (depth < 8) {
    for (const one of s.allOf || []) {
      const inner = membersOf(document, one, depth + 1)
      for (const [name, value] of inner.members) members.set(name, value)
      for (const name of inner.required) required.add(name)
    }
  }
  for (const [name, value] of Object.entries(s.properties || {})) members.set(name, value)
  return { members, required }
}

/** Shows a schema of a document; deeper ones are made when they are unfolded, so that circles do no harm. */
export function schemaView(document, schema) {
  const [s] = resolve(document, schema)
  const { members, required } = membersOf(document, s)
  if (members.size === 0) {
    const inner = s.items || (s.oneOf || s.anyOf || [])[0]
    return h('div', { class: 'schema' }, h('p', {}, h('code', {}, typeOf(document, s)), s.description && [' ', words(said(s))]), inner && schemaView(document, inner))
  }
  return h('ul', { class: 'schema' }, [...members].map(([name, value]) => member(document, name, value, required.has(name))))
}

function member(document, name, schema, required) {
  const [s] = resolve(document, schema)
  const inner = deeper(document, schema)
  const line = [h('code', { class: 'schema-name' }, name), h('span', { class: 'schema-type' }, typeOf(document, schema)), required && pill('required', 'info'), s.readOnly && pill('read only'), s.deprecated && pill('deprecated', 'warn')]
  const more = [s.description && h('p', { class: 'muted' }, words(said(s))), s.enum && h('p', { class: 'pills' }, s.enum.slice(0, 12).map((v) => h('code', {}, JSON.stringify(v))), s.enum.length > 12 && h('span', { class: 'muted' }, `and ${s.enum.length - 12} more`))]
  if (!inner) return h('li', {}, h('div', { class: 'schema-line' }, line), more)
  const body = h('div', { class: 'schema-inner' })
  const details = h('details', { ontoggle: () => { if (details.open && !body.hasChildNodes()) body.append(schemaView(document, inner)) } }, h('summary', { class: 'schema-line' }, line), body)
  return h('li', {}, details, more)
}

/** The schema that stands behind a member, where there is one with members. */
function deeper(document, schema) {
  for (let n = 0; n < 4; n++) {
    const [s] = resolve(document, schema)
    if (membersOf(document, s).members.size > 0) return s
    schema = s.items || (s.oneOf || s.anyOf || []).find((one) => typeOf(document, one) !== 'null')
    if (!schema) return null
  }
  return null
}

/** The schema of an event's payload in a contract's document; null where it describes none. */
export function payloadSchema(document, type) {
  const item = document.webhooks?.[type] || document['x-webhooks']?.[type]
  const [operation] = resolve(document, item)
  const [body] = resolve(document, Object.values(operation).find((o) => o?.requestBody)?.requestBody)
  return Object.values(body.content || {})[0]?.schema || null
}
