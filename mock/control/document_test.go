package control_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/control"
	"understudy/mock/credential"
	"understudy/mock/quota"

	"go.yaml.in/yaml/v4"
)

func document(t *testing.T) *contracts.Contract {
	t.Helper()
	c, err := ownDocument()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRoutesAreTheDocuments(t *testing.T) {
	var want []string
	for _, o := range document(t).Operations {
		want = append(want, o.Method+" "+o.Path+" "+o.ID)
	}
	got := control.New(control.Options{}).Routes()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the routes are\n%s\nthe document's operations\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestParametersAreTheDocuments(t *testing.T) {
	known := control.New(control.Options{}).Parameters()
	for _, o := range document(t).Operations {
		var want []string
		for _, p := range o.Parameters {
			if p.In != "query" {
				continue
			}
			name := p.Name
			if p.Style == "deepObject" {
				name += "[]"
			}
			want = append(want, name)
		}
		got := slices.Clone(known[o.ID])
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s knows the parameters %v, its document %v", o.ID, got, want)
		}
	}
}

func TestDocumentIsSound(t *testing.T) {
	c := document(t)
	for _, w := range c.Warnings {
		t.Errorf("%s:%d %s: %s", w.At.File, w.At.Line, w.At.Pointer, w.Message)
	}
	for _, o := range c.Operations {
		if o.Summary == "" || len(o.Tags) != 1 {
			t.Errorf("%s has no summary, or not one tag", o.ID)
		}
		for _, r := range o.Responses {
			for _, m := range r.Content {
				for _, e := range m.Examples {
					if list := m.Schema.Check(e.Value, schema.Response); len(list) > 0 {
						t.Errorf("%s %s: the example breaks its schema at %s: wanted %s, got %s", o.ID, r.Status, list[0].Pointer, list[0].Want, list[0].Got)
					}
				}
			}
		}
	}
	if slices.Contains(contracts.Builtins(), "control") {
		t.Error("the management API is listed among the contracts that can be served")
	}
}

func TestDocumentPassesTheSecondReader(t *testing.T) {
	data, err := contracts.Builtin("control", "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	findings, err := contracts.Lint(t.Context(), name, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Errorf("line %d %s: %s", f.At.Line, f.At.Pointer, f.Message)
	}
}

