package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A growth is what a request costs the server when the collection is small and when it is large.
type growth struct {
	items    []int
	scenes   []string
	cpu      [][]time.Duration // by scene, by size
	resident []int64           // by size
}

// grow fills one process for each size and measures them in turn.
func (s settings) grow(ctx context.Context, sub *subject, document string) (*growth, error) {
	g := &growth{items: s.items}
	var servers []*process
	defer func() {
		for _, p := range servers {
			p.stop()
		}
	}()
	for _, n := range s.items {
		p, err := launch(ctx, s.understudy, serveArguments(document)...)
		if err != nil {
			return nil, err
		}
		servers = append(servers, p)
		if err := s.fill(ctx, sub, p, n); err != nil {
			return nil, fmt.Errorf("create %d items: %w", n, err)
		}
		resident, err := p.memory("VmRSS")
		if err != nil {
			return nil, err
		}
		g.resident = append(g.resident, resident)
	}
	for _, sc := range []struct{ name, path string }{
		{"GET one", strings.ReplaceAll(sub.item, "%s", "500")},
		{"first page of 20", sub.list},
		{"filtered page of 20", sub.filtered},
	} {
		row, err := s.growScene(ctx, servers, call{method: "GET", path: sc.path})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sc.name, err)
		}
		g.scenes, g.cpu = append(g.scenes, sc.name), append(g.cpu, row)
	}
	return g, nil
}

// fill creates items of three kinds, so that a filter has something to find.
func (s settings) fill(ctx context.Context, sub *subject, p *process, n int) error {
	l := load{address: p.address, status: 201, connections: s.connections, count: n}
	for _, status := range []string{"available", "pending", "sold"} {
		c := sub.create
		c.body = strings.Replace(c.body, "available", status, 1)
		l.requests = append(l.requests, c.as(p).bytes(p.address, p.base, ""))
	}
	_, err := l.drive(ctx)
	return err
}

func (s settings) growScene(ctx context.Context, servers []*process, c call) ([]time.Duration, error) {
	costs := make([][]time.Duration, len(servers))
	for n := range s.rounds + 1 {
		for i, p := range servers {
			l := load{address: p.address, requests: [][]byte{c.as(p).bytes(p.address, p.base, "")}, status: 200, connections: s.connections, duration: s.duration}
			cost, _, err := p.measure(ctx, l)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				costs[i] = append(costs[i], cost.cpu)
			}
		}
	}
	row := make([]time.Duration, len(servers))
	for i := range costs {
		row[i] = median(costs[i])
	}
	return row, nil
}
