package reports

import (
	"fmt"
	"strings"

	"understudy/scenarios"
)

// cards tell of each contract how an integration kept the rules: the score, a row for each family, and what was not exercised.
func (m *markdown) cards() {
	for _, k := range m.survey.cards() {
		m.line("\n### %s: %s\n", markdownText(k.suite.Contract), markdownText(k.sentence()))
		if text := k.details(); text != "" {
			m.line("%s.\n", markdownText(strings.ToUpper(text[:1])+text[1:]))
		}
		if k.suite.Source != "" {
			m.line("- recorded in %s", code(k.suite.Source))
		}
		if len(k.score.Drills) > 0 {
			m.line("- drills carried out: %s", markdownText(strings.Join(k.score.Drills, ", ")))
		}
		m.families(&k)
		m.idle(&k)
	}
}

// families has a row for each family of rules.
func (m *markdown) families(k *card) {
	m.line("\n| Rules | Kept | Warned | Broken | Not exercised |\n|---|---|---|---|---|")
	for _, g := range byFamily(allOf(k.suite)) {
		row := map[string][]string{}
		for _, part := range []struct {
			name  string
			tests []*scenarios.Test
		}{{"kept", k.kept}, {"warned", k.warned}, {"broken", k.broken}, {"broken", k.known}, {"idle", k.idle}} {
			for _, t := range part.tests {
				if familyOf(t.Check) == g.name {
					row[part.name] = append(row[part.name], t.Check)
				}
			}
		}
		cell := func(name string) string { return markdownText(strings.Join(row[name], " ")) }
		m.line("| %s | %s | %s | %s | %s |", markdownText(familyName(g.name)), cell("kept"), cell("warned"), cell("broken"), cell("idle"))
	}
}

func allOf(suite *scenarios.Suite) []*scenarios.Test {
	var list []*scenarios.Test
	for i := range suite.Tests {
		list = append(list, &suite.Tests[i])
	}
	return list
}

// idle unfolds what was not put to the test, with what would do it.
func (m *markdown) idle(k *card) {
	if len(k.idle) == 0 {
		return
	}
	m.line("\n<details><summary>%s</summary>\n", markdownText(fmt.Sprintf("%d not exercised", len(k.idle))))
	m.line("| Rule | | Needs | Drill |\n|---|---|---|---|")
	for _, g := range byDrill(k.idle) {
		for _, t := range g.tests {
			m.line("| %s | %s | %s | %s |", markdownText(t.Check), markdownText(cut(t.Name, 200)), markdownText(cut(needs(t), 300)), code(g.name))
		}
	}
	m.line("\n</details>")
}
