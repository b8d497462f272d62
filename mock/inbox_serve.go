package mock

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"understudy/contracts/signature"
	"understudy/mock/clock"
)

// ServeHTTP takes one request and answers it. The request's path is its address: who serves the inbox below a path of its
// own takes that off before (http.StripPrefix).
func (b *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one := &Received{
		At: b.clock.Now(), Address: cleanAddress(r.URL.Path), Method: r.Method, URL: r.RequestURI, Host: r.Host, Header: r.Header.Clone(), Size: r.ContentLength,
	}
	var err error
	one.Body, err = io.ReadAll(io.LimitReader(r.Body, inboxBody+1))
	if len(one.Body) > inboxBody {
		one.Body, one.Cut = slices.Clone(one.Body[:inboxBody]), true
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 16*inboxBody)) // so that the sender may end before it is answered
	} else if err == nil {
		one.Size = int64(len(one.Body))
	}
	one.Cut = one.Cut || err != nil
	one.Verdict = b.judge(one, requestURL(r))
	answer := b.take(one)
	if !b.pause(r, answer) {
		return
	}
	if answer.Cut {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for name, values := range answer.Header {
		h[name] = values
	}
	w.WriteHeader(one.Status)
	_, _ = w.Write(answer.Body) // who is gone need not be told
}

// take keeps a request and gives its answer.
func (b *Inbox) take(one *Received) InboxAnswer {
	b.mu.Lock()
	defer b.mu.Unlock()
	answer := b.next(one.Address)
	if answer.Status == 0 {
		answer.Status = http.StatusNoContent
	}
	one.Status = answer.Status
	b.newest++
	one.ID, one.weight = b.newest, one.weigh()
	b.list = append(b.list, one)
	b.bytes += one.weight
	for len(b.list) > inboxEntries || b.bytes > inboxBytes {
		b.bytes -= b.list[0].weight
		b.list[0] = nil
		b.list = b.list[1:]
		b.dropped++
	}
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
	return answer
}

// weigh is about what a request holds in bytes.
func (r *Received) weigh() int {
	size := entryOverhead + len(r.URL) + len(r.Body)
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + 40
		}
	}
	return size
}

// pause waits before an answer. It is false where the sender left meanwhile.
func (b *Inbox) pause(r *http.Request, answer InboxAnswer) bool {
	if answer.Delay <= 0 {
		return true
	}
	k := b.clock
	if answer.Real {
		k = clock.Real{}
	}
	done := make(chan struct{})
	stop := clock.Schedule(k, answer.Delay, "answer "+r.URL.Path+" of the inbox", func() { close(done) })
	select {
	case <-done:
		return true
	case <-r.Context().Done():
		stop()
		return false
	}
}

// judge looks for a secret that the signature fits. Of several kinds that were tried the last one's refusal is told.
func (b *Inbox) judge(one *Received, url string) InboxVerdict {
	verdict := InboxVerdict{Reason: signature.Missing, Detail: "the request has no header with a signature of a kind that is known here"}
	if one.Cut {
		return InboxVerdict{Reason: signature.Malformed, Detail: "the body did not come whole, or is too large to be judged"}
	}
	m := signature.Message{At: one.At, URL: url, Body: one.Body, ContentType: one.Header.Get("Content-Type")}
	for _, key := range b.keys() {
		if !carries(key.Scheme, one.Header) {
			continue
		}
		err := key.Scheme.Verify(one.Header, m, one.At, key.Secrets...)
		if err == nil {
			return InboxVerdict{Good: true, Key: key.Name, Kind: key.Scheme.Kind}
		}
		var refusal *signature.Refusal
		if errors.As(err, &refusal) {
			verdict = InboxVerdict{Kind: key.Scheme.Kind, Reason: refusal.Reason, Detail: refusal.Detail}
		}
	}
	return verdict
}

// carries says that a request has the header that such signatures stand in.
func carries(scheme signature.Scheme, h http.Header) bool {
	names := scheme.HeaderNames()
	return len(names) > 0 && len(h.Values(names[0])) > 0
}

// requestURL is where a request went, as its sender wrote it.
func requestURL(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + r.RequestURI
}
