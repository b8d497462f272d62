package resource

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"

	"understudy/contracts/inference"
)

// defaultPageSize is the size of a page where neither client nor document says one.
const defaultPageSize = 20

// A wantedPage is what the request asks to see.
type wantedPage struct {
	offset int
	limit  int // 0: everything
	number int // of the page, as the client counts
	sort   *ordering

	beside   bool   // the page lies behind an item, or before it where back is set
	besideID string // its id, where the client named it
	seq      uint64 // its number
	back     bool
}

// The largest page number and page size that are told from larger ones, so that their product is a number.
const (
	maxNumber = 1 << 30
	maxLimit  = 1 << 30
)

// wantedPage reads the request's paging and sorting parameters.
func (a *act) wantedPage() (wantedPage, error) {
	want := wantedPage{sort: a.ordering()}
	pg := a.b.Page
	if pg == nil || pg.Style == inference.NoPages {
		return want, nil
	}
	want.limit = a.pageSize(pg)
	switch {
	case pg.Page != "":
		want.number = min(a.whole(pg.Page, pg.First), maxNumber)
		want.offset = max(0, want.number-pg.First) * want.limit
	case pg.Offset != "":
		want.offset = min(max(0, a.whole(pg.Offset, 0)), maxNumber*maxLimit)
	}
	if err := a.cursors(pg, &want); err != nil {
		return want, err
	}
	return want, nil
}

// cursors reads the parameters that name the item to continue from. Before wins where both are sent, since only a
// client that goes backwards sends it.
func (a *act) cursors(pg *inference.Paging, want *wantedPage) error {
	for _, c := range [...]struct {
		name string
		back bool
	}{{pg.Cursor, false}, {pg.Before, true}} {
		text := a.query(c.name)
		if text == "" {
			continue
		}
		want.back = c.back
		if pg.ByItem {
			want.beside, want.besideID = true, inner(a.c, clean(text))
			continue
		}
		kind, n, ok := readCursor(text)
		if !ok || kind == cursorOffset && n > maxNumber*maxLimit {
			return &RequestError{In: "query", Name: c.name, Reason: "the cursor " + strconv.Quote(text) + " was not given out by this server"}
		}
		if kind == cursorOffset {
			want.offset, want.beside = int(n), false
			continue
		}
		want.beside, want.seq, want.offset = true, n, 0
		want.back = c.back || kind == cursorBefore
	}
	return nil
}

// query is the text of a query parameter, as sent.
func (a *act) query(name string) string {
	if name == "" {
		return ""
	}
	return a.q.Arguments.String("query", name)
}

func (a *act) whole(name string, absent int) int {
	n, err := strconv.Atoi(a.query(name))
	if err != nil {
		if s := a.parameterDefault(name); s != "" {
			if n, err = strconv.Atoi(s); err == nil {
				return n
			}
		}
		return absent
	}
	return n
}

// parameterDefault is the default that the document gives a query parameter, or "".
func (a *act) parameterDefault(name string) string {
	for _, p := range a.b.Operation.Parameters {
		if p.In == "query" && p.Name == name && p.Schema != nil {
			if s := p.Schema.Resolve(); s.HasDefault {
				text, _ := textOfValue(s.Default)
				return text
			}
		}
	}
	return ""
}

// pageSize is the client's wish within the maximum, else the document's default.
func (a *act) pageSize(pg *inference.Paging) int {
	size := pg.Size // the overlay's word, or what the document says
	if pg.Limit != "" {
		if n, err := strconv.Atoi(a.query(pg.Limit)); err == nil && n > 0 {
			size = n
		} else if n := a.whole(pg.Limit, size); size == 0 && n > 0 {
			size = n
		}
	}
	if size == 0 {
		size = defaultPageSize
	}
	if pg.Max > 0 && size > pg.Max {
		size = pg.Max
	}
	return min(size, maxLimit)
}

// An opaque cursor says which item the page lies beside, so that items that come and go meanwhile shift nothing; in a
// sorted list it is a position. Clients must not look inside.
const (
	cursorAfter  = 'a' // behind the item of a number
	cursorBefore = 'b'
	cursorOffset = 'o'
)

func writeCursor(kind byte, n uint64) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendUint([]byte{kind}, n, 10))
}

func readCursor(text string) (kind byte, n uint64, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(raw) < 2 || raw[0] != cursorAfter && raw[0] != cursorBefore && raw[0] != cursorOffset {
		return 0, 0, false
	}
	n, err = strconv.ParseUint(string(raw[1:]), 10, 63)
	return raw[0], n, err == nil
}

