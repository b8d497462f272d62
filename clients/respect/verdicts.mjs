// Compares what two runners said of the same workflows.
import assert from 'node:assert/strict'

/** Fails unless every one of the workflows was run and passed; why one did not is part of the failure. */
export function allPass(run, workflows) {
  assert.deepEqual([...run.keys()], workflows)
  for (const [workflow, { passed, steps }] of run) {
    assert.ok(passed, `${workflow} failed: ${steps.filter((step) => !step.passed).map((step) => `${step.id}: ${step.failed.join('; ')}`)}`)
    assert.ok(steps.length > 0, `${workflow} has run no step`)
  }
}

/** Fails unless both carried out the same steps of the same workflows, with the same verdict on each and on each criterion. */
export function sameVerdicts(ours, theirs) {
  try {
    assert.deepEqual(bare(theirs), bare(ours))
  } catch (cause) {
    const reasons = (run) => [...run].flatMap(([workflow, { steps }]) => steps.filter((step) => !step.passed).map((step) => `  ${workflow}, ${step.id}: ${step.failed.join('\n    ')}`))
    throw new Error(['Respect (actual) and Understudy (expected) differ.', 'What failed by Respect:', ...reasons(theirs), 'What failed by Understudy:', ...reasons(ours)].join('\n'), { cause })
  }
}

/** The verdicts without their reasons. */
const bare = (run) => Object.fromEntries([...run].map(([workflow, { passed, steps }]) => [workflow, { passed, steps: steps.map(({ id, passed: held, criteria }) => ({ id, passed: held, criteria })) }]))
