package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"understudy/scenarios"
)

// SchemaID is the $schema of a saved result. The schema itself is docs/schemas/result.schema.json.
const SchemaID = "urn:understudy:schema:result:1"

// ResultVersion is the form of saved results that is written, and the newest that is read.
const ResultVersion = 1

// MaxResult is how many bytes of a saved result are read.
const MaxResult = 512 << 20

// writeJSON writes the result itself. Read gives an equal one.
func writeJSON(_ Options, w io.Writer, r *scenarios.Result) error {
	saved := *r
	saved.Schema, saved.Version = SchemaID, ResultVersion
	if saved.Targets == nil {
		saved.Targets = []scenarios.Target{}
	}
	if saved.Exchanges == nil {
		saved.Exchanges = []*scenarios.Exchange{}
	}
	saved.Suites = append([]scenarios.Suite{}, saved.Suites...)
	for i := range saved.Suites {
		if saved.Suites[i].Tests == nil {
			saved.Suites[i].Tests = []scenarios.Test{}
		}
	}
	return encode(w, &saved)
}

// encode writes indented JSON in which <, > and & stand as themselves: none of these files is put into a page.
func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Read reads a result that the json format wrote. It reads MaxResult bytes at most. Errors give line and column, or the test
// or exchange that cannot be.
func Read(r io.Reader) (*scenarios.Result, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxResult+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read result: %w", err)
	case len(data) > MaxResult:
		return nil, fmt.Errorf("read result: it is longer than %d MiB; keep fewer exchanges", MaxResult>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := sniff(data); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	result := new(scenarios.Result)
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // outputs may hold numbers that no float64 can
	if err := d.Decode(result); err != nil {
		return nil, fmt.Errorf("read result: %w", explain(data, err))
	}
	if rest := bytes.TrimLeft(data[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, fmt.Errorf("read result: %s: there is more behind the end of the result", position(data, len(data)-len(rest)))
	}
	if err := sound(result); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	return result, nil
}

// sniff refuses what is no saved result at all, before details are complained about.
func sniff(data []byte) error {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return errors.New("the file is empty")
	case trimmed[0] == '<':
		return errors.New("the file is XML or HTML; a result is saved with --report json=FILE")
	case trimmed[0] != '{':
		return errors.New("the file holds no JSON object; a result is saved with --report json=FILE")
	}
	var head struct {
		Version json.RawMessage `json:"resultVersion"`
		Runs    json.RawMessage `json:"runs"`
		Format  json.RawMessage `json:"reportFormat"`
		Log     json.RawMessage `json:"log"`
	}
	if json.Unmarshal(data, &head) != nil {
		return nil // told with its position later
	}
	version := string(head.Version)
	other := ""
	switch {
	case version == "1":
		return nil
	case version != "" && strings.Trim(version, "0123456789") == "" && version != "0":
		return fmt.Errorf("it has the form %s, and this program reads up to %d; take a newer one", cut(version, 20), ResultVersion)
	case head.Runs != nil:
		other = ": this is SARIF"
	case head.Format != nil:
		other = ": this is CTRF"
	case head.Log != nil:
		other = ": this is HAR"
	}
	return fmt.Errorf("it has no resultVersion%s; a result is saved with --report json=FILE", other)
}

// explain adds the position to an error of encoding/json.
func explain(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: %w", position(data, int(syntax.Offset)), err)
	case errors.As(err, &kind):
		return fmt.Errorf("%s: %s may not be a %s", position(data, int(kind.Offset)), visible(cut(kind.Field, 200)), visible(cut(kind.Value, 40)))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: the file ends in the middle", position(data, len(data)))
	}
	return err
}

func position(data []byte, offset int) string {
	before := data[:min(max(offset, 0), len(data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	return fmt.Sprintf("line %d, column %d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}

// sound checks what writers rely on.
func sound(r *scenarios.Result) error {
	numbers := make(map[int]bool, len(r.Exchanges))
	for i, e := range r.Exchanges {
		switch {
		case e == nil:
			return fmt.Errorf("/exchanges/%d is null", i)
		case e.Number <= 0:
			return fmt.Errorf("/exchanges/%d/number is %d; exchanges are numbered from 1", i, e.Number)
		case numbers[e.Number]:
			return fmt.Errorf("/exchanges/%d/number: there are two exchanges %d", i, e.Number)
		}
		numbers[e.Number] = true
	}
	ids := map[string]bool{}
	for i, s := range r.Suites {
		for j, t := range s.Tests {
			switch {
			case t.ID == "":
				return fmt.Errorf("/suites/%d/tests/%d has no id", i, j)
			case ids[t.ID]:
				return fmt.Errorf("/suites/%d/tests/%d/id: there are two tests %q", i, j, cut(t.ID, 200))
			case !isOutcome(t.Outcome):
				return fmt.Errorf("/suites/%d/tests/%d/outcome is %q; it is one of passed, failed, skipped, errored, known", i, j, cut(string(t.Outcome), 40))
			}
			ids[t.ID] = true
		}
	}
	return nil
}

func isOutcome(o scenarios.Outcome) bool {
	switch o {
	case scenarios.Passed, scenarios.Failed, scenarios.Skipped, scenarios.Errored, scenarios.Known:
		return true
	}
	return false
}
