// Package container runs the stand-in's image for the length of a test, with Testcontainers for Go: for tests whose code under
// test runs in containers itself, and so does everything that it talks to.
//
// A test in Go alone needs no container: package mocktest stands in inside the test's own process.
//
// It needs a Docker engine, which the environment names as usual. Nothing is pulled but the image, where the machine has none.
package container

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// The ports inside the container. Further contracts listen on the ports behind the first one's.
const (
	ControlPort  = 4009
	ContractPort = 4010
)

// A Container is a stand-in that runs. Its embedded container has all that Testcontainers can do, Terminate among it.
type Container struct {
	testcontainers.Container

	stands []stand
	token  string
}

// A stand is one contract as the container has announced it.
type stand struct {
	name        string
	base        string // path of its base URL
	port        int    // inside the container
	scheme      string
	credentials map[string]string
}

// Run starts a container of an image of Understudy (make image), and gives it once requests are answered. Options of this
// package say what is stood in for, WithContract at least; those of Testcontainers may stand beside them. Where it fails and the
// container is not nil, it is to be terminated all the same.
func Run(ctx context.Context, image string, options ...testcontainers.ContainerCustomizer) (*Container, error) {
	s := &settings{within: time.Minute}
	var others []testcontainers.ContainerCustomizer
	for _, o := range options {
		if own, ok := o.(Option); ok {
			own(s)
			continue
		}
		others = append(others, o)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("run %s: %w", image, err)
	}
	host, err := engineHost(ctx)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", image, err)
	}
	ports := []string{portText(ControlPort)}
	for i := range s.contracts {
		ports = append(ports, portText(ContractPort+i))
	}
	// A connection alone tells nothing: the engine's own proxy takes it before anybody listens behind it.
	ready := wait.ForHTTP("/ready").WithPort(portText(ControlPort)).WithStatusCodeMatcher(func(status int) bool { return status == http.StatusOK })
	own := []testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts(ports...), testcontainers.WithFiles(s.files...), testcontainers.WithCmd(s.command(host)...),
		testcontainers.WithWaitStrategyAndDeadline(s.within, ready.WithStartupTimeout(s.within)),
	}
	started, err := testcontainers.Run(ctx, image, append(own, others...)...)
	var c *Container
	if started != nil {
		c = &Container{Container: started}
	}
	if err == nil {
		err = c.readAnnouncement(ctx)
	}
	if err != nil {
		return c, fmt.Errorf("run %s: %w%s", image, err, c.lastWords(ctx))
	}
	return c, nil
}

func portText(port int) string { return strconv.Itoa(port) + "/tcp" }

// engineHost is how this process reaches what the engine publishes. The management API answers to that name.
func engineHost(ctx context.Context) (string, error) {
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return "", fmt.Errorf("reach the Docker engine: %w", err)
	}
	host, err := provider.DaemonHost(ctx)
	return host, errors.Join(err, provider.Close())
}

// BaseURL is what clients on this machine are configured with as the base URL of a contract, by its name; with one contract
// the name may be empty.
func (c *Container) BaseURL(ctx context.Context, contract string) (string, error) {
	s, err := c.stand(contract)
	if err != nil {
		return "", err
	}
	return c.at(ctx, s.scheme, s.port, s.base)
}

// InnerURL is BaseURL for clients in other containers of a network, which know this one by a name.
func (c *Container) InnerURL(host, contract string) (string, error) {
	s, err := c.stand(contract)
	if err != nil {
		return "", err
	}
	return s.scheme + "://" + net.JoinHostPort(host, strconv.Itoa(s.port)) + s.base, nil
}

// ControlURL is the address of the management API. It asks for ControlToken; ControlClient shows it.
func (c *Container) ControlURL(ctx context.Context) (string, error) {
	return c.at(ctx, "http", ControlPort, "")
}

// ControlToken is what the management API asks for, as "Authorization: Bearer …".
func (c *Container) ControlToken() string { return c.token }

