package main

import (
	"context"
	"fmt"
	"time"
)

// A start is what it takes until a document is served.
type start struct {
	subject        string
	ready          time.Duration // from the process's start to its first answer, median
	resident, peak int64         // bytes, median: behind the first answer, and at most until then
	budget         time.Duration
	residentBudget int64
	many           int   // requests sent afterwards; 0: not measured
	residentAfter  int64 // behind them
	journal        int64 // bound of the journal, which the budget leaves out
}

// journalBound is what the journal of the stand-in holds at most, by default.
const journalBound = 64 << 20

// serveArguments are how a document is served for a measurement: as a user would, but for the log of requests.
func serveArguments(document string) []string {
	return []string{"serve", document, "--listen", "127.0.0.1:0", "--quiet", "--seed", "1"}
}

// begin starts the stand-in several times and takes the medians.
func (s settings) begin(ctx context.Context, sub *subject, document string) (*start, error) {
	result := &start{subject: sub.name, budget: time.Duration(sub.coldMs) * time.Millisecond, residentBudget: int64(sub.coldMiB) << 20}
	var ready []time.Duration
	var resident, peak []int64
	for range s.rounds {
		begun := time.Now()
		p, err := launch(ctx, s.understudy, serveArguments(document)...)
		if err != nil {
			return nil, err
		}
		_, err = p.ask(ctx, call{method: "GET", path: sub.list}, "")
		ready = append(ready, time.Since(begun))
		for line, list := range map[string]*[]int64{"VmRSS": &resident, "VmHWM": &peak} {
			var n int64
			if err == nil {
				n, err = p.memory(line)
			}
			*list = append(*list, n)
		}
		p.stop()
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", sub.name, err)
		}
	}
	result.ready, result.resident, result.peak = median(ready), median(resident), median(peak)
	return result, nil
}

// last sends many requests to a fresh process and looks at its memory.
func (s settings) last(ctx context.Context, sub *subject, document string, st *start) error {
	p, err := launch(ctx, s.understudy, serveArguments(document)...)
	if err != nil {
		return err
	}
	defer p.stop()
	scenes, err := sub.scenes(ctx, p)
	if err != nil {
		return err
	}
	l := load{address: p.address, requests: scenes[0].requests(p.address, p.base), status: scenes[0].answer.status, connections: s.connections, count: s.many}
	if _, err := l.drive(ctx); err != nil {
		return err
	}
	st.many, st.journal = s.many, journalBound
	st.residentAfter, err = p.memory("VmRSS")
	return err
}
