package contracts

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi/datamodel"
)

// measured are the documents whose loading docs/decisions/002-loading.md tells of.
var measured = []string{"petstore", "stripe-spec3", "stripe-spec3-2023", "github-api-2026", "digitalocean"}

// measure runs load in a loop and reports the live heap of what it gives beside the time.
func measure(b *testing.B, load func() any) {
	b.Helper()
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	kept := load()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	live := float64(after.HeapAlloc) - float64(before.HeapAlloc)
	runtime.KeepAlive(kept)
	kept = nil
	for b.Loop() {
		kept = load()
	}
	runtime.KeepAlive(kept)
	b.ReportMetric(live/(1<<20), "live-MiB")
}

func benchmarkDocuments(b *testing.B, run func(b *testing.B, file string)) {
	documents, _ := realDocuments(b)
	for _, doc := range documents {
		if slices.Contains(measured, doc.name) {
			b.Run(doc.name, func(b *testing.B) { run(b, doc.file) })
		}
	}
}

// BenchmarkDocument reads a document with all the files it refers to.
func BenchmarkDocument(b *testing.B) {
	benchmarkDocuments(b, func(b *testing.B, file string) {
		measure(b, func() any {
			d, err := readDocument(b.Context(), file, Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer d.close()
			d.walkReferences(func(site) {})
			return d
		})
	})
}

// BenchmarkBundle writes a document that was read as one JSON text.
func BenchmarkBundle(b *testing.B) {
	benchmarkDocuments(b, func(b *testing.B, file string) {
		d, err := readDocument(b.Context(), file, Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer d.close()
		measure(b, func() any {
			bundle, err := d.bundle()
			if err != nil {
				b.Fatal(err)
			}
			return bundle
		})
	})
}

// BenchmarkLibrary reads the same documents into libopenapi's model.
func BenchmarkLibrary(b *testing.B) {
	benchmarkDocuments(b, func(b *testing.B, file string) {
		measure(b, func() any {
			data, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			config := datamodel.NewDocumentConfiguration()
			config.AllowFileReferences = true
			config.BasePath = filepath.Dir(file)
			config.SpecFilePath = file
			config.SkipExternalRefResolution = filepath.Base(file) == "github-api-2026.json" // it has $ref in examples
			doc, err := libopenapi.NewDocumentWithConfiguration(data, config)
			if err != nil {
				b.Fatal(err)
			}
			model, err := doc.BuildV3Model()
			if model == nil {
				b.Fatal(err)
			}
			return []any{doc, model}
		})
	})
}
