package webhook

import "time"

// A Trouble is one kind of misbehaviour. Besides those below, each signature.Spoiling is one: "unsigned", "stale-timestamp" ...
type Trouble string

// The kinds that are not about signatures.
const (
	Duplicate    Trouble = "duplicate"     // it is sent twice
	OutOfOrder   Trouble = "out-of-order"  // it is held until the next one to the same receiver has gone
	Delayed      Trouble = "delayed"       // by For
	UnknownEvent Trouble = "unknown-event" // under a name that the contract does not know, rightly signed
	HugeBody     Trouble = "huge-body"     // filled up to Bytes, rightly signed
	SlowSender   Trouble = "slow-sender"   // the body dribbles in over For, in real time
)

// A Misbehaviour is trouble for deliveries.
type Misbehaviour struct {
	ID       string        `json:"id,omitempty"` // of the order: "mis_…"
	Kind     Trouble       `json:"kind"`
	Types    []string      `json:"types,omitempty"`    // patterns of event names; empty: all
	Endpoint string        `json:"endpoint,omitempty"` // id; empty: all
	After    int           `json:"after,omitempty"`    // so many deliveries that fit are spared first
	Times    int           `json:"times,omitempty"`    // for how many deliveries, the next ones; 0: one
	Attempts int           `json:"attempts,omitempty"` // for how many attempts of each; 0: the first only; negative: all
	For      time.Duration `json:"for,omitempty"`      // delayed: 0: a minute; slow-sender: 0: 5 s, at most 5 minutes
	Bytes    int           `json:"bytes,omitempty"`    // huge-body; 0: 1 MiB, at most 16 MiB
}
