package store_test

import (
	"context"
	"testing"

	"understudy/mock/store"
	"understudy/mock/store/storetest"
)

// A lateLog is a log whose answers are on their way for as long as a test wants.
type lateLog struct {
	*storetest.Log
	appended, asked chan struct{} // told when an answer has been given
	append, ask     chan struct{} // awaited before it arrives
}

func (l *lateLog) Append(ctx context.Context, at store.Point, mark string, changes []store.Change) (*store.News, error) {
	news, err := l.Log.Append(ctx, at, mark, changes)
	l.appended <- struct{}{}
	<-l.append
	return news, err
}

func (l *lateLog) Since(ctx context.Context, at store.Point) (*store.News, error) {
	news, err := l.Log.Since(ctx, at)
	if l.ask != nil {
		l.asked <- struct{}{}
		<-l.ask
	}
	return news, err
}

// TestLateNews: a View sees what was answered before it began, although a change of this process becomes visible between the
// question to the log and its answer.
func TestLateNews(t *testing.T) {
	var shared storetest.Log
	late := &lateLog{Log: &shared, appended: make(chan struct{}), append: make(chan struct{})}
	here, err := store.NewReplicated(t.Context(), store.ReplicatedOptions{Log: late, Name: "here"})
	if err != nil {
		t.Fatal(err)
	}
	there := storetest.Share(t, &shared, "there")
	put := func(s store.Store, key string) error {
		return s.Update(t.Context(), func(tx store.Tx) error { return tx.Put(key, []byte("there")) })
	}
	late.asked, late.ask = make(chan struct{}), make(chan struct{})
	updated := make(chan error)
	go func() { updated <- put(here, "first") }()
	<-late.appended
	if err := put(there, "second"); err != nil {
		t.Fatal(err)
	}
	viewed := make(chan error)
	go func() {
		viewed <- here.View(t.Context(), func(tx store.Tx) error {
			_, err := tx.Get("second")
			return err
		})
	}()
	<-late.asked
	late.append <- struct{}{}
	if err := <-updated; err != nil {
		t.Fatal(err)
	}
	late.ask <- struct{}{}
	for {
		select {
		case <-late.asked:
			late.ask <- struct{}{}
			continue
		case err := <-viewed:
			if err != nil {
				t.Errorf("what another process was told is stored: %v", err)
			}
		}
		break
	}
}
