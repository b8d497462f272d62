// A request as a program would send it: curl, Go, JavaScript, Python.

const shell = (text) => (/^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
const quote = (text) => JSON.stringify(text)
const python = (text) => quote(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** request: { method, url, headers: [[name, value]], body }. */
export const languages = [
  { id: 'curl', title: 'cURL', write: curl },
  { id: 'go', title: 'Go', write: go },
  { id: 'javascript', title: 'JavaScript', write: javascript },
  { id: 'python', title: 'Python', write: pythonText },
]

export function curl({ method, url, headers, body }) {
  const words = [`curl -i ${method === 'GET' && !body ? '' : `-X ${shell(method)} `}${shell(url)}`]
  for (const [name, value] of headers) words.push(`-H ${shell(`${name}: ${value}`)}`)
  if (body) words.push(`--data-raw ${shell(body)}`)
  return words.join(' \\\n  ')
}

function go({ method, url, headers, body }) {
  const raw = body && !body.includes('`') && !body.includes('\r') ? `\`${body}\`` : quote(body || '')
  return `package main

import (
\t"fmt"
\t"io"
\t"log"
\t"net/http"${body ? '\n\t"strings"' : ''}
)

func main() {
\trequest, err := http.NewRequest(${quote(method)}, ${quote(url)}, ${body ? `strings.NewReader(${raw})` : 'nil'})
\tif err != nil {
\t\tlog.Fatal(err)
\t}
${headers.map(([name, value]) => `\trequest.Header.Set(${quote(name)}, ${quote(value)})\n`).join('')}\tresponse, err := http.DefaultClient.Do(request)
\tif err != nil {
\t\tlog.Fatal(err)
\t}
\tdefer response.Body.Close()
\tbody, err := io.ReadAll(response.Body)
\tif err != nil {
\t\tlog.Fatal(err)
\t}
\tfmt.Println(response.Status)
\tfmt.Println(string(body))
}
`
}

function javascript({ method, url, headers, body }) {
  const options = []
  if (method !== 'GET') options.push(`  method: ${quote(method)},`)
  if (headers.length > 0) options.push(`  headers: {\n${headers.map(([name, value]) => `    ${quote(name)}: ${quote(value)},`).join('\n')}\n  },`)
  if (body) options.push(`  body: ${value(body, '  ')},`)
  return `const response = await fetch(${quote(url)}${options.length > 0 ? `, {\n${options.join('\n')}\n}` : ''})
console.log(response.status, await response.text())
`
}

function value(body, indent) {
  try {
    return `JSON.stringify(${JSON.stringify(JSON.parse(body), null, 2).replaceAll('\n', `\n${indent}`)})`
  } catch {
    return quote(body)
  }
}

function pythonText({ method, url, headers, body }) {
  const lines = ['import urllib.request', '', 'request = urllib.request.Request(', `    ${python(url)},`, `    method=${python(method)},`]
  if (headers.length > 0) lines.push(`    headers={\n${headers.map(([name, v]) => `        ${python(name)}: ${python(v)},`).join('\n')}\n    },`)
  if (body) lines.push(`    data=${python(body)}.encode(),`)
  return [...lines, ')', 'try:', '    with urllib.request.urlopen(request) as response:', '        print(response.status, response.read().decode())', 'except urllib.error.HTTPError as error:', '    print(error.code, error.read().decode())', ''].join('\n').replace('import urllib.request', 'import urllib.error\nimport urllib.request')
}
