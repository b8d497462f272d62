package grade

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/contracts/redact"
)

// retryWindow is how long after a failure the same call still counts as its repeat, where the answer did not ask for a wait and
// no longer pause came before. What comes later is a call of its own: the next run of a job, the next test.
const retryWindow = time.Minute

// noPause is a pause that no timer has made: the code went straight round its loop.
const noPause = 50 * time.Millisecond

// A chain is one call that failed, and the repeats of it that followed: the same method, URL, content and credential.
type chain struct {
	attempts []attempt // the first is the call itself; one only: it was not repeated
	parallel bool      // several callers made this call at the same time: who repeated what is a guess
}

// An attempt is one call of a chain.
type attempt struct {
	call    *Call
	meaning outcome
	gap     time.Duration // since the answer before; 0 for the first
	told    wait          // what the answer before asked for
	asked   bool          // it asked for a wait
	direct  bool          // nothing else was sent in between by a client that sends one after the other
	blurred bool          // when the client knew of the failure is not known: it had left, or there was no answer
}

func (c *chain) first() *attempt { return &c.attempts[0] }
func (c *chain) last() *attempt  { return &c.attempts[len(c.attempts)-1] }

// sure says that an attempt is a repeat of the one before and no call of somebody else's.
func (c *chain) sure(a *attempt) bool { return a.direct && !c.parallel }

// calls are those of a chain, in their order.
func (c *chain) calls() []*Call {
	var list []*Call
	for i := range c.attempts {
		list = append(list, c.attempts[i].call)
	}
	return list
}

// A view is what several rules work out of one recording.
type view struct {
	rec        *Recording
	quotaNames map[string]string // header → role, by the contract
	chains     []*chain          // in the order of their first calls
	intents    map[intent][]*Call
	keys       []intent // in the order of their first calls
	traffic    *traffic
	ended      time.Time // when the recording ended
}

// An intent is what a client wants with a call: the same again is a repeat.
type intent struct {
	method, url, credential string
	body                    [sha256.Size]byte
}

func newView(rec *Recording) *view {
	v := &view{rec: rec, quotaNames: map[string]string{}, intents: map[intent][]*Call{}, traffic: newTraffic(rec.Calls), ended: rec.Ended}
	if k := rec.Contract; k != nil && k.Behaviour.LimitHeaders != nil {
		for role, name := range k.Behaviour.LimitHeaders.Names {
			if role == "limit" || role == "remaining" || role == "reset" {
				v.quotaNames[http.CanonicalHeaderKey(name)] = role
			}
		}
	}
	for _, c := range rec.Calls {
		if c.End().After(v.ended) {
			v.ended = c.End()
		}
		if c.Method == http.MethodOptions || probe(c) { // browsers and supervisors ask again as they are made to
			continue
		}
		key := intentOf(c)
		if v.intents[key] == nil {
			v.keys = append(v.keys, key)
		}
		v.intents[key] = append(v.intents[key], c)
	}
	v.chain()
	return v
}

// probe says that a call asks how the service is: supervisors repeat it, and at steady intervals, on purpose.
func probe(c *Call) bool {
	if c.Method != http.MethodGet && c.Method != http.MethodHead {
		return false
	}
	path, _, _ := strings.Cut(c.URL, "?")
	switch strings.ToLower(path[strings.LastIndexByte(path, '/')+1:]) {
	case "health", "healthz", "healthcheck", "ready", "readyz", "live", "livez", "ping", "status", "alive", "up":
		return true
	}
	return false
}

func intentOf(c *Call) intent {
	return intent{method: c.Method, url: c.URL, credential: holder(c), body: sha256.Sum256(content(c))}
}

