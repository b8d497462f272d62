package control_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"

	"github.com/gavv/httpexpect/v2"
)

// TestIdentityAddressesAnswer: where the API says that the identity provider is, it is, in the world that is meant.
func TestIdentityAddressesAnswer(t *testing.T) {
	c, err := contracts.Load(t.Context(), "ecosire", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := mock.New(t.Context(), mock.Options{Contract: c, Clock: clock.New(clock.Options{At: noon, Frozen: true}), Secret: [32]byte{7}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	s := &stand{t: t, server: server}
	s.handler = control.New(control.Options{})
	s.handler.Add("ecosire", api.URL+"/api", func() *mock.Server { return server })
	s.handler.Ready()
	s.serve()
	s.expect().POST(one + "/sandboxes").WithJSON(map[string]any{"name": "a"}).Expect().Status(201)
	for _, world := range []string{"", "a"} {
		q := s.expect().GET(one + "/identity")
		if world != "" {
			q = q.WithQuery("sandbox", world)
		}
		p := q.Expect().Status(200).JSON().Object().Value("provider").Object()
		discovery := p.Value("discovery").String().Raw()
		var document struct {
			Issuer    string `json:"issuer"`
			Authorize string `json:"authorization_endpoint"`
			Token     string `json:"token_endpoint"`
			Keys      string `json:"jwks_uri"`
			UserInfo  string `json:"userinfo_endpoint"`
		}
		readJSON(t, discovery, &document)
		way := ""
		if world != "" {
			way = mock.SandboxPath(world)
		}
		for name, said := range map[string]string{"authorize": document.Authorize, "token": document.Token, "jwks": document.Keys, "userinfo": document.UserInfo} {
			want := api.URL + way + strings.TrimPrefix(said, api.URL)
			if got := p.Value(name).String().Raw(); got != want {
				t.Errorf("world %q: %s is %s, the provider itself says %s", world, name, got, said)
			}
		}
		if got := p.Value("issuer").String().Raw(); got != document.Issuer {
			t.Errorf("world %q: the issuer is %s, the provider itself says %s", world, got, document.Issuer)
		}
		var published map[string]any
		readJSON(t, p.Value("jwks").String().Raw(), &published)
		keys := s.expect().GET(one + "/signing-keys")
		if world != "" {
			keys = keys.WithQuery("sandbox", world)
		}
		keys.Expect().Status(200).JSON(httpexpect.ContentOpts{MediaType: "application/jwk-set+json"}).Object().IsEqual(published)
	}
}

// readJSON gets a document.
func readJSON(t *testing.T, address string, into any) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", address, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestContractWithoutIdentityProvider(t *testing.T) {
	s := start(t, control.Options{})
	s.expect().GET(one + "/identity").Expect().Status(200).JSON().Object().NotContainsKey("provider")
}

// TestClassesTellWhatCanBeAskedFor: a form for a key needs the scopes, and how many of them a key may have.
func TestClassesTellWhatCanBeAskedFor(t *testing.T) {
	b := openBox(t)
	for _, class := range b.expect().GET(one + "/credential-classes").Expect().Status(200).JSON().Object().Value("classes").Array().Iter() {
		o := class.Object()
		if o.Value("kind").String().Raw() != "key" {
			continue
		}
		for _, scope := range o.Value("scopes").Array().NotEmpty().Raw() {
			body := map[string]any{"name": "CI", "class": o.Value("name").Raw(), "scopes": []any{scope}}
			b.expect().POST(one + "/keys").WithJSON(body).Expect().Status(201)
		}
		several := 201
		if o.Value("one_scope").Boolean().Raw() {
			several = 422
		}
		all := map[string]any{"name": "CI", "class": o.Value("name").Raw(), "scopes": o.Value("scopes").Raw()}
		b.expect().POST(one + "/keys").WithJSON(all).Expect().Status(several)
	}
}

// TestFaultKindsCanBeOrdered: every kind that is listed can be ordered without a further member, but latency and content-type,
// which say what they want.
func TestFaultKindsCanBeOrdered(t *testing.T) {
	s := start(t, control.Options{})
	kinds := s.expect().GET(one + "/faults").Expect().Status(200).JSON().Object().Value("kinds").Array()
	if n := len(kinds.Raw()); n != len(contracts.FaultKinds) {
		t.Fatalf("%d kinds are listed", n)
	}
	for _, kind := range kinds.Iter() {
		name := kind.Object().Value("kind").String().Raw()
		body := map[string]any{"kind": name, "name": "every-" + name}
		for _, member := range kind.Object().Value("members").Array().Raw() {
			switch member {
			case "delay":
				body["delay"] = "10ms"
			case "media_type":
				if name == "content-type" {
					body["media_type"] = "text/html"
				}
			case "mediaType":
				t.Errorf("%s: the member is spelled as in overlays", name)
			}
		}
		s.expect().POST(one + "/faults").WithJSON(body).Expect().Status(201)
	}
}

// TestSignatureKindsSign: every kind that is listed signs, and sets the headers that it names.
func TestSignatureKindsSign(t *testing.T) {
	h := openHarbour(t)
	for _, kind := range h.expect().GET(one + "/events").Expect().Status(200).JSON().Object().Value("signatures").Array().NotEmpty().Iter() {
		o := kind.Object()
		body := map[string]any{"scheme": o.Value("kind").Raw(), "secret": "a secret of some length", "body": "{}", "url": "http://127.0.0.1:9/"}
		if o.Value("kind").Raw() == "standard-webhooks" {
			body["secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		}
		if len(o.Value("headers").Array().Raw()) == 0 {
			body["header"] = "X-Signature"
		}
		signed := h.expect().POST(one + "/events/sign").WithJSON(body).Expect().Status(200).JSON().Object().Value("headers").Object().Raw()
		for _, name := range o.Value("headers").Array().Raw() {
			found := false
			for header := range signed {
				found = found || strings.EqualFold(header, name.(string))
			}
			if !found {
				t.Errorf("%v: there is no header %v in %v", body["scheme"], name, signed)
			}
		}
	}
}

func TestItemsByText(t *testing.T) {
	s := start(t, control.Options{})
	for text, want := range map[string][]any{"TOM": {"2"}, "cat": {"2"}, "re": {"1"}, "no such text": {}, `"name"`: {"1", "2"}} {
		o := s.expect().GET(one+"/state/items").WithQuery("collection", "/pets").WithQuery("text", text).Expect().Status(200).JSON().Object()
		o.HasValue("total", len(want)).Path("$.items[*].id").Array().IsEqual(want)
	}
}
