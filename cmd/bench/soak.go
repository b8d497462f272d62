package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A sight is what the stand-in's process holds at one moment of a soak.
type sight struct {
	at         time.Duration // since the load began
	requests   int64         // answered so far
	deliveries int64         // that have arrived
	resident   int64
	heap       int64 // bytes that the Go runtime uses for objects; stacks and the rest are told apart
	goroutines int64
	files      int
}

// soak runs a mixed load for a long time and says whether what the process holds stays flat.
func (s settings) soak(ctx context.Context, folder string) error {
	var arrived atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived.Add(1)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer receiver.Close()
	sub := &subjects[0]
	document, err := sub.document(s.specs, folder)
	if err != nil {
		return err
	}
	arguments, err := sub.arguments(document, folder, soakEvents)
	if err != nil {
		return err
	}
	p, err := launch(ctx, s.understudy, append(arguments, "--control", "127.0.0.1:0", "--journal-entries", "2000", "--pprof")...)
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := p.manage(ctx, http.MethodPost, "/endpoints", map[string]any{"url": receiver.URL}); err != nil {
		return err
	}
	m := &mixture{process: p, sub: sub, connections: s.connections}
	if err := m.prepare(ctx); err != nil {
		return err
	}
	most, err := m.run(ctx, s.calibration(), 0, nil)
	if err != nil {
		return err
	}
	rate := s.rate
	if rate == 0 {
		rate = most / 2
	}
	fmt.Printf("Soak of %s with %d connections: %.0f requests/s at most, %.0f asked for.\n\n| minute | requests | deliveries | resident | heap | goroutines | files |\n|--:|--:|--:|--:|--:|--:|--:|\n", s.soakFor, s.connections, most, rate)
	var sights []sight
	look := func(at time.Duration, requests int64) error {
		g, err := p.look(ctx)
		if err != nil {
			return err
		}
		g.at, g.requests, g.deliveries = at, requests, arrived.Load()
		sights = append(sights, g)
		fmt.Printf("| %.1f | %d | %d | %s | %s | %d | %d |\n", at.Minutes(), g.requests, g.deliveries, mebibytes(g.resident), mebibytes(g.heap), g.goroutines, g.files)
		return nil
	}
	reached, err := m.run(ctx, s.soakFor, rate, &watch{every: s.every, look: look})
	if err != nil {
		return err
	}
	verdicts := judgeSights(sights)
	fmt.Printf("\n%.0f requests/s were answered, %d refused as they should be, none otherwise. %s\n", reached, m.refused.Load(), strings.Join(verdicts, " "))
	if slices.ContainsFunc(verdicts, func(v string) bool { return strings.Contains(v, "grows") }) {
		return errors.New("what the process holds does not stay flat")
	}
	return nil
}

// calibration is how long the largest rate is measured.
func (s settings) calibration() time.Duration {
	return min(10*time.Second, max(s.soakFor/6, time.Second))
}

// look asks the process and the system what it holds.
func (p *process) look(ctx context.Context) (g sight, err error) {
	if g.resident, err = p.memory("VmRSS"); err != nil {
		return g, err
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.command.Process.Pid))
	if err != nil {
		return g, err
	}
	g.files = len(files)
	text, err := p.reach(ctx, http.MethodGet, p.control.URL+"/metrics", nil)
	if err != nil {
		return g, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
		case name == "go_goroutines":
			g.goroutines = int64(n)
		case strings.HasPrefix(name, "go_memory_used_bytes") && !strings.Contains(name, `"stack"`):
			g.heap += int64(n)
		}
	}
	if g.goroutines == 0 || g.heap == 0 {
		return g, errors.New("the metrics tell of no goroutines or no memory")
	}
	return g, nil
}

// judgeSights says of each figure whether it is flat: the median of the last third beside that of the second. The first
// third is left out, in which bounds are filled.
func judgeSights(sights []sight) []string {
	third := len(sights) / 3
	if third == 0 {
		return []string{"It was too short to be judged: three looks are needed."}
	}
	var verdicts []string
	for _, f := range []struct {
		name  string
		of    func(sight) int64
		slack int64 // that is no growth, whatever its share
	}{
		{"Resident memory", func(g sight) int64 { return g.resident }, 8 << 20},
		{"The heap", func(g sight) int64 { return g.heap }, 16 << 20},
		{"The number of goroutines", func(g sight) int64 { return g.goroutines }, 40},
		{"The number of open files", func(g sight) int64 { return int64(g.files) }, 20},
	} {
		middle := medianOf(sights[third:2*third], f.of)
		last := medianOf(sights[len(sights)-third:], f.of)
		word := "is flat"
		if last > middle+max(middle/10, f.slack) {
			word = "grows"
		}
		verdicts = append(verdicts, fmt.Sprintf("%s %s (%d, then %d).", f.name, word, middle, last))
	}
	return verdicts
}

func medianOf(sights []sight, of func(sight) int64) int64 {
	list := make([]int64, len(sights))
	for i, g := range sights {
		list[i] = of(g)
	}
	return median(list)
}

// manage calls the management API for the first contract.
func (p *process) manage(ctx context.Context, method, path string, body any) ([]byte, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return p.reach(ctx, method, p.control.URL+"/contracts/"+p.contract+path, data)
}

// reach calls any address of the management API.
func (p *process) reach(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		q.Header.Set("Content-Type", "application/json")
	}
	if p.control.Token != "" {
		q.Header.Set("Authorization", "Bearer "+p.control.Token)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	data, err := io.ReadAll(io.LimitReader(a.Body, 4<<20))
	if err == nil && a.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: status %d: %.300s", method, url, a.StatusCode, data)
	}
	return data, err
}
