// A command that tries a credential at the stand-in: the first operation that can be called without anything else.
import { quoted } from './command.js'

let kept = { name: '', document: null }

/** The contract's document, as the stand-in describes itself. It is asked for once. */
export async function documentOf({ contract, world, signal }) {
  if (kept.name !== contract.name) kept = { name: contract.name, document: await world.get('/openapi.json', { signal }) }
  return kept.document
}

const resolve = (document, node) => {
  for (let n = 0; node?.$ref && n < 20; n++) node = node.$ref.split('/').slice(1).reduce((at, part) => at?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document)
  return node
}

/** The address of the operation that a scheme opens and that needs no parameters, or the base URL. */
export function trialAddress(document, base, scheme) {
  let spare = null
  for (const [path, item] of Object.entries(document.paths || {})) {
    const get = item.get
    if (!get || path.includes('{')) continue
    const needs = [...(item.parameters || []), ...(get.parameters || [])].map((p) => resolve(document, p)).some((p) => p?.required)
    if (needs) continue
    const security = get.security ?? document.security ?? []
    if (security.some((one) => Object.keys(one).length === 1 && scheme in one)) return base + path
    if (security.length > 0) spare ||= base + path
  }
  return spare || base
}

/** A curl command with a credential where its scheme wants it. */
export function trialCommand(document, context, scheme, text) {
  const s = resolve(document, document.components?.securitySchemes?.[scheme]) || { type: 'http', scheme: 'bearer' }
  let url = trialAddress(document, context.contract.base_url, scheme)
  const words = ['curl -i']
  if (s.type === 'apiKey' && s.in === 'query') url += `${url.includes('?') ? '&' : '?'}${encodeURIComponent(s.name)}=${encodeURIComponent(text)}`
  else if (s.type === 'apiKey' && s.in === 'cookie') words.push(`-H ${quoted(`Cookie: ${s.name}=${text}`)}`)
  else if (s.type === 'apiKey') words.push(`-H ${quoted(`${s.name}: ${text}`)}`)
  else if (s.type === 'http' && s.scheme === 'basic') words.push(`-u ${quoted(text)}`)
  else words.push(`-H ${quoted(`Authorization: Bearer ${text}`)}`)
  if (context.sandbox) words.push(`-H ${quoted(`Understudy-Sandbox: ${context.sandbox}`)}`)
  return `${words.join(' ')} ${quoted(url)}`
}
