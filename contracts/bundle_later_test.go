package contracts

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestBundledLater: a JSON document that leads nowhere else is written as one text when somebody asks, the same as at once; one
// that may lead elsewhere, or was changed, is written at once.
func TestBundledLater(t *testing.T) {
	const head, tail = `{"openapi": "3.1.0", "info": {"title": "Ünïcode \u00e9\ud83d\ude00 \"quoted\"", "version": "1.50"}, "paths": {`, `}}`
	item := func(schema string) string {
		return head + `"/a": {"get": {"responses": {"200": {"description": "d", "content": {"application/json": {"schema": ` + schema + `}}}}}}` + tail
	}
	for name, c := range map[string]struct {
		text  string
		later bool
	}{
		"one file":           {item(`{"type": "object", "properties": {"n": {"maximum": 1e3}}}`), true},
		"reference inside":   {item(`{"$ref": "#/components/schemas/None"}`), true},
		"mapping by name":    {item(`{"discriminator": {"propertyName": "k", "mapping": {"a": "A"}}}`), true},
		"mapping inside":     {item(`{"discriminator": {"propertyName": "k", "mapping": {"a": "#/components/schemas/A"}}}`), true},
		"reference":          {item(`{"$ref": "pet.json"}`), false},
		"escaped reference":  {item(`{"\u0024ref": "pet.json"}`), false},
		"mapping":            {item(`{"discriminator": {"propertyName": "k", "mapping": {"a": "pet.json"}}}`), false},
		"default mapping":    {item(`{"discriminator": {"propertyName": "k", "defaultMapping": "pet.json#/x"}}`), false},
		"reference in data":  {item(`{"default": {"$ref": "nowhere.json"}}`), false},
		"YAML that is read":  {"openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n", false},
		"member called $ref": {item(`{"properties": {"$ref": {"type": "string"}}}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"api.json": {Data: []byte(c.text)}, "pet.json": {Data: []byte(`{"type": "string", "title": "Pet"}`)}}
			if strings.HasPrefix(c.text, "openapi") {
				files["api.json"], files["api.yaml"] = files["pet.json"], files["api.json"]
			}
			root := "api.json"
			if files["api.yaml"] != nil {
				root = "api.yaml"
			}
			d, err := readDocument(t.Context(), root, Options{Files: files})
			if err != nil {
				t.Fatal(err)
			}
			defer d.close()
			if later := d.main.whole != ""; later != c.later {
				t.Errorf("written later: %v, want %v", later, c.later)
			}
			want, err := d.bundle()
			if err != nil {
				t.Fatal(err)
			}
			got, err := d.bundled()
			if err != nil || string(got()) != string(want) || string(got()) != string(want) {
				t.Errorf("%v: %s\nwant %s", err, got(), want)
			}
		})
	}
	overlaid := Options{Files: fstest.MapFS{"api.json": {Data: []byte(item(`{}`))}}, Overlays: []string{t.TempDir() + "/o.yaml"}}
	if err := os.WriteFile(overlaid.Overlays[0], []byte("overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions: [{target: $.info, update: {title: Changed}}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(t.Context(), "api.json", overlaid)
	if err != nil || !strings.Contains(string(c.Document()), "Changed") {
		t.Errorf("an overlay's change is not in the document: %v", err)
	}
}
