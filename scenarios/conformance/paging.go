package conformance

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// mostPages bounds a walk through a list.
const mostPages = 25

// A walk is one way through the pages of a list.
type walk struct {
	pages [][]string // ids
	total int        // as the answers say; -1: they do not
	whole bool       // the last page was reached
	last  *answer
	same  map[string]int // how many items that cannot be told apart were seen, by what they show
}

func (w *walk) ids() []string { return slices.Concat(w.pages...) }

// everything lists the ids of all items of a collection; false where it cannot be walked to its end.
func (t *trial) everything(c *inference.Collection) ([]string, bool) {
	b := t.bindingFor(c, inference.List)
	if b == nil {
		return nil, false
	}
	w := t.walk(b, 0)
	return w.ids(), w.whole
}

// walk goes through the pages of a list; size is the wish for a page's size, 0: as large as may be.
func (t *trial) walk(b *inference.Binding, size int) *walk {
	w := &walk{total: -1}
	one, ok := t.plain(b.Operation)
	if !ok {
		return w
	}
	items, why := t.place(&one, anyItem)
	if why != "" {
		return w
	}
	p := b.Page
	paged := p != nil && p.Style != inference.NoPages
	if paged && p.Limit != "" {
		t.wishSize(&one, p, size)
	}
	next := one
	for len(w.pages) < mostPages {
		a := t.send(call{Case: next, actor: t.caller(b.Operation), items: items, quiet: true, intent: check.Valid, purpose: "a page", unspoken: true})
		if !a.ok() {
			return w
		}
		w.last = a
		var ids []string
		for _, v := range itemsIn(b, a.content()) {
			id := identify(b.Collection, v)
			if id == nil {
				return w
			}
			if slices.Contains(b.ScopeParams, "") {
				id = w.named(b.Collection, v, id)
			}
			ids = append(ids, strings.Join(id, "/"))
		}
		w.pages = append(w.pages, ids)
		if !paged {
			w.whole = true
			return w
		}
		w.total = numberAt(a.content(), p.Total)
		more, end, known := t.following(&next, b, a, ids, len(w.ids()), w)
		if !known {
			return w
		}
		if end {
			w.whole = true
			return w
		}
		next = more
	}
	return w
}

// named tells an item apart in a list of all parents', where ids are those of one parent: by what it shows of its parents, else by
// all that it shows. Of items that show the same the second is not the first: whether it is cannot be told.
func (w *walk) named(c *inference.Collection, shown any, ids []string) []string {
	name := slices.Clone(ids)
	for _, s := range c.Scope {
		v, _ := member(shown, s.Property)
		text := idText(v)
		if text == "" {
			whole := string(schema.AppendJSON(nil, steady(shown), nil))
			if w.same == nil {
				w.same = map[string]int{}
			}
			w.same[whole]++
			return []string{fmt.Sprintf("%s #%d", whole, w.same[whole])}
		}
		name = append(name, text)
	}
	return name
}

// wishSize sets the page's size as near to the wish as the parameter allows.
func (t *trial) wishSize(c *cases.Case, p *inference.Paging, size int) {
	for _, q := range c.Operation.Parameters {
		if q.In != "query" || q.Name != p.Limit {
			continue
		}
		wishes := []int{size, size + 1, size + 2, 5, 10}
		if size == 0 {
			wishes = []int{p.Max, 100, 50, 25, 20, 10, 8, 5}
		}
		for _, n := range wishes {
			v := json.Number(strconv.Itoa(n))
			if n > 0 && (p.Max == 0 || n <= p.Max) && (q.Schema == nil || q.Schema.Valid(v, schema.Request)) {
				c.Arguments.Set("query", p.Limit, v)
				return
			}
		}
	}
}

// following is the request for the page behind an answer. end says that there is none, known that it can be told.
func (t *trial) following(now *cases.Case, b *inference.Binding, a *answer, ids []string, sofar int, w *walk) (next cases.Case, end, known bool) {
	p := b.Page
	next = now.Clone()
	set := func(name string, v any) bool { return name != "" && next.Arguments.Set("query", name, v) }
	if len(ids) == 0 || w.total >= 0 && sofar >= w.total {
		return next, true, true
	}
	if more, ok := schema.At(a.content(), p.More); ok && p.More != "" && more == false {
		return next, true, true
	}
	if p.Next != "" || p.Link {
		text, there := t.nextOf(p, a)
		if !there {
			return next, true, true
		}
		if p.URLs || p.Link && p.Next == "" {
			return t.fromURL(next, text)
		}
		if p.Cursor != "" {
			return next, false, set(p.Cursor, text)
		}
	}
	switch p.Style {
	case inference.PageNumber:
		at := p.First
		if v, ok := next.Arguments.Get("query", p.Page); ok {
			at, _ = strconv.Atoi(idText(v))
		}
		if p.Page == "" || t.short(now, p, ids) {
			return next, true, p.Page != ""
		}
		return next, false, set(p.Page, json.Number(strconv.Itoa(at+1)))
	case inference.PageOffset:
		if p.Offset == "" || t.short(now, p, ids) {
			return next, true, p.Offset != ""
		}
		return next, false, set(p.Offset, json.Number(strconv.Itoa(sofar)))
	case inference.PageCursor:
		if p.ByItem {
			return next, false, set(p.Cursor, ids[len(ids)-1])
		}
	}
	return next, false, false
}

