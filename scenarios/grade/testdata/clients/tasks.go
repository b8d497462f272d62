package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"
)

// tasks are what the clients do, in the order in which they are asked to.
var tasks = map[string]func(context.Context, *client) error{
	"list":      list,
	"look":      look,
	"create":    create,
	"change":    change,
	"remove":    remove,
	"signal":    signal,
	"remind":    remind,
	"search":    search,
	"buoys":     buoys,
	"forbidden": forbidden,
	"berths":    berths,
	"tides":     tides,
	"charts":    charts,
	"session":   session,
	"sessions":  sessions,
	"logins":    logins,
	"receive":   receive,
}

// A page of bookings.
type page struct {
	Data       []struct{ ID string }
	NextCursor *string
}

// list goes through all bookings.
func list(ctx context.Context, c *client) error {
	query := url.Values{"limit": {"3"}}
	if c.smallPages {
		query.Set("limit", "1")
	}
	if c.undocumentedParameter {
		query.Set("sort", "ship")
	}
	if c.deprecatedParameter {
		query.Set("page_size", "3")
	}
	for number := 1; ; number++ {
		got, err := c.do(ctx, call{method: "GET", path: "/bookings", query: query, who: "key"})
		if err != nil {
			return err
		}
		var p page
		if err := got.into(&p); err != nil {
			return err
		}
		if p.NextCursor == nil || c.firstPageOnly {
			break
		}
		query.Set("cursor", *p.NextCursor)
		if c.guessedPages {
			query.Set("cursor", base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "a%d", number*2)))
		}
	}
	var err error
	switch {
	case c.undocumentedRoute:
		_, _ = c.do(ctx, call{method: "GET", path: "/harbours", who: "key"})
	case c.undocumentedMethod:
		_, _ = c.do(ctx, call{method: "DELETE", path: "/buoys", who: "key"})
	case c.deprecated:
		_, err = c.do(ctx, call{method: "GET", path: "/moorings", who: "key"})
	case c.testKey:
		live := c.key
		c.key = os.Getenv("QUAY_TEST_KEY")
		_, err = c.do(ctx, call{method: "GET", path: "/buoys", who: "key"})
		c.key = live
	}
	return err
}

// look reads one booking several times.
func look(ctx context.Context, c *client) error {
	tag := ""
	for range 6 {
		x := call{method: "GET", path: "/bookings/bkg_03", who: "key", header: map[string]string{}}
		if tag != "" && !c.ignoreETag {
			x.header["If-None-Match"] = tag
		}
		got, err := c.do(ctx, x)
		if err != nil {
			return err
		}
		if got.status == http.StatusOK {
			tag = got.header.Get("ETag")
		}
	}
	return nil
}

// create books two berths.
func create(ctx context.Context, c *client) error {
	for _, ship := range []string{"Kittiwake", "Lapwing"} {
		x := call{method: "POST", path: "/bookings", body: map[string]any{"ship": ship, "days": 2}, who: "key", intent: rand.Text()}
		if c.invalidBody {
			x.body = map[string]any{"ship": ship, "days": 200}
		}
		got, err := c.do(ctx, x)
		if err != nil && c.absent {
			_, err = c.do(ctx, call{method: "GET", path: "/bookings/undefined", who: "key"})
			return err
		}
		if err != nil {
			return err
		}
		var made struct{ ID string }
		if err := got.into(&made); err != nil {
			return err
		}
	}
	return nil
}

// change makes a booking longer, if nobody else has changed it.
func change(ctx context.Context, c *client) error {
	got, err := c.do(ctx, call{method: "GET", path: "/bookings/bkg_05", who: "key"})
	if err != nil {
		return err
	}
	x := call{method: "PUT", path: "/bookings/bkg_05", body: map[string]any{"ship": "Eider", "days": 5}, who: "key", header: map[string]string{}, idempotent: true}
	if tag := got.header.Get("ETag"); tag != "" && !c.blindWrite {
		x.header["If-Match"] = tag
	}
	_, err = c.do(ctx, x)
	return err
}

// remove takes a booking back.
func remove(ctx context.Context, c *client) error {
	_, err := c.do(ctx, call{method: "DELETE", path: "/bookings/bkg_06", who: "key", idempotent: true})
	return err
}

// signal lights one.
func signal(ctx context.Context, c *client) error {
	body := map[string]any{"light": "two red", "minutes": 10}
	if c.misspeltMember {
		body = map[string]any{"light": "two red", "minute": 10}
	}
	_, err := c.do(ctx, call{method: "POST", path: "/signals", body: body, who: "key"})
	return err
}

