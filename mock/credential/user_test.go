package credential_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock/credential"
	"understudy/mock/store"
)

func TestPutUser(t *testing.T) {
	w := settle(t, written(t, mall), 1)
	made, password, err := w.PutUser(t.Context(), credential.User{Name: "New", Email: "New@harbor.example"}, "")
	if err != nil {
		t.Fatal(err)
	}
	want := credential.User{ID: made.ID, Account: "acc_north", Name: "New", Email: "New@harbor.example", PasswordAt: noon}
	if made != want || !strings.HasPrefix(made.ID, "usr_") {
		t.Errorf("made %v, want %v", made, want)
	}
	if !regexp.MustCompile(`^[a-z]{4}-[a-z]{4}-[0-9]{4}$`).MatchString(password) {
		t.Errorf("the password made up has %d characters and not its form", len(password))
	}
	if u, err := w.CheckPassword(t.Context(), "new@HARBOR.example", password); err != nil || *u != want {
		t.Errorf("got %v, %v", u, err)
	}

	given, password, err := w.PutUser(t.Context(), credential.User{ID: "u-3", Account: "acc_harbor", Name: "Third", Email: "third@x.example", Role: "viewer"}, "chosen")
	if err != nil || password != "" || given.Role != "viewer" {
		t.Fatalf("made %v, %q, %v", given, password, err)
	}
	if _, err := w.CheckPassword(t.Context(), "U-3", "chosen"); err != nil {
		t.Errorf("its id with the chosen password: %v", err)
	}
	var ids []string
	for _, u := range w.users(t) {
		ids = append(ids, u.ID)
	}
	if want := []string{"usr_amara", "usr_mateo", "usr_owen", made.ID, "u-3"}; !slices.Equal(ids, want) {
		t.Errorf("the users are %q, want %q in the order of their creation", ids, want)
	}
}

func TestChangeUser(t *testing.T) {
	w := settle(t, written(t, mall), 1)
	if _, err := w.clock.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	changed, made, err := w.PutUser(t.Context(), credential.User{ID: "usr_amara", Name: "Amara O.", Email: "amara@elsewhere.example", Role: "member"}, "")
	want := credential.User{ID: "usr_amara", Account: "acc_north", Name: "Amara O.", Email: "amara@elsewhere.example", Role: "member", PasswordAt: noon}
	if err != nil || made != "" || changed != want {
		t.Fatalf("changed %v, %q, %v; want %v", changed, made, err, want)
	}
	if got, err := w.User(t.Context(), "usr_amara"); err != nil || *got != want {
		t.Errorf("got %v, %v", got, err)
	}
	for _, c := range []struct {
		identifier string
		good       bool
	}{{"amara@elsewhere.example", true}, {"usr_amara", true}, {"amara@north.example", false}} {
		if _, err := w.CheckPassword(t.Context(), c.identifier, "correct-horse-battery"); (err == nil) != c.good {
			t.Errorf("%s: %v", c.identifier, err)
		}
	}
	// The address that was given up is free, and a user may take the own id as address and give it up again.
	other := credential.User{ID: "usr_mateo", Name: "Mateo", Email: "amara@north.example"}
	if _, _, err := w.PutUser(t.Context(), other, ""); err != nil {
		t.Error(err)
	}
	for _, address := range []string{"me@x.example", "ME@x.example", "you@x.example"} {
		if _, _, err := w.PutUser(t.Context(), credential.User{ID: "me@x.example", Name: "Me", Email: address}, "mine"); err != nil {
			t.Error(err)
		}
		if _, err := w.CheckPassword(t.Context(), "me@x.example", "mine"); err != nil {
			t.Errorf("with the address %s the id is not known: %v", address, err)
		}
	}
	if n := len(w.users(t)); n != 4 {
		t.Errorf("there are %d users", n)
	}
}

