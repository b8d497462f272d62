// The suites of scenarios/workflows, and which of their workflows another runner can carry out.
import { readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const folder = fileURLToPath(new URL('../../scenarios/workflows/', import.meta.url))

/** Gives the suite of a contract by its name. */
export const suite = (contract, name) => new Suite(contract, join(folder, contract, `${name}.arazzo.yaml`))

/** Words of x-understudy that another runner would have to carry out; the others it may pass over. */
const commands = ['clock', 'data', 'event', 'wait']

/** Findings that Respect makes, too, but cannot be told to expect: an undocumented status, media type or body. */
const undocumented = ['STS-001', 'CTY-002', 'SCH-001']

/** A file of workflows. */
export class Suite {
  constructor(contract, file) {
    this.contract = contract
    this.file = file
    this.document = parse(readFileSync(file, 'utf8'))
  }

  get workflows() {
    return this.document.workflows.map((workflow) => workflow.workflowId)
  }

  /** The workflows that need no extension, by id. */
  get plain() {
    return this.document.workflows.filter((workflow) => needs(this.document, workflow).length === 0).map((workflow) => workflow.workflowId)
  }

  /** What each of the other workflows needs: "refresh: clock". */
  get extended() {
    return this.document.workflows.flatMap((workflow) => {
      const words = needs(this.document, workflow)
      return words.length ? `${workflow.workflowId}: ${words.join(', ')}` : []
    })
  }

  /**
   * Gives the base URL of every source: the stand-in's own, its management API, and for a document beside the workflows
   * what its servers say, at the stand-in.
   */
  servers(stand) {
    return Object.fromEntries(
      this.document.sourceDescriptions.map(({ name, url }) => {
        const contract = basename(dirname(url))
        if (contract === stand.name) return [name, stand.base]
        if (contract === 'control') return [name, stand.management.url]
        const { servers } = parse(readFileSync(this.#locate(url), 'utf8'))
        return [name, stand.origin + new URL(servers[0].url).pathname.replace(/\/$/, '')]
      }),
    )
  }

  /** Gives a copy of the document whose sources are by absolute path, so that it can stand anywhere. */
  copy() {
    const document = JSON.parse(JSON.stringify(this.document)) // what the file says once and uses twice is two things in it
    for (const source of document.sourceDescriptions) source.url = this.#locate(source.url)
    return document
  }

  #locate(url) {
    return resolve(dirname(this.file), url)
  }
}

function needs(document, workflow) {
  const found = new Set()
  for (const object of [document, workflow, ...workflow.steps]) {
    const extension = object['x-understudy'] ?? {}
    for (const word of commands) if (word in extension) found.add(word)
    if (extension.skip && !extension.skip.unless) found.add('skip') // the other ones need what every target here has
    for (const expected of [extension.expect ?? []].flat()) if (undocumented.includes(expected.check ?? expected)) found.add(`expect ${expected.check ?? expected}`)
    // Without an actor a request carries what the workflow says, which is all that another runner sends anyway.
    if ((extension.actor ?? 'none') !== 'none') found.add('actor')
  }
  return [...found]
}
