package storetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"understudy/mock/store"
)

// A Log is a store.Log in memory, for tests of those who share a store. Its zero value is empty.
type Log struct {
	mu      sync.Mutex
	entries []logEntry
	fail    error
}

type logEntry struct {
	mark    string
	changes []store.Change
}

// Fail lets everything fail with an error until it is called with nil.
func (l *Log) Fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail = err
}

func (l *Log) end() store.Point {
	if len(l.entries) == 0 {
		return store.Point{}
	}
	return store.Point{Version: uint64(len(l.entries)), Mark: l.entries[len(l.entries)-1].mark}
}

// Append is store.Log's Append.
func (l *Log) Append(_ context.Context, at store.Point, mark string, changes []store.Change) (*store.News, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.fail != nil:
		return nil, l.fail
	case l.end().Mark == mark && mark != "":
		return nil, nil
	case l.end() != at:
		return l.since(at), nil
	}
	l.entries = append(l.entries, logEntry{mark, slices.Clone(changes)})
	return nil, nil
}

// Since is store.Log's Since.
func (l *Log) Since(_ context.Context, at store.Point) (*store.News, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return nil, l.fail
	}
	return l.since(at), nil
}

func (l *Log) since(at store.Point) *store.News {
	if at == l.end() {
		return nil
	}
	n := &store.News{Point: l.end()}
	for _, e := range l.entries[at.Version:] {
		n.Changes, n.Marks = append(n.Changes, e.changes...), append(n.Marks, e.mark)
	}
	return n
}

// Close does nothing: others may use the log.
func (l *Log) Close() error { return nil }

// Share opens the store of one of several processes over a log.
func Share(t testing.TB, l *Log, name string) *store.Replicated {
	t.Helper()
	s, err := store.NewReplicated(t.Context(), store.ReplicatedOptions{Log: l, Name: name, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
