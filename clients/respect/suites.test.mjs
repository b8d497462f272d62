// The same suites, the same stand-ins, two runners that share no code: every workflow, step and criterion gets the same verdict.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { standIn } from '../standin.mjs'
import { rewritten } from './differences.mjs'
import { falsify } from './falsified.mjs'
import { respect, understudy } from './runners.mjs'
import { suite } from './suites.mjs'
import { allPass, sameVerdicts } from './verdicts.mjs'

/** Which suites are compared. Of those that need extensions, the workflows that need none. */
const compared = {
  echowin: { contacts: 'whole', key: 'whole' },
  ecoevents: { events: 'whole', refusals: 'whole', keys: 'partly' },
  ecosire: { contacts: 'whole', scopes: 'whole', login: 'whole' },
  eckospace: { marketplace: 'whole', posts: 'partly' },
}

for (const [contract, names] of Object.entries(compared)) {
  describe(contract, () => {
    for (const [name, extent] of Object.entries(names)) {
      test(name, async (t) => {
        const one = suite(contract, name)
        const { plain, extended, workflows } = one
        t.diagnostic(`${plain.length} of ${workflows.length} workflows need no extension${extended.length ? `; the others: ${extended.join('; ')}` : ''}`)
        assert.ok(plain.length > 0)
        if (extent === 'whole') assert.deepEqual(plain, workflows)
        const [ours, theirs] = await both(t, one, plain)
        allPass(ours, plain)
        sameVerdicts(ours, theirs)
      })
    }

    const [first] = Object.keys(names)
    test(`${first}, falsified`, async (t) => {
      const spoiled = suite(contract, first)
      const only = spoiled.plain
      const wanted = falsify(spoiled.document, only)
      assert.equal(wanted.size, only.length)
      const [ours, theirs] = await both(t, spoiled, only)
      sameVerdicts(ours, theirs)
      for (const [workflow, { step, index }] of wanted) {
        const { passed, steps } = theirs.get(workflow)
        assert.equal(passed, false, workflow)
        const last = steps.at(-1)
        assert.equal(last.id, step, workflow)
        assert.deepEqual(last.criteria.flatMap((held, i) => (held ? [] : i)), [index], `${workflow}, ${step}`)
      }
    })
  })
}

/** Runs workflows of a suite by both, each against a stand-in of its own. */
async function both(t, one, only) {
  const stands = [await standIn(t, one.contract), await standIn(t, one.contract)]
  return [
    await understudy(t, one.copy(), { stand: stands[0], only }),
    await respect(t, rewritten(one.copy()), { stand: stands[1], servers: one.servers(stands[1]), only }),
  ]
}
