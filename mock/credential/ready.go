package credential

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/mock/store"
)

// A Ready credential exists from the start, so that a client has something to begin with.
type Ready struct {
	Env   string // name of the environment line: "ECOEVENTS_API_KEY"
	Value string
	Class string // name of its class; empty for what is no credential of an operation: passwords, client ids
	// Secret says that the value must not be shown in logs and reports.
	Secret bool
}

// readyLife is how long a token that exists from the start lives at least: those who develop with it get no new one by
// themselves.
const readyLife = 30 * 24 * time.Hour

// Ready gives the environment lines of the credentials that exist from the start.
func (r *Registry) Ready() []Ready { return slices.Clone(r.ready) }

// seedReady makes one credential of each class that a client is configured with.
func (r *Registry) seedReady(tx store.Tx) error {
	if r.empty {
		return nil
	}
	if r.ready = r.keptReady(tx); r.ready != nil {
		return nil
	}
	for _, class := range r.classes {
		if class.Env == "" {
			continue
		}
		if err := r.makeReady(tx, class); err != nil {
			return err
		}
	}
	r.readyPeople()
	return r.keepReady(tx)
}

func (r *Registry) makeReady(tx store.Tx, class *Class) error {
	var issued Issued
	var err error
	switch {
	case class.Is(Password):
		user, password := r.firstUser()
		r.ready = append(r.ready,
			Ready{Env: class.Env + "_USERNAME", Value: user, Class: class.Name},
			Ready{Env: class.Env + "_PASSWORD", Value: password, Class: class.Name, Secret: true})
		return nil
	case class.Is(Certificate, Refresh):
		return nil // the one is no text, the other comes with a session
	case class.issuedByProvider(), class.Is(JWT):
		q := TokenRequest{Class: class.Name, Name: "Ready credential", Life: max(class.Life, readyLife)}
		if class.issuedByProvider() {
			q.Client = r.firstClient()
		}
		issued, err = r.IssueTokenIn(tx, q)
	default:
		issued, err = r.createKey(tx, KeyRequest{Class: class.Name, Name: "Ready credential", Environment: class.Environment})
	}
	if err != nil {
		return err
	}
	r.ready = append(r.ready, Ready{Env: class.Env, Value: issued.Text, Class: class.Name, Secret: true})
	return nil
}

// readyPeople announces the first user and the first client where somebody may have to type them in.
func (r *Registry) readyPeople() {
	logsIn := slices.ContainsFunc(r.contract.Operations, func(o *contracts.Operation) bool { return o.Behaviour.Session != "" })
	if user, password := r.firstUser(); logsIn && user != "" {
		r.ready = append(r.ready,
			Ready{Env: envName(r.contract.Name, "user_email"), Value: user},
			Ready{Env: envName(r.contract.Name, "user_password"), Value: password, Secret: true})
	}
	if id, secret := r.firstClient(), r.firstClientSecret(); id != "" {
		r.ready = append(r.ready,
			Ready{Env: envName(r.contract.Name, "client_id"), Value: id},
			Ready{Env: envName(r.contract.Name, "client_secret"), Value: secret, Secret: true})
	}
}

// Authorize shows the ready credentials on a request, as a client that is configured with them would: those of the
// operation's first alternative that they satisfy. It fails when there is none.
func (r *Registry) Authorize(o *contracts.Operation, q *http.Request) error {
	if len(o.Security) == 0 {
		return nil
	}
	for _, alternative := range o.Security {
		if values, ok := r.readyFor(alternative); ok {
			for i, requirement := range alternative {
				requirement.Scheme.Show(q, values[i])
			}
			return nil
		}
	}
	if slices.ContainsFunc(o.Security, func(a contracts.Alternative) bool { return len(a) == 0 }) {
		return nil
	}
	return fmt.Errorf("no credential exists from the start that satisfies %s %s", o.Method, o.Path)
}

// readyFor gives the texts that satisfy an alternative; user:password for HTTP Basic.
func (r *Registry) readyFor(alternative contracts.Alternative) (values []string, ok bool) {
	if len(alternative) == 0 {
		return nil, false
	}
	for _, requirement := range alternative {
		var parts []string
		for _, ready := range r.ready {
			if class := r.byName[ready.Class]; class != nil && class.Security == requirement.Scheme {
				parts = append(parts, ready.Value)
				if !class.Is(Password) {
					break
				}
			}
		}
		if len(parts) == 0 {
			return nil, false
		}
		values = append(values, strings.Join(parts, ":"))
	}
	return values, true
}
