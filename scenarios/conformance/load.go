package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// planLoad lists the tests of what is too large, and of text that means something elsewhere.
func (j *judge) planLoad(o *contracts.Operation) []*planned {
	var list []*planned
	add := func(id string, alone bool, run func(*trial)) {
		p := on(id, o, run)
		p.alone = alone
		list = append(list, p)
	}
	b := j.model.Binding(o)
	if b.Role == inference.List && b.Page != nil && b.Page.Limit != "" {
		add("LIM-001", false, (*trial).largePage)
	}
	if o.Body != nil && jsonBody(o) != nil && writes(o) {
		if j.first(o, func(other *contracts.Operation) string {
			return demand(other) + fmt.Sprint(other.Body != nil && jsonBody(other) != nil)
		}) || o.Anonymous {
			add("LIM-002", true, (*trial).largeContent)
			add("LIM-003", true, (*trial).deepContent)
		}
	}
	if len(j.withText(o, injections[0])) > 0 {
		add("SEC-005", false, (*trial).injected)
	}
	return append(list, j.planLimits(o)...)
}

func jsonBody(o *contracts.Operation) *contracts.MediaType {
	if o.Body == nil {
		return nil
	}
	for _, m := range o.Body.Content {
		if contracts.JSONMedia(m.Name) {
			return m
		}
	}
	return nil
}

// disruptive says that burdening requests may be sent, or why the trial is skipped.
func (t *trial) disruptive() bool {
	if !t.deployment.Disruptive() {
		t.skip("it burdens the deployment: --disruptive allows it")
		return false
	}
	return true
}

// largePage is LIM-001.
func (t *trial) largePage() {
	if !t.disruptive() || !t.ready() {
		return
	}
	o := t.operation()
	b := t.model.Binding(o)
	one, _ := t.plain(o)
	items, why := t.place(&one, anyItem)
	if why != "" {
		t.skip("%s", why)
		return
	}
	most := b.Page.Max
	for _, p := range o.Parameters {
		if p.In == "query" && p.Name == b.Page.Limit && p.Schema != nil && p.Schema.Resolve().Maximum != nil {
			if n, err := json.Number(p.Schema.Resolve().Maximum.Text).Int64(); err == nil {
				most = int(n)
			}
		}
	}
	if most <= 0 {
		t.skip("the contract states no largest page")
		return
	}
	one.Arguments.Set("query", b.Page.Limit, json.Number("100000"))
	t.mark()
	a := t.send(call{Case: one, actor: t.caller(o), items: items, quiet: true, intent: check.Invalid, purpose: "LIM-001: a page of 100000", unspoken: true})
	switch f := fateOf(a.status); f {
	case accepted:
		t.judged++
		if n := len(itemsIn(b, a.content())); n > most {
			t.find(check.Finding{
				Message: fmt.Sprintf("%s gave a page of %d items, although the largest is %d.", label(o), n, most), Want: fmt.Sprintf("at most %d items, or a refusal", most),
				Got: fmt.Sprintf("%d items", n), Where: "response body " + b.Item, Keyword: "page size", Exchange: a.Number,
			})
		}
	case refused:
		t.judged++
	default:
		t.skip("%s", f.explain(o, a.status))
	}
}

// patience is how long an answer to a burdening request may take.
const patience = 10 * time.Second

// heavy sends content of our own and judges whether it is answered in time and by no failure.
func (t *trial) heavy(raw []byte, what, keyword string) {
	if !t.disruptive() {
		return
	}
	o := t.operation()
	if b := t.base(o); !b.there {
		t.skip("%s", b.why)
		return
	}
	one, _ := t.plain(o)
	items, why := t.place(&one, ownItem)
	if why != "" {
		t.skip("%s", why)
		return
	}
	m := jsonBody(o)
	one.Body = &contracts.Body{Media: m, ContentType: m.Name, Raw: raw, Present: true}
	t.mark()
	c := call{Case: one, actor: t.caller(o), items: items, quiet: true, intent: check.Invalid, purpose: t.planned.check + ": " + what, unspoken: true}
	c.Check = ""
	a := t.send(c)
	if a.Number == 0 {
		return
	}
	if a.ok() {
		t.spoilt(&c, a)
	}
	t.broken = ""
	t.judged++
	f := check.Finding{Want: "an answer in time that is no failure", Where: "status", Keyword: keyword, Exchange: a.Number, Got: statusText(a.status)}
	switch {
	case a.status >= 500:
		f.Message = fmt.Sprintf("%s failed on %s with %s.", label(o), what, statusText(a.status))
	case a.Exchange.Duration > patience || a.status == 0 && strings.Contains(a.Error, "in time"):
		f.Message, f.Got = fmt.Sprintf("%s took %s for %s.", label(o), a.Exchange.Duration.Round(time.Millisecond), what), a.Exchange.Duration.String()
	default:
		return // a connection that is cut after a refusal is as good
	}
	t.find(f)
}

// largeContent is LIM-002.
func (t *trial) largeContent() {
	text := bytes.Repeat([]byte("understudy "), 2<<20/11)
	t.heavy(append(append([]byte(`{"understudy":"`), text...), `"}`...), "content of 2 MiB", "oversized")
}

