// Where in a JSON text a value stands, and where a text stops being JSON: a browser's own message names no place that all agree on.

/** What is wrong with a text, and where: at is an offset. */
export class SyntaxTrouble extends Error {
  constructor(at, want) {
    super(want)
    this.at = at
  }
}

const deepest = 500

/** Gives for each JSON Pointer (RFC 6901) the offset at which its value begins. It throws a SyntaxTrouble. */
export function places(text) {
  const found = new Map()
  let i = 0
  const fail = (want, at = i) => {
    throw new SyntaxTrouble(at, want)
  }
  const space = () => {
    while (i < text.length && ' \t\r\n'.includes(text[i])) i++
  }
  const string = () => {
    const from = i++
    while (i < text.length && text[i] !== '"') {
      if (text[i] < ' ') fail('a string ends on the line on which it begins; write \\n for a line break')
      i += text[i] === '\\' ? 2 : 1
    }
    if (i >= text.length) fail('the string that begins here has no end', from)
    i++
    try {
      return JSON.parse(text.slice(from, i))
    } catch {
      return fail('there is a bad escape in this string', from)
    }
  }
  const sequence = (close, one) => {
    i++
    space()
    if (text[i] === close) return i++
    for (let n = 0; ; n++) {
      space()
      one(n)
      space()
      if (text[i] === close) return i++
      if (text[i] !== ',') fail(`expected , or ${close}`)
      i++
      space()
      if (text[i] === close) fail(`there is a comma too many in front of ${close}`)
    }
  }
  const value = (pointer, depth) => {
    if (depth > deepest) fail('this is nested too deeply')
    space()
    found.set(pointer, i)
    if (text[i] === '{') {
      sequence('}', () => {
        if (text[i] !== '"') fail('expected the name of a member, in double quotes')
        const name = string()
        space()
        if (text[i] !== ':') fail('expected : behind the name')
        i++
        value(`${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1)
      })
    } else if (text[i] === '[') sequence(']', (n) => value(`${pointer}/${n}`, depth + 1))
    else if (text[i] === '"') string()
    else {
      const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(text.slice(i, i + 400))
      if (!word) fail(i >= text.length ? 'the text ends where a value is expected' : 'expected a value: text in double quotes, a number, true, false, null, { or [')
      i += word[0].length
    }
  }
  value('', 0)
  space()
  if (i < text.length) fail('nothing may follow behind the value')
  return found
}

/** The line and column of an offset, from 1. */
export function lineOf(text, at) {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { line, column: at - before.lastIndexOf('\n') }
}
