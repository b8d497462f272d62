package credential_test

import (
	"strings"
	"testing"
	"time"

	"understudy/mock/credential"
)

func TestAuditOfRequests(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	if entries, dropped := w.Audit(0, 0); entries == nil || len(entries) != 0 || dropped != 0 {
		t.Errorf("at the start it holds %v, %d", entries, dropped)
	}
	use := credential.Use{
		Credential: "key_1", Name: "Till", Account: "acct_1", User: "usr_1", Method: "POST", Path: "/goods?api_key=secret#part",
		Status: 403, Address: "192.0.2.1", Request: 77, Reason: credential.CodeScope, At: noon.In(time.FixedZone("east", 3600)),
	}
	w.Used(use) // not audited
	use.Audited = true
	w.Used(use)
	use.Status, use.Reason, use.Path, use.At, use.Method = 201, "", "/goods", time.Time{}, "PURGE"
	w.Used(use)
	entries, dropped := w.Audit(0, 0)
	want := []credential.AuditEntry{
		{ID: 1, At: noon, Kind: "request", Credential: "key_1", Name: "Till", Account: "acct_1", User: "usr_1", Method: "POST", Path: "/goods", Status: 403, Result: "scope_insufficient", Address: "192.0.2.1", Request: 77},
		{ID: 2, At: noon, Kind: "request", Credential: "key_1", Name: "Till", Account: "acct_1", User: "usr_1", Method: "PURGE", Path: "/goods", Status: 201, Result: "ok", Address: "192.0.2.1", Request: 77},
	}
	if len(entries) != 2 || entries[0] != want[0] || entries[1] != want[1] || dropped != 0 {
		t.Errorf("it holds\n%+v (%d dropped), want\n%+v", entries, dropped, want)
	}
	if u := w.Usage("key_1"); u.Requests != 3 {
		t.Errorf("%d requests are counted", u.Requests)
	}
	if err := w.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if entries, _ := w.Audit(0, 0); len(entries) != 0 {
		t.Errorf("after a reset it holds %v", entries)
	}
	if w.Used(use); w.Usage("key_1").Requests != 1 {
		t.Error("after a reset a use is not counted")
	}
	if entries, _ := w.Audit(0, 0); len(entries) != 1 || entries[0].ID != 1 {
		t.Errorf("after a reset ids begin with %v", entries)
	}
}

// TestAuditOfHostileRequests: what is kept of a request is bounded.
func TestAuditOfHostileRequests(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	long := strings.Repeat("ü", 1<<16)
	w.Used(credential.Use{Credential: long, Name: long, Account: long, User: long, Audited: true, Method: long, Path: "/" + long, Reason: long, Address: long, At: noon})
	entries, _ := w.Audit(0, 0)
	e := entries[0]
	for _, text := range []string{e.Credential, e.Name, e.Account, e.User, e.Method, e.Path, e.Result, e.Address} {
		if len(text) > 512 || text == "" || strings.ToValidUTF8(text, "?") != text {
			t.Errorf("%d bytes are kept: %.20q", len(text), text)
		}
	}
	if a := w.Usage(long).Addresses; len(a) != 1 || len(a[0]) > 64 {
		t.Errorf("the address has %d bytes", len(a[0]))
	}
}

func TestAuditPages(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	const most = 100_000
	fill := func(n int) {
		for range n {
			w.Used(credential.Use{Audited: true, Status: 200, At: noon})
		}
	}
	check := func(after uint64, limit int, first uint64, n int, dropped uint64) {
		t.Helper()
		entries, gone := w.Audit(after, limit)
		if len(entries) != n || gone != dropped {
			t.Fatalf("behind %d, at most %d: %d entries, %d dropped; want %d, %d", after, limit, len(entries), gone, n, dropped)
		}
		for i, e := range entries {
			if e.ID != first+uint64(i) {
				t.Fatalf("behind %d: entry %d has the id %d, want %d", after, i, e.ID, first+uint64(i))
			}
		}
	}
	fill(2500)
	check(0, 0, 1, 2500, 0)
	check(0, 10, 1, 10, 0)
	check(998, 4, 999, 4, 0)
	check(2499, 10, 2500, 1, 0)
	check(2500, 0, 0, 0, 0)
	check(1<<63, 1, 0, 0, 0)
	check(0, -1, 1, 2500, 0)
	fill(most - 2500)
	check(0, 0, 1, most, 0)
	fill(1)
	check(0, 0, 2, most, 1)
	fill(1233)
	check(0, 0, 1235, most, 1234)
	check(100, 1, 1235, 1, 1234)
	check(most, 0, most+1, 1234, 1234)
	check(1<<64-1, 0, 0, 0, 1234)
}
