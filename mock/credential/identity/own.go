package identity

import (
	"errors"
	"time"

	"understudy/mock/credential"
	"understudy/mock/store"
)

// Tokens for which the contract has no class are kept here instead of in the registry: access tokens of a provider whose
// tokens no operation of the contract takes, as in a social login, and refresh tokens where no class is made for them.

// An ownToken is such a token without its text.
type ownToken struct {
	credential.Credential
	Key string `json:"key"` // of its record
}

func (p *Provider) ownFormat(kind credential.Kind) string {
	switch {
	case p.settings.is(flavourGoogle) && kind == credential.Refresh:
		return "^1//0[A-Za-z0-9_-]{80}$"
	case p.settings.is(flavourGoogle):
		return "^ya29\\.[A-Za-z0-9_-]{80}$"
	case kind == credential.Refresh:
		return "^rt_[A-Za-z0-9]{40}$"
	}
	return "^at_[A-Za-z0-9]{40}$"
}

func (p *Provider) issueOwn(tx store.Tx, kind credential.Kind, q credential.TokenRequest, life time.Duration, now time.Time) (credential.Issued, error) {
	text, err := p.registry.Text(tx, "token", p.ownFormat(kind))
	if err != nil {
		return credential.Issued{}, err
	}
	id, err := p.registry.Text(tx, "token id", "^idt_[a-z0-9]{10}$")
	if err != nil {
		return credential.Issued{}, err
	}
	c := credential.Credential{
		ID: id, Kind: kind, Name: q.Name, User: q.User, Client: q.Client, Scopes: q.Scopes, State: credential.Active,
		Family: q.Family, Bound: q.Bound, LastFour: text[len(text)-4:], CreatedAt: now, ExpiresAt: now.Add(life),
	}
	key := p.key(ownDrawer, text)
	if err := p.keepOwn(tx, ownToken{c, key}); err != nil {
		return credential.Issued{}, err
	}
	member := p.key(familyDrawer, c.Family) + "\x00" + c.ID
	return credential.Issued{Credential: c, Text: text}, p.keep(tx, member, key, c.ExpiresAt.Add(remembered))
}

func (p *Provider) keepOwn(tx store.Tx, t ownToken) error {
	return p.keep(tx, t.Key, t, t.ExpiresAt.Add(remembered))
}

// token finds a token, the registry's or our own; it fails with credential.ErrNotFound.
func (p *Provider) token(tx store.Tx, text string) (credential.Credential, error) {
	c, err := p.registry.ByTextIn(tx, text)
	if !errors.Is(err, credential.ErrNotFound) {
		return c, err
	}
	var own ownToken
	if err := recall(tx, p.key(ownDrawer, text), &own); errors.Is(err, errNoRecord) {
		return c, credential.ErrNotFound
	} else if err != nil {
		return c, err
	}
	return own.Credential, nil
}

// putToken writes a changed token back.
func (p *Provider) putToken(tx store.Tx, text string, c credential.Credential) error {
	if c.Class == "" {
		return p.keepOwn(tx, ownToken{c, p.key(ownDrawer, text)})
	}
	return p.registry.PutIn(tx, c)
}

// revokeFamily ends everything that came of one authorization.
func (p *Provider) revokeFamily(tx store.Tx, family string, now time.Time) error {
	if family == "" {
		return nil
	}
	if _, err := p.registry.RevokeFamilyIn(tx, family); err != nil {
		return err
	}
	for member := range tx.Scan(p.key(familyDrawer, family)+"\x00", store.Scan{}) {
		var key string
		var own ownToken
		if err := recall(tx, member, &key); err != nil {
			return err
		}
		if err := recall(tx, key, &own); errors.Is(err, errNoRecord) {
			continue
		} else if err != nil {
			return err
		}
		if own.State != credential.Revoked {
			own.State, own.EndedAt = credential.Revoked, now
			if err := p.keepOwn(tx, own); err != nil {
				return err
			}
		}
	}
	return nil
}