func TestServedDocumentIsTheEmbeddedOne(t *testing.T) {
	s := start(t, control.Options{})
	_, text := s.get("/openapi.json")
	got, err := schema.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	data, err := contracts.Builtin("control", "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	want, err := schema.Decode(root.Content[0])
	if err != nil {
		t.Fatal(err)
	}
	if !schema.Equal(got, want) {
		t.Error("GET /openapi.json is another document than the embedded one")
	}
	if !strings.HasPrefix(text, `{"openapi":"3.1`) {
		t.Errorf("the order of the document is lost: it begins %.40s", text)
	}
}

// An operationCall is one call of an operation and the status that it is answered with.
type operationCall struct {
	method, path, body string
	status             int
}

func callAll(s *stand, calls []operationCall) {
	s.t.Helper()
	for _, c := range calls {
		if status, body := s.send(c.method, c.path, c.body); status != c.status {
			s.t.Errorf("%s %s answered %d, want %d: %s", c.method, c.path, status, c.status, body)
		}
	}
}

// TestEveryOperation calls every operation once, so that the judge sees its good answer.
func TestEveryOperation(t *testing.T) {
	s := start(t, control.Options{Judge: instantJudge{}, Metrics: counting(t), Profiles: true})
	s.call("POST", "/pets", `{"name":"Ada"}`)
	s.call("POST", "/pets", `{"name":""}`)
	s.settled(2)
	_, dump := s.get("/contracts/petstore/state/export")
	callAll(s, []operationCall{
		{"GET", "/health", "", 200},
		{"GET", "/ready", "", 200},
		{"GET", "/version", "", 200},
		{"GET", "/metrics", "", 200},
		{"GET", "/debug/pprof/goroutine?debug=1", "", 200},
		{"GET", "/clock", "", 200},
		{"POST", "/clock", `{"advance":"1s"}`, 200},
		{"GET", "/clock/pending", "", 200},
		{"GET", "/contracts/petstore/clock", "", 200},
		{"POST", "/contracts/petstore/clock", `{"rate":0}`, 200},
		{"GET", "/contracts/petstore/clock/pending", "", 200},
		{"POST", "/contracts/petstore/sandboxes", `{"name":"a"}`, 201},
		{"GET", "/contracts/petstore/sandboxes", "", 200},
		{"GET", "/contracts/petstore/sandboxes/a", "", 200},
		{"DELETE", "/contracts/petstore/sandboxes/a", "", 204},
		{"PUT", "/contracts/petstore/snapshots/one", "", 201},
		{"PUT", "/contracts/petstore/snapshots/one", "", 200},
		{"GET", "/contracts/petstore/snapshots", "", 200},
		{"GET", "/contracts/petstore/snapshots/one/export", "", 200},
		{"POST", "/contracts/petstore/snapshots/one/restore", "", 200},
		{"DELETE", "/contracts/petstore/snapshots/one", "", 204},
		{"POST", "/contracts/petstore/snapshots/import", "{}", 415},
		{"GET", "/contracts/petstore/bundle", "", 200},
		{"POST", "/contracts/petstore/try", `{"method":"GET","path":"/pets"}`, 200},
		{"GET", "/contracts/petstore/suites", "", 200},
		{"POST", "/contracts/petstore/runs", `{"suite":"checks"}`, 201},
		{"GET", "/contracts/petstore/runs/1/follow", "", 200},
		{"GET", "/contracts/petstore/runs/1", "", 200},
		{"GET", "/contracts/petstore/runs", "", 200},
		{"GET", "/contracts/petstore/runs/1/report?format=html", "", 200},
		{"POST", "/contracts/petstore/runs/1/stop", "", 200},
		{"GET", "/contracts/petstore/page/oauth2-redirect.html?code=a&state=b", "", 200},
		{"GET", "/status", "", 200},
		{"GET", "/openapi.json", "", 200},
		{"GET", "/contracts", "", 200},
		{"GET", "/contracts/-", "", 200},
		{"GET", "/contracts/petstore/openapi.json", "", 200},
		{"GET", "/contracts/petstore/page", "", 200},
		{"GET", "/contracts/petstore/page/swagger-ui.css", "", 200},
		{"GET", "/contracts/petstore/explain", "", 200},
		{"GET", "/contracts/petstore/explain?format=text", "", 200},
		{"GET", "/contracts/petstore/explain?format=markdown", "", 200},
		{"GET", "/contracts/petstore/journal", "", 200},
		{"GET", "/contracts/petstore/journal/1", "", 200},
		{"GET", "/contracts/petstore/journal.har", "", 200},
		{"HEAD", "/contracts/petstore/journal/follow", "", 200},
		{"GET", "/contracts/petstore/state", "", 200},
		{"GET", "/contracts/petstore/state/items?collection=/pets", "", 200},
		{"GET", "/contracts/petstore/state/item?collection=/pets&id=1", "", 200},
		{"PUT", "/contracts/petstore/state/item?collection=/pets&id=1", `{"name":"Max"}`, 200},
		{"DELETE", "/contracts/petstore/state/item?collection=/pets&id=1", "", 204},
		{"POST", "/contracts/petstore/state/reset", "", 200},
		{"POST", "/contracts/petstore/state/import", dump, 200},
		{"DELETE", "/contracts/petstore/journal", "", 200},
		{"POST", "/reset", "", 200},
	})
	b := openBox(t)
	b.client = s.client
	id, token := b.makeKey(map[string]any{"name": "CI"})
	const at = "/contracts/tickets"
	callAll(&b.stand, []operationCall{
		{"GET", at + "/keys", "", 200},
		{"POST", at + "/keys", `{"name":"CI","scopes":["tickets:read"]}`, 201},
		{"GET", at + "/keys/" + id, "", 200},
		{"PATCH", at + "/keys/" + id, `{"name":"CI 2"}`, 200},
		{"POST", at + "/keys/" + id + "/rotate", "", 201},
		{"DELETE", at + "/keys/" + id + "?confirm=true", "", 200},
		{"GET", at + "/credentials", "", 200},
		{"GET", at + "/credential-classes", "", 200},
		{"PATCH", at + "/credential-classes/access-token", `{"lifetime":"5s"}`, 200},
		{"GET", at + "/ready-credentials", "", 200},
		{"POST", at + "/tokens", `{}`, 201},
		{"POST", at + "/tokens/decode", `{"token":"` + token + `"}`, 200},
		{"POST", at + "/tokens/revoke", `{"id":"` + id + `"}`, 200},
		{"GET", at + "/signing-keys", "", 200},
		{"GET", at + "/identity", "", 200},
		{"POST", at + "/signing-keys/rotate", "", 200},
		{"GET", at + "/audit", "", 200},
		{"GET", at + "/audit?format=jsonl", "", 200},
		{"GET", at + "/accounts", "", 200},
		{"POST", at + "/accounts", `{"name":"Third Wall"}`, 201},
		{"GET", at + "/accounts/acc_first", "", 200},
		{"PUT", at + "/accounts/acc_first", `{"name":"First Night","plan":"free"}`, 200},
		{"PUT", at + "/accounts/acc_fourth", `{"name":"Fourth Act"}`, 201},
		{"GET", at + "/users", "", 200},
		{"POST", at + "/users", `{"name":"Omar","email":"omar@first.example"}`, 201},
		{"GET", at + "/users/usr_ida", "", 200},
		{"PUT", at + "/users/usr_ida", `{"name":"Ida Holm","email":"ida@first.example","role":"viewer"}`, 200},
		{"PUT", at + "/users/usr_new", `{"name":"Noor","email":"noor@first.example"}`, 201},
		{"POST", at + "/users/usr_ida/password", `{"password":"velvet-lamp-curtain"}`, 200},
		{"GET", at + "/clients", "", 200},
		{"POST", at + "/clients", `{"id":"web","name":"Web","redirects":["https://shop.example/callback"]}`, 201},
		{"DELETE", at + "/clients/web", "", 204},
		{"POST", at + "/faults", `{"name":"down","kind":"status","status":503,"outage":"Down"}`, 201},
		{"GET", at + "/faults", "", 200},
		{"GET", at + "/faults/down", "", 200},
		{"DELETE", at + "/faults/down", "", 204},
		{"DELETE", at + "/faults", "", 200},
		{"GET", at + "/modules", "", 200},
		{"PUT", at + "/modules/stalls", `{"on":false}`, 200},
		{"GET", at + "/limits", "", 200},
		{"POST", at + "/limits/set", `{"limit":"minute","subject":"` + id + `","remaining":3}`, 200},
		{"POST", at + "/limits/drain", `{"limit":"minute"}`, 200},
		{"POST", at + "/limits/reset", `{}`, 200},
	})
	h := openHarbour(t)
	h.client = s.client
	callAll(&h.stand, hookCalls(h))
	seen := s.client.Transport.(*judge).seen
	for _, o := range document(t).Operations {
		if !seen[o.ID] {
			t.Errorf("nothing called %s", o.ID)
		}
	}
}

// hookCalls are the operations about what others are told.
func hookCalls(h *harbour) []operationCall {
	const at = "/contracts/harbour"
	endpoint := h.endpoint(map[string]any{"url": h.inbox("")})
	sent := h.event(`{"type":"berth.freed"}`)
	record := h.delivered(sent.Deliveries[0].ID)
	return []operationCall{
		{"GET", at + "/endpoints", "", 200},
		{"POST", at + "/endpoints", `{"url":"http://127.0.0.1:9/"}`, 201},
		{"GET", at + "/endpoints/" + endpoint.ID, "", 200},
		{"PATCH", at + "/endpoints/" + endpoint.ID, `{"description":"x"}`, 200},
		{"POST", at + "/endpoints/" + endpoint.ID + "/rotate", `{"name":"HARBOUR_WEBHOOK_SECRET"}`, 200},
		{"GET", at + "/events", "", 200},
		{"GET", at + "/events/berth.freed", "", 200},
		{"GET", at + "/events/berth.freed/curl?url=http://127.0.0.1:9/", "", 200},
		{"POST", at + "/events/sign", `{"type":"berth.freed","body":"{}"}`, 200},
		{"POST", at + "/events/verify", `{"type":"berth.freed","body":"{}","headers":{}}`, 200},
		{"GET", at + "/event-families", "", 200},
		{"PUT", at + "/event-families/leaving", `{"on":true}`, 200},
		{"GET", at + "/told-events", "", 200},
		{"GET", at + "/told-events/" + sent.Event.ID, "", 200},
		{"POST", at + "/told-events/" + sent.Event.ID + "/replay", `{}`, 201},
		{"GET", at + "/deliveries", "", 200},
		{"POST", at + "/deliveries/wait", `{}`, 200},
		{"POST", at + "/deliveries/" + record.Delivery.ID + "/replay", `{}`, 201},
		{"POST", at + "/deliveries/replay", `{}`, 201},
		{"POST", at + "/deliveries/" + record.Delivery.ID + "/cancel", "", 409},
		{"GET", at + "/misbehaviours", "", 200},
		{"POST", at + "/misbehaviours", `{"kind":"duplicate"}`, 201},
		{"DELETE", at + "/misbehaviours", "", 200},
		{"DELETE", at + "/misbehaviours/mis_none", "", 404},
		{"GET", at + "/inbox", "", 200},
		{"POST", at + "/inbox/wait", `{}`, 200},
		{"PUT", at + "/inbox/answers", `{"address":"/","answers":[]}`, 200},
		{"DELETE", at + "/inbox", "", 200},
		{"GET", at + "/inbound", "", 200},
		{"PUT", at + "/inbound/secrets/STRIPE_WEBHOOK_SECRET", `{"secrets":[]}`, 200},
		{"GET", at + "/realtime", "", 200},
		{"POST", at + "/realtime/publish", `{"channel":"berths","event":"x"}`, 200},
		{"POST", at + "/realtime/disconnect", `{}`, 200},
		{"POST", at + "/realtime/refuse", `{}`, 200},
		{"DELETE", at + "/endpoints/" + endpoint.ID, "", 204},
	}
}

// TestEntryHasNoUnknownMembers holds the exported Go form against the document: both describe the same JSON.
func TestEntryHasNoUnknownMembers(t *testing.T) {
	for name, value := range map[string]any{
		"Entry": control.Entry{}, "Happening": control.Happening{}, "Sandbox": control.Sandbox{}, "SandboxWays": control.SandboxWays{}, "Snapshot": control.Snapshot{}, "Contract": control.Contract{}, "Stats": control.Stats{}, "Time": control.Time{},
		"Problem": control.Problem{}, "Body": control.Body{}, "Violation": control.Violation{}, "Trace": control.Trace{},
		"Usage": credential.Usage{}, "AuditEntry": credential.AuditEntry{}, "Account": credential.Account{}, "Person": credential.User{},
		"CredentialClass": control.Class{}, "Identity": control.Identity{}, "IdentityProvider": control.Provider{}, "FaultKind": control.FaultKind{}, "SignatureKind": control.SignatureKind{},
		"Application": credential.Client{}, "Credential": credential.Credential{}, "Decoded": control.Decoded{},
		"Limits": control.Limits{}, "Limit": quota.Policy{}, "Counter": quota.Counter{},
		"Module": control.Module{}, "ServiceStatus": control.ServiceStatus{}, "ContractStatus": control.ContractStatus{}, "Incident": control.Incident{},
		"FaultOrder": contracts.FaultBehaviour{}, "ReadyCredential": control.ReadyCredential{}, "RevokedKey": control.RevokedKey{}, "Rotation": control.Rotation{},
		"Endpoint": control.Endpoint{}, "EndpointSecret": control.EndpointSecret{}, "Manner": control.Manner{}, "Breaker": control.Breaker{}, "Event": control.Event{},
		"ToldEvent": control.ToldEvent{}, "SentEvent": control.SentEvent{}, "Signed": control.Signed{}, "Verified": control.Verified{}, "CurlCommand": control.CurlCommand{},
		"EventFamily": control.EventFamily{}, "Delivery": control.Delivery{}, "Attempt": control.Attempt{}, "WaitedDelivery": control.WaitedDelivery{},
		"Misbehaviour": control.Misbehaviour{}, "Inbox": control.Inbox{}, "Received": control.Received{}, "Verdict": control.Verdict{}, "InboundSecret": control.InboundSecret{},
		"Suite": control.Suite{}, "Run": control.Run{}, "Tried": control.Tried{},
		"Inbound": control.Inbound{}, "Realtime": control.Realtime{}, "Connection": control.Connection{}, "Channel": control.Channel{}, "Emitted": control.Emitted{},
	} {
		want := map[string]bool{}
		for _, p := range document(t).Schemas {
			if p.Name == name {
				for _, member := range p.Schema.Properties {
					want[member.Name] = true
				}
			}
		}
		got := map[string]bool{}
		form := reflect.TypeOf(value)
		for i := range form.NumField() {
			if tag, _, _ := strings.Cut(form.Field(i).Tag.Get("json"), ","); tag != "" && tag != "-" {
				got[tag] = true
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s has the members %v, its schema %v", name, got, want)
		}
	}
}
