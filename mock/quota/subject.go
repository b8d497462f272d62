package quota

import (
	"strings"
)

// A kind is what a counter belongs to.
type kind uint8

const (
	byCredential kind = iota
	byAccount
	byUser
	byAddress
	byRoute
	byAll
	bySeveral
)

var kindWords = []string{"credential", "account", "user", "address", "route", "all"}

func kindOf(word string) kind {
	for i, w := range kindWords {
		if w == word {
			return kind(i)
		}
	}
	return bySeveral
}

// A key is where a counter is kept. The id of bySeveral is the whole text.
type key struct {
	policy *policy
	kind   kind
	id     string
}

// subject is the text by which people name the key's subject: "credential:key_1a2b3c4d5e", "all",
// "credential:key_1a2b3c4d5e,route:listPets".
func (k key) subject() string {
	switch k.kind {
	case bySeveral:
		return k.id
	case byAll:
		return kindWords[byAll]
	}
	return kindWords[k.kind] + ":" + k.id
}

// keyFor reads what key.subject writes; a bare id is one of the limit's own kind.
func keyFor(p *policy, subject string) (key, bool) {
	if len(p.kinds) > 1 {
		return key{p, bySeveral, subject}, strings.Count(subject, ",") >= len(p.kinds)-1
	}
	if p.kinds[0] == byAll {
		return key{p, byAll, ""}, subject == kindWords[byAll]
	}
	word, id, found := strings.Cut(subject, ":")
	switch of := kindOf(word); {
	case found && of == p.kinds[0], found && of == byAddress && p.kinds[0] == byCredential:
		return key{p, of, id}, id != ""
	case found && of < bySeveral:
		return key{}, false
	}
	return key{p, p.kinds[0], subject}, subject != ""
}

// subject says for whom a request is counted; false: for nobody.
func (c *charge) subject(a *Ask) (kind, string, bool) {
	if c.spares && a.Subject.Credential == "" && c.personal() {
		return 0, "", false
	}
	if len(c.kinds) == 1 {
		return c.one(c.kinds[0], &a.Subject)
	}
	var text strings.Builder
	for i, k := range c.kinds {
		k, id, ok := c.one(k, &a.Subject)
		if !ok {
			return 0, "", false
		}
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(key{kind: k, id: id}.subject())
	}
	return bySeveral, text.String(), true
}

// personal says that the limit counts by something that only a credential tells.
func (p *policy) personal() bool {
	for _, k := range p.kinds {
		if k <= byUser {
			return true
		}
	}
	return false
}

func (c *charge) one(k kind, s *Subject) (kind, string, bool) {
	switch k {
	case byCredential:
		if s.Credential != "" {
			return k, s.Credential, true
		}
		return byAddress, s.Address, true
	case byAccount:
		return k, s.Account, s.Account != ""
	case byUser:
		return k, s.User, s.User != ""
	case byAddress:
		return k, s.Address, true
	case byRoute:
		return k, c.route, true
	}
	return byAll, "", true
}
