package control

import (
	"errors"
	"net/http"

	"understudy/mock/credential"
)

// Accounts is the answer of GET /contracts/{contract}/accounts.
type Accounts struct {
	Accounts []credential.Account `json:"accounts"`
}

// Users is the answer of GET /contracts/{contract}/users.
type Users struct {
	Users []credential.User `json:"users"`
}

// A NewUser is a user with the password, where that was made up: it is shown this once.
type NewUser struct {
	credential.User
	Password string `json:"password,omitempty"`
}

func listAccounts(c *call) error {
	list, err := c.registry().Accounts(c.Context())
	if err != nil {
		return err
	}
	return c.answer(Accounts{append([]credential.Account{}, list...)})
}

func getAccount(c *call) error {
	id := c.PathValue("id")
	account, err := c.registry().Account(c.Context(), id)
	if err != nil {
		return members(nil).denied(err, "account", id)
	}
	return c.answer(account)
}

// accountRequest is the body that makes or changes an account. Which one it is, the path may say.
type accountRequest struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Plan string `json:"plan"`
}

func createAccount(c *call) error {
	var q accountRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if q.ID != "" {
		switch _, err := c.registry().Account(c.Context(), q.ID); {
		case err == nil:
			return taken("account", q.ID)
		case !errors.Is(err, credential.ErrNotFound):
			return err
		}
	}
	account, err := c.registry().PutAccount(c.Context(), credential.Account{ID: q.ID, Name: q.Name, Plan: q.Plan})
	if err != nil {
		return sent.denied(err, "account", q.ID)
	}
	return c.created(account)
}

func putAccount(c *call) error {
	var q accountRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	id, err := c.named(q.ID)
	if err != nil {
		return err
	}
	_, err = c.registry().Account(c.Context(), id)
	isNew := errors.Is(err, credential.ErrNotFound)
	if err != nil && !isNew {
		return err
	}
	account, err := c.registry().PutAccount(c.Context(), credential.Account{ID: id, Name: q.Name, Plan: q.Plan})
	if err != nil {
		return sent.denied(err, "account", id)
	}
	if isNew {
		return c.created(account)
	}
	return c.answer(account)
}

// named gives the id in the path, with which one in the body must agree.
func (c *call) named(id string) (string, error) {
	if named := c.PathValue("id"); id == "" || id == named {
		return named, nil
	}
	return "", problem(http.StatusBadRequest, "malformed_body", "The body's id is another one than the path's: leave it out.")
}

func taken(noun, id string) *Problem {
	return problem(http.StatusConflict, "conflict", "There is a %s %.100q already.", noun, id)
}

func listUsers(c *call) error {
	list, err := c.registry().Users(c.Context())
	if err != nil {
		return err
	}
	answer, account := Users{Users: []credential.User{}}, c.query["account"]
	for _, u := range list {
		if account == "" || u.Account == account {
			answer.Users = append(answer.Users, u)
		}
	}
	return c.answer(answer)
}

func getUser(c *call) error {
	id := c.PathValue("id")
	user, err := c.registry().User(c.Context(), id)
	if err != nil {
		return members(nil).denied(err, "user", id)
	}
	return c.answer(user)
}

// userRequest is the body that makes or changes a user. Which one it is, the path may say.
type userRequest struct {
	ID       string `json:"id"`
	Account  string `json:"account"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Role     string `json:"role"`
	Password string `json:"password"`
}

func (q *userRequest) user(id string) credential.User {
	return credential.User{ID: id, Account: q.Account, Name: q.Name, Email: q.Email, Role: q.Role}
}

func createUser(c *call) error {
	var q userRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if q.ID != "" {
		switch _, err := c.registry().User(c.Context(), q.ID); {
		case err == nil:
			return taken("user", q.ID)
		case !errors.Is(err, credential.ErrNotFound):
			return err
		}
	}
	user, password, err := c.registry().PutUser(c.Context(), q.user(q.ID), q.Password)
	if err != nil {
		return sent.denied(err, "user", q.ID)
	}
	return c.created(NewUser{User: user, Password: password})
}

func putUser(c *call) error {
	var q userRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	id, err := c.named(q.ID)
	if err != nil {
		return err
	}
	_, err = c.registry().User(c.Context(), id)
	isNew := errors.Is(err, credential.ErrNotFound)
	if err != nil && !isNew {
		return err
	}
	user, password, err := c.registry().PutUser(c.Context(), q.user(id), q.Password)
	if err != nil {
		return sent.denied(err, "user", id)
	}
	if isNew {
		return c.created(NewUser{User: user, Password: password})
	}
	return c.answer(NewUser{User: user, Password: password})
}

func setPassword(c *call) error {
	var q struct {
		Password string `json:"password"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	id := c.PathValue("id")
	if err := c.registry().SetPassword(c.Context(), id, q.Password); err != nil {
		return sent.denied(err, "user", id)
	}
	return getUser(c)
}
