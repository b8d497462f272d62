// Overview, live requests, explorer and runs: what each page is for, done in a real browser against a real stand-in.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { binary, chromium, complaints, control, looks, open, picture, press, sees, seesNot, shown, standIn, tab, type, visit } from './harness.js'

const run = promisify(execFile)
const hostile = fileURLToPath(new URL('hostile.yaml', import.meta.url))

/** Sends a request to the stand-in as a client would. */
const call = (stand, path, options = {}) => fetch(stand.base + path, options)
const bearer = (stand) => ({ Authorization: `Bearer ${stand.credential('API_KEY')}` })
const json = { 'Content-Type': 'application/json' }
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText())

describe('the console', { concurrency: 2 }, () => {
  let browser
  before(async () => (browser = await chromium()))
  after(() => browser?.close())

  test('overview: a credential and a call are copied, and work', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    const page = await open(t, browser, stand)
    await sees(page, 'EcoEvents API', 'Ready to use', stand.base)
    assert.ok(!(await shown(page)).includes(`\n${stand.credential('API_KEY')}\n`), 'a secret is shown before somebody asks')
    await press(page, 'Copy ECOEVENTS_API_KEY')
    assert.equal(await clipboard(page), stand.credential('API_KEY'))
    await press(page, 'Show ECOEVENTS_API_KEY')
    await sees(page, stand.credential('API_KEY'))
    await press(page, 'Copy command')
    const { stdout } = await run('sh', ['-c', await clipboard(page)])
    assert.match(stdout, /^HTTP\/1.1 200/)
    await page.waitForFunction(() => document.querySelector('main tbody .status')?.textContent === '200')
    await looks(page, 'overview')
  })

  test('live requests: a refused one arrives with its reason, is mended, sent again and found', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    const page = await open(t, browser, stand, 'requests')
    await sees(page, 'No requests yet', 'live')
    await looks(page, 'requests-empty')
    await call(stand, '/v1/events')
    await page.waitForFunction(() => document.querySelector('tbody .status')?.textContent === '401')
    await press(page, '/v1/events')
    await sees(page, 'Why it was refused', 'credential missing', 'authenticate', 'No credential was sent.')
    await looks(page, 'requests-refused')

    await call(stand, '/v1/events', { method: 'POST', headers: { ...bearer(stand), ...json }, body: '{"name":"Fair"}' })
    await page.waitForFunction(() => document.querySelector('tbody .status')?.textContent === '400')
    await page.keyboard.press('Escape')
    await page.evaluate(() => document.activeElement.blur())
    await page.keyboard.press('k')
    await sees(page, 'wanted the member "format"', 'openapi.yaml:')
    await press(page, 'Copy as curl')
    await sees(page, 'Copied as curl')
    const curl = await clipboard(page)
    assert.ok(curl.includes(stand.credential('API_KEY')), 'the hidden credential is put back')
    const { stdout } = await run('sh', ['-c', curl])
    assert.match(stdout, /^HTTP\/1.1 400/)

    await press(page, 'Send again')
    await sees(page, 'Sent again: 400')
    await type(page, 'Filter by text', 'no such text')
    await sees(page, 'None fits the filter')
    await type(page, 'Filter by text', '"name":"fair"')
    await page.waitForFunction(() => document.querySelectorAll('main tbody tr').length === 3)
    await type(page, 'Filter by text', '')
    await type(page, 'Filter by status', 'refused')
    await page.waitForFunction(() => document.querySelectorAll('main tbody tr').length === 4)

    await press(page, 'Pause')
    await call(stand, '/v1/nowhere')
    await sees(page, 'paused, 1 new')
    assert.ok(!(await shown(page)).includes('/v1/nowhere'))
    await press(page, 'Go on')
    await sees(page, '/v1/nowhere')
  })

  test('marked exchanges become a workflow that passes', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    const body = JSON.stringify({ name: 'Fair: "the" first', description: '- no: #1\n{ yes', format: 'virtual', startsAt: '2027-03-05T10:00:00Z', endsAt: '2027-03-05T16:00:00Z', timezone: 'Europe/Berlin', venue: null, capacity: 5, sustainability: { targetKgCo2ePerAttendee: 1 }, tags: ['yes', 'on'] })
    const made = await (await call(stand, '/v1/events', { method: 'POST', headers: { ...bearer(stand), ...json }, body })).json()
    assert.ok(made.id, JSON.stringify(made))
    await call(stand, `/v1/events/${made.id}`, { headers: bearer(stand) })
    await call(stand, `/v1/events/${made.id}`, { method: 'DELETE', headers: bearer(stand) })
    await call(stand, `/v1/events/${made.id}`)
    const page = await open(t, browser, stand, 'requests')
    for (const n of [1, 2, 3, 4]) await (await control(page, `Mark exchange ${n}`)).click()
    await sees(page, '4 marked')
    await press(page, 'Arazzo workflow', '.bulk')
    await sees(page, 'Ids that an answer gave')
    await picture(page, 'requests-workflow', false)
    const text = await page.evaluate(() => [...document.querySelectorAll('dialog pre')].at(-1).textContent)
    assert.ok(text.includes('value: $steps.createEvent.outputs.id'), text)
    const folder = await mkdtemp(join(tmpdir(), 'understudy-console-'))
    const file = join(folder, 'recorded.arazzo.yaml')
    await writeFile(file, text)
    const played = await run(binary, ['run', file, '--control', stand.management.url]).catch((error) => error)
    assert.match(played.stdout, /PASSED/, `${text}\n${played.stdout}\n${played.stderr}`)
    const session = await page.createCDPSession()
    await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder, browserContextId: page.browserContext().id })
    await press(page, 'Download')
    let kept
    for (let i = 0; i < 100 && !kept; i++) {
      kept = await readFile(join(folder, 'ecoevents-recorded.arazzo.yaml'), 'utf8').catch(() => null)
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.equal(kept ?? text, text)
  })

  test('explorer: found by words, sent with the credential filled in, refused without, and the same as code', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    const page = await open(t, browser, stand, 'explorer')
    await sees(page, 'Choose an operation')
    await page.keyboard.press('/')
    await page.keyboard.type('create event')
    await page.waitForFunction(() => [...document.querySelectorAll('.ops li')].filter((li) => li.checkVisibility()).length === 1)
    await page.keyboard.press('Enter')
    await sees(page, 'Create an event', 'Understood as', 'events:write', 'event.created')
    await looks(page, 'explorer')
    await press(page, 'Send')
    await sees(page, 'Answer', '201', 'Circular Design Days')
    await picture(page, 'explorer-answer')
    assert.deepEqual(await complaints(page), [])
    const { collections } = await stand.control('GET', 'state')
    assert.equal(collections.find((c) => c.path === '/v1/events').items, 5, 'the event is in the state')

    for (const [name, start] of [['Go', 'package main'], ['JavaScript', 'const response = await fetch('], ['Python', 'import urllib']]) {
      await press(page, name)
      await sees(page, start)
    }
    await type(page, 'Credential', 'no credential')
    await press(page, 'Send')
    await sees(page, '401', 'Why it was refused')

    await visit(page, stand, 'explorer', 'getEvent')
    await type(page, 'id', 'evt_7k2m9p4q1r')
    await press(page, 'Send')
    await sees(page, 'Nordic Climate Summit')
    await press(page, 'Trace')
    await sees(page, 'authenticate', 'Ready credential')
  })

  test('the code of an operation runs: JavaScript and Python', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    const page = await open(t, browser, stand, 'explorer', 'createEvent')
    for (const [name, program, flag] of [['JavaScript', process.execPath, ['--input-type=module', '-e']], ['Python', 'python3', ['-c']]]) {
      await press(page, name)
      const text = await page.evaluate(() => [...document.querySelectorAll('.tabbed pre')].filter((e) => e.checkVisibility()).at(-1).textContent)
      const { stdout } = await run(program, [...flag, text])
      assert.match(stdout, /^201 .*Circular Design Days/, name)
    }
  })

  test('a sandbox has its own requests', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    await stand.control('POST', 'sandboxes', { name: 'checkout' })
    stand.sandbox = 'checkout'
    const page = await open(t, browser, stand, 'explorer', 'listEvents')
    await press(page, 'Send')
    await sees(page, 'Nordic Climate Summit')
    const { entries } = await stand.control('GET', 'journal?sandbox=checkout')
    assert.deepEqual(entries.map((e) => e.operation), ['listEvents'])
    assert.equal((await stand.control('GET', 'journal')).entries.length, 0)
    await visit(page, stand, 'requests')
    await sees(page, '/v1/events')
  })

  test('runs: checks with progress to a verdict and the report', async (t) => {
    const stand = await standIn(t, 'echowin')
    const page = await open(t, browser, stand, 'runs')
    await sees(page, 'Nothing was judged yet', 'understudy check echowin')
    await picture(page, 'runs-empty')
    // The bar may be gone before anybody looks, so it is watched for from before the run.
    await page.evaluate(() => {
      new MutationObserver(() => {
        globalThis.barSeen ||= document.querySelector('progress') !== null
      }).observe(document.body, { childList: true, subtree: true })
    })
    await press(page, 'Run')
    await page.waitForFunction(() => document.querySelector('main .verdict.good'), { timeout: 120_000 })
    assert.ok(await page.evaluate(() => globalThis.barSeen), 'no progress was shown')
    await sees(page, 'tests passed', 'Open the report')
    await looks(page, 'runs')
    const href = await page.evaluate(() => document.querySelector('a[target=_blank]').href)
    const report = await tab(t, browser, stand)
    const response = await report.goto(href)
    assert.match(response.headers()['content-security-policy'], /^sandbox/)
    await sees(report, 'NEG-003')
    await picture(report, 'runs-report', false)

    await type(page, 'Suite', 'workflows/key')
    await type(page, 'Against', 'world')
    await press(page, 'Run')
    await page.waitForFunction(() => document.querySelectorAll('main tbody tr').length === 2)
    await page.waitForFunction(() => document.querySelector('main .verdict'), { timeout: 60_000 })
    assert.ok((await stand.control('GET', 'journal')).stats.seen > 0, 'the world itself was judged')
    assert.equal((await stand.control('GET', 'runs')).runs.length, 2)
  })

  test('the token is asked for, refused, taken and kept for the tab; a link carries it', async (t) => {
    const stand = await standIn(t, 'ecoevents', '--control-token', 'secret-of-the-house')
    const page = await open(t, browser, stand)
    await sees(page, 'Token of the management API')
    assert.deepEqual(await complaints(page), [])
    await picture(page, 'token')
    await type(page, 'Token', 'wrong')
    await press(page, 'Go on')
    await sees(page, 'This is not the token of this stand-in.')
    await type(page, 'Token', 'secret-of-the-house')
    await press(page, 'Go on')
    await sees(page, 'Ready to use')
    await page.reload()
    await sees(page, 'Ready to use')
    const other = await tab(t, browser, stand)
    await other.goto(`${stand.management.url}/#token=secret-of-the-house`)
    await sees(other, 'Ready to use')
    assert.ok(!other.url().includes('secret'), other.url())
    const refused = await fetch(`${stand.management.url}/contracts`)
    assert.equal(refused.status, 401)
  })

  test('hostile texts are shown as text, everywhere', async (t) => {
    const stand = await standIn(t, hostile)
    const page = await open(t, browser, stand)
    await sees(page, "<img src=x onerror=alert('title')>", "<script>alert('version')</script>")
    const body = JSON.stringify({ name: '<img src=x onerror=alert(1)>' })
    await call(stand, '/things', { method: 'POST', headers: { ...json, 'X-Note': '"><script>alert(2)</script>' }, body })
    await call(stand, `/things?x=${encodeURIComponent('<svg onload=alert(3)>')}`)
    await call(stand, '/%3Cimg%20src=x%20onerror=alert(4)%3E')
    await visit(page, stand, 'requests')
    for (const n of [1, 2, 3]) {
      await visit(page, stand, 'requests', String(n))
      await sees(page, `No. ${n}`)
      for (const name of ['Request', 'Response', 'Code']) await press(page, name, '.exchange')
    }
    await visit(page, stand, 'requests', '1')
    await press(page, 'Request', '.exchange')
    await sees(page, '<img src=x onerror=alert(1)>', '"><script>alert(2)</script>')
    await looks(page, 'hostile-request')
    await visit(page, stand, 'explorer', "list<img src=x onerror=alert('id')>")
    await sees(page, "\"><script>alert('summary')</script>", 'filter<b>', '<img src=https://evil.example/pixel', '<iframe src=https://evil.example>')
    await looks(page, 'hostile-operation')
    await press(page, 'Send')
    await sees(page, 'Answer')
    await visit(page, stand, 'explorer', 'makeThing')
    const prose = await page.locator('.prose').map((e) => ({
      text: e.textContent, strong: [...e.querySelectorAll('strong')].map((s) => s.textContent), em: [...e.querySelectorAll('em')].map((s) => s.textContent),
      points: [...e.querySelectorAll('ul > li')].map((s) => s.textContent), links: [...e.querySelectorAll('a')].map((a) => [a.textContent, a.href, a.rel]), details: e.querySelectorAll('details').length,
    })).wait()
    assert.deepEqual(prose.strong, ['What it makes', 'thing'])
    assert.deepEqual(prose.em, ['makes', 'two'])
    assert.deepEqual(prose.points, ['one', 'two and more of it'])
    assert.deepEqual(prose.links, [['its page', 'https://things.example/a_b_c', 'noopener noreferrer']])
    assert.equal(prose.details, 0)
    for (const text of ['<b>code</b>', '[no page](javascript:alert(5))', 'alert(6)', '2 * 3 * 4, snake_case_name and *no emphasis*.', '<img src=x onerror=alert(7)>', '<details open ontoggle=alert(8)>']) assert.ok(prose.text.includes(text), text)
    await looks(page, 'prose')
    await press(page, 'Send')
    await sees(page, '201', "<img src=x onerror=alert('body')>")
    for (const id of ['state', 'runs', 'overview']) await visit(page, stand, id)
    assert.equal(await page.evaluate(() => document.querySelectorAll('main img, main script, main iframe, main style').length), 0)
  })

  test('the keyboard reaches everything, and ? says how', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    const page = await open(t, browser, stand)
    await page.keyboard.press('?')
    await sees(page, 'Keys', 'Go to')
    assert.deepEqual(await complaints(page), [])
    await picture(page, 'help', false)
    await page.keyboard.press('Escape')
    await seesNot(page, 'Go to')
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.waitForSelector('.page-requests')
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1')
    await page.keyboard.press('g')
    await page.keyboard.press('e')
    await page.waitForSelector('.page-explorer')
    const skip = await open(t, browser, stand)
    await skip.keyboard.press('Tab')
    assert.equal(await skip.evaluate(() => document.activeElement.textContent), 'Skip to the content')
    await skip.keyboard.press('Enter')
    assert.equal(await skip.evaluate(() => document.activeElement.id), 'main')
  })

  test('at 390 px the navigation is behind a button, and themes can be chosen', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    const page = await open(t, browser, stand)
    await page.setViewport({ width: 390, height: 844 })
    await press(page, 'Menu')
    await page.waitForFunction(() => document.querySelector('.sidebar').getBoundingClientRect().left === 0)
    assert.deepEqual(await complaints(page), [])
    await picture(page, 'navigation-narrow', false)
    const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const first = await colour()
    await press(page, 'Theme: as the system')
    await press(page, 'Theme: light')
    await sees(page, 'API explorer')
    assert.notEqual(await colour(), first, 'dark after light')
    await page.reload()
    await page.waitForSelector('main h1')
    assert.notEqual(await colour(), first, 'dark after the page was loaded again')
    await press(page, 'Menu')
    await press(page, 'API explorer')
    await page.waitForSelector('.page-explorer')
    await page.waitForFunction(() => !document.body.classList.contains('nav-open'))
  })
})
