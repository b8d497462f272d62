package control

import (
	"errors"
	"net/http"
	"strings"

	"understudy/mock/credential"
	"understudy/mock/quota"
)

// Limits is the answer of GET /contracts/{contract}/limits.
type Limits struct {
	Limits   []quota.Policy  `json:"limits"`   // as the contract declares them
	Counters []quota.Counter `json:"counters"` // of those who used some of them
	Total    int             `json:"total"`    // how many counters there are
	Dropped  uint64          `json:"dropped"`  // counters that were forgiven because there were too many
}

// Counters is the answer of what changes counters.
type Counters struct {
	Counters []quota.Counter `json:"counters"` // as they are now
}

// ClearedCounters is the answer of POST /contracts/{contract}/limits/reset.
type ClearedCounters struct {
	Cleared int `json:"cleared"`
}

func listLimits(c *call) error {
	number, err := c.query.number("count", defaultItems, 1, mostItems)
	if err != nil {
		return err
	}
	l := c.server.Limits()
	if _, err := c.limit(c.query["limit"]); err != nil {
		return err
	}
	subject, err := c.countedSubject(c.query["subject"])
	if err != nil {
		return err
	}
	answer := Limits{Limits: l.Policies(), Counters: l.Counters(c.query["limit"], subject), Dropped: l.Dropped()}
	answer.Total = len(answer.Counters)
	answer.Counters = answer.Counters[:min(answer.Total, int(number))]
	return c.answer(answer)
}

// limit finds the limits of a name; an empty one means all that have something left.
func (c *call) limit(name string) ([]quota.Policy, error) {
	var list []quota.Policy
	var known []string
	for _, p := range c.server.Limits().Policies() {
		known = append(known, p.Name)
		if name == p.Name || name == "" && p.Algorithm != "concurrency" {
			list = append(list, p)
		}
	}
	if name != "" && list == nil {
		text := "The contract declares: " + strings.Join(known, ", ") + "."
		if known == nil {
			text = "The contract declares none."
		}
		return nil, problem(http.StatusNotFound, "limit_not_found", "There is no limit %.100q. %s", name, text)
	}
	return list, nil
}

// countedSubject is the subject that a text means: of a credential its family, since what came from it counts with it.
func (c *call) countedSubject(text string) (string, error) {
	id := strings.TrimPrefix(text, "credential:")
	if id == "" || strings.Contains(id, ":") {
		return text, nil
	}
	k, err := c.registry().Credential(c.Context(), id)
	switch {
	case errors.Is(err, credential.ErrNotFound):
		return text, nil
	case err != nil:
		return "", err
	case k.Family != "":
		id = k.Family
	}
	return "credential:" + id, nil
}

// limitRequest is the body of what changes counters.
type limitRequest struct {
	Limit   string `json:"limit"`
	Subject string `json:"subject"`
}

type levelRequest struct {
	limitRequest
	Remaining *int64 `json:"remaining"`
}

func setLimit(c *call) error {
	var q levelRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if q.Limit == "" {
		return sent.misfit(&credential.RequestError{Field: "limit", Reason: "must name a limit"})
	}
	if q.Remaining == nil {
		return sent.misfit(&credential.RequestError{Field: "remaining", Reason: "must say how many requests are left"})
	}
	return c.leave(sent, q.limitRequest, *q.Remaining)
}

func drainLimits(c *call) error {
	var q limitRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	return c.leave(sent, q, 0)
}

// leave sets what is left of one limit, or of all that count a subject.
func (c *call) leave(sent members, q limitRequest, remaining int64) error {
	list, err := c.limit(q.Limit)
	if err != nil {
		return err
	}
	subject, err := c.countedSubject(q.Subject)
	if err != nil {
		return err
	}
	if q.Limit == "" && subject != "" && subject != "all" && !strings.Contains(subject, ":") {
		return sent.misfit(&credential.RequestError{Field: "subject", Reason: "must say what it is, as in account:" + subject + ", where all limits are meant"})
	}
	answer := Counters{Counters: []quota.Counter{}}
	for _, p := range list {
		counters, err := c.server.Limits().Leave(p.Name, subject, remaining)
		switch {
		case err == nil:
			answer.Counters = append(answer.Counters, counters...)
		case errors.Is(err, quota.ErrRemaining):
			return sent.misfit(&credential.RequestError{Field: "remaining", Reason: err.Error()})
		case q.Limit != "" && subject == "":
			return problem(http.StatusNotFound, "subject_not_found", "Nobody has used the limit %s yet: say for whom, as in %s:ID.", p.Name, p.Per[0])
		case q.Limit != "":
			return sent.misfit(&credential.RequestError{Field: "subject", Reason: err.Error()})
		}
	}
	if len(answer.Counters) == 0 && subject != "" {
		return problem(http.StatusNotFound, "subject_not_found", "No limit counts %.100q.", subject)
	}
	return c.answer(answer)
}

func resetLimits(c *call) error {
	var q limitRequest
	if _, err := c.read(&q); err != nil {
		return err
	}
	if _, err := c.limit(q.Limit); err != nil {
		return err
	}
	subject, err := c.countedSubject(q.Subject)
	if err != nil {
		return err
	}
	cleared, err := c.server.Limits().Clear(q.Limit, subject)
	if err != nil {
		return err
	}
	return c.answer(ClearedCounters{Cleared: cleared})
}
