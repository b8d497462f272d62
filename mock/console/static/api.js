// The management API, as pages use it.
//
//   const { world, api, signal } = context              // what render(root, context) is given
//   await api.get('/version')                            // of the process: paths from the root of the API
//   await world.get('/keys', { query: { state: 'active' }, signal })
//   await world.post('/keys', { name: 'ci' })            // of the chosen contract and sandbox: paths behind /contracts/NAME
//   await world.patch(`/keys/${encodeURIComponent(id)}`, { … }); await world.put(path, body); await world.del(path, { query })
//   await world.text('/explain', { query: { format: 'markdown' } })     // the answer as text; world.raw(…) gives the Response
//   world.follow('/journal/follow', { query, signal, on: { exchange(entry) { … }, missed(m) { … } }, state(text) { … } })
//
// An answer that is not 2xx throws a Refusal: .status, .code, .detail, .violations of the problem (RFC 9457), .message for people.
// ui.problem(error) shows one. button(…) of ui.js shows what its handler throws by itself. A request that the page's signal has
// ended throws an AbortError: left(error) tells it, and pages drop it in silence (context.run does).
//
// Where the API asks for its token the reader is asked once, and the request is sent again. Tokens live in sessionStorage.

const tokenKey = 'understudy-token'
let token = kept(tokenKey)
let ask = null // asks the reader for the token; app.js sets it
let asking = null

/** Lets the shell ask for a token: ask(refused) gives a promise of what was typed. */
export function onTokenNeeded(handler) {
  ask = handler
}

/** Keeps the token for this tab. */
export function useToken(text) {
  token = text
  try {
    sessionStorage.setItem(tokenKey, text)
  } catch {} // it is good for as long as the page is open
}

/** Says whether this tab sends a token. What a link opens does not. */
export const sendsToken = () => token !== ''

function kept(key) {
  try {
    return sessionStorage.getItem(key) || ''
  } catch {
    return ''
  }
}

/** What the API refused. */
export class Refusal extends Error {
  constructor(status, problem, method, path) {
    super(problem.detail || problem.title || `${method} ${path} was answered with ${status}.`)
    this.name = 'Refusal'
    this.status = status
    this.code = problem.code || ''
    this.detail = problem.detail || ''
    this.violations = problem.violations || []
  }
}

/** Tells whether an error only says that the page was left. */
export const left = (error) => error?.name === 'AbortError'

/** A part of the API: everything, or what stands behind one contract. */
class API {
  constructor(prefix, sandbox) {
    this.prefix = prefix
    this.sandbox = sandbox
  }

  get(path, options) {
    return this.json('GET', path, undefined, options)
  }
  post(path, body, options) {
    return this.json('POST', path, body, options)
  }
  put(path, body, options) {
    return this.json('PUT', path, body, options)
  }
  patch(path, body, options) {
    return this.json('PATCH', path, body, options)
  }
  del(path, options) {
    return this.json('DELETE', path, undefined, options)
  }

  async json(method, path, body, options) {
    const response = await this.raw(method, path, body, options)
    const text = await response.text()
    return text ? JSON.parse(text) : null
  }

  async text(path, options) {
    return (await this.raw('GET', path, undefined, options)).text()
  }

  /** The address of an operation, for links and downloads. */
  url(path, query) {
    const url = new URL(`..${this.prefix}${path}`, document.baseURI)
    for (const [name, value] of Object.entries(query || {})) {
      if (value !== undefined && value !== null && value !== '') url.searchParams.set(name, value)
    }
    return url
  }

  /** Sends a request and gives the Response; body may be a Blob or a string, which is sent as it is with options.type. */
  async raw(method, path, body, { query, headers, signal, type } = {}) {
    const send = () => {
      const head = { ...headers }
      if (token) head.Authorization = `Bearer ${token}`
      if (this.sandbox) head['Understudy-Sandbox'] = this.sandbox
      let payload = body
      if (body !== undefined) {
        head['Content-Type'] = type || 'application/json'
        if (!type) payload = JSON.stringify(body)
      }
      return fetch(this.url(path, query), { method, headers: head, body: payload, signal, cache: 'no-store', referrerPolicy: 'no-referrer' })
    }
    let response
    for (;;) {
      const used = token
      try {
        response = await send()
      } catch (error) {
        if (left(error)) throw error
        throw new Refusal(0, { code: 'unreachable', detail: 'The stand-in does not answer. Is it still running?' }, method, path)
      }
      if (response.status !== 401 || !ask) break
      if (token === used) {
        asking ||= ask(used !== '').finally(() => (asking = null))
        useToken(await asking)
      }
    }
    if (response.ok) return response
    const text = await response.text()
    let problem = {}
    try {
      problem = JSON.parse(text)
    } catch {} // no problem in our form
    throw new Refusal(response.status, problem, method, path)
  }

  /**
   * Follows server-sent events until signal ends it. It comes back by itself, behind the last event it saw. on holds one
   * function an event; state is told 'live', 'waiting' (it will try again) and 'over'.
   */
  async follow(path, { query = {}, signal, on, state = () => {} }) {
    let last = '', pause = 500
    while (!signal?.aborted) {
      try {
        const headers = { Accept: 'text/event-stream', ...(last && { 'Last-Event-ID': last }) }
        const response = await this.raw('GET', path, undefined, { query, headers, signal })
        state('live')
        pause = 500
        for await (const event of events(response.body)) {
          if (event.id) last = event.id
          if (event.name === 'reloaded') last = '0'
          on[event.name]?.(JSON.parse(event.data), event.id)
        }
      } catch (error) {
        if (left(error) || signal?.aborted) break
        if (error instanceof Refusal && error.status >= 400 && error.status < 500) {
          state('over', error)
          throw error
        }
      }
      if (signal?.aborted) break
      state('waiting')
      await sleep(pause, signal)
      pause = Math.min(pause * 2, 8000)
    }
    state('over')
  }
}

/** Waits, or less where the signal ends it. */
export const sleep = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })

/** Reads a stream as the HTML standard says (9.2.6). */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = '', id = '', name = '', data = []
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const lines = (rest + value).split(/\r\n|\n|\r/)
      rest = lines.pop()
      for (const line of lines) {
        if (line === '') {
          if (data.length) yield { id, name: name || 'message', data: data.join('\n') }
          ;[id, name, data] = ['', '', []]
          continue
        }
        const colon = line.indexOf(':')
        if (colon === 0) continue
        const field = colon < 0 ? line : line.slice(0, colon)
        const text = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
        if (field === 'id') id = text
        if (field === 'event') name = text
        if (field === 'data') data.push(text)
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** The API of the process. */
export const api = new API('', '')

/** The API of one contract, or of a sandbox of it. */
export const worldOf = (contract, sandbox) => new API(`/contracts/${encodeURIComponent(contract)}`, sandbox || '')
