// A contract's document as pages need it: operations with their parts resolved, and examples made where it has none.

const kept = new Map()

/** Gives the document, and what was understood of it, read once for each loading of the contract: { document, explanation, operations }. */
export function contractOf({ world, contract, signal }) {
  const key = `${contract.name} ${contract.base_url} ${contract.title} ${contract.version} ${contract.operations}`
  if (!kept.has(key)) {
    const read = Promise.all([world.get('/openapi.json', { signal }), world.get('/explain', { signal })]).then(([document, explanation]) => ({
      document, explanation, operations: explanation.operations.map((o) => operationOf(document, o)),
    }))
    kept.set(key, read)
    read.catch(() => kept.delete(key))
  }
  return kept.get(key)
}

/** Forgets what was read of contracts: one was loaded anew. */
export const forgetContracts = () => kept.clear()

const part = (text) => text.replaceAll('~1', '/').replaceAll('~0', '~')

/** Follows references inside the document. */
export function resolve(document, node) {
  for (let n = 0; typeof node?.$ref === 'string' && n < 20; n++) {
    if (!node.$ref.startsWith('#/')) return {}
    node = node.$ref.slice(2).split('/').map((text) => part(decodeURIComponent(text))).reduce((at, name) => at?.[name], document)
  }
  return node ?? {}
}

function operationOf(document, explained) {
  const item = resolve(document, document.paths?.[explained.path])
  const raw = item[explained.method.toLowerCase()] || item.additionalOperations?.[explained.method] || {}
  const parameters = new Map()
  for (const one of [...(item.parameters || []), ...(raw.parameters || [])]) {
    const p = resolve(document, one)
    if (p.name) parameters.set(`${p.in} ${p.name}`, p)
  }
  const body = resolve(document, raw.requestBody)
  return {
    id: explained.id, method: explained.method, path: explained.path, explained, raw,
    summary: raw.summary || '', description: raw.description || '', deprecated: raw.deprecated === true, tags: raw.tags || [],
    parameters: [...parameters.values()],
    body: body.content ? { required: body.required === true, description: body.description || '', types: Object.entries(body.content).map(([type, media]) => ({ type, media: resolve(document, media) })) } : null,
    responses: Object.entries(raw.responses || {}).map(([status, r]) => ({ status, ...resolve(document, r) })),
  }
}

/** The name that pages and addresses have for an operation. */
export const keyOf = (o) => o.id || `${o.method} ${o.path}`

/** The groups of operations: by the collection that they are about, else by tag. */
export function groupsOf(operations) {
  const groups = new Map()
  for (const o of operations) {
    const name = o.explained.resource && o.explained.role !== 'none' ? o.explained.resource : o.tags[0] || 'Other'
    if (!groups.has(name)) groups.set(name, [])
    groups.get(name).push(o)
  }
  return groups
}

/** Examples of a media type or a parameter: [[name, value]], the document's own first. */
export function examplesOf(document, of) {
  const list = []
  if (of.example !== undefined) list.push(['example', of.example])
  for (const [name, one] of Object.entries(of.examples || {})) {
    const e = resolve(document, one)
    const value = e.dataValue ?? e.value ?? e.serializedValue
    if (value !== undefined) list.push([e.summary || name, value])
  }
  if (list.length === 0 && of.schema) list.push(['made up', sample(document, of.schema)])
  return list
}

const formats = {
  'date-time': '2026-01-31T12:00:00Z', date: '2026-01-31', time: '12:00:00Z', duration: 'PT1H', email: 'ada@example.com', uri: 'https://example.com/',
  url: 'https://example.com/', uuid: '7f8e1c52-6d0f-4a73-9e0b-3a5d1d2c4b6a', hostname: 'example.com', ipv4: '192.0.2.1', ipv6: '2001:db8::1', byte: 'AAAA', binary: '',
}

/** A value that a schema lets through, as far as that is told without trying: for requests, so without what is read only. */
export function sample(document, schema, depth = 0) {
  if (schema === true || schema === false || depth > 7) return null
  const s = resolve(document, schema)
  if (s.example !== undefined) return s.example
  if (s.examples?.length > 0) return s.examples[0]
  if (s.default !== undefined) return s.default
  if (s.const !== undefined) return s.const
  if (s.enum?.length > 0) return s.enum[0]
  if (s.allOf) return s.allOf.map((one) => sample(document, one, depth + 1)).concat(own(document, s, depth)).reduce(merge, undefined)
  const choice = s.oneOf || s.anyOf
  if (choice?.length > 0 && !s.properties) return merge(sample(document, choice.find((one) => resolve(document, one).type !== 'null') || choice[0], depth + 1), own(document, s, depth))
  return own(document, s, depth)
}

const merge = (a, b) => (b === undefined || b === null ? a : isObject(a) && isObject(b) ? { ...a, ...b } : b)
const isObject = (v) => typeof v === 'object' && v !== null && !Array.isArray(v)

function own(document, s, depth) {
  const type = [].concat(s.type ?? (s.properties ? 'object' : s.items ? 'array' : [])).find((t) => t !== 'null')
  switch (type) {
    case 'object':
      return Object.fromEntries(Object.entries(s.properties || {}).filter(([name, p]) => {
        const r = resolve(document, p)
        return !r.readOnly && !r.deprecated && ((s.required || []).includes(name) || depth < 2)
      }).map(([name, p]) => [name, sample(document, p, depth + 1)]))
    case 'array':
      return s.items ? Array(Math.min(Math.max(s.minItems || 1, 1), 3)).fill(sample(document, s.items, depth + 1)) : []
    case 'integer':
    case 'number':
      return s.minimum ?? (s.exclusiveMinimum !== undefined ? s.exclusiveMinimum + 1 : s.maximum !== undefined && s.maximum < 1 ? s.maximum : 1)
    case 'boolean':
      return true
    case 'string':
      return formats[s.format] ?? 'text'.padEnd(s.minLength || 0, ' text').slice(0, s.maxLength ?? 1000)
    default:
      return undefined
  }
}

/** The contract's operation for an entry of the journal; null where it matched none. */
export const operationFor = (operations, entry) => operations.find((o) => keyOf(o) === entry.operation) || null

/** Takes the path of a URL apart by a template: { id: 'evt_1' }; null where it does not fit. */
export function pathParameters(template, pathname) {
  const names = []
  const pattern = template.split(/(\{[^}]*\})/).map((text) => {
    if (!text.startsWith('{')) return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    names.push(text.slice(1, -1))
    return '([^/]+)'
  }).join('')
  const m = new RegExp(`${pattern}$`).exec(pathname)
  return m && Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(m[i + 1])]))
}
