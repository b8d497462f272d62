// What becomes of tokens: refresh, revocation, introspection, and tokens of a client's own.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as openid from 'openid-client'
import { callResource, discover, flavours, relyingParty, signIn } from './relying-party.mjs'

const refused = { name: 'ResponseBodyError', status: 400, error: 'invalid_grant' }

for (const [name, flavour] of Object.entries(flavours)) {
  describe(`tokens, ${name}`, { concurrency: true }, () => {
    test('refresh', async (t) => {
      const party = await relyingParty(t, flavour)
      const { tokens, claims } = await signIn(party)
      const next = await openid.refreshTokenGrant(party.config, tokens.refresh_token)
      assert.notEqual(next.access_token, tokens.access_token)
      assert.equal(next.claims().sub, claims.sub)
      if (name === 'google') {
        assert.equal(next.refresh_token, undefined, "Google's refresh tokens stay as they are")
        await openid.refreshTokenGrant(party.config, tokens.refresh_token)
        return
      }
      assert.notEqual(next.refresh_token, tokens.refresh_token)
      assert.equal((await callResource(party, next.access_token)).status, 200)

      await assert.rejects(openid.refreshTokenGrant(party.config, tokens.refresh_token), refused)
      const successor = openid.refreshTokenGrant(party.config, next.refresh_token)
      if (name === 'authentik') await successor // it leaves the family alive
      else {
        await assert.rejects(successor, refused)
        assert.equal((await callResource(party, next.access_token)).status, 401, 'the family ends with its access tokens')
      }
    })

    test('revocation', async (t) => {
      const party = await relyingParty(t, flavour)
      const { tokens, claims } = await signIn(party)
      await openid.tokenRevocation(party.config, tokens.access_token, { token_type_hint: 'access_token' })
      await assert.rejects(openid.fetchUserInfo(party.config, tokens.access_token, claims.sub), flavour.refusesToken)
      if (flavour.resource) {
        const answer = await callResource(party, tokens.access_token)
        assert.equal(answer.status, 401)
        assert.match(answer.headers.get('www-authenticate'), /Bearer/)
      }

      const next = await openid.refreshTokenGrant(party.config, tokens.refresh_token)
      const refresh = next.refresh_token ?? tokens.refresh_token
      await openid.tokenRevocation(party.config, refresh)
      await assert.rejects(openid.refreshTokenGrant(party.config, refresh), refused)
      await assert.rejects(openid.fetchUserInfo(party.config, next.access_token, claims.sub), flavour.refusesToken)
      await openid.tokenRevocation(party.config, 'never issued') // no error (RFC 7009, 2.2)
    })

    if (name === 'google') return // nothing rotates, and it has neither introspection nor tokens of a client's own

    test('of parallel refreshes with one token one wins', async (t) => {
      const party = await relyingParty(t, flavour)
      const { tokens } = await signIn(party)
      const all = await Promise.allSettled(Array.from({ length: 8 }, () => openid.refreshTokenGrant(party.config, tokens.refresh_token)))
      assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const { reason } of all.filter(({ status }) => status === 'rejected')) assert.equal(reason.error, 'invalid_grant')
    })

    test('introspection', async (t) => {
      const party = await relyingParty(t, flavour)
      const { tokens, claims } = await signIn(party)
      const before = await openid.tokenIntrospection(party.config, tokens.access_token)
      assert.equal(before.active, true)
      assert.equal(before.client_id, party.stand.credential('CLIENT_ID'))
      assert.equal(before.sub, claims.sub)
      assert.deepEqual(before.scope.split(' ').sort(), flavour.scope.split(' ').sort())
      assert.equal((await openid.tokenIntrospection(party.config, tokens.refresh_token)).active, true)
      await openid.tokenRevocation(party.config, tokens.access_token)
      assert.deepEqual(await openid.tokenIntrospection(party.config, tokens.access_token), { active: false })

      const foreign = await discover(party.stand, flavour, { authentication: openid.ClientSecretPost('wrong') })
      const asked = openid.tokenIntrospection(foreign, tokens.refresh_token)
      if (name === 'authentik') assert.deepEqual(await asked, { active: false })
      else await assert.rejects(asked, flavour.refusesClient)
    })

    test('client credentials', async (t) => {
      const party = await relyingParty(t, flavour)
      const tokens = await openid.clientCredentialsGrant(party.config, { scope: name === 'rfc' ? 'sailings:read' : 'profile' })
      assert.equal(tokens.refresh_token, undefined)
      assert.equal((await callResource(party, tokens.access_token)).status, 200)
      await openid.tokenRevocation(party.config, tokens.access_token)
      assert.equal((await callResource(party, tokens.access_token)).status, 401)
    })
  })
}

test('scopes decide what a token may', async (t) => {
  const party = await relyingParty(t, flavours.rfc)
  const add = async (scope) => {
    const { access_token: token } = await openid.clientCredentialsGrant(party.config, { scope })
    return openid.fetchProtectedResource(
      party.config,
      token,
      new URL(`${party.stand.base}/sailings`),
      'POST',
      JSON.stringify({ from: 'Kiel', to: 'Oslo', departs: '2026-06-01T12:00:00Z' }),
      new Headers({ 'Content-Type': 'application/json' }),
    )
  }
  assert.equal((await add('sailings:write')).status, 201)
  await assert.rejects(add('sailings:read'), ({ status, cause }) => {
    assert.equal(status, 403)
    assert.equal(cause[0].parameters.error, 'insufficient_scope') // RFC 6750, 3.1
    assert.equal(cause[0].parameters.scope, 'sailings:write')
    return true
  })
  await assert.rejects(add('sailings:burn'), { status: 400, error: 'invalid_scope' })
})
