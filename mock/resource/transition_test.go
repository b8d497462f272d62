package resource_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// orders is a stand-in of the shop of orders.yaml with a store that can be forked.
func orders(t testing.TB) *world {
	return newWorld(t, "orders.yaml", func(o *mock.Options) { o.Store, o.SelfCheck = store.NewMemory(), true })
}

// order makes one and gives its path.
func (w *world) order(members doc) string {
	w.t.Helper()
	return "/orders/" + text(w.want(201, "POST", "/orders", members)["id"])
}

// status reads the state of an order.
func (w *world) status(path string) string {
	w.t.Helper()
	return text(w.want(200, "GET", path, nil)["status"])
}

// lead brings an order into a state by the operations of the contract and by the clock.
func (w *world) lead(state string) string {
	w.t.Helper()
	if state == "draft" {
		return w.order(doc{"status": "draft"})
	}
	if state == "declined" {
		return w.order(doc{"card": "4000000000000002"})
	}
	path := w.order(doc{"customer": "Ada"})
	steps := map[string][]string{"paid": {"pay"}, "shipped": {"pay", "ship"}, "delivered": {"pay", "ship"}, "refunded": {"pay", "refund"}}[state]
	for _, step := range steps {
		w.want(200, "POST", path+"/"+step, doc{})
	}
	wait := map[string]time.Duration{"delivered": 48 * time.Hour, "expired": 30 * time.Minute, "archived": 30*time.Minute + 24*time.Hour}[state]
	w.advance(wait)
	if got := w.status(path); got != state {
		w.t.Fatalf("the order is %s, want %s", got, state)
	}
	return path
}

func (w *world) advance(d time.Duration) []string {
	w.t.Helper()
	ran, err := w.clock.Advance(d)
	if err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for _, due := range ran {
		list = append(list, due.At.Sub(noon).String()+" "+due.Label)
	}
	return list
}

// TestTransitionMatrix asks for every step in every state: what the contract does not allow is 409 in its shape, changes
// nothing, and the journal names what would be allowed.
func TestTransitionMatrix(t *testing.T) {
	allowed := map[string][]string{
		"pay": {"pending"}, "ship": {"paid"}, "refund": {"paid", "shipped"}, "delete": {"draft", "pending"},
		"to pending": {"draft"}, "to refunded": {"paid", "shipped"}, "to paid": nil, "to archived": {"refunded"},
	}
	states := []string{"draft", "pending", "paid", "shipped", "delivered", "refunded", "expired", "archived", "declined"}
	w := orders(t)
	for step, from := range allowed {
		for _, state := range states {
			t.Run(step+" of "+state, func(t *testing.T) {
				w.t = t
				path := w.lead(state)
				before := w.send("GET", path, nil)
				var got reply
				to, update := strings.CutPrefix(step, "to ")
				switch {
				case update:
					got = w.send("PATCH", path, doc{"status": to})
				case step == "delete":
					got = w.send("DELETE", path, nil)
				default:
					got = w.send("POST", path+"/"+step, doc{})
				}
				if slices.Contains(from, state) || update && to == state {
					if got.status >= 300 {
						t.Errorf("refused: %d %s", got.status, got.body)
					}
					return
				}
				if got.status != 409 || !strings.Contains(string(got.body), `{"error":"`) {
					t.Errorf("%d %s, want 409 in the contract's shape", got.status, got.body)
				}
				if after := w.send("GET", path, nil); string(after.body) != string(before.body) {
					t.Errorf("a refused step changed the order:\n%s\n%s", before.body, after.body)
				}
				entries := w.server.Journal().List(mock.Query{Status: "409", Limit: 1})
				if len(entries) != 1 {
					t.Fatal("the journal has no such entry")
				}
				for _, allowed := range from {
					if !strings.Contains(entries[0].Trace.Detail, allowed) {
						t.Errorf("the journal says %q, which does not name %s", entries[0].Trace.Detail, allowed)
					}
				}
			})
		}
	}
}

