package webhook

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"understudy/contracts"
	"understudy/mock/store"
)

// open begins with what the store holds. The contract's own endpoints are registered where that was never done.
func (w *Webhooks) open(ctx context.Context) error {
	fresh, err := w.load(ctx)
	if err != nil {
		return err
	}
	if fresh {
		if err := w.registerOwn(ctx); err != nil {
			return err
		}
	}
	if !w.leads.Load() {
		return nil
	}
	return w.resume(ctx)
}

// load reads generation, last number and endpoints into a new era. fresh says that the contract's own endpoints are not there yet.
func (w *Webhooks) load(ctx context.Context) (fresh bool, err error) {
	var k keys
	var number uint64
	var b *kept
	var endpoints map[string]*endpoint
	err = w.store.View(ctx, func(tx store.Tx) error {
		generation, err := readGeneration(tx, newKeys(w.contract.Name, 0))
		if err != nil {
			return err
		}
		k = newKeys(w.contract.Name, generation)
		if number, err = lastNumber(tx, k); err != nil {
			return err
		}
		b = survey(tx, k)
		_, err = tx.Get(k.opened())
		if fresh = errors.Is(err, store.ErrNotFound); err != nil && !fresh {
			return err
		}
		endpoints, err = readEndpoints(tx, k)
		return err
	})
	if err != nil {
		return false, err
	}
	w.number.Store(number)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.endpoints, w.lanes, w.era = endpoints, map[string]*lane{}, newEra(k, b)
	return fresh, nil
}

func readGeneration(tx store.Tx, k keys) (uint64, error) {
	data, err := tx.Get(k.generation())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case len(data) != 8:
		return 0, errors.New("read the generation of the webhooks: it has another length")
	}
	return binary.BigEndian.Uint64(data), nil
}

func readEndpoints(tx store.Tx, k keys) (map[string]*endpoint, error) {
	list := map[string]*endpoint{}
	for _, data := range tx.Scan(k.endpoint(""), store.Scan{}) {
		e, err := decode[endpoint](data)
		if err != nil {
			return nil, err
		}
		list[e.ID] = e
	}
	return list, nil
}

// registerOwn registers the endpoints that the contract declares.
func (w *Webhooks) registerOwn(ctx context.Context) error {
	if b := w.contract.Behaviour.Webhooks; b != nil {
		for i, one := range b.Endpoints {
			if err := w.registerDeclared(ctx, one); err != nil {
				return fmt.Errorf("the endpoint %d of the contract: %w", i+1, err)
			}
		}
	}
	era := w.present()
	return w.update(ctx, era, func(tx store.Tx) error { return tx.Put(era.keys.opened(), []byte{1}) })
}

func (w *Webhooks) registerDeclared(ctx context.Context, b contracts.EndpointBehaviour) error {
	_, _, err := w.Register(ctx, EndpointRequest{
		URL: b.URL, Events: b.Events, Headers: b.Headers, APIVersion: b.APIVersion, SecretName: b.Secret,
		Disabled: b.Enabled != nil && !*b.Enabled, Source: FromContract,
	})
	return err
}

// turn begins a new generation: nothing that the store holds of events and deliveries is seen any more.
func (w *Webhooks) turn(ctx context.Context) error {
	err := w.store.Update(ctx, func(tx store.Tx) error {
		k := newKeys(w.contract.Name, 0)
		generation, err := readGeneration(tx, k)
		if err != nil {
			return err
		}
		last, err := lastNumber(tx, newKeys(w.contract.Name, generation))
		if err != nil {
			return err
		}
		if err := tx.Put(k.generation(), binary.BigEndian.AppendUint64(nil, generation+1)); err != nil {
			return err
		}
		w.number.Store(last) // so that ids of the origin are not given again
		return w.note(tx, newKeys(w.contract.Name, generation+1))
	})
	if err != nil {
		return err
	}
	_, err = w.load(ctx)
	return err
}

// end ends the era: timers are stopped, what is under way is cut off.
func (w *Webhooks) end(closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = w.closed || closed
	w.era.cancel()
	for _, l := range w.lanes {
		l.stop()
	}
	w.lanes = map[string]*lane{}
}

// Reset takes everything back to the start: the contract's own endpoints, and no events, deliveries and orders.
func (w *Webhooks) Reset(ctx context.Context) error {
	w.registry.Lock()
	w.end(false)
	k := w.present().keys
	err := w.store.Update(ctx, func(tx store.Tx) error {
		for _, prefix := range []string{k.era, k.endpoint(""), k.opened()} {
			for key := range tx.Scan(prefix, store.Scan{}) {
				if err := tx.Delete(key); err != nil {
					return err
				}
			}
		}
		return nil
	})
	w.registry.Unlock()
	if err == nil {
		err = w.open(ctx)
	}
	if err != nil {
		return fmt.Errorf("reset the webhooks of %s: %w", w.contract.Name, err)
	}
	return nil
}

// Restored is to be called when the store was put back to another state: what was under way is forgotten, what the store
// holds is done.
func (w *Webhooks) Restored(ctx context.Context) error {
	w.registry.Lock()
	w.end(false)
	w.registry.Unlock()
	if err := w.open(ctx); err != nil {
		return fmt.Errorf("resume the webhooks of %s: %w", w.contract.Name, err)
	}
	return nil
}

// Close takes no more events and waits until what is due or under way is over; when ctx ends first, it is cut off, and a
// store that lasts has it done by the next process. The error is ctx's then.
func (w *Webhooks) Close(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	err := w.Wait(ctx)
	w.Stop()
	if w.own != nil {
		w.own.CloseIdleConnections()
	}
	return err
}

// Stop ends everything at once, as when the process dies: what is under way is cut off and nothing is written any more.
func (w *Webhooks) Stop() {
	w.writeMarks(w.present()) // as the store of a process that died would have them
	w.end(true)
}