// remind makes a reminder for each of many bookings.
func remind(ctx context.Context, c *client) (last error) {
	for i := range 13 {
		x := call{method: "POST", path: "/reminders", body: map[string]any{"booking": fmt.Sprintf("bkg_%02d", i)}, who: "key", intent: rand.Text()}
		_, err := c.do(ctx, x)
		if last = cmp.Or(err, last); err != nil && !c.deaf {
			return err
		}
	}
	return last
}

// search reads many bookings that there may be.
func search(ctx context.Context, c *client) (last error) {
	for i := range 14 {
		_, err := c.do(ctx, call{method: "GET", path: fmt.Sprintf("/bookings/bkg_%02d", i%7+1), who: "key"})
		if last = cmp.Or(err, last); err != nil && !c.deaf {
			return err
		}
	}
	return last
}

// buoys asks six times, and gives up when one of them fails for good.
func buoys(ctx context.Context, c *client) error {
	times := 6
	if c.polls {
		times = 30
	}
	for range times {
		if _, err := c.do(ctx, call{method: "GET", path: "/buoys", who: "key"}); err != nil {
			return err
		}
	}
	return nil
}

// forbidden asks by turns for what it may see and for what it may not.
func forbidden(ctx context.Context, c *client) (last error) {
	for range 6 {
		_, err := c.do(ctx, call{method: "GET", path: "/buoys", who: "key"})
		if last = cmp.Or(err, last); err != nil && !c.deaf {
			return err
		}
		if _, err := c.do(ctx, call{method: "GET", path: "/tides", who: "key"}); err != nil {
			return err
		}
	}
	return last
}

// berths asks six times, of which four fit into two seconds.
func berths(ctx context.Context, c *client) error {
	x := call{method: "GET", path: "/berths", who: "key"}
	switch {
	case c.burst:
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { _, _ = c.do(ctx, x) })
		}
		all.Wait()
		return nil
	case c.presses:
		for i := range 9 {
			if i > 0 {
				x.path = fmt.Sprintf("/berths/%d", i%5+1)
			}
			_, _, _ = c.once(ctx, x)
			time.Sleep(150 * time.Millisecond)
		}
		return nil
	}
	for i := range 6 {
		if i > 0 && !c.usesUp {
			time.Sleep(700 * time.Millisecond)
		}
		if c.usesUp {
			time.Sleep(150 * time.Millisecond)
		}
		if _, err := c.do(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// many does a thing 24 times, so many at once.
func many(open int, thing func(i int)) {
	slots := make(chan struct{}, open)
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			thing(i)
		})
	}
	all.Wait()
}

// tides asks 24 times, as many at once as is allowed.
func tides(ctx context.Context, c *client) error {
	open := 3
	if c.parallel {
		open = 4
	}
	many(open, func(i int) {
		_, _ = c.do(ctx, call{method: "GET", path: "/tides", query: url.Values{"day": {strconv.Itoa(i + 1)}}, who: "key"})
	})
	return nil
}

// charts stores 24 large charts.
func charts(ctx context.Context, c *client) error {
	open := 2
	if c.parallel {
		open = 4
	}
	chart := bytes.Repeat([]byte("chart "), 60_000)
	many(open, func(int) {
		_, _ = c.do(ctx, call{method: "POST", path: "/charts", who: "key", raw: chart, idempotent: true})
	})
	return nil
}

// session reads with a token until it has been renewed once, sessions until it has been twice.
func session(ctx context.Context, c *client) error  { return read(ctx, c, 5*time.Second) }
func sessions(ctx context.Context, c *client) error { return read(ctx, c, 8*time.Second) }

func read(ctx context.Context, c *client, long time.Duration) error {
	if c.copied {
		long = 3700 * time.Millisecond // the copy is still good
	}
	end := time.Now().Add(long)
	for time.Now().Before(end) {
		var all sync.WaitGroup
		failed := make([]error, 6)
		if c.stubborn {
			failed = failed[:1] // alone, so that everybody sees what it knew
		}
		for i := range failed {
			x := call{method: "GET", path: "/buoys", who: "token"}
			if c.copied && i%2 == 1 {
				x.own = c.first
			}
			all.Go(func() { _, failed[i] = c.do(ctx, x) })
		}
		all.Wait()
		if err := cmp.Or(failed...); err != nil {
			return err
		}
		time.Sleep(350 * time.Millisecond)
	}
	return nil
}

// logins reads several times with a token.
func logins(ctx context.Context, c *client) error {
	for range 5 {
		if _, err := c.do(ctx, call{method: "GET", path: "/buoys", who: "token"}); err != nil {
			return err
		}
	}
	return nil
}
