package schema_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts/schema"
)

// TestMakeByName: values look like what their property is called.
func TestMakeByName(t *testing.T) {
	for _, c := range []struct{ property, schema, pattern string }{
		{"email", `{"type": "string"}`, `^[a-z]+\.[a-z]+@example\.(com|org|net)$`},
		{"contactEmail", `{"type": "string"}`, `@example`},
		{"firstName", `{"type": "string"}`, `^\p{Lu}`},
		{"country", `{"type": "string", "maxLength": 2}`, `^[A-Z]{2}$`},
		{"country_code", `{"type": "string"}`, `^[A-Z]{2}$`},
		{"currency", `{"type": "string", "pattern": "^[a-z]{3}$"}`, `^[a-z]{3}$`},
		{"price", `{"type": "number"}`, `^\d+(\.\d{1,2})?$`},
		{"avatar_url", `{"type": "string"}`, `^https://example\.com/images/`},
		{"htmlURL", `{"type": "string"}`, `^https://`},
		{"ip_address", `{"type": "string"}`, `^192\.0\.2\.\d+$`},
		{"head_sha", `{"type": "string"}`, `^[0-9a-f]{40}$`},
		{"uuid", `{"type": "string"}`, `^[0-9a-f]{8}-`},
		{"timezone", `{"type": "string"}`, `/`},
		{"version", `{"type": "string"}`, `^\d+\.\d+\.\d+$`},
		{"phone", `{"type": "string"}`, `^\+1202555`},
		{"latitude", `{"type": "number"}`, `^\d\d\.\d+$`},
		{"created_at", `{"type": "integer"}`, `^1[67]\d{8}$`},
		{"created_ms", `{"type": "integer"}`, `^1[67]\d{11}$`},
		{"createdAt", `{"type": "string"}`, `^202[56]-\d\d-\d\dT\d\d:\d\d:\d\dZ$`},
		{"birth_date", `{"type": "string"}`, `^(19|20)\d\d-\d\d-\d\d$`},
		{"when", `{"type": "string", "example": "2020-01-01 10:00:00"}`, `^202[56]-\d\d-\d\d \d\d:\d\d:\d\d$`},
		{"seen", `{"type": "string", "format": "date-time", "example": "2020-01-01T10:00:00.123Z"}`, `\.\d{3}Z$`},
		{"id", `{"type": "string", "example": "cus_9s6XKzkNRiz8i3"}`, `^cus_[0-9a-zA-Z]{14}$`},
		{"whatever", `{"type": "string", "x-understudy": {"make": "email"}}`, `@example`},
	} {
		t.Run(c.property, func(t *testing.T) {
			s := compiled(t, fmt.Sprintf(`{"type": "object", "required": [%q], "properties": {%q: %s}}`, c.property, c.property, c.schema))
			pattern := regexp.MustCompile(c.pattern)
			for seed := range uint64(20) {
				v, err := (&schema.Maker{Seed: seed, Now: testNow}).Make(s, "k", nil)
				if err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprint(v.(map[string]any)[c.property]); !pattern.MatchString(got) {
					t.Errorf("%q, want %s", got, c.pattern)
				}
			}
		})
	}
}

// TestMakeDates: what belongs together is in order and lies around the clock that was handed in.
func TestMakeDates(t *testing.T) {
	s := compiled(t, `{"type": "object", "properties": {"created_at": {"type": "string", "format": "date-time"},
		"updated_at": {"type": "string", "format": "date-time"}, "expires_at": {"type": "string", "format": "date-time"},
		"start_date": {"type": "string", "format": "date"}, "end_date": {"type": "string", "format": "date"},
		"deleted_at": {"type": ["string", "null"], "format": "date-time"}}}`)
	nulls := 0
	for _, now := range []time.Time{testNow, time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC), testNow.AddDate(50, 0, 0)} {
		for seed := range uint64(50) {
			v, err := (&schema.Maker{Seed: seed, Now: now}).Make(s, "k", nil)
			if err != nil {
				t.Fatal(err)
			}
			m := v.(map[string]any)
			at := func(name string) time.Time {
				text, _ := m[name].(string)
				if len(text) == len(time.DateOnly) {
					text += "T00:00:00Z"
				}
				when, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				return when
			}
			created, updated := at("created_at"), at("updated_at")
			if updated.Before(created) || updated.After(now) || created.Before(now.AddDate(-2, 0, 0)) || !at("expires_at").After(now) ||
				at("end_date").Before(at("start_date")) {
				t.Errorf("now %s: %v", now, m)
			}
			if m["deleted_at"] == nil {
				nulls++
			}
		}
	}
	if nulls < 75 || nulls == 150 {
		t.Errorf("deleted_at was null %d times of 150", nulls)
	}
}

// TestMakePerson: names, address and login of one object belong together; a product has no person's name.
func TestMakePerson(t *testing.T) {
	s := compiled(t, `{"type": "object", "properties": {"first_name": {"type": "string"}, "last_name": {"type": "string"}, "email": {"type": "string", "format": "email"}}}`)
	v, err := makers[1].Make(s, "k", nil)
	if err != nil {
		t.Fatal(err)
	}
	m := v.(map[string]any)
	letters := regexp.MustCompile(`[^a-z]`)
	local := letters.ReplaceAllString(strings.ToLower(m["first_name"].(string)), "") + "." + letters.ReplaceAllString(strings.ToLower(m["last_name"].(string)), "")
	if email := m["email"].(string); !strings.HasPrefix(email, local+"@") {
		t.Errorf("%v", m)
	}
}

func TestKinds(t *testing.T) {
	kinds := schema.Kinds()
	if !slices.IsSorted(kinds) || slices.Contains(kinds, "") || len(slices.Compact(slices.Clone(kinds))) != len(kinds) {
		t.Fatalf("kinds: %q", kinds)
	}
	for _, word := range []string{"email", "name", "price", "past", "future", "url"} {
		if !slices.Contains(kinds, word) {
			t.Errorf("no kind %q", word)
		}
	}
	for _, word := range kinds { // each can be made as a string and as a number
		s := compiled(t, fmt.Sprintf(`{"type": "array", "prefixItems": [{"type": "string", "x-understudy": {"make": %q}}, {"type": "number", "x-understudy": {"make": %q}}], "minItems": 2}`, word, word))
		v, err := makers[1].Make(s, "k", nil)
		if err != nil {
			t.Errorf("%s: %v", word, err)
			continue
		}
		if text := v.([]any)[0].(string); text == "" {
			t.Errorf("%s: nothing was made", word)
		}
		if _, ok := v.([]any)[1].(json.Number); !ok {
			t.Errorf("%s: %v", word, v)
		}
	}
}