func TestTransitionSets(t *testing.T) {
	w := orders(t)
	path := w.order(doc{"shipping": 4.5, "customer": "Ada"})
	w.advance(time.Minute)
	paid := w.want(200, "POST", path+"/pay", doc{})
	equal(t, "paid_at", paid["paid_at"], "2025-06-15T12:01:00Z")
	equal(t, "receipt", paid["receipt"], "r-"+strings.TrimPrefix(path, "/orders/"))
	w.want(200, "POST", path+"/ship", nil)
	equal(t, "arrives_at", w.want(200, "GET", path, nil)["arrives_at"], "2025-06-17T12:01:00Z")
	equal(t, "note", w.want(200, "PATCH", path, doc{"status": "refunded"})["note"], "refunded 4.5")
	equal(t, "a PATCH that changes no state", w.want(200, "PATCH", path, doc{"customer": "Bo", "status": "refunded"})["status"], "refunded")
	equal(t, "a PUT that leaves the state out", w.want(200, "PUT", path, doc{"customer": "Cy"})["status"], "refunded")
	equal(t, "a PUT that the states do not allow", w.send("PUT", path, doc{"status": "paid"}).status, 409)
	equal(t, "a transition for every operation", w.want(200, "PUT", path, doc{"status": "archived"})["status"], "archived")
	got := w.send("POST", "/orders", doc{"status": "shipped"})
	if got.status != 409 || !strings.Contains(string(got.body), "begins with the status pending or draft") {
		t.Errorf("an order that begins as shipped: %d %s", got.status, got.body)
	}
	last := w.server.Journal().List(mock.Query{Limit: 1})[0]
	equal(t, "violation", last.Trace.Violations[0].Want, "pending or draft")
}

// TestTransitionsByTheClock: due ones happen in order while the clock is moved, each at its own instant, and the clock says
// which they were.
func TestTransitionsByTheClock(t *testing.T) {
	w := orders(t)
	one := w.order(doc{})
	w.advance(10 * time.Minute)
	two, three := w.order(doc{}), w.order(doc{})
	w.want(200, "POST", three+"/pay", doc{})
	want := []string{"30m0s transition " + one + " pending → expired", "40m0s transition " + two + " pending → expired", "24h30m0s transition " + one + " expired → archived"}
	if got := w.advance(24*time.Hour + 25*time.Minute); !slices.Equal(got, want) {
		t.Errorf("the clock ran %q, want %q", got, want)
	}
	first, second := w.want(200, "GET", one, nil), w.want(200, "GET", two, nil)
	equal(t, "status", []any{first["status"], second["status"], w.status(three)}, []any{"archived", "expired", "paid"})
	equal(t, "closed_at", []any{first["closed_at"], second["closed_at"]}, []any{"2025-06-15T12:30:00Z", "2025-06-15T12:40:00Z"})
	equal(t, "updated_at", []any{first["updated_at"], second["updated_at"]}, []any{"2025-06-16T12:30:00Z", "2025-06-15T12:40:00Z"})
	var list []doc
	got := w.send("GET", "/orders?status=expired", nil)
	if err := json.Unmarshal(got.body, &list); err != nil || len(list) != 1 || list[0]["id"] != second["id"] {
		t.Errorf("the filter by the new state gives %s", got.body)
	}
	var told []string
	for _, e := range w.server.Journal().List(mock.Query{}) {
		for _, c := range e.Trace.Changes {
			if c.Kind == "transition" && strings.Contains(c.Key, " at ") {
				told = append(told, c.Key)
			}
		}
	}
	equal(t, "what the journal tells", told, []string{
		one + " pending → expired at 2025-06-15T12:30:00Z", two + " pending → expired at 2025-06-15T12:40:00Z", one + " expired → archived at 2025-06-16T12:30:00Z",
	})
}

// TestManyDueAtOnce: changes of one instant come in the order of creation, one by one.
func TestManyDueAtOnce(t *testing.T) {
	w := orders(t)
	var want []string
	for range 12 {
		want = append(want, "30m0s transition "+w.order(doc{})+" pending → expired")
	}
	if got := w.advance(time.Hour); !slices.Equal(got, want) {
		t.Errorf("the clock ran %q, want %q", got, want)
	}
}

