package mock

import "slices"

// Get gives the entry with an ID, redacted; false when the journal does not hold it.
func (j *Journal) Get(id uint64) (*Entry, bool) {
	e := j.get(id)
	if e == nil {
		return nil, false
	}
	return e.Redacted(j.redactor), true
}

// get gives the entry with an ID as it is; nil when the journal does not hold it.
func (j *Journal) get(id uint64) *Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.share != nil {
		id = j.share.places[id]
	}
	return j.at(id)
}

// at gives the entry at a place; nil: none is there.
func (j *Journal) at(place uint64) *Entry {
	if place < j.oldest || place > j.newest {
		return nil
	}
	return j.ring[j.slot(place)]
}

// behind is the place of the entry with an ID that a reader has seen; where it is not held, that of the entries which came before it.
// It is called with the lock held.
func (j *Journal) behind(id uint64) uint64 {
	if j.share == nil {
		return id
	}
	return j.share.behind(id)
}

// List gives the entries that q asks for, redacted, the newest last.
func (j *Journal) List(q Query) []*Entry {
	found := j.list(q)
	for i, e := range found {
		found[i] = e.Redacted(j.redactor)
	}
	return found
}

// list gives the entries that q asks for as they are.
func (j *Journal) list(q Query) []*Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := []*Entry{} // a list of none is a list, in JSON too
	if q.After > 0 || q.Oldest {
		after := j.behind(q.After)
		for place := max(j.oldest, after+1); place > after && place <= j.newest && (q.Limit <= 0 || len(found) < q.Limit); place++ {
			if e := j.at(place); e != nil && q.matches(e) {
				found = append(found, e)
			}
		}
	} else {
		for place := j.newest; place >= j.oldest && (q.Limit <= 0 || len(found) < q.Limit); place-- {
			if e := j.at(place); e != nil && q.matches(e) {
				found = append(found, e)
			}
		}
		slices.Reverse(found)
	}
	return found
}

// since gives the entries behind a place as they are, and the place of the last one.
func (j *Journal) since(place uint64) (list []*Entry, last uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for at := max(j.oldest, place+1); at <= j.newest; at++ {
		if e := j.at(at); e != nil {
			list = append(list, e)
		}
	}
	return list, j.newest
}

// own is how many entries this process has added.
func (j *Journal) own() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.share != nil {
		return j.share.own
	}
	return j.newest
}

// Stats says what the journal holds and has dropped.
func (j *Journal) Stats() JournalStats {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.stats
	s.Seen, s.Held, s.Newest, s.Gone = j.newest, j.held(), j.newest, j.oldest-1
	if s.Held > 0 {
		s.Oldest = j.oldest
	}
	if j.share != nil {
		j.share.tell(&s)
	}
	return s
}
