package mock

import (
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
)

// cors adds the headers by which browsers let pages of other origins read an answer (Fetch standard, "CORS
// protocol"). Without a rule of the contract or of the user there are none.
func (s *Server) cors(c *call) {
	origin := c.request.Header.Get("Origin")
	rule := s.corsFor(origin)
	if rule == nil {
		return
	}
	h := c.response.Header()
	everybody := slices.Contains(rule.Origins, "*") && !rule.Credentials
	if !everybody {
		h["Vary"] = []string{"Origin"} // also where there is none: a cache must not show that answer to a page of another origin
	}
	if origin == "" || !admits(rule, origin) {
		return
	}
	if everybody {
		origin = "*"
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if rule.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if len(rule.Expose) > 0 {
		h.Set("Access-Control-Expose-Headers", strings.Join(rule.Expose, ", "))
	}
}

// corsFor is the rule for the pages of an origin; nil: there is none.
func (s *Server) corsFor(origin string) *contracts.CORS {
	if own := s.options.OwnPage; own != nil && origin != "" && own(origin) {
		return s.ownPageRule()
	}
	return s.corsRule
}

func admits(rule *contracts.CORS, origin string) bool {
	return slices.Contains(rule.Origins, "*") || slices.Contains(rule.Origins, origin)
}

// asksCORS says that a browser asks whether a page may send something, and that it may. Such a question is answered by
// the rule also where the contract has an operation for OPTIONS.
func (c *call) asksCORS() bool {
	return c.request.Method == http.MethodOptions && c.request.Header.Get("Access-Control-Request-Method") != "" &&
		c.response.Header().Get("Access-Control-Allow-Origin") != ""
}

// preflight answers OPTIONS: with the methods of the path, and for a browser's question with what it may send.
func (s *Server) preflight(c *call, allow []string) {
	h := c.response.Header()
	h.Set("Allow", strings.Join(allow, ", "))
	if c.asksCORS() {
		h.Set("Access-Control-Allow-Methods", strings.Join(allow, ", "))
		if headers := c.request.Header.Get("Access-Control-Request-Headers"); headers != "" {
			h.Set("Access-Control-Allow-Headers", headers)
		}
		h.Set("Access-Control-Max-Age", "600")
		h.Add("Vary", "Access-Control-Request-Method")
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	c.trace.Source = "options"
	c.answer(http.StatusNoContent, nil)
}

// permissive is the rule of the option for browser development, and for pages of our own: every origin, credentials included, and
// all headers that the contract documents to be read.
func (s *Server) permissive() *contracts.CORS {
	expose := []string{"ETag", "Link", "Location", "Retry-After", "Understudy-Fault", "Understudy-Reason", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
	known := map[string]bool{}
	for _, name := range expose {
		known[strings.ToLower(name)] = true
	}
	for _, o := range s.contract.Operations {
		for _, r := range o.Responses {
			for _, d := range r.Headers {
				if name := strings.ToLower(d.Name); !known[name] {
					known[name] = true
					expose = append(expose, d.Name)
				}
			}
		}
	}
	rule := &contracts.CORS{Origins: []string{"*"}, Credentials: true, Expose: expose}
	exposeLimits(rule, s.limits.HeaderNames())
	return rule
}
