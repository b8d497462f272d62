package rehearsal

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
)

// A Drill is a plan that is made for a contract, so that the rules of one kind are put to the test.
type Drill struct {
	Name  string
	Title string // what it is about, in one line
	make  func(*contracts.Contract) Plan
}

// drills in the order in which they are carried out.
var drills = []Drill{
	{"rate-limit", "Calls are answered with 429, with Retry-After and without", rateLimit},
	{"token-expiry", "Tokens that were obtained expire, and a renewal is refused", tokenExpiry},
	{"flaky-network", "Connections break before and behind the effect, 503 comes twice, an answer is slow", flakyNetwork},
	{"webhook-attack", "Deliveries come twice, late, and forged", webhookAttack},
	{"outage", "Everything answers 503 for a while", outageDrill},
	{"permission", "Calls are refused with 403 and 401, whatever is tried", permission},
}

// Drills lists them.
func Drills() []Drill { return slices.Clone(drills) }

// FindDrill gives the drill of a name.
func FindDrill(name string) (Drill, error) {
	var known []string
	for _, d := range drills {
		if d.Name == name {
			return d, nil
		}
		known = append(known, d.Name)
	}
	if near := contracts.Nearest(name, known); near != "" {
		return Drill{}, fmt.Errorf("there is no drill %q; did you mean %s?", cut(name), near)
	}
	return Drill{}, fmt.Errorf("there is no drill %q; there are %s", cut(name), strings.Join(known, ", "))
}

// For makes the drill's plan for a contract. Where the contract has nothing that it could be about, the plan is idle and says why.
func (d Drill) For(c *contracts.Contract) *Plan {
	p := d.make(c)
	p.Title = d.Name
	for i := range p.Steps {
		s := &p.Steps[i]
		s.Contract = c.Name
		s.Name = fmt.Sprintf("%s-%d", d.Name, i+1)
	}
	return &p
}

// Join makes one plan of several, in their order.
func Join(plans ...*Plan) *Plan {
	joined := &Plan{}
	var titles []string
	for _, p := range plans {
		joined.MayFail = joined.MayFail || p.MayFail && len(p.Steps) > 0
		joined.Steps = append(joined.Steps, p.Steps...)
		if p.Title != "" && !slices.Contains(titles, p.Title) {
			titles = append(titles, p.Title)
		}
		if p.File != "" {
			joined.File = p.File
		}
	}
	joined.Title = strings.Join(titles, " and ")
	return joined
}

// ids gives the operations that which lets pass.
func ids(c *contracts.Contract, which func(*contracts.Operation) bool) []string {
	var list []string
	for _, o := range c.Operations {
		if which(o) {
			list = append(list, o.ID)
		}
	}
	return list
}

// mostNamed is how many operations a fault names at most.
const mostNamed = 100

// only puts a fault on operations, or on all where there are too many to be named.
func only(list []string, spec contracts.FaultBehaviour) contracts.FaultBehaviour {
	if spec.Operations = list; len(list) > mostNamed {
		spec.Operations = nil
	}
	return spec
}

// ordered is a step that orders a fault before the client begins.
func ordered(says string, spec contracts.FaultBehaviour) Step {
	return Step{Says: says, Trigger: Trigger{Start: true}, Then: []Action{{Fault: &spec}}}
}

// repeatable says that a client may send a call again that broke off before it took effect: the method is idempotent (RFC 9110,
// 9.2.2), or a key makes the repeat known.
func repeatable(c *contracts.Contract, o *contracts.Operation) bool {
	switch o.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	header, _ := c.IdempotencyKey(o)
	return header != ""
}

// limited says that a limit counts an operation, or that the document foresees 429.
func limited(c *contracts.Contract, o *contracts.Operation) bool {
	plans := []string{""}
	for name := range c.Behaviour.Plans {
		plans = append(plans, name)
	}
	if slices.ContainsFunc(plans, func(plan string) bool { return len(c.LimitsOf(o, plan)) > 0 }) {
		return true
	}
	return documents(o, "429")
}

func documents(o *contracts.Operation, status string) bool {
	return slices.ContainsFunc(o.Responses, func(r *contracts.Response) bool { return r.Status == status })
}

// retryAfter is longer than the first wait of clients that do not look.
const retryAfter = 2

