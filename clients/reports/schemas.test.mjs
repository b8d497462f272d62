// What others check reports with: the reference implementation of CTRF, and its schema.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { validate } from 'ctrf'
import { pagesFolder } from './pages.mjs'

describe('CTRF', () => {
  let folder
  before(async () => (folder = await pagesFolder()))

  for (const name of ['sample', 'graded', 'large', 'nothing']) {
    test(`${name} is valid, and its sums are right`, async () => {
      const report = JSON.parse(await readFile(join(folder, `${name}.ctrf.json`), 'utf8'))
      assert.deepEqual(validate(report), { valid: true, errors: [] })
      const { summary, tests } = report.results
      assert.equal(summary.tests, tests.length)
      for (const status of ['passed', 'failed', 'skipped', 'pending', 'other']) assert.equal(summary[status], tests.filter((t) => t.status === status).length, status)
    })
  }

  test('the validator refuses what is wrong', async () => {
    const report = JSON.parse(await readFile(join(folder, 'sample.ctrf.json'), 'utf8'))
    report.results.tests[0].ours = true
    assert.equal(validate(report).valid, false)
  })
})
