package credential

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"understudy/mock/store"
)

// Keys in the store, behind the registry's prefix.
const (
	keyClient      = "k\x00"  // + id → client
	keyClientOrder = "ok\x00" // + number → id of the client
)

// The forms of what is made up for clients.
const (
	clientFormat = `[a-z0-9]{20}`
	publicFormat = `[a-z0-9]{13}-public`
	secretFormat = `[A-Za-z0-9]{40}`
)

// What a client may have of each.
const (
	mostRedirects = 100
	mostRedirect  = 2000 // bytes of one
	mostScopes    = 1000
	mostKeys      = 64 << 10 // bytes of a JWK set
)

// grantTypes are the words for a client's grants: those of RFC 7591, 2 and of later grants. Others that are absolute URIs may be
// named too (RFC 6749, 4.5).
var grantTypes = []string{
	"authorization_code", "implicit", "password", "client_credentials", "refresh_token",
	"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer",
	"urn:ietf:params:oauth:grant-type:token-exchange",
}

type clientRecord struct {
	Client
	Secret []byte `json:"secret,omitempty"` // digest; none: the client is public
	Order  uint64 `json:"order"`
}

// Clients lists the clients in the order of their creation.
func (r *Registry) Clients(ctx context.Context) ([]Client, error) {
	var list []Client
	err := r.view(ctx, func(tx store.Tx) error {
		list = []Client{}
		return r.inOrder(tx, keyClientOrder, func(id string) error {
			c, err := r.clientIn(tx, id)
			if err == nil {
				list = append(list, *c.clone())
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the clients: %w", err)
	}
	return list, nil
}

// Client gives the client of an id, or ErrNotFound.
func (r *Registry) Client(ctx context.Context, id string) (found *Client, err error) {
	err = r.view(ctx, func(tx store.Tx) error {
		c, err := r.clientIn(tx, id)
		if err == nil {
			found = c.clone()
		}
		return err
	})
	return found, err
}

// PutClient makes or changes a client; an empty id is made up. The secret is given when one is made: for a new
// confidential client, and for a public one that becomes confidential. CreatedAt is the registry's. It fails with
// *RequestError, which names the member that is wrong.
func (r *Registry) PutClient(ctx context.Context, c Client) (Client, string, error) {
	var done Client
	var secret string
	err := r.update(ctx, func(tx store.Tx) (err error) {
		done, secret, err = r.putClient(tx, c, "")
		return err
	})
	return done, secret, err
}

// DeleteClient removes a client, or fails with ErrNotFound. Tokens that it was issued stay good until they expire or are
// revoked.
func (r *Registry) DeleteClient(ctx context.Context, id string) error {
	return r.update(ctx, func(tx store.Tx) error {
		record, err := get[clientRecord](tx, r.prefix+keyClient+id)
		if err != nil {
			return err
		}
		if err := tx.Delete(r.placeKey(keyClientOrder, record.Order)); err != nil {
			return err
		}
		return tx.Delete(r.prefix + keyClient + id)
	})
}

// CheckClientSecret says whether a secret is a client's, in constant time also for unknown clients. It gives the client when it
// is. A public client has no secret, so none is right (RFC 6749, 2.3.1).
func (r *Registry) CheckClientSecret(ctx context.Context, id, secret string) (found *Client, good bool) {
	kept := make([]byte, sha256.Size)
	err := r.view(ctx, func(tx store.Tx) error {
		record, err := decodedGet[clientRecord](&r.decoded, tx, r.prefix+keyClient+id)
		if err == nil && len(record.Secret) == sha256.Size {
			found, kept = &record.Client, record.Secret
		}
		return err
	})
	same := hmac.Equal(r.secretDigest(id, secret), kept)
	if err != nil || found == nil || !same {
		return nil, false
	}
	return found.clone(), true
}

// clientIn gives a client inside a transaction, or ErrNotFound. It is shared and must not be changed.
func (r *Registry) clientIn(tx store.Tx, id string) (*Client, error) {
	record, err := decodedGet[clientRecord](&r.decoded, tx, r.prefix+keyClient+id)
	if err != nil {
		return nil, err
	}
	return &record.Client, nil
}

func (c *Client) clone() *Client {
	copied := *c
	copied.Redirects, copied.Grants, copied.Scopes = slices.Clone(c.Redirects), slices.Clone(c.Grants), slices.Clone(c.Scopes)
	return &copied
}

// secretDigest is what is kept of a client's secret. The id is in it, so that clients with the same secret do not show it.
func (r *Registry) secretDigest(id, secret string) []byte {
	return r.digest("client-secret", id+"\x00"+secret)
}

// putClient makes or changes a client. The secret is for new confidential clients; empty: made up, and given back.
func (r *Registry) putClient(tx store.Tx, c Client, secret string) (_ Client, made string, err error) {
	c = *c.clone()
	if c.ID == "" {
		if c.ID, err = r.Text(tx, "client", clientFormat); err != nil {
			return Client{}, "", err
		}
	}
	if err := r.checkClient(tx, &c); err != nil {
		return Client{}, "", err
	}
	key := r.prefix + keyClient + c.ID
	record, err := get[clientRecord](tx, key)
	if errors.Is(err, ErrNotFound) {
		record, err = new(clientRecord), nil
		record.CreatedAt = r.clock.Now()
		record.Order, err = r.placeNext(tx, keyClientOrder, c.ID)
	}
	if err != nil {
		return Client{}, "", err
	}
	c.CreatedAt = record.CreatedAt
	record.Client = *c.clone()
	switch {
	case c.Public:
		record.Secret = nil
	case record.Secret == nil:
		if made = secret; made == "" {
			if made, err = r.Text(tx, "client-secret", secretFormat); err != nil {
				return Client{}, "", err
			}
		}
		record.Secret = r.secretDigest(c.ID, made)
	}
	return c, made, put(tx, key, record)
}

// checkClient says what is wrong with a client.
func (r *Registry) checkClient(tx store.Tx, c *Client) error {
	if err := wantID("id", c.ID); err != nil {
		return err
	}
	if strings.Contains(c.ID, ":") {
		return &RequestError{"id", "must not hold a colon, which ends the id in HTTP Basic"} // RFC 7617, 2
	}
	if err := wantText("name", c.Name, mostName); err != nil {
		return err
	}
	if len(c.Redirects) > mostRedirects {
		return &RequestError{"redirects", fmt.Sprintf("must be at most %d", mostRedirects)}
	}
	for i, uri := range c.Redirects {
		if reason := refuseRedirect(uri); reason != "" {
			return &RequestError{fmt.Sprintf("redirects[%d]", i), reason}
		}
	}
	for i, grant := range c.Grants {
		if !slices.Contains(grantTypes, grant) && !isGrantURI(grant) {
			return &RequestError{fmt.Sprintf("grants[%d]", i), "must be one of " + strings.Join(grantTypes, ", ") + ", or an absolute URI"}
		}
	}
	if len(c.Scopes) > mostScopes {
		return &RequestError{"scopes", fmt.Sprintf("must be at most %d", mostScopes)}
	}
	for i, scope := range c.Scopes {
		if !isScope(scope) {
			return &RequestError{fmt.Sprintf("scopes[%d]", i), `must be printable ASCII without blanks, " and \`}
		}
	}
	if reason := refuseKeys(c); reason != "" {
		return &RequestError{"keys", reason}
	}
	if c.Account != "" {
		return r.wantAccount(tx, c.Account)
	}
	return nil
}

// refuseRedirect says why a text cannot be a redirect URI (RFC 6749, 3.1.2: absolute, no fragment); empty: it can. Any
// scheme is taken, since applications have their own (RFC 8252, 7.1), but those that run or show what they hold.
func refuseRedirect(uri string) string {
	bad := func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`"<>\^{|}`+"`", c) }
	if uri == "" || len(uri) > mostRedirect || strings.ContainsFunc(uri, bad) {
		return fmt.Sprintf("must be a URI of 1 to %d ASCII characters, others percent-encoded", mostRedirect)
	}
	parsed, err := url.Parse(uri)
	switch {
	case err != nil || parsed.Scheme == "":
		return "must be an absolute URI, such as https://app.example.com/callback"
	case strings.Contains(uri, "#"):
		return "must not have a fragment"
	case (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Hostname() == "":
		return "must name a host"
	case slices.Contains([]string{"javascript", "data", "vbscript", "file", "blob", "about"}, parsed.Scheme):
		return "must not have the scheme " + parsed.Scheme
	}
	return ""
}

// isGrantURI says whether a text can name a grant of somebody's own (RFC 6749, 4.5).
func isGrantURI(grant string) bool {
	return len(grant) <= mostName && strings.Contains(grant, ":") && refuseRedirect(grant) == ""
}

// isScope says whether a text is a scope-token (RFC 6749, 3.3).
func isScope(scope string) bool {
	bad := func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }
	return scope != "" && len(scope) <= mostName && !strings.ContainsFunc(scope, bad)
}

// refuseKeys says why a client's JWK set cannot be used to know its signatures (RFC 7517, 5); empty: it can, or there is none.
func refuseKeys(c *Client) string {
	if c.Keys == "" {
		return ""
	}
	if c.Public {
		return "must be empty for a public client, which cannot authenticate"
	}
	var set struct {
		Keys []struct {
			Kty string          `json:"kty"`
			D   json.RawMessage `json:"d"`
		} `json:"keys"`
	}
	if len(c.Keys) > mostKeys || json.Unmarshal([]byte(c.Keys), &set) != nil || len(set.Keys) == 0 {
		return fmt.Sprintf(`must be a JWK set with a key, {"keys":[…]}, of at most %d bytes`, mostKeys)
	}
	for _, key := range set.Keys {
		if key.Kty == "" || key.Kty == "oct" || key.D != nil {
			return "must hold public keys only, each with its kty"
		}
	}
	return ""
}

// seedClients makes one confidential and one public client where the contract has tokens of an identity provider. A store
// that holds clients already is left as it is.
func (r *Registry) seedClients(tx store.Tx) error {
	if n, err := tx.Count(r.prefix + keyClient); err != nil || n > 0 || !r.hasProvider() {
		return err
	}
	id, err := r.seedText(tx, "first client", clientFormat)
	if err != nil {
		return err
	}
	secret, err := r.seedText(tx, "first client secret", secretFormat)
	if err != nil {
		return err
	}
	public, err := r.seedText(tx, "first public client", publicFormat)
	if err != nil {
		return err
	}
	title := firstOf(shorten(r.contract.Title, mostName-len(" public application")), r.contract.Name, "Example")
	for _, c := range []Client{
		{ID: id, Name: title + " application", Loopback: true},
		{ID: public, Name: title + " public application", Loopback: true, Public: true},
	} {
		if _, _, err := r.putClient(tx, c, secret); err != nil {
			return fmt.Errorf("make the first clients: %w", err)
		}
	}
	if r.people.firstClient == "" {
		r.people.firstClient, r.people.firstSecret, r.people.firstPublic = id, secret, public
	}
	return nil
}

// hasProvider says whether the contract has an identity provider: it describes one, a credential comes from one, or a
// security scheme needs one.
func (r *Registry) hasProvider() bool {
	b := &r.contract.Behaviour
	if b.Provider != nil {
		return true
	}
	for _, c := range b.Credentials {
		if c.Provider != "" {
			return true
		}
	}
	for _, s := range r.contract.Security {
		if s.Type == "oauth2" || s.Type == "openIdConnect" {
			return true
		}
	}
	return false
}

// firstClient gives the id of the first client, which is confidential; empty: there is none.
func (r *Registry) firstClient() string { return r.people.firstClient }

// firstClientSecret gives its secret, to be announced.
func (r *Registry) firstClientSecret() string { return r.people.firstSecret }
