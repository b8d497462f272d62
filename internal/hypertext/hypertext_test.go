package hypertext_test

import (
	"errors"
	"html/template"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"understudy/internal/hypertext"
)

// hostile are texts that would become markup, code or another address where they were not escaped.
var hostile = []string{
	"", "plain", `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onfocus='alert(1)`, "&lt;&amp;", "a+b", "\x00", "\xff\xfe", "</title>", "ü–😀", "\u2028",
	"-->", "]]>", "{{.}}", "`", "=", "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "\tjavascript:alert(1)", "java\nscript:alert(1)", "data:text/html,<b>",
	"https://shop.example/a?b=c&d=%20%zz#e", "mailto:a@shop.example", "//other.example/x", "/a b", "a/b:c", "?x=1:2", "com.example.app:/back", "https://[::1]:80/'()", "%", "%4", "%41",
	":", ":x", "http", "about:blank", "vbscript:x", "x#y:z", `\\other.example`, "https:\\other.example",
}

type inner struct{ Word string }

type item struct {
	Name string
	URL  string
	N    int
}

type sample struct {
	inner
	*item
	Text    string
	Empty   string
	Yes, No bool
	Count   int
	Small   uint8
	List    []string
	Items   []*item
	None    *item
	Some    *item
	Any     any
	Missing []int
}

const language = `{{define "top"}}<!DOCTYPE html><html><head><title>{{.Text}} – {{.Word}}</title><style>a > b{color:red}</style></head><body>{{end}}
{{define "page"}}{{template "top" .}}<p class="a {{.Text}}" data-x="{{.Text}}" title="{{.Word}}">{{.Text}}{{.N}}</p>
{{if .Yes}}yes{{else}}no{{end}}{{if .No}}yes{{else}}no{{end}}{{if .Count}}{{.Count}}{{end}}{{if .Empty}}full{{end}}{{if .Missing}}full{{else}}<b>empty</b>{{end}}{{.Small}}{{.Yes}}
{{with .Some}}<i>{{.Name}} of {{$.Text}}</i>{{end}}{{with .None}}x{{else}}{{.Word}}{{end}}{{with .Any}}[{{.}}]{{end}}
<a href="{{.URL}}"{{if .Yes}} class="on"{{else}} hidden{{end}}>{{.URL}}</a><form method="post" action="{{.Text}}"></form>
{{range $i, $o := .List}}{{if $i}}, {{end}}<code>{{$o}}</code>{{else}}nothing{{end}}
{{range $one := .Items}}{{range $.List}}{{$one.Name}}/{{.}} {{end}}{{template "row" $one}}{{end}}{{range .Missing}}x{{else}}none{{end}}
<script>if (1 < 2 && "</p>") { }</script><input value="{{.Text}}" disabled>{{template "bottom"}}{{end}}
{{define "row"}}<tr id="{{.Name}}"><td>{{$.Name}}: {{.N}}</td></tr>
{{end}}{{define "bottom"}}</body></html>{{end}}`

