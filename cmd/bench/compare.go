package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// A comparison is one case of one document, the stand-in beside the bare handler.
type comparison struct {
	subject, scene string
	size           int // bytes of the answer's body
	budget         budget
	bare, ours     side
	cpu, rate, p99 float64 // medians of the ratios of neighbouring rounds
	generator      time.Duration
}

// A side is the medians of one server's rounds.
type side struct {
	cpu  time.Duration // of the server for a request
	rate float64       // requests a second
	p99  time.Duration
}

// compare measures one case in alternating rounds: bare handler, stand-in, bare handler ...
func (s settings) compare(ctx context.Context, self string, name string, p *process, sc scene) (*comparison, error) {
	plain, err := launchBare(ctx, self, constant{Status: sc.answer.status, Header: sc.answer.header, Body: sc.answer.body})
	if err != nil {
		return nil, err
	}
	defer plain.stop()
	c := &comparison{subject: name, scene: sc.name, size: len(sc.answer.body), budget: sc.budget}
	var bare, ours []side
	var generator []time.Duration
	for n := range s.rounds + 1 {
		var pair [2]side
		for i, server := range []*process{plain, p} {
			l := load{address: server.address, requests: sc.requests(server.address, server.base), status: sc.answer.status, connections: s.connections, duration: s.duration}
			if n == 0 { // caches, connections and the heap get warm
				l.duration = min(l.duration, 300*time.Millisecond)
			}
			var r *round
			if pair[i], r, err = server.measure(ctx, l); err != nil {
				return nil, fmt.Errorf("%s of %s: %w", sc.name, name, err)
			}
			generator = append(generator, r.cpu/time.Duration(r.requests))
		}
		if n > 0 {
			bare, ours = append(bare, pair[0]), append(ours, pair[1])
		}
	}
	c.bare, c.ours = medians(bare), medians(ours)
	c.generator = median(generator)
	c.cpu = ratios(ours, bare, func(s side) float64 { return float64(s.cpu) })
	c.rate = ratios(ours, bare, func(s side) float64 { return s.rate })
	c.p99 = ratios(ours, bare, func(s side) float64 { return float64(s.p99) })
	return c, nil
}

// measure sends one load and says what it cost the server.
func (p *process) measure(ctx context.Context, l load) (side, *round, error) {
	before, err := p.cpu()
	if err != nil {
		return side{}, nil, err
	}
	r, err := l.drive(ctx)
	if err != nil {
		return side{}, nil, err
	}
	after, err := p.cpu()
	if err != nil {
		return side{}, nil, err
	}
	if r.requests == 0 {
		return side{}, nil, fmt.Errorf("not one request was answered in %s", r.elapsed)
	}
	return side{cpu: (after - before) / time.Duration(r.requests), rate: r.rate(), p99: r.p99()}, r, nil
}

func medians(list []side) side {
	return side{
		cpu:  median(values(list, func(s side) time.Duration { return s.cpu })),
		rate: median(values(list, func(s side) float64 { return s.rate })),
		p99:  median(values(list, func(s side) time.Duration { return s.p99 })),
	}
}

// ratios is the median of the ratios of rounds that were measured side by side.
func ratios(ours, bare []side, of func(side) float64) float64 {
	list := make([]float64, 0, len(ours))
	for i := range ours {
		if of(bare[i]) > 0 {
			list = append(list, of(ours[i])/of(bare[i]))
		}
	}
	return median(list)
}

func values[T any](list []side, of func(side) T) []T {
	all := make([]T, len(list))
	for i, s := range list {
		all[i] = of(s)
	}
	return all
}

// median is the middle one, the upper one of two; zero for none.
func median[T cmp.Ordered](list []T) T {
	var none T
	if len(list) == 0 {
		return none
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
