package receiver

import (
	"net/http"
	"strconv"
	"strings"

	"understudy/contracts"
)

// A delivery is one request on its way.
type delivery struct {
	event  *contracts.Event // nil: it tells of none
	method string
	url    string
	header http.Header
	body   []byte
	manner manner
	forged bool
	sent   string // what it is, for readers: "a delivery without a signature"
}

// put sets headers exactly as they are spelled, in place of what stands there.
func (d *delivery) put(h http.Header) {
	for name, values := range h {
		for other := range d.header {
			if strings.EqualFold(other, name) {
				delete(d.header, other)
			}
		}
		d.header[name] = values
	}
}

// An answer is what came of a delivery.
type answer struct {
	status int // 0: none
	number int // of the exchange
	why    string
	late   bool
}

func (a answer) String() string {
	switch {
	case a.late:
		return "no whole answer in time"
	case a.status == 0:
		return "no answer, the connection was closed"
	}
	return strings.TrimSpace(strconv.Itoa(a.status) + " " + http.StatusText(a.status))
}

func (a answer) taken() bool { return !a.late && a.status/100 == 2 }

// A want is what a receiver has to answer.
type want string

// The wants.
const (
	taken   want = "2xx"
	refused want = "4xx"
	endured want = "2xx or 4xx"
)

func (w want) met(a answer) bool {
	class := a.status / 100
	return !a.late && (w != refused && class == 2 || w != taken && class == 4)
}
