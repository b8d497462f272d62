package resource

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/inference"
)

// A locator writes the path under which an operation of the document reads an item: what Location names after a creation
// (RFC 9110, 10.2.2).
type locator struct {
	below  bool     // the item's path is that of its collection with the id behind it
	texts  []string // around the values; one more than there are
	values []int    // parts of the id from 0; values of the scope from -1 downwards
}

// newLocator chooses the GET operation that reads items: of several the one with the shortest path. It is nil where there is none,
// or where its path asks for what nobody knows.
func newLocator(c *inference.Collection) *locator {
	if c.Singleton {
		return nil
	}
	var best *locator
	var chosen *contracts.Operation
	for _, b := range c.Bindings {
		o := b.Operation
		if b.Role != inference.Read || o.Method != http.MethodGet || chosen != nil && len(o.Path) >= len(chosen.Path) {
			continue
		}
		if l := locatorOf(c, b); l != nil {
			best, chosen = l, o
		}
	}
	return best
}

func locatorOf(c *inference.Collection, b *inference.Binding) *locator {
	for _, p := range b.Operation.Parameters {
		if p.In == "path" && p.Style != "simple" {
			return nil
		}
	}
	l := &locator{}
	text := ""
	for _, s := range b.Operation.Segments {
		text += "/" + s.Literal
		for i, name := range s.Names {
			value := slices.Index(b.ItemParams, name)
			if value < 0 {
				at := slices.Index(b.ScopeParams, name)
				if at < 0 {
					return nil
				}
				value = -1 - at
			}
			if i < len(s.Parts) {
				text += s.Parts[i]
			}
			l.texts, l.values, text = append(l.texts, text), append(l.values, value), ""
		}
		if len(s.Parts) > len(s.Names) {
			text += s.Parts[len(s.Names)]
		}
	}
	l.texts = append(l.texts, text)
	for i, text := range l.texts {
		l.texts[i] = (&url.URL{Path: text}).EscapedPath()
	}
	for i := range c.ID.Params {
		if !slices.Contains(l.values, i) {
			return nil // the query names it
		}
	}
	rest, ok := strings.CutPrefix(b.Operation.Path, strings.TrimSuffix(c.Path, "/")+"/")
	l.below = ok && len(c.ID.Params) == 1 && rest == "{"+b.ItemParams[0]+"}"
	return l
}

// location is the path of a new item where an operation reads it; "" where none does.
func (a *act) location(rec *record) string {
	l := a.st.locator
	if l == nil || a.q.URL == "" || a.b.Operation.Path != a.c.Path {
		return ""
	}
	if l.below {
		return strings.TrimSuffix(a.q.URL, "/") + "/" + pathEscape(rec.id)
	}
	return a.basePath() + l.path(strings.Split(rec.id, idSeparator), rec.scope)
}

func (l *locator) path(ids, scope []string) string {
	var b strings.Builder
	for i, value := range l.values {
		b.WriteString(l.texts[i])
		switch {
		case value >= 0 && value < len(ids):
			b.WriteString(pathEscape(ids[value]))
		case value < 0 && -1-value < len(scope):
			b.WriteString(pathEscape(scope[-1-value]))
		}
	}
	b.WriteString(l.texts[len(l.texts)-1])
	return b.String()
}

// basePath is what stands before the operation's own path in the request's: of the server, or of a sandbox.
func (a *act) basePath() string {
	end := len(a.q.URL)
	for range strings.Count(a.b.Operation.Path, "/") {
		if end = strings.LastIndexByte(a.q.URL[:end], '/'); end < 0 {
			return ""
		}
	}
	return a.q.URL[:end]
}
