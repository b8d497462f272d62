package mock

import (
	"path"
	"slices"
	"strings"
	"time"

	"understudy/mock/clock"
)

// fits says whether a request is one of those that the fault is for. own says that the fault was ordered of the very
// server that answers; else it was ordered of the server of which that is a sandbox.
func (o *fault) fits(c *call, own bool) bool {
	spec := &o.spec
	sandbox := c.server.sandbox
	switch {
	case spec.Off, c.now.Before(o.begin), o.past(c.now):
		return false
	case own && spec.Sandbox != "" && spec.Sandbox != sandbox, !own && spec.Sandbox != sandbox:
		return false
	case len(spec.Operations) > 0 && !slices.Contains(spec.Operations, c.operation.ID):
		return false
	case len(spec.Methods) > 0 && !slices.Contains(spec.Methods, c.request.Method):
		return false
	case spec.Credential != "" && spec.Credential != c.shown:
		return false
	case spec.Account != "" && spec.Account != c.account():
		return false
	}
	return spec.Path == "" || matchPath(spec.Path, c.request.URL.Path)
}

// matchPath matches by segments: in a segment as path.Match does, and ** stands for any number of segments. Its work is
// at most the product of both numbers of segments.
func matchPath(pattern, name string) bool {
	p, n := strings.Split(pattern, "/"), strings.Split(name, "/")
	star, mark := -1, 0 // where the latest ** stands, and how far it reaches
	i, j := 0, 0
	for j < len(n) {
		if i < len(p) && p[i] == "**" {
			star, mark = i, j
			i++
			continue
		}
		if i < len(p) {
			if ok, err := path.Match(p[i], n[j]); err == nil && ok {
				i, j = i+1, j+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(p) && p[i] == "**" {
		i++
	}
	return i == len(p)
}

// take counts a request that fits, and says whether the fault acts on it. The draw is that of this request.
func (o *fault) take(seed uint64, now time.Time) (draw, bool) {
	n, shared := o.number()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !shared {
		n = o.matched
	}
	o.matched = max(o.matched, n) + 1
	d := draw{seed: seed, key: o.key, n: n}
	if o.spec.Every > 0 {
		n %= uint64(o.spec.Every)
	}
	after, times := uint64(o.spec.After), uint64(o.spec.Times)
	if n < after || times > 0 && n >= after+times {
		return d, false
	}
	if p := o.spec.Probability; p > 0 && p < 1 && d.share(drawProbability) >= p {
		return d, false
	}
	o.acted++
	o.last = now
	return d, true
}

// number gives the number of a request that fits among those that came to all processes; false: there are no others, or they
// make no difference.
func (o *fault) number() (uint64, bool) {
	if o.of == nil || o.of.sharing == nil || o.spec.After == 0 && o.spec.Times == 0 && o.spec.Every == 0 {
		return 0, false
	}
	n, err := o.of.counted(o)
	return n, err == nil
}

// A draw is what is left to chance about one request: the same seed, fault and number of the request give the same.
type draw struct{ seed, key, n uint64 }

// The purposes of draws.
const (
	drawProbability = iota + 1
	drawDelay
	drawDelay2
	drawStatus
	drawMember
)

// number mixes with the finalizer of SplitMix64, whose outputs are even enough for what is drawn here.
func (d draw) number(purpose uint64) uint64 {
	x := d.seed
	for _, part := range []uint64{d.key, d.n, purpose} {
		x += part + 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}

// share is a number from 0 up to but not including 1.
func (d draw) share(purpose uint64) float64 { return float64(d.number(purpose)>>11) / (1 << 53) }

// below is a number from 0 to n-1.
func (d draw) below(purpose uint64, n int) int { return int(d.number(purpose) % uint64(n)) }

// standsStill says that a clock does not move by itself.
func standsStill(k clock.Clock) bool {
	rated, ok := k.(interface{ Rate() float64 })
	return ok && rated.Rate() == 0
}