// lateClock is a clock whose callbacks never come, as after a restart.
type lateClock struct{ *clock.Virtual }

func (lateClock) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

// A plainClock hides that the clock can be asked for labels.
type plainClock struct{ clock.Clock }

// TestLateEqualsOnTime: it makes no difference to any byte whether the clock called or a reader came late.
func TestLateEqualsOnTime(t *testing.T) {
	run := func(late bool) string {
		k := clock.New(clock.Options{At: noon, Frozen: true})
		w := newWorld(t, "orders.yaml", func(o *mock.Options) {
			o.Store, o.Clock = store.NewMemory(), k
			if late {
				o.Clock = plainClock{lateClock{k}}
			}
		})
		w.clock = k
		one := w.order(doc{"customer": "Ada"})
		w.advance(20 * time.Minute)
		two := w.order(doc{"customer": "Bo"})
		w.want(200, "POST", two+"/pay", doc{})
		w.want(200, "POST", two+"/ship", nil)
		w.advance(72 * time.Hour)
		var b strings.Builder
		b.Write(w.send("GET", "/orders", nil).body)
		for _, path := range []string{one, two} {
			b.Write(w.send("GET", path, nil).body)
		}
		return b.String()
	}
	on, late := run(false), run(true)
	if on != late || !strings.Contains(on, `"archived"`) || !strings.Contains(on, `"delivered"`) {
		t.Errorf("on time:\n%s\nlate:\n%s", on, late)
	}
}

// TestTransitionsOutlive: a fork of the store, a restart over it, and an export with import keep what is due.
func TestTransitionsOutlive(t *testing.T) {
	memory := store.NewMemory()
	w := newWorld(t, "orders.yaml", func(o *mock.Options) { o.Store = memory })
	path := w.order(doc{})
	w.advance(20 * time.Minute)
	exported := must(w.server.Resources().Export(t.Context()))
	forked := memory.Fork()
	over := func(s store.Store) *world {
		k := clock.New(clock.Options{At: noon.Add(20 * time.Minute), Frozen: true})
		other := newWorld(t, "orders.yaml", func(o *mock.Options) { o.Store, o.Clock = s, k })
		other.clock = k
		return other
	}
	restarted, imported := over(forked), over(store.NewMemory())
	if err := imported.server.Resources().Import(t.Context(), exported); err != nil {
		t.Fatal(err)
	}
	k := clock.New(clock.Options{At: noon.Add(20 * time.Minute), Frozen: true})
	fork := w.server.Resources().Fork(memory.Fork(), k, 7)
	if got := fmt.Sprint(k.Pending()); !strings.Contains(got, "pending → expired") {
		t.Errorf("the fork waits for %s", got)
	}
	w.want(200, "POST", path+"/pay", doc{})
	for name, other := range map[string]*world{"restarted": restarted, "imported": imported} {
		other.advance(9 * time.Minute)
		equal(t, name+" before it is due", other.status(path), "pending")
		if got := other.advance(time.Minute); len(got) != 1 || !strings.Contains(got[0], path+" pending → expired") {
			t.Errorf("%s: the clock ran %q", name, got)
		}
		equal(t, name, other.status(path), "expired")
	}
	w.advance(time.Hour)
	equal(t, "the first one was paid", w.status(path), "paid")
	if _, err := k.Advance(10 * time.Minute); err != nil {
		t.Fatal(err)
	}
	item := must(fork.Item(t.Context(), w.server.Model().Collection("/orders"), nil, strings.TrimPrefix(path, "/orders/")))
	if !strings.Contains(string(item.Value), `"expired"`) || !item.Since.Equal(noon.Add(30*time.Minute)) {
		t.Errorf("in the fork: %s since %v", item.Value, item.Since)
	}
}

