package control

import (
	"time"

	"understudy/mock/clock"
)

// A Version says what runs.
type Version struct {
	Name    string `json:"name"` // "understudy"
	Version string `json:"version"`
	Seed    uint64 `json:"seed"` // from which all invented values come
}

// A Time is what the stand-ins' clock shows.
type Time struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"` // it stands still
	Rate   float64   `json:"rate"`   // its seconds in a real one; 0: it stands still
}

// A Reset says what became of one contract.
type Reset struct {
	Contract string `json:"contract"`
	Items    int    `json:"items"`   // that exist from the start
	Cleared  int    `json:"cleared"` // entries of the journal that are gone
}

// Resets is the answer of POST /reset.
type Resets struct {
	Contracts []Reset `json:"contracts"`
}

func (h *Handler) version(c *call) error {
	return c.answer(Version{Name: "understudy", Version: h.options.Version, Seed: h.options.Seed})
}

func (h *Handler) clock(c *call) error { return c.answer(timeOf(h.options.Clock)) }

// timeOf reads a clock. One that cannot say how fast it goes is the real one.
func timeOf(k clock.Clock) Time {
	t := Time{Now: k.Now().UTC(), Rate: 1}
	if rated, ok := k.(interface{ Rate() float64 }); ok {
		t.Rate = rated.Rate()
		t.Frozen = t.Rate == 0
	}
	return t
}

// resetAll returns every contract to how it started.
func (h *Handler) resetAll(c *call) error {
	answer := Resets{Contracts: []Reset{}}
	for _, k := range h.contracts {
		server := k.server()
		cleared, err := server.StartOver(c.Context())
		if err != nil {
			return err
		}
		one := Reset{Contract: k.name, Cleared: cleared}
		summaries, err := server.Resources().Summaries(c.Context())
		if err != nil {
			return err
		}
		for _, s := range summaries {
			one.Items += s.Items
		}
		answer.Contracts = append(answer.Contracts, one)
	}
	return c.answer(answer)
}
