package quota

import "iter"

// A book holds the counters of one limit by the id of their subject: those of its own kind, and those by address of
// requests without a credential.
type book struct{ own, fallen map[string]*counter }

func newBooks(t *tariff) []book {
	list := make([]book, len(t.policies))
	for i := range list {
		list[i] = book{map[string]*counter{}, map[string]*counter{}}
	}
	return list
}

// shelf is where a key's counter stands.
func (l *Limits) shelf(k key) map[string]*counter {
	b := &l.books[k.policy.place]
	if k.kind == byAddress && k.policy.kinds[0] != byAddress {
		return b.fallen
	}
	return b.own
}

// at finds a counter; nil: nothing was counted.
func (l *Limits) at(k key) *counter { return l.shelf(k)[k.id] }

func (l *Limits) put(k key, c *counter) {
	shelf := l.shelf(k)
	before := len(shelf)
	shelf[k.id] = c
	l.size += len(shelf) - before
}

func (l *Limits) drop(k key) {
	shelf := l.shelf(k)
	before := len(shelf)
	delete(shelf, k.id)
	l.size += len(shelf) - before
}

// each goes through all counters in no order. What the loop's body drops is not met again.
func (l *Limits) each() iter.Seq2[key, *counter] {
	return func(yield func(key, *counter) bool) {
		for i, p := range l.tariff.policies {
			of := p.kinds[0]
			if len(p.kinds) > 1 {
				of = bySeveral
			}
			for id, c := range l.books[i].own {
				if !yield(key{p, of, id}, c) {
					return
				}
			}
			for id, c := range l.books[i].fallen {
				if !yield(key{p, byAddress, id}, c) {
					return
				}
			}
		}
	}
}

func (l *Limits) dropIf(which func(key, *counter) bool) {
	for k, c := range l.each() {
		if which(k, c) {
			l.drop(k)
		}
	}
}
