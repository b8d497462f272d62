package mocktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"time"

	"understudy/mock/clock"
	"understudy/mock/control"
)

// Now is the instant that the stand-in goes by.
func (s *StandIn) Now() time.Time { return s.clock.Now() }

// Clock is the stand-in's clock, to be stopped and set. Code under test that takes a clock of its own can be given its Now.
func (s *StandIn) Clock() *clock.Virtual { return s.clock }

// Advance lets time pass in the stand-in, at once: everything that falls due on the way has happened when it returns, in order,
// and is listed: retries of deliveries, changes of state, tokens that expired, limits that are whole again. Deliveries under
// way come to their end first.
func (s *StandIn) Advance(d time.Duration) []control.Happening {
	s.t.Helper()
	var moved control.Moved
	if err := s.manage(http.MethodPost, "/clock", map[string]string{"advance": d.String()}, &moved); err != nil {
		s.fail("advance the clock", err)
	}
	return moved.Ran
}

// manage asks the management API, without a socket between.
func (s *StandIn) manage(method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, bytes.NewReader(data))
	r.Host = "localhost"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.control().ServeHTTP(w, r)
	if w.Code >= http.StatusMultipleChoices {
		var problem struct{ Detail string }
		if json.Unmarshal(w.Body.Bytes(), &problem) == nil && problem.Detail != "" {
			return errors.New(problem.Detail)
		}
		return errors.New(w.Body.String())
	}
	return json.Unmarshal(w.Body.Bytes(), into)
}
