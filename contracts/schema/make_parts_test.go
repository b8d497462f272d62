package schema

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestPatternMaker: texts match and have the length, for the patterns that documents use and for nasty ones.
func TestPatternMaker(t *testing.T) {
	for _, c := range []struct {
		pattern   string
		low, high int
	}{
		{`^[A-Z]{3}-\d{4}$`, 0, -1}, {`^#[0-9a-fA-F]{6}$`, 7, 7}, {`^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$`, 30, 33},
		{`^\+?[1-9]\d{1,14}$`, 0, 10}, {`^.*$`, 50, 50}, {`^\S+@\S+$`, 9, 12}, {`a|bb|ccc`, 3, 3}, {`^(a|bb|ccc)$`, 2, 2},
		{`^(ab)*$`, 8, 8}, {`^(abc|de)+$`, 7, 7}, {`\d`, 12, 12}, {`^x`, 6, 6}, {`y$`, 6, 6}, {``, 4, 4}, {`^$`, 0, 0},
		{`^[^\x00-\x7F]{3}$`, 3, 3}, {`^[\p{L} ]+$`, 5, 9}, {`(?i)^abc$`, 3, 3}, {`^[^a]$`, 1, 1}, {`^\d{4}-(0[1-9]|1[0-2])$`, 0, -1},
		{`^a{0,1000}$`, 1000, 1000}, {`^((a?b?){3}c){2}$`, 14, 14}, {`^[a-z]{2}(_[A-Z]{2})?$`, 5, 5}, {`^\w+\b \bx$`, 5, 8},
	} {
		m := newPatternMaker(c.pattern)
		if m == nil {
			t.Errorf("%s is not read", c.pattern)
			continue
		}
		match := regexp.MustCompile(c.pattern)
		for seed := range splitmix(30) {
			src := splitmix(mix(uint64(seed)))
			text, ok := m.make(&src, c.low, c.high)
			n := utf8.RuneCountInString(text)
			if !ok || !match.MatchString(text) || n < c.low || c.high >= 0 && n > c.high {
				t.Errorf("%s of %d to %d: made %q, %v", c.pattern, c.low, c.high, text, ok)
				break
			}
		}
	}
	if newPatternMaker("(") != nil {
		t.Error("a broken pattern is taken")
	}
	if _, ok := newPatternMaker("^abc$").make(new(splitmix), 0, 2); ok {
		t.Error("three letters in two")
	}
}

// TestPatternMakerIsBounded: what is endless in the pattern is not endless in the text.
func TestPatternMakerIsBounded(t *testing.T) {
	for _, pattern := range []string{`^(a+)+$`, `^((a*)*)*$`, `^(.{0,1000}){0,1}$`, `^(([a-z]+ )+\n)+$`, `(x+x+)+y`} {
		src := splitmix(1)
		if text, ok := newPatternMaker(pattern).make(&src, 100, -1); !ok || len(text) < 100 || len(text) > 1000 {
			t.Errorf("%s: %d bytes, %v", pattern, len(text), ok)
		}
	}
}

func TestWithoutAssertions(t *testing.T) {
	for pattern, want := range map[string]string{
		`^(?=.*[A-Z])(?!x(y|z))\w+$`: `^\w+$`,
		`(?<=[)\]])a\/b`:             `a/b`,
		`\u00e4(?<year>\d+)`:         `\x{00e4}(?P<year>\d+)`,
		`(?=(`:                       ``,
	} {
		if got := withoutAssertions(pattern); got != want {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
}

func TestSpelled(t *testing.T) {
	for name, want := range map[string]string{
		"createdAt": "created_at", "avatarURL": "avatar_url", "HTMLUrl": "html_url", "user-id": "user_id", "UserID": "user_id",
		"filter[name]": "filter_name", "__v": "v", "simple": "simple", "line1": "line1", "X-Request-Id": "x_request_id",
	} {
		if got := strings.TrimLeft(spelled(name), "_"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestSingular(t *testing.T) {
	for name, want := range map[string]string{
		"tags": "tag", "companies": "company", "addresses": "address", "boxes": "box", "status": "status", "userList": "user",
		"news": "new", "photoUrls": "photoUrl", "address": "address", "ids": "ids",
	} {
		if got := singular(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestKindOfName(t *testing.T) {
	for _, c := range []struct {
		name, owner string
		want        kind
	}{
		{"name", "Customer", kindPersonName}, {"name", "Company", kindCompany}, {"name", "Pet", kindPetName}, {"name", "Product", kindProduct},
		{"name", "Repository", kindSlug}, {"name", "Tag", kindTag}, {"customer_name", "Order", kindPersonName}, {"createdAt", "", kindCreated},
		{"last_updated", "", kindUpdated}, {"expires_at", "", kindFuture}, {"deleted_at", "", kindEnded}, {"is_admin", "", kindLikely},
		{"customerId", "", kindID}, {"user_email", "", kindEmail}, {"html_url", "", kindURL}, {"total_count", "", kindCount},
		{"max_size", "", kindSize}, {"period_end", "", kindEnd}, {"username", "", kindUsername}, {"foo", "", noKind}, {"", "", noKind},
		{"start_time", "", kindStart}, {"max_seats", "", kindQuantity}, {"notificationemail", "", kindEmail},
	} {
		if got := kindOfName(c.name, c.owner); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.name, c.owner, kindWords[got], kindWords[c.want])
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		text   string
		digits int
		want   string
	}{{"1999", 2, "19.99"}, {"2000", 2, "20"}, {"5", 3, "0.005"}, {"-5", 1, "-0.5"}, {"0", 2, "0"}, {"-1050", 3, "-1.05"}, {"7", 0, "7"}} {
		if got := decimal(c.text, c.digits); got != c.want {
			t.Errorf("%s with %d places: %s, want %s", c.text, c.digits, got, c.want)
		}
	}
}

// TestHashToken: pointers that differ have hashes that differ, and an index is the name of the same digits.
func TestHashToken(t *testing.T) {
	seen := map[uint64]string{}
	for _, path := range []string{"", "a", "b", "a/b", "b/a", "ab", "a/", "a//", "0", "1", "1/0", "0/1", "10"} {
		h := uint64(7)
		if path != "" {
			for token := range strings.SplitSeq(path, "/") {
				h = hashToken(h, token)
			}
		}
		if other, there := seen[h]; there {
			t.Errorf("%q and %q", path, other)
		}
		seen[h] = path
	}
	if hashIndex(3, 17) != hashToken(3, "17") {
		t.Error("index 17 is not the token 17")
	}
}
