// Package inference understands a contract: which collections of items it has, what names an item, and what each
// operation does to which collection, why and how sure that is.
//
// It says nothing of any one server. The stand-in keeps items by it, and the judge knows by it which item an answer
// must show. Infer makes a Model; nothing changes it afterwards, so that any number may read it at once.
package inference

import (
	"understudy/contracts"
	"understudy/contracts/schema"
)

// A Role is what an operation does to a collection.
type Role string

// The roles. A singleton is read, replaced and changed by the same roles as an item.
const (
	None     Role = "none"     // answered from examples, then from the schema
	Create   Role = "create"   // adds an item
	List     Role = "list"     // shows a page of the items
	Read     Role = "read"     // shows one item
	Update   Role = "update"   // changes some members (PATCH, or POST on an item)
	Replace  Role = "replace"  // writes the whole item (PUT)
	Delete   Role = "delete"   // removes an item
	Clear    Role = "clear"    // removes all items of a collection (DELETE on a collection)
	Action   Role = "action"   // does something with one item and shows it or a result
	Upload   Role = "upload"   // takes bytes and makes or fills an item
	Download Role = "download" // gives the bytes back
)

// A Collection is a set of items of one kind, or a singleton.
type Collection struct {
	Path      string // template of the collection's path: "/repos/{owner}/{repo}/issues"; for a singleton its own path
	Name      string // last literal segment: "issues"
	Singleton bool   // exactly one item for each parent

	// Item is the schema of a whole item: of the richest answer that shows one. Nil where no answer shows one.
	Item *schema.Schema
	// ID says where an item's id is.
	ID ID
	// Parent is the collection whose items this one's items belong to; nil at the top.
	Parent *Collection
	// Scope lists the path parameters before the item's own, in order: they separate one parent's children
	// from another's. A parameter that no collection owns ("/{tenant}/things") still separates.
	Scope []ScopeParameter

	Unique []string // properties whose values no two items of one scope share
	Newest bool     // lists show the newest item first
	Count  int      // items made up at the start
	// Partition says what separates its items beside the scope.
	Partition Partition
	// States and Derive are the behaviour's words about the items' states, and about the members that follow from others.
	States *contracts.StateMachine
	Derive map[string]*contracts.Derivation

	Bindings []*Binding // every operation that works on the collection, in the order of the document
	Examples []any      // whole items taken from the document's examples, for the start
	Seeds    []any      // items that x-understudy seed names

	// Confidence is between 0 and 1: how sure the inference is that this is a collection.
	Confidence float64
	Reasons    []string // short sentences, most important first
}

// A Partition says whose data a collection keeps apart. The zero value: everybody's are the same.
type Partition struct{ Account, Environment bool }

// Separates says whether it keeps anything apart.
func (p Partition) Separates() bool { return p != Partition{} }

// An ID says which value names an item.
type ID struct {
	Params   []string       // path parameters of the item, in order; usually one; several for "/repos/{owner}/{repo}"; where no path names an item, the query parameter that does ("GET /animal?uid=1")
	Property string         // member of the item that holds the last parameter's value: "id", "number", "login"; a JSON Pointer when it begins with "/" ("/metadata/name"); "" when the item does not show it
	Others   []string       // for several Params: JSON Pointers into the item for all but the last ("/owner/login"), "" where unknown
	Schema   *schema.Schema // of the id: the path parameter's and the property's, the tighter one
	Prefix   string         // of ids in the document's examples and patterns: "cus_"; "" when none is seen
	Server   bool           // the server chooses the id; false where the client sends it (PUT to a new id, name in the body)
}

// A ScopeParameter is one path parameter that separates collections.
type ScopeParameter struct {
	Name       string
	Collection *Collection // whose item it names; nil when it belongs to none
	Property   string      // member of this collection's items that holds its value ("customer_id"), or a JSON Pointer when it begins with "/"; "" when none does
}

// A Binding says what one operation does.
type Binding struct {
	Operation  *contracts.Operation
	Role       Role
	Collection *Collection // nil for None

	// Response is the answer that is given when all goes well, Media its content of choice (nil: no body).
	Response *contracts.Response
	Media    *contracts.MediaType
	// Item is the JSON Pointer in the answer's body to the item (or to the list of items): "" is the body itself,
	// "/data", "/droplet". Shown is the schema found there (of one item, also in lists).
	Item  string
	Shown *schema.Schema
	// Shows says that the answer shows the item or items at all; false for 204, and for answers about something else.
	Shows bool
	// Array says that one item is shown or taken as a list of one (Xero: {"Contacts":[{…}]}).
	Array bool
	// Input is the JSON Pointer in the request body to the item's members; "" is the body itself.
	Input string
	// InputArray says that the request holds a list of items at Input.
	InputArray bool

	// ItemParams are the operation's path parameters that name the item, aligned with Collection.ID.Params;
	// ScopeParams those that name its parents, aligned with Collection.Scope. An empty name is a parameter
	// that this operation's path lacks (an alias such as "/user/repos" for "/repos/{owner}/{repo}"; the id is
	// then in the body, where there is one). An item's parameter is one of the query where the path has none.
	ItemParams  []string
	ScopeParams []string

	Page    *Paging
	Filters []Filter
	Sort    *Sorting
	Search  []SearchParameter

	Set      map[string]any // members that the operation sets on the item, by name or JSON Pointer; "{now}", "{now+30m}", "{item.total}" and "{path.customer}" are filled in
	Requires map[string]any // members that the item must have
	Fill     map[string]any // members of the answer that are set or copied from the request
	Patch    PatchKind
	takes    map[string]bool // see Takes

	Confidence float64
	Reasons    []string
	// Override is the overlay action that would change the decision, as YAML, ready to paste.
	Override string
}

