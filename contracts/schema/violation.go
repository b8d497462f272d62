package schema

// A Violation is one way in which a value breaks its schema.
type Violation struct {
	Pointer string   // JSON Pointer into the value; empty is the value itself
	Keyword string   // the schema keyword that is broken: "minLength", "required", "type" ...
	Want    string   // what the schema asks for, readable: "at least 8 characters"
	Got     string   // what came, shortened to 80 bytes and never a whole body: `7 characters`
	Limit   string   // the bare limit, for message templates: "8"; the property name for required; the format's name
	At      Location // where the keyword stands in the document
}
