// Spoils suites: runners that agree on what passes may do so because nothing can fail.
import { kind } from './differences.mjs'

/** What makes a criterion of a kind fail wherever it held, whoever reads it. */
const spoil = {
  simple: (condition) => condition.replace(/ == /, ' != '),
  regex: () => '^nothing says this$',
  jsonpath: (condition) => `${condition}['nothing has this name']`,
}

/**
 * Spoils one criterion in each of the workflows, of another kind from workflow to workflow, in the last step that has one that
 * can be spoiled. It changes the document, and gives by workflow which criterion of which step has to fail.
 */
export function falsify(document, only) {
  const kinds = Object.keys(spoil)
  const spoiled = new Map()
  document.workflows
    .filter((workflow) => only.includes(workflow.workflowId))
    .forEach((workflow, i) => {
      for (const wanted of [...kinds.slice(i % kinds.length), ...kinds]) {
        const place = lastOf(workflow, wanted)
        if (!place) continue
        const { step, index } = place
        const old = step.successCriteria[index]
        step.successCriteria = step.successCriteria.with(index, { ...old, condition: spoil[wanted](old.condition) })
        spoiled.set(workflow.workflowId, { step: step.stepId, index, kind: wanted })
        return
      }
    })
  return spoiled
}

function lastOf(workflow, wanted) {
  for (const step of workflow.steps.toReversed()) {
    const index = (step.successCriteria ?? []).findLastIndex((c) => kind(c) === wanted && spoil[wanted](c.condition) !== c.condition)
    if (index >= 0) return { step, index }
  }
}
