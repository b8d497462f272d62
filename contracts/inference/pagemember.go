package inference

import (
	"strings"

	"understudy/contracts/schema"
)

// pageHolders are objects in an answer that hold words about the page, folded.
var pageHolders = map[string]bool{
	"meta": true, "metadata": true, "pagination": true, "paging": true, "page": true, "pageinfo": true, "pages": true,
	"links": true, "cursors": true, "cursor": true, "responsemetadata": true, "pagemetadata": true, "pageable": true,
	"data": true, "result": true, "response": true, "next": true, "prev": true, "previous": true, "pagedetails": true,
	"listmetadata": true, "resultinfo": true, "embedded": true,
}

// pageMembers finds the members of an answer that speak of the page: totals, next and previous, echoes.
func (in *inference) pageMembers(f *facts, p *Paging, x *schema.Schema, at string, depth int) {
	if depth > 3 {
		return
	}
	sh := in.shapes.of(x)
	for i := range sh.members {
		m := &sh.members[i]
		if m.schema == nil {
			continue
		}
		name := in.shapes.fold(m.name)
		pointer := at + "/" + schema.EscapeToken(m.name)
		inner := in.shapes.of(m.schema)
		if len(inner.members) > 0 {
			if pageHolders[name] || f.list != nil && strings.HasPrefix(f.list.pointer, pointer+"/") {
				in.pageMembers(f, p, m.schema, pointer, depth+1)
			}
			continue
		}
		if inner.isArray() {
			continue
		}
		in.pageMember(p, m, name, pointer, at)
	}
}

// pageMember notes what one member says of the page.
func (in *inference) pageMember(p *Paging, m *member, name, pointer, at string) {
	x := m.schema.Resolve()
	types := in.shapes.of(m.schema).types
	text := types == 0 || types&schema.String != 0
	count := types == 0 || types&(schema.Integer|schema.Number) != 0
	first := func(to *string) {
		if *to == "" {
			*to = pointer
		}
	}
	if name == "href" { // links.next.href
		name = fold(at[strings.LastIndexByte(at, '/')+1:])
	}
	switch name {
	case "total", "totalcount", "totalitems", "totalresults", "totalelements", "totalrecords", "itemcount",
		"totalentries", "totalsize", "totalobjects", "totalnumber", "totalitemcount", "resultcount", "numitems", "totalhits":
		if count {
			first(&p.Total)
		}
	case "count":
		if count && (strings.Contains(at, "pagination") || at == "") {
			first(&p.Total)
		}
	case "pages", "totalpages", "pagecount", "numpages", "lastpage", "numberofpages", "totalpagecount":
		if count {
			first(&p.Pages)
		}
	case "next", "nextpage", "nexttoken", "nextcursor", "nextpagetoken", "nextpageuri", "nexturl", "nexturi", "continue",
		"endcursor", "iterator", "nextoffset", "nextlink", "odatanextlink", "nextmarker", "continuationtoken",
		"nextpageurl", "nextpagecursor", "nextpagelink", "nextiterator", "cursor", "after", "aftercursor":
		if p.Next == "" {
			p.Next = pointer
			p.URLs = text && (isURL(x) || strings.Contains(name, "url") || strings.Contains(name, "uri") || strings.Contains(name, "link") ||
				strings.Contains(fold(at), "links") || (name == "next") && p.Style != PageCursor && types&schema.String != 0)
		}
	case "prev", "previous", "previouspage", "prevpage", "prevcursor", "previoustoken", "prevtoken", "previouspageuri",
		"prevurl", "previousurl", "startcursor", "previterator", "previouscursor", "prevpagetoken", "prevlink",
		"previouslink", "previouspageurl", "prevpageurl", "before", "beforecursor":
		first(&p.Previous)
	case "self":
		if text && strings.Contains(fold(at), "links") {
			first(&p.Here)
		}
	case "hasmore", "hasnext", "hasnextpage", "more", "istruncated", "truncated", "hasmoreresults", "hasmoreitems", "morepages":
		if types == 0 || types&schema.Boolean != 0 {
			first(&p.More)
		}
	default:
		in.echo(p, name, pointer, count)
	}
}

// echo notes a member that shows the effective value of a parameter of paging.
func (in *inference) echo(p *Paging, name, pointer string, count bool) {
	if !count {
		return
	}
	param := ""
	switch {
	case name == "page" || name == "currentpage" || name == "pagenumber" || name == "current" || name == "number" ||
		name == "pageindex":
		param = p.Page
	case limitNames[name] && name != "count" && name != "amount":
		param = p.Limit
	case offsetNames[name] && name != "start" && name != "first":
		param = p.Offset
	}
	if param == "" {
		return
	}
	if p.Self == nil {
		p.Self = map[string]string{}
	}
	p.Self[pointer] = param
}

// isURL says that a schema's texts are URLs.
func isURL(x *schema.Schema) bool {
	switch x.Format {
	case "uri", "url", "uri-reference", "iri":
		return true
	}
	low := strings.ToLower(x.Description)
	return strings.HasPrefix(low, "url") || strings.Contains(low, "link to") || strings.Contains(low, "a url") || strings.Contains(low, "uri ")
}
