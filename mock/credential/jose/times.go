package jose

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// lastSecond is the end of the year 9999. Times behind it are no times but mistakes, of milliseconds for example.
const lastSecond = 253402300799

// CheckTimes says whether the token is good at a moment: now < exp, nbf ≤ now and iat ≤ now (RFC 7519, 4.1.4 to 4.1.6), each
// with an allowance for clocks that differ; a negative one counts as 0. Claims that are absent are not missed. The errors are
// ErrExpired, ErrNotYetValid, and ErrMalformed for a claim that is no time.
func (t *Token) CheckTimes(now time.Time, skew time.Duration) error {
	skew = max(skew, 0)
	if exp, ok, err := t.claimTime("exp"); err != nil {
		return err
	} else if ok && !now.Add(-skew).Before(exp) {
		return fmt.Errorf("the token was good until %s, it is %s now: %w", stamp(exp), stamp(now), ErrExpired)
	}
	for _, name := range []string{"nbf", "iat"} {
		start, ok, err := t.claimTime(name)
		if err != nil {
			return err
		}
		if ok && now.Add(skew).Before(start) {
			return fmt.Errorf("the token's %s is %s, it is %s now: %w", name, stamp(start), stamp(now), ErrNotYetValid)
		}
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// claimTime reads a claim that is a NumericDate; ok says that it is there.
func (t *Token) claimTime(name string) (at time.Time, ok bool, err error) {
	value, present := t.Claims[name]
	if !present {
		return at, false, nil
	}
	if at, ok = numericDate(value); !ok {
		return at, false, fmt.Errorf("claims of the token: %s must be a number of seconds since 1970: %w", name, ErrMalformed)
	}
	return at, true, nil
}

// numericDate reads seconds since 1970 with or without a fraction (RFC 7519, 2), to the microsecond: further down a
// double, which most writers compute with, is not exact.
func numericDate(value any) (time.Time, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(string(number), 64)
	if err != nil || math.Abs(seconds) > lastSecond {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1e3).UTC(), true
}
