package arazzo

import (
	"time"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// A Document is one Arazzo document, read and verified. It is read-only and safe for concurrent use. Reusable Objects are
// resolved: where a list holds one, the component stands in its place, with the value that the reference gives it.
type Document struct {
	At         Position
	Arazzo     string // the version as it is written: "1.0.1"
	Version    Version
	Self       string // $self; empty: the document does not name itself
	Info       Info
	Sources    []*Source
	Workflows  []*Workflow // in the order of the file
	Components Components
	Extension  Extension      // x-understudy
	Extensions map[string]any // the other x- fields
	Warnings   Problems       // what is doubtful but allowed

	root *yaml.Node
}

// Workflow gives the workflow with an id, or nil.
func (d *Document) Workflow(id string) *Workflow {
	for _, w := range d.Workflows {
		if w.ID == id {
			return w
		}
	}
	return nil
}

// Source gives the source description with a name, or nil.
func (d *Document) Source(name string) *Source {
	for _, s := range d.Sources {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Info is the Info Object.
type Info struct {
	At                                   Position
	Title, Version, Summary, Description string
	Extensions                           map[string]any
}

// A Source is a Source Description Object.
type Source struct {
	At         Position
	Name       string
	URL        string // a URI reference, relative to $self or to where the document was read from
	Type       string // openapi, arazzo; empty: the document does not say
	Extensions map[string]any
}

// Components is the Components Object. Parameters and actions that are used stand resolved where they are used.
type Components struct {
	At             Position
	Inputs         map[string]any // JSON Schemas
	Parameters     map[string]*Parameter
	SuccessActions map[string]*Action
	FailureActions map[string]*Action
	Extensions     map[string]any
}

// A Workflow is a Workflow Object.
type Workflow struct {
	At                       Position
	ID, Summary, Description string
	// Inputs is the JSON Schema (2020-12) of the inputs; nil: the workflow states none. A $ref into #/components/inputs is
	// kept; InputSchema of the Document follows it.
	Inputs     any
	InputsNode *yaml.Node // the same as nodes, with lines; nil: none
	InputsAt   Position
	// Schema is Inputs compiled, references followed: Schema.Check(inputs, schema.Request) judges inputs. nil: there are none.
	Schema     *schema.Schema
	DependsOn  []Reference
	Steps      []*Step
	Parameters []*Parameter // for all steps; Step.EffectiveParameters merges
	// SuccessActions and FailureActions are those for all steps; the methods of Step merge.
	SuccessActions, FailureActions []*Action
	Outputs                        []Output // in the order of the file
	Extension                      Extension
	Extensions                     map[string]any
}

// Step gives the step with an id, or nil.
func (w *Workflow) Step(id string) *Step {
	for _, s := range w.Steps {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// Output gives the output with a name, or nil.
func (w *Workflow) Output(name string) *Output { return findOutput(w.Outputs, name) }

// A Step is a Step Object that calls an operation or a workflow.
type Step struct {
	At              Position
	ID, Description string
	// Exactly one of Operation and Workflow is not nil.
	Operation       *Reference
	Workflow        *Reference
	Parameters      []*Parameter // the step's own; EffectiveParameters adds those of the workflow
	RequestBody     *RequestBody // nil: none
	SuccessCriteria []*Criterion // all must hold; empty: the step has none and succeeds when its call is answered
	OnSuccess       []*Action    // the step's own
	OnFailure       []*Action
	Outputs         []Output
	Timeout         time.Duration // Arazzo 1.1; 0: none
	DependsOn       []StepReference
	Extension       Extension
	Extensions      map[string]any

	workflow *Workflow
	index    int
	after    []int // steps of the same workflow that must come before, by what is read of them or by dependsOn
}

// Output gives the output with a name, or nil.
func (s *Step) Output(name string) *Output { return findOutput(s.Outputs, name) }

func findOutput(outputs []Output, name string) *Output {
	for i := range outputs {
		if outputs[i].Name == name {
			return &outputs[i]
		}
	}
	return nil
}

// A Reference names an operation or a workflow.
type Reference struct {
	At     Position
	Text   string // as it was written
	Source string // name of the source description; empty: this document, or the only source that is no Arazzo document
	ID     string // operationId or workflowId; empty where Pointer is set
	// Pointer is the JSON Pointer of an operationPath: /paths/~1pets/get.
	Pointer string
}

// A StepReference is an entry of a step's dependsOn.
type StepReference struct {
	At       Position
	Source   string // name of an Arazzo source; empty: this document
	Workflow string // empty: the same workflow
	Step     string
}

// A Parameter is a Parameter Object.
type Parameter struct {
	At         Position
	Name       string
	In         string // path, query, querystring, header, cookie; empty: an input of the called workflow
	Value      *Template
	Reference  string // the component that it comes from; empty: it is written here
	Extensions map[string]any

	wrong bool // in was reported
}

// An Action is a Success Action Object or a Failure Action Object.
type Action struct {
	At         Position
	Name       string
	Type       string     // end, goto; retry in failure actions
	Workflow   *Reference // where to go, or what to run before a retry; nil: none
	StepID     string     // the same, a step of the current workflow; empty: none
	Parameters []*Parameter
	RetryAfter time.Duration // before a retry; a Retry-After of the response goes before it
	// RetryLimit is how often to retry: 1 where the document does not say (Arazzo 1.0.1, Failure Action Object).
	RetryLimit int
	Criteria   []*Criterion // all must hold; empty: always
	Reference  string       // the component that it comes from; empty: it is written here
	Extensions map[string]any
}

// An Output is one entry of an outputs map.
type Output struct {
	At    Position
	Name  string
	Value *Template
}

// A RequestBody is a Request Body Object. Render makes the body of it.
type RequestBody struct {
	At           Position
	ContentType  string    // empty: as the operation has it
	Payload      *Template // nil: none
	Replacements []*Replacement
	Extensions   map[string]any
}
