package contracts_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts"
)

// lintedDocument is what the overlays of TestFaultyOverlays are put on.
const lintedDocument = `openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    get: {operationId: listOrders, responses: {"200": {description: ok}}}
    post: {operationId: createOrder, responses: {"201": {description: made}}}
  /orders/{id}/pay:
    post: {operationId: payOrder, responses: {"200": {description: paid}}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  schemas: {Order: {type: object, properties: {note: {type: string}}}}
`

// faultyOverlays have one fault each, in the line that is marked. The schema sees it as well, but where onlyLint says why it
// cannot.
var faultyOverlays = []struct{ name, actions, want, onlyLint string }{
	{"unknown word of the root", "- target: $\n  update:\n    x-understudy:\n      name: shop\n      limit: []  # here", `unknown word "limit" in x-understudy`, ""},
	{"unknown word of an entry", "- target: $\n  update:\n    x-understudy:\n      limits:\n        - name: one\n          limit: 3\n          window: 1m\n          wait: 3s  # here", `unknown word "wait"`, ""},
	{"unknown word of an operation", "- target: $.paths['/orders'].get\n  update:\n    x-understudy:\n      role: list\n      emit: a  # here", `did you mean emits?`, ""},
	{"unknown word of a path item", "- target: $.paths['/orders']\n  update:\n    x-understudy:\n      assumed: X\n      modul: a  # here", `did you mean module?`, ""},
	{"unknown word of a schema", "- target: $.components.schemas.Order.properties.note\n  update:\n    x-understudy:\n      mak: email  # here", `unknown word "mak"`, ""},
	{"operation's word at the root", "- target: $\n  update:\n    x-understudy:\n      emits: a  # here", `unknown word "emits"`, ""},
	{"value of a schema", "- target: $.components.schemas.Order.properties.note\n  update:\n    x-understudy:\n      make: emial  # here", `make cannot be "emial"`, ""},
	{"role", "- target: $.paths['/orders'].get\n  update:\n    x-understudy:\n      resource: /orders\n      role: lists  # here", `role cannot be "lists"`, ""},
	{"mapping wanted", "- target: $\n  update:\n    x-understudy:\n      name: shop\n      provider: google  # here", "a mapping is wanted here", ""},
	{"number wanted", "- target: $\n  update:\n    x-understudy:\n      name: shop\n      validationStatus: many  # here", "is not a whole number", ""},
	{"truth wanted", "- target: $\n  update:\n    x-understudy:\n      name: shop\n      tlsOnly: perhaps  # here", "is not true or false", ""},
	{"list of values wanted", "- target: $\n  update:\n    x-understudy:\n      env:\n        - name: {a: b}  # here\n          from: baseUrl", "a single value is wanted here", ""},
	{"kind of a credential", "- target: $\n  update:\n    x-understudy:\n      credentials:\n        - name: key\n          scheme: key\n          kind: jot  # here", `kind cannot be "jot"`, ""},
	{"scheme of a credential", "- target: $\n  update:\n    x-understudy:\n      credentials:\n        - name: key\n          kind: key\n          scheme: keys  # here", `the security scheme "keys", which is not defined`, "the schemes stand in the document"},
	{"lifetime", "- target: $\n  update:\n    x-understudy:\n      credentials:\n        - name: key\n          lifetime: 1 day  # here", `lifetime cannot be "1 day"`, ""},
	{"csrf without a cookie", "- target: $\n  update:\n    x-understudy:\n      credentials:\n        - name: key  # or here\n          csrf: origin  # here", "csrf protects cookies", ""},
	{"status of a refusal", "- target: $\n  update:\n    x-understudy:\n      limitHeaders:\n        profile: epoch\n        status: 200  # here", "the status of a refusal cannot be 200", ""},
	{"limit without a window", "- target: $\n  update:\n    x-understudy:\n      limits:\n        - name: one  # here\n          limit: 3", `the window "" is not a duration`, ""},
	{"window of a bucket", "- target: $\n  update:\n    x-understudy:\n      limits:\n        - name: one\n          limit: 3\n          algorithm: gcra\n          window: month  # here", "is one of the calendar", ""},
	{"no such limit", "- target: $.paths['/orders'].get\n  update:\n    x-understudy:\n      role: list\n      limit:\n        - one  # here", `the limit "one" is not defined`, "limits may stand in another overlay"},
	{"order of stages", "- target: $\n  update:\n    x-understudy:\n      order:\n        - admit\n        - validate  # here", "the place of validate cannot be chosen", ""},
	{"no such operation", "- target: $\n  update:\n    x-understudy:\n      limits:\n        - name: one\n          limit: 3\n          window: 1m\n          routes:\n            - listOrders\n            - listOrder  # here", `there is no operation "listOrder"`, "the operations stand in the document"},
	{"transition both ways", "- target: $\n  update:\n    x-understudy:\n      resources:\n        /orders:\n          states:\n            field: status\n            transitions:\n              - to: paid  # or here\n                after: 1h\n                by: payOrder  # here", "by and after exclude each other", ""},
	{"derivation without function", "- target: $\n  update:\n    x-understudy:\n      resources:\n        /orders:\n          derive:\n            total:  # here\n              where: {a: b}", "exactly one function is wanted", ""},
	{"partition", "- target: $\n  update:\n    x-understudy:\n      resources:\n        /orders:\n          unique: number\n          partition: tenant  # here", `"tenant" separates nothing`, ""},
	{"expression of a condition", "- target: $.paths['/orders'].get\n  update:\n    x-understudy:\n      answers:\n        - status: 404\n          when:\n            query.q:\n              pattern: '('  # here", "missing closing )", "Go's expressions are no format of JSON Schema"},
	{"bound of a condition", "- target: $.paths['/orders'].get\n  update:\n    x-understudy:\n      answers:\n        - status: 404\n          when:\n            query.q:\n              minimum: ten  # here", `"ten" is not a number`, ""},
	{"signature of an event", "- target: $\n  update:\n    x-understudy:\n      events:\n        order.paid:\n          description: paid\n          signature: strip  # here", "did you mean stripe?", ""},
	{"pointer of an event", "- target: $\n  update:\n    x-understudy:\n      events:\n        order.paid:\n          signature: stripe\n          from: data  # here", `from cannot be "data"`, ""},
	{"no such event", "- target: $.paths['/orders'].post\n  update:\n    x-understudy:\n      emits: order.paid  # here", `the event "order.paid" is not defined`, "events may stand in another overlay"},
	{"schedule of deliveries", "- target: $\n  update:\n    x-understudy:\n      webhooks:\n        schedule: [0s, soon]  # here", "schedule cannot be", ""},
	{"header of deliveries", "- target: $\n  update:\n    x-understudy:\n      webhooks:\n        headers:\n          X-Event: '{event}'\n          Content-Type: text/plain  # here", `the header "Content-Type" cannot be set`, ""},
	{"word of another fault", "- target: $\n  update:\n    x-understudy:\n      faults:\n        - name: down\n          kind: reset\n          status: 503  # here", "status: means nothing for the kind reset", ""},
	{"probability of a fault", "- target: $\n  update:\n    x-understudy:\n      faults:\n        - name: down\n          kind: reset\n          probability: 1.5  # here", "probability: must be above 0 and at most 1", ""},
	{"time of realtime", "- target: $\n  update:\n    x-understudy:\n      realtime:\n        path: /app/{key}\n        ping: often  # here", `ping cannot be "often"`, ""},
	{"style of pages", "- target: $.paths['/orders'].get\n  update:\n    x-understudy:\n      page:\n        size: 10\n        style: pages  # here", `did you mean page?`, ""},
	{"variant of idempotency", "- target: $\n  update:\n    x-understudy:\n      idempotency:\n        required: true\n        variant: draught  # here", `variant cannot be "draught"`, ""},
}

