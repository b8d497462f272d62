// Bodies. JSON is laid out as it stands, character by character: read and written again, large numbers would change.

const jsonTokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]|\s+|./gsu
const bodyMost = 200000 // characters that are laid out; more would take a reader's time, not ours

// pointersOf takes the JSON pointers out of what findings say of their place: "response body /items/*/id".
function pointersOf(findings, side) {
  const found = []
  for (const f of findings || []) {
    const match = /^(request|response) body\s*(\/\S*)?$/.exec(f.where || '')
    if (match && match[1] === side) found.push({ parts: (match[2] || '').split('/').slice(1), level: isKnown(f) ? 'known' : f.level })
  }
  return found
}

const pointed = (pointers, path) =>
  pointers.find(({ parts }) => parts.length > 0 && parts.length === path.length && parts.every((p, i) => p === '*' || p === '-' || p === path[i]))

// layOut gives the lines of a JSON text with its parts in colours, and marks the lines at which a finding points.
function layOut(text, pointers) {
  const block = el('code', { class: 'json' })
  let line = el('span', { class: 'line' })
  let depth = 0
  const path = [] // of the value that comes next
  const kinds = [] // of the open brackets
  let key = true
  const put = (value, kind) => line.append(kind ? el('span', { class: kind }, value) : shownText(value))
  const next = () => {
    block.append(line, '\n')
    line = el('span', { class: 'line' })
    line.append('  '.repeat(Math.min(depth, 60)))
  }
  const mark = () => {
    const hit = pointed(pointers, path)
    if (hit) line.classList.add('hit', hit.level)
  }
  const tokens = text.match(jsonTokens) || []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    if (/^\s/.test(token)) continue
    const opens = token === '{' || token === '['
    if (opens || !/^[}\],:]$/.test(token)) {
      if (kinds.at(-1) === '{' && key && !opens) {
        path[path.length - 1] = token.slice(1, -1).replaceAll('~', '~0').replaceAll('/', '~1')
        put(token, 'key')
        continue
      }
      mark()
    }
    if (opens) {
      put(token)
      const after = tokens.slice(i + 1, i + 3).find((t) => !/^\s/.test(t))
      if (after === '}' || after === ']') {
        put(after)
        i = tokens.indexOf(after, i + 1)
        continue
      }
      kinds.push(token)
      path.push(token === '[' ? '0' : '')
      key = token === '{'
      depth++
      next()
    } else if (token === '}' || token === ']') {
      kinds.pop()
      path.pop()
      depth = Math.max(depth - 1, 0)
      key = false
      next()
      put(token)
    } else if (token === ',') {
      put(token)
      if (kinds.at(-1) === '[') path[path.length - 1] = String(Number(path.at(-1)) + 1)
      key = kinds.at(-1) === '{'
      next()
    } else if (token === ':') {
      put(': ')
      key = false
    } else put(token, token[0] === '"' ? 'string' : /^[tfn]/.test(token) ? 'word' : 'number')
  }
  block.append(line)
  return block
}

function isJSON(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

// bodyView shows a body: as JSON where it is, else as text.
function bodyView(payload, label, findings, side) {
  if (!payload || (!payload.text && !payload.base64 && !payload.size)) return el('p', { class: 'quiet' }, 'No body.')
  const size = plural(payload.size || 0, 'byte')
  if (!payload.text && payload.base64) {
    return el('details', {}, el('summary', {}, `${size} that are no text`), scrolls(`${label}, base64`, payload.base64))
  }
  const text = payload.text || ''
  const note = payload.cut ? el('p', { class: 'quiet' }, `Only the beginning is kept; the body has ${size}.`) : null
  const json = text.length <= bodyMost && /^\s*[{[]/.test(text) && isJSON(text)
  const view = scrolls(label, json ? layOut(text, pointersOf(findings, side)) : text)
  return el('div', { class: 'body' }, el('div', { class: 'corner' }, copyButton(text, label)), view, note)
}