// ControlClient calls the management API, and shows the token to it alone.
func (c *Container) ControlClient(ctx context.Context) (*http.Client, error) {
	address, err := c.ControlURL(ctx)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &showing{host: u.Host, token: c.token}}, nil
}

// Credentials are what is good from the start at a contract, by the names of the variables in which programs look for them:
// keys, tokens, passwords, secrets of webhooks. With one contract the name may be empty.
func (c *Container) Credentials(_ context.Context, contract string) (map[string]string, error) {
	s, err := c.stand(contract)
	if err != nil {
		return nil, err
	}
	return s.credentials, nil
}

// stand finds a contract.
func (c *Container) stand(name string) (*stand, error) {
	var known []string
	for i := range c.stands {
		if c.stands[i].name == name || name == "" && len(c.stands) == 1 {
			return &c.stands[i], nil
		}
		known = append(known, c.stands[i].name)
	}
	return nil, fmt.Errorf("the container stands in for no %q; it does for %s", name, strings.Join(known, ", "))
}

// at is the address of a port as it is published.
func (c *Container) at(ctx context.Context, scheme string, port int, path string) (string, error) {
	origin, err := c.PortEndpoint(ctx, portText(port), scheme)
	if err != nil {
		return "", fmt.Errorf("find the published port %d: %w", port, err)
	}
	return origin + path, nil
}

// A showing transport shows a token to one host.
type showing struct{ host, token string }

// RoundTrip implements http.RoundTripper.
func (s *showing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == s.host {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// What serve prints before anything else, and once it answers requests.
var (
	standLine    = regexp.MustCompile(`^(\S+)  (https?)://\S*:(\d+)(/\S*)?  \(`)
	variableLine = regexp.MustCompile(`^  ([A-Z][A-Z0-9_]*)=(.*)$`)
	controlLine  = regexp.MustCompile(`^control  http`)
)

// mostAnnounced bounds the lines in which the announcement is looked for.
const mostAnnounced = 10_000

// readAnnouncement reads what the container has printed about where everything is.
func (c *Container) readAnnouncement(ctx context.Context) error {
	log, err := c.Logs(ctx)
	if err != nil {
		return fmt.Errorf("read the container's log: %w", err)
	}
	defer log.Close()
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	control := false
	for n := 0; n < mostAnnounced && lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		if m := standLine.FindStringSubmatch(line); m != nil {
			port, _ := strconv.Atoi(m[3]) // three digits and more
			c.stands = append(c.stands, stand{name: m[1], scheme: m[2], port: port, base: m[4], credentials: map[string]string{}})
			continue
		}
		control = control || controlLine.MatchString(line)
		m := variableLine.FindStringSubmatch(line)
		switch {
		case m == nil:
		case control && m[1] == "UNDERSTUDY_CONTROL_TOKEN":
			c.token = unquote(m[2])
			return nil // it is the last line
		case !control && len(c.stands) > 0:
			c.stands[len(c.stands)-1].credentials[m[1]] = unquote(m[2])
		}
	}
	return errors.Join(errors.New("the container did not say where it listens: is it an image of Understudy?"), lines.Err())
}

// unquote is a value without the quotes that a shell needs around it.
func unquote(value string) string {
	if inner, ok := strings.CutPrefix(value, "'"); ok {
		return strings.ReplaceAll(strings.TrimSuffix(inner, "'"), `'\''`, "'")
	}
	return value
}

// lastWords is what the container printed, at the end of an error.
func (c *Container) lastWords(ctx context.Context) string {
	if c == nil {
		return ""
	}
	log, err := c.Logs(ctx)
	if err != nil {
		return ""
	}
	defer log.Close()
	text, _ := io.ReadAll(io.LimitReader(log, 64<<10)) // as much as there is
	shown := strings.TrimSpace(string(text))
	if len(shown) > 2000 {
		shown = "…" + shown[len(shown)-2000:]
	}
	if shown == "" {
		return ""
	}
	return "; it printed:\n" + shown
}

// shownName is the last part of a path, as it stands in the container.
func shownName(path string) string { return filepath.Base(filepath.Clean(path)) }
