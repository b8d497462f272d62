package credential

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"understudy/contracts"
	"understudy/mock/store"
)

// Keys in the store, behind the registry's prefix.
const (
	keyUser       = "u\x00"  // + id → user
	keyUserOrder  = "ou\x00" // + number → id of the user
	keyIdentifier = "l\x00"  // + e-mail address or id, in lower case → id of the user
	keyPassword   = "p\x00"  // + id of the user → password
)

// mostPassword is the most bytes of a password.
const mostPassword = 1024

type userRecord struct {
	User
	Order uint64 `json:"order"`
}

// A passwordRecord is what is kept of a password. The digest is keyed with the registry's secret, which is not in the store: so it
// can be a fast one, and a check costs a request next to nothing.
type passwordRecord struct {
	Salt   string `json:"salt"`
	Digest []byte `json:"digest"`
}

// noPassword is what unknown users are held against, so that they take as long as known ones.
var noPassword = passwordRecord{Salt: strings.Repeat("0", 16), Digest: make([]byte, sha256.Size)}

// Users lists the users of all accounts in the order of their creation.
func (r *Registry) Users(ctx context.Context) ([]User, error) {
	var list []User
	err := r.view(ctx, func(tx store.Tx) error {
		list = []User{}
		return r.inOrder(tx, keyUserOrder, func(id string) error {
			u, err := r.userIn(tx, id)
			if err == nil {
				list = append(list, *u)
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the users: %w", err)
	}
	return list, nil
}

// User gives the user of an id, or ErrNotFound.
func (r *Registry) User(ctx context.Context, id string) (found *User, err error) {
	err = r.view(ctx, func(tx store.Tx) error {
		u, err := r.userIn(tx, id)
		if err == nil {
			found = new(*u)
		}
		return err
	})
	return found, err
}

// PutUser makes or changes a user; an empty id is made up, an empty password stays as it is, or is made up for a new one
// and given back. A user without an account stays where it is, a new one gets the first account. PasswordAt is the
// registry's. It fails with *RequestError: name and e-mail address must be given, no other user may have the address as its
// address or id, and the account must exist. A changed password ends what SetPassword ends.
func (r *Registry) PutUser(ctx context.Context, u User, password string) (User, string, error) {
	var made string
	var done User
	var changed bool
	err := r.update(ctx, func(tx store.Tx) (err error) {
		_, err = r.userIn(tx, u.ID)
		changed = err == nil && password != ""
		done, made, err = r.putUser(tx, u, password)
		return err
	})
	if err == nil && changed {
		r.notePassword(done)
	}
	return done, made, err
}

// SetPassword changes a user's password and ends what the contract says it ends (endedBy: password-change). It fails with
// ErrNotFound or *RequestError.
func (r *Registry) SetPassword(ctx context.Context, user, password string) error {
	var done User
	err := r.update(ctx, func(tx store.Tx) error {
		record, err := get[userRecord](tx, r.prefix+keyUser+user)
		if err != nil {
			return err
		}
		if err := r.changePassword(tx, record, password); err != nil {
			return err
		}
		done = record.User
		return put(tx, r.prefix+keyUser+user, record)
	})
	if err == nil {
		r.notePassword(done)
	}
	return err
}

func (r *Registry) notePassword(u User) {
	r.note(AuditEntry{Kind: "change", Name: "password", Account: u.Account, User: u.ID})
}

// CheckPassword gives the user of a name and password, or ErrNotFound whatever was wrong; an unknown name takes as long as a
// wrong password. The name is an e-mail address or a user's id, in any case.
func (r *Registry) CheckPassword(ctx context.Context, identifier, password string) (found *User, err error) {
	err = r.view(ctx, func(tx store.Tx) error {
		u, err := r.checkPasswordIn(tx, identifier, password)
		if err == nil {
			found = new(*u)
		}
		return err
	})
	return found, err
}

// checkPasswordIn is CheckPassword inside a transaction. The user is shared and must not be changed.
func (r *Registry) checkPasswordIn(tx store.Tx, identifier, password string) (*User, error) {
	if len(identifier) > mostMail || len(password) > mostPassword {
		return nil, ErrNotFound // no user has such, so this tells nothing
	}
	u, kept, err := r.passwordOf(tx, identifier)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	known := err == nil
	if !known {
		kept = &noPassword
	}
	same := hmac.Equal(r.passwordDigest(kept.Salt, password), kept.Digest)
	if !same || !known {
		return nil, ErrNotFound
	}
	return u, nil
}

func (r *Registry) passwordOf(tx store.Tx, identifier string) (*User, *passwordRecord, error) {
	u, err := r.userOfIn(tx, identifier)
	if err != nil {
		return nil, nil, err
	}
	kept, err := decodedGet[passwordRecord](&r.decoded, tx, r.prefix+keyPassword+u.ID)
	return u, kept, err
}

// userIn gives a user inside a transaction, or ErrNotFound. It is shared and must not be changed.
func (r *Registry) userIn(tx store.Tx, id string) (*User, error) {
	record, err := decodedGet[userRecord](&r.decoded, tx, r.prefix+keyUser+id)
	if err != nil {
		return nil, err
	}
	return &record.User, nil
}

// userOfIn gives the user of an e-mail address or id in any case, or ErrNotFound. It is shared and must not be changed.
func (r *Registry) userOfIn(tx store.Tx, identifier string) (*User, error) {
	id, err := tx.Get(r.identifierKey(identifier))
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return r.userIn(tx, string(id))
}

func (r *Registry) identifierKey(identifier string) string {
	return r.prefix + keyIdentifier + strings.ToLower(identifier)
}

func (r *Registry) putUser(tx store.Tx, u User, password string) (_ User, made string, err error) {
	if u.ID == "" {
		if u.ID, err = r.Text(tx, "user", userFormat); err != nil {
			return User{}, "", err
		}
	}
	key := r.prefix + keyUser + u.ID
	old, err := get[userRecord](tx, key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return User{}, "", err
	}
	if u, err = r.checkUser(tx, old, u); err != nil {
		return User{}, "", err
	}
	record := &userRecord{User: u}
	if old == nil {
		made, err = r.enterUser(tx, record, password)
	} else {
		record.Order, record.PasswordAt = old.Order, old.PasswordAt
		if key := r.identifierKey(old.Email); key != r.identifierKey(u.ID) {
			err = tx.Delete(key)
		}
		if err == nil && password != "" {
			err = r.changePassword(tx, record, password)
		}
	}
	if err != nil {
		return User{}, "", err
	}
	for _, identifier := range []string{u.ID, u.Email} {
		if err := tx.Put(r.identifierKey(identifier), []byte(u.ID)); err != nil {
			return User{}, "", err
		}
	}
	return record.User, made, put(tx, key, record)
}

// enterUser gives a new user a place and a password; it gives the password back when it was made up.
func (r *Registry) enterUser(tx store.Tx, u *userRecord, password string) (made string, err error) {
	if u.Order, err = r.placeNext(tx, keyUserOrder, u.ID); err != nil {
		return "", err
	}
	if password == "" {
		if made, err = r.Text(tx, "password", passwordFormat); err != nil {
			return "", err
		}
		password = made
	}
	return made, r.writePassword(tx, u, password)
}

// checkUser fills in a user's account and says what is wrong with it. Old is the user as it was; nil: it is new.
func (r *Registry) checkUser(tx store.Tx, old *userRecord, u User) (User, error) {
	if err := wantID("id", u.ID); err != nil {
		return u, err
	}
	if err := wantText("name", u.Name, mostName); err != nil {
		return u, err
	}
	if err := wantMail("email", u.Email); err != nil {
		return u, err
	}
	if u.Role != "" {
		if err := wantText("role", u.Role, mostName); err != nil {
			return u, err
		}
	}
	for _, name := range []struct{ field, value string }{{"id", u.ID}, {"email", u.Email}} {
		holder, err := tx.Get(r.identifierKey(name.value))
		if err == nil && string(holder) != u.ID {
			return u, &RequestError{name.field, "is another user's e-mail address or id"}
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return u, err
		}
	}
	return r.fillAccount(tx, old, u)
}

func (r *Registry) fillAccount(tx store.Tx, old *userRecord, u User) (User, error) {
	switch {
	case u.Account == "" && old != nil:
		u.Account = old.Account
	case u.Account == "":
		first, err := r.firstAccountIn(tx)
		if errors.Is(err, ErrNotFound) {
			return u, &RequestError{"account", "must be given: there is none yet"}
		}
		if err != nil {
			return u, err
		}
		u.Account = first
	}
	return u, r.wantAccount(tx, u.Account)
}

// wantAccount refuses an account that does not exist.
func (r *Registry) wantAccount(tx store.Tx, id string) error {
	_, err := r.accountIn(tx, id)
	if errors.Is(err, ErrNotFound) {
		return &RequestError{"account", "must be the id of an account"}
	}
	return err
}

// wantMail refuses what cannot be an e-mail address (RFC 5321, 4.1.2). What stands on either side of the @ is left to whoever would
// send mail there.
func wantMail(field, address string) error {
	if err := wantText(field, address, mostMail); err != nil {
		return err
	}
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at == len(address)-1 || strings.ContainsFunc(address, unicode.IsSpace) {
		return &RequestError{field, "must be an e-mail address, such as alex@example.com"}
	}
	return nil
}

// changePassword sets another password and ends what that ends. The caller writes the user back.
func (r *Registry) changePassword(tx store.Tx, u *userRecord, password string) error {
	if err := r.writePassword(tx, u, password); err != nil {
		return err
	}
	_, err := r.endAll(tx, u.ID, "password-change")
	return err
}

func (r *Registry) writePassword(tx store.Tx, u *userRecord, password string) error {
	if password == "" || len(password) > mostPassword {
		return &RequestError{"password", fmt.Sprintf("must have 1 to %d bytes", mostPassword)}
	}
	salt, err := r.Text(tx, "salt", `[A-Za-z0-9]{16}`)
	if err != nil {
		return err
	}
	u.PasswordAt = r.clock.Now()
	return put(tx, r.prefix+keyPassword+u.ID, passwordRecord{Salt: salt, Digest: r.passwordDigest(salt, password)})
}

func (r *Registry) passwordDigest(salt, password string) []byte {
	return r.digest("password", salt+"\x00"+password)
}

// seedUser makes a user of the contract. What the contract leaves out is made up.
func (r *Registry) seedUser(tx store.Tx, place, account string, u contracts.User) (err error) {
	if u.ID == "" {
		if u.ID, err = r.seedText(tx, place+".id", userFormat); err != nil {
			return err
		}
	}
	if _, err := get[userRecord](tx, r.prefix+keyUser+u.ID); err == nil {
		return fmt.Errorf("the id %q is taken: give each user an id of its own", u.ID)
	}
	name, _, _ := strings.Cut(u.Email, "@")
	made := User{
		ID: u.ID, Account: account, Role: u.Role,
		Name:  firstOf(u.Name, name, u.ID),
		Email: firstOf(u.Email, strings.ToLower(u.ID)+"@example.com"),
	}
	password := u.Password
	if password == "" {
		if password, err = r.seedText(tx, place+".password", passwordFormat); err != nil {
			return err
		}
		if r.people.firstPasswords == nil {
			r.people.firstPasswords = map[string]string{}
		}
		if _, known := r.people.firstPasswords[u.ID]; !known {
			r.people.firstPasswords[u.ID] = password
		}
	}
	if r.people.firstMail == "" {
		r.people.firstMail, r.people.firstPassword = made.Email, password
	}
	_, _, err = r.putUser(tx, made, password)
	return err
}

// firstUser gives e-mail address and password of the first user, to be announced; empty: there is none.
func (r *Registry) firstUser() (mail, password string) {
	return r.people.firstMail, r.people.firstPassword
}
