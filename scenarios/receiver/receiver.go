// Package receiver judges a user's own endpoint for webhooks: it plays the vendor of a contract, sends good deliveries of
// every event and then hostile and odd ones, and judges the answers.
//
// Nothing of it is the stand-in's: signatures come from contracts/signature, payloads from the contract. What a receiver
// has done it cannot see; where the user names a probe, an address that tells, effects are judged as well.
package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/schema"
	"understudy/scenarios"
)

// Options say which receiver is judged, and with what. Contract, URL, Secrets and Clock are required.
type Options struct {
	Contract *contracts.Contract
	URL      string            // that deliveries go to
	Secrets  map[string]string // by the contract's environment name: "STRIPE_WEBHOOK_SECRET"
	Events   []string          // names, in which * stands for any text; empty: all events of the contract
	Timeout  time.Duration     // of one delivery; 0: the contract's, which is 15 s where it says nothing

	// Probe is an address that tells what the receiver has done: a number, or JSON with a number, that grows by one with each
	// event that took effect; or any text that changes. A fragment is a JSON Pointer to the number. Empty: effects are not judged.
	Probe string
	// APIVersion adds what Stripe's own libraries look for to events that are signed like Stripe's, api_version among it; empty:
	// as the contract says.
	APIVersion string
	// Remote allows a receiver that is not on loopback. It is the consent of whoever operates it to hostile deliveries.
	Remote bool

	Only, Skip  []string // checks, as check.Select reads them; good deliveries are sent in any case
	Header      http.Header
	Seed        uint64
	Clock       scenarios.Clock
	Tool        scenarios.Tool
	Rate        float64       // deliveries a second at most; 0: no bound on loopback, 5 elsewhere
	MaxRequests int           // 0: no bound
	Within      time.Duration // that sending may take; 0: no bound
	FailFast    bool
	KeepAll     bool
	Progress    func(scenarios.Progress)
	Hidden      []string         // texts that are hidden in the result, besides the secrets
	Require     []scenarios.Gate // bounds on the coverage of webhooks

	// Settle finishes the result, by Run.Settle; nil: nothing is known before.
	Settle func(*scenarios.Run, *scenarios.Result) error
}

// ErrUnreachable says that nothing was delivered at all.
var ErrUnreachable = errors.New("the receiver cannot be reached")

// Judge tries a receiver and gives the result. An error means that nothing could be judged: options that do not fit the
// contract, or ErrUnreachable. A run that was ended from outside gives what was judged until then.
func Judge(ctx context.Context, o Options) (*scenarios.Result, error) {
	s, err := newSession(o)
	if err != nil {
		return nil, err
	}
	if s.probe != nil {
		// Where it cannot be asked now, the trials that need it say so.
		s.origin, _ = s.read(ctx)
	}
	plan := s.plan()
	for i := range plan {
		if err := s.carryOut(ctx, &plan[i], len(plan)); err != nil {
			return nil, err
		}
	}
	s.prove()
	result := s.run.Result([]scenarios.Suite{s.suite})
	if o.Settle != nil {
		if err := o.Settle(s.run, result); err != nil {
			return nil, err
		}
	}
	result.Coverage = s.coverage()
	result.Require(o.Require)
	return result, nil
}

// A session is the judgement of one receiver. Trials are carried out one after the other.
type session struct {
	options  Options
	url      string // that deliveries go to
	run      *scenarios.Run
	target   *scenarios.Deployment
	clock    scenarios.Clock
	started  time.Time
	timeout  time.Duration
	selected check.Selection
	families []*family
	lent     []*family     // families whose secret is known though none of their events is tried
	whole    bool          // every event of the contract is tried
	probe    *probe        // nil: there is none
	origin   reading       // of the probe, before anything was sent
	quiet    time.Duration // after which the probe stands still; 0: it is not known yet
	suite    scenarios.Suite
	serial   int    // of the last message
	reached  bool   // there was a connection
	gone     string // id of the test after which there was none any more
}

// mostAnswer bounds what is read of an answer, in bytes: senders are not interested in more.
const mostAnswer = 64 << 10

// atOnce is how many deliveries come at the same time.
const atOnce = 10

