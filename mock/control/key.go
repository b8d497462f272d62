package control

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/mock/credential"
)

// A Key is a credential as the API shows it: never its text.
type Key struct {
	credential.Credential
	Masked  string           `json:"masked"`         // beginning and end of its text: "ek_live_…7f3a"
	Good    bool             `json:"good"`           // it would be believed now
	Code    string           `json:"code,omitempty"` // why not, as a stable word
	AgeDays int              `json:"age_days"`       // whole days since it was made
	Usage   credential.Usage `json:"usage"`
	// Warnings say what should be done about it.
	Warnings []string `json:"warnings,omitempty"`
}

// An IssuedKey is a credential with its text, which is shown this once.
type IssuedKey struct {
	Key
	Text string `json:"text"`
	Env  string `json:"env,omitempty"` // name of the environment line that clients read it from
}

// Keys is a page of credentials.
type Keys struct {
	Keys  []Key `json:"keys"`  // in the order of their creation, the oldest first
	Total int   `json:"total"` // how many there are
}

// A RevokedKey is the answer of DELETE /contracts/{contract}/keys/{id}.
type RevokedKey struct {
	Key      Key      `json:"key"`
	Warnings []string `json:"warnings"` // what its end may break
}

// A Rotation is the answer of POST /contracts/{contract}/keys/{id}/rotate.
type Rotation struct {
	Key         IssuedKey `json:"key"`         // the new one
	Predecessor Key       `json:"predecessor"` // good until its expires_at, or no more
}

// oldAge is how many days a good key may be old before somebody should rotate it.
const oldAge = 90

// kinds are those of credentials.
var kinds = []credential.Kind{credential.Key, credential.JWT, credential.Opaque, credential.Refresh, credential.Password, credential.Certificate}

// keyOf shows a credential.
func keyOf(r *credential.Registry, c credential.Credential) Key {
	now := r.Clock().Now()
	key := Key{
		Credential: c, Masked: c.Prefix + "…" + c.LastFour, Good: true,
		AgeDays: max(0, int(now.Sub(c.CreatedAt)/(24*time.Hour))), Usage: r.Usage(c.ID),
	}
	if refusal := r.Alive(&c, now); refusal != nil {
		key.Good, key.Code = false, refusal.Code
	}
	if c.Kind == credential.Key && key.Good && c.Successor == "" && key.AgeDays > oldAge {
		key.Warnings = append(key.Warnings, fmt.Sprintf("It is %d days old: rotate it.", key.AgeDays))
	}
	return key
}

func issuedKeyOf(r *credential.Registry, i credential.Issued) IssuedKey {
	key := IssuedKey{Key: keyOf(r, i.Credential), Text: i.Text}
	if class := r.Class(i.Class); class != nil {
		key.Env = class.Env
	}
	return key
}

// credentialFilter reads the parameters that choose credentials.
func (c *call) credentialFilter() (credential.Filter, error) {
	q := c.query
	f := credential.Filter{
		Class: q["class"], Account: q["account"], User: q["user"], Client: q["client"], Family: q["family"],
		Environment: q["environment"], State: credential.State(q["state"]),
	}
	if kind := credential.Kind(q["kind"]); kind != "" {
		if !slices.Contains(kinds, kind) {
			return f, badParameter("kind=%.100q: give one of %s.", kind, joined(kinds))
		}
		f.Kinds = []credential.Kind{kind}
	}
	if f.Class != "" && c.registry().Class(f.Class) == nil {
		var names []string
		for _, class := range c.registry().Classes() {
			names = append(names, class.Name)
		}
		return f, badParameter("class=%.100q: the contract has no such class of credentials. It has: %s.", f.Class, strings.Join(names, ", "))
	}
	return f, nil
}

func joined[T ~string](words []T) string {
	var list []string
	for _, w := range words {
		list = append(list, string(w))
	}
	return strings.Join(list, ", ")
}

// handMade are the kinds that people make: where the contract has keys and the like those, else its tokens.
func handMade(r *credential.Registry) []credential.Kind {
	made := []credential.Kind{credential.Key, credential.Password, credential.Certificate}
	for _, class := range r.Classes() {
		if slices.Contains(made, credential.Kind(class.Kind)) {
			return made
		}
	}
	return append(made, credential.JWT, credential.Opaque)
}

func listKeys(c *call) error {
	f, err := c.credentialFilter()
	if err != nil {
		return err
	}
	if f.Kinds == nil && f.Class == "" {
		f.Kinds = handMade(c.registry())
	}
	return c.page(f)
}

func listCredentials(c *call) error {
	f, err := c.credentialFilter()
	if err != nil {
		return err
	}
	return c.page(f)
}

