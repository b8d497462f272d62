// On paper there is no list to scroll: what failed and what is known stands there in full.

const printedMost = 200

function printedReport() {
  const list = tests.filter((t) => bad(t) || t.outcome === 'known').sort((a, b) => order[a.outcome] - order[b.outcome])
  const views = list.slice(0, printedMost).map((t) => testView(t))
  for (const view of views) for (const details of view.querySelectorAll('details.unfolds[open], details.step')) details.open = true
  return [cardView(), runView(), el('h2', {}, 'What failed, and what is known'), views.length ? views : el('p', {}, 'Nothing.'),
    list.length > printedMost ? el('p', {}, `And ${list.length - printedMost} more.`) : null, rulesOnly ? null : coverageView()]
}

// Paper is white, whatever the screen is.
let screenTheme
addEventListener('beforeprint', () => {
  screenTheme = byId('theme').dataset.theme
  setTheme('light')
  byId('printed').replaceChildren(...[printedReport()].flat(Infinity).filter(Boolean))
})
addEventListener('afterprint', () => {
  setTheme(screenTheme)
  byId('printed').replaceChildren()
})
