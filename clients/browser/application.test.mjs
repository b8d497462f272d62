// A web application logs its users in at ECOSIRE, whose provider is an Authentik; and a page calls ECOSIRE with the cookie
// of its login.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { standIn } from '../standin.mjs'
import { application } from './application.mjs'
import { chromium, freshPage, picture, appearances, press, text } from './chromium.mjs'

describe('an application of ECOSIRE', { concurrency: 2 }, () => {
  let browser
  before(async () => (browser = await chromium()))
  after(() => browser.close())

  const settings = { issuer: '/application/o/ecosire/', scope: 'openid profile email offline_access', resource: '/contacts' }
  const serve = async (t) => {
    const stand = await standIn(t, 'ecosire')
    const app = await application(t, { stand, ...settings })
    return { stand, app, page: await freshPage(t, browser) }
  }

  test('login, another scope, another user, logout', async (t) => {
    const { stand, app, page } = await serve(t)
    await page.goto(`${app.origin}/login`)
    assert.equal(new URL(page.url()).origin, stand.origin)
    assert.equal(new URL(page.url()).pathname, '/application/o/authorize/')
    assert.deepEqual(await appearances(page, 'authentik-login'), [])
    await press(page, 'button[value="approve"]')
    assert.equal(await text(page), 'Hello Amara Okafor. /contacts answered 200.')

    await page.goto(`${app.origin}/login`) // known, and has agreed
    assert.equal(page.url(), `${app.origin}/`)

    const more = await application(t, { stand, ...settings, scope: `${settings.scope} entitlements` })
    await page.goto(`${more.origin}/login`)
    assert.match(await text(page), /Allow access for .*\?[\s\S]*Signed in as Amara Okafor/)
    assert.deepEqual(await appearances(page, 'consent'), [])
    await press(page, 'button[value="switch"]')
    assert.match(await text(page), /Mateo Rivas/)
    await picture(page, 'consent-switched')
    await page.click('input[value="usr_01HY22"]')
    await press(page, 'button[value="approve"]')
    assert.equal(await text(page), 'Hello Mateo Rivas. /contacts answered 200.')

    await page.goto(`${more.origin}/logout`)
    assert.match(await text(page), /Sign out\?[\s\S]*Mateo Rivas/)
    assert.deepEqual(await appearances(page, 'logout'), [])
    await press(page, 'button[value="deny"]')
    await picture(page, 'logout-denied')
    assert.match(await text(page), /Still signed in/)
    await page.goto(`${more.origin}/logout`)
    await press(page, 'button[value="approve"]')
    assert.equal(await text(page), 'You are signed out.')
    await page.goto(`${more.origin}/login`)
    assert.match(await text(page), /Sign in as/)
  })

  test('logout with an ID token asks nothing; without an address to go to it says that it is done', async (t) => {
    const { app, page } = await serve(t)
    await page.goto(`${app.origin}/login`)
    await press(page, 'button[value="approve"]')
    await page.goto(`${app.origin}/logout?hint`)
    assert.equal(await text(page), 'You are signed out.')

    await page.goto(`${app.origin}/login`)
    await press(page, 'button[value="approve"]')
    await page.goto(app.provider.end_session_endpoint)
    await press(page, 'button[value="approve"]')
    assert.match(await text(page), /Signed out/)
    assert.deepEqual(await appearances(page, 'signed-out'), [])
  })

  test('denied', async (t) => {
    const { app, page } = await serve(t)
    await page.goto(`${app.origin}/login`)
    await press(page, 'button[value="deny"]')
    assert.equal(await text(page), 'You were not let in: access_denied.')
  })

  test('what is wrong with a request is shown and goes nowhere', async (t) => {
    const { app, page, stand } = await serve(t)
    await page.goto(`${app.origin}/login`)
    const wrong = new URL(page.url())
    wrong.searchParams.set('redirect_uri', 'https://elsewhere.example/callback')
    const response = await page.goto(wrong.href)
    assert.equal(response.status(), 400)
    assert.equal(new URL(page.url()).origin, stand.origin)
    assert.match(await text(page), /elsewhere\.example/)
    assert.deepEqual(await appearances(page, 'error'), [])
  })

  test('a device', async (t) => {
    const { stand, app, page } = await serve(t)
    const client = { client_id: stand.credential('CLIENT_ID'), client_secret: stand.credential('CLIENT_SECRET') }
    const ask = async (endpoint, values) => (await fetch(endpoint, { method: 'POST', body: new URLSearchParams({ ...client, ...values }) })).json()
    const device = await ask(app.provider.device_authorization_endpoint, { scope: 'openid profile' })
    await page.goto(device.verification_uri)
    await page.type('#user_code', '000 000 000')
    await press(page, 'button[value="enter"]')
    assert.match(await text(page), /No device waits with this code/)
    assert.deepEqual(await appearances(page, 'device-wrong'), [])

    await page.goto(device.verification_uri)
    await picture(page, 'device-known') // somebody is signed in by now
    await page.type('#user_code', device.user_code)
    await press(page, 'button[value="enter"]')
    assert.ok((await text(page)).includes(device.user_code))
    assert.deepEqual(await appearances(page, 'device-confirm'), [])
    await press(page, 'button[value="approve"]')
    assert.match(await text(page), /Device connected/)
    await picture(page, 'device-connected')
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: device.device_code }
    const tokens = await ask(app.provider.token_endpoint, grant)
    assert.ok(tokens.access_token, JSON.stringify(tokens))
  })

  test('the cookie of the login is good for pages of the same origin only', async (t) => {
    const { stand, app, page } = await serve(t)
    const { users } = await stand.control('GET', 'users')
    await page.goto(`${stand.base}/auth/login`) // any page of the origin will do
    const call = (method, path, body) =>
      page.evaluate(
        async (method, url, body) => {
          const response = await fetch(url, { method, headers: { 'Content-Type': 'application/json' }, body })
          return response.status
        },
        method,
        stand.base + path,
        body && JSON.stringify(body),
      )
    assert.equal(await call('GET', '/contacts'), 401)
    const login = { email: users[0].email, password: stand.credential('USER_PASSWORD') }
    assert.equal(await call('POST', '/auth/login', login), 200)
    assert.equal(await call('GET', '/contacts'), 200)
    const contact = { firstName: 'Ida', lastName: 'Quist', email: 'ida@quist.example', type: 'lead' }
    assert.equal(await call('POST', '/contacts', contact), 201)

    // A page of another port is of the same site: the browser sends the cookie, and the API must not take it.
    await page.goto(`${app.origin}/`)
    const forged = JSON.stringify({ ...contact, email: 'forged@quist.example' })
    const forge = (url, body) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body })
    await page.evaluate(forge, `${stand.base}/contacts`, forged)
    const { entries } = await stand.control('GET', 'journal?operation=createContact')
    assert.deepEqual(entries.map(({ response }) => response.status).sort(), [201, 403])
  })
})
