package grade

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/scenarios"
)

// journalDelivery is a delivery as GET /contracts/{contract}/deliveries gives it.
type journalDelivery struct {
	ID       string    `json:"id"`
	Event    string    `json:"event"`
	Type     string    `json:"type"`
	URL      string    `json:"url"`
	Created  time.Time `json:"created_at"`
	Attempts int       `json:"attempts"`
	ReplayOf string    `json:"replay_of"`
}

// journalAttempt is one try of it.
type journalAttempt struct {
	Number       int                   `json:"number"`
	At           time.Time             `json:"at"`
	Duration     float64               `json:"duration_ms"`
	Request      struct{ URL string }  `json:"request"`
	Response     *struct{ Status int } `json:"response"`
	Error        string                `json:"error"`
	Misbehaviour []string              `json:"misbehaviour"`
}

// deliveries reads what was sent to the integration's webhook endpoints. Messages stay nil where the stand-in has no webhooks.
func (j *journalReader) deliveries(ctx context.Context) error {
	list, known, err := j.everyDelivery(ctx)
	if err != nil || !known {
		return err
	}
	j.rec.Messages = []*Message{}
	if len(list) > mostDeliveries {
		list = list[:mostDeliveries]
		j.rec.Gaps = append(j.rec.Gaps, fmt.Sprintf("only the first %d deliveries were read", mostDeliveries))
	}
	limit := j.rec.Contract.DeliveryPolicy().Timeout
	order := map[string]int{} // events by id
	for _, d := range list {
		if order[d.Event] == 0 {
			order[d.Event] = len(order) + 1
		}
		if d.Attempts == 0 {
			continue
		}
		var record struct {
			Attempts []journalAttempt `json:"attempts"`
		}
		if err := j.control.Do(ctx, http.MethodGet, "/deliveries/"+url.PathEscape(d.ID), nil, &record); err != nil {
			return fmt.Errorf("read the deliveries of webhooks: %w", err)
		}
		for i := range record.Attempts {
			a := &record.Attempts[i]
			m := &Message{
				Event: d.Type, EventID: d.Event, Delivery: d.ID, Attempt: a.Number, At: j.shifted(a.At), Took: milliseconds(a.Duration), Error: a.Error,
				Trouble: strings.Join(a.Misbehaviour, ", "), URL: cmp.Or(a.Request.URL, d.URL), TimeLimit: limit, Sequence: order[d.Event],
			}
			if a.Response != nil {
				m.Status = a.Response.Status
			}
			if d.ReplayOf != "" && m.Trouble == "" {
				m.Trouble = "duplicate"
			}
			j.rec.Messages = append(j.rec.Messages, m)
		}
	}
	firstIsGood(j.rec.Messages)
	return nil
}

// firstIsGood takes the word from the first of two equal deliveries: a stand-in notes the trouble with both, and the receiver can
// tell only of the second that it came before.
func firstIsGood(list []*Message) {
	slices.SortStableFunc(list, func(a, b *Message) int { return a.At.Compare(b.At) })
	seen := map[string]bool{}
	for _, m := range list {
		if way := m.EventID + "\x00" + m.URL; !seen[way] {
			seen[way] = true
			words := slices.DeleteFunc(strings.Split(m.Trouble, ", "), func(word string) bool { return word == "duplicate" })
			m.Trouble = strings.Join(words, ", ")
		}
	}
}

// everyDelivery lists the deliveries in the order in which their events happened. known is false where there are no webhooks.
func (j *journalReader) everyDelivery(ctx context.Context) (list []journalDelivery, known bool, err error) {
	before := ""
	for len(list) <= mostDeliveries {
		query := url.Values{"limit": {strconv.Itoa(deliveryPage)}}
		if before != "" {
			query.Set("before", before)
		}
		var page struct {
			Deliveries []journalDelivery `json:"deliveries"`
		}
		err := j.control.Do(ctx, http.MethodGet, "/deliveries?"+query.Encode(), nil, &page)
		var refused *scenarios.ControlError
		if errors.As(err, &refused) && refused.Status/100 == 4 && before == "" {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, fmt.Errorf("read the deliveries of webhooks: %w", err)
		}
		list = append(list, page.Deliveries...)
		if len(page.Deliveries) < deliveryPage {
			break
		}
		before = page.Deliveries[len(page.Deliveries)-1].ID
	}
	slices.Reverse(list) // the latest came first
	slices.SortStableFunc(list, func(a, b journalDelivery) int { return a.Created.Compare(b.Created) })
	return list, true, nil
}

// shifted gives an instant of the stand-in's clock by the machine's time, as far as the calls around it tell.
func (j *journalReader) shifted(at time.Time) time.Time {
	by := time.Duration(0)
	for _, s := range j.shifts {
		if s.at.After(at) {
			break
		}
		by = s.by
	}
	return at.Add(by)
}
