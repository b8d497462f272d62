package quota

import (
	"fmt"
	"time"
)

// A reading is what one limit says to one request.
type reading struct {
	key
	counter *counter // nil: nothing was counted for the subject yet
	weight  int64
	wait    int64 // until the request would pass; 0: it passes
	open    bool  // the counter is to be given back
	level   level // when the verdict was given
}

// A Verdict is what all limits say to one request. It is for one goroutine. Nil is the verdict of a contract without limits.
type Verdict struct {
	limits   *Limits
	now      int64
	counted  bool
	refused  bool
	readings []reading
	room     [2]reading // for them
	values   [5]string  // of headers
}

// A Refusal says why a request may not pass.
type Refusal struct {
	Status int
	Limit  string        // name of the one that has to be waited for the longest
	Wait   time.Duration // until the request would pass if no other came
	Detail string        // for people
}

// Refused says why the request may not pass; nil: it may.
func (v *Verdict) Refused() *Refusal {
	if v == nil || !v.refused {
		return nil
	}
	r := v.binding()
	text := fmt.Sprintf("The limit %s, %s, is used up. Try again in %d s.", r.policy.Name, r.policy.words, seconds(r.wait))
	if r.policy.concurrent {
		text = fmt.Sprintf("The limit %s, %s, is reached. Try again when one has ended.", r.policy.Name, r.policy.words)
	}
	return &Refusal{Status: v.limits.tariff.headers.status, Limit: r.policy.Name, Wait: time.Duration(r.wait), Detail: text}
}

// binding is the refusing limit that has to be waited for the longest.
func (v *Verdict) binding() *reading {
	longest := &v.readings[0]
	for i := range v.readings {
		if r := &v.readings[i]; r.wait > longest.wait {
			longest = r
		}
	}
	return longest
}

// described is the limit that headers describe: the one that the contract names, else the one with the fewest requests
// left, and of several such the one whose reset is last. Limits on open requests are described where there are no others.
func (v *Verdict) described() *reading {
	var best *reading
	for i := range v.readings {
		r := &v.readings[i]
		switch {
		case r.policy.Name == v.limits.tariff.headers.window:
			return r
		case best == nil, best.policy.concurrent && !r.policy.concurrent:
			best = r
		case r.policy.concurrent && !best.policy.concurrent:
		case r.level.remaining < best.level.remaining, r.level.remaining == best.level.remaining && r.level.reset > best.level.reset:
			best = r
		}
	}
	return best
}

// Release says that the request is over, for limits on how many are open. It may be called again.
func (v *Verdict) Release() {
	if v == nil {
		return
	}
	for i := range v.readings {
		r := &v.readings[i]
		if !r.open {
			continue
		}
		v.limits.mu.Lock()
		r.counter.state.count = max(0, r.counter.state.count-1)
		v.limits.mu.Unlock()
		r.open = false
	}
}

// seconds is a length in whole seconds, at least one: who waits for it is never early.
func seconds(n int64) int64 { return max(1, ceil(max(n, 0), int64(time.Second))) }

// epoch is an instant in Unix seconds, rounded up.
func epoch(n int64) int64 { return -floor(-n, int64(time.Second)) }
