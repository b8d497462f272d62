package scenarios_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"understudy/contracts"
	"understudy/scenarios"
)

func environment(pairs map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := pairs[name]; return v, ok }
}

func readRoster(text string, env map[string]string) (*scenarios.RosterFile, error) {
	return scenarios.ReadRoster(strings.NewReader(text), "who.yaml", environment(env))
}

func rosterSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../docs/schemas/credentials.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fitsSchema(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

const secured = `
openapi: 3.1.0
info: {title: Secured, version: "1"}
paths:
  /a: {get: {operationId: a, security: [{basic: []}, {oauth: [read]}, {key: []}], responses: {"200": {description: Yes.}}}}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
    key: {type: apiKey, in: header, name: X-Key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://vendor.example/token, scopes: {read: Read.}}}}
`

func load(t *testing.T, text string) *contracts.Contract {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secured.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := contracts.Load(t.Context(), file, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRosterFile reads what the schema allows, with variables put in.
func TestRosterFile(t *testing.T) {
	const text = `
$schema: credentials.schema.json
actors:
  alice:
    account: acme
    role: admin
    scopes: [read, write]
    credentials: {key: 'pre-${KEY}-$${x}', basic: {username: ann, password: "${WORD}"}}
  late: {contract: [other], state: expired, credentials: {"*": 12345678}}
`
	if err := fitsSchema(t, rosterSchema(t), text); err != nil {
		t.Error(err)
	}
	f, err := readRoster(text, map[string]string{"KEY": "k1", "WORD": "w1"})
	if err != nil {
		t.Fatal(err)
	}
	actors, grants, err := f.Actors(load(t, secured))
	if err != nil || len(actors) != 1 || len(grants) != 0 {
		t.Fatalf("%d actors, %d grants, %v", len(actors), len(grants), err)
	}
	a := actors[0]
	if a.Name != "alice" || a.Account != "acme" || a.Role != "admin" || len(a.Scopes) != 2 || a.Credentials["key"] != "pre-k1-${x}" || a.Credentials["basic"] != "ann:w1" {
		t.Errorf("%+v", a)
	}
	if f.Unscoped() != "who.yaml:5: the actor alice" || strings.Join(f.Contracts(), " ") != "other" {
		t.Errorf("%q, %q", f.Unscoped(), f.Contracts())
	}
}

// TestRosterFileIsRefused: each with its line, and with no secret.
func TestRosterFileIsRefused(t *testing.T) {
	s := rosterSchema(t)
	for name, one := range map[string]struct {
		text, want string
		fits       bool // the schema cannot say it
	}{
		"empty":             {"", "the file is empty", true},
		"no YAML":           {"actors: [", "who.yaml:", true},
		"no actors":         {"{}", "who.yaml:1: the file has no actors", false},
		"none":              {"actors: {}", "there are no actors", false},
		"unknown word":      {"actors:\n  a:\n    credential: {key: x}", `who.yaml:3: unknown word "credential": an actor has contract, account`, false},
		"no credentials":    {"actors: {a: {role: x}}", "has no credentials", false},
		"state":             {"actors: {a: {state: old, credentials: {key: x}}}", `the state "old" is none of`, false},
		"variable":          {"actors: {a: {credentials: {key: '${NOT_SET}'}}}", "takes the environment variable NOT_SET, which is not set", true},
		"half a user":       {"actors: {a: {credentials: {key: {username: x}}}}", "username and password belong together", false},
		"half a grant":      {"actors: {a: {credentials: {key: {clientId: x}}}}", "a token needs a clientSecret", false},
		"secret alone":      {"actors: {a: {credentials: {key: {clientSecret: topsecret}}}}", "a clientId, which is missing", false},
		"twice":             {"actors: {a: {credentials: {key: topsecret}}, a: {credentials: {key: x}}}", `who.yaml:`, true},
		"alias":             {"actors: {a: &a {credentials: {key: topsecret}}, b: *a}", "aliases", true},
		"list":              {"actors: [topsecret]", "actors must be an object", false},
		"called none":       {"actors: {none: {credentials: {key: x}}}", `cannot be called "none"`, false},
		"colon":             {"actors: {a: {credentials: {key: {username: 'a:b', password: topsecret}}}}", "cannot hold a colon", true},
		"list for a text":   {"actors: {a: {account: [topsecret], credentials: {key: x}}}", "account must be a text", false},
		"way of the client": {"actors: {a: {credentials: {key: {clientId: a, clientSecret: b, clientAuthentication: jwt}}}}", "write basic or post", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readRoster(one.text, nil)
			if err == nil || !strings.Contains(err.Error(), one.want) || strings.Contains(err.Error(), "topsecret") {
				t.Errorf("the error is %v", err)
			}
			if fits := fitsSchema(t, s, one.text) == nil; fits && !one.fits {
				t.Error("the schema takes it")
			}
		})
	}
	f, err := readRoster("actors:\n  a: {credentials: {nothing: x}}", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = f.Actors(load(t, secured)); err == nil || !strings.Contains(err.Error(), `who.yaml:2: the actor a has a credential for the security scheme "nothing"`) {
		t.Error(err)
	}
}

// TestObtain gets tokens by every grant, and shows no secret of them.
func TestObtain(t *testing.T) {
	var forms []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		user, word, _ := r.BasicAuth()
		forms = append(forms, strings.Trim(user+":"+word, ":")+" "+string(body))
		if strings.Contains(string(body), "bad") {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"no bad-secret-1"}`)
			return
		}
		_, _ = io.WriteString(w, `{"access_token":"issued-token-1","token_type":"Bearer"}`)
	}))
	defer server.Close()
	c := load(t, secured)
	obtain := func(grant string) (*scenarios.Deployment, error) {
		f, err := readRoster("actors: {a: {credentials: {oauth: "+grant+"}}}", nil)
		if err != nil {
			t.Fatal(err)
		}
		actors, grants, err := f.Actors(c)
		if err != nil {
			t.Fatal(err)
		}
		d := deploy(t, scenarios.Options{Clock: newClock(), Safe: true}, c, server.URL+"/v1", &scenarios.Roster{Actors: actors})
		return d, d.Obtain(t.Context(), grants)
	}
	for grant, want := range map[string]string{
		"{clientId: c, clientSecret: s-secret-1, tokenUrl: /token, scopes: [read, write]}":                        "c:s-secret-1 grant_type=client_credentials&scope=read+write",
		"{clientId: c, clientSecret: s-secret-1, tokenUrl: token, clientAuthentication: post}":                    "client_id=c&client_secret=s-secret-1&grant_type=client_credentials",
		"{clientId: c, username: u, password: p-secret-1, tokenUrl: " + server.URL + "/t}":                        "client_id=c&grant_type=password&password=p-secret-1&username=u",
		"{clientId: c, clientSecret: s-secret-1, refreshToken: r-secret-1, tokenUrl: '" + server.URL + "/token'}": "c:s-secret-1 grant_type=refresh_token&refresh_token=r-secret-1",
	} {
		forms = nil
		d, err := obtain(grant)
		if err != nil {
			t.Errorf("%s: %v", grant, err)
			continue
		}
		if len(forms) != 1 || strings.TrimSpace(forms[0]) != want {
			t.Errorf("%s: asked %q", grant, forms)
		}
		if got := d.Roster.Actors[0].Credentials["oauth"]; got != "issued-token-1" {
			t.Errorf("the credential is %q", got)
		}
		if shown := jsonOf(t, d.Run().Result(nil)); strings.Contains(shown, "secret-1") || strings.Contains(shown, "token-1") || !strings.Contains(shown, "a token for a") {
			t.Errorf("the result shows %s", shown)
		}
	}
	for grant, want := range map[string]string{
		"{clientId: c, clientSecret: bad-secret-1, clientAuthentication: post, tokenUrl: /t}": "answered 400 invalid_grant",
		"{clientId: c, clientSecret: s}":                                      "the contract's token endpoint is on vendor.example",
		"{clientId: c, clientSecret: s, tokenUrl: 'http://vendor.example/t'}": "use https",
		"{clientId: c, clientSecret: s, tokenUrl: 'ftp://vendor.example/t'}":  "no http or https URL",
		"{clientId: c, clientSecret: s, tokenUrl: 'http://127.0.0.1:1/t'}":    "no connection",
	} {
		if _, err := obtain(grant); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "who.yaml:1: the token of a for oauth") || strings.Contains(err.Error(), "bad-secret") {
			t.Errorf("%s: %v", grant, err)
		}
	}
}

// TestAutomaticActors: what the stand-in has ready, and what the contract's variables hold.
func TestAutomaticActors(t *testing.T) {
	c, err := contracts.Load(t.Context(), "ecosire", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := scenarios.ReadyActor(c, []scenarios.ReadyCredential{
		{Env: "ECOSIRE_API_KEY", Value: "k1", Class: "api-key", Secret: true}, {Env: "ECOSIRE_STAGING_API_KEY", Value: "k2", Class: "api-key", Secret: true},
		{Env: "STRIPE_WEBHOOK_SECRET", Value: "w", Secret: true},
	})
	if a == nil || a.Name != "default" || len(a.Credentials) != 1 || a.Credentials["apiKey"] != "k1" {
		t.Errorf("%+v", a)
	}
	if a := scenarios.ReadyActor(c, nil); a != nil {
		t.Errorf("%+v", a)
	}
	a, names := scenarios.EnvironmentActor(c, environment(map[string]string{"ECOSIRE_API_KEY": "k3", "ECOSIRE_BASE_URL": "https://x"}))
	if a == nil || a.Credentials["apiKey"] != "k3" || strings.Join(names, " ") != "ECOSIRE_API_KEY" {
		t.Errorf("%+v, %v", a, names)
	}
	basic := load(t, secured)
	a = scenarios.ReadyActor(basic, []scenarios.ReadyCredential{{Env: "S_USERNAME", Value: "u", Class: "basic"}, {Env: "S_PASSWORD", Value: "p", Class: "basic", Secret: true}})
	if a == nil || a.Credentials["basic"] != "u:p" {
		t.Errorf("%+v", a)
	}
}
