package scenarios

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"understudy/contracts"

	"go.yaml.in/yaml/v4"
)

// Limits on a file of credentials.
const (
	mostRoster = 1 << 20 // bytes
	mostActors = 1000
)

// A RosterFile is a file of credentials, read. Its schema is docs/schemas/credentials.schema.json.
type RosterFile struct {
	Name   string
	actors []fileActor
}

// A fileActor is one actor of a file, for the contracts that it names; none: for all.
type fileActor struct {
	Actor
	contracts []string
	grants    []*Grant
	line      int
}

// A Grant is a token that has to be obtained before the run, at a token endpoint (RFC 6749, 4.3, 4.4 and 6).
type Grant struct {
	Scheme                  string // key of the security scheme that the token is for
	ClientID, ClientSecret  string
	TokenURL                string // absolute, or relative to the target; empty: the contract's
	Scopes                  []string
	Username, Password      string
	RefreshToken            string
	ClientSecretInBody      bool   // in place of HTTP basic
	file                    string // where it stands
	line                    int
	actor                   string
	hasSecret, hasBasicUser bool
}

// ReadRoster reads a file of credentials, YAML or JSON. name is what messages call it. getenv gives the variables that stand
// in it as ${NAME}; false says that one is not set, which is an error. Errors name file and line and hold no secret.
func ReadRoster(r io.Reader, name string, getenv func(string) (string, bool)) (*RosterFile, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostRoster+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the credentials %s: %w", name, err)
	case len(data) > mostRoster:
		return nil, fmt.Errorf("%s: the file is larger than %d bytes", name, mostRoster)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if root.Kind == 0 {
		return nil, fmt.Errorf("%s: the file is empty: write actors: and below it a name with its credentials", name)
	}
	f := &rosterReader{file: &RosterFile{Name: name}, getenv: getenv}
	f.document(root.Content[0])
	if len(f.problems) > 0 {
		return nil, errors.Join(f.problems...)
	}
	return f.file, nil
}

// Unscoped gives the first actor who is for every contract; empty: each says for which.
func (f *RosterFile) Unscoped() string {
	for _, a := range f.actors {
		if len(a.contracts) == 0 {
			return fmt.Sprintf("%s:%d: the actor %s", f.Name, a.line, a.Name)
		}
	}
	return ""
}

// Contracts are the names of contracts that actors are for.
func (f *RosterFile) Contracts() []string {
	var list []string
	for _, a := range f.actors {
		list = append(list, a.contracts...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Actors gives the actors for a contract, and the tokens that are still to be obtained for them. The error names credentials for
// schemes that the contract does not have.
func (f *RosterFile) Actors(c *contracts.Contract) ([]*Actor, []*Grant, error) {
	var list []*Actor
	var grants []*Grant
	for i := range f.actors {
		a := &f.actors[i]
		if len(a.contracts) > 0 && !slices.Contains(a.contracts, c.Name) {
			continue
		}
		actor := a.Actor
		actor.contract = c
		actor.Credentials = map[string]string{}
		for key, text := range a.Credentials {
			actor.Credentials[key] = text
			if key != "*" && c.Security[key] == nil {
				return nil, nil, f.noScheme(a, c, key)
			}
		}
		for _, g := range a.grants {
			if g.Scheme != "*" && c.Security[g.Scheme] == nil {
				return nil, nil, f.noScheme(a, c, g.Scheme)
			}
			grants = append(grants, g)
		}
		list = append(list, &actor)
	}
	return list, grants, nil
}

func (f *RosterFile) noScheme(a *fileActor, c *contracts.Contract, key string) error {
	var known []string
	for name := range c.Security {
		known = append(known, name)
	}
	slices.Sort(known)
	return fmt.Errorf("%s:%d: the actor %s has a credential for the security scheme %q, which the contract %s has not; it has %s",
		f.Name, a.line, a.Name, key, c.Name, strings.Join(append(known, `"*" for all`), ", "))
}

// A rosterReader reads one file and collects what is wrong with it.
type rosterReader struct {
	file     *RosterFile
	getenv   func(string) (string, bool)
	problems []error
}

func (r *rosterReader) fail(n *yaml.Node, format string, args ...any) {
	if len(r.problems) < 20 {
		r.problems = append(r.problems, fmt.Errorf("%s:%d: %s", r.file.Name, n.Line, fmt.Sprintf(format, args...)))
	}
}

func (r *rosterReader) document(n *yaml.Node) {
	var actors *yaml.Node
	r.members(n, "the file", func(name string, v *yaml.Node) bool {
		switch name {
		case "actors":
			actors = v
		case "$schema":
		default:
			return false
		}
		return true
	}, "actors")
	if n.Kind != yaml.MappingNode {
		return
	}
	if actors == nil {
		r.fail(n, "the file has no actors: write actors: and below it a name with its credentials")
		return
	}
	if len(actors.Content) > 2*mostActors {
		r.fail(actors, "more than %d actors", mostActors)
		return
	}
	r.members(actors, "actors", func(name string, v *yaml.Node) bool {
		r.actor(name, v)
		return true
	})
	if actors.Kind == yaml.MappingNode && len(actors.Content) == 0 {
		r.fail(actors, "there are no actors")
	}
}

// members calls take for each member; take says whether it knows the name, known lists those that there are.
func (r *rosterReader) members(n *yaml.Node, what string, take func(name string, v *yaml.Node) bool, known ...string) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s must be an object", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		switch {
		case v.Kind == yaml.AliasNode || key.Kind != yaml.ScalarNode:
			r.fail(v, "aliases and keys that are no text are not allowed")
		case seen[key.Value]:
			r.fail(key, "%q stands twice", cutText(key.Value, 40))
		case !take(key.Value, v):
			r.fail(key, "unknown word %q: %s has %s", cutText(key.Value, 40), what, strings.Join(known, ", "))
		}
		seen[key.Value] = true
	}
}

