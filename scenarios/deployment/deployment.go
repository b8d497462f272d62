//go:build !slim

package deployment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/wait"
)

// A Deployment is a target that runs in a container.
type Deployment struct {
	URL string // where the target is reached: "http://127.0.0.1:32768"

	container testcontainers.Container
}

// mostLog is how much of a target's log is kept: its end.
const mostLog = 256 << 10

// Start starts a container and waits until the target in it is ready. The error says what the container printed last.
func Start(ctx context.Context, o Options) (*Deployment, error) {
	if o.Image == "" || o.Port < 1 || o.Port > 65535 {
		return nil, errors.New("start a container: an image and the port inside it are needed (--image NAME --image-port 8080)")
	}
	if o.Within <= 0 {
		o.Within = time.Minute
	}
	port := strconv.Itoa(o.Port) + "/tcp"
	path, most := "/", 599
	if o.Ready != "" {
		path, most = o.Ready, 499
	}
	ready := wait.ForHTTP(path).WithPort(port).WithStatusCodeMatcher(func(status int) bool { return status <= most }).WithStartupTimeout(o.Within)
	options := []testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts(port), testcontainers.WithEnv(o.Env), testcontainers.WithWaitStrategyAndDeadline(o.Within, ready),
		testcontainers.WithLogger(log.NewNoopLogger()), // progress of a run is the runner's to tell
	}
	if o.Args != nil {
		options = append(options, testcontainers.WithCmd(o.Args...))
	}
	quiet()
	container, err := testcontainers.Run(ctx, o.Image, options...)
	d := &Deployment{container: container}
	if err == nil {
		d.URL, err = container.PortEndpoint(ctx, port, "http")
	}
	if err != nil {
		err = fmt.Errorf("start a container of %s: %w", o.Image, err)
		if container != nil {
			if printed := strings.TrimSpace(d.Log(ctx)); printed != "" {
				err = fmt.Errorf("%w; it printed last:\n%s", err, tail(printed, 2000))
			}
			err = errors.Join(err, d.Stop(ctx))
		}
		return nil, err
	}
	return d, nil
}

// quiet keeps what the library has to say of itself from standard error: it has one logger for all.
var quiet = sync.OnceFunc(func() { log.SetDefault(log.NewNoopLogger()) })

// Log is what the target printed, its end where it is long.
func (d *Deployment) Log(ctx context.Context) string {
	r, err := d.container.Logs(ctx)
	if err != nil {
		return "(the log cannot be read: " + err.Error() + ")"
	}
	defer r.Close()
	var end []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := r.Read(buffer)
		end = append(end, buffer[:n]...)
		if len(end) > 2*mostLog {
			end = append(end[:0:0], end[len(end)-mostLog:]...)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				end = append(end, "\n(the log breaks off: "+err.Error()+")"...)
			}
			return tail(string(end), mostLog)
		}
	}
}

func tail(text string, most int) string {
	if len(text) <= most {
		return text
	}
	text = text[len(text)-most:]
	if _, rest, ok := strings.Cut(text, "\n"); ok {
		text = rest
	}
	return "…\n" + text
}

// Stop ends the container and removes it.
func (d *Deployment) Stop(ctx context.Context) error {
	if err := testcontainers.TerminateContainer(d.container, testcontainers.StopContext(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("remove the container: %w", err)
	}
	return nil
}
