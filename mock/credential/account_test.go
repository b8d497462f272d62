package credential_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/credential"
	"understudy/mock/store"
)

// noon is where the clocks of these tests stand.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A town is a registry with what it stands on.
type town struct {
	*credential.Registry
	clock *clock.Virtual
	store *store.Memory
}

// written loads a document of a few lines.
func written(t testing.TB, lines string) *contracts.Contract {
	t.Helper()
	file := t.TempDir() + "/openapi.yaml"
	if err := os.WriteFile(file, []byte("openapi: 3.1.0\n"+lines+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return loaded(t, file)
}

func loaded(t testing.TB, source string) *contracts.Contract {
	t.Helper()
	contract, err := contracts.Load(t.Context(), source, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

func settle(t testing.TB, contract *contracts.Contract, secret byte) town {
	t.Helper()
	k, s := clock.New(clock.Options{At: noon, Frozen: true}), store.NewMemory()
	r, err := credential.New(t.Context(), credential.Options{Contract: contract, Store: s, Clock: k, Secret: [32]byte{secret}})
	if err != nil {
		t.Fatal(err)
	}
	return town{r, k, s}
}

const plain = "info: {title: Corner Shop, version: '1'}\npaths: {/a: {get: {responses: {}}}}"

func (w town) accounts(t testing.TB) []credential.Account {
	t.Helper()
	list, err := w.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (w town) users(t testing.TB) []credential.User {
	t.Helper()
	list, err := w.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// refuses asserts that an error says which member is wrong and why.
func refuses(t testing.TB, err error, field, reason string) {
	t.Helper()
	var wrong *credential.RequestError
	if !errors.As(err, &wrong) || wrong.Field != field || !strings.Contains(wrong.Reason, reason) {
		t.Errorf("the error is %v, want it to say %q of %s", err, reason, field)
	}
}

// TestAccountsOfContracts: what the built-in contracts name is there, in their order, and its passwords are good.
func TestAccountsOfContracts(t *testing.T) {
	for _, name := range []string{"ecosire", "echowin", "ecoevents", "eckospace"} {
		t.Run(name, func(t *testing.T) {
			contract := loaded(t, name)
			w := settle(t, contract, 1)
			accounts, users := w.accounts(t), w.users(t)
			if len(accounts) != len(contract.Behaviour.Accounts) || len(accounts) == 0 {
				t.Fatalf("the accounts are %v", accounts)
			}
			for i, a := range contract.Behaviour.Accounts {
				if accounts[i] != (credential.Account{ID: a.ID, Name: a.Name, Plan: a.Plan}) {
					t.Errorf("account %d is %v, want %v", i, accounts[i], a)
				}
				for _, u := range a.Users {
					want := credential.User{ID: u.ID, Account: a.ID, Name: u.Name, Email: u.Email, Role: u.Role, PasswordAt: noon}
					if len(users) == 0 || users[0] != want {
						t.Fatalf("the next users are %v, want %v", users, want)
					}
					users = users[1:]
					if u.Password == "" {
						continue
					}
					if got, err := w.CheckPassword(t.Context(), u.Email, u.Password); err != nil || *got != want {
						t.Errorf("the password of %s: %v, %v", u.ID, got, err)
					}
				}
			}
			if len(users) != 0 {
				t.Errorf("there are also the users %v", users)
			}
		})
	}
}

func TestAccountWhereTheContractNamesNone(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	accounts, users := w.accounts(t), w.users(t)
	if len(accounts) != 1 || accounts[0].Name != "Corner Shop" || !regexp.MustCompile(`^acct_[a-z0-9]{10}$`).MatchString(accounts[0].ID) {
		t.Fatalf("the accounts are %v", accounts)
	}
	if len(users) != 1 || users[0].Name != "Alex Example" || users[0].Email != "alex@example.com" || users[0].Role != "admin" || users[0].Account != accounts[0].ID {
		t.Errorf("the users are %v", users)
	}
}

func TestPutAccount(t *testing.T) {
	w := settle(t, written(t, mall), 1)
	made, err := w.PutAccount(t.Context(), credential.Account{Name: "Second", Plan: "business"})
	if err != nil || !strings.HasPrefix(made.ID, "acct_") || made.Name != "Second" || made.Plan != "business" {
		t.Fatalf("made %v, %v", made, err)
	}
	if _, err := w.PutAccount(t.Context(), credential.Account{ID: "given", Name: "Third"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.PutAccount(t.Context(), credential.Account{ID: "acc_north", Name: "Renamed"}); err != nil {
		t.Fatal(err)
	}
	want := []credential.Account{{ID: "acc_north", Name: "Renamed"}, {ID: "acc_harbor", Name: "Harbor Pilates"}, made, {ID: "given", Name: "Third"}}
	if got := w.accounts(t); !slices.Equal(got, want) {
		t.Errorf("the accounts are %v, want %v in the order of their creation", got, want)
	}
	if got, err := w.Account(t.Context(), "given"); err != nil || *got != want[3] {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := w.Account(t.Context(), "nobody"); !errors.Is(err, credential.ErrNotFound) || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
	for _, c := range []struct {
		account       credential.Account
		field, reason string
	}{
		{credential.Account{}, "name", "must not be empty"},
		{credential.Account{Name: " \t"}, "name", "must not be empty"},
		{credential.Account{Name: "a\nb"}, "name", "control characters"},
		{credential.Account{Name: "\xff"}, "name", "one line of text"},
		{credential.Account{Name: strings.Repeat("x", 201)}, "name", "at most 200 bytes"},
		{credential.Account{Name: "a", Plan: "golden"}, "plan", "must be one of "},
		{credential.Account{Name: "a", ID: "a b"}, "id", "blanks"},
		{credential.Account{Name: "a", ID: "a\x00b"}, "id", "control characters"},
		{credential.Account{Name: "a", ID: strings.Repeat("i", 1<<20)}, "id", "at most 128 bytes"},
	} {
		_, err := w.PutAccount(t.Context(), c.account)
		refuses(t, err, c.field, c.reason)
	}
	if n := len(w.accounts(t)); n != 4 {
		t.Errorf("after refused ones there are %d accounts", n)
	}
}

// TestAccountsAreGivenAway: who changes what the registry gave changes nothing in it.
func TestAccountsAreGivenAway(t *testing.T) {
	w := settle(t, written(t, mall), 1)
	a, _ := w.Account(t.Context(), "acc_north")
	u, _ := w.User(t.Context(), "usr_amara")
	checked, _ := w.CheckPassword(t.Context(), "usr_amara", "correct-horse-battery")
	a.Name, u.Name, checked.Role = "changed", "changed", "changed"
	again, _ := w.Account(t.Context(), "acc_north")
	user, _ := w.User(t.Context(), "usr_amara")
	if again.Name != "Northwind Trading" || user.Name != "Amara Okafor" || user.Role != "admin" {
		t.Errorf("the registry holds %v and %v", again, user)
	}
}

func TestContractsWithFaultyAccounts(t *testing.T) {
	for _, c := range []struct{ name, accounts, want string }{
		{"account twice", "[{id: a, name: A}, {id: a, name: B}]", `accounts[1]: the id "a" is taken`},
		{"user twice", "[{id: a, users: [{id: u, email: a@x.example}, {id: u, email: b@x.example}]}]", `accounts[0].users[1]: the id "u" is taken`},
		{"address twice", "[{id: a, users: [{id: u, email: a@x.example}]}, {id: b, users: [{id: v, email: A@X.example}]}]", `accounts[1].users[0]: email is another user's`},
		{"no address", "[{id: a, users: [{id: u, email: nowhere}]}]", `accounts[0].users[0]: email must be an e-mail address`},
	} {
		t.Run(c.name, func(t *testing.T) {
			contract := written(t, plain+"\nx-understudy: {accounts: "+c.accounts+"}")
			_, err := credential.New(t.Context(), credential.Options{Contract: contract, Store: store.NewMemory()})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestAccountsLeftOut: what a contract leaves out of its accounts and users is made up.
func TestAccountsLeftOut(t *testing.T) {
	w := settle(t, written(t, plain+"\nx-understudy: {accounts: [{users: [{id: Lee}, {email: kim@shop.example}]}, {id: b}]}"), 1)
	accounts, users := w.accounts(t), w.users(t)
	if len(accounts) != 2 || accounts[0].ID == "" || accounts[0].Name != accounts[0].ID || accounts[1].Name != "b" {
		t.Errorf("the accounts are %v", accounts)
	}
	if len(users) != 2 || users[0].Name != "Lee" || users[0].Email != "lee@example.com" || users[1].Name != "kim" || !strings.HasPrefix(users[1].ID, "usr_") {
		t.Errorf("the users are %v", users)
	}
}

// TestResetOfPeople: a reset takes accounts, users, passwords and clients back to what was announced.
func TestResetOfPeople(t *testing.T) {
	w := settle(t, written(t, shop), 7)
	ready, accounts, users := w.Ready(), w.accounts(t), w.users(t)
	clients, err := w.Clients(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.PutAccount(t.Context(), credential.Account{Name: "Another"}); err != nil {
		t.Fatal(err)
	}
	if err := w.SetPassword(t.Context(), users[0].ID, "changed"); err != nil {
		t.Fatal(err)
	}
	if err := w.DeleteClient(t.Context(), clients[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.accounts(t); !slices.Equal(got, accounts) {
		t.Errorf("the accounts are %v, want %v", got, accounts)
	}
	if got := w.users(t); !slices.Equal(got, users) {
		t.Errorf("the users are %v, want %v", got, users)
	}
	if got, err := w.Clients(t.Context()); err != nil || len(got) != len(clients) || got[0].ID != clients[0].ID || got[1].ID != clients[1].ID {
		t.Errorf("the clients are %v, want %v (%v)", got, clients, err)
	}
	if got := w.Ready(); readyValue(t, got, "_USER_PASSWORD") != readyValue(t, ready, "_USER_PASSWORD") {
		t.Error("the first password is another one")
	}
	if _, err := w.CheckPassword(t.Context(), users[0].Email, readyValue(t, ready, "_USER_PASSWORD")); err != nil {
		t.Errorf("the announced password is refused: %v", err)
	}
	if _, good := w.CheckClientSecret(t.Context(), clients[0].ID, readyValue(t, ready, "_CLIENT_SECRET")); !good {
		t.Error("the announced secret is refused")
	}
}

// TestPeopleOfAStoreThatLives: a store that holds accounts is left as it is.
func TestPeopleOfAStoreThatLives(t *testing.T) {
	contract := written(t, shop)
	w := settle(t, contract, 7)
	user := w.users(t)[0]
	if err := w.SetPassword(t.Context(), user.ID, "changed"); err != nil {
		t.Fatal(err)
	}
	again, err := credential.New(t.Context(), credential.Options{Contract: contract, Store: w.store, Clock: w.clock, Secret: [32]byte{7}})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := again.Users(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("the users are %v, %v", list, err)
	}
	if _, err := again.CheckPassword(t.Context(), user.ID, "changed"); err != nil {
		t.Errorf("the changed password is refused: %v", err)
	}
}

// shop is a contract with a login and an identity provider.
const shop = `info: {title: Corner Shop, version: '1'}
components:
  securitySchemes:
    login: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {'goods:read': see goods}}}}
paths:
  /goods: {get: {security: [{login: ['goods:read']}], responses: {}}}
  /login: {post: {x-understudy: {session: login}, responses: {}}}`

// mall is a contract with two accounts and refresh tokens that end with a password.
const mall = `info: {title: Mall, version: '1'}
components:
  securitySchemes:
    login: {type: http, scheme: bearer, bearerFormat: JWT}
paths:
  /goods: {get: {security: [{login: []}], responses: {}}}
x-understudy:
  plans: {free: {}, business: {}}
  credentials:
    - {name: token, kind: jwt, scheme: login, lifetime: 15m}
    - {name: refresh, kind: refresh, lifetime: 24h, endedBy: [password-change]}
  accounts:
    - id: acc_north
      name: Northwind Trading
      plan: free
      users:
        - {id: usr_amara, name: Amara Okafor, email: amara@north.example, password: correct-horse-battery, role: admin}
        - {id: usr_mateo, name: Mateo Rivas, email: mateo@north.example, password: quiet-harbour-lantern, role: member}
    - id: acc_harbor
      name: Harbor Pilates
      users: [{id: usr_owen, name: Owen Marsh, email: owen@harbor.example, password: orchard-signal-paper, role: owner}]`

func readyValue(t testing.TB, list []credential.Ready, ending string) string {
	t.Helper()
	for _, one := range list {
		if strings.HasSuffix(one.Env, ending) {
			return one.Value
		}
	}
	t.Errorf("no line that ends in %s is ready", ending)
	return ""
}
