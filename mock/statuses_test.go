package mock_test

import (
	"strings"
	"testing"

	"understudy/mock"
)

// TestMalformedStatus: a body that cannot be read is answered with 400, or with what the operation documents in its place.
func TestMalformedStatus(t *testing.T) {
	s := serve(t, "statuses.yaml", mock.Options{})
	for path, status := range map[string]int{"/unprocessable": 422, "/bad": 400, "/ranged": 400, "/silent": 400} {
		if a := s.call("POST "+path, `{"unclosed": `); a.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, status)
		}
	}
}

// TestRedirectsLeadSomewhere: an answer that sends clients elsewhere says where (RFC 9110, 15.4).
func TestRedirectsLeadSomewhere(t *testing.T) {
	s := serve(t, "statuses.yaml", mock.Options{SelfCheck: true})
	for path, want := range map[string]string{"/moved": "/", "/shown": "https://files.example/7", "/absolute": "https://x.example/", "/unchanged": ""} {
		if a := s.call("GET "+path, ""); a.Header.Get("Location") != want {
			t.Errorf("%s: Location %q, want %q", path, a.Header.Get("Location"), want)
		}
	}
}

// TestDocumented401: an operation whose only answer is 401 still says which credentials it takes (RFC 9110, 15.5.2).
func TestDocumented401(t *testing.T) {
	s := serve(t, "statuses.yaml", mock.Options{Auth: mock.Observe})
	a := s.call("GET /denied", "")
	if got := strings.Join(a.Header.Values("WWW-Authenticate"), "; "); a.StatusCode != 401 || !strings.HasPrefix(got, "ApiKey ") || !strings.Contains(got, "; Bearer ") || strings.Contains(got, "error=") {
		t.Errorf("%d, WWW-Authenticate %s", a.StatusCode, got)
	}
}
