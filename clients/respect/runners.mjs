// Runs a suite by Respect and by Understudy, and gives the verdicts of both in one form.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { binary } from '../standin.mjs'
import { inputs, joiner } from './differences.mjs'

const cli = fileURLToPath(new URL('node_modules/@redocly/cli/bin/cli.js', import.meta.url))

/** Makes a folder that is removed with the test. */
async function temporary(t) {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-respect-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/**
 * Runs workflows of a document by Respect against a stand-in. It gives what became of each workflow:
 * {passed, steps: [{id, passed, criteria: [whether each holds]}]}; or throws what Respect said when it ran none.
 */
export async function respect(t, document, { stand, servers, only }) {
  const folder = await temporary(t)
  const [file, result] = [join(folder, 'suite.arazzo.json'), join(folder, 'result.json')]
  await writeFile(file, JSON.stringify(document))
  const options = ['--server', JSON.stringify(servers), '--input', JSON.stringify(given(document, stand)), '--json-output', result, '--execution-timeout', '30000', '--no-secrets-masking']
  for (const workflow of only) options.push('--workflow', workflow)
  const said = await finish(process.execPath, [cli, 'respect', file, ...options], {
    cwd: folder,
    // Nothing of the machine's configuration, and nobody is told of the run.
    env: { PATH: process.env.PATH, HOME: folder, NO_COLOR: '1', REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_NOTIFICATIONS: 'true', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  })
  const { files } = await readResult(result, said)
  const [{ executedWorkflows }] = Object.values(files)
  return new Map(executedWorkflows.map((workflow) => [workflow.workflowId, { passed: workflow.status !== 'error', steps: workflow.executedSteps.flatMap(respectSteps) }]))
}

/** What workflows may ask for: the stand-in's credentials by their names, and a key as Authorization has it. */
function given(document, stand) {
  const offered = { ...stand.credentials, authorization: `Bearer ${stand.credentials[`${stand.name.toUpperCase()}_API_KEY`]}` }
  const asked = new Set(inputs(document).map(([name]) => name))
  return Object.fromEntries(Object.entries(offered).filter(([name]) => asked.has(name)))
}

/** Gives a step, or the steps of the workflow that was run in its place. */
function respectSteps(step) {
  if (step.executedSteps) return step.executedSteps.flatMap(respectSteps)
  const id = step.stepId.split(joiner).at(-1)
  const failed = step.checks.filter((check) => !check.passed).map((check) => `${check.condition ?? check.name}: ${check.message}`)
  return { id, passed: step.status !== 'error', criteria: step.checks.filter((check) => check.name === 'success criteria check').map((check) => Boolean(check.passed)), failed }
}

/** Runs workflows of a document by Understudy against a stand-in, and gives the same. Its source api is the built-in contract. */
export async function understudy(t, document, { stand, only }) {
  const folder = await temporary(t)
  const [file, result] = [join(folder, 'suite.arazzo.json'), join(folder, 'result.json')]
  await writeFile(file, JSON.stringify(document))
  const options = ['--target', stand.base, '--control', stand.management.url, '--source', `api=${stand.name}`, '--report', `json=${result}`, '--quiet']
  for (const [name, value] of Object.entries(given(document, stand))) options.push('--input', `${name}=${value}`)
  for (const workflow of only) options.push('--workflow', workflow)
  const said = await finish(binary, ['run', file, ...options])
  const { suites } = await readResult(result, said)
  const tests = suites.filter((suite) => suite.kind === 'workflows').flatMap((suite) => suite.tests)
  return new Map(tests.map((test) => [test.id.split('/').at(-1), { passed: good(test), steps: (test.steps ?? []).flatMap(ownSteps) }]))
}

function ownSteps(step) {
  if (step.steps?.length) return step.steps.flatMap(ownSteps)
  return { id: step.id, passed: good(step), criteria: (step.criteria ?? []).map((criterion) => criterion.passed), failed: [step.reason, ...(step.findings ?? []).map((finding) => finding.message)].filter(Boolean) }
}

const good = ({ outcome }) => outcome === 'passed' || outcome === 'known'

async function readResult(file, said) {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`it ran nothing and said:\n${said}`)
  })
  return JSON.parse(text)
}

/** Waits until a program has ended, and gives what it said. */
async function finish(program, options, settings) {
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 45_000, ...settings })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  return said
}
