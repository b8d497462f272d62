package contracts

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Delay is a distribution of waiting times, none of which is below 0 or above MaxDelay.
type Delay struct {
	text      string
	shape     delayShape
	low, high time.Duration // uniform; fixed: both the same; normal: mean and standard deviation; log-normal: low is the median
	sigma     float64       // log-normal: standard deviation of the logarithm
	points    []delayPoint  // percentiles, rising
}

type delayShape int

const (
	uniformDelay delayShape = iota
	normalDelay
	logNormalDelay
	percentileDelay
)

type delayPoint struct {
	share float64 // 0.95 of p95
	delay time.Duration
}

var errDelay = errors.New("must be a delay: 200ms, 100ms..2s, normal(200ms 50ms), lognormal(200ms 0.5) or percentiles(p50=20ms p95=200ms p99=2s)")

// ParseDelay reads one of five forms: "200ms" waits always so long; "100ms..2s" any time in between, all equally likely;
// "normal(200ms 50ms)" has a mean and a standard deviation; "lognormal(200ms 0.5)" a median and the standard deviation of
// the logarithm; "percentiles(p50=20ms p95=200ms p99=2s)" says under which time so many requests are, from 0 on in
// straight lines, and is never above the last one.
func ParseDelay(text string) (Delay, error) {
	d := Delay{text: strings.TrimSpace(text)}
	if low, high, ok := strings.Cut(d.text, ".."); ok {
		var err1, err2 error
		d.low, err1 = delayOf(low)
		d.high, err2 = delayOf(high)
		switch {
		case errors.Join(err1, err2) != nil:
			return d, errors.Join(err1, err2)
		case d.low > d.high:
			return d, fmt.Errorf("must rise: %.40s is above %.40s", low, high)
		}
		return d, nil
	}
	name, rest, ok := strings.Cut(d.text, "(")
	if !ok {
		var err error
		d.low, err = delayOf(d.text)
		d.high = d.low
		return d, err
	}
	inner, closed := strings.CutSuffix(rest, ")")
	arguments := strings.FieldsFunc(inner, func(r rune) bool { return r == ' ' || r == ',' })
	if !closed {
		return d, errDelay
	}
	switch name {
	case "normal":
		return d, d.normal(arguments)
	case "lognormal":
		return d, d.logNormal(arguments)
	case "percentiles":
		return d, d.percentiles(arguments)
	}
	return d, errDelay
}

func delayOf(text string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(text))
	switch {
	case err != nil:
		return 0, errDelay
	case d < 0 || d > MaxDelay:
		return 0, fmt.Errorf("must be a delay from 0 to %v, not %v", MaxDelay, d)
	}
	return d, nil
}

func (d *Delay) normal(arguments []string) error {
	if len(arguments) != 2 {
		return errDelay
	}
	var err1, err2 error
	d.shape = normalDelay
	d.low, err1 = delayOf(arguments[0])
	d.high, err2 = delayOf(arguments[1])
	return errors.Join(err1, err2)
}

func (d *Delay) logNormal(arguments []string) error {
	if len(arguments) != 2 {
		return errDelay
	}
	var err1, err2 error
	d.shape = logNormalDelay
	d.low, err1 = delayOf(arguments[0])
	if d.sigma, err2 = strconv.ParseFloat(arguments[1], 64); err2 != nil || !(d.sigma >= 0 && d.sigma <= 10) {
		return errors.New("must have a standard deviation of the logarithm from 0 to 10")
	}
	return err1
}

func (d *Delay) percentiles(arguments []string) error {
	d.shape = percentileDelay
	if len(arguments) == 0 || len(arguments) > 100 {
		return errDelay
	}
	last := delayPoint{}
	for _, argument := range arguments {
		name, value, ok := strings.Cut(argument, "=")
		share, err := strconv.ParseFloat(strings.TrimPrefix(name, "p"), 64)
		if !ok || err != nil || !(share > 0 && share <= 100) {
			return errDelay
		}
		delay, err := delayOf(value)
		if err != nil {
			return err
		}
		point := delayPoint{share / 100, delay}
		if point.share <= last.share || point.delay < last.delay {
			return fmt.Errorf("must have percentiles that rise, and %.40s does not", argument)
		}
		d.points, last = append(d.points, point), point
	}
	return nil
}

// String is the text that the delay was read from.
func (d Delay) String() string { return d.text }

// Pick gives one waiting time. Both numbers are from 0 up to but not including 1; equal ones give equal times.
func (d Delay) Pick(u, v float64) time.Duration {
	switch d.shape {
	case normalDelay:
		return bounded(float64(d.low) + float64(d.high)*standardNormal(u, v))
	case logNormalDelay:
		return bounded(float64(d.low) * math.Exp(d.sigma*standardNormal(u, v)))
	case percentileDelay:
		var before delayPoint
		for _, p := range d.points {
			if u < p.share {
				part := (u - before.share) / (p.share - before.share)
				return before.delay + time.Duration(part*float64(p.delay-before.delay))
			}
			before = p
		}
		return before.delay
	}
	return d.low + time.Duration(u*float64(d.high-d.low))
}

// standardNormal is the transform of Box and Muller.
func standardNormal(u, v float64) float64 {
	return math.Sqrt(-2*math.Log(1-u)) * math.Cos(2*math.Pi*v)
}

func bounded(d float64) time.Duration {
	return time.Duration(max(0, min(d, float64(MaxDelay))))
}
