package control

import (
	"errors"
	"net/http"

	"understudy/mock/credential"
)

// Clients is the answer of GET /contracts/{contract}/clients.
type Clients struct {
	Clients []credential.Client `json:"clients"`
}

// A NewClient is a client with its secret, which is shown this once.
type NewClient struct {
	credential.Client
	Secret string `json:"secret,omitempty"` // of a confidential client
}

func listClients(c *call) error {
	list, err := c.registry().Clients(c.Context())
	if err != nil {
		return err
	}
	return c.answer(Clients{append([]credential.Client{}, list...)})
}

// clientRequest is the body of POST /contracts/{contract}/clients.
type clientRequest struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Public    bool     `json:"public"`
	Redirects []string `json:"redirects"`
	Loopback  bool     `json:"loopback"`
	Grants    []string `json:"grants"`
	Scopes    []string `json:"scopes"`
	Keys      string   `json:"keys"`
	Account   string   `json:"account"`
}

func createClient(c *call) error {
	var q clientRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if q.ID != "" {
		switch _, err := c.registry().Client(c.Context(), q.ID); {
		case err == nil:
			return taken("client", q.ID)
		case !errors.Is(err, credential.ErrNotFound):
			return err
		}
	}
	client, secret, err := c.registry().PutClient(c.Context(), credential.Client{
		ID: q.ID, Name: q.Name, Public: q.Public, Redirects: q.Redirects, Loopback: q.Loopback,
		Grants: q.Grants, Scopes: q.Scopes, Keys: q.Keys, Account: q.Account,
	})
	if err != nil {
		return sent.denied(err, "client", q.ID)
	}
	return c.created(NewClient{Client: client, Secret: secret})
}

func deleteClient(c *call) error {
	id := c.PathValue("id")
	if err := c.registry().DeleteClient(c.Context(), id); err != nil {
		return members(nil).denied(err, "client", id)
	}
	c.response.WriteHeader(http.StatusNoContent)
	return nil
}

// getSigningKeys answers with the public keys as a JWK Set (RFC 7517, 5).
func getSigningKeys(c *call) error {
	set, err := c.registry().KeySet(c.Context())
	if err != nil {
		return err
	}
	sendBytes(c.response, http.StatusOK, "application/jwk-set+json", set)
	return nil
}

func rotateSigningKeys(c *call) error {
	if err := c.registry().RotateSigningKeys(c.Context()); err != nil {
		return err
	}
	return getSigningKeys(c)
}

// A ReadyCredential is an environment line of what exists from the start. The management API shows its value.
type ReadyCredential struct {
	Env    string `json:"env"`
	Value  string `json:"value"`
	Class  string `json:"class,omitempty"` // empty for what is no credential of an operation: passwords, client ids
	Secret bool   `json:"secret"`          // logs and reports must not show the value
}

// ReadyCredentials is the answer of GET /contracts/{contract}/ready-credentials.
type ReadyCredentials struct {
	Credentials []ReadyCredential `json:"credentials"`
}

func listReady(c *call) error {
	answer := ReadyCredentials{Credentials: []ReadyCredential{}}
	for _, one := range c.server.Ready() {
		answer.Credentials = append(answer.Credentials, ReadyCredential{Env: one.Env, Value: one.Value, Class: one.Class, Secret: one.Secret})
	}
	return c.answer(answer)
}
