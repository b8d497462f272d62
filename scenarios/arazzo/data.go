package arazzo

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// Limits on tables.
const (
	maxTable = 10 << 20 // bytes of a file
	maxRows  = 10_000
)

// checkFile refuses names that lead out of the folder of the document, and kinds of files that are not read.
func (o *object) checkFile(name string) {
	switch extension := strings.ToLower(path.Ext(name)); {
	case !fs.ValidPath(name):
		o.fail(o.place("file"), "write a path below the document's folder, without . and ..", "the file %q of data is outside the document's folder", cut(name, 60))
	case extension != ".csv" && extension != ".yaml" && extension != ".yml" && extension != ".json":
		o.fail(o.place("file"), "name a .csv, .yaml or .json file", "the file %q of data is of no kind that is read", cut(name, 60))
	}
}

// Rows gives the table of a workflow, one map of inputs a row; nil: the workflow has none and is run once. files is the
// folder of the document; it may be nil where the rows stand in the document. In a CSV file the first line names the inputs, an
// empty cell leaves its input out, and a cell becomes what the schema of the inputs says: a number, a boolean, or JSON for
// objects and arrays, else a string.
func (d *Document) Rows(w *Workflow, files fs.FS) ([]map[string]any, error) {
	data := w.Extension.Data
	if data == nil || data.File == "" {
		if data == nil {
			return nil, nil
		}
		return data.Rows, nil
	}
	fail := func(line int, advice, format string, args ...any) ([]map[string]any, error) {
		at := Position{File: data.File, Line: line}
		if line == 0 {
			at = data.At
		}
		return nil, &Problem{At: at, Message: fmt.Sprintf(format, args...), Advice: advice}
	}
	if files == nil || !fs.ValidPath(data.File) {
		return fail(0, "put it below the document's folder", "the file %q of data cannot be read", data.File)
	}
	text, err := readLimited(files, data.File)
	if err != nil {
		return fail(0, "", "the file %q of data cannot be read: %v", data.File, err)
	}
	if strings.EqualFold(path.Ext(data.File), ".csv") {
		return d.csvRows(w, text, fail)
	}
	p := &parser{file: data.File, limits: Limits{Bytes: maxTable}.orDefaults()}
	root := p.read(text)
	if root == nil {
		return nil, p.problems
	}
	if root.Kind != yaml.SequenceNode || len(root.Content) > maxRows {
		return fail(root.Line, "", "the table is not a list of at most %d rows", maxRows)
	}
	var out []map[string]any
	for i, n := range root.Content {
		row, ok := p.decode(n, "/"+itoa(i)).(map[string]any)
		if !ok || len(p.problems) > 0 {
			return fail(n.Line, "write an object with the inputs by name", "a row is %s and not an object", describe(n))
		}
		out = append(out, row)
	}
	if len(out) == 0 {
		return fail(0, "add a row", "the table %q is empty", data.File)
	}
	return out, nil
}

func readLimited(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTable+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxTable:
		return nil, fmt.Errorf("it is larger than %d bytes", maxTable)
	case !utf8.Valid(text):
		return nil, errors.New("it is not UTF-8 text")
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

type failure func(line int, advice, format string, args ...any) ([]map[string]any, error)

func (d *Document) csvRows(w *Workflow, text []byte, fail failure) ([]map[string]any, error) {
	reader := csv.NewReader(bytes.NewReader(text))
	names, err := reader.Read()
	if err != nil {
		return fail(1, "write the names of the inputs into the first line", "the table has no first line")
	}
	for i, name := range names {
		if names[i] = strings.TrimSpace(name); names[i] == "" || contains(names[:i], names[i]) {
			return fail(1, "name each column once", "the column %d has no name of its own", i+1)
		}
	}
	var out []map[string]any
	for {
		cells, err := reader.Read()
		line := 0
		if err == nil {
			line, _ = reader.FieldPos(0)
		}
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if len(out) == 0 {
				return fail(1, "add a row", "the table has no rows")
			}
			return out, nil
		case errors.As(err, &broken):
			return fail(broken.Line, "quote cells that hold commas or quotes", "the table is broken: %v", broken.Err)
		case err != nil:
			return fail(0, "", "the table is broken: %v", err)
		case len(out) >= maxRows:
			return fail(line, "split it", "the table has more than %d rows", maxRows)
		}
		row := map[string]any{}
		for i, cell := range cells {
			if cell == "" {
				continue
			}
			if row[names[i]], err = cellValue(cell, d.inputType(w, names[i])); err != nil {
				return fail(line, "", "the cell in column %q is no %s", names[i], d.inputType(w, names[i]))
			}
		}
		out = append(out, row)
	}
}

// cellValue reads a cell as the type that its input has.
func cellValue(cell, kind string) (any, error) {
	switch kind {
	case "integer", "number", "boolean", "object", "array":
		v, err := schema.ParseJSON([]byte(strings.TrimSpace(cell)))
		if err != nil {
			return nil, err
		}
		if got := strings.TrimPrefix(strings.TrimPrefix(simpleKind(v), "an "), "a "); got != kind && (got != "number" || kind != "integer") {
			return nil, errors.New("another type")
		}
		return v, nil
	}
	return cell, nil
}