// short says that a page has fewer items than were asked for, so that there is none behind it.
func (t *trial) short(c *cases.Case, p *inference.Paging, ids []string) bool {
	v, ok := c.Arguments.Get("query", p.Limit)
	if !ok {
		return false
	}
	n, err := strconv.Atoi(idText(v))
	return err == nil && len(ids) < n
}

// nextOf reads what an answer says of the next page: in its body, or in the header Link (RFC 8288).
func (t *trial) nextOf(p *inference.Paging, a *answer) (string, bool) {
	if p.Next != "" {
		v, _ := schema.At(a.content(), p.Next)
		text := idText(v)
		return text, text != ""
	}
	for link := range strings.SplitSeq(a.header("Link"), ",") {
		target, parameters, ok := strings.Cut(link, ";")
		if ok && (strings.Contains(parameters, `rel="next"`) || strings.Contains(parameters, "rel=next")) {
			return strings.Trim(strings.TrimSpace(target), "<>"), true
		}
	}
	return "", false
}

// fromURL takes the query parameters of an address.
func (t *trial) fromURL(next cases.Case, address string) (cases.Case, bool, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return next, false, false
	}
	set := false
	for name, values := range u.Query() {
		set = next.Arguments.Set("query", name, values[0]) || set
	}
	return next, false, set
}

func numberAt(v any, pointer string) int {
	if pointer == "" {
		return -1
	}
	at, _ := schema.At(v, pointer)
	n, ok := at.(json.Number)
	if !ok {
		return -1
	}
	whole, err := strconv.Atoi(n.String())
	if err != nil || whole < 0 {
		return -1
	}
	return whole
}

// allPages is RES-007. What is wrong has to be so twice, since others may change the list meanwhile.
func (t *trial) allPages() {
	o := t.operation()
	if !t.ready() {
		return
	}
	b := t.model.Binding(o)
	t.fill(b.Collection, 5)
	t.mark()
	one := t.walk(b, 3)
	if len(one.pages) < 2 || !one.whole || len(one.pages[0]) == 0 {
		t.skip("there are not enough items for several pages, or the pages cannot be walked to their end")
		return
	}
	two := t.walk(b, 3)
	t.judged++
	f := check.Finding{Where: "response body " + b.Item + "/*", Exchange: two.last.Number}
	a, z := faultOf(one), faultOf(two)
	switch {
	case a.keyword != "" && a.keyword == z.keyword:
		f.Keyword, f.Want, f.Got = a.keyword, a.want, a.got
		f.Message = fmt.Sprintf("The pages of %s together %s.", label(o), a.message)
	case a.keyword == "" && z.keyword == "" && !slices.Equal(one.ids(), two.ids()):
		if three := t.walk(b, 3); slices.Equal(three.ids(), two.ids()) || !sameSet(three.ids(), two.ids()) {
			return // somebody changed the list
		}
		f.Keyword, f.Want, f.Got = "order", "the same order each time", "another order"
		f.Message = fmt.Sprintf("The pages of %s come in another order each time.", label(o))
	default:
		return
	}
	t.find(f)
}

type pageFault struct{ keyword, message, want, got string }

// faultOf tells what is wrong with the pages of one walk.
func faultOf(w *walk) pageFault {
	ids := w.ids()
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			return pageFault{"twice", "show the item " + cut(id, 120) + " twice", "each item once", "twice " + cut(id, 120)}
		}
		seen[id] = true
	}
	if w.total >= 0 && len(ids) != w.total {
		return pageFault{"total", fmt.Sprintf("hold %d items, and they say that there are %d", len(ids), w.total), strconv.Itoa(w.total) + " items", strconv.Itoa(len(ids))}
	}
	return pageFault{}
}

func sameSet(a, b []string) bool { return len(without(a, b)) == 0 && len(without(b, a)) == 0 }

// fill sees to it that a collection has a few items, where they can be made.
func (t *trial) fill(c *inference.Collection, n int) {
	t.look(c)
	for have := len(t.stock(c).listed); have < n; have++ {
		if made, _ := t.make(c); made == nil {
			return
		}
	}
}
