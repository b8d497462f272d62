package telemetry

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"understudy/mock/clock"
)

// A batcher collects spans and sends them together, on a goroutine of its own.
type batcher struct {
	options *Options
	sender  *sender
	limits  Batch
	queue   chan pending
	held    atomic.Int64 // bytes behind the spans of the queue
	dropped *counters

	closing chan struct{} // closed: no more spans are taken
	once    sync.Once
	ctx     context.Context // of what is sent
	cancel  context.CancelFunc
	done    chan error // gets what came of the last requests
}

func newBatcher(o Options, s *sender, dropped *counters) *batcher {
	l := o.Batch
	if l.Queue <= 0 {
		l.Queue = 2048
	}
	if l.Bytes <= 0 {
		l.Bytes = 32 << 20
	}
	if l.Most <= 0 {
		l.Most = 512
	}
	if l.Delay <= 0 {
		l.Delay = 5 * time.Second
	}
	b := &batcher{
		options: &o, sender: s, limits: l, queue: make(chan pending, l.Queue), dropped: dropped,
		closing: make(chan struct{}), done: make(chan error, 1),
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	go b.run()
	return b
}

// add queues a span; where there is no room it is dropped, and counted.
func (b *batcher) add(p pending) {
	size := p.size()
	if b.held.Add(size) <= b.limits.Bytes {
		select {
		case <-b.closing:
		case b.queue <- p:
			return
		default:
		}
	}
	b.held.Add(-size)
	b.dropped.at(key{"queue"}).Add(1)
}

func (b *batcher) run() {
	ticker := time.NewTicker(b.limits.Delay)
	defer ticker.Stop()
	var list []*span
	for {
		select {
		case p := <-b.queue:
			if list = append(list, b.make(p)); len(list) >= b.limits.Most {
				list = b.flush(list, nil)
			}
		case <-ticker.C:
			list = b.flush(list, nil)
		case <-b.closing:
			b.done <- b.drain(list)
			return
		}
	}
}

// make makes a span of what was queued.
func (b *batcher) make(p pending) *span {
	b.held.Add(-p.size())
	return p.span()
}

// drain sends all that is left.
func (b *batcher) drain(list []*span) (failure error) {
	for {
		select {
		case p := <-b.queue:
			if list = append(list, b.make(p)); len(list) >= b.limits.Most {
				list = b.flush(list, &failure)
			}
		default:
			b.flush(list, &failure)
			return failure
		}
	}
}

// flush sends spans. A failure is logged, or kept where somebody waits for it.
func (b *batcher) flush(list []*span, failure *error) []*span {
	if len(list) == 0 {
		return list
	}
	err := b.sender.send(b.ctx, traceRequest(b.options, list, b.sender.export.JSON))
	if err != nil {
		b.dropped.at(key{"collector"}).Add(uint64(len(list)))
		b.sender.report(err)
		if failure != nil && *failure == nil {
			*failure = err
		}
	}
	return list[:0]
}

// close sends what is left until ctx ends.
func (b *batcher) close(ctx context.Context) error {
	b.once.Do(func() { close(b.closing) })
	stop := context.AfterFunc(ctx, b.cancel)
	defer stop()
	err := <-b.done
	b.done <- err // for who closes again
	if err == nil {
		err = ctx.Err() // what was under way was cut
	}
	b.sender.client.CloseIdleConnections()
	return err
}

// A reader sends the metrics again and again, on a goroutine of its own.
type reader struct {
	telemetry *Telemetry
	sender    *sender
	closing   chan struct{}
	once      sync.Once
	ctx       context.Context
	cancel    context.CancelFunc
	done      chan error
}

func newReader(t *Telemetry, s *sender) *reader {
	r := &reader{telemetry: t, sender: s, closing: make(chan struct{}), done: make(chan error, 1)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	go r.run()
	return r
}

func (r *reader) run() {
	ticker := time.NewTicker(r.telemetry.options.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.sender.report(r.send())
		case <-r.closing:
			err := r.send()
			r.sender.report(err)
			r.done <- err
			return
		}
	}
}

func (r *reader) send() error {
	families := r.telemetry.collect(r.ctx)
	return r.sender.send(r.ctx, metricRequest(&r.telemetry.options, families, clock.Real{}.Now(), r.sender.export.JSON))
}

// close sends the metrics once more, until ctx ends.
func (r *reader) close(ctx context.Context) error {
	r.once.Do(func() { close(r.closing) })
	stop := context.AfterFunc(ctx, r.cancel)
	defer stop()
	err := <-r.done
	r.done <- err
	if err == nil {
		err = ctx.Err()
	}
	r.sender.client.CloseIdleConnections()
	return err
}
