package credential

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"understudy/mock/store"
)

// A KeyRequest is a new key, or any other credential that a person makes by hand.
type KeyRequest struct {
	Class       string // empty: the class of Environment, else the first one of kind key, else the first that is no refresh token
	Environment string
	Name        string   // empty is refused where Strict
	Account     string   // empty: the user's, else the first
	User        string   // empty: it stands for the account as such
	Scopes      []string // empty: those of the class that permit most, or refused where Strict; unknown ones are refused
	ExpiresAt   time.Time
	State       State  // empty: the first of the class
	Text        string // empty: made up; else it must keep the class's format
	Strict      bool   // name and scopes must be given, where the contract describes the class
}

// CreateKey issues a credential. It fails with *RequestError.
func (r *Registry) CreateKey(ctx context.Context, q KeyRequest) (Issued, error) {
	var issued Issued
	err := r.update(ctx, func(tx store.Tx) (err error) {
		issued, err = r.createKey(tx, q)
		return err
	})
	if err != nil {
		return Issued{}, wrap("create a credential", err)
	}
	r.note(AuditEntry{At: r.clock.Now(), Kind: "create", Credential: issued.ID, Name: issued.Name, Account: issued.Account, User: issued.User, Result: "ok"})
	return issued, nil
}

// wrap says what failed, unless the error is one that the caller decides on.
func wrap(what string, err error) error {
	var request *RequestError
	var refusal *Refusal
	if errors.As(err, &request) || errors.As(err, &refusal) || errors.Is(err, ErrNotFound) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (r *Registry) createKey(tx store.Tx, q KeyRequest) (Issued, error) {
	class, err := r.classFor(q)
	if err != nil {
		return Issued{}, err
	}
	q.Strict = q.Strict && !class.Invented
	if q.Strict && strings.TrimSpace(q.Name) == "" {
		return Issued{}, &RequestError{"name", "must not be empty"}
	}
	if len(q.Name) > 200 {
		return Issued{}, &RequestError{"name", "must have at most 200 bytes"}
	}
	scopes, err := class.checkScopes(q.Scopes, q.Strict)
	if err != nil {
		return Issued{}, err
	}
	now := r.clock.Now()
	if !q.ExpiresAt.IsZero() && !q.ExpiresAt.After(now) {
		return Issued{}, &RequestError{"expiresAt", "must lie in the future"}
	}
	if life := r.lifeOf(class); q.ExpiresAt.IsZero() && life > 0 {
		q.ExpiresAt = now.Add(life)
	}
	account, err := r.accountFor(tx, q.Account, q.User)
	if err != nil {
		return Issued{}, err
	}
	state := q.State
	if state == "" {
		state = class.Good()
	} else if !class.knows(state) {
		known := class.States
		if len(known) == 0 {
			known = []string{string(Active), string(Pending), string(Revoked), string(Expired)}
		}
		return Issued{}, &RequestError{"state", fmt.Sprintf("must be one of %s, not %.40q", strings.Join(known, ", "), state)}
	}
	c := &stored{Credential: Credential{
		Kind: Kind(class.Kind), Class: class.Name, Name: q.Name, Account: account, User: q.User, Scopes: scopes, State: state,
		Environment: class.Environment, CreatedAt: now, ExpiresAt: q.ExpiresAt,
	}}
	if class.Environment == "" {
		c.Environment = q.Environment
	}
	if class.Is(JWT) && q.Text == "" {
		issued, err := r.IssueTokenIn(tx, TokenRequest{Class: class.Name, Name: q.Name, Account: account, User: q.User, Scopes: scopes, Environment: c.Environment, Life: lifeUntil(now, q.ExpiresAt)})
		return issued, err
	}
	return r.issueText(tx, class, c, q.Text)
}

func lifeUntil(now, end time.Time) time.Duration {
	if end.IsZero() {
		return 0
	}
	return end.Sub(now)
}

// classFor finds the class that a request for a new credential means.
func (r *Registry) classFor(q KeyRequest) (*Class, error) {
	if q.Class != "" {
		if class := r.byName[q.Class]; class != nil && !class.Is(Password, Certificate) {
			return class, nil
		}
		return nil, &RequestError{"class", fmt.Sprintf("must be one of %s, not %.40q", strings.Join(r.classNames(), ", "), q.Class)}
	}
	if q.Environment != "" {
		if class := r.classOf(func(c *Class) bool { return c.Environment == q.Environment }, Key, Opaque, JWT); class != nil {
			return class, nil
		}
		if known := r.Environments(); len(known) > 0 {
			return nil, &RequestError{"environment", fmt.Sprintf("must be one of %s, not %.40q", strings.Join(known, ", "), q.Environment)}
		}
	}
	if class := r.classOf(nil, Key, Opaque, JWT); class != nil {
		return class, nil
	}
	return nil, &RequestError{"class", "the contract has no security scheme whose credentials can be made by hand"}
}

func (r *Registry) classNames() []string {
	var names []string
	for _, c := range r.classes {
		if !c.Is(Password, Certificate) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Environments gives the environments that the contract's credentials name, the default one first.
func (r *Registry) Environments() []string {
	var list []string
	for _, c := range r.classes {
		if c.Environment != "" && !slices.Contains(list, c.Environment) {
			list = append(list, c.Environment)
		}
	}
	return list
}

// checkScopes holds the scopes that were asked for against those that the class has.
func (c *Class) checkScopes(scopes []string, strict bool) ([]string, error) {
	if len(scopes) == 0 {
		if strict && len(c.Scopes) > 0 {
			return nil, &RequestError{"scopes", "must name at least one of " + strings.Join(c.Scopes, ", ")}
		}
		return c.most(), nil
	}
	if c.OneScope() && len(scopes) > 1 {
		return nil, &RequestError{"scopes", "must name exactly one of " + strings.Join(c.Scopes, ", ")}
	}
	seen := map[string]bool{}
	var list []string
	for _, scope := range scopes {
		if len(c.Scopes) > 0 && !slices.Contains(c.Scopes, scope) {
			return nil, &RequestError{"scopes", fmt.Sprintf("must be of %s, not %.60q", strings.Join(c.Scopes, ", "), scope)}
		}
		if !seen[scope] {
			seen[scope] = true
			list = append(list, scope)
		}
	}
	return list, nil
}

// accountFor gives the account that a credential belongs to: the one asked for, the user's, else the first.
func (r *Registry) accountFor(tx store.Tx, account, user string) (string, error) {
	if user != "" {
		u, err := r.userIn(tx, user)
		if errors.Is(err, ErrNotFound) {
			return "", &RequestError{"user", fmt.Sprintf("there is no user %.60q", user)}
		}
		if err != nil {
			return "", err
		}
		if account != "" && account != u.Account {
			return "", &RequestError{"user", fmt.Sprintf("%.60q belongs to another account than %.60q", user, account)}
		}
		return u.Account, nil
	}
	if account == "" {
		return r.firstAccountIn(tx)
	}
	if _, err := r.accountIn(tx, account); errors.Is(err, ErrNotFound) {
		return "", &RequestError{"account", fmt.Sprintf("there is no account %.60q", account)}
	} else if err != nil {
		return "", err
	}
	return account, nil
}

// issueText gives a new credential its text and id and writes it.
func (r *Registry) issueText(tx store.Tx, class *Class, c *stored, given string) (Issued, error) {
	if given != "" {
		if ok, err := regexp.MatchString(class.Format, given); err != nil || !ok {
			return Issued{}, &RequestError{"text", "must keep the form " + class.Format}
		}
	}
	if err := r.nameIt(tx, class, c); err != nil {
		return Issued{}, err
	}
	const tries = 100 // a form with few texts may be used up
	for range tries {
		text := given
		if given == "" {
			var err error
			if text, err = r.Text(tx, "text of "+class.Name, class.Format); err != nil {
				return Issued{}, err
			}
		}
		c.Hash, c.Prefix, c.LastFour = hexOf(hashOf(text)), shownPrefix(r.prefixOf(class), text), lastFour(text)
		err := r.add(tx, c)
		if err == nil {
			return Issued{Credential: c.Credential, Text: text}, r.forget(tx, c.CreatedAt)
		}
		if !errors.Is(err, errTaken) {
			return Issued{}, err
		}
		if given != "" {
			return Issued{}, &RequestError{"text", "was issued already"}
		}
	}
	return Issued{}, &RequestError{"class", "all texts of the form " + class.Format + " are taken"}
}

func shownPrefix(prefix, text string) string {
	if strings.HasPrefix(text, prefix) {
		return prefix
	}
	return ""
}

// nameIt gives a credential an id of its own, and makes that its family's where it has none.
func (r *Registry) nameIt(tx store.Tx, class *Class, c *stored) error {
	prefix := map[Kind]string{Key: "key_", JWT: "tok_", Opaque: "tok_", Refresh: "rft_"}[Kind(class.Kind)]
	for {
		id, err := r.Text(tx, "id", "[a-z0-9]{10}")
		if err != nil {
			return err
		}
		c.ID = prefix + id
		if _, err := tx.Get(r.prefix + keyID + c.ID); errors.Is(err, store.ErrNotFound) {
			break
		}
	}
	if c.Family == "" {
		c.Family = c.ID
	}
	return nil
}

// A Change of a credential; nil members stay as they are.
type Change struct {
	Name      *string
	Scopes    *[]string
	ExpiresAt *time.Time // the zero time: never
	State     *State
}

// Change acts on the next request. It fails with ErrNotFound or *RequestError.
func (r *Registry) Change(ctx context.Context, id string, change Change) (Credential, error) {
	return r.alter(ctx, id, "change", func(c *stored) error {
		class := r.byName[c.Class]
		if change.Name != nil {
			if strings.TrimSpace(*change.Name) == "" || len(*change.Name) > 200 {
				return &RequestError{"name", "must have 1 to 200 bytes"}
			}
			c.Name = *change.Name
		}
		if change.Scopes != nil && class != nil {
			scopes, err := class.checkScopes(*change.Scopes, true)
			if err != nil {
				return err
			}
			c.Scopes = scopes
		}
		if change.ExpiresAt != nil {
			c.ExpiresAt = *change.ExpiresAt
		}
		if change.State != nil {
			return r.changeState(class, c, *change.State)
		}
		return nil
	})
}

func (r *Registry) changeState(class *Class, c *stored, state State) error {
	if class != nil && !class.knows(state) {
		return &RequestError{"state", fmt.Sprintf("cannot be %.40q", state)}
	}
	if c.State == Revoked && state != Revoked {
		return &RequestError{"state", "a revoked credential stays revoked"}
	}
	if state == Revoked && c.State != Revoked {
		c.EndedAt = r.clock.Now()
	}
	c.State = state
	return nil
}

// alter changes one credential by its id.
func (r *Registry) alter(ctx context.Context, id, kind string, f func(*stored) error) (Credential, error) {
	var changed stored
	err := r.update(ctx, func(tx store.Tx) error {
		old, err := r.byID(tx, id)
		if err != nil {
			return err
		}
		changed = *old
		if err := f(&changed); err != nil {
			return err
		}
		return r.save(tx, old, &changed)
	})
	if err != nil {
		return Credential{}, wrap(kind+" a credential", err)
	}
	r.note(AuditEntry{At: r.clock.Now(), Kind: kind, Credential: id, Name: changed.Name, Account: changed.Account, User: changed.User, Result: "ok"})
	return changed.Credential, nil
}

// Rotate issues a successor with the same attributes. The old one stays good for the class's grace, without one it ends
// at once. It fails with ErrNotFound, or *RequestError when the credential is not good any more.
func (r *Registry) Rotate(ctx context.Context, id string) (Issued, error) {
	var issued Issued
	err := r.update(ctx, func(tx store.Tx) error {
		old, err := r.byID(tx, id)
		if err != nil {
			return err
		}
		class, now := r.byName[old.Class], r.clock.Now()
		if class == nil || r.Alive(&old.Credential, now) != nil {
			return &RequestError{"state", "only a credential that is good can be rotated"}
		}
		if old.Successor != "" {
			return &RequestError{"state", "it was rotated already; rotate " + old.Successor}
		}
		next := &stored{Credential: old.Credential}
		next.CreatedAt, next.Successor, next.ID = now, "", ""
		if issued, err = r.issueText(tx, class, next, ""); err != nil {
			return err
		}
		ended := *old
		ended.Successor = issued.ID
		end := now.Add(class.GraceFor)
		switch {
		case class.GraceFor == 0:
			ended.State, ended.EndedAt = Revoked, now
		case old.ExpiresAt.IsZero() || old.ExpiresAt.After(end):
			ended.ExpiresAt = end
		}
		return r.save(tx, old, &ended)
	})
	if err != nil {
		return Issued{}, wrap("rotate a credential", err)
	}
	r.note(AuditEntry{At: issued.CreatedAt, Kind: "rotate", Credential: id, Name: issued.Name, Account: issued.Account, User: issued.User, Result: "ok"})
	return issued, nil
}