// TestFaultyOverlays: a fault in an overlay is told with the overlay's line, and an editor that knows the schema marks it too.
func TestFaultyOverlays(t *testing.T) {
	schemaText, err := os.ReadFile(wordSchema)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range faultyOverlays {
		t.Run(c.name, func(t *testing.T) {
			text := "overlay: 1.1.0\ninfo: {title: ours, version: '1'}\nactions:\n" + c.actions + "\n"
			before, _, _ := strings.Cut(text, "# here")
			line := strings.Count(before, "\n") + 1
			seen := line // the schema can only mark the mapping whose words do not go together
			if before, _, ok := strings.Cut(text, "# or here"); ok {
				seen = strings.Count(before, "\n") + 1
			}
			_, err := loadText(t, lintedDocument, text)
			var fault *contracts.DocumentError
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, want an error of the document", err)
			}
			if !strings.HasSuffix(fault.At.File, ".overlay.yaml") || fault.At.Line != line || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant line %d of the overlay, and %s", err, line, c.want)
			}
			warnings, err := contracts.LintFile("ours.overlay.yaml", []byte(text), schemaText)
			if err != nil {
				t.Fatal(err)
			}
			if c.onlyLint != "" {
				if len(warnings) > 0 {
					t.Errorf("the schema sees it too, although %s: %v", c.onlyLint, warnings)
				}
				return
			}
			found := false
			for _, w := range warnings {
				found = found || w.At.Line == seen
			}
			if !found {
				t.Errorf("the schema sees %v, want something in line %d", warnings, seen)
			}
		})
	}
	if len(faultyOverlays) < 25 {
		t.Errorf("only %d faults", len(faultyOverlays))
	}
}

