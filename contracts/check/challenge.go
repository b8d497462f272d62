package check

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// challenge judges WWW-Authenticate on a 401 (AUTH-010). Where the contract says that the vendor sends none, nothing is said.
func (p *pass) challenge() {
	if p.x.Status != http.StatusUnauthorized || p.e.contract.Behaviour.Challenge == "none" {
		return
	}
	lines := p.x.ResponseHeader["Www-Authenticate"]
	if len(lines) == 0 {
		p.report("AUTH-010", Finding{
			Message: fmt.Sprintf("%s was refused with 401 and no WWW-Authenticate: the client is not told which credential is wanted.", p.label()),
			Want:    "WWW-Authenticate", Got: "no such header", Where: "response header WWW-Authenticate", Keyword: "missing",
		})
		return
	}
	if err := readChallenges(strings.Join(lines, ", ")); err != nil {
		p.report("AUTH-010", Finding{
			Message: fmt.Sprintf("%s was refused with 401 and a WWW-Authenticate that cannot be read: %v.", p.label(), err),
			Want:    "at least one challenge", Got: strings.Join(lines, ", "), Where: "response header WWW-Authenticate", Keyword: "syntax",
		})
	}
}

// readChallenges reads a list of challenges by the grammar of RFC 9110, 11.6.1 and 11.3: a scheme, then either one token68 or
// a list of parameters. Commas part challenges as well as parameters, so that only what stands behind a name tells.
func readChallenges(text string) error {
	c := challenges{text: text}
	schemes := 0
	for c.commas(); c.at < len(c.text); c.commas() {
		if c.token() == "" {
			return fmt.Errorf("a scheme must stand at byte %d", c.at)
		}
		if c.peek() == '=' {
			return errors.New("it begins with a parameter, without a scheme")
		}
		schemes++
		if c.at < len(c.text) && c.peek() != ' ' && c.peek() != ',' {
			return fmt.Errorf("the scheme is followed by %q", c.peek())
		}
		c.blanks()
		if err := c.parameters(); err != nil {
			return err
		}
	}
	if schemes == 0 {
		return errors.New("it has no challenge")
	}
	return nil
}

type challenges struct {
	text string
	at   int
}

func (c *challenges) peek() byte {
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

func (c *challenges) blanks() {
	for c.peek() == ' ' || c.peek() == '\t' {
		c.at++
	}
}

func (c *challenges) commas() {
	for c.blanks(); c.peek() == ','; c.blanks() {
		c.at++
	}
}

func (c *challenges) token() string {
	start := c.at
	for c.at < len(c.text) && isTokenByte(c.text[c.at]) {
		c.at++
	}
	return c.text[start:c.at]
}

// isTokenByte is tchar of RFC 9110, 5.6.2.
func isTokenByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}

// parameters reads what belongs to one scheme, up to the comma before the next one.
func (c *challenges) parameters() error {
	if start := c.at; c.token68() {
		return nil
	} else {
		c.at = start
	}
	for {
		start := c.at
		name := c.token()
		c.blanks()
		if name == "" || c.peek() != '=' {
			c.at = start // the next scheme, or nothing
			if c.at < len(c.text) && c.peek() != ',' && name == "" {
				return fmt.Errorf("a parameter must stand at byte %d", c.at)
			}
			return nil
		}
		c.at++
		c.blanks()
		if !c.value() {
			return fmt.Errorf("the parameter %s has no value that can be read", cut(name, 40))
		}
		c.blanks()
		if c.at < len(c.text) && c.peek() != ',' {
			return fmt.Errorf("the parameter %s is followed by more than a comma", cut(name, 40))
		}
		c.commas()
	}
}

// token68 reads the one text that some schemes have in place of parameters (RFC 9110, 11.2).
func (c *challenges) token68() bool {
	start := c.at
	for c.at < len(c.text) && (isTokenByte(c.text[c.at]) && strings.IndexByte("!#$%&'*^`|", c.text[c.at]) < 0 || c.text[c.at] == '/') {
		c.at++
	}
	if c.at == start {
		return false
	}
	for c.peek() == '=' {
		c.at++
	}
	c.blanks()
	return c.at >= len(c.text) || c.peek() == ','
}

func (c *challenges) value() bool {
	if c.peek() != '"' {
		return c.token() != ""
	}
	for c.at++; c.at < len(c.text); c.at++ {
		switch c.text[c.at] {
		case '\\':
			c.at++
		case '"':
			c.at++
			return true
		}
	}
	return false
}