var actorWords = []string{"contract", "account", "role", "scopes", "state", "credentials"}

func (r *rosterReader) actor(name string, n *yaml.Node) {
	a := fileActor{Actor: Actor{Name: name, Credentials: map[string]string{}}, line: n.Line}
	if name == "" || name == "none" {
		r.fail(n, "an actor cannot be called %q", name)
	}
	r.members(n, "an actor", func(word string, v *yaml.Node) bool {
		switch word {
		case "contract":
			a.contracts = r.texts(v, word)
		case "account":
			a.Account = r.text(v, word)
		case "role":
			a.Role = r.text(v, word)
		case "scopes":
			a.Scopes = append([]string{}, r.texts(v, word)...)
		case "state":
			if a.State = r.text(v, word); a.State == "good" {
				a.State = StateGood
			}
			if !slices.Contains([]string{StateGood, StateExpired, StateRevoked, StateUnknown, StateMalformed, StateTampered}, a.State) {
				r.fail(v, "the state %q is none of good, expired, revoked, unknown, malformed, tampered", cutText(a.State, 40))
			}
		case "credentials":
			r.credentials(&a, v)
		default:
			return false
		}
		return true
	}, actorWords...)
	if len(a.Credentials)+len(a.grants) == 0 && n.Kind == yaml.MappingNode {
		r.fail(n, "the actor %s has no credentials: write credentials: and below it the key of a security scheme, or \"*\"", name)
	}
	r.file.actors = append(r.file.actors, a)
}

func (r *rosterReader) credentials(a *fileActor, n *yaml.Node) {
	r.members(n, "credentials", func(scheme string, v *yaml.Node) bool {
		if v.Kind == yaml.ScalarNode {
			if text := r.text(v, scheme); text != "" {
				a.Credentials[scheme] = text
			} else {
				r.fail(v, "the credential %s is empty", scheme)
			}
			return true
		}
		g := &Grant{Scheme: scheme, actor: a.Name, file: r.file.Name, line: v.Line}
		if !r.grant(g, v) {
			return true
		}
		if g.ClientID == "" {
			if strings.Contains(g.Username, ":") {
				r.fail(v, "a user name cannot hold a colon (RFC 7617, 2)")
			}
			a.Credentials[scheme] = g.Username + ":" + g.Password
			return true
		}
		a.grants = append(a.grants, g)
		return true
	})
}

var grantWords = []string{"username", "password", "clientId", "clientSecret", "tokenUrl", "scopes", "refreshToken", "clientAuthentication"}

// grant reads what stands in place of a text: a user with a password, or what a token is obtained with.
func (r *rosterReader) grant(g *Grant, n *yaml.Node) bool {
	before := len(r.problems)
	texts := map[string]*string{
		"username": &g.Username, "password": &g.Password, "clientId": &g.ClientID, "clientSecret": &g.ClientSecret, "tokenUrl": &g.TokenURL, "refreshToken": &g.RefreshToken,
	}
	r.members(n, "a credential", func(word string, v *yaml.Node) bool {
		switch target := texts[word]; {
		case target != nil:
			*target = r.text(v, word)
		case word == "scopes":
			g.Scopes = r.texts(v, word)
		case word == "clientAuthentication":
			switch way := r.text(v, word); way {
			case "basic":
			case "post":
				g.ClientSecretInBody = true
			default:
				r.fail(v, "clientAuthentication is %q: write basic or post", cutText(way, 40))
			}
		default:
			return false
		}
		return true
	}, grantWords...)
	if n.Kind != yaml.MappingNode || len(r.problems) > before {
		return false
	}
	g.hasSecret, g.hasBasicUser = g.ClientSecret != "", g.Username != ""
	switch {
	case g.ClientID == "" && (g.TokenURL != "" || g.ClientSecret != "" || g.RefreshToken != ""):
		r.fail(n, "a token is obtained with a clientId, which is missing")
	case g.Username == "" && g.Password != "", g.Username != "" && g.Password == "":
		r.fail(n, "username and password belong together")
	case g.ClientID == "" && g.Username == "":
		r.fail(n, "write a text, username and password, or clientId with what a token is obtained with")
	case g.ClientID != "" && !g.hasSecret && !g.hasBasicUser && g.RefreshToken == "":
		r.fail(n, "a token needs a clientSecret, a username with password, or a refreshToken besides the clientId")
	default:
		return true
	}
	return false
}

func (r *rosterReader) texts(n *yaml.Node, word string) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{r.text(n, word)}
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "%s must be a list of texts", word)
		return nil
	}
	var list []string
	for _, item := range n.Content {
		list = append(list, r.text(item, word))
	}
	return list
}

var variable = regexp.MustCompile(`\$\$\{|\$\{([^}]*)\}`)

// text reads a text and puts the environment's variables into it. $${ stands for ${ itself.
func (r *rosterReader) text(n *yaml.Node, word string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "%s must be a text", word)
		return ""
	}
	return variable.ReplaceAllStringFunc(n.Value, func(found string) string {
		if found == "$${" {
			return "${"
		}
		name := found[2 : len(found)-1]
		value, set := r.getenv(name)
		if !set || name == "" {
			r.fail(n, "%s takes the environment variable %s, which is not set: export it, or write $${ for a plain ${", word, cutText(name, 60))
		}
		return value
	})
}