func newSession(o Options) (*session, error) {
	if o.Contract == nil || o.Clock == nil {
		return nil, errors.New("judge a receiver: a contract and a clock are needed")
	}
	address, base, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	s := &session{options: o, url: address, clock: o.Clock, started: o.Clock.Now(), timeout: o.Timeout}
	if s.timeout <= 0 {
		s.timeout = o.Contract.DeliveryPolicy().Timeout
	}
	if s.selected, err = selection(o.Only, o.Skip); err != nil {
		return nil, err
	}
	if err := s.gather(); err != nil {
		return nil, err
	}
	if s.probe, err = newProbe(o.Probe); err != nil {
		return nil, err
	}
	if err := s.begin(base); err != nil {
		return nil, err
	}
	s.suite = scenarios.Suite{Name: o.Contract.Name + " receiver", Kind: "receiver", Contract: o.Contract.Name}
	if s.probe == nil {
		s.run.Note("No probe was given, so that what the receiver does with a delivery was not judged, only how it answers.")
	}
	return s, nil
}

// begin starts the run. Deliveries go over connections of their own, as vendors' do: what a broken one leaves behind is then
// never blamed on the next.
func (s *session) begin(base string) error {
	o := s.options
	hidden := o.Hidden
	for _, text := range o.Secrets {
		hidden = append(hidden, text, strings.TrimPrefix(text, "whsec_"))
	}
	rate := o.Rate
	if rate == 0 && !isLocal(base) {
		rate = 5
	}
	var err error
	s.run, err = scenarios.New(scenarios.Options{
		Tool: o.Tool, Command: "receiver", Seed: o.Seed, Clock: o.Clock, Transport: newWire(o.Clock), Jobs: atOnce, Rate: rate,
		MaxRequests: o.MaxRequests, Within: o.Within, Timeout: s.timeout, MaxBody: mostAnswer, KeepAll: o.KeepAll, Disruptive: o.Remote,
		FailFast: o.FailFast, Header: o.Header, Secrets: hidden, Progress: o.Progress,
	})
	if err != nil {
		return err
	}
	s.target, err = s.run.Deploy(o.Contract, base, nil, nil, nil)
	if err != nil {
		return err
	}
	if s.target.Careful() {
		return fmt.Errorf("the receiver %s is not on this machine: forged, broken and oversized deliveries are sent, which only its operator may want; "+
			"say so with --allow-remote", s.target.URL.Host)
	}
	return nil
}

// parseURL gives the address of a receiver, and without its query.
func parseURL(text string) (address, base string, err error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return "", "", errors.New("the receiver's address is no http or https URL: give one like http://127.0.0.1:8080/webhooks")
	case u.User != nil:
		return "", "", errors.New("the receiver's address holds a user name: give credentials with --header 'Authorization: …'")
	}
	u.Fragment, u.RawFragment = "", ""
	address = u.String()
	u.RawQuery, u.ForceQuery = "", false
	return address, u.String(), nil
}

func isLocal(base string) bool {
	u, err := url.Parse(base)
	return err == nil && scenarios.IsLoopback(u.Hostname())
}

// selection reads the checks that are wanted, of which at least one must be a receiver's.
func selection(only, skip []string) (check.Selection, error) {
	if len(only) == 0 {
		only = []string{"RCV"}
	}
	selected, err := check.Select(only, skip)
	if err != nil {
		return selected, err
	}
	for _, id := range selected.IDs() {
		if strings.HasPrefix(id, "RCV-") {
			return selected, nil
		}
	}
	return selected, errors.New("no check of a receiver is selected: theirs are RCV-001 and so on")
}

// place is where the contract speaks of an event.
func place(e *contracts.Event) check.Place {
	at := e.Behaviour.At
	if e.Operation != nil {
		at = e.Operation.At
	}
	return check.PlaceOf(at)
}

// coverage tells which events the receiver took.
func (s *session) coverage() *scenarios.Coverage {
	d := scenarios.Dimension{Name: "webhooks", Contract: s.options.Contract.Name}
	taken, tried := map[string]bool{}, map[string]bool{}
	for _, f := range s.families {
		for _, e := range f.events {
			tried[e.Name], taken[e.Name] = true, f.taken[e.Name]
		}
	}
	for _, e := range s.options.Contract.Events() {
		d.Total++
		if taken[e.Name] {
			d.Covered++
			continue
		}
		reason := "no good delivery of it was accepted"
		if !tried[e.Name] {
			reason = "it was not to be sent"
		}
		d.Gaps = append(d.Gaps, scenarios.Gap{Name: e.Name, Reason: reason, At: place(e)})
	}
	return &scenarios.Coverage{Dimensions: []scenarios.Dimension{d}}
}

// maker makes up what is new in each message.
func (s *session) maker() *schema.Maker {
	return &schema.Maker{Seed: s.options.Seed, Now: s.clock.Now(), Examples: true}
}
