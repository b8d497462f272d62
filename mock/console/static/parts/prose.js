// What contracts say in CommonMark: paragraphs, lists, headings, code, emphasis and links. HTML in it stays the text that it is.
import { h, code } from '../ui.js'

const most = 20000 // characters of one text

// One of: escaped character, code, strong, emphasis, link. All are bounded, so that no text takes long.
const inline = /\\([!-/:-@[-`{-~])|(`{1,3})([^`]{1,2000})\2|(\*\*|__)(?=\S)([^*_`]{1,500})(?<=\S)\4|(?<![\w*])([*_])(?=\S)([^*_`]{1,500})(?<=\S)\6(?!\w)|\[([^\][]{1,300})\]\((https?:\/\/[^\s()<>"]{1,500})\)/g

/** What stands within a line of CommonMark: strings and elements. */
export function words(text) {
  const parts = []
  let from = 0
  for (const m of text.matchAll(inline)) {
    parts.push(text.slice(from, m.index))
    from = m.index + m[0].length
    const [, escaped, , span, , strong, , soft, label, address] = m
    if (escaped) parts.push(escaped)
    else if (span) parts.push(h('code', {}, span.trim() || span))
    else if (strong) parts.push(h('strong', {}, strong))
    else if (soft) parts.push(h('em', {}, soft))
    else parts.push(h('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, label))
  }
  parts.push(text.slice(from))
  return parts
}

const item = /^ {0,3}(?:[-*+]|(\d{1,9})[.)]) +(.*)$/

/** Elements of a text in CommonMark. */
export function prose(text) {
  const blocks = []
  let paragraph = [], list = null, fence = null
  const end = () => {
    if (paragraph.length > 0) blocks.push(h('p', {}, words(paragraph.join(' '))))
    paragraph = []
    list = null
  }
  for (const line of text.trim().slice(0, most).split(/\r?\n/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence) {
      if (mark?.startsWith(fence.mark)) {
        blocks.push(code(fence.lines.join('\n'), { wrap: true }))
        fence = null
      } else fence.lines.push(line)
      continue
    }
    const point = item.exec(line), heading = /^ {0,3}#{1,6} +(.*?)[ #]*$/.exec(line)
    if (mark) {
      end()
      fence = { mark, lines: [] }
    } else if (line.trim() === '') end()
    else if (heading) {
      end()
      blocks.push(h('p', {}, h('strong', {}, words(heading[1]))))
    } else if (point && (paragraph.length === 0 || list)) {
      if (!list) {
        list = h(point[1] ? 'ol' : 'ul', point[1] && point[1] !== '1' ? { start: point[1] } : {})
        blocks.push(list)
      }
      list.append(h('li', {}, words(point[2])))
    } else if (list?.lastChild) list.lastChild.append(' ', ...words(line.trim()))
    else if (/^ {0,3}\|/.test(line)) {
      end()
      blocks.push(h('p', { class: 'mono small' }, line)) // a table's row; tables are no part of CommonMark
    } else paragraph.push(line.trim())
  }
  if (fence) blocks.push(code(fence.lines.join('\n'), { wrap: true }))
  end()
  if (text.trim().length > most) blocks.push(h('p', { class: 'muted' }, `${text.trim().length - most} more characters are not shown.`))
  return h('div', { class: 'prose' }, blocks)
}
