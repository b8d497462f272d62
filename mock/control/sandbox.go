package control

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"understudy/mock"
	"understudy/mock/credential"
)

// A Sandbox is one isolated world of a contract.
type Sandbox struct {
	Name      string      `json:"name"`
	Snapshot  string      `json:"snapshot"` // that it was forked from
	Seed      uint64      `json:"seed"`     // of its invented values
	CreatedAt time.Time   `json:"created_at"`
	Clock     Time        `json:"clock"`
	Idle      string      `json:"idle"`     // how long nobody may use it: "1h"; "never": it stays
	UsedAt    time.Time   `json:"used_at"`  // on the server's clock, not on its own
	DropsAt   *time.Time  `json:"drops_at"` // when it is dropped unless somebody uses it; nil: never
	Ways      SandboxWays `json:"ways"`
	Requests  uint64      `json:"requests"` // that its journal has seen
	Items     int         `json:"items"`    // that exist in it
	// Key is a credential that leads to it: shown in the answer that made it.
	Key string `json:"key,omitempty"`
}

// SandboxWays are the ways in which a client's requests reach a sandbox.
type SandboxWays struct {
	Header string `json:"header"`         // line to be sent with every request
	Path   string `json:"path"`           // base URL in place of the contract's
	Host   string `json:"host,omitempty"` // another one, where the stand-in is on loopback and the name can be a host's
}

// Sandboxes is the answer of GET /contracts/{contract}/sandboxes.
type Sandboxes struct {
	Sandboxes []Sandbox `json:"sandboxes"` // in the order of their names
	Total     int       `json:"total"`
}

// sandboxParameter is the header's like in a query.
const sandboxParameter = "sandbox"

// enter finds the world that a request means: that of the sandbox which its header or query names, else the contract's own.
func (c *call) enter(main *mock.Server) (*mock.Server, error) {
	names := c.Header.Values(mock.SandboxHeader)
	if name, ok := c.query[sandboxParameter]; ok {
		names = append(names, name)
	}
	if len(names) == 0 {
		return main, nil
	}
	for _, name := range names[1:] {
		if name != names[0] {
			return nil, badParameter("Two sandboxes are named, %.70q and %.70q: name one.", names[0], name)
		}
	}
	server, err := main.Sandboxes().Enter(c.Context(), names[0])
	if err != nil {
		return nil, sandboxRefusal(err, names[0])
	}
	c.sandbox = names[0]
	return server, nil
}

// sandboxRefusal translates what the sandboxes refused; other errors stay what they are.
func sandboxRefusal(err error, name string) error {
	var request *credential.RequestError
	switch {
	case errors.Is(err, mock.ErrNoSandbox):
		return problem(http.StatusNotFound, "sandbox_not_found", "%s.", capital(err))
	case errors.Is(err, mock.ErrNoSnapshot):
		return problem(http.StatusNotFound, "snapshot_not_found", "%s.", capital(err))
	case errors.Is(err, mock.ErrTaken):
		return problem(http.StatusConflict, "conflict", "%s: %.70q.", capital(err), name)
	case errors.Is(err, mock.ErrTooMany):
		return problem(http.StatusConflict, "too_many", "%s. Drop some.", capital(err))
	case errors.Is(err, mock.ErrNotMemory):
		return problem(http.StatusConflict, "not_supported", "%s.", capital(err))
	case errors.Is(err, mock.ErrBadName):
		return members{}.misfit(&credential.RequestError{Field: "name", Reason: mock.ErrBadName.Error()})
	case errors.As(err, &request):
		return problem(http.StatusUnprocessableEntity, "request_does_not_fit", "No key can be made for the sandbox: %s.", strings.TrimSuffix(request.Reason, "."))
	}
	return err
}

func listSandboxes(c *call) error {
	offset, err := c.query.number("offset", 0, 0, 1<<31)
	if err != nil {
		return err
	}
	limit, err := c.query.number("limit", defaultItems, 1, mostItems)
	if err != nil {
		return err
	}
	list := c.server.Sandboxes().List()
	answer := Sandboxes{Sandboxes: []Sandbox{}, Total: len(list)}
	first := min(int(offset), len(list))
	for _, box := range list[first:min(first+int(limit), len(list))] {
		one, err := c.sandboxOf(box)
		if err != nil {
			return err
		}
		answer.Sandboxes = append(answer.Sandboxes, one)
	}
	return c.answer(answer)
}

