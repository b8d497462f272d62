// Package realtime shows events as they happen: a WebSocket endpoint that speaks Pusher protocol 7, as Laravel Reverb does.
//
// It knows connections, channels, who is present in them, and what is signed with the application's secret. It knows
// neither operations nor sessions: package mock mounts a Hub, says who may join what, and hands it the events.
//
// All waiting is on the one clock: silence of a virtual minute brings a ping, however short it was in truth.
package realtime

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
)

// Options are what a Hub is made of. Contract is required, and has to say realtime in its behaviour.
type Options struct {
	Contract *contracts.Contract
	Clock    clock.Clock // nil: the real time
	Seed     uint64      // of socket ids
	// Secret is where the application's id, key and secret come from. Equal secrets make equal applications.
	Secret [32]byte
	// Origin says whether a page of an origin ("https://app.example") may connect; nil: every one may. Programs that send no
	// Origin are not asked.
	Origin func(origin string) bool
	Logger *slog.Logger // nil: nothing is logged

	Connections int // at most so many at the same time; 0: 1,000
	Channels    int // at most so many at the same time; 0: 10,000
	Queue       int // messages that wait for one slow reader at most; 0: 256
}

// Bounds that nobody has to change.
const (
	mostSubscriptions = 100       // of one connection
	mostQueued        = 1 << 20   // bytes that wait for one connection
	mostPublished     = 256 << 10 // bytes of one event
	mostName          = 200       // bytes of the name of a channel or an event
	eventsPerSecond   = 10        // client events of one connection, as Pusher Channels bounds them
	pongWait          = 30 * time.Second
	closeGrace        = 5 * time.Second // of real time, for a peer that does not read what is sent before the close
)

// What a contract need not say, as Reverb's own configuration has it.
const (
	defaultPath     = "/app/{key}"
	defaultActivity = 30 * time.Second
	defaultPing     = 60 * time.Second
	defaultMessage  = 10_000
)

// A Hub is the endpoint with all that is connected to it. It is safe for concurrent use.
type Hub struct {
	app      App
	clock    clock.Clock
	seed     uint64
	origin   func(string) bool
	logger   *slog.Logger
	bounds   Options // Connections, Channels and Queue only
	settings settings

	mu       sync.Mutex
	sockets  map[string]*socket  // by id
	channels map[string]*channel // by name; those that somebody has joined
	opened   uint64              // connections that there have been
	refuse   time.Time           // until when nobody is let in; zero: everybody is
	closed   bool
}

// settings are the words of the contract, read.
type settings struct {
	before, after string        // of the key in the path: "/app/" and ""
	api           string        // what the paths of the HTTP API begin with: "/apps/"
	activity      time.Duration // told to clients
	ping          time.Duration
	message       int // bytes
}

// New gives a hub for the contract's realtime endpoint.
func New(o Options) (*Hub, error) {
	if o.Contract == nil || o.Contract.Behaviour.Realtime == nil {
		return nil, errors.New("new realtime endpoint: the contract has no word realtime")
	}
	set, err := read(o.Contract.Behaviour.Realtime)
	if err != nil {
		return nil, fmt.Errorf("%s: x-understudy: realtime: %w", o.Contract.Behaviour.At, err)
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Connections <= 0 {
		o.Connections = 1_000
	}
	if o.Channels <= 0 {
		o.Channels = 10_000
	}
	if o.Queue <= 0 {
		o.Queue = 256
	}
	return &Hub{
		app: makeApp(o.Secret), clock: o.Clock, seed: o.Seed, origin: o.Origin, logger: o.Logger, settings: set,
		bounds:  Options{Connections: o.Connections, Channels: o.Channels, Queue: o.Queue},
		sockets: map[string]*socket{}, channels: map[string]*channel{},
	}, nil
}

// Fork gives a hub for another world: with a clock and a seed of its own, and nobody connected. A secret of its own makes it
// another application; the zero value keeps the origin's.
func (h *Hub) Fork(k clock.Clock, seed uint64, secret [32]byte) *Hub {
	if h == nil {
		return nil
	}
	f := &Hub{
		app: h.app, clock: k, seed: seed, origin: h.origin, logger: h.logger, settings: h.settings, bounds: h.bounds,
		sockets: map[string]*socket{}, channels: map[string]*channel{},
	}
	if secret != [32]byte{} {
		f.app = makeApp(secret)
	}
	return f
}

// App gives the application that clients connect to.
func (h *Hub) App() App { return h.app }

// read takes the words of the contract.
func read(r *contracts.Realtime) (set settings, err error) {
	if r.Protocol != "" && r.Protocol != "pusher" {
		return set, fmt.Errorf("the protocol %.40q is not spoken; write pusher", r.Protocol)
	}
	path := r.Path
	if path == "" {
		path = defaultPath
	}
	before, after, ok := strings.Cut(path, "{key}")
	if !ok || !strings.HasPrefix(path, "/") || !strings.HasSuffix(before, "/") || after != "" && !strings.HasPrefix(after, "/") {
		return set, fmt.Errorf("the path %.80q has no segment {key}; write it like %s", path, defaultPath)
	}
	set.before, set.after = before, after
	// Reverb serves both below the same path, so what stands before the one stands before the other.
	set.api = strings.TrimSuffix(before, "app/") + "apps/"
	if !strings.HasSuffix(before, "/app/") {
		set.api = "/apps/"
	}
	if set.activity, err = duration("activityTimeout", r.ActivityTimeout, defaultActivity); err != nil {
		return set, err
	}
	if set.ping, err = duration("ping", r.Ping, defaultPing); err != nil {
		return set, err
	}
	set.message = r.MaxMessage
	if set.message == 0 {
		set.message = defaultMessage
	}
	if set.message < 0 || set.message > mostPublished {
		return set, fmt.Errorf("maxMessage %d is not from 1 to %d bytes", r.MaxMessage, mostPublished)
	}
	return set, nil
}

func duration(word, text string, fallback time.Duration) (time.Duration, error) {
	if text == "" {
		return fallback, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second {
		return 0, fmt.Errorf("%s %.40q is not a duration of a second or more; write it like \"30s\"", word, text)
	}
	return d, nil
}

// A Place is what stands at a path.
type Place struct {
	Socket bool     // the WebSocket endpoint
	Key    string   // of the application, as the path has it; for the WebSocket endpoint
	App    string   // id of the application, as the path has it; for the HTTP API
	Rest   []string // the segments behind it: "channels", "presence-lobby", "users"
}

// Find says what stands at a path below the contract's base, percent-encoded as it was sent. ok is false where it is
// nothing of the hub's.
func (h *Hub) Find(path string) (p Place, ok bool) {
	if rest, found := strings.CutPrefix(path, h.settings.before); found {
		if key, found := strings.CutSuffix(rest, h.settings.after); found && key != "" && !strings.Contains(key, "/") {
			return Place{Socket: true, Key: key}, true
		}
	}
	rest, found := strings.CutPrefix(path, h.settings.api)
	if !found {
		return Place{}, false
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 2 || len(parts) > 4 || parts[0] == "" {
		return Place{}, false
	}
	return Place{App: parts[0], Rest: parts[1:]}, true
}
