package schema

import (
	"strconv"
	"strings"
	"time"
)

// instant makes the time of a kind. Those of one object go together: it was created before it was changed, it was changed before
// now, and it ends after it began.
func (k *making) instant(about kind, at place) time.Time {
	const day = 24 * time.Hour
	span := func(word string, low, high time.Duration) time.Duration {
		src := splitmix(hashToken(at.parent, word))
		return low + time.Duration(src.fraction()*float64(high-low))
	}
	created := k.now.Add(-span("created", 2*time.Hour, 400*day))
	age := k.now.Sub(created)
	src := splitmix(at.hash)
	var t time.Time
	switch about {
	case kindCreated:
		t = created
	case kindUpdated:
		t = created.Add(span("updated", 0, age))
	case kindFuture:
		t = k.now.Add(time.Hour + time.Duration(src.fraction()*float64(90*day)))
	case kindStart:
		t = k.now.Add(span("start", -20*day, 10*day))
	case kindEnd:
		t = k.now.Add(span("start", -20*day, 10*day) + span("end", 11*day, 40*day))
	case kindBirth:
		return k.now.AddDate(-18-src.below(60), 0, -src.below(365)).Truncate(day)
	default:
		t = created.Add(time.Duration(src.fraction() * float64(age)))
	}
	if at.walk > 0 {
		t = t.Add(time.Duration(at.walk) * time.Second)
	}
	return t.Truncate(time.Second)
}

// dateText writes a time where the schema names no format, in the style of its example if it has one.
func (k *making) dateText(about kind, p *plan, at place) string {
	t := k.instant(about, at)
	if style := layoutOf(exampleText(p)); style != "" {
		return t.Format(style)
	}
	name := spelled(at.name)
	switch {
	case about == kindBirth:
		return t.Format(time.DateOnly)
	case about == kindTime:
		return t.Format("15:04:05")
	case strings.HasSuffix(name, "date") || strings.HasPrefix(name, "date"), p.text.max >= 10 && p.text.max < 20:
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

// layoutOf gives the layout of an example that is a date, or nothing.
func layoutOf(example string) string {
	if len(example) < 8 || len(example) > 40 || example[0] < '0' || example[0] > '9' && example[0] != 'M' {
		return ""
	}
	for _, layout := range [...]string{time.RFC3339, time.DateOnly, time.DateTime, "2006-01-02T15:04:05", "2006/01/02", "01/02/2006",
		"2006-01-02T15:04", "15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-0700"} {
		if _, err := time.Parse(layout, example); err != nil {
			continue
		}
		return withFraction(layout, example)
	}
	return ""
}

// withFraction adds to a layout as many decimal places of seconds as the example has.
func withFraction(layout, example string) string {
	dot := strings.IndexByte(example, '.')
	at := strings.Index(layout, "05")
	if dot < 0 || at < 0 {
		return layout
	}
	n := 0
	for n < 9 && dot+1+n < len(example) && example[dot+1+n] >= '0' && example[dot+1+n] <= '9' {
		n++
	}
	return layout[:at+2] + "." + strings.Repeat("0", n) + layout[at+2:]
}

// realisticNumber makes a number by what the value is about: the number and how many decimal places it shows.
func (k *making) realisticNumber(p *plan, at place) (target float64, digits int, ok bool) {
	src := k.seed(at.hash)
	n := p.number
	whole := n == nil || n.whole
	money := func(low, high int) (float64, int, bool) {
		if whole {
			return float64(src.between(low, high) * 100), 0, true
		}
		return float64(src.between(low*100, high*100)) / 100, 2, true
	}
	integer := func(low, high int) (float64, int, bool) { return float64(src.between(low, high)), 0, true }
	about := at.kind
	if about.dated() {
		return k.epoch(about, p, at), 0, true
	}
	switch about {
	case kindAmount:
		return money(5, 500)
	case kindAge:
		return integer(18, 79)
	case kindQuantity:
		return integer(1, 20)
	case kindCount:
		return integer(0, 250)
	case kindPage, kindIndex, kindVersion:
		return integer(1, 10)
	case kindPercent:
		return integer(1, 99)
	case kindRating:
		if whole {
			return integer(1, 5)
		}
		return float64(src.between(10, 50)) / 10, 1, true
	case kindPort:
		return integer(1024, 49151)
	case kindYear:
		return float64(k.now.Year() - src.below(4)), 0, true
	case kindMonth:
		return integer(1, 12)
	case kindStatusCode:
		return 200, 0, true
	case kindSize:
		return integer(1024, 4<<20)
	case kindDuration:
		return integer(30, 3600)
	case kindHeight:
		return integer(10, 1200)
	case kindID:
		return integer(1000, 999999)
	case kindNumber:
		return integer(1, 9999)
	case kindLatitude, kindLongitude:
		return k.coordinate(about, src)
	}
	return 0, 0, false
}

// coordinate stays on land, roughly: within central Europe.
func (k *making) coordinate(about kind, src *splitmix) (float64, int, bool) {
	if about == kindLatitude {
		return 44 + src.fraction()*10, 6, true
	}
	return 2 + src.fraction()*18, 6, true
}

// epoch gives a time in seconds since 1970, or in milliseconds where name or limits speak of them.
func (k *making) epoch(about kind, p *plan, at place) float64 {
	t := k.instant(about, at)
	name := spelled(at.name)
	millis := strings.HasSuffix(name, "_ms") || strings.HasSuffix(name, "millis") || strings.HasSuffix(name, "_milliseconds")
	if p.number != nil && p.number.bound.low != nil && p.number.bound.low.Float > 1e11 {
		millis = true
	}
	for i := range p.examples {
		if v, err := strconv.ParseFloat(scalarText(p.examples[i].value), 64); err == nil && v > 1e11 {
			millis = true
		}
	}
	if millis {
		return float64(t.UnixMilli())
	}
	return float64(t.Unix())
}
