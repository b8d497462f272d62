package mock

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"time"

	"understudy/contracts"
)

// The form in which an exchange is told: the length of a head, the head, both bodies. The head has numbers as varints (encoding/binary),
// texts behind their lengths and lists behind their counts. All texts of an entry that was read are parts of one. It is a form of
// its own since every process reads every exchange of the others: JSON took five times as long.

// wireRest is what few exchanges have, told as JSON.
type wireRest struct {
	Violations []contracts.Violation `json:",omitempty"`
	Events     []Emitted             `json:",omitempty"`
	Faults     []Acted               `json:",omitempty"`
}

// Bounds of what is believed.
const (
	mostWireSize   = 1 << 50 // bytes that a body had
	mostWireStatus = 999
)

type wireWriter []byte

func (w *wireWriter) number(n uint64) { *w = binary.AppendUvarint(*w, n) }
func (w *wireWriter) signed(n int64)  { *w = binary.AppendVarint(*w, n) }

func (w *wireWriter) text(s string) {
	w.number(uint64(len(s)))
	*w = append(*w, s...)
}

func (w *wireWriter) texts(list ...string) {
	for _, s := range list {
		w.text(s)
	}
}

func (w *wireWriter) truth(b bool) {
	if b {
		*w = append(*w, 1)
	} else {
		*w = append(*w, 0)
	}
}

func (w *wireWriter) instant(t time.Time) {
	w.signed(t.Unix())
	w.number(uint64(t.Nanosecond()))
}

func (w *wireWriter) header(h http.Header) {
	w.number(uint64(len(h)))
	for name, values := range h {
		w.text(name)
		w.number(uint64(len(values)))
		w.texts(values...)
	}
}

func (w *wireWriter) trace(t *Trace) error {
	w.texts(t.Operation, t.Problem, t.Detail, t.Source)
	w.number(uint64(len(t.Stages)))
	for i := range t.Stages {
		w.texts(t.Stages[i].Name, t.Stages[i].Verdict, t.Stages[i].Note)
	}
	w.number(uint64(len(t.Changes)))
	for i := range t.Changes {
		w.texts(t.Changes[i].Kind, t.Changes[i].Key)
	}
	w.truth(t.Caller != nil)
	if c := t.Caller; c != nil {
		w.texts(c.Credential, c.Name, c.Account, c.User, c.Client, c.Environment)
		w.number(uint64(len(c.Scopes)))
		w.texts(c.Scopes...)
	}
	if len(t.Violations)+len(t.Events)+len(t.Faults) == 0 {
		w.text("")
		return nil
	}
	rest, err := json.Marshal(wireRest{t.Violations, t.Events, t.Faults})
	w.text(string(rest))
	return err
}

// wireForm is what the others are told of an entry. Long bodies are cut.
func wireForm(e *Entry) ([]byte, error) {
	asked, answered := e.RequestBody[:min(len(e.RequestBody), sharedBody)], e.ResponseBody[:min(len(e.ResponseBody), sharedBody)]
	w := make(wireWriter, 4, 1024+len(asked)+len(answered))
	w.number(e.ID)
	w.number(e.origin.epoch)
	w.texts(e.origin.replica, e.Method, e.URL, e.Proto, e.From)
	w.number(uint64(e.Status))
	w.instant(e.Start)
	w.signed(int64(e.Duration))
	w.instant(e.Wall)
	w.signed(int64(e.Took))
	w.number(e.Connection)
	w.truth(e.Abandoned)
	w.number(uint64(e.RequestSize))
	w.truth(e.RequestCut || len(asked) < len(e.RequestBody))
	w.number(uint64(e.ResponseSize))
	w.truth(e.ResponseCut || len(answered) < len(e.ResponseBody))
	w.header(e.RequestHeader)
	w.header(e.ResponseHeader)
	if err := w.trace(&e.Trace); err != nil {
		return nil, err
	}
	w.number(uint64(len(asked)))
	w.number(uint64(len(answered)))
	binary.BigEndian.PutUint32(w, uint32(len(w)-4))
	return append(append(w, asked...), answered...), nil
}

// A wireReader reads a head. Behind the first thing that does not fit it gives zeros.
type wireReader struct {
	head string
	bad  bool
}

func (r *wireReader) fail() { r.head, r.bad = "", true }

