package resource

import (
	"slices"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/store"
)

// A page is the part of a list that an answer shows.
type page struct {
	records  []*record
	total    int // of all items that the filters let pass
	offset   int // of the first shown item in the whole list
	limit    int // effective page size; 0: everything is shown
	previous bool
	more     bool
}

// list shows a page of a collection. Without filters and sorting it touches only the items of the page.
func (a *act) list() (*Result, error) {
	if err := a.prepareList(); err != nil {
		return nil, err
	}
	want, err := a.wantedPage()
	if err != nil {
		return nil, err
	}
	conditions := a.conditions()
	if len(conditions) == 0 && !want.beside {
		if err := a.ensureSorted(want.sort); err != nil {
			return nil, err
		}
	}
	var p *page
	err = a.store.View(a.ctx, func(tx store.Tx) error {
		if err := a.findBeside(tx, &want); err != nil {
			return err
		}
		var err error
		if p, err = a.fastPage(tx, want, conditions); p != nil || err != nil {
			return err
		}
		if len(conditions) == 0 && want.sort != nil {
			if p, err = a.sortedPage(tx, want); p != nil || err != nil {
				return err
			}
		}
		all, err := a.matching(tx, conditions, a.enough(want))
		if err == nil {
			p, err = a.cutPage(all, want)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	result := &Result{Source: "state", Links: a.pageLinks(p, want)}
	return result, a.showPage(p, want, result)
}

// prepareList makes sure that the list's parent exists and that the collection was filled.
func (a *act) prepareList() error {
	if a.unknown {
		return a.prepareAll()
	}
	filled := false
	err := a.store.View(a.ctx, func(tx store.Tx) error {
		_, err := tx.Get(a.st.base(a.scope) + keyFilled)
		filled = err == nil
		return nil
	})
	if err != nil || filled {
		return err
	}
	return a.write(func(tx store.Tx) error {
		if err := a.checkParent(tx); err != nil {
			return err
		}
		return a.populate(tx)
	})
}

// prepareAll fills a collection that is listed over all of its scopes, where no scope has been touched yet.
func (a *act) prepareAll() error {
	touched := func(tx store.Tx) bool {
		for range tx.Scan(a.st.prefix, store.Scan{After: a.st.prefix + "\x01\xff"}) { // behind the keys of the whole
			return true
		}
		return false
	}
	known := false
	err := a.store.View(a.ctx, func(tx store.Tx) error {
		known = touched(tx)
		return nil
	})
	if err != nil || known {
		return err
	}
	said := slices.Clone(a.scope)
	err = a.write(func(tx store.Tx) error {
		if touched(tx) {
			return nil
		}
		if err := a.completeScope(tx, nil); err != nil {
			return err
		}
		return a.populate(tx)
	})
	a.scope, a.unknown = said, true
	return err
}

// showPage puts a page into the form of the operation's answer.
func (a *act) showPage(p *page, want wantedPage, result *Result) error {
	media := a.q.Media
	if media == nil || media.Schema == nil {
		return nil
	}
	if !a.b.Shows || media != a.b.Media || !contracts.JSONMedia(media.Name) {
		return a.showOtherPage(p, media, result)
	}
	items, err := a.shown(p.records)
	if err != nil {
		return err
	}
	if a.b.Item == "" {
		result.Body = schema.AppendJSON(make([]byte, 0, items.Size()), items, nil)
		return nil
	}
	wrapper, err := a.wrapper([]byte("[]"))
	if err != nil {
		return err
	}
	wrapper = put(wrapper, a.b.Item, items)
	wrapper = a.fillAnswer(a.describePage(wrapper, p, want), &record{scope: a.scope}, result)
	result.Body = schema.AppendJSON(make([]byte, 0, items.Size()+aroundSize), wrapper, media.Schema)
	return nil
}

// shown is the list of the records as the operation shows them.
func (a *act) shown(records []*record) (schema.RawList, error) {
	items := make(schema.RawList, len(records))
	for i, rec := range records {
		var err error
		if items[i], err = a.project(rec); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// showMany answers a request that made several items at once.
func (a *act) showMany(records []*record, result *Result) error {
	if a.q.Media == nil || !a.b.Shows {
		return nil
	}
	items, err := a.shown(records)
	if err != nil {
		return err
	}
	list := schema.AppendJSON(make([]byte, 0, items.Size()), items, nil)
	if a.b.Item == "" {
		result.Body = list
		return nil
	}
	wrapper, err := a.wrapper(list)
	if err != nil {
		return err
	}
	result.Body = schema.AppendJSON(nil, put(wrapper, a.b.Item, items), a.q.Media.Schema)
	return nil
}

// showOtherPage makes the answer in a media type that the model was not inferred for.
func (a *act) showOtherPage(p *page, media *contracts.MediaType, result *Result) error {
	list := make([]any, 0, len(p.records))
	for _, rec := range p.records {
		item, err := schema.ParseJSON(rec.json)
		if err != nil {
			return err
		}
		list = append(list, a.visible(item))
	}
	var want any = list
	if a.b.Item != "" {
		want = put(nil, a.b.Item, list)
	}
	value, err := made(a.lastingMaker(), media.Schema, a.b.Operation.ID, want)
	if err != nil {
		return err
	}
	if contracts.JSONMedia(media.Name) {
		result.Body = schema.AppendJSON(nil, value, media.Schema)
		return nil
	}
	result.Value = value
	return nil
}
