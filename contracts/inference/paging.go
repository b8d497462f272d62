package inference

import (
	"regexp"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// The names under which the parameters of paging go, folded.
var (
	pageNames = map[string]bool{"page": true, "pagenumber": true, "pageno": true, "pagenum": true, "pageindex": true,
		"currentpage": true, "p": true, "pagepage": true}
	limitNames = map[string]bool{"limit": true, "perpage": true, "pagesize": true, "size": true, "maxresults": true,
		"maxitems": true, "take": true, "top": true, "count": true, "pagelimit": true, "resultsperpage": true, "amount": true,
		"maximumpagesize": true, "itemsperpage": true, "numresults": true, "pageitemcount": true, "rows": true,
		"pageitems": true, "maxpagesize": true, "maxkeys": true, "num": true, "recordsperpage": true, "maxperpage": true}
	offsetNames = map[string]bool{"offset": true, "skip": true, "start": true, "startindex": true, "startat": true,
		"from": true, "pageoffset": true, "first": true}
	cursorNames = map[string]bool{"cursor": true, "after": true, "startingafter": true, "pagetoken": true, "nexttoken": true,
		"nextpagetoken": true, "continue": true, "continuationtoken": true, "continuation": true, "marker": true,
		"iterator": true, "startafter": true, "pageafter": true, "pagecursor": true, "nextcursor": true, "scrollid": true,
		"bookmark": true, "lastkey": true, "exclusivestartkey": true, "next": true, "aftercursor": true, "afterid": true,
		"startcursor": true, "sincetoken": true, "sinceid": true}
	beforeNames = map[string]bool{"before": true, "endingbefore": true, "pagebefore": true, "beforecursor": true,
		"beforeid": true, "prevtoken": true, "previouspagetoken": true, "endbefore": true}
)

// pages finds how an operation that lists cuts its list into pages.
func (in *inference) pages(f *facts) {
	b := f.binding
	if b.Role != List {
		return
	}
	p := &Paging{First: 1}
	for _, q := range f.query {
		in.pageParameter(f, p, q)
	}
	in.pageStyle(f, p)
	if p.Style == NoPages {
		return
	}
	if b.Response != nil {
		for _, h := range b.Response.Headers {
			p.Link = p.Link || strings.EqualFold(h.Name, "Link")
		}
	}
	if f.answer != nil && f.list != nil && f.list.pointer != "" {
		in.pageMembers(f, p, f.answer, "", 0)
	}
	b.Page = p
}

// pageParameter sorts one query parameter into the paging, where it belongs there.
func (in *inference) pageParameter(f *facts, p *Paging, q *contracts.Parameter) {
	name := in.shapes.fold(q.Name)
	sh := in.shapes.of(q.Schema)
	types := sh.types
	number := types == 0 || types&(schema.Integer|schema.Number|schema.String) != 0
	dated := q.Schema != nil && strings.HasPrefix(q.Schema.Resolve().Format, "date")
	if len(sh.members) > 0 || sh.isArray() || types == schema.Boolean || dated {
		return
	}
	whole := types == 0 || types&(schema.Integer|schema.Number) != 0
	switch {
	case pageNames[name] && p.Page == "" && number:
		if !whole && in.nextIsText(f) {
			p.Cursor = q.Name // "page" holds an opaque text
			return
		}
		p.Page = q.Name
		p.First = firstPage(q)
	case limitNames[name] && p.Limit == "" && (whole || types&schema.String != 0 && name != "count"):
		p.Limit = q.Name
		p.Size, p.Max = pageSizes(q)
	case offsetNames[name] && p.Offset == "" && whole:
		p.Offset = q.Name
	case cursorNames[name] && p.Cursor == "":
		p.Cursor = q.Name
		p.ByItem = name == "startingafter" || name == "afterid" || name == "sinceid" || name == "startafter"
	case beforeNames[name] && p.Before == "":
		p.Before = q.Name
	}
}

// nextIsText says that the answer names the next page by a text and not by a number.
func (in *inference) nextIsText(f *facts) bool {
	if f.answer == nil {
		return false
	}
	m := in.shapes.of(f.answer).like("nextpage")
	return m != nil && in.shapes.of(m.schema).types&schema.String != 0
}

func (in *inference) pageStyle(f *facts, p *Paging) {
	switch {
	case p.Page != "":
		p.Style = PageNumber
		p.Cursor, p.Before = "", ""
	case p.Offset != "" && (p.Limit != "" || p.Cursor == ""):
		p.Style = PageOffset
		p.Cursor, p.Before = "", ""
	case p.Cursor != "":
		p.Style = PageCursor
	case p.Before != "" && p.Limit != "":
		p.Style = PageCursor
	case p.Limit != "":
		p.Style = PageLimited
	}
	if p.Style == PageOffset && p.Limit == "" && in.shapes.fold(p.Offset) != "offset" && in.shapes.fold(p.Offset) != "skip" {
		p.Style, p.Offset = NoPages, "" // "from" or "start" alone is a filter
	}
	if p.Style == PageLimited && in.shapes.fold(p.Limit) == "count" && f.list != nil && f.list.pointer == "" {
		p.Style = NoPages
	}
	if p.Limit == "" || p.Size <= 0 {
		p.Size = 20
	}
	if p.Max > 0 && p.Size > p.Max {
		p.Size = p.Max
	}
}

var (
	defaultText = lazily(`(?i)defaults?[^0-9.;]{0,24}\b([0-9]{1,5})\b`)
	maximumText = lazily(`(?i)(?:max(?:imum)?|up to|between 1 and|range between 1 and|from 1 to|1\s*[-–]\s*)[^0-9.;]{0,16}\b([0-9]{1,6})\b`)
)

// pageSizes reads the size of a page when the client does not say it, and its maximum, from the parameter's
// schema, else from its description.
func pageSizes(q *contracts.Parameter) (size, most int) {
	if q.Schema != nil {
		x := q.Schema.Resolve()
		if q.Schema.HasDefault {
			size = whole(q.Schema.Default)
		} else if x.HasDefault {
			size = whole(x.Default)
		}
		if x.Maximum != nil && x.Maximum.Float > 0 && x.Maximum.Float < 1e9 {
			most = int(x.Maximum.Float)
		}
	}
	text := q.Description
	if len(text) > 600 {
		text = text[:600]
	}
	if size == 0 {
		size = firstNumber(defaultText, text)
	}
	if most == 0 {
		most = firstNumber(maximumText, text)
	}
	if most > 0 && size > most {
		most = size
	}
	return size, most
}

func firstNumber(re func() *regexp.Regexp, text string) int {
	if !strings.ContainsAny(text, "0123456789") {
		return 0
	}
	m := re().FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return n
}

// whole gives a default's value as a number, 0 where it is none.
func whole(v any) int {
	switch v := v.(type) {
	case interface{ Int64() (int64, error) }: // json.Number
		if n, err := v.Int64(); err == nil && n > 0 && n < 1<<30 {
			return int(n)
		}
	case float64:
		if v > 0 && v < 1<<30 {
			return int(v)
		}
	case int:
		return max(v, 0)
	}
	return 0
}

var zeroBased = lazily(`(?i)zero[- ](?:based|indexed)|0[- ](?:based|indexed)|start(?:s|ing)? (?:at|from|with) (?:0|zero)`)

// firstPage says whether pages are counted from 0 or from 1.
func firstPage(q *contracts.Parameter) int {
	if strings.ContainsAny(q.Description, "0zZ") && zeroBased().MatchString(q.Description) {
		return 0
	}
	if q.Schema == nil {
		return 1
	}
	x := q.Schema.Resolve()
	if x.HasDefault {
		if n, ok := x.Default.(interface{ Int64() (int64, error) }); ok {
			if v, err := n.Int64(); err == nil && v == 0 {
				return 0
			}
		}
		return 1
	}
	if x.Minimum != nil && x.Minimum.Float == 0 && !x.Minimum.Exclusive {
		return 0
	}
	return 1
}
