package main

import (
	"strings"
	"testing"
)

func TestControlLimit(t *testing.T) {
	s, _ := openBox(t)
	k := s.key("--name", "CI", "--scopes", "tickets:read", "--class", "test-key", "--account", "acc_second")
	s.use("GET", k.Text)
	s.prints(`LIMIT   ALLOWS                        PER         ALGORITHM     COUNTS
minute  200 requests in 1m            credential  fixed-window  all operations
day     1000 requests a day           account     fixed-window  all operations, plan free
crowd   50 requests at the same time  all         concurrency   all operations

LIMIT   SUBJECT                    USED  LEFT  OF    RESET
minute  credential:key_xxxxxxxxxx  1     199   200   2026-01-31T12:01:00Z
day     account:acc_second         1     999   1000  2026-02-01T00:00:00Z
`, "limit", "list")
	s.prints(`LIMIT   SUBJECT                    USED  LEFT  OF   RESET
minute  credential:key_xxxxxxxxxx  199   1     200  2026-01-31T12:01:00Z
`, "limit", "set", "minute", "1", "--subject", k.ID)
	if s.use("GET", k.Text) != 200 || s.use("GET", k.Text) != 429 {
		t.Error("one was to be left")
	}
	s.prints("1 counters forgotten\n", "limit", "reset", "minute")
	s.prints(`LIMIT  SUBJECT             USED  LEFT  OF    RESET
day    account:acc_second  1000  0     1000  2026-02-01T00:00:00Z
`, "limit", "drain", "day")
	if s.use("GET", k.Text) != 429 {
		t.Error("nothing was to be left")
	}
	s.prints("1 counters forgotten\n", "limit", "reset")
	s.prints("nobody has used any of it\n", "limit", "drain")
	for _, c := range []struct{ words, want string }{
		{"limit set minute -1", "unknown shorthand flag"},
		{"limit set minute many", "give a number of requests from 0 on"},
		{"limit set hour 3", `There is no limit "hour". The contract declares: minute, day, crowd.`},
		{"limit set minute 3", "Nobody has used the limit minute yet"},
		{"limit list --count 0", "give a number above 0"},
	} {
		if status, _, complaint := s.run(strings.Fields(c.words)...); status == 0 || !strings.Contains(complaint, c.want) {
			t.Errorf("%s: %d %s", c.words, status, complaint)
		}
	}
}
