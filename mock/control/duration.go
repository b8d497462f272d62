package control

import (
	"errors"
	"math"
	"regexp"
	"strings"
	"time"
)

var (
	durationText = regexp.MustCompile(`^(?:[0-9]+(?:\.[0-9]+)?(?:w|d|h|ms|us|µs|ns|m|s))+$`)
	durationPart = regexp.MustCompile(`([0-9]+(?:\.[0-9]+)?)(w|d|h|ms|us|µs|ns|m|s)`)
)

var (
	errDuration = errors.New("must be a length of time such as 90s, 15m, 24h or 7d")
	errNegative = errors.New("must not be negative")
	errLong     = errors.New("is longer than 290 years")
)

// parseDuration reads a length of time: Go's form, with d for days of 24 hours and w for weeks of seven of them.
func parseDuration(text string) (time.Duration, error) {
	if strings.HasPrefix(text, "-") && durationText.MatchString(text[1:]) {
		return 0, errNegative
	}
	if len(text) > 100 || !durationText.MatchString(text) {
		return 0, errDuration
	}
	var sum time.Duration
	for _, part := range durationPart.FindAllStringSubmatch(text, -1) {
		unit, times := part[2], time.Duration(1)
		switch unit {
		case "d":
			unit, times = "h", 24
		case "w":
			unit, times = "h", 7*24
		}
		d, err := time.ParseDuration(part[1] + unit)
		if err != nil || d > math.MaxInt64/times || sum > math.MaxInt64-d*times {
			return 0, errLong
		}
		sum += d * times
	}
	return sum, nil
}

// shortDuration writes a length of time without the parts that are nothing: "1h", not "1h0m0s".
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
