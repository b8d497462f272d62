package resource_test

import (
	"fmt"
	"testing"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// BenchmarkItems shows that requests cost the same whatever the number of items.
func BenchmarkItems(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		w := newWorld(b, "bookshops.yaml", func(o *mock.Options) { o.Store = store.NewMemory() })
		w.shop("Corner")
		r, m := w.server.Resources(), w.server.Model()
		items := make([]resource.Item, 0, n+1)
		items = append(items, must(r.Export(b.Context()))...)
		for i := range n {
			id, genre := fmt.Sprintf("bk_%010d", i), fmt.Sprintf("g%d", i%500)
			if i%10 == 0 {
				genre = fmt.Sprintf("n%d", i-i%20) // of two books only
			}
			items = append(items, resource.Item{Collection: "/shops/{shop_id}/books", Scope: map[string]string{"shop_id": "1"}, ID: id,
				Value: schema.Raw(fmt.Sprintf(`{"id":%q,"shop_id":1,"title":"T%d","price":%d,"genre":%q,"created_at":"2025-06-15T12:00:00Z"}`, id, i, i%100, genre))})
		}
		if err := r.Import(b.Context(), items); err != nil {
			b.Fatal(err)
		}
		binding := func(id string) *inference.Binding {
			for _, o := range m.Contract.Operations {
				if o.ID == id {
					return m.Binding(o)
				}
			}
			b.Fatal(id)
			return nil
		}
		run := func(name, operation, query string, path []string, body any) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				bind := binding(operation)
				http := newCall(b, bind, query, path)
				http.Body = contracts.Body{Present: body != nil, Value: body, Media: bodyMedia(bind)}
				if _, err := r.Do(b.Context(), http); err != nil { // which builds the index of an order, once
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := r.Do(b.Context(), http); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("get", "readBook", "", []string{"1", fmt.Sprintf("bk_%010d", n/2)}, nil)
		run("list20", "listBooks", fmt.Sprintf("limit=20&offset=%d", n/2), []string{"1"}, nil)
		run("filtered", "listBooks", "limit=2&genre=g77", []string{"1"}, nil)
		run("narrowed", "listBooks", fmt.Sprintf("limit=2&min_price=1&genre=n%d", n/2/20*20), []string{"1"}, nil) // a filter without an index beside one with
		run("sorted", "listBooks", fmt.Sprintf("limit=20&sort=-price&offset=%d", n/2), []string{"1"}, nil)
		run("create", "createBook", "", []string{"1"}, map[string]any{"title": "T", "genre": "new"})
	}
}

// BenchmarkWorlds shows what a request costs where data is separated: in the default world and in another one.
func BenchmarkWorlds(b *testing.B) {
	w := newTenants(b, func(o *resource.Options) { o.Store = store.NewMemory() })
	for name, in := range map[string]resource.World{"default": {}, "named": whole[0], "other": whole[3]} {
		id := text(w.do(in, "createNote", doc{"title": "T"}).(doc)["id"])
		q := w.call(in, "readNote "+id, nil)
		b.Run("get/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.Do(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