// holder is whose call it is: the credential that it showed, accepted or not, else what the recorder made of it.
func holder(c *Call) string {
	if shown := c.RequestHeader.Get("Authorization"); shown != "" {
		return shown
	}
	for _, name := range slices.Sorted(maps.Keys(c.RequestHeader)) {
		if name != "Idempotency-Key" {
			for _, value := range c.RequestHeader[name] {
				if shown := redact.Marks(value); len(shown) > 0 {
					return shown[0]
				}
			}
		}
	}
	return c.Credential
}

// content is the body as the client meant it: the boundary of a multipart body is made anew for each attempt.
func content(c *Call) []byte {
	kind, parameters, err := mime.ParseMediaType(c.RequestHeader.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") || parameters["boundary"] == "" {
		return c.RequestBody
	}
	return bytes.ReplaceAll(c.RequestBody, []byte(parameters["boundary"]), []byte("boundary"))
}

// chain finds the repeats of each intent.
func (v *view) chain() {
	by := map[*Call]*chain{}
	for _, key := range v.keys {
		v.chainIntent(v.intents[key], v.traffic, by)
	}
	for _, c := range v.rec.Calls {
		if found := by[c]; found != nil {
			v.chains = append(v.chains, found)
		}
	}
}

// chainIntent gives each failure of one intent at most one repeat: the first call behind it that is none's yet.
func (v *view) chainIntent(calls []*Call, t *traffic, by map[*Call]*chain) {
	var open, mine []*chain // the last attempts of the open ones failed
	parallel := overlapping(calls)
	for _, c := range calls {
		a := attempt{call: c, meaning: v.meaning(c)}
		var found *chain
		kept := open[:0]
		for _, o := range open {
			switch before := o.last().call; {
			case found != nil:
				kept = append(kept, o)
			case t.apart(before, c):
				parallel = true
				kept = append(kept, o)
			case v.repeats(o, c, t, &a):
				found = o
			case c.Start.Before(before.End()):
				kept = append(kept, o) // it was not answered yet
			}
		}
		open = kept
		if found == nil && a.meaning == fine {
			continue
		}
		if found == nil {
			a = attempt{call: c, meaning: a.meaning}
			found = &chain{}
			by[c] = found
			mine = append(mine, found)
		}
		found.attempts = append(found.attempts, a)
		if a.meaning != fine {
			open = append(open, found)
		}
	}
	for _, c := range mine {
		c.parallel = parallel
	}
}

// repeats says whether a call repeats the last one of a chain, and fills in what is to be said of it.
func (v *view) repeats(o *chain, c *Call, t *traffic, a *attempt) bool {
	before := o.last()
	lost := before.meaning == broken // the recorder may have noticed the end later than the client
	a.gap = c.Start.Sub(before.call.End())
	if a.gap < 0 && (!lost || !c.Start.After(before.call.Start)) {
		return false
	}
	a.blurred = before.call.Abandoned || a.gap < 0
	a.gap = max(a.gap, 0)
	a.told, a.asked = v.told(before.call)
	limit := max(retryWindow, 4*before.gap)
	if a.asked {
		limit = a.told.long + retryWindow
	}
	if a.gap > limit {
		return false
	}
	others, concurrent := t.between(before.call, c)
	a.direct = others == 0
	if !before.meaning.transient() {
		return a.direct // the same wrong call made in two places is no repeat
	}
	a.direct = a.direct || concurrent
	return true
}

func overlapping(calls []*Call) bool {
	var end time.Time
	for i, c := range calls {
		if i > 0 && c.Start.Before(end) && !calls[i-1].Abandoned && calls[i-1].Status != 0 {
			return true
		}
		if c.End().After(end) {
			end = c.End()
		}
	}
	return false
}

// over says that a chain has come to its end: the client would have tried again by now.
func (v *view) over(c *chain) bool {
	last := c.last()
	if last.meaning == fine || v.rec.ExitCode != nil {
		return true
	}
	patience := 2*last.gap + 5*time.Second
	if w, asked := v.told(last.call); asked {
		patience += w.long
	}
	return v.ended.Sub(last.call.End()) > patience
}
