// Package redis keeps the state of several processes in one Redis or Valkey (7 or later), alone or as a cluster.
//
// Each space is a store of its own, store.Replicated over a log that lives in Redis: a contract has one, and each of its
// sandboxes. A process holds the whole state in memory, reads it there after asking Redis whether that is still the latest, and changes
// it by a script that adds an entry to the log if nobody else did meanwhile. Redis is trusted with the state: it holds hashes of
// credentials, and secrets that deliveries are signed with.
package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/mock/store"

	goredis "github.com/redis/go-redis/v9"
)

// Options are what a Redis is made of. URL and Replica are required.
type Options struct {
	// URL is redis://[user:password@]host:port[/database], rediss:// for TLS, or either with several hosts, separated by commas, for a
	// cluster. The parameter namespace keeps deployments apart that share a server; without it, it is "understudy". Others are those of go-redis.
	URL     string
	Replica string        // name of this process, never used by another one
	Timeout time.Duration // of what is asked of Redis; 0: 5 s
	TLS     *tls.Config   // for rediss; nil: the system's authorities
	Kept    int           // entries of a log that are kept for those that lag behind; 0: 10,000
}

// Redis is a connection to the place where state is kept. It is safe for concurrent use. Make it with Open.
type Redis struct {
	client    goredis.UniversalClient
	namespace string
	replica   string
	timeout   time.Duration
	kept      int

	opened atomic.Uint64 // how many spaces were

	mu     sync.Mutex
	spaces map[string]*store.Replicated // by contract and sandbox, as channels name them
	heard  []*fact                      // that somebody wants to hear of
	feeds  *feeds
	stop   context.CancelFunc
	done   chan struct{} // closed when follow has ended
	fed    chan struct{} // closed when followFeeds has
}

var namespaceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// Open connects. It fails where Redis does not answer.
func Open(ctx context.Context, o Options) (*Redis, error) {
	options, namespace, err := parse(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Kept <= 0 {
		o.Kept = 10_000
	}
	if o.TLS != nil {
		options.TLSConfig = o.TLS
	}
	options.ClientName = "understudy"
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = o.Timeout, o.Timeout, o.Timeout
	options.ContextTimeoutEnabled = true
	quiet.Do(func() { goredis.SetLogger(silent{}) })
	r := &Redis{client: goredis.NewUniversalClient(options), namespace: namespace, replica: o.Replica, timeout: o.Timeout, kept: o.Kept, spaces: map[string]*store.Replicated{}, feeds: newFeeds()}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	if err := r.client.Ping(ctx).Err(); err != nil {
		_ = r.client.Close()
		return nil, fmt.Errorf("reach Redis at %s: %w", shown(o.URL), plain(err))
	}
	if err := r.fit(ctx); err != nil {
		_ = r.client.Close()
		return nil, fmt.Errorf("use Redis at %s: %w", shown(o.URL), err)
	}
	follow, stop := context.WithCancel(context.Background())
	r.stop, r.done, r.fed = stop, make(chan struct{}), make(chan struct{})
	go r.follow(follow)
	go r.followFeeds(follow)
	return r, nil
}

var quiet sync.Once

// silent is the library's logger: what it has to say reaches callers as errors.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// parse reads the address.
func parse(text string) (*goredis.UniversalOptions, string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "redis" && u.Scheme != "rediss" {
		return nil, "", errors.New("the address of Redis must be redis://[user:password@]host:port[/database], or rediss://…")
	}
	namespace := "understudy"
	q := u.Query()
	if q.Has("namespace") {
		if namespace = q.Get("namespace"); !namespaceForm.MatchString(namespace) {
			return nil, "", fmt.Errorf("the namespace %.100q of Redis has other signs than letters, digits, dots, hyphens and underscores", namespace)
		}
		q.Del("namespace")
		u.RawQuery = q.Encode()
	}
	hosts := strings.Split(u.Host, ",")
	u.Host = hosts[0]
	one, err := goredis.ParseURL(u.String())
	if err != nil {
		return nil, "", fmt.Errorf("the address of Redis: %w", plain(err))
	}
	options := &goredis.UniversalOptions{
		Addrs: []string{one.Addr}, DB: one.DB, Username: one.Username, Password: one.Password, TLSConfig: one.TLSConfig,
		PoolSize: one.PoolSize, MaxRetries: one.MaxRetries,
	}
	for _, host := range hosts[1:] {
		if !strings.Contains(host, ":") {
			host += ":6379"
		}
		options.Addrs = append(options.Addrs, host)
	}
	options.IsClusterMode = len(hosts) > 1
	return options, namespace, nil
}

// shown is an address without its password.
func shown(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "the address given"
	}
	return u.Redacted()
}

