// Requests that are pushed ahead (RFC 9126), and tokens that are bound to a key (RFC 9449).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import * as openid from 'openid-client'
import { answer, begin, callResource, flavours, relyingParty, signIn } from './relying-party.mjs'
import { Visitor } from './visitor.mjs'

test('a pushed request', async (t) => {
  const { config, ...party } = await relyingParty(t, flavours.rfc, { login: 'page' })
  const { request, checks } = await begin(party)
  const url = await openid.buildAuthorizationUrlWithPAR(config, request)
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri'])
  const { sentTo } = await answer(new Visitor(), url)
  assert.ok((await openid.authorizationCodeGrant(config, sentTo, checks)).access_token)
  await assert.rejects(answer(new Visitor(), url), /400/) // it is good once
})

for (const algorithm of ['ES256', 'RS256']) {
  test(`DPoP with ${algorithm}`, async (t) => {
    const party = await relyingParty(t, flavours.rfc)
    const { config, stand } = party
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair(algorithm))
    const { tokens, claims } = await signIn(party, { dpop: DPoP })
    assert.equal(tokens.token_type, 'dpop')
    assert.equal(decodeJwt(tokens.access_token).cnf.jkt, await DPoP.calculateThumbprint())

    const resource = new URL(`${stand.base}/sailings`)
    const call = (DPoP) => openid.fetchProtectedResource(config, tokens.access_token, resource, 'GET', undefined, undefined, { DPoP })
    assert.equal((await call(DPoP)).status, 200)
    await openid.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP })
    const other = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair(algorithm))
    await assert.rejects(call(other), { status: 401 })
    assert.equal((await callResource(party, tokens.access_token)).status, 401, 'a bound token is no bearer token')

    const next = await openid.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
    assert.equal(decodeJwt(next.access_token).cnf.jkt, await DPoP.calculateThumbprint())
  })
}
