package contracts

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/fstest"
)

func TestBundle(t *testing.T) {
	_, files := unpack(t, "documents/bundle.txtar")
	d, err := readDocument(t.Context(), "openapi.yaml", Options{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := d.bundle()
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, bundle, "", "  "); err != nil {
		t.Fatal(err)
	}
	golden(t, "documents/bundle.golden", indented.String()+"\n")
	checkBundle(t, d, bundle)
}

// checkBundle reads a bundle back: it must stand alone, know all that the document knew, and not change again.
func checkBundle(t *testing.T, from *document, bundle []byte) {
	t.Helper()
	d, err := readDocument(t.Context(), "bundle.json", Options{Files: fstest.MapFS{"bundle.json": {Data: bundle}}})
	if err != nil {
		t.Fatal(err)
	}
	before, after := from.checkReferences(), d.checkReferences()
	if len(after) > len(before) {
		t.Errorf("%d references lead nowhere in the bundle, %d did before; the first is %v", len(after), len(before), after[0])
	}
	d.walkReferences(func(s site) {
		if s.ref[0] != '#' {
			t.Errorf("the reference %s is left at %v", s.ref, s.at)
		}
	})
	again, err := d.bundle()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, bundle) {
		t.Error("the bundle of the bundle is another")
	}
}

func TestBundleScalars(t *testing.T) {
	const doc = `openapi: 3.1.0
x: [1, -0, 0x1F, 0o17, 1_000, 1.50, .5, 1e3, +1, 123456789012345678901234567890, .inf, .nan, true, False, ~, null, "", 2020-01-01, "1", 'a"b\', "\x01\t\u2028é"]
`
	d, err := readDocument(t.Context(), "f", Options{Files: fstest.MapFS{"f": {Data: []byte(doc)}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.bundle()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"openapi":"3.1.0","x":[1,-0,31,15,1000,1.50,0.5,1e3,1,123456789012345678901234567890,".inf",".nan",true,false,null,null,"","2020-01-01","1","a\"b\\","\u0001\t` + "\u2028" + `é"]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