// TestTransitionsInSnapshots: a world that is taken back has its past before it, and a sandbox goes its own way.
func TestTransitionsInSnapshots(t *testing.T) {
	w := orders(t)
	path := w.order(doc{})
	boxes := w.server.Sandboxes()
	must(boxes.Save("waiting", ""))
	box := must(boxes.Create(t.Context(), mock.SandboxOptions{Name: "box", Snapshot: "waiting", Frozen: true, Idle: -1}))
	for range 2 {
		if got := w.advance(time.Hour); len(got) != 1 || w.status(path) != "expired" {
			t.Errorf("the clock ran %q, and the order is %s", got, w.status(path))
		}
		if err := boxes.Restore(t.Context(), "waiting", "", true); err != nil {
			t.Fatal(err)
		}
		if w.status(path) != "pending" || !w.clock.Now().Equal(noon) {
			t.Errorf("taken back, the order is %s at %v", w.status(path), w.clock.Now())
		}
	}
	inside := &world{t: t, server: box.Server(), clock: box.Server().Clock().(*clock.Virtual)}
	equal(t, "in the sandbox", inside.status(path), "pending")
	inside.advance(time.Hour)
	equal(t, "in the sandbox, later", inside.status(path), "expired")
	equal(t, "outside", w.status(path), "pending")
	told := inside.server.Journal().List(mock.Query{Limit: 1})[0].Trace.Changes
	if len(told) != 1 || told[0].Kind != "transition" {
		t.Errorf("the sandbox's journal tells %v", told)
	}
}

