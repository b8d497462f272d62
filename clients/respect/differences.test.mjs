// Each difference is one: its workflow passes here and not there. And it is the only one in it: rewritten, it passes there, too.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'node:test'
import { standIn } from '../standin.mjs'
import { differences, rewritten } from './differences.mjs'
import { falsify } from './falsified.mjs'
import { respect, understudy } from './runners.mjs'
import { Suite } from './suites.mjs'
import { allPass, sameVerdicts } from './verdicts.mjs'

const file = fileURLToPath(new URL('differences.arazzo.yaml', import.meta.url))
const shown = new Suite('echowin', file)
const mended = shown.workflows.filter((id) => differences.every((one) => one.shown !== id || one.rewrite))

describe('readings of the specification', () => {
  test('ours', async (t) => {
    const stand = await standIn(t, 'echowin')
    allPass(await understudy(t, shown.copy(), { stand, only: shown.workflows }), shown.workflows)
  })

  test('Respect, of what is rewritten', async (t) => {
    const stands = [await standIn(t, 'echowin'), await standIn(t, 'echowin')]
    const theirs = await respect(t, rewritten(shown.copy()), { stand: stands[0], servers: shown.servers(stands[0]), only: mended })
    allPass(theirs, mended)
    sameVerdicts(await understudy(t, shown.copy(), { stand: stands[1], only: mended }), theirs)
  })

  test('Respect, of what is not', async (t) => {
    const stand = await standIn(t, 'echowin')
    const document = rewritten(shown.copy(), differences.filter((one) => one.ends))
    const theirs = await respect(t, document, { stand, servers: shown.servers(stand), only: shown.workflows })
    for (const { name, shown: workflow, ends } of differences) assert.equal(theirs.get(workflow).passed, Boolean(ends), `${name}: is it no difference any more?`)
  })

  for (const { name, ends } of differences.filter((one) => one.ends)) {
    test(`Respect, but for: ${name}`, async (t) => {
      const stand = await standIn(t, 'echowin')
      const document = rewritten(shown.copy(), differences.filter((one) => one.name !== name))
      await assert.rejects(respect(t, document, { stand, servers: shown.servers(stand), only: mended }), ends)
    })
  }

  test('both, of what is rewritten and falsified', async (t) => {
    const spoiled = new Suite('echowin', file)
    falsify(spoiled.document, mended)
    const stands = [await standIn(t, 'echowin'), await standIn(t, 'echowin')]
    const theirs = await respect(t, rewritten(spoiled.copy()), { stand: stands[0], servers: spoiled.servers(stands[0]), only: mended })
    sameVerdicts(await understudy(t, spoiled.copy(), { stand: stands[1], only: mended }), theirs)
    for (const [workflow, { passed }] of theirs) assert.equal(passed, false, workflow)
  })
})
