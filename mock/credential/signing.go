package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"understudy/mock/credential/jose"
	"understudy/mock/store"
)

// A generation is one set of signing keys. The keys themselves follow from the registry's secret and the number.
type generation struct {
	Number int       `json:"number"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until,omitzero"` // when the next one took over; zero: it signs now
}

// signingKeys keeps keys that were derived: making an RSA key takes a while.
type signingKeys struct {
	mu   sync.Mutex
	keys map[string]*jose.Key
}

// longestToken is how long the key of an older generation stays published where no class tells how long its tokens live.
const longestToken = 24 * time.Hour

// key derives a signing key, once.
func (r *Registry) key(a jose.Algorithm, number int) (*jose.Key, error) {
	name := "signing " + string(a) + " " + strconv.Itoa(number)
	r.signing.mu.Lock()
	defer r.signing.mu.Unlock()
	if k := r.signing.keys[name]; k != nil {
		return k, nil
	}
	k, err := jose.Derive(r.secret[:], r.contract.Name+" "+name, a)
	if err != nil {
		return nil, fmt.Errorf("make a signing key for %s: %w", a, err)
	}
	if r.signing.keys == nil {
		r.signing.keys = map[string]*jose.Key{}
	}
	r.signing.keys[name] = k
	return k, nil
}

func (r *Registry) generations(tx store.Tx) ([]generation, error) {
	list, err := decodedGet[[]generation](&r.decoded, tx, r.prefix+keySigning)
	if errors.Is(err, ErrNotFound) {
		return []generation{{Number: 1}}, nil
	}
	if err != nil {
		return nil, err
	}
	return *list, nil
}

// signer gives the key that signs now. A shared secret (HS256) is never rotated: nobody could fetch the new one.
func (r *Registry) signer(tx store.Tx, a jose.Algorithm) (*jose.Key, error) {
	if a == jose.HS256 {
		return r.key(a, 0)
	}
	list, err := r.generations(tx)
	if err != nil {
		return nil, err
	}
	return r.key(a, list[len(list)-1].Number)
}

// Sign signs claims as a JWT with the current key of an algorithm (RS256, ES256, EdDSA). It is for ID tokens, which are no
// credentials.
func (r *Registry) Sign(algorithm, typ string, claims map[string]any) (text string, err error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sign claims: %w", err)
	}
	var key *jose.Key
	err = r.view(context.Background(), func(tx store.Tx) error {
		key, err = r.signer(tx, jose.Algorithm(algorithm))
		return err
	})
	if err != nil {
		return "", err
	}
	return key.Sign(typ, payload)
}

// SignIn is Sign inside a transaction.
func (r *Registry) SignIn(tx store.Tx, algorithm, typ string, claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sign claims: %w", err)
	}
	key, err := r.signer(tx, jose.Algorithm(algorithm))
	if err != nil {
		return "", err
	}
	return key.Sign(typ, payload)
}

// VerifySigned checks a JWT of Sign or IssueToken: signature by any key that is still published, and nothing else. It
// gives the claims.
func (r *Registry) VerifySigned(text string) (claims map[string]any, err error) {
	token, err := jose.Parse(text)
	if err != nil {
		return nil, err
	}
	err = r.view(context.Background(), func(tx store.Tx) error {
		keys, err := r.published(tx, token.Algorithm)
		if err != nil {
			return err
		}
		return token.Verify(keys...)
	})
	if err != nil {
		return nil, err
	}
	return token.Claims, nil
}

// published gives the keys of an algorithm whose tokens may still be good, the current one first.
func (r *Registry) published(tx store.Tx, a jose.Algorithm) ([]*jose.Key, error) {
	switch a {
	case jose.HS256:
		k, err := r.key(a, 0)
		return []*jose.Key{k}, err
	case jose.RS256, jose.ES256, jose.EdDSA:
	default:
		return nil, nil // Verify says what is wrong with it
	}
	list, err := r.generations(tx)
	if err != nil {
		return nil, err
	}
	now := r.clock.Now()
	var keys []*jose.Key
	for i := len(list) - 1; i >= 0; i-- {
		if g := list[i]; !g.Until.IsZero() && now.After(g.Until.Add(r.longestLife())) {
			continue
		}
		k, err := r.key(a, list[i].Number)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// longestLife is the longest that a signed token of the contract lives.
func (r *Registry) longestLife() time.Duration {
	longest := longestToken
	for _, c := range r.classes {
		if c.Is(JWT) {
			longest = max(longest, c.Life, r.lifeOf(c))
		}
	}
	return longest
}

// KeySet gives the public keys as a JWK Set (RFC 7517): the current ones, and older ones until the tokens that they
// signed have run out.
func (r *Registry) KeySet(ctx context.Context) ([]byte, error) {
	var set jose.Set
	err := r.view(ctx, func(tx store.Tx) error {
		set.Keys = nil
		for _, a := range r.algorithms() {
			keys, err := r.published(tx, a)
			if err != nil {
				return err
			}
			for _, k := range keys {
				set.Keys = append(set.Keys, k.Public())
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the public keys: %w", err)
	}
	return json.Marshal(&set)
}

// algorithms are those that the contract's tokens are signed with and that have public keys; RS256, which OpenID
// Connect asks for, is always there.
func (r *Registry) algorithms() []jose.Algorithm {
	list := []jose.Algorithm{jose.RS256}
	for _, a := range []jose.Algorithm{jose.ES256, jose.EdDSA} {
		if r.classOf(func(c *Class) bool { return c.Algorithm == string(a) }, JWT) != nil {
			list = append(list, a)
		}
	}
	return list
}

// RotateSigningKeys makes new keys that sign from now on.
func (r *Registry) RotateSigningKeys(ctx context.Context) error {
	err := r.update(ctx, func(tx store.Tx) error {
		list, err := r.generations(tx)
		if err != nil {
			return err
		}
		now := r.clock.Now()
		var kept []generation
		for _, g := range list {
			if g.Until.IsZero() || !now.After(g.Until.Add(r.longestLife())) {
				kept = append(kept, g)
			}
		}
		last := kept[len(kept)-1].Number
		kept[len(kept)-1].Until = now
		return put(tx, r.prefix+keySigning, append(kept, generation{Number: last + 1, From: now}))
	})
	if err != nil {
		return fmt.Errorf("rotate the signing keys: %w", err)
	}
	r.note(AuditEntry{At: r.clock.Now(), Kind: "rotate", Name: "signing keys", Result: "ok"})
	return nil
}