// TestTransitionsOfWorlds: items that lie apart change each in their own world.
func TestTransitionsOfWorlds(t *testing.T) {
	k, err := contracts.Load(t.Context(), filepath.Join("testdata", "orders.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	words := k.Behaviour.Resources["/orders"]
	words.Partition = "account"
	k.Behaviour.Resources["/orders"] = words
	k.Behaviour.Accounts = []contracts.Account{{ID: "north"}, {ID: "south"}}
	w := worldOf(t, k, nil)
	r, c := w.server.Resources(), w.server.Model().Collection("/orders")
	var told []string
	r.Watch(func(change resource.Change) { told = append(told, change.ID) })
	must(r.In("south", "").Put(t.Context(), c, nil, "one", doc{"status": "pending"}))
	w.advance(time.Minute)
	must(r.Put(t.Context(), c, nil, "one", doc{"status": "paid"}))
	must(r.Put(t.Context(), c, nil, "two", doc{"status": "pending"}))
	lines := w.server.Model().Collection("/orders/{order_id}/lines")
	must(r.In("south", "").Put(t.Context(), lines, map[string]string{"order_id": "one"}, "1", doc{"price": 3}))
	if got := w.advance(time.Hour); len(got) != 2 {
		t.Errorf("the clock ran %q", got)
	}
	equal(t, "told", told, []string{"one", "two"})
	north, south := must(r.Item(t.Context(), c, nil, "one")), must(r.In("south", "").Item(t.Context(), c, nil, "one"))
	if !strings.Contains(string(north.Value), `"paid"`) || !strings.Contains(string(south.Value), `"expired"`) {
		t.Errorf("north %s\nsouth %s", north.Value, south.Value)
	}
	if !strings.Contains(string(north.Value), `"count":0`) || !strings.Contains(string(south.Value), `"count":1`) {
		t.Errorf("the counts of north %s\nsouth %s", north.Value, south.Value)
	}
}

// TestWatchedChanges: who watches hears of changes by the clock with their events, and a request's result has its own.
func TestWatchedChanges(t *testing.T) {
	w := orders(t)
	var heard []resource.Change
	w.server.Resources().Watch(func(c resource.Change) { heard = append(heard, c) })
	path := w.order(doc{})
	w.advance(time.Hour)
	if len(heard) != 1 || heard[0].From != "pending" || heard[0].To != "expired" || !slices.Equal(heard[0].Emits, []string{"order.expired"}) || !heard[0].At.Equal(noon.Add(30*time.Minute)) {
		t.Errorf("heard %+v", heard)
	}
	if heard[0].ID != strings.TrimPrefix(path, "/orders/") || !strings.Contains(string(heard[0].Before), "pending") || !strings.Contains(string(heard[0].After), "expired") {
		t.Errorf("heard %s → %s", heard[0].Before, heard[0].After)
	}
	w.want(200, "GET", path, nil)
	w.server.Resources().Close()
	other := w.order(doc{})
	if got := w.advance(time.Hour); len(got) != 0 {
		t.Errorf("after Close the clock ran %q", got)
	}
	equal(t, "a reader brings it about all the same", w.status(other), "expired")
}

// TestManagementSeesTime: the management API reads what is due by then, and writes past the rules.
func TestManagementSeesTime(t *testing.T) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	w := newWorld(t, "orders.yaml", func(o *mock.Options) { o.Store, o.Clock = store.NewMemory(), plainClock{lateClock{k}} })
	w.clock = k
	w.order(doc{})
	w.advance(time.Hour)
	r, c := w.server.Resources(), w.server.Model().Collection("/orders")
	items := must(r.Items(t.Context(), c, nil))
	if len(items) != 1 || !strings.Contains(string(items[0].Value), "expired") {
		t.Fatalf("items: %+v", items)
	}
	put := must(r.Put(t.Context(), c, nil, items[0].ID, doc{"status": "pending"}))
	if !put.Since.Equal(noon.Add(time.Hour)) {
		t.Errorf("an item that was put is in its state since %v", put.Since)
	}
	w.advance(30 * time.Minute)
	exported := must(r.Export(t.Context()))
	if !strings.Contains(string(exported[0].Value), "expired") {
		t.Errorf("exported: %s", exported[0].Value)
	}
	if err := r.Remove(t.Context(), c, nil, items[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := r.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.advance(100 * time.Hour)
	w.want(200, "GET", "/orders", nil)
}

func TestMagicValues(t *testing.T) {
	w := orders(t)
	declined := w.want(201, "POST", "/orders", doc{"card": "4000000000000002"})
	equal(t, "declined card", []any{declined["status"], declined["note"]}, []any{"declined", "card 4000000000000002"})
	equal(t, "too short for the pattern", w.want(201, "POST", "/orders", doc{"card": "40000"})["status"], "pending")
	got := w.send("POST", "/orders", doc{"amount": 1999.99})
	if got.status != 402 || string(got.body) != `{"error":"too much"}` {
		t.Errorf("%d %s", got.status, got.body)
	}
	equal(t, "at the bound", w.want(201, "POST", "/orders", doc{"amount": 2000})["status"], "pending")
	equal(t, "one of a list", w.send("POST", "/orders", doc{"card": "2"}).status, 400)
	var all []doc
	if err := json.Unmarshal(w.send("GET", "/orders", nil).body, &all); err != nil || len(all) != 4 || all[2]["status"] != "declined" {
		t.Errorf("an answer with then must have its effect, and one without none: %v", all)
	}

	path := w.order(doc{})
	got = w.send("POST", path+"/pay", doc{"card": "4000000000000002"})
	if got.status != 402 || w.status(path) != "declined" {
		t.Errorf("%d, and the order is %s", got.status, w.status(path))
	}
	got = w.send("POST", path+"/pay", doc{"card": "4000000000000002"})
	equal(t, "the action is not allowed any more", got.status, 409)
	w.advance(48 * time.Hour)
	equal(t, "nothing is due any more", w.status(path), "declined")
}

func TestDerived(t *testing.T) {
	w := orders(t)
	path := w.order(doc{"customer": "Ada", "city": "Ulm", "shipping": 4.5, "discount": 0.1, "total": 999, "tags": []any{"a", "b"}, "parcels": []any{doc{"weight": 0.1}, doc{"weight": 0.2}}})
	look := func(step string, want doc) {
		t.Helper()
		have := w.want(200, "GET", path, nil)
		for name, v := range want {
			equal(t, step+": "+name, have[name], v)
		}
	}
	look("without lines", doc{"subtotal": 0.0, "total": 4.4, "count": 0.0, "open": 0.0, "cheapest": nil, "first_line": nil, "label": "Ada, Ulm", "tags_count": 2.0, "weight": 0.3, "money": "0.00"})
	if have := w.want(200, "GET", path, nil); have["dearest"] != nil {
		t.Errorf("there is a dearest line of none: %v", have["dearest"])
	}
	line := func(members doc) string {
		return path + "/lines/" + text(w.want(201, "POST", path+"/lines", members)["id"])
	}
	a := line(doc{"name": "saw", "price": 10.25, "quantity": 2, "state": "open"})
	line(doc{"name": "axe", "price": 100, "state": "done"})
	look("two lines", doc{"subtotal": 120.5, "total": 124.9, "count": 2.0, "open": 1.0, "cheapest": 10.25, "dearest": 100.0, "first_line": "saw", "last_line": "axe", "money": "110.25"})
	w.want(200, "PATCH", a, doc{"quantity": 3, "state": "done"})
	look("a changed line", doc{"subtotal": 130.75, "open": 0.0})
	w.want(200, "PATCH", path, doc{"customer": "Bo", "total": 1, "discount": 0})
	look("a changed order", doc{"label": "Bo, Ulm", "total": 135.25, "count": 2.0})
	if got := w.send("DELETE", a, nil); got.status != 204 {
		t.Fatal(got.status)
	}
	look("a deleted line", doc{"subtotal": 100.0, "count": 1.0, "cheapest": 100.0, "first_line": "axe"})
	w.send("DELETE", path+"/lines", nil)
	look("no lines", doc{"subtotal": 0.0, "count": 0.0, "cheapest": nil})

	r, m := w.server.Resources(), w.server.Model()
	lines, scope := m.Collection("/orders/{order_id}/lines"), map[string]string{"order_id": strings.TrimPrefix(path, "/orders/")}
	must(r.Put(t.Context(), lines, scope, "77", doc{"price": 7.5}))
	look("a line that was put", doc{"money": "7.50", "count": 1.0})
	if err := r.Remove(t.Context(), lines, scope, "77"); err != nil {
		t.Fatal(err)
	}
	look("a line that was removed", doc{"money": "0.00", "count": 0.0})
}

// TestDerivedUnderLoad: totals are right whatever happens at the same time.
func TestDerivedUnderLoad(t *testing.T) {
	w := orders(t)
	path := w.order(doc{})
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			for i := range 20 {
				got := w.send("POST", path+"/lines", doc{"name": "x", "price": 0.1, "quantity": 1})
				if n == 0 && i%4 == 0 {
					var made doc
					if err := json.Unmarshal(got.body, &made); err != nil {
						t.Error(err)
					}
					w.send("DELETE", path+"/lines/"+text(made["id"]), nil)
				}
			}
		})
	}
	group.Wait()
	have := w.want(200, "GET", path, nil)
	equal(t, "count and sum", []any{have["count"], have["subtotal"], have["money"]}, []any{155.0, 15.5, "15.50"})
}