// sandboxOf describes a sandbox, without its key.
func (c *call) sandboxOf(box *mock.Sandbox) (Sandbox, error) {
	server := box.Server()
	one := Sandbox{
		Name: box.Name, Snapshot: box.Snapshot, Seed: server.Seed(), CreatedAt: box.CreatedAt.UTC(), Clock: timeOf(server.Clock()),
		Idle: "never", UsedAt: box.UsedAt(), Ways: c.contract.ways(box.Name), Requests: server.Journal().Stats().Seen,
	}
	if box.Idle > 0 {
		end := box.UsedAt().Add(box.Idle)
		one.Idle, one.DropsAt = shortDuration(box.Idle), &end
	}
	summaries, err := server.Resources().Summaries(c.Context())
	for _, s := range summaries {
		one.Items += s.Items
	}
	return one, err
}

// hostName is a name that can be the first label of a host (RFC 1123, 2.1). Hosts do not tell capitals.
var hostName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$`)

// ways are how clients of the contract reach a sandbox.
func (k *served) ways(name string) SandboxWays {
	w := SandboxWays{Header: mock.SandboxHeader + ": " + name}
	u, err := url.Parse(k.baseURL)
	if err != nil {
		return w
	}
	w.Path = k.origin() + mock.SandboxPath(name) + u.EscapedPath()
	address, err := netip.ParseAddr(u.Hostname())
	near := u.Hostname() == "localhost" || err == nil && (address.IsLoopback() || address.IsUnspecified())
	if near && u.Scheme == "http" && hostName.MatchString(name) {
		host := name + ".localhost"
		if port := u.Port(); port != "" {
			host = net.JoinHostPort(host, port)
		}
		w.Host = "http://" + host + u.EscapedPath()
	}
	return w
}

// sandboxRequest is the body of POST /contracts/{contract}/sandboxes.
type sandboxRequest struct {
	Name     string  `json:"name"`
	Snapshot string  `json:"snapshot"`
	Seed     *uint64 `json:"seed"`
	At       string  `json:"at"`
	Frozen   bool    `json:"frozen"`
	Idle     string  `json:"idle"`
	Keyed    bool    `json:"keyed"`
}

func createSandbox(c *call) error {
	var q sandboxRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	o := mock.SandboxOptions{Name: q.Name, Snapshot: q.Snapshot, Frozen: q.Frozen, Keyed: q.Keyed}
	if q.Seed != nil {
		o.Seed, o.Seeded = *q.Seed, true
	}
	unfit := func(field, reason string) error {
		return sent.misfit(&credential.RequestError{Field: field, Reason: reason})
	}
	if q.At != "" {
		if o.At, err = time.Parse(time.RFC3339, q.At); err != nil || o.At.Before(firstInstant) || o.At.After(lastInstant) {
			return unfit("at", "must be an instant from 1970 to 9000 such as 2026-01-31T12:00:00Z")
		}
	}
	switch q.Idle {
	case "":
	case "never":
		o.Idle = -1
	default:
		if o.Idle, err = parseDuration(q.Idle); err != nil || o.Idle == 0 {
			return unfit("idle", "must be a length of time above 0 such as 15m or 1h, or never")
		}
	}
	box, err := c.server.Sandboxes().Create(c.Context(), o)
	if errors.Is(err, mock.ErrBadName) {
		return unfit("name", mock.ErrBadName.Error())
	}
	if err != nil {
		return sandboxRefusal(err, q.Name)
	}
	answer, err := c.sandboxOf(box)
	if err != nil {
		return err
	}
	answer.Key = box.Key
	return c.created(answer)
}

func getSandbox(c *call) error {
	box, err := c.server.Sandboxes().Get(c.PathValue("sandbox"))
	if err != nil {
		return sandboxRefusal(err, c.PathValue("sandbox"))
	}
	answer, err := c.sandboxOf(box)
	if err != nil {
		return err
	}
	return c.answer(answer)
}

func dropSandbox(c *call) error {
	if err := c.server.Sandboxes().Drop(c.PathValue("sandbox")); err != nil {
		return sandboxRefusal(err, c.PathValue("sandbox"))
	}
	c.response.WriteHeader(http.StatusNoContent)
	return nil
}
