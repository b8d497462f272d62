package contracts

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// servers reads the servers of a document, path item or operation, with the defaults of variables filled in.
func (c *compiler) servers(n *yaml.Node, at schema.Location) []Server {
	list, _ := c.child(n, at, "servers")
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	var servers []Server
	for i, item := range list.Content {
		item = unalias(item)
		if i == maxServers {
			c.warn(schema.Location{File: at.File, Line: item.Line, Pointer: at.Pointer + "/servers"}, "there are more than %d servers; the rest is left out", maxServers)
			break
		}
		address := text(item, "url")
		if variables := field(item, "variables"); variables != nil && variables.Kind == yaml.MappingNode {
			// In one pass: a default that names another variable is not filled in again, or a few of them would double
			// the address until no memory is left.
			var fill []string
			for i := 0; i+1 < len(variables.Content); i += 2 {
				fill = append(fill, "{"+variables.Content[i].Value+"}", text(unalias(variables.Content[i+1]), "default"))
			}
			address = strings.NewReplacer(fill...).Replace(address)
		}
		if len(address) > maxAddress {
			c.warn(schema.Location{File: at.File, Line: item.Line, Pointer: at.Pointer + "/servers"}, "the URL of a server has more than %d bytes; it is left out", maxAddress)
			continue
		}
		servers = append(servers, Server{URL: address, Base: basePath(address), Description: text(item, "description")})
	}
	return servers
}

// basePath is the path of a server's URL without trailing slash; a URL that cannot be read has none.
func basePath(address string) string {
	if i := strings.Index(address, "://"); i >= 0 {
		address = address[i+3:]
		slash := strings.IndexByte(address, '/')
		if slash < 0 {
			return ""
		}
		address = address[slash:]
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	base := strings.TrimRight(u.EscapedPath(), "/")
	base = strings.TrimPrefix(base, ".")
	if base != "" && base[0] != '/' {
		base = "/" + base
	}
	return base
}

func (c *compiler) tags(root *yaml.Node, at schema.Location) {
	list, _ := c.child(root, at, "tags")
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	for _, item := range list.Content {
		c.contract.Tags = append(c.contract.Tags, Tag{Name: text(unalias(item), "name"), Description: text(unalias(item), "description")})
	}
}

// componentSchemas compiles all named schemas, so that discriminators find those that nothing refers to.
func (c *compiler) componentSchemas(components *yaml.Node, at schema.Location) error {
	n, there := c.child(components, at, "schemas")
	return c.members(n, there, func(key string, v *yaml.Node, at schema.Location) error {
		s, err := c.schemas.Compile(v, at)
		if err != nil {
			return err
		}
		c.contract.Schemas = append(c.contract.Schemas, schema.Property{Name: key, Schema: s})
		return nil
	})
}

func (c *compiler) securitySchemes(components *yaml.Node, at schema.Location) error {
	n, there := c.child(components, at, "securitySchemes")
	return c.members(n, there, func(key string, v *yaml.Node, at schema.Location) error {
		if v, at = c.object(v, at); v == nil {
			return nil
		}
		s := &SecurityScheme{
			Key: key, Type: text(v, "type"), Name: text(v, "name"), In: text(v, "in"),
			Scheme: strings.ToLower(text(v, "scheme")), BearerFormat: text(v, "bearerFormat"),
			OpenIDURL: text(v, "openIdConnectUrl"), Description: text(v, "description"), At: at,
		}
		flows, flowsAt := c.child(v, at, "flows")
		err := c.members(flows, flowsAt, func(kind string, f *yaml.Node, at schema.Location) error {
			if extension(kind) {
				return nil
			}
			flow := Flow{
				Kind: kind, AuthorizationURL: text(f, "authorizationUrl"), TokenURL: text(f, "tokenUrl"),
				RefreshURL: text(f, "refreshUrl"), DeviceURL: text(f, "deviceAuthorizationUrl"),
			}
			scopes, scopesAt := c.child(f, at, "scopes")
			err := c.members(scopes, scopesAt, func(name string, d *yaml.Node, _ schema.Location) error {
				if len(flow.Scopes) == maxScopes {
					return &DocumentError{At: scopesAt, Message: fmt.Sprintf("the flow has more than %d scopes", maxScopes), Advice: "leave some of them out"}
				}
				flow.Scopes = append(flow.Scopes, Scope{Name: name, Description: d.Value})
				return nil
			})
			s.Flows = append(s.Flows, flow)
			return err
		})
		c.contract.Security[key] = s
		return err
	})
}

// Limits on what one operation may declare: each request looks at all of it.
const (
	maxServers      = 1_000
	maxAddress      = 8 << 10 // bytes of a server's URL
	maxAlternatives = 1_000   // of security
	maxScopes       = 10_000  // of one flow, and of all alternatives together
	maxParameters   = 2_000
)

// security reads a list of alternatives. It gives nil where nothing is said and an empty list for [].
func (c *compiler) security(n *yaml.Node, at schema.Location) ([]Alternative, error) {
	list, there := c.child(n, at, "security")
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil, nil
	}
	if len(list.Content) > maxAlternatives {
		return nil, &DocumentError{At: there, Message: fmt.Sprintf("there are more than %d security alternatives", maxAlternatives), Advice: "leave some of them out"}
	}
	alternatives, scoped := []Alternative{}, 0
	for i, item := range list.Content {
		itemAt := c.doc.locate(there, item, strconv.Itoa(i))
		alternative := Alternative{}
		err := c.members(unalias(item), itemAt, func(key string, scopes *yaml.Node, at schema.Location) error {
			scheme := c.contract.Security[key]
			if scheme == nil {
				return &DocumentError{
					At: at, Message: "the security scheme " + strconv.Quote(key) + " is not defined",
					Advice: "define it in components.securitySchemes or take the requirement out",
				}
			}
			requirement := Requirement{Scheme: scheme}
			if scopes.Kind == yaml.SequenceNode {
				if scoped += len(scopes.Content); scoped > maxScopes {
					return &DocumentError{At: at, Message: fmt.Sprintf("the security alternatives name more than %d scopes", maxScopes), Advice: "leave some of them out"}
				}
				for _, s := range scopes.Content {
					requirement.Scopes = append(requirement.Scopes, s.Value)
				}
			}
			alternative = append(alternative, requirement)
			return nil
		})
		if err != nil {
			return nil, err
		}
		alternatives = append(alternatives, alternative)
	}
	return alternatives, nil
}
