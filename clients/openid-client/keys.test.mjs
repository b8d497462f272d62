// Keys: the provider's, which are rotated, and those of a client that has a key instead of a secret.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { callResource, discover, flavours, relyingParty, signIn } from './relying-party.mjs'

for (const [name, flavour] of Object.entries(flavours)) {
  describe(`keys, ${name}`, { concurrency: true }, () => {
    test('rotation', async (t) => {
      const party = await relyingParty(t, flavour)
      const { config, stand } = party
      const uri = new URL(config.serverMetadata().jwks_uri)
      const verify = (token) => jwtVerify(token, createRemoteJWKSet(uri), { issuer: config.serverMetadata().issuer })
      const before = await signIn(party)

      const known = openid.getJwksCache(config)
      await stand.control('POST', 'signing-keys/rotate')
      // An application that started again with the keys it knew a minute ago has to find the new one by itself.
      party.config = await discover(stand, flavour)
      openid.setJwksCache(party.config, { ...known, uat: known.uat - 60 })
      const after = await signIn(party)
      const [old, made] = [before, after].map(({ tokens }) => decodeProtectedHeader(tokens.id_token).kid)
      assert.notEqual(made, old)

      await verify(before.tokens.id_token) // the old key stays published
      await verify(after.tokens.id_token)
      if (!flavour.resource) return
      await verify(before.tokens.access_token)
      await verify(after.tokens.access_token)
      for (const { tokens } of [before, after]) assert.equal((await callResource(party, tokens.access_token)).status, 200)
    })
  })
}

describe('private_key_jwt', { concurrency: true }, () => {
  for (const algorithm of ['RS256', 'ES256']) {
    test(algorithm, async (t) => {
      const party = await relyingParty(t, flavours.rfc)
      const pair = await generateKeyPair(algorithm, { extractable: true })
      const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', use: 'sig' }
      const { id } = await party.stand.control('POST', 'clients', { name: 'Keeper', loopback: true, keys: JSON.stringify({ keys: [jwk] }) })
      party.config = await discover(party.stand, flavours.rfc, { id, authentication: openid.PrivateKeyJwt({ key: pair.privateKey, kid: 'one' }) })
      const { claims } = await signIn(party)
      assert.equal(claims.aud, id)

      const { privateKey } = await generateKeyPair(algorithm)
      party.config = await discover(party.stand, flavours.rfc, { id, authentication: openid.PrivateKeyJwt({ key: privateKey, kid: 'one' }) })
      await assert.rejects(signIn(party), { status: 401 })
    })
  }
})