func TestRefusedUsers(t *testing.T) {
	w := settle(t, written(t, mall), 1)
	good := credential.User{Name: "N", Email: "n@x.example"}
	for _, c := range []struct {
		name, password string
		change         func(*credential.User)
		field, reason  string
	}{
		{"no name", "", func(u *credential.User) { u.Name = " " }, "name", "must not be empty"},
		{"no address", "", func(u *credential.User) { u.Email = "" }, "email", "must not be empty"},
		{"no @", "", func(u *credential.User) { u.Email = "x.example" }, "email", "e-mail address"},
		{"nothing before @", "", func(u *credential.User) { u.Email = "@x.example" }, "email", "e-mail address"},
		{"nothing behind @", "", func(u *credential.User) { u.Email = "n@" }, "email", "e-mail address"},
		{"blank in the address", "", func(u *credential.User) { u.Email = "n n@x.example" }, "email", "e-mail address"},
		{"long address", "", func(u *credential.User) { u.Email = strings.Repeat("n", 255) + "@x.example" }, "email", "at most 254"},
		{"address taken", "", func(u *credential.User) { u.Email = "Mateo@North.example" }, "email", "another user's"},
		{"id taken by case", "", func(u *credential.User) { u.ID = "USR_MATEO" }, "id", "another user's"},
		{"id is an address", "", func(u *credential.User) { u.ID = "mateo@north.example" }, "id", "another user's"},
		{"no such account", "", func(u *credential.User) { u.Account = "acc_nobody" }, "account", "must be the id of an account"},
		{"role of lines", "", func(u *credential.User) { u.Role = "a\r\nb" }, "role", "control characters"},
		{"long password", strings.Repeat("p", 1025), func(u *credential.User) {}, "password", "1 to 1024 bytes"},
		{"change to a taken address", "", func(u *credential.User) { u.ID, u.Email = "usr_amara", "mateo@north.example" }, "email", "another user's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := good
			c.change(&u)
			_, made, err := w.PutUser(t.Context(), u, c.password)
			refuses(t, err, c.field, c.reason)
			if made != "" {
				t.Error("a password was given")
			}
		})
	}
	if users := w.users(t); len(users) != 3 || users[0].Email != "amara@north.example" {
		t.Errorf("after refused ones the users are %v", users)
	}
}

func TestPasswords(t *testing.T) {
	w := settle(t, written(t, mall), 1)
	const right = "correct-horse-battery"
	for _, c := range []struct {
		identifier, password string
		good                 bool
	}{
		{"amara@north.example", right, true},
		{"AMARA@North.example", right, true},
		{"usr_amara", right, true},
		{"amara@north.example", "Correct-horse-battery", false},
		{"amara@north.example", right + " ", false},
		{"amara@north.example", "quiet-harbour-lantern", false}, // another user's
		{"amara@north.example", "", false},
		{"nobody@north.example", right, false},
		{"", "", false},
		{strings.Repeat("x", 1<<20), right, false},
		{"usr_amara", strings.Repeat("x", 1<<20), false},
		{"usr_amara\x00", right, false},
	} {
		u, err := w.CheckPassword(t.Context(), c.identifier, c.password)
		if c.good && (err != nil || u.ID != "usr_amara") || !c.good && (!errors.Is(err, credential.ErrNotFound) || u != nil) {
			t.Errorf("%.40s: got %v, %v", c.identifier, u, err)
		}
	}
}

