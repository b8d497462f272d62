// Exchanges of the journal as an Arazzo workflow (Arazzo 1.0.1) that asks for the same answers again.
import { pathParameters, operationFor } from './contract.js'

/** Gives the workflow as YAML. entries are in the order in which they happened; those without an operation are left out. */
export function workflowOf(entries, operations, contract, name = 'recorded') {
  const seen = [] // values of ids that earlier answers gave, and where they stand
  const taken = new Set()
  const steps = []
  for (const entry of entries) {
    const operation = operationFor(operations, entry)
    if (!operation) continue
    const id = unique(word(operation.id || operation.method.toLowerCase()), taken)
    const step = { stepId: id, ...(operation.id ? { operationId: operation.id } : { operationPath: `{$sourceDescriptions.${source(contract)}.url}#/paths/${operation.path.replaceAll('~', '~0').replaceAll('/', '~1')}/${operation.method.toLowerCase()}` }) }
    const parameters = parametersOf(entry, operation, seen)
    if (parameters.length > 0) step.parameters = parameters
    const body = bodyOf(entry, seen)
    if (body) step.requestBody = body
    step.successCriteria = [{ condition: `$statusCode == ${entry.response.status}` }]
    const outputs = outputsOf(entry, id, seen)
    if (outputs) step.outputs = outputs
    if (!carriesCredential(entry) && (operation.explained.security || []).length > 0) step['x-understudy'] = { actor: 'none' }
    steps.push(step)
  }
  return yaml({
    arazzo: '1.0.1',
    info: { title: `${contract.title}, recorded`, version: '1.0.0', summary: `${steps.length} requests of a journal` },
    sourceDescriptions: [{ name: source(contract), url: sourceURL(contract), type: 'openapi' }],
    workflows: [{ workflowId: name, summary: steps.map((s) => s.stepId).join(', ').slice(0, 120), steps }],
  })
}

const word = (text) => text.replace(/[^A-Za-z0-9_-]+/g, '-')
const source = (contract) => word(contract.name)
const builtins = ['ecosire', 'echowin', 'ecoevents', 'eckospace']
const sourceURL = (contract) => (builtins.includes(contract.name) && contract.files?.[0] === 'openapi.yaml' ? contract.name : contract.files?.[0] || `${contract.name}.yaml`)

function unique(name, taken) {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name}-${n}`
  taken.add(free)
  return free
}

const credentialHeaders = new Set(['authorization', 'cookie'])
const carriesCredential = (entry) => Object.entries(entry.request.headers).some(([name, values]) => credentialHeaders.has(name.toLowerCase()) || values.some((v) => v.includes('***'))) || entry.request.url.includes('***')

const ordinary = new Set(['accept', 'accept-encoding', 'accept-language', 'cache-control', 'connection', 'content-length', 'content-type', 'host', 'origin', 'pragma', 'referer', 'transfer-encoding', 'user-agent', 'understudy-sandbox'])

function parametersOf(entry, operation, seen) {
  const url = new URL(entry.request.url)
  const list = []
  for (const [name, value] of Object.entries(pathParameters(operation.path, url.pathname) || {})) list.push({ name, in: 'path', value: known(value, seen) })
  for (const [name, value] of url.searchParams) if (!value.includes('***')) list.push({ name, in: 'query', value: known(value, seen) })
  const declared = new Set(operation.parameters.filter((p) => p.in === 'header').map((p) => p.name.toLowerCase()))
  for (const [name, values] of Object.entries(entry.request.headers)) {
    const low = name.toLowerCase()
    if (credentialHeaders.has(low) || values[0].includes('***') || (ordinary.has(low) && !declared.has(low)) || /^sec-|^understudy-/.test(low)) continue
    list.push({ name, in: 'header', value: values[0] })
  }
  return list
}

/** The expression for a value that an earlier answer gave, else the value. */
const known = (value, seen) => seen.findLast((s) => s.value === String(value))?.expression ?? value

function bodyOf(entry, seen) {
  const body = entry.request.body
  if (!body?.text || body.cut) return null
  const contentType = (Object.entries(entry.request.headers).find(([n]) => n.toLowerCase() === 'content-type')?.[1][0] || '').split(';')[0].trim()
  let payload = body.text
  if (/[/+]json$/.test(contentType)) {
    try {
      payload = linked(JSON.parse(body.text), seen)
    } catch {} // a broken body is sent as it was
  }
  return { ...(contentType && { contentType }), payload }
}

/** Puts expressions in the place of ids that earlier answers gave; texts that look like expressions stay what they are. */
function linked(value, seen) {
  if (Array.isArray(value)) return value.map((v) => linked(v, seen))
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, linked(v, seen)]))
  return typeof value === 'string' ? known(value, seen) : value
}

/** The id that an answer gave: later steps may need it. */
function outputsOf(entry, step, seen) {
  if (entry.response.status < 200 || entry.response.status > 299 || !entry.response.body?.text || entry.response.body.cut) return null
  let answer
  try {
    answer = JSON.parse(entry.response.body.text)
  } catch {
    return null
  }
  for (const [at, of] of [['', answer], ['/data', answer?.data]]) {
    const id = of?.id
    if ((typeof id === 'string' || typeof id === 'number') && !Array.isArray(of)) {
      seen.push({ value: String(id), expression: `$steps.${step}.outputs.id` })
      return { id: `$response.body#${at}/id` }
    }
  }
  return null
}

// ---- YAML, as much as this needs: block style, texts in quotes where they could be taken for something else

function yaml(value, indent = '') {
  if (Array.isArray(value)) return value.length === 0 ? `${indent}[]\n` : value.map((v) => item(v, indent)).join('')
  return Object.entries(value).map(([key, v]) => pair(text(key), v, indent)).join('') || `${indent}{}\n`
}

const nested = (v) => typeof v === 'object' && v !== null && (Array.isArray(v) ? v.length > 0 : Object.keys(v).length > 0)

function pair(key, v, indent) {
  return nested(v) ? `${indent}${key}:\n${yaml(v, `${indent}  `)}` : `${indent}${key}: ${scalar(v)}\n`
}

function item(v, indent) {
  if (!nested(v)) return `${indent}- ${scalar(v)}\n`
  const inner = yaml(v, `${indent}  `)
  return `${indent}- ${inner.slice(indent.length + 2)}`
}

const scalar = (v) => (typeof v === 'string' ? text(v) : Array.isArray(v) ? '[]' : v === null || typeof v !== 'object' ? String(v) : '{}')
const text = (v) => (/^[A-Za-z$/][\w $/.#=*-]*$/.test(v) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(v) && !/ $| #/.test(v) ? v : JSON.stringify(v))
