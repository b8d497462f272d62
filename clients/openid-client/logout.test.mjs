// The end of a session that a relying party asks for (OpenID Connect RP-Initiated Logout 1.0).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openid from 'openid-client'
import { callResource, flavours, relyingParty, signIn } from './relying-party.mjs'

const { google, ...others } = flavours // Google has no such endpoint

for (const [name, flavour] of Object.entries(others)) {
  test(`end of a session, ${name}`, async (t) => {
    const party = await relyingParty(t, flavour, { login: 'page' })
    const scope = flavour.scope.replace(' offline_access', '')
    const { tokens, visitor } = await signIn(party, { scope })
    assert.equal((await callResource(party, tokens.access_token)).status, 200)

    const state = openid.randomState()
    const back = 'http://127.0.0.1:8765/signed-out'
    const url = openid.buildEndSessionUrl(party.config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: back, state })
    const { sentTo } = await visitor.open(url)
    assert.equal(sentTo.href, `${back}?state=${state}`)
    await assert.rejects(signIn(party, { scope, visitor, prompt: 'none' }), { error: 'login_required' })
    assert.equal((await callResource(party, tokens.access_token)).status, 401, 'what came of the session ends with it')

    const foreign = { id_token_hint: tokens.id_token, post_logout_redirect_uri: 'https://elsewhere.example/' }
    const page = await visitor.open(openid.buildEndSessionUrl(party.config, foreign))
    assert.equal(page.status, 400)
    assert.equal(page.sentTo, null)
  })
}
