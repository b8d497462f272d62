// A small web application of an integrator: it logs its users in at the provider as a confidential client and calls the
// API for them, with plain fetch.
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'

/** Serves the application on a free port of this machine until the test has ended. */
export async function application(t, { stand, issuer, scope, resource }) {
  const discovered = await fetch(new URL(`${issuer}.well-known/openid-configuration`, stand.origin))
  const provider = await discovered.json()
  const client = { client_id: stand.credential('CLIENT_ID'), client_secret: stand.credential('CLIENT_SECRET') }
  const logins = new Map() // state → verifier
  const users = new Map() // session → tokens
  let origin

  const pages = {
    '/login'(query, response) {
      const [state, verifier] = [secret(), secret()]
      logins.set(state, verifier)
      const ask = new URLSearchParams({
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri: `${origin}/callback`,
        scope,
        state,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      })
      send(response, 303, '', { Location: `${provider.authorization_endpoint}?${ask}` })
    },

    async '/callback'(query, response) {
      const verifier = logins.get(query.get('state'))
      if (!verifier || !logins.delete(query.get('state'))) return send(response, 403, 'This login was not begun here.')
      if (query.get('error')) return send(response, 200, `You were not let in: ${query.get('error')}.`)
      const answer = await fetch(provider.token_endpoint, {
        method: 'POST',
        body: new URLSearchParams({
          ...client,
          grant_type: 'authorization_code',
          code: query.get('code'),
          redirect_uri: `${origin}/callback`,
          code_verifier: verifier,
        }),
      })
      if (!answer.ok) return send(response, 502, `No tokens: ${answer.status}`)
      const session = secret()
      users.set(session, await answer.json())
      send(response, 303, '', { Location: '/', 'Set-Cookie': `application=${session}; HttpOnly; SameSite=Lax; Path=/` })
    },

    async '/'(query, response, tokens) {
      if (!tokens) return send(response, 200, 'You are signed out.')
      const headers = { Authorization: `Bearer ${tokens.access_token}` }
      const who = await (await fetch(provider.userinfo_endpoint, { headers })).json()
      const called = await fetch(stand.base + resource, { headers })
      send(response, 200, `Hello ${who.name}. ${resource} answered ${called.status}.`)
    },

    '/logout'(query, response, tokens) {
      const hint = query.has('hint') ? { id_token_hint: tokens.id_token } : { client_id: client.client_id }
      const back = new URLSearchParams({ ...hint, post_logout_redirect_uri: `${origin}/` })
      send(response, 303, '', { Location: `${provider.end_session_endpoint}?${back}`, 'Set-Cookie': 'application=; Max-Age=0; Path=/' })
    },
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, origin)
    const session = request.headers.cookie?.match(/\bapplication=([^;]+)/)?.[1]
    try {
      const page = pages[url.pathname] ?? (() => send(response, 404, 'Nothing here.'))
      await page(url.searchParams, response, users.get(session))
    } catch (error) {
      send(response, 500, String(error))
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${server.address().port}`
  t.after(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { origin, provider }
}

const secret = () => randomBytes(32).toString('base64url')

function send(response, status, text, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', ...headers })
  response.end(`<!doctype html><title>Application</title><link rel="icon" href="data:,"><p>${text}</p>`)
}
