// Commands that do the same as a page, ready to be run.

/** A word for a POSIX shell. */
export const quoted = (text) => (/^[\w./:@%+=,-]+$/.test(text) ? text : `'${String(text).replaceAll("'", "'\\''")}'`)

const usual = 'http://127.0.0.1:4011'

/** A command of the command line, with what it needs to mean this contract, this world and this stand-in. */
export function command({ contract, contracts, sandbox }, text) {
  const words = [`understudy control ${text}`]
  if (contracts.length > 1) words.push(`--contract ${quoted(contract.name)}`)
  if (sandbox) words.push(`--sandbox ${quoted(sandbox)}`)
  if (location.origin !== usual) words.push(`--url ${location.origin}`)
  return words.join(' ')
}
