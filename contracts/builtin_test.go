package contracts_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"understudy/contracts"

	"go.yaml.in/yaml/v4"
)

func builtinContract(t *testing.T, name string) *contracts.Contract {
	t.Helper()
	c, err := contracts.Load(t.Context(), name, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestBuiltinDocuments: the documents of the built-in contracts please a second reader, and their examples keep their schemas.
func TestBuiltinDocuments(t *testing.T) {
	names := contracts.Builtins()
	if want := []string{"echowin", "eckospace", "ecoevents", "ecosire"}; !slices.Equal(names, want) {
		t.Fatalf("the built-in contracts are %v, want %v", names, want)
	}
	for _, name := range names {
		for _, w := range builtinContract(t, name).Warnings {
			t.Errorf("%s: %v: %s", name, w.At, w.Message)
		}
		findings, err := contracts.Lint(t.Context(), filepath.Join("specs", name, "openapi.yaml"), contracts.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range findings {
			t.Errorf("%s: %v: %s", name, w.At, w.Message)
		}
	}
}

// A requirement is one entry of requirements.yaml.
type requirement struct {
	ID         string
	Kind       []string
	Documented *bool
	Disruptive bool
	Text       string
	Operations []string
	Document   []string
	Behaviour  []string
}

func readRequirements(t *testing.T, name string) []requirement {
	t.Helper()
	var file struct{ Requirements []requirement }
	readBuiltin(t, name, "requirements.yaml", &file)
	return file.Requirements
}

func readBuiltin(t *testing.T, name, file string, into any) {
	t.Helper()
	data, err := contracts.Builtin(name, file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatalf("%s/%s: %v", name, file, err)
	}
}

// builtinDocument gives a built-in contract as one document, its overlay applied.
func builtinDocument(t *testing.T, name string) any {
	t.Helper()
	var document any
	if err := json.Unmarshal(builtinContract(t, name).Document(), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

// rootWords gives x-understudy at the root of a built-in overlay.
func rootWords(t *testing.T, name string) any {
	t.Helper()
	var overlay struct {
		Actions []struct {
			Target string
			Update map[string]any
		}
	}
	readBuiltin(t, name, "behaviour.overlay.yaml", &overlay)
	for _, a := range overlay.Actions {
		if a.Target == "$" {
			return a.Update["x-understudy"]
		}
	}
	t.Fatalf("%s: no action has the target $", name)
	return nil
}

// at follows a JSON Pointer (RFC 6901).
func at(value any, pointer string) (any, bool) {
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch v := value.(type) {
		case map[string]any:
			member, ok := v[token]
			if !ok {
				return nil, false
			}
			value = member
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

var requirementID = regexp.MustCompile(`^(ECOSIRE|ECHOWIN|ECOEVENTS|ECKOSPACE)-([XG]?)\d\d\d?a?$`)

// TestRequirements: what a requirement points at is there, decisions are told from facts by their ids, and what is assumed
// in a contract names a requirement.
func TestRequirements(t *testing.T) {
	for _, name := range contracts.Builtins() {
		c := builtinContract(t, name)
		operations := map[string]bool{}
		for _, o := range slices.Concat(c.Operations, c.Webhooks) {
			operations[o.ID] = true
		}
		document, words := builtinDocument(t, name), rootWords(t, name)
		known := map[string]bool{}
		for _, r := range readRequirements(t, name) {
			parts := requirementID.FindStringSubmatch(r.ID)
			if parts == nil || known[r.ID] || strings.ToLower(parts[1]) != name {
				t.Errorf("%s: the id %q is no id of this contract, or is there twice", name, r.ID)
				continue
			}
			known[r.ID] = true
			if r.Documented == nil || *r.Documented != (parts[2] == "") {
				t.Errorf("%s: documented contradicts the id", r.ID)
			}
			if r.Text == "" || len(r.Kind) == 0 || slices.ContainsFunc(r.Kind, func(k string) bool { return !strings.Contains("SPWRCDN", k) || len(k) != 1 }) {
				t.Errorf("%s: text %q, kind %v", r.ID, r.Text, r.Kind)
			}
			for _, o := range r.Operations {
				if !operations[o] {
					t.Errorf("%s: there is no operation %q", r.ID, o)
				}
			}
			for _, pointer := range r.Document {
				if _, ok := at(document, pointer); !ok {
					t.Errorf("%s: the document has nothing at %s", r.ID, pointer)
				}
			}
			for _, pointer := range r.Behaviour {
				if _, ok := at(words, pointer); !ok {
					t.Errorf("%s: the behaviour has nothing at %s", r.ID, pointer)
				}
			}
		}
		for _, o := range c.Operations {
			if id := o.Behaviour.Assumed; id != "" && !known[id] {
				t.Errorf("%s: %s is assumed for %q, which is no requirement", name, o.ID, id)
			}
			if strings.HasPrefix(o.Description, "*Assumed") != (o.Behaviour.Assumed != "") {
				t.Errorf("%s: %s: the description and the word assumed contradict each other", name, o.ID)
			}
		}
	}
}

// TestBuiltinCredentials holds what the vendors document of credentials against the overlays.
func TestBuiltinCredentials(t *testing.T) {
	for _, c := range []struct{ requirement, contract, pointer, want string }{
		{"ECOSIRE-21", "ecosire", "/credentials/0/format", `^ecos_live_[A-Za-z0-9]{32}$`},
		{"ECOSIRE-32", "ecosire", "/credentials/0/grace", "24h"},
		{"ECOSIRE-33", "ecosire", "/credentials/0/scopes", "[read-only read-write admin]"},
		{"ECOSIRE-34 to -37", "ecosire", "/credentials/0/allows", "map[admin:all read-only:read read-write:write]"},
		{"ECOSIRE-44", "ecosire", "/credentials/0/audit", "true"},
		{"ECOSIRE-44", "ecosire", "/credentials/1/audit", ""},
		{"ECOSIRE-44", "ecosire", "/credentials/2/audit", ""},
		{"ECOSIRE-G04", "ecosire", "/credentials/1/format", `^ecos_test_[A-Za-z0-9]{32}$`},
		{"ECOSIRE-G02", "ecosire", "/credentials/3/algorithm", "RS256"},
		{"ECOSIRE-G02", "ecosire", "/credentials/3/lifetime", "1h"},
		{"ECOSIRE-17, -18", "ecosire", "/credentials/4/cookie", "ecosire_auth; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"ECOSIRE-G03", "ecosire", "/credentials/4/csrf", "origin"},
		{"ECOSIRE-24", "ecosire", "/provider", "map[flavour:authentik slug:ecosire]"},
		{"ECOSIRE-25", "ecosire", "/credentials/5/kind", "jwt"},
		{"ECHOWIN-12", "echowin", "/credentials/0/scopes", ""},
		{"ECHOWIN-X03", "echowin", "/credentials/0/grace", ""},
		{"ECHOWIN-G08", "echowin", "/credentials/0/lifetime", ""},
		{"ECHOWIN-G01", "echowin", "/challenge", "none"},
		{"ECHOWIN-20", "echowin", "/errors/0/body/error", "Missing X-API-Key header"},
		{"ECHOWIN-21", "echowin", "/errors/1/body/error", "Invalid API key"},
		{"ECOEVENTS-28", "ecoevents", "/credentials/0/format", "^ek_live_[a-z0-9]{20}$"},
		{"ECOEVENTS-43", "ecoevents", "/credentials/1/format", "^ek_test_[a-z0-9]{20}$"},
		{"ECOEVENTS-44", "ecoevents", "/credentials/1/environment", "sandbox"},
		{"ECOEVENTS-05", "ecoevents", "/credentials/0/lifetime", ""},
		{"ECOEVENTS-11", "ecoevents", "/credentials/2/lifetime", "24h"},
		{"ECOEVENTS-24", "ecoevents", "/credentials/2/algorithm", "HS256"},
		{"ECOEVENTS-G11", "ecoevents", "/credentials/2/environment", "live"},
		{"ECOEVENTS-X05", "ecoevents", "/credentials/2/roles", "map[member:write owner:all viewer:read]"},
		{"ECOEVENTS-25", "ecoevents", "/credentials/3/format", "^rt_[a-z0-9]{20}$"},
		{"ECOEVENTS-61", "ecoevents", "/credentials/3/lifetime", "720h"},
		{"ECOEVENTS-62", "ecoevents", "/credentials/3/singleUse", "true"},
		{"ECOEVENTS-63", "ecoevents", "/credentials/3/endedBy", "[password-change]"},
		{"ECOEVENTS-G03", "ecoevents", "/credentials/3/reuse", "revoke-family"},
		{"ECOEVENTS-57", "ecoevents", "/authorization", "strict"},
		{"ECKOSPACE-03", "eckospace", "/credentials/0/states", "[approved pending revoked]"},
		{"ECKOSPACE-08", "eckospace", "/credentials/0/grace", ""},
		{"ECKOSPACE-G07", "eckospace", "/credentials/0/format", `^[1-9][0-9]*\|[A-Za-z0-9]{40}$`},
		{"ECKOSPACE-X03", "eckospace", "/credentials/1/csrf", "double-submit"},
		{"ECKOSPACE-G04", "eckospace", "/credentials/1/csrfStatus", "419"},
		{"ECKOSPACE-G11", "eckospace", "/provider/flavour", "google"},
	} {
		value, ok := at(rootWords(t, c.contract), c.pointer)
		got := ""
		if ok {
			got = fmt.Sprint(value)
		}
		if got != c.want {
			t.Errorf("%s: %s has %q at %s, want %q", c.requirement, c.contract, got, c.pointer, c.want)
		}
	}
	c := builtinContract(t, "ecosire").Behaviour.Credentials
	if token, cookie := c[3], c[4]; token.Algorithm != cookie.Algorithm || token.Lifetime != cookie.Lifetime || token.Issuer != cookie.Issuer ||
		fmt.Sprint(token.Claims, token.Roles) != fmt.Sprint(cookie.Claims, cookie.Roles) {
		t.Error("ECOSIRE-17: the session's token and its cookie are described differently, though they are one JWT")
	}
}

// TestEcoEventsCodes: each cause of ECOEVENTS-G01 has a code of its own.
func TestEcoEventsCodes(t *testing.T) {
	codes := map[string]string{}
	for _, e := range builtinContract(t, "ecoevents").Behaviour.Errors {
		body, _ := e.Body.(map[string]any)
		inner, _ := body["error"].(map[string]any)
		if e.Code != "" {
			codes[e.Code], _ = inner["code"].(string)
		}
	}
	document, words := builtinDocument(t, "ecoevents"), rootWords(t, "ecoevents")
	for _, r := range readRequirements(t, "ecoevents") {
		for _, pointer := range r.Document {
			example, _ := at(document, pointer+"/value/error/code")
			if example == nil || len(r.Behaviour) == 0 {
				continue
			}
			if template, _ := at(words, r.Behaviour[len(r.Behaviour)-1]+"/body/error/code"); template != nil && template != example {
				t.Errorf("%s: the document's example says %v, the template %v", r.ID, example, template)
			}
		}
	}
	for cause, want := range map[string]string{
		"credential_missing": "missing_authorization", "credential_malformed": "malformed_authorization", "credential_unknown": "invalid_api_key",
		"credential_revoked": "revoked_api_key", "credential_expired": "expired_api_key", "token_invalid": "invalid_token", "token_expired": "expired_token",
		"scope_insufficient": "insufficient_scope", "permission_insufficient": "insufficient_permission", "refresh_expired": "refresh_token_expired",
		"refresh_used": "refresh_token_used", "refresh_revoked": "refresh_token_revoked", "https_required": "https_required",
	} {
		if codes[cause] != want {
			t.Errorf("%s is told as %q, want %q", cause, codes[cause], want)
		}
	}
}