func (r *wireReader) number() uint64 {
	n, shift := uint64(0), 0
	for i := range min(len(r.head), binary.MaxVarintLen64) {
		b := r.head[i]
		if b < 0x80 {
			if i == binary.MaxVarintLen64-1 && b > 1 {
				break
			}
			r.head = r.head[i+1:]
			return n | uint64(b)<<shift
		}
		n |= uint64(b&0x7f) << shift
		shift += 7
	}
	r.fail()
	return 0
}

func (r *wireReader) signed() int64 {
	n := r.number()
	return int64(n>>1) ^ -int64(n&1)
}

// upTo reads a number that is not above a bound.
func (r *wireReader) upTo(most uint64) int {
	n := r.number()
	if n > most {
		r.fail()
		return 0
	}
	return int(n)
}

// count reads how many things follow, each of which takes so many bytes at least.
func (r *wireReader) count(bytes int) int { return r.upTo(uint64(len(r.head) / bytes)) }

func (r *wireReader) text() string {
	n := r.count(1)
	if n > len(r.head) { // the length itself took some of it
		r.fail()
		return ""
	}
	text := r.head[:n]
	r.head = r.head[n:]
	return text
}

func (r *wireReader) into(list ...*string) {
	for _, s := range list {
		*s = r.text()
	}
}

func (r *wireReader) truth() bool { return r.upTo(1) == 1 }

// instant reads a moment that JSON can tell of, too.
func (r *wireReader) instant() time.Time {
	seconds, nanoseconds := r.signed(), r.upTo(999_999_999)
	t := time.Unix(seconds, int64(nanoseconds)).UTC()
	if year := t.Year(); year < 0 || year > 9999 {
		r.fail()
		return time.Time{}
	}
	return t
}

func (r *wireReader) list() []string {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}

func (r *wireReader) header() http.Header {
	n := r.count(2)
	if n == 0 {
		return nil
	}
	h := make(http.Header, n)
	for range n {
		name := r.text()
		h[name] = r.list()
	}
	return h
}

func (r *wireReader) trace(t *Trace) {
	r.into(&t.Operation, &t.Problem, &t.Detail, &t.Source)
	if n := r.count(3); n > 0 {
		t.Stages = make([]StageNote, n)
		for i := range t.Stages {
			r.into(&t.Stages[i].Name, &t.Stages[i].Verdict, &t.Stages[i].Note)
		}
	}
	if n := r.count(2); n > 0 {
		t.Changes = make([]Change, n)
		for i := range t.Changes {
			r.into(&t.Changes[i].Kind, &t.Changes[i].Key)
		}
	}
	if r.truth() {
		c := &Caller{}
		r.into(&c.Credential, &c.Name, &c.Account, &c.User, &c.Client, &c.Environment)
		c.Scopes, t.Caller = r.list(), c
	}
	if text := r.text(); text != "" {
		var rest wireRest
		if json.Unmarshal([]byte(text), &rest) != nil {
			r.fail()
		}
		t.Violations, t.Events, t.Faults = rest.Violations, rest.Events, rest.Faults
	}
}

// readWire reads what another process told of an exchange. The entry keeps plain.
func readWire(plain []byte) (*Entry, error) {
	if len(plain) < 4 || uint64(binary.BigEndian.Uint32(plain)) > uint64(len(plain)-4) {
		return nil, errNoExchange
	}
	bodies := plain[4+binary.BigEndian.Uint32(plain):]
	r := &wireReader{head: string(plain[4 : len(plain)-len(bodies)])}
	o := &origin{elsewhere: true}
	e := &Entry{ID: r.number(), origin: o}
	o.epoch = r.number()
	r.into(&o.replica, &e.Method, &e.URL, &e.Proto, &e.From)
	e.Status = r.upTo(mostWireStatus)
	e.Start, e.Duration = r.instant(), time.Duration(r.signed())
	e.Wall, e.Took = r.instant(), time.Duration(r.signed())
	e.Connection, e.Abandoned = r.number(), r.truth()
	e.RequestSize, e.RequestCut = r.upTo(mostWireSize), r.truth()
	e.ResponseSize, e.ResponseCut = r.upTo(mostWireSize), r.truth()
	e.RequestHeader, e.ResponseHeader = r.header(), r.header()
	r.trace(&e.Trace)
	asked, answered := r.upTo(sharedBody), r.upTo(sharedBody)
	if number := e.ID / idStride; r.bad || r.head != "" || asked+answered != len(bodies) || number == 0 || number > mostNumbers {
		return nil, errNoExchange
	}
	if asked > 0 {
		e.RequestBody = bodies[:asked:asked]
	}
	if answered > 0 {
		e.ResponseBody = bodies[asked:]
	}
	return e, nil
}
