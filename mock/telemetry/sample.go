package telemetry

import (
	"encoding/binary"
	"math"
)

// A Sampler decides which traces are recorded. The zero value records what the caller records, and every trace that begins
// here: OpenTelemetry's "parentbased_always_on".
type Sampler struct {
	Root Decision // of traces that begin here
	// Ratio is the share of them with Root ByRatio, from 0 to 1.
	Ratio float64
	// Alone decides by Root also where the caller has decided.
	Alone bool
}

// A Decision is how a sampler decides.
type Decision int

// The decisions.
const (
	Always Decision = iota
	Never
	ByRatio // by the trace's id, so that all who see it decide alike
)

func (s Sampler) records(parent *spanContext, trace [16]byte) bool {
	if parent != nil && !s.Alone {
		return parent.sampled()
	}
	switch s.Root {
	case Never:
		return false
	case ByRatio:
		// The last eight bytes without the top bit, as the SDKs of OpenTelemetry have it.
		return s.Ratio >= 1 || float64(binary.BigEndian.Uint64(trace[8:])>>1) < s.Ratio*math.MaxInt64
	}
	return true
}
