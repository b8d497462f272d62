package inference

import (
	"maps"
	"slices"
)

// obeyLists puts the words about paging, filters, search and matching over what was inferred.
func (in *inference) obeyLists(f *facts) {
	w, b := &f.op.Behaviour, f.binding
	if b.Collection == nil {
		return
	}
	for _, param := range slices.Sorted(maps.Keys(w.Filter)) {
		b.Filters = replaceFilter(b.Filters, Filter{Param: param, Property: w.Filter[param], Op: Equals})
	}
	for _, param := range slices.Sorted(maps.Keys(w.Match)) {
		in.match(f, param, w.Match[param])
	}
	if len(w.Search) > 0 {
		if len(b.Search) == 0 {
			for _, q := range f.query {
				if searchNames[fold(q.Name)] {
					b.Search = append(b.Search, SearchParameter{Param: q.Name})
				}
			}
		}
		for i := range b.Search {
			b.Search[i].Properties = w.Search
		}
	}
	in.obeyPage(f)
}

// match ties a path or query parameter to a property: the item's own id, or a condition on a list.
func (in *inference) match(f *facts, param, property string) {
	b, c := f.binding, f.binding.Collection
	for i, name := range b.ItemParams {
		if name == param && i == len(b.ItemParams)-1 {
			c.ID.Property = property
			if p := in.property(c.Item, property); p != nil {
				c.ID.Schema = p
			}
			return
		}
	}
	for i, name := range b.ScopeParams {
		if name == param && i < len(c.Scope) {
			c.Scope[i].Property = property
			return
		}
	}
	path := false
	for _, s := range f.steps {
		path = path || s.name == param
	}
	if b.Role != List && b.Role != Clear && len(b.ItemParams) > 0 && b.ItemParams[len(b.ItemParams)-1] == "" {
		b.ItemParams[len(b.ItemParams)-1] = param // the item is named by this parameter
		return
	}
	b.Filters = replaceFilter(b.Filters, Filter{Param: param, Property: property, Op: Equals, Path: path})
}

// replaceFilter puts a filter in the place of what was inferred for the same parameter.
func replaceFilter(list []Filter, x Filter) []Filter {
	list = slices.DeleteFunc(list, func(old Filter) bool { return old.Param == x.Param })
	return append(list, x)
}

// obeyPage applies x-understudy page.
func (in *inference) obeyPage(f *facts) {
	w, b := f.op.Behaviour.Page, f.binding
	if w == nil {
		return
	}
	if w.Style == "none" {
		b.Page = nil
		return
	}
	if b.Page == nil {
		b.Page = &Paging{First: 1, Size: 20}
	}
	p := b.Page
	switch w.Style {
	case "page", "link":
		p.Style = PageNumber
	case "offset":
		p.Style = PageOffset
	case "cursor", "after":
		p.Style = PageCursor
		p.ByItem = w.Style == "after"
	case "limit":
		p.Style = PageLimited
	}
	p.Link = p.Link || w.Style == "link"
	for _, s := range [...]struct {
		word string
		to   *string
	}{
		{w.Page, &p.Page}, {w.Offset, &p.Offset}, {w.Limit, &p.Limit}, {w.Cursor, &p.Cursor}, {w.Total, &p.Total},
		{w.Pages, &p.Pages}, {w.Next, &p.Next}, {w.Previous, &p.Previous}, {w.More, &p.More},
	} {
		if s.word != "" {
			*s.to = s.word
		}
	}
	if w.Size > 0 {
		p.Size = w.Size
	}
	if w.Max > 0 {
		p.Max = w.Max
	}
	if p.Style == NoPages {
		in.pageStyle(f, p)
	}
}