func TestSetPassword(t *testing.T) {
	w := settle(t, written(t, mall), 1)
	const user = "usr_owen"
	if _, err := w.Open(t.Context(), user, true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.clock.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	refuses(t, w.SetPassword(t.Context(), user, ""), "password", "1 to 1024 bytes")
	refuses(t, w.SetPassword(t.Context(), user, strings.Repeat("p", 1025)), "password", "1 to 1024 bytes")
	if err := w.SetPassword(t.Context(), "nobody", "new"); !errors.Is(err, credential.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	refreshes := func() []credential.Credential {
		list, err := w.Credentials(t.Context(), credential.Filter{Kinds: []credential.Kind{credential.Refresh}, User: user})
		if err != nil || len(list) != 1 {
			t.Fatalf("the refresh tokens are %v, %v", list, err)
		}
		return list
	}
	if c := refreshes()[0]; c.State != credential.Active {
		t.Errorf("before the change the refresh token is %s", c.State)
	}
	if err := w.SetPassword(t.Context(), user, "n"); err != nil {
		t.Fatal(err)
	}
	if c := refreshes()[0]; c.State != credential.Revoked {
		t.Errorf("after the change the refresh token is %s", c.State) // ECOEVENTS-63
	}
	if _, err := w.CheckPassword(t.Context(), user, "orchard-signal-paper"); !errors.Is(err, credential.ErrNotFound) {
		t.Errorf("the old password: %v", err)
	}
	if u, err := w.CheckPassword(t.Context(), user, "n"); err != nil || !u.PasswordAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("the new password: %v, %v", u, err)
	}
	entries, _ := w.Audit(0, 0)
	if last := entries[len(entries)-1]; last.Kind != "change" || last.Name != "password" || last.User != user {
		t.Errorf("the last entry is %v", last)
	}
}

// TestPasswordsThatAreMadeUp: they come from the secret, and stand nowhere in the store.
func TestPasswordsThatAreMadeUp(t *testing.T) {
	contract := written(t, shop)
	one, same, other := settle(t, contract, 1), settle(t, contract, 1), settle(t, contract, 2)
	password := readyValue(t, one.Ready(), "_USER_PASSWORD")
	if !regexp.MustCompile(`^[a-z]{4}-[a-z]{4}-[0-9]{4}$`).MatchString(password) {
		t.Error("the password has another form")
	}
	if password != readyValue(t, same.Ready(), "_USER_PASSWORD") || password == readyValue(t, other.Ready(), "_USER_PASSWORD") {
		t.Error("passwords must be the same for the same secret only")
	}
	if !slices.Equal(one.users(t), same.users(t)) || one.users(t)[0].ID == other.users(t)[0].ID {
		t.Error("users must be the same for the same secret only")
	}
	if _, err := one.CheckPassword(t.Context(), readyValue(t, one.Ready(), "_USER_EMAIL"), password); err != nil {
		t.Error(err)
	}
	_, chosen, err := one.PutUser(t.Context(), credential.User{Name: "A", Email: "a@x.example"}, "")
	if err != nil {
		t.Fatal(err)
	}
	client, secret, err := one.PutClient(t.Context(), credential.Client{Name: "App"})
	if err != nil || client.Public {
		t.Fatal(err)
	}
	for _, text := range []string{password, chosen, secret, readyValue(t, one.Ready(), "_CLIENT_SECRET")} {
		if nowhere(t, one.store, text); text == "" {
			t.Error("a text is missing")
		}
	}
}

func nowhere(t *testing.T, s store.Store, text string) {
	t.Helper()
	records := 0
	err := s.View(t.Context(), func(tx store.Tx) error {
		for key, value := range tx.Scan("credential/", store.Scan{}) {
			if records++; strings.Contains(key, text) || bytes.Contains(value, []byte(text)) {
				t.Errorf("a secret stands in the record %q", key)
			}
		}
		return nil
	})
	if err != nil || records < 5 {
		t.Errorf("%d records were looked at, %v", records, err)
	}
}

// TestUsersAtOnce: of several users with one address one is made, and passwords are checked meanwhile.
func TestUsersAtOnce(t *testing.T) {
	w := settle(t, written(t, mall), 1)
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, _, err := w.PutUser(t.Context(), credential.User{ID: fmt.Sprint("u", i), Name: "N", Email: "same@x.example"}, "pass")
			if err == nil {
				won.Add(1)
			}
			for range 20 {
				if _, err := w.CheckPassword(t.Context(), "usr_amara", "correct-horse-battery"); err != nil {
					t.Error(err)
				}
			}
			if err := w.SetPassword(t.Context(), "usr_mateo", fmt.Sprint("p", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := won.Load(); n != 1 || len(w.users(t)) != 4 {
		t.Errorf("%d were made, users %v", n, w.users(t))
	}
}

func BenchmarkCheckPassword(b *testing.B) {
	w := settle(b, written(b, mall), 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.CheckPassword(b.Context(), "usr_amara", "correct-horse-battery"); err != nil {
			b.Fatal(err)
		}
	}
}
