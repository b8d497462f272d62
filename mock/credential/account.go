package credential

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"understudy/contracts"
	"understudy/mock/store"
)

// Keys in the store, behind the registry's prefix. The orders lead from a number, 16 hex digits, to an id, so that lists keep
// the order of creation.
const (
	keyAccount      = "a\x00"  // + id → account
	keyAccountOrder = "oa\x00" // + number → id of the account
)

// The most bytes that texts may have which people give.
const (
	mostID   = 128
	mostName = 200
	mostMail = 254 // RFC 5321, 4.5.3.1.3, without the angle brackets
)

type accountRecord struct {
	Account
	Order uint64 `json:"order"`
}

// Accounts lists the accounts in the order of their creation.
func (r *Registry) Accounts(ctx context.Context) ([]Account, error) {
	var list []Account
	err := r.view(ctx, func(tx store.Tx) error {
		list = []Account{}
		return r.inOrder(tx, keyAccountOrder, func(id string) error {
			a, err := r.accountIn(tx, id)
			if err == nil {
				list = append(list, *a)
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the accounts: %w", err)
	}
	return list, nil
}

// Account gives the account of an id, or ErrNotFound.
func (r *Registry) Account(ctx context.Context, id string) (found *Account, err error) {
	err = r.view(ctx, func(tx store.Tx) error {
		a, err := r.accountIn(tx, id)
		if err == nil {
			found = new(*a)
		}
		return err
	})
	return found, err
}

// PutAccount makes or changes an account; an empty id is made up. It fails with *RequestError: the name must not be empty,
// the plan must be one of the contract's where it has any.
func (r *Registry) PutAccount(ctx context.Context, a Account) (Account, error) {
	var done Account
	err := r.update(ctx, func(tx store.Tx) (err error) {
		done, err = r.putAccount(tx, a)
		return err
	})
	return done, err
}

// accountIn gives an account inside a transaction, or ErrNotFound. It is shared and must not be changed.
func (r *Registry) accountIn(tx store.Tx, id string) (*Account, error) {
	record, err := decodedGet[accountRecord](&r.decoded, tx, r.prefix+keyAccount+id)
	if err != nil {
		return nil, err
	}
	return &record.Account, nil
}

// firstAccountIn gives the id of the account that was made first, or ErrNotFound.
func (r *Registry) firstAccountIn(tx store.Tx) (string, error) {
	for _, id := range tx.Scan(r.prefix+keyAccountOrder, store.Scan{}) {
		return string(id), nil
	}
	return "", ErrNotFound
}

func (r *Registry) putAccount(tx store.Tx, a Account) (Account, error) {
	if err := wantText("name", a.Name, mostName); err != nil {
		return Account{}, err
	}
	if plans := r.contract.Behaviour.Plans; a.Plan != "" && len(plans) > 0 {
		if _, known := plans[a.Plan]; !known {
			return Account{}, &RequestError{"plan", "must be one of " + strings.Join(slices.Sorted(maps.Keys(plans)), ", ")}
		}
	} else if a.Plan != "" {
		if err := wantText("plan", a.Plan, mostName); err != nil {
			return Account{}, err
		}
	}
	var err error
	if a.ID == "" {
		if a.ID, err = r.Text(tx, "account", accountFormat); err != nil {
			return Account{}, err
		}
	}
	if err := wantID("id", a.ID); err != nil {
		return Account{}, err
	}
	key := r.prefix + keyAccount + a.ID
	record := accountRecord{Account: a}
	if record.Order, err = orderOf(tx, key, func(old *accountRecord) uint64 { return old.Order }); err != nil {
		return Account{}, err
	}
	if record.Order == 0 {
		if record.Order, err = r.placeNext(tx, keyAccountOrder, a.ID); err != nil {
			return Account{}, err
		}
	}
	return a, put(tx, key, record)
}

// orderOf gives the place of the record at key; 0 when there is none.
func orderOf[T any](tx store.Tx, key string, order func(*T) uint64) (uint64, error) {
	old, err := get[T](tx, key)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return order(old), nil
}

// placeNext puts an id at the end of an order and gives its place there.
func (r *Registry) placeNext(tx store.Tx, order, id string) (uint64, error) {
	n, err := r.next(tx)
	if err != nil {
		return 0, err
	}
	return n, tx.Put(r.placeKey(order, n), []byte(id))
}

func (r *Registry) placeKey(order string, n uint64) string {
	return fmt.Sprintf("%s%s%016x", r.prefix, order, n)
}

// inOrder calls f with the ids of an order until it fails.
func (r *Registry) inOrder(tx store.Tx, order string, f func(id string) error) error {
	for _, id := range tx.Scan(r.prefix+order, store.Scan{}) {
		if err := f(string(id)); err != nil {
			return err
		}
	}
	return nil
}

// people is what was made up for users and clients when the registry was made, to be announced. A reset makes the same again, so
// that nothing here changes after New and it can be read at any time.
type people struct {
	firstPasswords map[string]string // user id → password; users whose password stands in the contract are not here
	firstMail      string            // e-mail address of the first user; empty: there is none
	firstPassword  string            // the first user's, made up or not
	firstClient    string            // id of the confidential client; empty: there is none
	firstSecret    string            // its secret
	firstPublic    string            // id of the public client; empty: there is none

	made map[string]string // what it is for → text
}

// The forms of ids and passwords that are made up.
const (
	accountFormat  = `acct_[a-z0-9]{10}`
	userFormat     = `usr_[a-z0-9]{10}`
	passwordFormat = `[a-z]{4}-[a-z]{4}-[0-9]{4}`
)

// seedText is Text that gives the same for the same purpose each time the registry is taken back to its start.
func (r *Registry) seedText(tx store.Tx, purpose, format string) (string, error) {
	text, err := r.Text(tx, purpose, format)
	if err != nil {
		return "", err
	}
	if first, known := r.people.made[purpose]; known {
		return first, nil
	}
	if r.people.made == nil {
		r.people.made = map[string]string{}
	}
	r.people.made[purpose] = text
	return text, nil
}

// seedAccounts makes the accounts and users that the contract names, or one of each where it names none. A store that
// holds accounts already, as one that outlives the process, is left as it is.
func (r *Registry) seedAccounts(tx store.Tx) error {
	if n, err := tx.Count(r.prefix + keyAccount); err != nil || n > 0 {
		return err
	}
	accounts := r.contract.Behaviour.Accounts
	if len(accounts) == 0 {
		accounts = []contracts.Account{{
			Name:  firstOf(shorten(r.contract.Title, mostName), r.contract.Name, "Example"),
			Users: []contracts.User{{Name: "Alex Example", Email: "alex@example.com", Role: "admin"}},
		}}
	}
	taken := map[string]bool{}
	for i, a := range accounts {
		if a.ID != "" && taken[a.ID] {
			return fmt.Errorf("x-understudy accounts[%d]: the id %q is taken: give each account an id of its own", i, a.ID)
		}
		taken[a.ID] = true
		if err := r.seedAccount(tx, i, a); err != nil {
			return err
		}
	}
	return nil
}

func (r *Registry) seedAccount(tx store.Tx, i int, a contracts.Account) (err error) {
	place := fmt.Sprintf("accounts[%d]", i)
	if a.ID == "" {
		if a.ID, err = r.seedText(tx, place+".id", accountFormat); err != nil {
			return err
		}
	}
	if _, err := r.putAccount(tx, Account{ID: a.ID, Name: firstOf(a.Name, a.ID), Plan: a.Plan}); err != nil {
		return fmt.Errorf("x-understudy %s: %w", place, err)
	}
	for j, u := range a.Users {
		place := fmt.Sprintf("%s.users[%d]", place, j)
		if err := r.seedUser(tx, place, a.ID, u); err != nil {
			return fmt.Errorf("x-understudy %s: %w", place, err)
		}
	}
	return nil
}

// wantText refuses what cannot be a line of text that a person gave.
func wantText(field, text string, most int) error {
	switch {
	case strings.TrimSpace(text) == "":
		return &RequestError{field, "must not be empty"}
	case len(text) > most:
		return &RequestError{field, fmt.Sprintf("must have at most %d bytes", most)}
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return &RequestError{field, "must be one line of text without control characters"}
	}
	return nil
}

// wantID refuses what cannot be an id in a URL's path, once it is escaped.
func wantID(field, id string) error {
	if err := wantText(field, id, mostID); err != nil {
		return err
	}
	if strings.ContainsFunc(id, unicode.IsSpace) {
		return &RequestError{field, "must not hold blanks"}
	}
	return nil
}

// firstOf gives the first text that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}

// shorten cuts a text to at most so many bytes, between characters.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return strings.Clone(text[:most])
}
