package reports_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"understudy/contracts/check"
	"understudy/reports"
	"understudy/scenarios"
)

// node is an element of a document as it was parsed.
type node struct {
	name     string
	attrs    map[string]string
	text     string
	children []*node
}

func parseXML(t testing.TB, data []byte) *node {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(data))
	root := &node{}
	open := []*node{root}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			n := &node{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			top := open[len(open)-1]
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			open[len(open)-1].text += string(x)
		}
	}
	if len(root.children) != 1 {
		t.Fatal("there is not one root")
	}
	return root.children[0]
}

// junitRules are what each element may hold: what GitLab, Jenkins and the common subset of JUnit know.
var junitRules = map[string]struct{ required, optional, children []string }{
	"testsuites": {[]string{"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, nil, []string{"testsuite"}},
	"testsuite":  {[]string{"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, []string{"hostname"}, []string{"properties", "testcase"}},
	"properties": {nil, nil, []string{"property"}},
	"property":   {[]string{"name", "value"}, nil, nil},
	"testcase":   {[]string{"name", "classname", "time"}, []string{"file", "line"}, []string{"failure", "error", "skipped", "system-out"}},
	"failure":    {[]string{"message", "type"}, nil, nil},
	"error":      {[]string{"message", "type"}, nil, nil},
	"skipped":    {[]string{"message"}, nil, nil},
	"system-out": {nil, nil, nil},
}

func (n *node) check(t testing.TB) {
	rule, found := junitRules[n.name]
	if !found {
		t.Fatalf("nobody reads the element %s", n.name)
	}
	for _, a := range rule.required {
		if _, found := n.attrs[a]; !found {
			t.Errorf("%s has no %s", n.name, a)
		}
	}
	for a, value := range n.attrs {
		if !slices.Contains(rule.required, a) && !slices.Contains(rule.optional, a) {
			t.Errorf("nobody reads the attribute %s of %s", a, n.name)
		}
		switch a {
		case "tests", "failures", "errors", "skipped", "line":
			if _, err := strconv.Atoi(value); err != nil {
				t.Errorf("%s of %s is %q", a, n.name, value)
			}
		case "time":
			if _, err := strconv.ParseFloat(value, 64); err != nil {
				t.Errorf("time of %s is %q", n.name, value)
			}
		}
	}
	at := -1
	for _, c := range n.children {
		next := slices.Index(rule.children, c.name)
		if next < 0 || next < at {
			t.Errorf("%s may not stand there in %s", c.name, n.name)
		}
		at = next
		c.check(t)
	}
}

func (n *node) all(name string) []*node {
	var list []*node
	for _, c := range n.children {
		if c.name == name {
			list = append(list, c)
		}
		list = append(list, c.all(name)...)
	}
	return list
}

func junitOf(t testing.TB, r *scenarios.Result) *node {
	t.Helper()
	var b bytes.Buffer
	if err := reports.Write("junit", &b, r); err != nil {
		t.Fatal(err)
	}
	if b.Len() >= 30_000_000 {
		t.Fatalf("%d bytes: GitLab does not read that", b.Len())
	}
	root := parseXML(t, b.Bytes())
	root.check(t)
	pairs := map[string]bool{}
	for _, c := range root.all("testcase") {
		pair := c.attrs["classname"] + "\x00" + c.attrs["name"]
		if pairs[pair] {
			t.Errorf("%q is there twice", pair)
		}
		pairs[pair] = true
		if parts := strings.Split(c.attrs["classname"], "."); len(parts) != 3 || parts[0] != "conformance" || parts[1] == "" || parts[2] == "" {
			t.Errorf("the classname %q does not group", c.attrs["classname"])
		}
		for _, f := range append(c.all("failure"), c.all("error")...) {
			message, _, _ := strings.Cut(f.attrs["message"], "... (") // long ones are cut
			if !strings.Contains(strings.Join(strings.Fields(f.text), " "), message) {
				t.Fatalf("GitLab shows the content only, and it does not hold the message %.300q", message)
			}
		}
	}
	sums := map[string]int{}
	for _, s := range root.all("testsuite") {
		for name, want := range map[string]int{"tests": len(s.all("testcase")), "failures": len(s.all("failure")), "errors": len(s.all("error")), "skipped": len(s.all("skipped"))} {
			if s.attrs[name] != fmt.Sprint(want) {
				t.Errorf("%s of %s is %s, there are %d", name, s.attrs["name"], s.attrs[name], want)
			}
			sums[name] += want
		}
	}
	for name, want := range sums {
		if root.attrs[name] != fmt.Sprint(want) {
			t.Errorf("%s in all is %s, there are %d", name, root.attrs[name], want)
		}
	}
	return root
}

func TestJUnit(t *testing.T) {
	root := junitOf(t, sample())
	cases := map[string]*node{}
	for _, c := range root.all("testcase") {
		cases[c.attrs["name"]] = c
	}
	known := cases["MTH-002 A 405 carries Allow"].all("skipped")[0].attrs["message"]
	if known != "known: MTH-002 c0ffee0000000003 until 2026-12-31: the gateway's next version sends it" {
		t.Errorf("a known failure says %q", known)
	}
	failed := cases["NEG-002 A body without a required property is refused"]
	if failed.attrs["classname"] != "conformance.pets·v1.createPet" || failed.attrs["file"] != "api/petstore.yaml" || failed.attrs["line"] != "120" {
		t.Errorf("a failure stands at %v", failed.attrs)
	}
	out := failed.all("system-out")[0].text
	for _, want := range []string{"$ curl -X POST", "> POST https://staging.example.com/v1/pets HTTP/1.1", "> Authorization: Bearer [hidden]", "< 201 Created", `{"tag":"cat"}`} {
		if !strings.Contains(out, want) {
			t.Errorf("system-out lacks %q:\n%s", want, out)
		}
	}
	for _, c := range root.all("system-out") {
		if strings.Contains(c.text, "[[ATTACHMENT|") {
			t.Error("a body names a file that GitLab would attach")
		}
	}
}

func TestJUnitEdges(t *testing.T) {
	t.Run("nothing was examined", func(t *testing.T) {
		root := junitOf(t, &scenarios.Result{Command: "check"})
		if f := root.all("failure"); len(f) != 1 || !strings.Contains(f[0].text, "not a pass") {
			t.Error("a run without tests looks like a pass")
		}
	})
	t.Run("same names", func(t *testing.T) {
		r := &scenarios.Result{Suites: []scenarios.Suite{{Name: "s", Kind: "checks"}}}
		for i, name := range []string{"one", "one", "one (2)", "one"} {
			r.Suites[0].Tests = append(r.Suites[0].Tests, scenarios.Test{ID: fmt.Sprint(i), Name: name, Outcome: scenarios.Passed})
		}
		junitOf(t, r)
	})
	t.Run("too large", func(t *testing.T) {
		r := sample()
		suite := &r.Suites[1]
		body := strings.Repeat("<&\x01é", 100_000)
		r.Exchanges[6].Answer = &scenarios.Payload{Text: body, Size: len(body)}
		copies := 1400
		if raced {
			copies = 200
		}
		for i := range copies {
			failed := suite.Tests[1]
			failed.ID, failed.Name = fmt.Sprint("copy-", i), fmt.Sprint("copy ", i)
			failed.Findings = []check.Finding{wrongSchema()}
			failed.Findings[0].Message = strings.Repeat("<long> ", 1000)
			suite.Tests = append(suite.Tests, failed)
		}
		junitOf(t, r)
	})
}
