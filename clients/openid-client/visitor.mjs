// A visitor is the user's browser as far as the pages need one: plain fetch, cookies, and forms that are filled in.

/** A page, or a redirect to somewhere else. */
class Page {
  constructor(url, response, html) {
    this.url = url
    this.status = response.status
    this.headers = response.headers
    this.html = html
  }

  /** Gives where the answer sends the browser; null: nowhere. */
  get sentTo() {
    const location = this.headers.get('location')
    return location && new URL(location, this.url)
  }

  /** Gives what the page's form sends if nobody changes it. */
  get form() {
    const form = this.html.match(/<form\b[^>]*>([\s\S]*?)<\/form>/)
    if (!form) throw new Error(`no form on ${this.url} (${this.status}):\n${this.text}`)
    const values = new URLSearchParams()
    for (const [input] of form[1].matchAll(/<input\b[^>]*>/g)) {
      const type = attribute(input, 'type') ?? 'text'
      if (type === 'radio' && !/\schecked\b/.test(input)) continue
      values.append(attribute(input, 'name'), attribute(input, 'value') ?? '')
    }
    return values
  }

  /** Gives the users that may be chosen. */
  get users() {
    return [...this.html.matchAll(/<input\b[^>]*\bname="user"[^>]*>/g)].map(([input]) => attribute(input, 'value'))
  }

  /** Gives what a reader sees. */
  get text() {
    return decoded(this.html.replace(/<style>[\s\S]*?<\/style>/g, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ')
  }
}

/** Gives the Set-Cookie lines. The fetch of Debian's Node 18 knows them in one piece only; no cookie here has a comma in it. */
const cookieLines = (headers) => headers.getSetCookie?.() ?? headers.get('set-cookie')?.split(', ') ?? []

const attribute = (tag, name) => {
  const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`))
  return found && decoded(found[1])
}

const decoded = (text) =>
  text
    .replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(number))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')

export class Visitor {
  #cookies = new Map()

  /** Opens an address. Redirects are not followed: a test wants to see them. */
  async open(address, init = {}) {
    const url = new URL(address)
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const line of cookieLines(response.headers)) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/)
      if (/;\s*max-age=0/i.test(line)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return new Page(url, response, await response.text())
  }

  /** Presses a button of a page's form, with what was chosen and typed. */
  async press(page, action, typed = {}) {
    const values = page.form
    values.set('action', action)
    for (const [name, value] of Object.entries(typed)) values.set(name, value)
    return this.open(new URL(page.url.pathname, page.url), { method: 'POST', body: values })
  }
}
