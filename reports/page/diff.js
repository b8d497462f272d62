// The difference between what was wanted and what came: by words, and by lines where the texts are long.

const wordsOf = (text) => text.match(/\s+|[\p{L}\p{N}_.+-]+|[^\s\p{L}\p{N}]/gu) || []

// common marks which parts of two lists belong to their longest common subsequence. Lists of more than some hundred parts are
// only compared at their ends: the table would grow with the product.
function common(a, b) {
  const inA = new Array(a.length).fill(false)
  const inB = new Array(b.length).fill(false)
  let from = 0
  while (from < a.length && from < b.length && a[from] === b[from]) inA[from] = inB[from++] = true
  let endA = a.length
  let endB = b.length
  while (endA > from && endB > from && a[endA - 1] === b[endB - 1]) inA[--endA] = inB[--endB] = true
  const n = endA - from
  const m = endB - from
  if (n * m > 250000) return [inA, inB]
  const table = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1))
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      table[i][j] = a[from + i] === b[from + j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1])
    }
  }
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (a[from + i] === b[from + j]) inA[from + i++] = inB[from + j++] = true
    else if (table[i + 1][j] >= table[i][j + 1]) i++
    else j++
  }
  return [inA, inB]
}

// marked joins parts, those that the other side does not have within a mark.
function marked(parts, kept, tag) {
  const nodes = []
  for (let i = 0; i < parts.length; ) {
    let end = i
    while (end < parts.length && kept[end] === kept[i]) end++
    const text = parts.slice(i, end).join('')
    nodes.push(kept[i] || !text.trim() ? text : el(tag, {}, text))
    i = end
  }
  return nodes
}

// wantedAndGot sets both side by side. Where they have nothing in common, marks would only be noise.
function wantedAndGot(want, got) {
  if (!want && !got) return null
  const long = (want || '').length + (got || '').length > 4000
  const split = long ? (text) => text.split(/(?<=\n)/) : wordsOf
  const a = split(want || '')
  const b = split(got || '')
  let [inA, inB] = want && got ? common(a, b) : [a.map(() => true), b.map(() => true)]
  if (!inA.some((kept, i) => kept && /[\p{L}\p{N}]/u.test(a[i]))) [inA, inB] = [a.map(() => true), b.map(() => true)]
  const side = (name, nodes) => el('div', { class: `side ${name.toLowerCase()}` }, el('p', { class: 'side-name' }, name), el('pre', {}, nodes.length ? nodes : '(nothing)'))
  return el('div', { class: 'compare' }, side('Wanted', marked(a, inA, 'del')), side('Got', marked(b, inB, 'ins')))
}
