// The device flow: a program without a browser waits while its user approves on another device's page (RFC 8628).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as openid from 'openid-client'
import { flavours, relyingParty } from './relying-party.mjs'
import { Visitor } from './visitor.mjs'

describe('device flow', { concurrency: true }, () => {
  for (const [name, flavour] of Object.entries(flavours)) {
    test(`approved, ${name}`, async (t) => {
      const { stand, config } = await relyingParty(t, flavour, { login: 'page' })
      const device = await openid.initiateDeviceAuthorization(config, { scope: flavour.scope })
      assert.ok(device.user_code && device.verification_uri_complete.includes(device.user_code))
      const poll = (code) => openid.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:device_code', { device_code: code })
      await assert.rejects(poll(device.device_code), { error: 'authorization_pending', status: 400 })
      const impatient = name === 'authentik' ? 'authorization_pending' : 'slow_down' // Authentik never says so
      await assert.rejects(poll(device.device_code), { error: impatient, status: 400 })

      const polled = openid.pollDeviceAuthorizationGrant(config, device)
      const visitor = new Visitor()
      const entered = await visitor.press(await visitor.open(device.verification_uri_complete), 'enter')
      assert.ok(entered.text.includes(device.user_code), 'the page to confirm shows the code')
      const done = await visitor.press(entered, 'approve')
      assert.match(done.text, /Device connected/)

      const tokens = await polled
      const { users } = await stand.control('GET', 'users')
      const user = await openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
      assert.equal(user.email, users[0].email)
      await assert.rejects(poll(device.device_code), { error: 'invalid_grant' })
    })

    test(`refused, ${name}`, async (t) => {
      const { config } = await relyingParty(t, flavour, { login: 'page' })
      const device = await openid.initiateDeviceAuthorization(config, { scope: flavour.scope })
      const visitor = new Visitor()
      const first = await visitor.open(device.verification_uri) // the code is typed, as people type: in lower case
      const entered = await visitor.press(first, 'enter', { user_code: device.user_code.toLowerCase().replace('-', ' ') })
      assert.match((await visitor.press(entered, 'deny')).text, /Access refused/)
      await assert.rejects(openid.pollDeviceAuthorizationGrant(config, device), { error: 'access_denied' })
    })
  }
})