// TestSameAsHTMLTemplate holds each page against the one of html/template from the same template and values.
func TestSameAsHTMLTemplate(t *testing.T) {
	files := fstest.MapFS{"pages/all.html": {Data: []byte(language)}}
	ours, err := hypertext.Parse(files, "pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	theirs := template.Must(template.ParseFS(files, "pages/*.html"))
	for _, text := range hostile {
		data := sample{
			inner: inner{Word: text}, item: &item{Name: "n", URL: text, N: -3}, Text: text, Yes: true, Count: 7, Small: 200, List: []string{text, "b", text}, Items: []*item{{Name: text, N: 1}, {Name: "z"}},
			Some: &item{Name: text}, Any: text,
		}
		for _, one := range []any{data, &data, sample{item: &item{URL: text}}} {
			var got, want strings.Builder
			if err := ours.Fill(&got, "page", one); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if err := theirs.ExecuteTemplate(&want, "page", one); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if got.String() != want.String() {
				t.Errorf("%q:\n%s\nhtml/template writes\n%s", text, got.String(), want.String())
			}
		}
	}
}

func TestRefusedTemplates(t *testing.T) {
	for text, want := range map[string]string{
		`<p {{.X}}>`:                            "a value cannot stand in the tag of p",
		`<p class={{.X}}>`:                      "double quotes",
		`<p class='{{.X}}'>`:                    "wrong place",
		`<{{.X}}>`:                              "&lt;",
		`<h{{.X}}>`:                             "cannot stand in the tag of h",
		`<script>{{.X}}</script>`:               "in the text of script",
		`<style>{{.X}}</style>`:                 "in the text of style",
		`<!-- {{.X}} -->`:                       "comments",
		`<p onclick="{{.X}}">`:                  "more than text",
		`<p style="{{.X}}">`:                    "more than text",
		`<a href="/x{{.X}}">`:                   "whole address",
		`<a href="{{.X}}{{.X}}">`:               "whole address",
		`<p{{if .X}} class="{{end}}">`:          "different places",
		`<p{{if .X}}>{{else}} class="b"{{end}}`: "different places",
		`{{range .X}}<p class="{{end}}`:         "different places",
		`{{if .X}}<script>{{end}}`:              "different places",
		`{{.X | html}}`:                         "function",
		`{{printf .X}}`:                         "function",
		`{{len .X}}`:                            "function",
		`{{.X .Y}}`:                             "no functions",
		`{{"text"}}`:                            "only fields",
		`{{$v := .X}}{{$v}}`:                    "loops only",
		`{{if $v := .X}}{{$v}}{{end}}`:          "loops only",
		`{{range .X}}{{break}}{{end}}`:          "not known",
		`{{template "none"}}`:                   `no template "none"`,
		`{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`: "too deep",
		`{{.X`: "unclosed",
		`{{define "style"}}{{.X}}{{end}}<style>{{template "style" .}}</style>`: "in the text of style",
	} {
		_, err := hypertext.Parse(fstest.MapFS{"p.html": {Data: []byte(text)}}, "*.html")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", text, err, want)
		}
	}
	if _, err := hypertext.Parse(fstest.MapFS{}, "*.html"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no files: %v", err)
	}
}

func TestMarkup(t *testing.T) {
	set, err := hypertext.Parse(fstest.MapFS{"p.html": {Data: []byte(`{{define "between"}}<p>{{.}}</p>{{end}}{{define "within"}}<p class="{{.}}">{{end}}`)}}, "*.html")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := set.Fill(&b, "between", hypertext.HTML("<b>&amp;</b>")); err != nil || b.String() != "<p><b>&amp;</b></p>" {
		t.Errorf("%s %v", b.String(), err)
	}
	if err := set.Fill(new(strings.Builder), "within", hypertext.HTML(`">`)); err == nil || !strings.Contains(err.Error(), "attribute") {
		t.Errorf("markup in an attribute: %v", err)
	}
}

func TestFillErrors(t *testing.T) {
	set, err := hypertext.Parse(fstest.MapFS{"p.html": {Data: []byte(`{{define "row"}}{{.}}{{end}}{{define "a"}}{{.Some.Name}}{{end}}{{define "b"}}{{range .}}{{end}}{{end}}{{define "c"}}{{.inner}}{{end}}{{template "row" .}}`)}}, "*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		page string
		data any
		want string
	}{
		{"none", 1, "there is none"},
		{"row", 1, "there is none"},
		{"p.html", 1.5, "float64, which cannot be written"},
		{"p.html", nil, "nothing that can be written"},
		{"p.html", (*string)(nil), "nothing that can be written"},
		{"p.html", map[string]int{}, "cannot be written"},
		{"a", sample{}, "nothing that has a field Name"},
		{"a", struct{ Some struct{} }{}, "has no field Name"},
		{"a", struct{ *sample }{}, "nil"},
		{"b", "text", "is no list"},
		{"c", sample{}, "has no field inner"},
	} {
		if err := set.Fill(new(strings.Builder), c.page, c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %T: %v, want an error with %q", c.page, c.data, err, c.want)
		}
	}
	if err := set.Fill(broken{}, "p.html", strings.Repeat("x", 1<<16)); err != errBroken { // as it is
		t.Errorf("a broken writer: %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