// A PatchKind says how an update's body changes the item.
type PatchKind int

const (
	Merge     PatchKind = iota // RFC 7396, also for plain JSON and form bodies
	JSONPatch                  // RFC 6902; chosen by the request's media type as well
)

// Paging says how a list is cut into pages.
type Paging struct {
	Style    PageStyle
	Page     string // query parameters; "" where the style has none
	Offset   string
	Limit    string
	Cursor   string // cursor, after, starting_after, page_token, marker …
	Before   string // ending_before …
	First    int    // number of the first page: 1, or 0
	Size     int    // when the client does not say
	Max      int    // 0: the schema's maximum, or none
	ByItem   bool   // the cursor is an item's id (Stripe) and not an opaque text
	Link     bool   // the document declares a Link header
	Total    string // JSON Pointers in the answer's body; "" where there is none
	Pages    string
	Next     string
	Previous string
	Here     string // the link to the page itself that stands beside them
	More     string
	Self     map[string]string // JSON Pointer → query parameter whose effective value stands there: {"/page": "page"}
	URLs     bool              // Next and Previous are URLs, not cursors or numbers
}

// A PageStyle is how a list is cut into pages.
type PageStyle string

// The page styles.
const (
	NoPages     PageStyle = ""
	PageNumber  PageStyle = "page"
	PageOffset  PageStyle = "offset"
	PageCursor  PageStyle = "cursor"
	PageLimited PageStyle = "limit" // only a size
)

// A Filter keeps the items whose property compares with a query parameter.
type Filter struct {
	Param    string
	Property string // member, or JSON Pointer when it begins with "/"
	Op       FilterOp
	Key      string // for a deepObject parameter, the member of it: created[gte] has Key "gte"
	Any      string // value of Param that keeps every item although no item has it: "all"; "" when there is none
	Path     bool   // Param is a path parameter: {org} of a list at "/orgs/{org}/repos" that shows items of "/repos"
}

// A FilterOp compares an item's property with a parameter's value.
type FilterOp string

// The comparisons.
const (
	Equals    FilterOp = "eq" // an array parameter: any of; an array property: contains
	Contains  FilterOp = "contains"
	AtLeast   FilterOp = "gte"
	AtMost    FilterOp = "lte"
	More      FilterOp = "gt"
	Less      FilterOp = "lt"
	NotEquals FilterOp = "ne"
)

// A SearchParameter is a free-text query parameter that looks into properties.
type SearchParameter struct {
	Param      string
	Properties []string // empty: every string member
}

// Sorting says how a list is ordered by query parameters.
type Sorting struct {
	By         string            // parameter that names the property: "sort", "order_by", "sortBy"
	Direction  string            // parameter with asc or desc; "" when the sign or suffix of By says it
	Properties map[string]string // accepted value in lower case, without sign or suffix → property; empty: any property by its name
	Default    string            // value of By when the client does not say; "" keeps the order of creation
	Descending bool              // by default
}

// A Model is what was inferred of a contract.
type Model struct {
	Contract    *contracts.Contract
	Collections []*Collection // parents before children, otherwise in the order of the document
	bindings    map[*contracts.Operation]*Binding
}

// Binding gives what an operation does. It is never nil for an operation of the contract.
func (m *Model) Binding(o *contracts.Operation) *Binding { return m.bindings[o] }

// Collection finds a collection by its path, or by its name where that is unique. It is nil when there is none.
func (m *Model) Collection(name string) *Collection {
	var found *Collection
	for _, c := range m.Collections {
		if c.Path == name {
			return c
		}
		if c.Name == name {
			if found != nil {
				return nil
			}
			found = c
		}
	}
	return found
}

// Paths gives the paths of all collections, parents before children.
func (m *Model) Paths() []string {
	var list []string
	for _, c := range m.Collections {
		list = append(list, c.Path)
	}
	return list
}

// Takes says whether a member of an action's body becomes the item's member of that name. Only actions are judged so:
// for every other role it is false.
func (b *Binding) Takes(name string) bool { return b.takes[name] }

// ItemName is the name of the schema of the collection's items, as the document has it; "" where it has none.
func (c *Collection) ItemName() string { return called(c.Item, "") }
