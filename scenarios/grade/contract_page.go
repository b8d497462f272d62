package grade

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// A pageCall is a call for one page of a list, and what its answer says of the others.
type pageCall struct {
	call  *Call
	first bool   // no place in the list was asked for
	at    int    // the page's number, or the offset; by cursor nothing
	place string // the cursor
	few   bool   // a page smaller than usual was asked for
	good  bool   // it was answered with a page
	more  truth  // whether the answer says that there is another page
	last  int    // the last page's number, as the answer tells it; 0: it does not
}

// A truth is what an answer says of something: nothing, yes or no.
type truth int

const (
	unsaid truth = iota
	yes
	no
)

// A list is the calls for one list, with one set of filters, by one caller.
type list struct {
	paging *inference.Paging
	calls  []*pageCall
}

// lists gathers the calls for pages.
func lists(rec *Recording) []*list {
	if rec.Model == nil {
		return nil
	}
	found := map[string]*list{}
	var order []*list
	for _, c := range rec.Calls {
		if c.Operation == nil || c.Method != "GET" {
			continue
		}
		b := rec.Model.Binding(c.Operation)
		if b == nil || b.Page == nil || b.Page.Style == inference.NoPages {
			continue
		}
		key := listKey(c, b.Page)
		l := found[key]
		if l == nil {
			l = &list{paging: b.Page}
			found[key] = l
			order = append(order, l)
		}
		l.calls = append(l.calls, readPage(c, b))
	}
	return order
}

// listKey is what two calls for pages of one list have in common: all but the place and size of the page.
func listKey(c *Call, p *inference.Paging) string {
	var rest []string
	for _, q := range query(c) {
		switch q.name {
		case p.Page, p.Offset, p.Cursor, p.Before, p.Limit:
		default:
			rest = append(rest, q.name+"="+q.value)
		}
	}
	slices.Sort(rest)
	return strings.Join([]string{c.Operation.ID, pathOf(c), owner(c), strings.Join(rest, "&")}, "\n")
}

func readPage(c *Call, b *inference.Binding) *pageCall {
	p := b.Page
	x := &pageCall{call: c, first: true}
	number := func(name string, start int) {
		if text, ok := queryValue(c, name); ok && name != "" {
			if n, err := strconv.Atoi(text); err == nil {
				x.at, x.first = n, n <= start
			}
		}
	}
	switch p.Style {
	case inference.PageNumber:
		x.at = p.First
		number(p.Page, p.First)
	case inference.PageOffset:
		number(p.Offset, 0)
	case inference.PageCursor:
		for _, name := range []string{p.Cursor, p.Before} {
			if text, ok := queryValue(c, name); ok && name != "" && text != "" {
				x.place, x.first = text, false
			}
		}
	}
	size := p.Size
	if text, ok := queryValue(c, p.Limit); ok && p.Limit != "" {
		if n, err := strconv.Atoi(text); err == nil {
			x.few = n < p.Size
			size = n
			if p.Max > 0 && size > p.Max {
				size = p.Max
			}
		}
	}
	if c.Status/100 != 2 || cutOff(c) {
		return x
	}
	value, err := schema.ParseJSON(c.ResponseBody)
	if err != nil {
		return x
	}
	x.good = true
	x.readAnswer(c, b, value, size)
	return x
}

