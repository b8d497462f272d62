// Requests that pages build: where credentials go, how parameters are written, and how they are sent to the stand-in.
import { resolve } from './contract.js'

/** What can be shown to an operation: [{ label, parts: [{ scheme, klass, value }] }]; the last one is nothing at all. */
export function credentialChoices(document, operation, ready, classes) {
  const schemes = document.components?.securitySchemes || {}
  const list = []
  for (const alternative of operation.explained.security || []) {
    const parts = alternative.map(({ scheme }) => ({ scheme: resolve(document, schemes[scheme]), name: scheme }))
    const values = parts.map(({ name }) => {
      const of = classes.filter((c) => c.scheme === name)
      const known = ready.filter((r) => of.some((c) => c.name === r.class))
      return known.length > 0 ? known.map((r) => ({ label: r.env, value: r.value, env: r.env })) : of.slice(0, 1).map((c) => ({ label: `a new ${c.name.replaceAll('-', ' ')}`, mint: c.name }))
    })
    if (parts.length === 0 || values.some((v) => v.length === 0)) continue
    for (let i = 0; i < Math.max(...values.map((v) => v.length)); i++) {
      const chosen = values.map((v) => v[Math.min(i, v.length - 1)])
      list.push({ label: chosen.map((c) => c.label).join(' and '), parts: parts.map((p, n) => ({ ...p, ...chosen[n] })) })
    }
  }
  const seen = new Set()
  return [...list.filter(({ label }) => !seen.has(label) && seen.add(label)), { label: 'no credential', parts: [] }]
}

/** Makes the credentials of a choice that are not there yet: tokens of a class, over the management API. */
export async function mint(world, choice) {
  for (const one of choice.parts) {
    if (!one.mint || one.value) continue
    const made = await world.post('/tokens', { class: one.mint })
    one.value = made.token || made.value || made.text || made.secret
  }
  return choice
}

/** Puts the credentials of a choice into a request. */
export function showCredentials(request, choice) {
  for (const { scheme, value, mint: klass } of choice.parts) {
    const text = value || `{${klass}}`
    if (scheme.type === 'apiKey' && scheme.in === 'query') request.query.push([scheme.name, text])
    else if (scheme.type === 'apiKey' && scheme.in === 'cookie') addCookie(request, scheme.name, text)
    else if (scheme.type === 'apiKey') request.headers.push([scheme.name, text])
    else if (scheme.type === 'http' && scheme.scheme?.toLowerCase() === 'basic') request.headers.push(['Authorization', `Basic ${text.includes(':') ? btoa(text) : text}`])
    else request.headers.push(['Authorization', `Bearer ${text}`])
  }
}

function addCookie(request, name, value) {
  const line = request.headers.find(([n]) => n === 'Cookie')
  if (line) line[1] += `; ${name}=${value}`
  else request.headers.push(['Cookie', `${name}=${value}`])
}

/** Writes a parameter's text into a request, as the contract says (OpenAPI: style and explode). Lists are written with commas. */
export function addParameter(document, request, p, text) {
  const s = resolve(document, p.schema)
  const types = [].concat(s.type ?? [])
  if (p.in === 'path') {
    request.path = request.path.replaceAll(`{${p.name}}`, types.includes('array') ? text.split(',').map(encodeURIComponent).join(',') : encodeURIComponent(text))
    return
  }
  if (p.in === 'header') return void request.headers.push([p.name, text])
  if (p.in === 'cookie') return addCookie(request, p.name, text)
  const explode = p.explode ?? (p.style ?? 'form') === 'form'
  if (p.style === 'deepObject' || (types.includes('object') && text.trim().startsWith('{'))) {
    for (const [name, value] of Object.entries(JSON.parse(text))) request.query.push([p.style === 'deepObject' ? `${p.name}[${name}]` : name, String(value)])
  } else if (types.includes('array') && explode) text.split(',').forEach((one) => request.query.push([p.name, one]))
  else request.query.push([p.name, types.includes('array') && p.style === 'spaceDelimited' ? text.replaceAll(',', ' ') : types.includes('array') && p.style === 'pipeDelimited' ? text.replaceAll(',', '|') : text])
}

/** The path and query of a request, behind the base URL. */
export function target(request) {
  const query = request.query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
  return request.path + (query ? `${request.path.includes('?') ? '&' : '?'}${query}` : '')
}

/** Sends a request to the stand-in through the management API. */
export function send(world, request, signal) {
  const headers = {}
  for (const [name, value] of request.headers) (headers[name] ||= []).push(value)
  return world.post('/try', { method: request.method, path: target(request), headers, ...(request.base64 ? { base64: request.base64 } : request.body ? { body: request.body } : {}) }, { signal })
}

/** The text with which a body of a media type begins. */
export function bodyText(type, value) {
  if (value === undefined) return ''
  if (/[/+]json\b/.test(type) || type === '*/*') return typeof value === 'string' && /^\s*[[{"]/.test(value) ? value : JSON.stringify(value, null, 2)
  if (typeof value !== 'object' || value === null) return String(value)
  const flat = Object.entries(value).map(([name, v]) => [name, typeof v === 'object' ? JSON.stringify(v) : String(v)])
  if (type === 'application/x-www-form-urlencoded') return new URLSearchParams(flat).toString()
  if (type.startsWith('multipart/')) return flat.map(([name, v]) => `--understudy\nContent-Disposition: form-data; name="${name}"\n\n${v}\n`).join('') + '--understudy--\n'
  return JSON.stringify(value, null, 2)
}

/** What is sent of what was typed: multipart has its own line ends and boundary. */
export function typedBody(type, text) {
  if (!type.startsWith('multipart/')) return { type, body: text }
  return { type: `${type}; boundary=understudy`, body: text.replace(/\r?\n/g, '\r\n') }
}

const dropped = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding', 'user-agent', 'understudy-sandbox'])

/** A journalled exchange as a request that can be sent again. What the journal hides is put back where a ready credential fits it. */
export function requestOf(entry, base, ready) {
  const url = new URL(entry.request.url)
  const start = new URL(base).pathname.replace(/\/$/, '')
  let path = url.pathname.replace(/^\/~sandbox\/[^/]+/, '')
  path = path.startsWith(`${start}/`) ? path.slice(start.length) : path
  const headers = Object.entries(entry.request.headers).filter(([name]) => !dropped.has(name.toLowerCase())).flatMap(([name, values]) => values.map((v) => [name, unhide(v, ready)]))
  return { method: entry.request.method, path: path + unhide(url.search, ready), query: [], headers, body: entry.request.body?.text || '', base64: entry.request.body?.base64, cut: entry.request.body?.cut }
}

/** Puts a ready credential in the place of what is hidden: ek_live_***zn3g. */
export function unhide(text, ready) {
  return text.replace(/([\w.-]*?)\*\*\*([\w+/=-]*)/g, (all, begin, end) => {
    const fits = ready.filter(({ secret, value }) => secret && value.startsWith(begin) && value.endsWith(end) && begin.length + end.length > 3)
    return fits.length === 1 ? fits[0].value : all
  })
}

/** Says whether something hidden is left in a request. */
export const hides = (request) => [...request.headers.map(([, v]) => v), request.path, request.body].some((text) => text?.includes('***'))
