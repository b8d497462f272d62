package receiver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/scenarios"
)

// A probe is an address of the user's that tells what the receiver has done.
type probe struct {
	url     *url.URL
	pointer string // to the number in JSON; empty: what is a number there
}

// A reading is what a probe showed. Two readings are equal when nothing has happened in between.
type reading struct {
	numeric bool
	number  int64
	text    string // where there is no number
}

func (r reading) String() string {
	if r.numeric {
		return strconv.FormatInt(r.number, 10)
	}
	text := strings.Map(func(c rune) rune {
		if c < ' ' {
			return ' '
		}
		return c
	}, r.text)
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:60], "") + "…"
	}
	return strconv.Quote(text)
}

func newProbe(address string) (*probe, error) {
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("the probe is no http or https URL: give one like http://127.0.0.1:8080/processed, with a JSON Pointer behind # where the number stands deeper")
	}
	p := &probe{url: u, pointer: u.Fragment}
	u.Fragment, u.RawFragment = "", ""
	if p.pointer != "" && p.pointer[0] != '/' {
		return nil, fmt.Errorf("the part behind # of the probe is no JSON Pointer: write #/%s", p.pointer)
	}
	return p, nil
}

// read asks the probe once.
func (s *session) read(ctx context.Context) (reading, error) {
	p := s.probe
	q, err := http.NewRequest(http.MethodGet, p.url.String(), nil)
	if err != nil {
		return reading{}, err
	}
	q.Header.Set("Accept", "application/json, text/plain;q=0.9, */*;q=0.5")
	elsewhere := p.url.Host != s.target.URL.Host || p.url.Scheme != s.target.URL.Scheme
	reply, err := s.target.Send(ctx, scenarios.Request{
		HTTP: q, Operation: &contracts.Operation{ID: "probe", Method: http.MethodGet, Path: p.url.Path}, Purpose: "what the receiver has done", Unexamined: true, Hasty: true, Elsewhere: elsewhere,
	})
	if err != nil {
		return reading{}, err
	}
	s.run.Forget(reply.Number)
	switch {
	case reply.Exchange.Status == 0:
		return reading{}, skip("the probe cannot be asked: " + reply.Error)
	case reply.Exchange.Status/100 != 2:
		return reading{}, skip(fmt.Sprintf("the probe answered %d", reply.Exchange.Status))
	}
	return p.parse(reply.Exchange.ResponseBody)
}

// parse reads a number where there is one: the whole answer, what the pointer names, the length of a list, or the only whole
// number among an object's members. Else all of the answer counts as text.
func (p *probe) parse(body []byte) (reading, error) {
	value, err := schema.ParseJSON(body)
	if err != nil {
		if p.pointer != "" {
			return reading{}, skip("the probe's answer is no JSON, in which " + p.pointer + " could be found")
		}
		return textReading(strings.TrimSpace(string(body))), nil
	}
	if p.pointer != "" {
		inner, ok := schema.At(value, p.pointer)
		if !ok {
			return reading{}, skip("the probe's answer has nothing at " + p.pointer)
		}
		value = inner
	}
	switch v := value.(type) {
	case json.Number:
		return textReading(string(v)), nil
	case string:
		return textReading(v), nil
	case []any:
		return reading{numeric: true, number: int64(len(v))}, nil
	case map[string]any:
		var found []int64
		for _, member := range v {
			if n, ok := member.(json.Number); ok {
				if whole, err := n.Int64(); err == nil {
					found = append(found, whole)
				}
			}
		}
		if len(found) == 1 {
			return reading{numeric: true, number: found[0]}, nil
		}
	}
	return reading{text: string(schema.AppendJSON(nil, value, nil))}, nil
}

func textReading(text string) reading {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return reading{numeric: true, number: n}
	}
	return reading{text: text}
}

// How a probe is waited for: receivers that queue deliveries work on them after they have answered.
const (
	probePause = 60 * time.Millisecond
	quiet      = 120 * time.Millisecond // without a change, after which nothing more is expected
	quietFirst = time.Second            // the same while it is not known how long effects take
	effectIn   = 5 * time.Second        // in which an effect must show
	longest    = 30 * time.Second       // that a probe may take to stand still
)

// settle reads the probe until it has stood still for a while. The first time it finds out how long that has to be, from how
// late the effects of the good deliveries show.
func (s *session) settle(ctx context.Context) (reading, error) {
	if s.quiet > 0 {
		return s.still(ctx, s.quiet)
	}
	now, lag, err := s.changed(ctx, s.origin)
	if err != nil {
		return now, err
	}
	s.quiet = max(quiet, 2*lag)
	return s.still(ctx, max(quietFirst, 2*lag))
}

// still reads the probe until it has not changed for the given time.
func (s *session) still(ctx context.Context, enough time.Duration) (reading, error) {
	last, err := s.read(ctx)
	if err != nil {
		return last, err
	}
	for same, waited := time.Duration(0), time.Duration(0); same < enough; waited += probePause {
		if waited > longest {
			return last, skip("the probe never stands still")
		}
		if err := s.clock.Wait(ctx, probePause); err != nil {
			return last, err
		}
		next, err := s.read(ctx)
		if err != nil {
			return last, err
		}
		same += probePause
		if next != last {
			last, same = next, 0
		}
	}
	return last, nil
}

// changed waits until the probe is no longer as it was, and says how long that took; one that does not change is waited for in
// vain.
func (s *session) changed(ctx context.Context, before reading) (now reading, waited time.Duration, err error) {
	for ; waited < effectIn; waited += probePause {
		if now, err = s.read(ctx); err != nil || now != before {
			return now, waited, err
		}
		if err := s.clock.Wait(ctx, probePause); err != nil {
			return now, waited, err
		}
	}
	return before, 0, nil
}

// effect waits until the probe has changed, and then until it stands still.
func (s *session) effect(ctx context.Context, before reading) (reading, error) {
	now, _, err := s.changed(ctx, before)
	if err != nil || now == before {
		return now, err
	}
	return s.settle(ctx)
}

// moved says how far the probe went on; ok is false where that cannot be told because it shows no numbers.
func moved(before, after reading) (n int64, ok bool) {
	return after.number - before.number, before.numeric && after.numeric
}
