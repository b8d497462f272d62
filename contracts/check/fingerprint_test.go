package check_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"understudy/contracts/check"

	"go.yaml.in/yaml/v4"
)

// prints gives the fingerprints of what an answer brings about.
func prints(t *testing.T, o check.Options, request, response string) []string {
	t.Helper()
	var list []string
	for _, f := range examine(t, o).Examine(answer(t, o.Contract, request, response), valid) {
		list = append(list, f.Check+" "+f.Fingerprint)
	}
	slices.Sort(list)
	return list
}

const wrong = `{"items":[{"id":"a"},{"id":%s,"age":"old","tags":["xy",%s]},{}],"counts":{"%s":"many"}}`

// TestFingerprint is the same after the document was turned round, moved and padded, and with other random data.
func TestFingerprint(t *testing.T) {
	text, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	turn(root.Content[0])
	turned, err := yaml.Marshal(&root)
	if err != nil {
		t.Fatal(err)
	}
	response := strings.Replace(page, "X-Total: 1", "X-Total: -1\nX-Sort: size", 1)
	want := prints(t, check.Options{Contract: load(t, "shop.yaml")}, "GET /v1/things", response+fmt.Sprintf(wrong, "7", "1", "k1"))
	if len(want) != 7 {
		t.Fatalf("got %d findings: %v", len(want), want)
	}
	if len(slices.Compact(slices.Clone(want))) != len(want) {
		t.Errorf("two findings have one name: %v", want)
	}
	for name, c := range map[string]struct{ document, body string }{
		"turned round": {string(turned), fmt.Sprintf(wrong, "7", "1", "k1")},
		"other lines":  {strings.ReplaceAll(string(text), "\n", "\n\n"), fmt.Sprintf(wrong, "7", "1", "k1")},
		"other data":   {string(text), fmt.Sprintf(wrong, "null", "true", "another key")},
		"other place":  {string(text), `{"counts":{"z":"few"},"items":[{"tags":["a longer one","yz",3],"age":"x","id":[]},{"age":1}]}`},
		"other id":     {strings.Replace(string(text), "operationId: listThings", "operationId: everything", 1), fmt.Sprintf(wrong, "7", "1", "k1")},
	} {
		shop := compile(t, "shop.yaml", c.document)
		if got := prints(t, check.Options{Contract: shop}, "GET /v1/things?x="+name[:1], response+c.body); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%v\nwant\n%v", name, got, want)
		}
	}
	moved := compile(t, "shop/v2.yaml", string(text))
	moved.Name = "shop"
	if got := prints(t, check.Options{Contract: moved}, "GET /v1/things", response+fmt.Sprintf(wrong, "7", "1", "k1")); !slices.Equal(got, want) {
		t.Errorf("moved: got\n%v\nwant\n%v", got, want)
	}
}

// turn writes the members of all mappings the other way round.
func turn(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		for i, j := 0, len(n.Content)-2; i < j; i, j = i+2, j-2 {
			n.Content[i], n.Content[j] = n.Content[j], n.Content[i]
			n.Content[i+1], n.Content[j+1] = n.Content[j+1], n.Content[i+1]
		}
	}
	for _, c := range n.Content {
		turn(c)
	}
}

// TestFingerprintTells tells apart what is different.
func TestFingerprintTells(t *testing.T) {
	f := check.Finding{Check: "SCH-001", Contract: "shop", Operation: "getThing", Method: "GET", Path: "/things/{id}", Keyword: "type",
		Where: "response body /id", At: check.Place{File: "a.yaml", Line: 7, Pointer: "/components/schemas/Thing/properties/id/type"}}
	same := f
	same.Operation, same.At.File, same.At.Line, same.Message, same.Got, same.Exchange = "other", "b.json", 1, "x", "y", 9
	if check.Fingerprint(f) != check.Fingerprint(same) {
		t.Error("the id of the operation, file, line and what came change the name")
	}
	for name, change := range map[string]func(*check.Finding){
		"check":     func(f *check.Finding) { f.Check = "SCH-004" },
		"contract":  func(f *check.Finding) { f.Contract = "mall" },
		"method":    func(f *check.Finding) { f.Method = "PUT" },
		"path":      func(f *check.Finding) { f.Path = "/things" },
		"pointer":   func(f *check.Finding) { f.At.Pointer += "/0" },
		"keyword":   func(f *check.Finding) { f.Keyword = "format" },
		"no place":  func(f *check.Finding) { f.At = check.Place{} },
		"no path":   func(f *check.Finding) { f.Path = "" },
		"nor an id": func(f *check.Finding) { f.Path, f.Operation = "", "" },
	} {
		other := f
		if change(&other); check.Fingerprint(other) == check.Fingerprint(f) {
			t.Errorf("another %s has the same name", name)
		}
	}
}
