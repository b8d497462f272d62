package scan_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/scan"
)

// key makes a credential that nobody issued: a prefix and random characters, the same for the same seed.
func key(prefix, alphabet string, n int, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 77))
	b := []byte(prefix)
	for range n {
		b = append(b, alphabet[r.IntN(len(alphabet))])
	}
	return string(b)
}

const (
	lower = "abcdefghijklmnopqrstuvwxyz0123456789"
	mixed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

func liveKey(seed uint64) string { return key("ek_"+"live_", lower, 20, seed) }
func testKey(seed uint64) string { return key("ek_"+"test_", lower, 20, seed) }

func load(t testing.TB, names ...string) (list []*contracts.Contract) {
	t.Helper()
	for _, name := range names {
		c, err := contracts.Load(context.Background(), name, contracts.Options{})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// files makes a tree of names and texts, one after the other.
func files(namesAndTexts ...string) fstest.MapFS {
	tree := fstest.MapFS{}
	for i := 0; i < len(namesAndTexts); i += 2 {
		tree[namesAndTexts[i]] = &fstest.MapFile{Data: []byte(namesAndTexts[i+1]), ModTime: now.AddDate(0, 0, -3)}
	}
	return tree
}

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// examine scans a repository in which everything that no ignore file names is committed.
func examine(t testing.TB, list []*contracts.Contract, tree fs.FS, change ...func(*scan.Options)) *scan.Report {
	t.Helper()
	o := scan.Options{Contracts: list, Chosen: true, Now: now, Roots: []scan.Root{{FS: tree, Versioned: true}}}
	for _, c := range change {
		c(&o)
	}
	report, err := scan.Scan(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// found lists the findings as "SCN-001 path:line", each once, in their order.
func found(r *scan.Report) (list []string) {
	for _, f := range findings(r) {
		if text := fmt.Sprintf("%s %s:%d", f.Check, f.At.File, f.At.Line); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

func findings(r *scan.Report) (list []check.Finding) {
	for _, s := range r.Suites {
		for _, t := range s.Tests {
			list = append(list, t.Findings...)
		}
	}
	return list
}

func outcome(r *scan.Report, id string) scenarios.Test {
	for _, s := range r.Suites {
		for _, t := range s.Tests {
			if t.ID == id {
				return t
			}
		}
	}
	return scenarios.Test{}
}

// TestPlaces plants one thing in one place, and wants it found by its rule and by no other. "-" wants nothing.
func TestPlaces(t *testing.T) {
	live, test := liveKey(1), testKey(2)
	hook := key("whsec_", mixed, 32, 3)
	pay := key("sk_"+"live_", mixed, 24, 4)
	refresh := key("rt_", lower, 20, 5)
	for _, c := range []struct {
		name, file, text, want string
	}{
		// Source.
		{"a literal in Go", "client.go", "var key = \"" + live + "\"\n", "SCN-001 client.go:1"},
		{"the documented bad example", "src/api.js", "// ok\nconst apiKey = '" + live + "';\n", "SCN-001 src/api.js:2"},
		{"a test key is a key", "main.py", "KEY = '" + test + "'", "SCN-001 main.py:1"},
		{"a refresh token", "main.py", "r = '" + refresh + "'", "SCN-001 main.py:1"},
		{"in a README", "README.md", "Use " + live + " to try it.", "SCN-001 README.md:1"},
		{"behind an escaped line's end", "a.go", `x := "a\n` + refresh + `"`, "SCN-001 a.go:1"},
		{"in a Kubernetes secret", "k8s/secret.yaml", "data:\n  key: " + base64Text(live) + "\n", "SCN-001 k8s/secret.yaml:2"},
		{"in base64 of a pair", "a.txt", "Authorization: Basic " + base64Text("user:"+live), "SCN-001 a.txt:1"},
		{"in base64, one further", "a.txt", base64Text("x" + live + "yz"), "SCN-001 a.txt:1"},
		{"in hexadecimal", "a.txt", fmt.Sprintf("%x", "--"+live), "SCN-001 a.txt:1"},
		{"in a literal of a config", "config/services.yml", "ecoevents:\n  key: " + live, "SCN-001 config/services.yml:2"},
		{"in an example of .env", ".env.example", "ECOEVENTS_API_KEY=" + live, "SCN-001 .env.example:1"},
		{"the good example", "src/api.js", "const apiKey = process.env.ECOEVENTS_API_KEY;", "-"},
		{"a longer text is something else", "a.go", `"` + live + `abc"`, "-"},
		{"a shorter one too", "a.go", `"` + live[:27] + `"`, "-"},
		{"inside a word", "a.go", "sta" + refresh, "-"},
		{"a binary in which texts have no ends", "a.bin", "\x00\x01" + live + "next", "SCN-001 a.bin:0"},

		// Browsers.
		{"a page", "index.html", "<script>\nlet k='" + live + "'</script>", "SCN-002 index.html:2"},
		{"a component of Vue", "src/App.vue", "<script>const k='" + live + "'</script>", "SCN-002 src/App.vue:1"},
		{"a component of React", "src/App.jsx", "const k='" + live + "'", "SCN-002 src/App.jsx:1"},
		{"use client", "app/page.tsx", "'use client'\nconst k='" + live + "'", "SCN-002 app/page.tsx:2"},
		{"use server", "app/page.tsx", "'use server'\nconst k='" + live + "'", "SCN-001 app/page.tsx:2"},
		{"a folder for browsers", "frontend/src/api.ts", "const k='" + live + "'", "SCN-002 frontend/src/api.ts:1"},
		{"a route on the server", "frontend/server/api.ts", "const k='" + live + "'", "SCN-001 frontend/server/api.ts:1"},
		{"a bundle", "dist/main.4f3a9b21.js", "!function(){var k=\"" + live + "\"}()", "SCN-002 dist/main.4f3a9b21.js:1"},
		{"a source map", "lib/a.js.map", `{"sourcesContent":["const k='` + live + `'"]}`, "SCN-002 lib/a.js.map:1"},
		{"code of the document", "src/a.js", "document.getElementById('x').dataset.k='" + live + "'", "SCN-002 src/a.js:1"},
		{"code of node", "src/a.js", "const fs = require('fs'); const k='" + live + "'", "SCN-001 src/a.js:1"},

		// Logs and URLs.
		{"a log", "app.log", "2026-11-02 GET /v1/events " + live, "SCN-004 app.log:1"},
		{"a rotated log", "logs/app.log.3", "x\ny " + live, "SCN-004 logs/app.log.3:2"},
		{"recorded traffic", "traffic.har", `{"headers":[{"name":"Authorization","value":"Bearer ` + live + `"}]}`, "SCN-004 traffic.har:1"},
		{"a query", "a.go", `get("https://api.ecoevents.com/v1/events?key=` + live + `")`, "SCN-005 a.go:1"},
		{"in front of the host", "a.py", `u = "https://` + live + `@api.ecoevents.com/"`, "SCN-005 a.py:1"},
		{"a relative query", "a.go", `get("/v1/events?a=1&token=` + live + `")`, "SCN-005 a.go:1"},
		{"a variable in a query", "a.ts", "get(`https://api.ecoevents.com/v1/events?key=${process.env.ECOEVENTS_API_KEY}`)", "SCN-005 a.ts:1"},
		{"a variable in a header", "a.ts", "get(u, {headers: {authorization: `Bearer ${process.env.ECOEVENTS_API_KEY}`}})", "-"},

		// The environment.
		{"an .env that nothing ignores", ".env", "ECOEVENTS_API_KEY=" + live, "SCN-006 .env:1"},
		{"a live key for development", ".env.development", "ECOEVENTS_API_KEY=" + live, "SCN-006 .env.development:1"},
		{"a live key in a test", "client_test.go", `k := "` + live + `"`, "SCN-009 client_test.go:1"},
		{"a live key among fixtures", "tests/fixtures/a.json", `{"k":"` + live + `"}`, "SCN-009 tests/fixtures/a.json:1"},
		{"a live key in development's configuration", "config/development.yml", "key: " + live, "SCN-009 config/development.yml:1"},
		{"a test key in a test", "client_test.go", `k := "` + test + `"`, "SCN-001 client_test.go:1"},

		// Webhooks.
		{"a webhook secret", "hook.go", `s := "` + hook + `"`, "SCN-010 hook.go:1"},
		{"a webhook secret in a bundle", "public/a.js", `s="` + hook + `"`, "SCN-010 public/a.js:1"},
		{"a webhook secret of another form, by its name", "hook.rb", "ECOEVENTS_WEBHOOK_SECRET = '" + key("", mixed, 28, 9) + "'", "SCN-010 hook.rb:1"},
		{"a reference", "hook.rb", "ECOEVENTS_WEBHOOK_SECRET = ENV.fetch('ECOEVENTS_WEBHOOK_SECRET')", "-"},
		{"a reference to a manager", "compose.yml", "ECOEVENTS_WEBHOOK_SECRET: ${ECOEVENTS_WEBHOOK_SECRET_FROM_VAULT_V1}", "-"},
		{"a payment key is none of this contract", "pay.go", `"` + pay + `"`, "-"},

		// TLS.
		{"plain HTTP", "a.go", `const base = "http://api.ecoevents.com/v1"`, "SCN-012 a.go:1"},
		{"in a .env", "deploy.sh", "export ECOEVENTS_BASE_URL=http://events.internal.example.com", "SCN-012 deploy.sh:1"},
		{"in JSON", "a.json", `{"u":"http:\/\/api.ecoevents.com"}`, "SCN-012 a.json:1"},
		{"TLS", "a.go", `const base = "https://api.ecoevents.com/v1"`, "-"},
		{"this machine", "a.sh", "ECOEVENTS_BASE_URL=http://127.0.0.1:4010", "-"},
		{"a service beside", "compose.yml", "ECOEVENTS_BASE_URL: http://understudy:4010", "-"},
		{"another host", "a.go", `"http://api.ecoevents.com.example.org/"`, "-"},
		{"in a text", "notes.md", "Never http://api.ecoevents.com.", "-"},

		// Log statements.
		{"a variable of the environment", "a.js", "console.log('key', process.env.ECOEVENTS_API_KEY)", "SCN-014 a.js:1"},
		{"in Go", "a.go", `log.Printf("key %s", os.Getenv("ECOEVENTS_API_KEY"))`, "SCN-014 a.go:1"},
		{"in Python", "a.py", `logger.info("k %s", os.environ["ECOEVENTS_API_KEY"])`, "SCN-014 a.py:1"},
		{"in a shell", "a.sh", `echo "using $ECOEVENTS_API_KEY"`, "SCN-014 a.sh:1"},
		{"an identifier", "a.js", "// api.ecoevents.com\nlogger.debug({ apiKey, status })", "SCN-014 a.js:2"},
		{"in a template", "a.js", "// api.ecoevents.com\nconsole.log(`token ${client.accessToken}`)", "SCN-014 a.js:2"},
		{"the header", "a.js", "// api.ecoevents.com\nconsole.log('in', req.headers['authorization'])", "SCN-014 a.js:2"},
		{"its name in a message", "a.go", `log.Fatal("ECOEVENTS_API_KEY is not set")`, "-"},
		{"the word within a message", "a.js", "// api.ecoevents.com\nconsole.error('which apiKey, and why', status)", "-"},
		{"the word in a message", "a.js", "// api.ecoevents.com\nconsole.error('the apiKey is wrong', status)", "-"},
		{"whether it is there", "a.js", "console.log('key set:', !!process.env.ECOEVENTS_API_KEY)", "-"},
		{"its length", "a.js", "// api.ecoevents.com\nconsole.log(apiKey.length)", "-"},
		{"its end", "a.js", "// api.ecoevents.com\nconsole.log(apiKey.slice(-4))", "-"},
		{"masked", "a.js", "// api.ecoevents.com\nconsole.log(mask(apiKey))", "-"},
		{"a comment", "a.js", "// api.ecoevents.com\n// console.log(apiKey)", "-"},
		{"behind a call", "a.js", "console.log('start') || start(process.env.ECOEVENTS_API_KEY)", "-"},
		{"the name in a shell's text of Go", "a.go", `fmt.Println("curl -H $ECOEVENTS_API_KEY")`, "-"},
		{"a value in a template of Python", "a.py", "# api.ecoevents.com\nprint(f'key {self.api_key}')", "SCN-014 a.py:2"},
		{"a member that is masked", "a.js", "// api.ecoevents.com\nlogger.info({ apiKey: 'hidden' })", "-"},
		{"another API's", "a.js", "console.log(apiKey)", "-"},

		// Bundles to be.
		{"a public variable", ".env.example", "NEXT_PUBLIC_ECOEVENTS_API_KEY=", "SCN-015 .env.example:1"},
		{"of Vite", "src/a.ts", "const k = import.meta.env.VITE_ECOEVENTS_API_KEY", "SCN-015 src/a.ts:1"},
		{"the base URL may be public", "src/a.ts", "const u = import.meta.env.VITE_ECOEVENTS_BASE_URL", "-"},

		// What nobody issues.
		{"an example of the contract", "README.md", "rt_1a2b3c4d5e6f7g8h9i0j", "-"},
		{"letters that repeat", "a.go", "ek_" + "live_xxxxxxxxxxxxxxxxxxxx", "-"},
		{"letters that count", "a.go", "ek_" + "live_abcdefghijklmnopqrst", "-"},
		{"digits that count", "a.go", "ek_" + "live_01234567890123456789", "-"},
		{"two in turn", "a.go", "ek_" + "live_1a2b3c4d5e6f7g8h9i0j", "-"},
		{"words", "a.go", "ek_" + "live_thisisnotarealkeyatal", "-"},
		{"a word and zeros", "a.go", "ek_" + "live_example0000000000001", "-"},
		{"YOUR_API_KEY", "a.sh", "ECOEVENTS_API_KEY=YOUR_API_KEY", "-"},
		{"your secret", "a.sh", "ECOEVENTS_WEBHOOK_SECRET=whsec_your_secret_goes_here_123456", "-"},
		{"an example of Stripe's", "a.sh", "whsec_" + strings.Repeat("12345678", 4), "-"},
		{"let pass", "a.go", `k := "` + live + `" // understudy:ignore`, "-"},
		{"let pass from above", "a.go", "// understudy:ignore-next-line\nk := \"" + live + `"`, "-"},
		{"from too far above", "a.go", "// understudy:ignore-next-line\n\nk := \"" + live + `"`, "SCN-001 a.go:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := examine(t, load(t, "ecoevents"), files(c.file, c.text))
			got := strings.Join(found(r), ", ")
			if got == "" {
				got = "-"
			}
			if got != c.want {
				t.Errorf("%s: %s\ngot  %s\nwant %s", c.file, c.text, got, c.want)
			}
			for _, f := range findings(r) {
				for _, secret := range []string{live, test, hook, pay, refresh} {
					if strings.Contains(fmt.Sprint(f), secret) || strings.Contains(fmt.Sprint(f), secret[9:20]) {
						t.Errorf("the finding holds the secret: %+v", f)
					}
				}
			}
		})
	}
}

func base64Text(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
