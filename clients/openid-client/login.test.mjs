// Discovery, code flow with PKCE, the ID token and userinfo.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { answer, begin, callback, callResource, discover, flavours, relyingParty, signIn } from './relying-party.mjs'
import { Visitor } from './visitor.mjs'

for (const [name, flavour] of Object.entries(flavours)) {
  describe(`login, ${name}`, { concurrency: true }, () => {
    test('discovery', async (t) => {
      const { stand, config } = await relyingParty(t, flavour)
      const server = config.serverMetadata()
      assert.equal(server.issuer, new URL(flavour.issuer, stand.origin).href.replace(/(?<=:\d+)\/$/, ''))
      assert.ok(server.supportsPKCE('S256'))
      for (const [member, value] of Object.entries(server)) {
        if (member.endsWith('_endpoint') || member === 'jwks_uri') assert.equal(new URL(value).origin, stand.origin, member)
      }
      const oauth = await discover(stand, flavour, { algorithm: 'oauth2' })
      assert.equal(oauth.serverMetadata().token_endpoint, server.token_endpoint, 'RFC 8414 and OpenID Connect Discovery differ')
    })

    test('code and PKCE, approved at once', async (t) => {
      const party = await relyingParty(t, flavour)
      const { tokens, claims } = await signIn(party)
      const { stand, config } = party
      assert.equal(tokens.token_type, 'bearer')
      assert.ok(tokens.expiresIn() > 3500 && tokens.expiresIn() <= 3600, `expires in ${tokens.expiresIn()} s`)
      assert.equal(claims.aud, stand.credential('CLIENT_ID'))

      const { users } = await stand.control('GET', 'users')
      const user = await openid.fetchUserInfo(config, tokens.access_token, claims.sub)
      assert.equal(user.email, users[0].email)
      assert.equal(user.name, users[0].name)
      if (!flavour.resource) return
      const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
      const { payload } = await jwtVerify(tokens.access_token, keys, { issuer: config.serverMetadata().issuer })
      assert.equal(payload.sub, claims.sub)
      assert.equal((await callResource(party, tokens.access_token)).status, 200)
    })

    test('code and PKCE, over the page', async (t) => {
      const party = await relyingParty(t, flavour, { login: 'page' })
      const { users } = await party.stand.control('GET', 'users')
      const other = users[1] ?? (await party.stand.control('POST', 'users', { name: 'Bo Second', email: 'bo@ferry.example' }))

      const visitor = new Visitor()
      const { request } = await begin(party)
      const page = await visitor.open(openid.buildAuthorizationUrl(party.config, request))
      assert.equal(page.status, 200)
      assert.deepEqual(page.users, [users[0].id, other.id])
      for (const scope of flavour.scope.split(' ')) assert.ok(page.text.includes(` ${scope} `), `the page does not name ${scope}`)

      const { tokens, claims } = await signIn(party, { visitor, typed: { user: other.id } })
      const user = await openid.fetchUserInfo(party.config, tokens.access_token, claims.sub)
      assert.equal(user.email, other.email)

      const again = await signIn(party, { visitor, prompt: 'none' }) // the browser is known and has agreed: no page
      assert.equal(again.claims.sub, claims.sub)
      assert.notEqual(again.tokens.access_token, tokens.access_token)
    })

    test('the user refuses', async (t) => {
      const party = await relyingParty(t, flavour, { login: 'page' })
      await assert.rejects(signIn(party, { action: 'deny' }), { name: 'AuthorizationResponseError', error: 'access_denied' })
      await assert.rejects(signIn(party, { prompt: 'none' }), { name: 'AuthorizationResponseError', error: 'login_required' })
    })

    test('what does not belong together is refused', async (t) => {
      const party = await relyingParty(t, flavour)
      const { request, checks } = await begin(party)
      const page = await answer(new Visitor(), openid.buildAuthorizationUrl(party.config, request))
      const redeem = (change) => openid.authorizationCodeGrant(party.config, page.sentTo, { ...checks, ...change })

      await assert.rejects(redeem({ pkceCodeVerifier: openid.randomPKCECodeVerifier() }), { error: 'invalid_grant', status: 400 })
      const foreign = await discover(party.stand, flavour, { authentication: openid.ClientSecretBasic('wrong') })
      await assert.rejects(openid.clientCredentialsGrant(foreign), flavour.refusesClient)
      const elsewhere = openid.buildAuthorizationUrl(party.config, { ...request, redirect_uri: 'https://elsewhere.example/' })
      await assert.rejects(answer(new Visitor(), elsewhere), /400/)
    })

    test('a code is good once', async (t) => {
      const party = await relyingParty(t, flavour)
      const { tokens, answer: url, checks } = await signIn(party)
      await assert.rejects(openid.authorizationCodeGrant(party.config, url, checks), { error: 'invalid_grant' })
      await assert.rejects(openid.fetchUserInfo(party.config, tokens.access_token, tokens.claims().sub), flavour.refusesToken)
    })

    for (const method of ['ClientSecretBasic', 'None']) {
      test(`the client authenticates with ${method}`, async (t) => {
        const party = await relyingParty(t, flavour)
        const { clients } = await party.stand.control('GET', 'clients')
        const client = {
          ClientSecretBasic: { authentication: openid.ClientSecretBasic(party.stand.credential('CLIENT_SECRET')) },
          None: { id: clients.find((client) => client.public).id, authentication: openid.None() },
        }
        party.config = await discover(party.stand, flavour, client[method])
        const { tokens } = await signIn(party, { login_hint: 'nobody in particular' })
        assert.ok(tokens.access_token)
      })
    }

    test('max_age gives auth_time', async (t) => {
      const party = await relyingParty(t, flavour, { login: 'page' })
      const { request, checks } = await begin(party, { max_age: '120' })
      const page = await answer(new Visitor(), openid.buildAuthorizationUrl(party.config, request))
      assert.equal(`${page.sentTo.origin}${page.sentTo.pathname}`, callback)
      const tokens = await openid.authorizationCodeGrant(party.config, page.sentTo, { ...checks, maxAge: 120 })
      assert.equal(typeof tokens.claims().auth_time, 'number')
    })
  })
}

test('hybrid and implicit flow, authentik', async (t) => {
  const party = await relyingParty(t, flavours.authentik)
  openid.useCodeIdTokenResponseType(party.config)
  const hybrid = await signIn(party) // the library holds c_hash against the code
  assert.ok(new URLSearchParams(hybrid.answer.hash.slice(1)).get('id_token'))

  party.config = await discover(party.stand, flavours.authentik)
  openid.useIdTokenResponseType(party.config)
  const { request, checks } = await begin(party)
  const { code_challenge, code_challenge_method, ...implicit } = request
  const { sentTo } = await answer(new Visitor(), openid.buildAuthorizationUrl(party.config, implicit))
  const claims = await openid.implicitAuthentication(party.config, sentTo, checks.expectedNonce, { expectedState: checks.expectedState })
  assert.equal(claims.sub, hybrid.claims.sub)
})
