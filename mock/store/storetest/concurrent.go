package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"understudy/mock/store"
)

// testCounters adds to counters from many goroutines: no addition may be lost.
func testCounters(t *testing.T, s store.Store) {
	const workers, each = 8, 50
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range each {
				err := s.Update(t.Context(), func(tx store.Tx) error {
					return errors.Join(add(tx, "shared", 1), add(tx, fmt.Sprintf("own/%d", w), 1), tx.Put(fmt.Sprintf("item/%d/%03d", w, i), []byte("x")))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	view(t, s, func(tx store.Tx) {
		if got, err := tx.Get("shared"); err != nil || string(got) != strconv.Itoa(workers*each) {
			t.Errorf("the shared counter is %q, %v, want %d", got, err, workers*each)
		}
		if n, err := tx.Count("item/"); err != nil || n != workers*each {
			t.Errorf("%d items, %v, want %d", n, err, workers*each)
		}
	})
}

func add(tx store.Tx, key string, n int) error {
	value, err := tx.Get(key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	had, _ := strconv.Atoi(string(value))
	return tx.Put(key, []byte(strconv.Itoa(had+n)))
}

// testReaders moves one unit between accounts while readers sum them up: every View must see the same sum, and
// through Scan, Get and Count alike.
func testReaders(t *testing.T, s store.Store) {
	const accounts, sum = 100, 1000
	account := func(i int) string { return fmt.Sprintf("account/%03d", i%accounts) }
	update(t, s, func(tx store.Tx) error {
		for i := range accounts {
			if err := add(tx, account(i), sum/accounts); err != nil {
				return err
			}
		}
		return nil
	})
	done := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					view(t, s, func(tx store.Tx) { checkSum(t, tx, accounts, sum) })
				}
			}
		})
	}
	for i := range 300 {
		update(t, s, func(tx store.Tx) error {
			return errors.Join(add(tx, account(i), -1), add(tx, account(i*7+1), 1))
		})
	}
	close(done)
	all.Wait()
}

func checkSum(t *testing.T, tx store.Tx, accounts, want int) {
	sum := 0
	for key, value := range tx.Scan("account/", store.Scan{}) {
		n, err := strconv.Atoi(string(value))
		if err != nil {
			t.Errorf("%s holds %q", key, value)
		}
		sum += n
		if got, err := tx.Get(key); err != nil || string(got) != string(value) {
			t.Errorf("Get(%q) is %q, %v while Scan gave %q", key, got, err, value)
		}
	}
	if n, err := tx.Count("account/"); sum != want || err != nil || n != accounts {
		t.Errorf("a View sees %d units in %d accounts, %v; want %d in %d", sum, n, err, want, accounts)
	}
}
