package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/resource"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi/datamodel"
)

// A result is what came of one document.
type result struct {
	File       string
	Name       string
	Version    string
	Error      string // it was refused, with this located error
	Operations int
	Roles      int // operations with a role other than none
	Valid      int // answers that the judge found in keeping with the document
	Success    int // of them those with a status below 400
	Misses     []miss
	Warnings   int
	LoadMS     float64 // from the file to a server that answers
	RSSMiB     float64 // resident after the start, before the judge was loaded
	Judge      string  // why the judge could not be asked, when it could not
	Checks     conformity
}

// A miss is an operation whose answer was not found in keeping with the document.
type miss struct {
	Operation string
	Status    int
	Reason    string
}

// instant is the clock of the judged server: the table must not change from day to day.
// seed is that of the stand-in and of the judge.
var seed uint64 = 1

var instant = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

func judgeDocument(ctx context.Context, file string) result {
	started := time.Now()
	contract, err := contracts.Load(ctx, file, contracts.Options{})
	if err != nil {
		return result{Error: err.Error()}
	}
	server, err := mock.New(ctx, mock.Options{
		Contract: contract, Seed: seed, State: resource.Invent, Clock: clock.New(clock.Options{At: instant, Frozen: true}),
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return result{Error: err.Error()}
	}
	r := result{Name: contract.Title, Version: contract.OpenAPI, Operations: len(contract.Operations), Warnings: len(contract.Warnings)}
	r.LoadMS = float64(time.Since(started).Microseconds()) / 1000
	debug.FreeOSMemory()
	r.RSSMiB = residentMiB()
	for _, o := range contract.Operations {
		if server.Model().Binding(o).Role != inference.None {
			r.Roles++
		}
	}
	judge, err := newJudge(contract)
	if err != nil {
		r.Judge = err.Error()
	}
	requests := cases.New(contract, cases.Options{Seed: seed, Now: instant, PerOperation: 8})
	for _, o := range inOrder(contract.Operations) {
		m := call(ctx, server, judge, requests, o)
		if m.Reason != "" {
			r.Misses = append(r.Misses, m)
			continue
		}
		r.Valid++
		if m.Status < 400 {
			r.Success++
		}
	}
	r.Checks = conform(ctx, contract)
	return r
}

// inOrder puts deletions last, children before parents: an operation after the deletion of its item would
// rightly be refused, with a status that few documents mention.
func inOrder(operations []*contracts.Operation) []*contracts.Operation {
	list := slices.Clone(operations)
	rank := func(o *contracts.Operation) int {
		if o.Method == http.MethodDelete || strings.Contains(strings.ToLower(o.ID), "delete") {
			return 1000 - len(o.Segments)
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *contracts.Operation) int { return rank(a) - rank(b) })
	return list
}

// residentMiB is the resident memory of this process.
func residentMiB() float64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(data)
	if found == nil {
		return 0
	}
	kib, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		return 0
	}
	return kib / 1024
}

// newJudge loads the contract, as one document, into the independent validator.
func newJudge(c *contracts.Contract) (validator.Validator, error) {
	configuration := datamodel.NewDocumentConfiguration()
	configuration.Logger = slog.New(slog.DiscardHandler)
	configuration.SkipExternalRefResolution = true
	configuration.IgnoreArrayCircularReferences = true
	configuration.IgnorePolymorphicCircularReferences = true
	document, err := libopenapi.NewDocumentWithConfiguration(c.Document(), configuration)
	if err != nil {
		return nil, fmt.Errorf("libopenapi cannot read it: %w", err)
	}
	model, err := document.BuildV3Model()
	if model == nil {
		return nil, fmt.Errorf("libopenapi makes no model of it: %w", err)
	}
	return validator.NewValidatorFromV3Model(&model.Model, config.WithFormatAssertions()), nil
}

