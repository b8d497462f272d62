package contracts

import (
	"fmt"
	"mime"
	"strings"

	"understudy/contracts/schema"
)

// ClientBehaviour is what the vendor asks of those who call and OpenAPI has no word for: x-understudy clients at the
// document's root. Nothing is refused because of it; clients are judged by it.
type ClientBehaviour struct {
	// Accept is a media type that every request for such content names in its Accept, where the vendor asks for more than a
	// header that lets it pass. Empty: Accept may be left out, which takes anything (RFC 9110, 12.5.1).
	Accept  string `yaml:"accept"`
	Uploads int    `yaml:"uploads"` // the most uploads that one client has under way at the same time; 0: nothing is said

	At schema.Location `yaml:"-"`
}

// browserWords are what a credential's word browser may be.
var browserWords = []string{"forbid", "discourage"}

func (c *compiler) checkClients() error {
	words := c.contract.Behaviour.Clients
	if words == nil {
		return nil
	}
	if words.Uploads < 0 {
		return behaviourError(words.At, fmt.Sprintf("clients: uploads cannot be %d", words.Uploads), "write how many may be under way at one time, or leave it out").on("uploads")
	}
	if words.Accept == "" {
		return nil
	}
	name, _, err := mime.ParseMediaType(words.Accept)
	if kind, sub, ok := strings.Cut(name, "/"); err != nil || !ok || kind == "*" || kind == "" || sub == "" || strings.Contains(sub, "*") {
		return behaviourError(words.At, fmt.Sprintf("clients: accept cannot be %q", words.Accept), "name one media type, such as application/json").on("accept")
	}
	return nil
}