// describePage writes totals and the way to other pages into the answer, where the document has members for them.
func (a *act) describePage(wrapper any, p *page, want wantedPage) any {
	pg := a.b.Page
	if pg == nil {
		return wrapper
	}
	whole := func(pointer string, n int) {
		if pointer != "" {
			wrapper = a.set(wrapper, pointer, jsonNumber(strconv.Itoa(n)))
		}
	}
	whole(pg.Total, p.total)
	if p.limit > 0 {
		whole(pg.Pages, (p.total+p.limit-1)/p.limit)
	} else {
		whole(pg.Pages, 1)
	}
	if pg.More != "" {
		wrapper = a.set(wrapper, pg.More, p.more)
	}
	for pointer, parameter := range pg.Self {
		if parameter == pg.Limit {
			whole(pointer, p.limit)
		} else if parameter == pg.Page {
			whole(pointer, want.number)
		} else if parameter == pg.Offset {
			whole(pointer, want.offset)
		} else if text := a.query(parameter); text != "" {
			wrapper = a.set(wrapper, pointer, text)
		}
	}
	if pg.Here != "" && pg.URLs {
		here := a.q.Origin + a.q.URL
		if a.q.Query != "" {
			here += "?" + a.q.Query
		}
		wrapper = a.set(wrapper, pg.Here, here)
	}
	if pg.Next != "" {
		wrapper = a.set(wrapper, pg.Next, a.way(p, want, p.more, +1))
	}
	if pg.Previous != "" {
		wrapper = a.set(wrapper, pg.Previous, a.way(p, want, p.previous, -1))
	}
	return wrapper
}

// way is what leads to the next or previous page: a URL, a cursor, a number; null when there is none.
func (a *act) way(p *page, want wantedPage, exists bool, step int) any {
	pg := a.b.Page
	if !exists {
		return nil
	}
	if pg.URLs {
		if address := a.pageURL(p, want, step); address != "" {
			return address
		}
		return nil
	}
	name, value := a.step(p, want, step)
	if name == "" {
		return nil
	}
	if name == pg.Page || name == pg.Offset {
		return jsonNumber(value)
	}
	return value
}

// step is the query parameter with the value that leads to another page.
func (a *act) step(p *page, want wantedPage, step int) (name, value string) {
	pg := a.b.Page
	switch {
	case pg.Page != "":
		return pg.Page, strconv.Itoa(max(want.number, pg.First) + step)
	case pg.Offset != "":
		return pg.Offset, strconv.Itoa(max(0, p.offset+step*p.limit))
	case pg.Cursor != "" && want.sort != nil && !pg.ByItem:
		return pg.Cursor, writeCursor(cursorOffset, uint64(max(0, p.offset+step*p.limit)))
	case pg.Cursor == "" || len(p.records) == 0:
		return "", ""
	}
	beside := p.records[0]
	if step > 0 {
		beside = p.records[len(p.records)-1]
	}
	switch {
	case !pg.ByItem && step > 0:
		return pg.Cursor, writeCursor(cursorAfter, beside.seq)
	case !pg.ByItem:
		return pg.Cursor, writeCursor(cursorBefore, beside.seq)
	case step > 0:
		return pg.Cursor, a.plainID(beside.id)
	case pg.Before == "":
		return "", ""
	}
	return pg.Before, a.plainID(beside.id)
}

// pageURL is the address of another page; "" where no parameter leads there.
func (a *act) pageURL(p *page, want wantedPage, step int) string {
	name, value := a.step(p, want, step)
	if name == "" {
		return ""
	}
	return a.urlWith(name, value)
}

// urlWith is the request's own URL with one query parameter changed.
func (a *act) urlWith(name, value string) string {
	query, err := url.ParseQuery(a.q.Query)
	if err != nil {
		query = url.Values{}
	}
	switch pg := a.b.Page; name { // a page lies behind one item or before one, not both
	case pg.Cursor:
		query.Del(pg.Before)
	case pg.Before:
		query.Del(pg.Cursor)
	}
	query.Set(name, value)
	address := a.q.Origin + a.q.URL
	if encoded := query.Encode(); encoded != "" {
		address += "?" + encoded
	}
	return address
}

// pageLinks are the links of a Link header (RFC 8288), where the document declares one.
func (a *act) pageLinks(p *page, want wantedPage) []Link {
	pg := a.b.Page
	if pg == nil || !pg.Link || p.limit == 0 {
		return nil
	}
	var links []Link
	if address := a.pageURL(p, want, -1); p.previous && address != "" {
		links = append(links, Link{"prev", address})
	}
	if address := a.pageURL(p, want, +1); p.more && address != "" {
		links = append(links, Link{"next", address})
	}
	last := (p.total + p.limit - 1) / p.limit
	if pg.Page != "" && last > 0 {
		if p.more {
			links = append(links, Link{"last", a.urlWith(pg.Page, strconv.Itoa(last-1+pg.First))})
		}
		if p.previous {
			links = append(links, Link{"first", a.urlWith(pg.Page, strconv.Itoa(pg.First))})
		}
	}
	return links
}