// readAnswer finds out what an answer says of further pages, by the most telling of its members.
func (x *pageCall) readAnswer(c *Call, b *inference.Binding, value any, size int) {
	p := b.Page
	if n, ok := numberAt(value, p.Pages); ok {
		x.last = n + p.First - 1
	}
	count := 0
	if items, ok := schema.At(value, b.Item); ok {
		if l, ok := items.([]any); ok {
			count = len(l)
		}
	}
	more, hasMore := schema.At(value, p.More)
	flag, isFlag := more.(bool)
	next, hasNext := schema.At(value, p.Next)
	total, hasTotal := numberAt(value, p.Total)
	link := strings.Join(c.ResponseHeader["Link"], ", ")
	switch {
	case p.More != "" && hasMore && isFlag:
		x.more = truthOf(flag)
	case p.Next != "" && hasNext:
		x.more = truthOf(next != nil && next != "" && next != false)
	case p.Link && link != "":
		x.more = truthOf(strings.Contains(link, `rel="next"`) || strings.Contains(link, "rel=next"))
	case p.Style == inference.PageNumber && x.last > 0:
		x.more = truthOf(x.at < x.last)
	case p.Style == inference.PageNumber && hasTotal && size > 0:
		x.more = truthOf((x.at-p.First+1)*size < total)
	case p.Style == inference.PageOffset && hasTotal:
		x.more = truthOf(x.at+count < total)
	case p.Next != "" && p.Style == inference.PageCursor:
		x.more = no // the member is left out where there is no next page
	}
	if x.more == yes && count == 0 {
		x.more = unsaid // it says so of an empty page: who follows that follows for ever
	}
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func numberAt(value any, pointer string) (int, bool) {
	if pointer == "" {
		return 0, false
	}
	v, ok := schema.At(value, pointer)
	n, isNumber := v.(json.Number)
	if !ok || !isNumber {
		return 0, false
	}
	i, err := strconv.Atoi(n.String())
	return i, err == nil && i >= 0 && i < 1<<30
}

func judgePagesRead(rec *Recording, t *Trial) {
	for _, l := range lists(rec) {
		var open *pageCall
		ended, failed, few := false, false, false
		pages := 0
		for _, x := range l.calls {
			switch {
			case !x.good:
				failed = failed || !x.first
			case x.few:
				few = true
				ended = ended || x.more == no && !x.first
			case x.more == no:
				ended = true
			case x.more == yes:
				open = x
			}
			if x.good {
				pages++
			}
		}
		if open == nil || failed || few {
			continue
		}
		t.Exercised(open.call)
		if ended {
			continue
		}
		o := open.call.Operation
		t.breaks(finding{
			message: fmt.Sprintf("%s %s was read for %s, and the last answer said that there is another one. A client that wants no more looks the same.", o.Method, o.Path, countOf(pages, "page")),
			want:    "calls until no next page is named", got: countOf(pages, "page") + ", then none", where: "request query", keyword: "not to the end", sure: check.Likely, at: check.PlaceOf(o.At),
		}, open.call)
	}
}

func judgePagesGuessed(rec *Recording, t *Trial) {
	answers := newLookup()
	place := map[*Call]int{}
	for i, c := range rec.Calls {
		place[c] = i
	}
	for _, l := range lists(rec) {
		for i, x := range l.calls {
			if x.first {
				continue
			}
			t.Exercised(x.call)
			f := finding{where: "request query", at: check.PlaceOf(x.call.Operation.At)}
			name := x.call.Method + " " + x.call.Operation.Path
			switch end, known := lastKnown(l.calls[:i], x); {
			case l.paging.Style == inference.PageCursor:
				if rec.Truncated || answers.given(rec.Calls[:place[x.call]], spellings(x.place)...) {
					continue
				}
				f.keyword, f.sure, f.got, f.want = "cursor", check.Likely, "a cursor of the client's own", "a cursor from an answer"
				f.message = fmt.Sprintf("%s was called with a cursor that no answer had given. A place that was kept from an earlier run looks the same.", name)
			case known && x.at > end.at:
				f.keyword, f.got, f.want = "behind the end", "the next one", "an end at the last page"
				f.message = fmt.Sprintf("An answer of %s had said that there is no further page, and the client asked for one.", name)
				t.breaks(f, x.call, end.call)
				continue
			case rec.Truncated || slices.ContainsFunc(l.calls[:i], func(y *pageCall) bool { return y.good && y.at < x.at }):
				continue
			default:
				f.keyword, f.sure, f.level, f.got, f.want = "unannounced", check.Likely, check.Note, "a later page first", "pages in their order"
				f.message = fmt.Sprintf("%s was asked for a later page before any answer had said that there is one. A link to that page looks the same.", name)
			}
			t.breaks(f, x.call)
		}
	}
}

// lastKnown gives the latest answer before a call that said that its page is the last.
func lastKnown(earlier []*pageCall, x *pageCall) (*pageCall, bool) {
	for _, y := range slices.Backward(earlier) {
		if !y.good || !after(x.call, y.call) {
			continue
		}
		if y.more == no {
			return y, true
		}
		return nil, false
	}
	return nil, false
}

// spellings are the texts as which an answer may hold a cursor: as JSON writes it, and as it stands in a URL.
func spellings(cursor string) []string {
	quoted, _ := json.Marshal(cursor) // a string can always be encoded
	list := []string{string(quoted[1 : len(quoted)-1]), url.QueryEscape(cursor), cursor}
	slices.Sort(list)
	return slices.Compact(list)
}
