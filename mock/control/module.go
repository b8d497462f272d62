package control

import (
	"errors"
	"net/http"

	"understudy/mock"
	"understudy/mock/credential"
)

// A Module is a part of a contract that can be switched off.
type Module struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	On          bool     `json:"on"`
	Operations  []string `json:"operations"` // ids; while it is off they answer 404
}

// Modules is the answer of GET /contracts/{contract}/modules.
type Modules struct {
	Modules []Module `json:"modules"`
}

func modulesOf(c *call) []Module {
	list := []Module{}
	for _, m := range c.server.Modules() {
		list = append(list, Module{Name: m.Name, Description: m.Description, On: m.On, Operations: m.Operations})
	}
	return list
}

func listModules(c *call) error { return c.answer(Modules{Modules: modulesOf(c)}) }

// putModule switches a module.
func putModule(c *call) error {
	var q struct {
		On *bool `json:"on"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if q.On == nil {
		return sent.misfit(&credential.RequestError{Field: "on", Reason: "must be true or false"})
	}
	name := c.PathValue("module")
	if err := c.server.SwitchModule(name, *q.On); errors.Is(err, mock.ErrNoModule) {
		return problem(http.StatusNotFound, "module_not_found", "The contract has no module %.100q.", name)
	} else if err != nil {
		return err
	}
	for _, m := range modulesOf(c) {
		if m.Name == name {
			return c.answer(m)
		}
	}
	return internalError()
}
