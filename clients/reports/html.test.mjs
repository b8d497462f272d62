// The HTML report in a real browser: no error, no request, nothing that axe finds, all of it by keyboard, and quick with 5,000
// exchanges.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { chromium, complaints, found, open, pagesFolder, picture, tab, theme, waitFound } from './pages.mjs'

describe('the HTML report', () => {
  let browser, folder
  before(async () => {
    folder = await pagesFolder()
    browser = await chromium()
  })
  after(() => browser?.close())

  const looks = { tests: '', workflow: '#/tests/petstore%2Fadopt%2Frefund', finding: '#/tests/SCH-001%2FgetPet', exchanges: '#/exchanges/7', coverage: '#/coverage', run: '#/run' }

  for (const scheme of ['light', 'dark']) {
    test(`every view in ${scheme}: axe finds nothing, nothing is too wide`, async (t) => {
      const page = await tab(t, browser)
      await theme(page, scheme)
      for (const [width, height, size] of [[1360, 900, 'wide'], [390, 844, 'narrow']]) {
        await page.setViewport({ width, height })
        for (const [name, hash] of Object.entries(looks)) {
          await open(page, folder, 'sample', hash)
          await picture(page, `${name}-${scheme}-${size}`)
          assert.deepEqual(await complaints(page), [], `${name}, ${scheme}, ${size}`)
          const tooWide = await page.evaluate(() => [...document.querySelectorAll('body > *, main > *, .pane, .row, .finding, .exchange')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.className))
          assert.deepEqual(tooWide, [], `${name}, ${size}: wider than ${width}`)
        }
      }
    })
  }

  for (const scheme of ['light', 'dark']) {
    test(`the card in ${scheme}: it comes first, axe finds nothing, nothing is too wide, and it leads to rules and calls`, async (t) => {
      const page = await tab(t, browser)
      await theme(page, scheme)
      for (const [width, height, size] of [[1360, 900, 'wide'], [390, 844, 'narrow']]) {
        await page.setViewport({ width, height })
        await open(page, folder, 'graded')
        await picture(page, `card-${scheme}-${size}`)
        assert.equal(await page.$eval('.card h2', (e) => e.textContent), 'petstore: 4 of 7 exercised rules kept')
        assert.deepEqual(await complaints(page), [], `${scheme}, ${size}`)
        const tooWide = await page.evaluate(() => [...document.querySelectorAll('body > *, main > *, .broken, .card > p, .card > dl')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.className))
        assert.deepEqual(tooWide, [], `${size}: wider than ${width}`)
      }
      await page.setViewport({ width: 1360, height: 900 })
      assert.equal(await page.$$eval('.card tbody tr', (rows) => rows.length), 12)
      assert.equal(await page.$$eval('.broken', (list) => list.length), 4)
      assert.match(await page.$eval('.broken', (e) => e.textContent), /QTA-001.*asked for 3 s.*09:26:54\.212 GET .*→ 429/s)
      await page.click('.broken a[href^="#/exchanges/"]')
      await page.waitForFunction(() => document.getElementById('subject')?.textContent === 'Exchange 2')
      await page.keyboard.press('1')
      await page.waitForSelector('.card')
      await page.click('.broken h4 a')
      await page.waitForFunction(() => document.getElementById('subject')?.textContent.startsWith('A retry waits'))
    })
  }

  test('a run in which nothing was examined is no pass, and one without findings is', async (t) => {
    const page = await tab(t, browser)
    await open(page, folder, 'nothing')
    assert.match(await page.$eval('#verdict', (e) => e.textContent), /Nothing was examined/)
    assert.deepEqual(await complaints(page), [])
    await open(page, folder, 'passed')
    assert.match(await page.$eval('#verdict', (e) => e.textContent), /2 tests passed/)
    assert.deepEqual(await complaints(page), [])
  })

  test('by keyboard: move, filter, search, leave, help', async (t) => {
    const page = await tab(t, browser)
    await open(page, folder, 'sample')
    const subject = () => page.$eval('#subject', (e) => e.textContent)
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    assert.equal(await subject(), 'A returned pet is refunded') // the first failure is open
    await press('j')
    assert.equal(await subject(), 'A body without a required property is refused')
    await press('k')
    assert.equal(await subject(), 'A returned pet is refunded')
    await press('n', 'n', 'n')
    assert.equal(await subject(), 'An expired credential is refused')
    await press('f')
    assert.equal(await found(page), '4 of 11 tests')
    await press('c')
    assert.equal(await found(page), '11 tests')

    await press('/')
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search')
    await page.keyboard.type('c0ffee0000000003') // a fingerprint
    await waitFound(page, '^1 of 11')
    await press('Enter')
    assert.equal(await subject(), 'A 405 carries Allow')
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'listbox')
    await press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement.id), 'subject')
    await press('/', 'Escape')
    await waitFound(page, '^11 tests')

    await press('Escape', '2')
    await page.waitForFunction(() => document.body.dataset.view === 'exchanges')
    assert.equal(await found(page), '10 exchanges')
    await page.focus('#filter-status')
    await page.select('#filter-status', 'findings')
    assert.equal(await found(page), '5 of 10 exchanges')
    await page.select('#filter-check', 'ERR-005')
    assert.equal(await found(page), '1 of 10 exchanges')
    await page.click('#clear')
    await press('3')
    await page.waitForFunction(() => document.body.dataset.view === 'coverage')
    await press('?')
    assert.equal(await page.$eval('#help', (e) => e.open), true)
    assert.deepEqual(await complaints(page), [])
    await press('Escape')
    assert.equal(await page.$eval('#help', (e) => e.open), false)
  })

  test('outcomes are buttons that filter, by Tab and Space', async (t) => {
    const page = await tab(t, browser)
    await open(page, folder, 'sample')
    await page.focus('[data-outcome="known"]')
    await page.keyboard.press('Space')
    assert.equal(await found(page), '1 of 11 tests')
    assert.equal(await page.$eval('[data-outcome="known"]', (e) => e.getAttribute('aria-pressed')), 'true')
    await page.keyboard.press('Space')
    assert.equal(await found(page), '11 tests')
  })

  test('the theme can be chosen, against the system', async (t) => {
    const page = await tab(t, browser)
    await theme(page, 'light')
    await open(page, folder, 'sample')
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const light = await ground()
    await page.keyboard.press('t') // light
    assert.equal(await ground(), light)
    await page.keyboard.press('t') // dark
    assert.notEqual(await ground(), light)
    await theme(page, 'dark')
    await page.keyboard.press('t') // as the system
    assert.notEqual(await ground(), light)
  })

  test('what a deployment sent is shown as text, and numbers keep their digits', async (t) => {
    const page = await tab(t, browser)
    await open(page, folder, 'sample', '#/tests/SCH-001%2FgetPet')
    const text = await page.$eval('#detail', (e) => e.textContent)
    assert.match(text, /<\/script><script>alert\(1\)<\/script><img src=x onerror=alert\(2\)>/)
    assert.match(text, /\\x1b\[31mred/)
    assert.match(text, /\\u202egnp\.exe/)
    assert.match(text, /"id": 9007199254740993/)
    assert.match(text, /1e400/)
    assert.deepEqual(await page.$$eval('main img, main iframe, main script', (list) => list.length), 0)
    assert.equal(await page.$$eval('.json .line.hit', (list) => list[0].textContent.trim()), '"age": "twelve"')
    assert.deepEqual(await page.$$eval('.compare del, .compare ins', (list) => list.slice(0, 2).map((e) => e.textContent)), ['12', 'integer, minimum 0'])
    await open(page, folder, 'sample', '#/run')
    assert.match(await page.$eval('main', (e) => e.textContent), /18446744073709551557/)
  })

  test('on paper everything that failed stands in full', async (t) => {
    const page = await tab(t, browser)
    await theme(page, 'dark')
    await open(page, folder, 'sample')
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
    await page.emulateMediaType('print')
    assert.equal(await page.$$eval('#printed .test', (list) => list.length), 5)
    assert.equal(await page.$eval('main', (e) => getComputedStyle(e).display), 'none')
    assert.equal(await page.$eval('#printed', (e) => getComputedStyle(e).color), 'rgb(24, 32, 43)')
    await page.evaluate(() => dispatchEvent(new Event('afterprint')))
    assert.equal(await page.$$eval('#printed .test', (list) => list.length), 0)
  })

  test('without script the failures are there', async (t) => {
    const page = await tab(t, browser)
    await page.setJavaScriptEnabled(false)
    await page.goto(new URL(`file://${folder}/sample.html`).href)
    const text = await page.$eval('body', (e) => e.textContent)
    for (const id of ['petstore/adopt/refund', 'NEG-002/createPet', 'SCH-001/getPet', 'AUTH-004/getPet']) assert.ok(text.includes(id), id)
  })

  test('5,000 exchanges open and answer quickly', async (t) => {
    const page = await tab(t, browser)
    const opened = await open(page, folder, 'large', '#/exchanges')
    assert.equal(await found(page), '5,000 exchanges')
    const shownRows = await page.$$eval('.row', (list) => list.length)
    assert.ok(shownRows > 5 && shownRows < 60, `${shownRows} rows exist`)
    const timed = async (act, pattern) => {
      const begin = performance.now()
      await act()
      await waitFound(page, pattern)
      return Math.round(performance.now() - begin)
    }
    const type = (text) => async () => {
      await page.focus('#search')
      await page.$eval('#search', (e) => e.select())
      await page.keyboard.type(text)
    }
    const first = await timed(type('needle-4321'), '^1 of')
    await page.click('#clear')
    const second = await timed(type('needle-1234'), '^1 of')
    const status = await timed(() => page.select('#filter-status', 's2'), '^(0|1) of')
    await page.click('#clear')
    const operation = await timed(() => page.select('#filter-operation', 'operation07'), '^130 of')
    await page.click('#clear')
    await page.evaluate(() => document.activeElement.blur())
    const moved = await timed(async () => {
      for (let i = 0; i < 50; i++) await page.keyboard.press('j')
    }, '^5,000')
    t.diagnostic(`5,000 exchanges: open ${opened} ms; search ${first} ms, again ${second} ms (typing included); answer ${status} ms; operation ${operation} ms; 50 times j ${moved} ms`)
    for (const [what, ms, most] of [['open', opened, 15000], ['first search', first, 8000], ['search', second, 5000], ['status', status, 5000], ['operation', operation, 5000], ['50 × j', moved, 15000]]) assert.ok(ms < most, `${what} took ${ms} ms`)
  })
})
