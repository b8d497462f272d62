package contracts

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"understudy/contracts/overlay"
)

// The built-in contracts are data: a fifth one is a folder here and no line of code.
//
//go:embed specs
var specs embed.FS

// The files of a built-in contract.
const (
	builtinDocument = "openapi.yaml"
	builtinOverlay  = "behaviour.overlay.yaml"
)

// Builtins lists the names of the built-in contracts that stand in for a vendor, sorted.
func Builtins() []string {
	entries, err := fs.ReadDir(specs, "specs")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if _, err := fs.Stat(specs, "specs/"+e.Name()+"/"+builtinOverlay); e.IsDir() && err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// Builtin gives a file of a built-in contract as it was written: its document, overlay or requirements.
func Builtin(name, file string) ([]byte, error) {
	data, err := specs.ReadFile("specs/" + name + "/" + file)
	if err != nil {
		return nil, fmt.Errorf("read the built-in contract %s: it has no file %s", name, file)
	}
	return data, nil
}

// builtin says whether a source is the name of a built-in contract, that of our own management API included. A file or
// folder of that name wins when it is written as a path: "./ecosire".
func builtin(source string) bool {
	if source == "" || strings.ContainsAny(source, "/\\.") {
		return false
	}
	_, err := fs.Stat(specs, "specs/"+source+"/"+builtinDocument)
	return err == nil
}

// putOverlays puts the built-in overlay, if it is one of ours, and then the user's on the document.
func (d *document) putOverlays(ctx context.Context, source string, o Options) error {
	var overlays []*overlay.Document
	add := func(name string, data []byte) error {
		doc, err := overlay.Parse(name, data)
		if err != nil {
			return fmt.Errorf("read the overlay: %w", err)
		}
		d.sum(name, data)
		overlays = append(overlays, doc)
		return nil
	}
	if builtin(source) {
		if data, err := Builtin(source, builtinOverlay); err == nil {
			if err := add(source+"/"+builtinOverlay, data); err != nil {
				return err
			}
		}
	}
	for _, name := range o.Overlays {
		data, err := readOverlay(ctx, name, o)
		if err != nil {
			return err
		}
		if err := add(name, data); err != nil {
			return err
		}
	}
	if len(overlays) == 0 {
		return nil
	}
	d.main.whole = "" // the text says no longer what the tree does
	applied, err := overlay.Apply(d.root, overlays...)
	if err != nil {
		return fmt.Errorf("apply the overlay: %w", err)
	}
	d.origin = applied.Origin
	for _, w := range applied.Warnings {
		there := at(w.File)
		there.Line, there.Pointer = w.Line, fmt.Sprintf("/actions/%d", w.Action)
		d.warnings = append(d.warnings, Warning{At: there, Message: w.Target + ": " + w.Message})
	}
	return nil
}

// readOverlay reads an overlay that the user named: a file or an http(s) URL.
func readOverlay(ctx context.Context, name string, o Options) ([]byte, error) {
	limits := o.Limits.filled()
	if isURL(name) {
		data, err := newFetcher(o, name, limits).get(ctx, name)
		if err != nil {
			return nil, &DocumentError{At: at(name), Message: "the overlay cannot be read: " + reason(err)}
		}
		return data, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, &DocumentError{At: at(name), Message: "the overlay cannot be read: " + reason(err), Advice: "give a file or an http(s) URL"}
	}
	defer file.Close()
	data, err := readBounded(file, 0, limits.Bytes)
	if err != nil {
		return nil, &DocumentError{At: at(name), Message: "the overlay cannot be read: " + reason(err)}
	}
	return data, nil
}

// JSONMedia says whether a media type is JSON: application/json, +json, or a range that holds it.
func JSONMedia(name string) bool {
	return kindOf(name) == jsonKind || name == "*/*" || name == "application/*"
}
