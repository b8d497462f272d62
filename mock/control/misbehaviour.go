package control

import (
	"fmt"
	"net/http"

	"understudy/mock/webhook"
)

// A Misbehaviour is trouble for deliveries.
type Misbehaviour struct {
	ID       string          `json:"id,omitempty"` // of the order; missing: it was ordered with the event itself
	Kind     webhook.Trouble `json:"kind"`
	Types    []string        `json:"types,omitempty"`    // names of events, where * stands for any text; missing: all
	Endpoint string          `json:"endpoint,omitempty"` // id; missing: all
	After    int             `json:"after,omitempty"`    // how many that fit are still to be spared before
	Times    int             `json:"times,omitempty"`    // how many deliveries are still to have it
	Attempts int             `json:"attempts,omitempty"` // how many attempts of each; missing: the first; -1: all
	For      string          `json:"for,omitempty"`      // length of time, of delayed, out-of-order and slow-sender
	Bytes    int             `json:"bytes,omitempty"`    // of huge-body
}

// A TroubleKind is one kind of misbehaviour.
type TroubleKind struct {
	Kind webhook.Trouble `json:"kind"`
	// Signature says that it makes the signature bad, or odd.
	Signature bool `json:"signature"`
}

// Misbehaviours is the answer of GET /contracts/{contract}/misbehaviours.
type Misbehaviours struct {
	Ordered []Misbehaviour `json:"ordered"` // still to come, the oldest order first
	Kinds   []TroubleKind  `json:"kinds"`   // that there are
}

// ClearedMisbehaviours is the answer of DELETE /contracts/{contract}/misbehaviours.
type ClearedMisbehaviours struct {
	Removed int `json:"removed"`
}

func misbehaviourOf(m webhook.Misbehaviour) Misbehaviour {
	one := Misbehaviour{ID: m.ID, Kind: m.Kind, Types: m.Types, Endpoint: m.Endpoint, After: m.After, Times: m.Times, Attempts: m.Attempts, Bytes: m.Bytes}
	if m.For > 0 {
		one.For = shortDuration(m.For)
	}
	return one
}

// misbehaviour is trouble as it is asked for together with an event or a replay.
type misbehaviour struct {
	Kind     webhook.Trouble `json:"kind"`
	Attempts int             `json:"attempts"`
	For      string          `json:"for"`
	Bytes    int             `json:"bytes"`
}

// orderRequest is the body of POST /contracts/{contract}/misbehaviours.
type orderRequest struct {
	misbehaviour
	Types    []string `json:"types"`
	Endpoint string   `json:"endpoint"`
	After    int      `json:"after"`
	Times    int      `json:"times"`
}

func (m *misbehaviour) wanted() (webhook.Misbehaviour, *webhook.RequestError) {
	w := webhook.Misbehaviour{Kind: m.Kind, Attempts: m.Attempts, Bytes: m.Bytes}
	if m.For == "" {
		return w, nil
	}
	var err error
	if w.For, err = parseDuration(m.For); err != nil {
		return w, &webhook.RequestError{Field: "for", Reason: err.Error()}
	}
	return w, nil
}

// troubles reads what is asked for.
func troubles(list []misbehaviour) ([]webhook.Misbehaviour, *webhook.RequestError) {
	var wanted []webhook.Misbehaviour
	for i := range list {
		m, wrong := list[i].wanted()
		if wrong != nil {
			wrong.Field = fmt.Sprintf("misbehaviour/%d/%s", i, wrong.Field)
			return nil, wrong
		}
		wanted = append(wanted, m)
	}
	return wanted, nil
}

func listMisbehaviours(c *call) error {
	list, err := c.hooks().Ordered(c.Context())
	if err != nil {
		return err
	}
	answer := Misbehaviours{Ordered: []Misbehaviour{}, Kinds: []TroubleKind{}}
	for _, m := range list {
		answer.Ordered = append(answer.Ordered, misbehaviourOf(m))
	}
	for _, kind := range webhook.Troubles() {
		answer.Kinds = append(answer.Kinds, TroubleKind{Kind: kind, Signature: kind.Spoiling() != ""})
	}
	return c.answer(answer)
}

// orderMisbehaviour orders trouble for the next deliveries that fit.
func orderMisbehaviour(c *call) error {
	var q orderRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	wanted, wrong := q.wanted()
	if q.Times < 0 {
		wrong = &webhook.RequestError{Field: "times", Reason: "must be 1 or more"}
	}
	if wrong != nil {
		return sent.misplaced(wrong)
	}
	wanted.Types, wanted.Endpoint, wanted.After, wanted.Times = q.Types, q.Endpoint, q.After, q.Times
	made, err := c.hooks().Order(c.Context(), wanted)
	if err != nil {
		return sent.hookRefused(err, "endpoint", q.Endpoint, "endpoint")
	}
	return c.created(misbehaviourOf(made))
}

func cancelMisbehaviour(c *call) error {
	id := c.PathValue("misbehaviour")
	if err := c.hooks().CancelOrder(c.Context(), id); err != nil {
		return noHook(err, "misbehaviour", id)
	}
	c.response.WriteHeader(http.StatusNoContent)
	return nil
}

func clearMisbehaviours(c *call) error {
	list, err := c.hooks().Ordered(c.Context())
	if err != nil {
		return err
	}
	if err := c.hooks().CancelOrder(c.Context(), ""); err != nil {
		return err
	}
	return c.answer(ClearedMisbehaviours{Removed: len(list)})
}
