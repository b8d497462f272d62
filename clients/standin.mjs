// Starts a stand-in for a test and ends it with the test. Both projects use it.
import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The program under test: what `make build` made, unless the environment names another one. */
export const binary = process.env.UNDERSTUDY_BINARY || fileURLToPath(new URL('../bin/understudy', import.meta.url))

/** Gives the path of a document beside this file. */
export const testdata = (name) => fileURLToPath(new URL(`testdata/${name}`, import.meta.url))

/** How long a stand-in may take until it answers, in milliseconds. It needs a hundredth of it. */
const patience = 20_000

/**
 * Serves a contract on free ports until the test has ended. What the ready file says is what the test knows: the
 * addresses and the credentials.
 */
export async function standIn(t, contract, ...flags) {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-clients-'))
  const readyFile = join(folder, 'ready.json')
  const made = written(folder, 'ready.json')
  const child = spawn(
    binary,
    ['serve', contract, '--listen', '127.0.0.1:0', '--ready-file', readyFile, '--quiet', '--self-check', '--reasons', ...flags],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text))
  const ended = new Promise((resolve) => child.once('error', resolve).once('exit', resolve))
  t.after(async () => {
    child.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
    if (/level=ERROR|self-check/.test(log)) throw new Error(`${contract} found something wrong with itself:\n${log}`)
  })
  const failed = ended.then((how) => {
    throw new Error(`${binary} serve ${contract} ended before it was ready (${how}):\n${log}`)
  })
  await Promise.race([made, failed]).finally(() => made.stop())
  failed.catch(() => {}) // it ends after the test, too
  return new StandIn(JSON.parse(await readFile(readyFile, 'utf8')))
}

/** Waits until a file of a name is in a folder. */
function written(folder, name) {
  let watcher, timer
  const found = new Promise((resolve, reject) => {
    watcher = watch(folder, (_, file) => file === name && resolve())
    timer = setTimeout(() => reject(new Error(`the stand-in was not ready within ${patience} ms`)), patience)
  })
  found.catch(() => {})
  found.stop = () => {
    watcher.close()
    clearTimeout(timer)
  }
  return found
}

/** A stand-in that is being served. */
class StandIn {
  constructor(ready) {
    const [contract] = ready.contracts
    this.name = contract.name
    this.base = contract.base_url
    this.origin = new URL(contract.base_url).origin
    this.credentials = contract.credentials
    this.management = ready.control
  }

  /** Gives the credential whose environment line ends so: "CLIENT_ID" for FERRY_CLIENT_ID. */
  credential(ending) {
    const name = `${this.name.toUpperCase()}_${ending}`
    if (!this.credentials[name]) throw new Error(`the ready file holds no ${name}, only ${Object.keys(this.credentials)}`)
    return this.credentials[name]
  }

  /** Asks the management API about this contract; body is sent as JSON. It gives the answer's JSON. */
  async control(method, path, body) {
    const response = await fetch(`${this.management.url}/contracts/${this.name}/${path}`, {
      method,
      headers: {
        ...(this.management.token && { Authorization: `Bearer ${this.management.token}` }),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} of the management API: ${response.status} ${text}`)
    return text && JSON.parse(text)
  }
}
