package contracts

import "testing"

func offer(names ...string) []*MediaType {
	list := make([]*MediaType, len(names))
	for i, name := range names {
		list[i] = &MediaType{Name: name}
	}
	return list
}

func TestNegotiate(t *testing.T) {
	three := []string{"application/json", "text/plain", "application/xml"}
	tests := []struct {
		accept  string
		offered []string
		want    string // empty: not acceptable
	}{
		{"", three, "application/json"},
		{"*/*", three, "application/json"},
		{"text/plain", three, "text/plain"},
		{"TEXT/Plain", three, "text/plain"},
		{"text/*", three, "text/plain"},
		{"text/html", three, ""},
		{"application/xml, application/json", three, "application/json"},
		{"application/json;q=0.5, application/xml", three, "application/xml"},
		{"application/json;q=0.5, application/xml;q=0.8, */*;q=0.1", three, "application/xml"},
		{"*/*, application/json;q=0", three, "text/plain"},
		{"application/*;q=0.2, text/plain;q=0.1, application/json;q=0", three, "application/xml"},
		{"*/*;q=0", three, ""},
		{"application/json; charset=utf-8", three, "application/json"},
		{"application/json; q=0.5; charset=utf-8, text/plain;q=0.4", three, "application/json"},
		{`text/plain; x="a,b;q=0", application/xml;q=0.1`, three, "text/plain"},
		{"application/xml;q=x, application/json;q=0.9", three, "application/xml"},
		{", ,", three, "application/json"},
		{"*", three, "application/json"},
		{"application/json", []string{"application/json; charset=utf-8"}, "application/json; charset=utf-8"},
		{"image/png", []string{"application/json", "image/*"}, "image/*"},
		{"image/png", []string{"*/*"}, "*/*"},
		{"application/vnd.github+json", []string{"application/json"}, ""},
	}
	for _, tt := range tests {
		m, ok := Negotiate(tt.accept, offer(tt.offered...))
		got := ""
		if m != nil {
			got = m.Name
		}
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Accept %q of %q: %q (%v), want %q", tt.accept, tt.offered, got, ok, tt.want)
		}
	}
	if m, ok := Negotiate("text/html", nil); m != nil || !ok {
		t.Errorf("nothing offered: %v, %v", m, ok)
	}
}

func TestMatchMedia(t *testing.T) {
	all := []string{"*/*", "text/*", "text/plain", "text/plain; version=2", "application/json"}
	tests := []struct {
		contentType string
		offered     []string
		want        string
	}{
		{"text/plain", all, "text/plain"},
		{"text/plain; charset=utf-8", all, "text/plain"},
		{"text/plain; version=2; charset=x", all, "text/plain; version=2"},
		{`text/plain;VERSION="2"`, all, "text/plain; version=2"},
		{"TEXT/csv", all, "text/*"},
		{"image/png", all, "*/*"},
		{"", all, ""},
		{"application/json", []string{"application/vnd.x+json"}, ""},
		{"application/vnd.x+json", []string{"application/json", "application/*"}, "application/*"},
		{"application/json; charset=utf-8", []string{"application/json; charset=utf-8"}, "application/json; charset=utf-8"},
		{"application/json", []string{"application/json; charset=utf-8"}, "application/json; charset=utf-8"},
		{"application/json; charset=latin1", []string{"application/json; charset=utf-8"}, ""},
		{"application/json", []string{"application/json; version=2"}, ""},
		{"text", []string{"text/*"}, ""},
	}
	for _, tt := range tests {
		got := ""
		if m := MatchMedia(tt.contentType, offer(tt.offered...)); m != nil {
			got = m.Name
		}
		if got != tt.want {
			t.Errorf("%q of %q: %q, want %q", tt.contentType, tt.offered, got, tt.want)
		}
	}
}
