package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A share is what authentication costs of a request.
type share struct {
	with, without time.Duration // CPU of the server for a request, with credentials enforced and off
}

// shareBudget is the largest part of a request that authentication may cost.
const shareBudget = 0.2

func (s *share) part() float64 { return 1 - float64(s.without)/float64(max(s.with, 1)) }

// authenticate measures one read with credentials enforced and off, two servers in turn.
func (s settings) authenticate(ctx context.Context, sub *subject, document string) (*share, error) {
	var servers []*process
	defer func() {
		for _, p := range servers {
			p.stop()
		}
	}()
	for _, auth := range []string{"enforce", "off"} {
		p, err := launch(ctx, s.understudy, append(serveArguments(document), "--auth", auth)...)
		if err != nil {
			return nil, err
		}
		servers = append(servers, p)
		if a, err := p.ask(ctx, sub.create, "only"); err != nil || a.status != 201 {
			return nil, fmt.Errorf("create an item with --auth %s: %v, %v", auth, a, err)
		}
	}
	row, err := s.growScene(ctx, servers, call{method: "GET", path: strings.ReplaceAll(sub.item, "%s", "1")})
	if err != nil {
		return nil, err
	}
	return &share{with: row[0], without: row[1]}, nil
}
