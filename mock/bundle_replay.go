package mock

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// ReplayOptions say how a bundle is replayed.
type ReplayOptions struct {
	Contract *contracts.Contract // required; that of the bundle, or another version of it
	// Manage gives the management API over a server, for the changes that were made through it; nil: they are left out,
	// and reported as differences.
	Manage func(*Server) http.Handler
	Logger *slog.Logger // nil: nothing is logged
}

// A Replay is what came of a bundle when it was run once more.
type Replay struct {
	Steps []Replayed // one for each step of the bundle

	bundle *Bundle
}

// A Replayed is one step with the answer that it got this time.
type Replayed struct {
	Step        *BundleStep
	Status      int
	Answer      BundleMessage
	Differences []Difference // empty: the answer is the recorded one, to the byte
}

// A Difference is one way in which an answer is not the recorded one.
type Difference struct {
	Part string // "status", "header Date", "body at /items/0/id", "body at byte 17", "step"
	Want string // as recorded, shortened
	Got  string
}

// snapshotOfRun is the name under which a replay keeps the world in which the run began.
const snapshotOfRun = "run"

// Replay brings up the world of the bundle and sends it every request at its instant. An error says that it could not begin,
// or that ctx ended.
func (b *Bundle) Replay(ctx context.Context, o ReplayOptions) (*Replay, error) {
	stage, err := b.open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("bring up the world of the bundle: %w", err)
	}
	r := &Replay{bundle: b}
	for i := range b.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		step := &b.Steps[i]
		if _, err := stage.clock.Set(step.At()); err != nil {
			return nil, fmt.Errorf("move the clock to step %d: %w", i+1, err)
		}
		if step.Change != nil {
			r.Steps = append(r.Steps, stage.change(ctx, step))
			continue
		}
		r.Steps = append(r.Steps, stage.send(ctx, step))
	}
	return r, nil
}

// Bundle is the bundle with the answers of the replay in place of the recorded ones.
func (r *Replay) Bundle() *Bundle {
	b := *r.bundle
	b.Steps = make([]BundleStep, len(r.Steps))
	for i := range r.Steps {
		one := &r.Steps[i]
		b.Steps[i] = *one.Step
		if x := one.Step.Exchange; x != nil {
			exchange := *x
			exchange.Status, exchange.Answer = one.Status, one.Answer
			b.Steps[i].Exchange = &exchange
			continue
		}
		change := *one.Step.Change
		change.Status = one.Status
		b.Steps[i].Change = &change
	}
	return &b
}

// A rehearsal is the world in which a bundle is replayed.
type rehearsal struct {
	main   *Server
	world  *Server // main, or the sandbox that was recorded
	clock  *clock.Virtual
	manage http.Handler // nil: none
	name   string       // of the sandbox; empty: none
}

func (b *Bundle) open(ctx context.Context, o ReplayOptions) (*rehearsal, error) {
	options := b.Head.Settings.options()
	options.Contract, options.Logger = o.Contract, o.Logger
	options.Store, options.Seed = store.NewMemory(), b.Head.Seed
	if n, err := hex.Decode(options.Secret[:], []byte(b.Head.Secret)); err != nil || n != len(options.Secret) {
		return nil, fmt.Errorf("its secret is not 64 hexadecimal digits")
	}
	k := clock.New(clock.Options{At: b.Head.Clock.Opened, Frozen: true})
	options.Clock = k
	main, err := New(ctx, options)
	if err != nil {
		return nil, err
	}
	if _, err := k.Set(b.Head.Clock.Begin); err != nil {
		return nil, err
	}
	r := &rehearsal{main: main, world: main, clock: k}
	if o.Manage != nil {
		r.manage = o.Manage(main)
	}
	if _, err := main.sandboxes.keep(&Snapshot{Name: snapshotOfRun, TakenAt: b.Head.Clock.Begin, memory: b.start.Fork()}); err != nil {
		return nil, err
	}
	box := b.Head.Sandbox
	if box == nil {
		return r, main.sandboxes.Restore(ctx, snapshotOfRun, "", false)
	}
	made, err := main.sandboxes.Create(ctx, SandboxOptions{
		Name: box.Name, Snapshot: snapshotOfRun, Seed: box.Seed, Seeded: box.Seeded, Keyed: box.Keyed,
		At: b.Head.Clock.Begin, Frozen: true, Idle: -1,
	})
	if err != nil {
		return nil, err
	}
	r.name, r.world, r.clock = box.Name, made.server, made.server.clock.(*clock.Virtual)
	return r, nil
}