// TestWordsOfStatesRefused: words that fit no member, state, operation or collection are errors with file, line and the
// nearest one.
func TestWordsOfStatesRefused(t *testing.T) {
	original, err := os.ReadFile(filepath.Join("testdata", "orders.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, from, to, want, near string }{
		{"field", "field: status", "field: statsu", `field: an item of /orders has no member "statsu"`, "did you mean status?"},
		{"state of initial", "initial: [pending, draft]", "initial: [pendign]", `status cannot be "pendign"`, "did you mean pending?"},
		{"state of to", "to: shipped,", "to: shiped,", `status cannot be "shiped"`, "did you mean shipped?"},
		{"state of from", "from: paid,", "from: payed,", `status cannot be "payed"`, "did you mean paid?"},
		{"operation", "by: shipOrder", "by: shipOder", `names the operation "shipOder"`, "did you mean shipOrder?"},
		{"operation elsewhere", "by: shipOrder", "by: createLine", `the operation createLine does not work on /orders`, "known are updateOrder"},
		{"operation that only reads", "by: shipOrder", "by: readOrder", `has the role read`, ""},
		{"deletion with to", "from: [draft, pending], by", "from: [draft, pending], to: archived, by", `deletes, and to names a state`, ""},
		{"to missing", "to: shipped, by", "by", `to is missing`, ""},
		{"duration", "after: 30m", "after: 30", `after cannot be "30"`, "write a duration"},
		{"no time at all", "after: 30m", "after: 0s", `after cannot be "0s"`, ""},
		{"member with the instant", "dueAt: arrives_at", "dueAt: arives_at", `has no member "arives_at"`, "did you mean arrives_at?"},
		{"both", "dueAt: arrives_at", "dueAt: arrives_at, after: 1h", "exclude each other", ""},
		{"clock and operation", "dueAt: arrives_at", "dueAt: arrives_at, by: shipOrder", "exclude each other", "write two transitions"},
		{"request by the clock", `closed_at: "{now}"`, `closed_at: "{body.x}"`, "set uses {body.x}", "{item.…}"},
		{"set", `closed_at: "{now}"`, `close_at: "{now}"`, `has no member "close_at"`, "did you mean closed_at?"},
		{"event", "emits: order.expired", "emits: order.expried", `the event "order.expried"`, "did you mean order.expired?"},
		{"word", "emits: order.expired", "emit: order.expired", `unknown word "emit"`, "did you mean emits?"},
		{"derived member", "subtotal: {sum", "subtotl: {sum", `has no member "subtotl"`, "did you mean subtotal?"},
		{"source", "sum: lines/price, times", "sum: linse/price, times", `"linse" is neither a member`, "did you mean lines?"},
		{"child by path", `"/orders/{order_id}/lines#/price"`, `"/orders/{order_id}/line#/price"`, "is neither a member", "did you mean /orders/{order_id}/lines?"},
		{"two functions", "count: {count: lines}", "count: {count: lines, min: lines/price}", "exactly one function", ""},
		{"function", "count: {count: lines}", "count: {cuont: lines}", `unknown word "cuont"`, "did you mean count?"},
		{"circle", "total: {sum: [subtotal", "total: {sum: [total", "worked out from itself", ""},
		{"collection", "    /orders:\n      states", "    /order:\n      states", "/order is no collection", "did you mean /orders?"},
		{"pattern", `'^\d{16}$'`, `'['`, "error parsing regexp", ""},
		{"number", "minimum: 1000", "minimum: many", `"many" is not a number`, ""},
		{"condition", "minimum: 1000", "minimun: 1000", `unknown word "minimun"`, "did you mean minimum?"},
		{"no condition", `body./card: {enum: ["1", "2"]}`, `body./card: {}`, "no condition is given", ""},
		{"then", "then: {set: {status: declined}}}\n          - {when: {body./card: {enum", "then: {sett: {status: declined}}}\n          - {when: {body./card: {enum", `unknown word "sett"`, "did you mean set?"},
		{"separator", "count: {count: lines}", "count: {count: lines, separator: x}", "goes with concat", ""},
		{"times", "count: {count: lines}", "count: {count: lines, times: x}", "goes with sum", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := strings.Replace(string(original), c.from, c.to, 1)
			if changed == string(original) {
				t.Fatal("nothing was changed")
			}
			file := filepath.Join(t.TempDir(), "orders.yaml")
			if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			k, err := contracts.Load(t.Context(), file, contracts.Options{})
			if err == nil {
				_, err = mock.New(t.Context(), mock.Options{Contract: k})
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "orders.yaml:") || !strings.Contains(err.Error(), c.near) {
				t.Errorf("got %v\nwant orders.yaml with a line, %s, and %s", err, c.want, c.near)
			}
		})
	}
}

func TestExplainStates(t *testing.T) {
	k, err := contracts.Load(t.Context(), filepath.Join("testdata", "orders.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := inference.Infer(k)
	checkExplanation(t, explainSchema(t), m)
	for format, wants := range map[string][]string{
		"text":     {"states    in status, beginning with pending or draft", "pending → expired after 30m", "shipped → delivered at the instant in arrives_at", "draft or pending → gone by deleteOrder", "subtotal = sum of lines/price times quantity"},
		"markdown": {"### States and derived members of `` /orders ``", "paid → shipped by shipOrder"},
		"json":     {`"due_at": "arrives_at"`, `"function": "concat"`},
	} {
		var b strings.Builder
		if err := resource.Explain(&b, m, format); err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s does not say %q:\n%s", format, want, b.String())
			}
		}
	}
}
