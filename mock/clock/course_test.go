package clock_test

import (
	"encoding/json"
	"testing"
	"time"

	"understudy/mock/clock"
)

// TestResume: a clock goes on over the end of a program as it went, moved ahead or standing still.
func TestResume(t *testing.T) {
	v := clock.New(clock.Options{})
	var told []clock.Course
	v.OnMove(func(c clock.Course) { told = append(told, c) })
	if _, err := v.Advance(36 * time.Hour); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(told[len(told)-1])
	if err != nil {
		t.Fatal(err)
	}
	var kept clock.Course
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	again, err := clock.Resume(kept)
	if err != nil {
		t.Fatal(err)
	}
	if d := again.Now().Sub(v.Now()); d < -time.Second || d > time.Second {
		t.Errorf("the resumed clock is %v off", d)
	}
	v.Freeze()
	if err := v.Follow(-1); err == nil {
		t.Error("a rate below 0 is taken")
	}
	if _, err := v.Set(v.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if len(told) != 3 || told[1].Rate != 0 || told[2] != v.Course() {
		t.Errorf("told were %v", told)
	}
	still, err := clock.Resume(told[2])
	if err != nil || !still.Now().Equal(v.Now()) || still.Rate() != 0 {
		t.Errorf("a clock that stood at %v stands at %v, %v", v.Now(), still.Now(), err)
	}
	for _, c := range []clock.Course{{}, {Base: v.Now()}, {Base: v.Now(), From: v.Now(), Rate: -1}} {
		if _, err := clock.Resume(c); err == nil {
			t.Errorf("%v is resumed", c)
		}
	}
}
