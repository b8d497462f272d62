package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock/resource"
)

// The sizes of bodies in bytes.
const (
	maxItem   = 10 << 20
	maxImport = 256 << 20
)

// The number of items that a page of a collection holds: when the caller does not say, and at most.
const (
	defaultItems = 100
	mostItems    = 10_000
)

// A State is a contract's collections.
type State struct {
	Collections []resource.Summary `json:"collections"`
}

// A Page is some of the items of a collection.
type Page struct {
	Items []resource.Item `json:"items"` // in the order of their creation, the oldest first
	Total int             `json:"total"` // how many there are
}

// A Dump is all items of a contract, which can be imported again.
type Dump struct {
	Items []resource.Item `json:"items"`
}

func listCollections(c *call) error {
	items, err := c.items()
	if err != nil {
		return err
	}
	list, err := items.Summaries(c.Context())
	if err != nil {
		return err
	}
	return c.answer(State{Collections: list})
}

// items gives the items that the parameters account and environment mean, for collections that keep those apart. Names
// that nobody has are refused: a world of items would be made for them.
func (c *call) items() (*resource.Resources, error) {
	all, account, environment := c.server.Resources(), c.query["account"], c.query["environment"]
	if account == "" && environment == "" {
		return all, nil
	}
	if account != "" {
		if _, err := c.registry().Account(c.Context(), account); err != nil {
			return nil, members(nil).denied(err, "account", account)
		}
	}
	if known := c.registry().Environments(); environment != "" && !slices.Contains(known, environment) {
		return nil, badParameter("environment=%.100q: the contract's credentials name no such environment. They name: %s.", environment, strings.Join(known, ", "))
	}
	return all.In(account, environment), nil
}

// collection finds what the parameters name.
func (c *call) collection() (*inference.Collection, map[string]string, error) {
	name, err := c.query.required("collection", "%s=PATH, as in the contract's list of collections")
	if err != nil {
		return nil, nil, err
	}
	found := c.server.Model().Collection(name)
	if found == nil {
		var known []string
		for _, k := range c.server.Model().Collections {
			if known = append(known, k.Path); len(known) == 20 {
				known = append(known, "…")
				break
			}
		}
		return nil, nil, problem(http.StatusNotFound, "collection_not_found", "There is no collection %.100q. Known are: %s.", name, strings.Join(known, ", "))
	}
	scope := c.query.object("scope")
	for name := range scope {
		if !slices.ContainsFunc(found.Scope, func(p inference.ScopeParameter) bool { return p.Name == name }) {
			return nil, nil, badParameter("scope[%.100s]: the path %s has no such parent.", name, found.Path)
		}
	}
	return found, scope, nil
}

// item finds the item that the parameters name.
func (c *call) item(mayLackID bool) (*inference.Collection, map[string]string, string, error) {
	collection, scope, err := c.collection()
	if err != nil {
		return nil, nil, "", err
	}
	for _, p := range collection.Scope {
		if _, ok := scope[p.Name]; !ok {
			return nil, nil, "", badParameter("The items of %s belong to parents: add scope[%s]=VALUE.", collection.Path, p.Name)
		}
	}
	id := c.query["id"]
	if id == "" && !collection.Singleton && !mayLackID {
		_, err = c.query.required("id", "%s=ID of the item")
	}
	return collection, scope, id, err
}

func listItems(c *call) error {
	collection, scope, err := c.collection()
	if err != nil {
		return err
	}
	offset, err := c.query.number("offset", 0, 0, 1<<31)
	if err != nil {
		return err
	}
	limit, err := c.query.number("limit", defaultItems, 1, mostItems)
	if err != nil {
		return err
	}
	world, err := c.items()
	if err != nil {
		return err
	}
	items, err := world.Items(c.Context(), collection, scope)
	if err != nil {
		return err
	}
	if text := strings.ToLower(c.query["text"]); text != "" {
		items = slices.DeleteFunc(items, func(i resource.Item) bool {
			return !strings.Contains(strings.ToLower(i.ID), text) && !strings.Contains(strings.ToLower(string(i.Value)), text)
		})
	}
	total := len(items)
	first := min(int(offset), total)
	return c.answer(Page{Items: items[first:min(first+int(limit), total)], Total: total})
}

