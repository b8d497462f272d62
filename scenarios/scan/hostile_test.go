package scan_test

import (
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/scenarios/scan"
)

// TestHostileText looks at texts that were made to take long: each has megabytes of the beginnings of what is looked for. What they cost is
// bounded by what a plain text of ten times the size costs.
func TestHostileText(t *testing.T) {
	all := load(t, contracts.Builtins()...)
	took := func(text string) time.Duration {
		from := time.Now()
		examine(t, all, files("a.js", text), coins("coin-0123-4567-89ab", key("ek_"+"live_", lower, 20, 1)))
		return time.Since(from)
	}
	size := 1 << 20
	if raced {
		size /= 16
	}
	plain := took(strings.Repeat("const a = b(c);\n", 10*size/16))
	for _, part := range []string{
		"eyJ-", "eyJhbGciOiJI.", "eyJhbGciOiJI.eyJzdWIiOiI.", "ZWtfbGl2ZV", "656b5f6c6976655f", "ek_" + "live_", "whsec_", "1|", "12|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ECOEVENTS_API_KEY=",
		"http://api.ecoevents.com", "api.ecoevents.com console.log(", "api.ecoevents.com\nconsole.log(apiKey + ", "X-API-Key: ", "coin-0123-4567-89a", "understudy:ignore ", "\\u0065", "?a=${process.env.ECOEVENTS_API_KEY", "((((", "\n",
		liveKey(1) + " ", "\"" + testKey(2) + "\",",
	} {
		if d := took(strings.Repeat(part, size/len(part))); d > 20*plain+10*time.Second {
			t.Errorf("%q: %v, and %v for ten times as much plain text", part, d, plain)
		} else {
			t.Logf("%-30.30q %v", part, d.Round(time.Millisecond))
		}
	}
	// A deep tree of ignore files, and patterns of stars.
	tree := files("a.go", "x")
	for i := range 60 {
		tree[strings.Repeat("a/", i)+".gitignore"] = files("x", strings.Repeat("**/a/", 60)+"z\n"+strings.Repeat("*a", 60)+"z\n")["x"]
		tree[strings.Repeat("a/", i)+strings.Repeat("a", 100)] = files("x", "y")["x"]
	}
	if r := examine(t, all, tree, func(o *scan.Options) { o.Chosen = true }); r.Files < 60 {
		t.Errorf("only %d files were looked at", r.Files)
	}
}
