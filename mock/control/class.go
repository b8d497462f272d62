package control

import (
	"errors"
	"net/http"
	"time"

	"understudy/mock/credential"
)

// A Class is a kind of credential that the contract has, or that was made up for a security scheme of which it says nothing.
type Class struct {
	Name     string          `json:"name"`
	Kind     credential.Kind `json:"kind"`
	Scheme   string          `json:"scheme,omitempty"` // key of the security scheme that it satisfies
	Env      string          `json:"env,omitempty"`    // environment line under which one is ready from the start
	Provider bool            `json:"provider"`         // the identity provider issues it
	Invented bool            `json:"invented"`         // the contract says nothing of it
	Lifetime string          `json:"lifetime,omitempty"`
	// Changed says that the lifetime is not what the contract says.
	Changed     bool     `json:"changed"`
	Environment string   `json:"environment,omitempty"`
	Scopes      []string `json:"scopes,omitempty"` // that there are; none: any text will do
	OneScope    bool     `json:"one_scope"`        // a credential has exactly one of them
	Cookie      string   `json:"cookie,omitempty"` // name of the one that carries it
}

// Classes is the answer of GET /contracts/{contract}/credential-classes.
type Classes struct {
	Classes []Class `json:"classes"` // in the contract's order, those that were made up last
}

func classOf(r *credential.Registry, c *credential.Class) Class {
	life, changed := r.Life(c)
	one := Class{Name: c.Name, Kind: credential.Kind(c.Kind), Scheme: c.Scheme, Env: c.Env, Provider: c.Provider != "", Invented: c.Invented, Changed: changed,
		Environment: c.Environment, Scopes: c.Scopes, OneScope: c.OneScope(), Cookie: c.CookieName()}
	if life > 0 {
		one.Lifetime = shortDuration(life)
	}
	return one
}

func listClasses(c *call) error {
	answer := Classes{Classes: []Class{}}
	for _, class := range c.registry().Classes() {
		answer.Classes = append(answer.Classes, classOf(c.registry(), class))
	}
	return c.answer(answer)
}

// changeClass changes how long what is issued of a class lives from now on.
func changeClass(c *call) error {
	var q struct {
		Lifetime *string `json:"lifetime"` // length of time; null: as the contract says
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if _, given := sent["lifetime"]; !given {
		return problem(http.StatusBadRequest, "malformed_body", "Send lifetime: a length of time, or null for what the contract says.")
	}
	r, name := c.registry(), c.PathValue("class")
	class := r.Class(name)
	if class == nil {
		return problem(http.StatusNotFound, "class_not_found", "The contract has no class of credentials %.100q.", name)
	}
	var life *time.Duration
	if q.Lifetime != nil {
		d, err := parseDuration(*q.Lifetime)
		if err != nil {
			return sent.misfit(&credential.RequestError{Field: "lifetime", Reason: err.Error()})
		}
		life = &d
	}
	var wrong *credential.RequestError
	if err := r.SetLife(name, life); errors.As(err, &wrong) {
		return sent.misfit(wrong)
	} else if err != nil {
		return err
	}
	return c.answer(classOf(r, class))
}
