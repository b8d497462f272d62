package contracts_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"understudy/contracts"
)

// TestClientWords: what is asked of clients is read; what cannot be asked is an error with its place.
func TestClientWords(t *testing.T) {
	c, err := loadText(t, fmt.Sprintf(credentialHead, "x-understudy: {clients: {accept: application/json, uploads: 4}, credentials: [{name: k, browser: forbid}, {name: s, browser: discourage}]}"))
	if err != nil {
		t.Fatal(err)
	}
	b := &c.Behaviour
	if b.Clients == nil || b.Clients.Accept != "application/json" || b.Clients.Uploads != 4 || b.Clients.At.Line != 3 {
		t.Errorf("got %+v", b.Clients)
	}
	if b.Credentials[0].Browser != "forbid" || b.Credentials[1].Browser != "discourage" {
		t.Errorf("got %+v", b.Credentials)
	}
	for _, c := range []struct{ name, text, want, near string }{
		{"accept", "clients: {accept: json}", `clients: accept cannot be "json"`, "name one media type"},
		{"a range", "clients: {accept: application/*}", `clients: accept cannot be "application/*"`, "name one media type"},
		{"anything", "clients: {accept: '*/*'}", `clients: accept cannot be "*/*"`, "name one media type"},
		{"half a type", "clients: {accept: application/}", `clients: accept cannot be "application/"`, "name one media type"},
		{"uploads", "clients: {uploads: -1}", `clients: uploads cannot be -1`, "or leave it out"},
		{"no number", "clients: {uploads: few}", `"few" is not a whole number`, ""},
		{"unknown word", "clients: {acept: application/json}", `unknown word "acept"`, "did you mean accept?"},
		{"browser", "credentials: [{name: k, browser: forbiden}]", `credential "k": browser cannot be "forbiden"`, "did you mean forbid?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadText(t, fmt.Sprintf(credentialHead, "x-understudy: {"+c.text+"}"))
			var document *contracts.DocumentError
			if !errors.As(err, &document) {
				t.Fatalf("got %v, want an error of the document", err)
			}
			if text := err.Error(); !strings.Contains(text, "openapi.yaml:3") || !strings.Contains(text, c.want) || !strings.Contains(text, c.near) {
				t.Errorf("got %s\nwant it to name openapi.yaml:3, %s, and to say: %s", text, c.want, c.near)
			}
		})
	}
}

// TestClientsOfTheBuiltins: the vendors' words on keys in browsers and on Accept stand in their overlays.
func TestClientsOfTheBuiltins(t *testing.T) {
	for _, c := range []struct{ contract, class, want string }{
		{"echowin", "api-key", "forbid"},
		{"ecoevents", "api-key", "discourage"},
		{"ecoevents", "test-key", "discourage"},
		{"ecoevents", "access-token", ""},
		{"eckospace", "token", "forbid"},
		{"eckospace", "session", ""},
		{"ecosire", "api-key", ""},
	} {
		k, err := contracts.Load(t.Context(), c.contract, contracts.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, class := range k.Behaviour.Credentials {
			if class.Name != c.class {
				continue
			}
			found = true
			if class.Browser != c.want {
				t.Errorf("%s %s: browser is %q, want %q", c.contract, c.class, class.Browser, c.want)
			}
		}
		if !found {
			t.Errorf("%s has no class %s", c.contract, c.class)
		}
		if clients := k.Behaviour.Clients; (clients != nil) != (c.contract == "eckospace") {
			t.Errorf("%s: clients is %+v", c.contract, clients)
		}
	}
}
