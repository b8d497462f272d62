package contracts

import (
	"net/http"
	"time"
)

// An Exchange is one request and its response, seen from either end.
type Exchange struct {
	Operation *Operation // nil where the request matched none

	Method        string
	URL           string // as sent: path and query, or absolute
	Proto         string
	RequestHeader http.Header
	RequestBody   []byte

	Status         int
	ResponseHeader http.Header
	ResponseBody   []byte

	Start    time.Time // on the clock of whoever recorded it
	Duration time.Duration
}