// send sends the request of a step and compares what came.
func (r *rehearsal) send(ctx context.Context, step *BundleStep) Replayed {
	x, done := step.Exchange, Replayed{Step: step}
	request, err := x.httpRequest(ctx)
	if err != nil {
		done.Differences = []Difference{{Part: "step", Want: "a request that can be sent again", Got: err.Error()}}
		return done
	}
	before := r.world.journal.Stats().Newest
	func() {
		defer func() {
			if cause := recover(); cause != nil && cause != http.ErrAbortHandler {
				panic(cause)
			}
		}()
		r.main.ServeHTTP(&discarding{header: http.Header{}}, request)
	}()
	e := r.world.journal.last()
	if e == nil || e.ID != before+1 {
		done.Differences = []Difference{{Part: "step", Want: "a request to this world", Got: "one to another world"}}
		return done
	}
	done.Status = e.Exchange.Status
	done.Answer = messageOf(canonical(e.ResponseHeader), e.ResponseBody, e.ResponseSize, e.ResponseCut)
	done.Differences = x.compare(done.Status, &done.Answer)
	return done
}

// httpRequest makes the request once more, as a server of net/http would give it.
func (x *BundleExchange) httpRequest(ctx context.Context) (*http.Request, error) {
	scheme, rest, ok := strings.Cut(x.URL, "://")
	at := strings.IndexByte(rest, '/')
	if !ok || at < 0 {
		return nil, fmt.Errorf("its address %.100q names no path", x.URL)
	}
	target, err := url.ParseRequestURI(rest[at:])
	if err != nil {
		return nil, fmt.Errorf("its address cannot be read: %w", err)
	}
	body := x.Request.body()
	request := &http.Request{
		Method: x.Method, URL: target, Host: rest[:at], RequestURI: rest[at:], RemoteAddr: x.From,
		Header: x.Request.Headers.Clone(), ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}
	if request.Header == nil {
		request.Header = http.Header{}
	}
	if x.Request.Size > len(body) { // a body that was too large is judged by its announced length
		request.ContentLength = int64(x.Request.Size)
	}
	if scheme == "https" {
		request.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	request.Proto = x.Proto
	if request.ProtoMajor, request.ProtoMinor, ok = http.ParseHTTPVersion(x.Proto); !ok {
		request.Proto, request.ProtoMajor, request.ProtoMinor = "HTTP/1.1", 1, 1
	}
	return request.WithContext(ctx), nil
}

// change repeats a change of the management API.
func (r *rehearsal) change(ctx context.Context, step *BundleStep) Replayed {
	change, done := step.Change, Replayed{Step: step}
	differs := func(part, want, got string) Replayed {
		done.Differences = append(done.Differences, Difference{Part: part, Want: want, Got: got})
		return done
	}
	if r.manage == nil {
		return differs("step", "a change over the management API", "none: there is no management API here")
	}
	address := "http://127.0.0.1/contracts/-" + change.Path
	if change.Query != "" {
		address += "?" + change.Query
	}
	request, err := http.NewRequestWithContext(ctx, change.Method, address, strings.NewReader(change.Body))
	if err != nil {
		return differs("step", "a request that can be sent again", err.Error())
	}
	if change.Media != "" {
		request.Header.Set("Content-Type", change.Media)
	}
	if r.name != "" {
		request.Header.Set(SandboxHeader, r.name)
	}
	w := &discarding{header: http.Header{}}
	r.manage.ServeHTTP(w, request)
	if done.Status = w.status; done.Status != change.Status {
		return differs("status", fmt.Sprint(change.Status), fmt.Sprint(done.Status))
	}
	return done
}

// A discarding answers nobody: what it is told stands in the journal.
type discarding struct {
	header http.Header
	status int
}

func (w *discarding) Header() http.Header { return w.header }

func (w *discarding) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *discarding) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(data), nil
}