func getItem(c *call) error {
	collection, scope, id, err := c.item(false)
	if err != nil {
		return err
	}
	items, err := c.items()
	if err != nil {
		return err
	}
	item, err := items.Item(c.Context(), collection, scope, id)
	if err != nil {
		return refusal(err)
	}
	return c.answer(item)
}

func putItem(c *call) error {
	collection, scope, id, err := c.item(true)
	if err != nil {
		return err
	}
	items, err := c.items()
	if err != nil {
		return err
	}
	body, err := c.body(maxItem)
	if err != nil {
		return err
	}
	value, err := schema.ParseJSON(body)
	if err != nil {
		return problem(http.StatusBadRequest, "malformed_body", "The body is not JSON: %v.", err)
	}
	if p := misfit(collection, value); p != nil {
		return p
	}
	item, err := items.Put(c.Context(), collection, scope, id, value)
	if err != nil {
		return refusal(err)
	}
	return c.answer(item)
}

// misfit says which members of a value break the collection's schema; nil when none does. Missing members are no
// fault, they are made up. Nor is a choice (anyOf, oneOf, not) that the value does not fit yet: what is made up may
// decide it.
func misfit(collection *inference.Collection, value any) *Problem {
	if collection.Item == nil || collection.Item.Valid(value, schema.Response) {
		return nil
	}
	var list []Violation
	for _, v := range collection.Item.Check(value, schema.Response) {
		switch v.Keyword {
		case "required", "dependentRequired", "minProperties", "anyOf", "oneOf", "not":
			continue
		}
		list = append(list, Violation{In: "body", Pointer: v.Pointer, Keyword: v.Keyword, Want: v.Want, Got: v.Got, At: placeOf(v.At)})
	}
	if list == nil {
		return nil
	}
	p := problem(http.StatusUnprocessableEntity, "item_does_not_fit", "The item does not fit the schema of %s.", collection.Path)
	p.Violations = list
	return p
}

func deleteItem(c *call) error {
	collection, scope, id, err := c.item(false)
	if err != nil {
		return err
	}
	items, err := c.items()
	if err != nil {
		return err
	}
	if err := items.Remove(c.Context(), collection, scope, id); err != nil {
		return refusal(err)
	}
	c.response.WriteHeader(http.StatusNoContent)
	return nil
}

func resetState(c *call) error {
	if err := c.server.Reset(c.Context()); err != nil {
		return err
	}
	return listCollections(c)
}

func exportState(c *call) error {
	items, err := c.server.Resources().Export(c.Context())
	if err != nil {
		return err
	}
	return c.answer(Dump{Items: items})
}

func importState(c *call) error {
	body, err := c.body(maxImport)
	if err != nil {
		return err
	}
	var dump Dump
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err = decoder.Decode(&dump); err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = errors.New("something follows behind it")
		} else if dump.Items == nil {
			err = errors.New("it has no items")
		}
	}
	if err != nil {
		return problem(http.StatusBadRequest, "malformed_body", "The body is not what an export gives, {\"items\": [...]}: %v.", err)
	}
	if err := c.server.Resources().Import(c.Context(), dump.Items); err != nil {
		return refusal(err)
	}
	return listCollections(c)
}

// refusal translates what the state refused; other errors stay what they are.
func refusal(err error) error {
	var notFound *resource.NotFoundError
	var conflict *resource.ConflictError
	var request *resource.RequestError
	switch {
	case errors.As(err, &notFound):
		return problem(http.StatusNotFound, "item_not_found", "%s.", capital(err))
	case errors.As(err, &conflict):
		return problem(http.StatusConflict, "conflict", "%s.", capital(err))
	case errors.As(err, &request):
		return problem(http.StatusBadRequest, "bad_request", "%s.", capital(err))
	}
	return fmt.Errorf("change the state: %w", err)
}

func capital(err error) string {
	text := strings.TrimSuffix(err.Error(), ".")
	if text == "" {
		return "It was refused"
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
