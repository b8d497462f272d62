// A user of EckoSpace in a browser: logs in at the fake Google and keeps the cookies, by plain fetch.

/** Gives the Set-Cookie lines. The fetch of Debian's Node 18 knows them in one piece only; no cookie here has a comma in it. */
const cookieLines = (headers) => headers.getSetCookie?.() ?? headers.get('set-cookie')?.split(', ') ?? []

const decoded = (text) => text.replace(/&quot;/g, '"').replace(/&amp;/g, '&')

/** Logs a user in over the pages, as the documentation has it, and gives the session. */
export async function logIn(stand, user) {
  const session = new Session(stand)
  let { response, url } = await session.follow(new URL('/social-login/redirect/google', stand.origin))
  const form = (await response.text()).match(/<form\b[^>]*>([\s\S]*?)<\/form>/)[1]
  const values = new URLSearchParams()
  for (const [, name, value] of form.matchAll(/<input\b[^>]*?\bname="([^"]*)"[^>]*?\bvalue="([^"]*)"/g)) values.set(name, decoded(value))
  values.set('user', user)
  values.set('action', 'approve')
  ;({ response, url } = await session.follow(new URL(url.pathname, url), { method: 'POST', body: values }))
  if (!session.cookies.has('eckospace_session')) throw new Error(`the login of user ${user} ended at ${url} without a session`)
  return session
}

class Session {
  constructor(stand) {
    this.stand = stand
    this.cookies = new Map()
  }

  /** Sends a request with the cookies and keeps those that the answer sets. */
  async send(url, { headers, ...init } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', ...init, headers: { ...headers, cookie } })
    for (const line of cookieLines(response.headers)) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/)
      this.cookies.set(name, value)
    }
    return response
  }

  /** Sends a request and follows redirects until one leads to a page of the application, which is not here. */
  async follow(url, init) {
    for (let steps = 0; steps < 10; steps++) {
      const response = await this.send(url, init)
      const location = response.headers.get('location')
      if (!location) return { response, url }
      ;[url, init] = [new URL(location, url), undefined]
      if (url.pathname === '/home') return { response, url }
    }
    throw new Error(`redirected for ever, at last to ${url}`)
  }

  /** Signs a channel for a socket by the contract's own operation, as pusher-js would in a browser. */
  sign = async ({ socketId, channelName }, callback) => {
    const response = await this.send(new URL('/broadcasting/auth', this.stand.origin), {
      method: 'POST',
      headers: { Accept: 'application/json', 'X-XSRF-TOKEN': this.cookies.get('XSRF-TOKEN') },
      body: new URLSearchParams({ socket_id: socketId, channel_name: channelName }),
    })
    const answer = await response.json()
    if (response.ok) callback(null, answer)
    else callback(new Error(`${response.status} ${answer.message}`), null)
  }
}