// TestAllFaultsAtOnce: what is wrong in several places is told in one go.
func TestAllFaultsAtOnce(t *testing.T) {
	_, err := loadText(t, lintedDocument, `overlay: 1.1.0
info: {title: ours, version: "1"}
actions:
  - target: $
    update:
      x-understudy:
        validationStatus: 99
        limits:
          - {name: one, limit: 0, window: 1m}
          - {name: two, limit: 1, window: never}
        faults:
          - {name: a, kind: resett}
  - target: $.paths['/orders'].get
    update: {x-understudy: {role: lists}}
`)
	if err == nil {
		t.Fatal("no error")
	}
	var lines []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		_, at, _ := strings.Cut(line, ".overlay.yaml:")
		number, _, _ := strings.Cut(at, ":")
		lines = append(lines, number)
	}
	if got := strings.Join(lines, " "); got != "7 9 10 12 14" {
		t.Errorf("the lines are %s:\n%v", got, err)
	}
}

// TestSchemaOfGoodOverlays: the built-in overlays and those of the documentation's and the tests' fixtures keep the schema.
func TestSchemaOfGoodOverlays(t *testing.T) {
	schemaText, err := os.ReadFile(wordSchema)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range contracts.Builtins() {
		for _, file := range []string{"behaviour.overlay.yaml", "openapi.yaml"} {
			if files[name+"/"+file], err = contracts.Builtin(name, file); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, file := range fixtureOverlays(t) {
		if files[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range files {
		warnings, err := contracts.LintFile(name, data, schemaText)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, w := range warnings {
			t.Errorf("%s:%d: %s (at #%s)", w.At.File, w.At.Line, w.Message, w.At.Pointer)
		}
	}
	if len(files) < 8 {
		t.Errorf("only %d files", len(files))
	}
}

// fixtureOverlays finds the overlays that stand as files of their own in the house.
func fixtureOverlays(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, folder := range []string{"../fixtures", "../docs", "../examples", "../mock", "../contracts/testdata", "../cmd"} {
		err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
			if strings.HasSuffix(path, ".overlay.yaml") {
				list = append(list, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// TestLintFile: each fault with its line; several are told in the order of the lines.
func TestLintFile(t *testing.T) {
	const rules = `{"type": "object", "required": ["a"], "additionalProperties": false, "properties": {"a": {"type": "integer"}, "b": {"enum": ["left", "right"]},
		"c": {"type": "array", "items": {"type": "object", "required": ["d"]}}, "e": {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"f": {"type": "string", "pattern": "^/"}}}]}}}`
	for _, c := range []struct{ name, text, want string }{
		{"good", "a: 1", ""},
		{"JSON", `{"a": 1, "b": "left"}`, ""},
		{"type", "b: left\na: one", "f.yaml:2 #/a got string, want integer"},
		{"missing", "b: left", "f.yaml:1 # missing: a"},
		{"unknown words", "a: 1\nz: 1\ny: 2", `f.yaml:2 #/z unknown word "z"; f.yaml:3 #/y unknown word "y"`},
		{"value", "a: 1\nb: lefft", `f.yaml:2 #/b this cannot be "lefft": did you mean left? use one of left, right`},
		{"in a list", "a: 1\nc:\n  - d: 1\n  - e: 2", "f.yaml:4 #/c/1 missing: d"},
		{"nearest alternative", "a: 1\ne:\n  f: x", "f.yaml:3 #/e/f 'x' does not match pattern '^/'"},
		{"alias", "a: 1\nc:\n  - &x {e: 1}\n  - *x", "f.yaml:3 #/c/0 missing: d; f.yaml:3 #/c/1 missing: d"},
	} {
		warnings, err := contracts.LintFile("f.yaml", []byte(c.text), []byte(rules))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var got []string
		for _, w := range warnings {
			got = append(got, fmt.Sprintf("%s:%d #%s %s", w.At.File, w.At.Line, w.At.Pointer, w.Message))
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: got %s\nwant %s", c.name, text, c.want)
		}
	}
	for name, text := range map[string]string{"broken": "a: [", "empty": "", "two documents": "a: 1\n---\na: 2", "twice": "a: 1\na: 2"} {
		if _, err := contracts.LintFile("f.yaml", []byte(text), []byte(rules)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := contracts.LintFile("f.yaml", []byte("a: 1"), []byte(`{"$ref": "file:///etc/hostname"}`)); err == nil {
		t.Error("a schema that leads elsewhere was read")
	}
}
