package control

import (
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"understudy/mock"
)

// The number of entries that an answer holds: when the caller does not say, and at most.
const (
	defaultEntries = 100
	mostEntries    = 100_000
)

// A Journal is the answer of GET /contracts/{contract}/journal.
type Journal struct {
	Entries []Entry `json:"entries"` // the newest last
	Stats   Stats   `json:"stats"`
}

// Stats is what a journal holds and has dropped.
type Stats struct {
	Seen    uint64 `json:"seen"` // exchanges since the start
	Held    int    `json:"held"`
	Bytes   int    `json:"bytes"`   // of those held
	Dropped uint64 `json:"dropped"` // that made room for others
	Cut     uint64 `json:"cut"`     // of which a body was cut
	Oldest  uint64 `json:"oldest"`  // id of the oldest held; 0 when none is
	Newest  uint64 `json:"newest"`  // id given last; 0 when none was
	Gone    uint64 `json:"gone"`    // greatest id that is not held any more; 0 when all are

	Waiting  int    `json:"waiting,omitempty"`  // exchanges of this process that others have still to hear of
	Unshared uint64 `json:"unshared,omitempty"` // exchanges of this process that others will never hear of
}

// A Cleared is the answer of DELETE /contracts/{contract}/journal.
type Cleared struct {
	Cleared int `json:"cleared"`
}

var statusPattern = regexp.MustCompile(`^[1-5](?:[0-9]{2}|[xX]{2})$`)

// filter reads the parameters that choose entries.
func (q query) filter() (mock.Query, error) {
	f := mock.Query{
		Operation: q["operation"], Method: strings.ToUpper(q["method"]), PathPrefix: q["path"],
		Status: q["status"], Problem: q["problem"],
	}
	if f.Status != "" && !statusPattern.MatchString(f.Status) {
		return f, badParameter("status=%.100q: give a status such as 404, or a class such as 4xx.", f.Status)
	}
	return f, nil
}

// span reads the parameters that choose entries, with those that bound their number and time.
func (q query) span(defaultLimit uint64) (mock.Query, error) {
	f, err := q.filter()
	if err != nil {
		return f, err
	}
	if f.After, err = q.number("after", 0, 0, math.MaxInt64); err != nil {
		return f, err
	}
	_, f.Oldest = q["after"]
	limit, err := q.number("limit", defaultLimit, 1, mostEntries)
	if err != nil {
		return f, err
	}
	f.Limit = int(limit)
	if f.Since, err = q.instant("since"); err != nil {
		return f, err
	}
	f.Until, err = q.instant("until")
	return f, err
}

// entries gives the exchanges of a world as the caller wants secrets to be shown: hidden, or marked.
func (c *call) entries(s *mock.Server) (mock.Entries, error) {
	switch secrets := c.query["secrets"]; secrets {
	case "", "hidden":
		return s.Journal(), nil
	case "marked":
		return s.Marked(), nil
	default:
		return nil, badParameter("secrets=%.100q: give hidden, or marked.", secrets)
	}
}

func listJournal(c *call) error {
	f, err := c.query.span(defaultEntries)
	if err != nil {
		return err
	}
	bodies, err := c.query.truth("bodies", true)
	if err != nil {
		return err
	}
	entries, err := c.entries(c.server)
	if err != nil {
		return err
	}
	answer := Journal{Entries: []Entry{}, Stats: Stats(c.server.Journal().Stats())}
	for _, e := range entries.List(f) {
		answer.Entries = append(answer.Entries, entryOf(e, bodies))
	}
	return c.answer(answer)
}

func getJournalEntry(c *call) error {
	id, err := strconv.ParseUint(c.PathValue("id"), 10, 63)
	if err != nil {
		return badParameter("%.100q is no id of an entry: give a number.", c.PathValue("id"))
	}
	entries, err := c.entries(c.server)
	if err != nil {
		return err
	}
	e, ok := entries.Get(id)
	if !ok {
		s := c.server.Journal().Stats()
		return problem(http.StatusNotFound, "entry_not_found", "The journal does not hold the entry %d. It holds %d, from %d to %d.", id, s.Held, s.Oldest, s.Newest)
	}
	return c.answer(entryOf(e, true))
}

func clearJournal(c *call) error {
	n, err := c.server.ClearJournal(c.Context())
	if err != nil {
		return err
	}
	return c.answer(Cleared{n})
}

func exportJournal(c *call) error {
	f, err := c.query.span(mostEntries)
	if err != nil {
		return err
	}
	shown, err := c.entries(c.server)
	if err != nil {
		return err
	}
	entries := shown.List(f)
	h := c.response.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="journal.har"`)
	c.response.WriteHeader(http.StatusOK)
	_ = mock.WriteHAR(c.response, entries, c.server.Redactor()) // the caller is gone: nobody to tell
	return nil
}