func rateLimit(c *contracts.Contract) Plan {
	list := ids(c, func(o *contracts.Operation) bool { return limited(c, o) })
	if len(list) == 0 {
		return Plan{Idle: "the contract declares no limit, and none of its operations documents 429"}
	}
	refusal := contracts.FaultBehaviour{Kind: "status", Status: contracts.Statuses{429}, Code: "limit_exceeded", Message: "Too many requests.", Times: 1}
	told, later := only(list, refusal), only(list, refusal)
	told.Headers = map[string]string{"Retry-After": fmt.Sprint(retryAfter)}
	later.After = 2
	second := "the fourth is answered with 429 without Retry-After"
	if slices.ContainsFunc(c.Operations, tellsWait) { // one without it would not be the vendor's
		later.Headers = map[string]string{"Retry-After": fmt.Sprint(retryAfter + 1)}
		second = fmt.Sprintf("the fourth is answered with 429 and Retry-After: %d", retryAfter+1)
	}
	return Plan{Steps: []Step{
		ordered(fmt.Sprintf("the first call that a limit counts is answered with 429 and Retry-After: %d", retryAfter), told),
		ordered(second, later),
	}}
}

// tellsWait says that the document promises Retry-After with a refusal by a limit.
func tellsWait(o *contracts.Operation) bool {
	return slices.ContainsFunc(o.Responses, func(r *contracts.Response) bool {
		return r.Status == "429" && slices.ContainsFunc(r.Headers, func(h *contracts.Header) bool { return strings.EqualFold(h.Name, "Retry-After") })
	})
}

func flakyNetwork(c *contracts.Contract) Plan {
	again := ids(c, func(o *contracts.Operation) bool { return repeatable(c, o) })
	if len(again) == 0 {
		return Plan{Idle: "the contract has no operation that a client may safely repeat"}
	}
	reads := ids(c, func(o *contracts.Operation) bool { return o.Method == http.MethodGet })
	writes := ids(c, func(o *contracts.Operation) bool {
		return o.Method != http.MethodGet && o.Method != http.MethodHead && o.Method != http.MethodDelete && repeatable(c, o)
	})
	p := Plan{Steps: []Step{
		ordered("the first call that may be repeated has its connection reset before it takes effect", only(again, contracts.FaultBehaviour{Kind: "reset", Times: 1})),
		ordered("the third and the fourth are answered with 503", only(again, contracts.FaultBehaviour{
			Kind: "status", Status: contracts.Statuses{503}, Message: "The service is not available for the moment.", After: 1, Times: 2,
		})),
	}}
	if len(writes) > 0 {
		p.Steps = append(p.Steps, ordered("the first write that may be repeated takes effect, and its connection is reset before the answer", only(writes, contracts.FaultBehaviour{Kind: "drop", Times: 1})))
	}
	if len(reads) > 0 {
		p.Steps = append(p.Steps, ordered(fmt.Sprintf("the sixth read is answered after %s, which a client with a time-out does not wait for", slowFor), only(reads, contracts.FaultBehaviour{
			Kind: "latency", Delay: slowFor.String(), Real: true, After: 5, Times: 1,
		})))
	}
	return p
}

// slowFor is how long a slow answer takes: longer than a client should wait. One with a time-out leaves before.
const slowFor = 35 * time.Second

// outageFor is how long an outage lasts: longer than five attempts with doubled waits take that begin with half a second.
const outageFor = 15 * time.Second

func outageDrill(c *contracts.Contract) Plan {
	if len(c.Operations) < 1 {
		return Plan{Idle: "the contract has no operations"}
	}
	return Plan{MayFail: true, Steps: []Step{{
		Says:    fmt.Sprintf("from the second call on everything is answered with 503 for %s", outageFor),
		Trigger: Trigger{Call: &Call{Number: 2}},
		Then:    []Action{{Outage: &Outage{For: outageFor}}},
	}}}
}

func permission(c *contracts.Contract) Plan {
	list := ids(c, func(o *contracts.Operation) bool { return !o.Anonymous && o.Behaviour.Session == "" })
	if len(list) == 0 {
		return Plan{Idle: "no operation of the contract takes a credential"}
	}
	forbidden := only(list, contracts.FaultBehaviour{Kind: "status", Status: contracts.Statuses{403}, Code: "permission_insufficient", Message: "You may not do this.", After: 1, Times: 3})
	unknown := only(list, contracts.FaultBehaviour{Kind: "status", Status: contracts.Statuses{401}, Code: "credential_revoked", Message: "The credential was revoked.", After: 2, Times: 3})
	return Plan{MayFail: true, Steps: []Step{
		ordered("the second to fourth call with a credential are answered with 403", forbidden),
		ordered("the sixth to eighth are answered with 401", unknown),
	}}
}
