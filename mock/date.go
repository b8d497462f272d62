package mock

import (
	"net/http"
	"time"
)

// A dateLine is the Date header for one second.
type dateLine struct {
	second int64
	value  []string
}

// dateHeader gives the Date header (RFC 9110, 6.6.1) by the server's own clock, made once a second.
func (s *Server) dateHeader(now time.Time) []string {
	second := now.Unix()
	line := s.date.Load()
	if line == nil || line.second != second {
		line = &dateLine{second: second, value: []string{now.UTC().Format(http.TimeFormat)}}
		s.date.Store(line)
	}
	return line.value
}