// plain is an error of the library without what it may quote of the address.
func plain(err error) error {
	var wrong *url.Error
	if errors.As(err, &wrong) {
		return wrong.Err
	}
	return err
}

// fit says whether the server can do what is needed of it.
func (r *Redis) fit(ctx context.Context) error {
	if _, err := sinceScript.Run(ctx, r.client, r.keys("fit", ""), "0", "").Result(); err != nil {
		return fmt.Errorf("it does not run our scripts (Redis 7 or Valkey 7 is needed): %w", err)
	}
	return nil
}

// keys names the keys of a space. The hash tag, in braces, is the contract's: its space and those of its sandboxes are on
// one node of a cluster.
func (r *Redis) keys(contract, sandbox string) []string {
	base := r.namespace + ":{" + tag(contract) + "}:"
	if sandbox != "" {
		base += "sandbox:" + sandbox + ":"
	}
	return []string{base + "end", base + "records", base + "log"}
}

// tag is a name that may stand in a hash tag.
func tag(name string) string { return strings.NewReplacer("{", "(", "}", ")").Replace(name) }

func (r *Redis) channel() string { return r.namespace + ":moved" }

// word is what the channel tells: who did something, and in which space or to which fact.
func (r *Redis) word(what string) string { return r.replica + "\x02" + what }

// Space opens the store of a contract, or of one of its sandboxes.
func (r *Redis) Space(ctx context.Context, contract, sandbox string) (*store.Replicated, error) {
	name := contract + "\x00" + sandbox
	r.mu.Lock()
	s := r.spaces[name]
	r.mu.Unlock()
	if s != nil {
		return s, nil
	}
	// A space that is opened again must not give marks again.
	mark := r.replica + "." + strconv.FormatUint(r.opened.Add(1), 36)
	l := &log{redis: r, name: name, keys: r.keys(contract, sandbox)}
	l.last = l.keys[2] + ":last:" + mark
	s, err := store.NewReplicated(ctx, store.ReplicatedOptions{Log: l, Name: mark, Timeout: r.timeout})
	if err != nil {
		return nil, fmt.Errorf("open the state of %s in Redis: %w", contract, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.spaces[name]; other != nil {
		_ = s.Close()
		return other, nil
	}
	l.store = s
	r.spaces[name] = s
	return s, nil
}

// dropScript removes a space. For an hour its end stays, so that a process that has not heard of it finds it empty and does
// not put back what it holds.
var dropScript = goredis.NewScript(`
redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  redis.call('HSET', KEYS[1], 'mark', ARGV[1])
  redis.call('EXPIRE', KEYS[1], 3600)
end
return 1`)

// Drop removes the records of a sandbox, and its feed.
func (r *Redis) Drop(ctx context.Context, contract, sandbox string) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	mark := r.replica + ".dropped." + strconv.FormatUint(r.opened.Add(1), 36)
	keys := append(r.keys(contract, sandbox), r.feedKeys(contract, sandbox)[1:]...)
	if err := dropScript.Run(ctx, r.client, keys, mark).Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return nil
}

// Ping says whether Redis answers.
func (r *Redis) Ping(ctx context.Context) error {
	if err := r.client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return nil
}

// followEvery is how long what others did may stay unseen where nobody reads and Redis' word of it was lost.
const followEvery = time.Second

// follow lets all spaces see what others did as soon as Redis tells.
func (r *Redis) follow(ctx context.Context) {
	defer close(r.done)
	told := r.client.Subscribe(ctx, r.channel())
	defer func() { _ = told.Close() }()
	channel := told.Channel()
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for {
		name, facts := "", true
		select {
		case m := <-channel:
			if m == nil {
				return
			}
			from, what, _ := strings.Cut(m.Payload, "\x02")
			if name = what; from == r.replica {
				continue // what was done here is known
			}
			if space, ok := strings.CutPrefix(what, feedSign); ok {
				r.feeds.touch(space)
				continue
			}
			facts = strings.HasPrefix(name, factSign)
		case <-ticker.C:
			r.feeds.touch("")
		case <-ctx.Done():
			return
		}
		if facts {
			r.hear(ctx)
		}
		r.mu.Lock()
		var list []*store.Replicated
		for n, s := range r.spaces {
			if name == "" || n == name {
				list = append(list, s)
			}
		}
		r.mu.Unlock()
		for _, s := range list {
			_ = s.Follow(ctx) // whoever needs it hears of the error
		}
	}
}

// Close closes all stores and the connection.
func (r *Redis) Close() error {
	r.stop()
	<-r.done
	<-r.fed
	r.mu.Lock()
	list := r.spaces
	r.spaces = map[string]*store.Replicated{}
	r.mu.Unlock()
	var errs []error
	for _, s := range list {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, r.client.Close())...)
}