// call sends one generated valid request and has the answer judged.
func call(ctx context.Context, server *mock.Server, judge validator.Validator, requests *cases.Generator, o *contracts.Operation) miss {
	m := miss{Operation: o.Method + " " + o.Path}
	request, err := least(ctx, requests, o)
	if err != nil {
		m.Reason = "no valid request can be made: " + err.Error()
		return m
	}
	if err := server.Credentials().Authorize(o, request); err != nil {
		m.Reason = err.Error()
		return m
	}
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, request.Clone(ctx))
	response := recorder.Result()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		m.Reason = err.Error()
		return m
	}
	m.Status = response.StatusCode
	m.Reason = verdict(judge, request, response, body, o)
	return m
}

// least is the valid request that asks for least, with content where the operation takes any.
func least(ctx context.Context, requests *cases.Generator, o *contracts.Operation) (*http.Request, error) {
	list, err := requests.Positive(o)
	if err == nil && len(list) == 0 {
		err = errors.New("no request keeps the contract on the wire")
	}
	if err != nil {
		return nil, err
	}
	one := list[0]
	if i := slices.IndexFunc(list, func(c cases.Case) bool { return c.Check == "POS-002" && c.Body != nil }); i >= 0 {
		one = list[i]
	}
	base := ""
	if len(o.Servers) > 0 {
		base = o.Servers[0].Base
	}
	return one.Request(ctx, "http://stand-in.example"+base)
}

// verdict is why an answer does not keep the document, or "".
func verdict(judge validator.Validator, request *http.Request, response *http.Response, body []byte, o *contracts.Operation) string {
	declared := o.Response(response.StatusCode)
	if declared == nil && len(o.Responses) == 0 && response.StatusCode < 400 {
		return "" // the operation documents no answer at all: there is nothing to keep
	}
	if declared == nil {
		return fmt.Sprintf("the status %d is not documented: %s", response.StatusCode, shorten(string(body)))
	}
	if judge == nil || response.StatusCode == http.StatusNoContent || len(declared.Content) == 0 {
		return ownVerdict(response, body, declared)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	problems, err := ask(judge, request, response)
	if err != nil {
		return ownVerdict(response, body, declared)
	}
	if len(problems) == 0 {
		return ""
	}
	return strings.Join(problems, "; ")
}

// ask lets the independent validator judge; a panic in it is an error here.
func ask(judge validator.Validator, request *http.Request, response *http.Response) (problems []string, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the judge failed: %v", cause)
		}
	}()
	valid, found := judge.GetResponseBodyValidator().ValidateResponseBody(request, response)
	if valid {
		return nil, nil
	}
	for _, p := range found {
		if strings.Contains(p.Message, "failed schema compilation") || strings.Contains(p.Reason, "failed to compile") || p.IsPathMissingError() || p.IsOperationMissingError() {
			return nil, errors.New(p.Message)
		}
		reason := p.Reason
		for i, v := range p.SchemaValidationErrors {
			if i < 2 {
				reason += " | " + v.FieldPath + ": " + v.Reason
			}
		}
		problems = append(problems, shorten(p.Message+": "+reason))
	}
	return problems, nil
}

// ownVerdict is asked where the independent judge cannot be: no content to judge, or a schema that it cannot compile.
func ownVerdict(response *http.Response, body []byte, declared *contracts.Response) string {
	if len(body) == 0 || len(declared.Content) == 0 {
		return ""
	}
	media := contracts.MatchMedia(response.Header.Get("Content-Type"), declared.Content)
	if media == nil {
		return "the media type " + response.Header.Get("Content-Type") + " is not documented"
	}
	if media.Schema == nil || !contracts.JSONMedia(media.Name) {
		return ""
	}
	var probe any
	if err := json.Unmarshal(body, &probe); err != nil {
		return "the body is not JSON: " + err.Error()
	}
	value, err := schema.ParseJSON(body)
	if err != nil {
		return err.Error()
	}
	for _, v := range media.Schema.Check(value, schema.Response) {
		return fmt.Sprintf("%s: wanted %s, got %s", v.Pointer, v.Want, v.Got)
	}
	return ""
}

func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}
