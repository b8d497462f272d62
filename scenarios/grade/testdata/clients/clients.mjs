// Small clients of one API for Node, without dependencies: one that behaves and some that misbehave in one way each.
//
//   node clients.mjs VARIANT TASK…
//
// reads QUAY_BASE_URL, QUAY_API_KEY, QUAY_EMAIL, QUAY_PASSWORD, QUAY_ELSEWHERE (another host), and QUAY_HAR: a file into which its calls
// are written as an HTTP archive. It ends with status 1 where a task failed.
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const variants = {
  'good': {},
  'no back-off': { noWait: true },
  'Retry-After ignored': { ignoreAsked: true },
  'refresh stampede': { stampede: true },
  'no key on a repeat': { noKey: true },
  'key in the query': { keyInQuery: true },
  'first page only': { firstPageOnly: true },
  'key sent elsewhere': { everywhere: true },
}

const [variant, ...wanted] = process.argv.slice(2)
const manner = variants[variant]
if (!manner) {
  console.error(`there is no variant ${variant}`)
  process.exit(2)
}
const env = process.env
const base = env.QUAY_BASE_URL
const attempts = 5

class Refusal extends Error {
  constructor (status, asked) {
    super(String(status))
    this.status = status
    this.asked = asked
  }
}

const entries = [] // of the archive

// send makes one call and writes it down.
async function send (url, { method, headers, body }) {
  const started = new Date()
  const entry = {
    startedDateTime: started.toISOString(),
    request: { method, url: url.href, httpVersion: 'HTTP/1.1', headers: pairs(Object.entries(headers)), cookies: [], queryString: pairs([...url.searchParams]), headersSize: -1, bodySize: body?.length ?? 0 },
    response: { status: 0, statusText: '', httpVersion: '', headers: [], cookies: [], content: { size: 0, mimeType: '' }, redirectURL: '', headersSize: -1, bodySize: -1 },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
  }
  if (body !== undefined) entry.request.postData = { mimeType: headers['content-type'], text: body }
  entries.push(entry)
  try {
    const answer = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(1500) })
    const text = await answer.text()
    Object.assign(entry.response, { status: answer.status, httpVersion: 'HTTP/1.1', headers: pairs([...answer.headers]), content: { size: text.length, mimeType: answer.headers.get('content-type') ?? '', text } })
    return { answer, text }
  } finally {
    entry.time = entry.timings.wait = Date.now() - started
  }
}

function pairs (list) {
  return list.map(([name, value]) => ({ name, value: String(value) }))
}

// once is one attempt.
async function once (method, path, { query = {}, body, intent, token } = {}) {
  const url = new URL(base + path)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const headers = { accept: 'application/json', 'user-agent': 'quay-example/1.0 (+https://tern.example/contact)' }
  if (token) headers.authorization = `Bearer ${token}`
  if (token && manner.keyInQuery && token === env.QUAY_API_KEY) url.searchParams.set('api_key', token)
  if (intent && !manner.noKey) headers['idempotency-key'] = intent
  if (body !== undefined) headers['content-type'] = 'application/json'
  const { answer, text } = await send(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
  if (answer.status >= 400) throw new Refusal(answer.status, Number(answer.headers.get('retry-after') ?? 0) * 1000)
  return text === '' ? undefined : JSON.parse(text)
}

function again (method, options, error) {
  if (error instanceof Refusal && error.status === 429) return true
  if (error instanceof Refusal && error.status < 500) return false
  return method === 'GET' || options.intent !== undefined || options.harmless === true
}

function wait (attempt, error) {
  const grown = Math.min(5000, 200 * 2 ** (attempt - 1))
  let ms = manner.noWait ? 0 : grown / 2 + Math.random() * grown / 2
  if (error instanceof Refusal && !manner.ignoreAsked) ms += error.asked
  return ms
}

// call repeats an attempt until it is answered for good.
async function call (method, path, options = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(method, path, options)
    } catch (error) {
      if (attempt >= attempts || !again(method, options, error)) throw error
      await sleep(wait(attempt, error))
    }
  }
}

const session = { access: undefined, refresh: undefined, renewAt: 0, running: undefined }

async function obtain () {
  let pair
  if (session.refresh) {
    try {
      pair = await call('POST', '/auth/refresh', { body: { refreshToken: session.refresh } })
    } catch {}
  }
  if (!pair && manner.stampede && session.access) return
  pair ??= await call('POST', '/auth/login', { body: { email: env.QUAY_EMAIL, password: env.QUAY_PASSWORD }, harmless: true })
  session.access = pair.accessToken
  session.refresh = pair.refreshToken
  session.renewAt = Date.now() + pair.expiresIn * 850
}

// token gives one that is good; one renewal serves all who wait for it.
async function token () {
  if (session.access && Date.now() < session.renewAt) return session.access
  if (manner.stampede && session.access) {
    await obtain()
    return session.access
  }
  session.running ??= obtain().finally(() => { session.running = undefined })
  await session.running
  return session.access
}

async function withToken (method, path, options) {
  const used = await token()
  try {
    return await call(method, path, { ...options, token: used })
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error
    if (session.access === used) session.renewAt = 0
    return await call(method, path, { ...options, token: await token() })
  }
}

const tasks = {
  async list () {
    const query = { limit: 3 }
    for (;;) {
      const page = await call('GET', '/bookings', { query, token: env.QUAY_API_KEY })
      if (page.nextCursor === null || manner.firstPageOnly) return
      query.cursor = page.nextCursor
    }
  },
  async create () {
    for (const ship of ['Kittiwake', 'Lapwing']) {
      await call('POST', '/bookings', { body: { ship, days: 2 }, intent: randomUUID(), token: env.QUAY_API_KEY })
    }
  },
  async elsewhere () {
    const headers = { accept: 'application/json', 'user-agent': 'quay-example/1.0 (+https://tern.example/contact)' }
    if (manner.everywhere) headers.authorization = `Bearer ${env.QUAY_API_KEY}`
    await send(new URL('/weather', env.QUAY_ELSEWHERE), { method: 'GET', headers })
  },
  session: () => read(5000),
  sessions: () => read(8000),
}

async function read (long) {
  const end = Date.now() + long
  while (Date.now() < end) {
    await Promise.all(Array.from({ length: 6 }, () => withToken('GET', '/buoys')))
    await sleep(350)
  }
}

for (const name of wanted) {
  try {
    await tasks[name]()
  } catch (error) {
    console.error(`${name}: ${error.message}`)
    process.exitCode = 1
  }
}
if (env.QUAY_HAR) {
  writeFileSync(env.QUAY_HAR, JSON.stringify({ log: { version: '1.2', creator: { name: 'clients.mjs', version: '1' }, entries } }))
}