// deepContent is LIM-003.
func (t *trial) deepContent() {
	const deep = 20_000
	t.heavy(append(bytes.Repeat([]byte(`{"a":[`), deep), bytes.Repeat([]byte(`]}`), deep)...), fmt.Sprintf("content nested %d levels deep", 2*deep), "deep")
	t.heavy([]byte(`{"understudy":[`+strings.Repeat("1,", 200_000)+`1]}`), "a list of 200001 items", "long")
}

// injections are texts that mean something to a database, a shell, a page or a template.
var injections = []string{"'", "';--", `"><script>understudy</script>`, "{{7*7}}${7*7}", "$(id)`id`", "../../etc/passwd", "a\u0000b"}

// injected is SEC-005: such texts stand where any text may. That the request succeeds is no finding.
func (t *trial) injected() {
	o := t.operation()
	b := t.base(o)
	if !b.there {
		t.skip("there is no request to put it into that is answered: %s", b.why)
		return
	}
	if writes(o) && t.model.Binding(o).Role == inference.None && o.Behaviour.Session != "" {
		t.skip("it logs in or out")
		return
	}
	tried := 0
	for _, text := range injections {
		for _, one := range t.withText(o, text) {
			if tried++; tried > 12 || t.halted != nil {
				return
			}
			t.mark()
			c, a, why := t.tryText(one)
			if why != "" {
				t.skip("%s", why)
				continue
			}
			t.judgeText(c, a, text)
		}
	}
	t.skip("no parameter and no member takes any text")
}

func (t *trial) tryText(one cases.Case) (call, *answer, string) {
	one = one.Clone()
	n := t.needOf(one.Operation)
	if n == freshItem {
		n = ownItem
	}
	items, why := t.place(&one, n)
	if why != "" {
		return call{}, nothing(), why
	}
	c := call{Case: one, actor: t.caller(one.Operation), items: items, quiet: true, intent: check.Valid, purpose: "SEC-005: " + one.Name, wants: []string{"$statusCode < 500"}}
	a := t.send(c)
	if a.ok() {
		t.spoilt(&c, a)
	}
	return c, a, ""
}

// withText gives the base case with a text in each place of its own, where the contract lets it stand.
func (j *judge) withText(o *contracts.Operation, text string) []cases.Case {
	var list []cases.Case
	plain, ok := j.plain(o)
	if !ok {
		return nil
	}
	add := func(c cases.Case, where string) {
		if c.Name = "injected text in " + where; j.maker(0).Holds(c) && len(list) < 4 {
			list = append(list, c)
		}
	}
	for _, p := range o.Parameters {
		if p.In != "query" || p.Schema == nil {
			continue
		}
		for _, v := range []any{text, []any{text}} {
			if p.Schema.Valid(v, schema.Request) {
				c := plain.Clone()
				c.Arguments.Set(p.In, p.Name, v)
				add(c, "query "+p.Name)
				break
			}
		}
	}
	for _, full := range j.fuller(o, 0)[:min(1, len(j.fuller(o, 0)))] {
		object, _ := full.Body.Value.(map[string]any)
		for name, v := range members(object) {
			if _, isText := v.(string); isText {
				c := full.Clone()
				c.Body.Value, _ = placed(full.Body.Value, "/"+schema.EscapeToken(name), text)
				add(c, "body /"+name)
			}
		}
	}
	return list
}

// judgeText tells of a failure, and of markup that comes back where a browser would carry it out.
func (t *trial) judgeText(c call, a *answer, text string) {
	f := check.Finding{Want: "success or a refusal, without the text in a page", Where: "request " + strings.TrimPrefix(c.Name, "injected text in "), Exchange: a.Number}
	switch {
	case a.status == 0 || fateOf(a.status) == limited:
		t.skip("%s", fateOf(a.status).explain(c.Operation, a.status))
		return
	case a.status >= 500:
		f.Message, f.Got, f.Keyword = fmt.Sprintf("%s failed with %s on a text that means something elsewhere: %q.", label(c.Operation), statusText(a.status), text), statusText(a.status), "failed"
	case strings.HasPrefix(a.header("Content-Type"), "text/html") && strings.Contains(text, "<script>") && bytes.Contains(a.Exchange.ResponseBody, []byte(text)):
		f.Message, f.Got, f.Keyword = fmt.Sprintf("%s sent markup of the request back in a page.", label(c.Operation)), "the markup as it was sent", "echo"
	default:
		t.judged++
		return
	}
	t.judged++
	t.find(f)
}

// foreignOrigin is SEC-002.
func (t *trial) foreignOrigin() {
	const origin = "https://attacker.example"
	for _, o := range t.contract.Operations {
		if writes(o) || len(templateNames(o)) > 0 {
			continue
		}
		one, ok := t.plain(o)
		if !ok {
			continue
		}
		t.mark()
		a := t.send(call{Case: one, actor: t.caller(o), header: http.Header{"Origin": {origin}}, quiet: true, intent: check.Valid, purpose: "SEC-002: a foreign origin", unspoken: true})
		if !a.ok() {
			continue
		}
		t.judged++
		if a.header("Access-Control-Allow-Origin") == origin && strings.EqualFold(a.header("Access-Control-Allow-Credentials"), "true") {
			t.find(check.Finding{
				Message: "Any origin may send requests with credentials and read the answers.", Want: "a list of origins, or no credentials", Got: origin + " with credentials",
				Where: "response header Access-Control-Allow-Origin", Method: http.MethodGet, Keyword: "origin", Exchange: a.Number,
			})
		}
		return
	}
	t.skip("no operation could be read")
}
