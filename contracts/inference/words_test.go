package inference

import (
	"slices"
	"testing"
)

func TestFoldAndWords(t *testing.T) {
	for _, name := range []string{"petId", "pet_id", "PET-ID", "pet.id", "Pet Id"} {
		if got := fold(name); got != "petid" {
			t.Errorf("fold(%q) = %q, want petid", name, got)
		}
	}
	tests := map[string][]string{
		"petId": {"pet", "id"}, "created_after": {"created", "after"}, "ContactID": {"contact", "id"},
		"StartTime>": {"start", "time"}, "per-page": {"per", "page"}, "": nil,
	}
	for name, want := range tests {
		if got := words(name); !slices.Equal(got, want) {
			t.Errorf("words(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestNouns(t *testing.T) {
	same := [][2]string{{"pet", "pets"}, {"policy", "policies"}, {"address", "addresses"}, {"cache", "caches"}, {"person", "people"},
		{"status", "statuses"}, {"index", "indices"}, {"pets", "pets"}}
	for _, p := range same {
		if !sameNoun(p[0], p[1]) || !sameNoun(p[1], p[0]) {
			t.Errorf("%s and %s are one noun", p[0], p[1])
		}
	}
	for _, p := range [][2]string{{"pet", "petition"}, {"", ""}, {"user", "owner"}, {"new", "news2"}} {
		if sameNoun(p[0], p[1]) {
			t.Errorf("%s and %s are two nouns", p[0], p[1])
		}
	}
	for many, one := range map[string]string{"pets": "pet", "policies": "policy", "addresses": "address", "people": "person", "status": "status", "boxes": "box"} {
		if got := Singular(many); got != one {
			t.Errorf("singular(%q) = %q, want %q", many, got, one)
		}
	}
}

func TestParticiples(t *testing.T) {
	for verb, want := range map[string]string{"archive": "archived", "cancel": "cancelled", "verify": "verified", "pay": "paid", "lock": "locked"} {
		if !slices.Contains(participles(verb), want) {
			t.Errorf("participles(%q) = %q, without %q", verb, participles(verb), want)
		}
	}
	if !slices.Contains(participles("cancel"), "canceled") {
		t.Error("cancel has two spellings")
	}
}

func TestSortBase(t *testing.T) {
	tests := []struct {
		value, base string
		down        bool
	}{{"-created", "created", true}, {"+name", "name", false}, {"id:desc", "id", true}, {"id:asc", "id", false}, {"price desc", "price", true}, {"name", "name", false}}
	for _, tt := range tests {
		if base, down := sortBase(tt.value); base != tt.base || down != tt.down {
			t.Errorf("sortBase(%q) = %q, %v", tt.value, base, down)
		}
	}
}

func TestPlainPath(t *testing.T) {
	for path, want := range map[string]string{"/pets/{petId}": "/pets/{}", "/pets/": "/pets", "/Accounts/{Sid}.json": "/Accounts/{}", "": ""} {
		if got := plainPath(path); got != want {
			t.Errorf("plainPath(%q) = %q, want %q", path, got, want)
		}
	}
}