// page answers with some of the credentials that a filter lets pass.
func (c *call) page(f credential.Filter) error {
	offset, err := c.query.number("offset", 0, 0, 1<<31)
	if err != nil {
		return err
	}
	limit, err := c.query.number("limit", defaultItems, 1, mostItems)
	if err != nil {
		return err
	}
	r := c.registry()
	list, err := r.Credentials(c.Context(), f)
	if err != nil {
		return err
	}
	first := min(int(offset), len(list))
	answer := Keys{Keys: []Key{}, Total: len(list)}
	for _, one := range list[first:min(first+int(limit), len(list))] {
		answer.Keys = append(answer.Keys, keyOf(r, one))
	}
	return c.answer(answer)
}

func getKey(c *call) error {
	found, err := c.registry().Credential(c.Context(), c.PathValue("id"))
	if err != nil {
		return members(nil).denied(err, "credential", "")
	}
	return c.answer(keyOf(c.registry(), found))
}

// keyRequest is the body of POST /contracts/{contract}/keys.
type keyRequest struct {
	Class       string           `json:"class"`
	Environment string           `json:"environment"`
	Name        string           `json:"name"`
	Account     string           `json:"account"`
	User        string           `json:"user"`
	Scopes      []string         `json:"scopes"`
	ExpiresAt   moment           `json:"expires_at"`
	State       credential.State `json:"state"`
	Text        string           `json:"text"`
}

func createKey(c *call) error {
	var q keyRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	issued, err := c.registry().CreateKey(c.Context(), credential.KeyRequest{
		Class: q.Class, Environment: q.Environment, Name: q.Name, Account: q.Account, User: q.User,
		Scopes: q.Scopes, ExpiresAt: q.ExpiresAt.at, State: q.State, Text: q.Text, Strict: true,
	})
	if err != nil {
		return sent.denied(err, "credential", "")
	}
	return c.created(issuedKeyOf(c.registry(), issued))
}

// keyChange is the body of PATCH /contracts/{contract}/keys/{id}; what is not sent stays as it is.
type keyChange struct {
	Name      *string           `json:"name"`
	Scopes    *[]string         `json:"scopes"`
	ExpiresAt moment            `json:"expires_at"` // null: never
	State     *credential.State `json:"state"`
}

func changeKey(c *call) error {
	var q keyChange
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	change := credential.Change{Name: q.Name, Scopes: q.Scopes, State: q.State}
	if q.ExpiresAt.given {
		change.ExpiresAt = &q.ExpiresAt.at
	}
	changed, err := c.registry().Change(c.Context(), c.PathValue("id"), change)
	if err != nil {
		return sent.denied(err, "credential", "")
	}
	return c.answer(keyOf(c.registry(), changed))
}

func rotateKey(c *call) error {
	r, id := c.registry(), c.PathValue("id")
	issued, err := r.Rotate(c.Context(), id)
	if err != nil {
		return members(nil).denied(err, "credential", "")
	}
	old, err := r.Credential(c.Context(), id)
	if err != nil {
		return members(nil).denied(err, "credential", "")
	}
	return c.created(Rotation{Key: issuedKeyOf(r, issued), Predecessor: keyOf(r, old)})
}

// revokeKey ends a key for good, so it asks for a word of confirmation.
func revokeKey(c *call) error {
	confirmed, err := c.query.truth("confirm", false)
	if err != nil {
		return err
	}
	r, id := c.registry(), c.PathValue("id")
	before, err := r.Credential(c.Context(), id)
	if err != nil {
		return members(nil).denied(err, "credential", "")
	}
	if !confirmed {
		return problem(http.StatusBadRequest, "confirmation_required",
			"Revoking is final and acts at once; nothing was changed. Update the applications that use the key, then send confirm=true.")
	}
	warnings := revocationWarnings(r, before)
	after, err := r.Revoke(c.Context(), id)
	if err != nil {
		return members(nil).denied(err, "credential", "")
	}
	return c.answer(RevokedKey{Key: keyOf(r, after), Warnings: warnings})
}

// revocationWarnings says what the end of a credential may break.
func revocationWarnings(r *credential.Registry, c credential.Credential) []string {
	warnings := []string{}
	if !c.EndedAt.IsZero() {
		return append(warnings, fmt.Sprintf("It had ended before, at %s.", c.EndedAt.UTC().Format(time.RFC3339)))
	}
	last := r.Usage(c.ID).LastUsed
	if now := r.Clock().Now(); !last.IsZero() && now.Sub(last) < 24*time.Hour {
		warnings = append(warnings, fmt.Sprintf("It was used within the last 24 hours, at %s: whoever uses it is refused from now on.", last.UTC().Format(time.RFC3339)))
	}
	return warnings
}
