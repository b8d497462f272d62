package contracts

import (
	"path/filepath"
	"testing"
	"time"

	"understudy/contracts/schema"
	"understudy/contracts/signature"
)

// TestRealEvents makes a payload of every event of documents that others wrote: all of them valid, and signed as the
// header parameters say.
func TestRealEvents(t *testing.T) {
	_, folder := realDocuments(t)
	now := time.Date(2026, 2, 14, 13, 25, 0, 0, time.UTC)
	for file, want := range map[string]struct {
		events int
		kind   signature.Kind
		from   string // of most
	}{
		"github-api-2026.json": {270, signature.GitHub, ""},
		"resend.yaml":          {17, signature.None, "/data"},
		"svix.json":            {14, signature.None, "/data"},
	} {
		c, err := Load(t.Context(), filepath.Join(folder, "single", file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		from := 0
		for _, e := range c.Events() {
			m := &schema.Maker{Seed: 1, Now: now}
			body, _, err := e.Payload(m, "1", e.Fill(e.NewID(m, "1"), now, nil))
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			if violations := e.Check(body); violations != nil {
				t.Errorf("%s: %s: %v", file, e.Name, violations)
			}
			if e.Scheme.Kind != want.kind {
				t.Errorf("%s: %s is signed by %s", file, e.Name, e.Scheme.Kind)
			}
			if e.Places.From == want.from {
				from++
			}
		}
		if len(c.Events()) != want.events || from*10 < want.events*9 {
			t.Errorf("%s: %d events, %d of them with the item at %q", file, len(c.Events()), from, want.from)
		}
	}
	c, err := Load(t.Context(), filepath.Join(folder, "single", "figma.yaml"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	callbacks := 0
	for _, o := range c.Operations {
		for _, b := range o.Callbacks {
			callbacks++
			if b.Address == nil || len(b.Events) != len(b.Operations) {
				t.Errorf("the callback %s of %s cannot be made", b.Name, o.ID)
			}
		}
	}
	if callbacks != 7 {
		t.Errorf("figma has %d callbacks", callbacks)
	}
}
