package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"understudy/mock/telemetry"
)

// A collector takes OTLP over HTTP in both encodings and keeps what it understood. What it does not know is an error: it reads
// the protocol from its own description here, and shares nothing with what writes it.
type collector struct {
	t        testing.TB
	url      string
	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
	traces   []object
	metrics  []object
	answers  []int // statuses to answer with first
	headers  http.Header
}

func collect(t testing.TB) *collector {
	c := &collector{t: t, headers: http.Header{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *collector) export(signal string, asJSON bool) telemetry.Export {
	return telemetry.Export{URL: c.url + "/v1/" + signal, JSON: asJSON}
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil && r.Header.Get("Content-Encoding") == "gzip" {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, err = io.ReadAll(z)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests, c.bodies = append(c.requests, r), append(c.bodies, body)
	if len(c.answers) > 0 {
		status := c.answers[0]
		c.answers = c.answers[1:]
		for name, values := range c.headers {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		return
	}
	root := map[string]*kindOf{"/v1/traces": traceRequestKind, "/v1/metrics": metricRequestKind}[r.URL.Path]
	if err != nil || root == nil || r.Method != http.MethodPost {
		c.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var value object
	switch r.Header.Get("Content-Type") {
	case "application/json":
		value, err = root.fromJSON(body)
	case "application/x-protobuf":
		value, err = root.fromWire(body)
	default:
		err = fmt.Errorf("the media type %s", r.Header.Get("Content-Type"))
	}
	if err != nil {
		c.t.Errorf("%s: %v\n%x", r.URL.Path, err, body)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if r.URL.Path == "/v1/traces" {
		c.traces = append(c.traces, value)
	} else {
		c.metrics = append(c.metrics, value)
	}
}

// An object is a message: members by their JSON names. Lists are []any, numbers float64 or uint64, ids hexadecimal texts.
type object map[string]any

// A kindOf describes a message of opentelemetry-proto: its fields by number.
type kindOf struct {
	name   string
	fields map[int]field
}

type field struct {
	name   string
	as     string // string, id, enum, uint32, fixed32, fixed64, sfixed64, int64, double, bool, message
	of     *kindOf
	many   bool
	packed bool
}

var (
	anyKind             = &kindOf{name: "AnyValue"}
	keyValueKind        = &kindOf{"KeyValue", map[int]field{1: {name: "key", as: "string"}, 2: {name: "value", as: "message", of: anyKind}}}
	arrayKind           = &kindOf{"ArrayValue", map[int]field{1: {name: "values", as: "message", of: anyKind, many: true}}}
	attributesField     = field{name: "attributes", as: "message", of: keyValueKind, many: true}
	resourceKind        = &kindOf{"Resource", map[int]field{1: attributesField}}
	scopeKind           = &kindOf{"InstrumentationScope", map[int]field{1: {name: "name", as: "string"}, 2: {name: "version", as: "string"}}}
	statusKind          = &kindOf{"Status", map[int]field{2: {name: "message", as: "string"}, 3: {name: "code", as: "enum"}}}
	eventKind           = &kindOf{"Event", map[int]field{1: {name: "timeUnixNano", as: "fixed64"}, 2: {name: "name", as: "string"}, 3: attributesField}}
	spanKind            = &kindOf{"Span", map[int]field{1: {name: "traceId", as: "id"}, 2: {name: "spanId", as: "id"}, 3: {name: "traceState", as: "string"}, 4: {name: "parentSpanId", as: "id"}, 5: {name: "name", as: "string"}, 6: {name: "kind", as: "enum"}, 7: {name: "startTimeUnixNano", as: "fixed64"}, 8: {name: "endTimeUnixNano", as: "fixed64"}, 9: attributesField, 11: {name: "events", as: "message", of: eventKind, many: true}, 15: {name: "status", as: "message", of: statusKind}, 16: {name: "flags", as: "fixed32"}}}
	scopeSpansKind      = &kindOf{"ScopeSpans", map[int]field{1: {name: "scope", as: "message", of: scopeKind}, 2: {name: "spans", as: "message", of: spanKind, many: true}, 3: {name: "schemaUrl", as: "string"}}}
	resourceSpansKind   = &kindOf{"ResourceSpans", map[int]field{1: {name: "resource", as: "message", of: resourceKind}, 2: {name: "scopeSpans", as: "message", of: scopeSpansKind, many: true}, 3: {name: "schemaUrl", as: "string"}}}
	traceRequestKind    = &kindOf{"ExportTraceServiceRequest", map[int]field{1: {name: "resourceSpans", as: "message", of: resourceSpansKind, many: true}}}
	numberKind          = &kindOf{"NumberDataPoint", map[int]field{2: {name: "startTimeUnixNano", as: "fixed64"}, 3: {name: "timeUnixNano", as: "fixed64"}, 4: {name: "asDouble", as: "double"}, 6: {name: "asInt", as: "sfixed64"}, 7: attributesField}}
	distributionKind    = &kindOf{"HistogramDataPoint", map[int]field{2: {name: "startTimeUnixNano", as: "fixed64"}, 3: {name: "timeUnixNano", as: "fixed64"}, 4: {name: "count", as: "fixed64"}, 5: {name: "sum", as: "double"}, 6: {name: "bucketCounts", as: "fixed64", packed: true}, 7: {name: "explicitBounds", as: "double", packed: true}, 9: attributesField}}
	gaugeKind           = &kindOf{"Gauge", map[int]field{1: {name: "dataPoints", as: "message", of: numberKind, many: true}}}
	sumKind             = &kindOf{"Sum", map[int]field{1: {name: "dataPoints", as: "message", of: numberKind, many: true}, 2: {name: "aggregationTemporality", as: "enum"}, 3: {name: "isMonotonic", as: "bool"}}}
	histogramKind       = &kindOf{"Histogram", map[int]field{1: {name: "dataPoints", as: "message", of: distributionKind, many: true}, 2: {name: "aggregationTemporality", as: "enum"}}}
	metricKind          = &kindOf{"Metric", map[int]field{1: {name: "name", as: "string"}, 2: {name: "description", as: "string"}, 3: {name: "unit", as: "string"}, 5: {name: "gauge", as: "message", of: gaugeKind}, 7: {name: "sum", as: "message", of: sumKind}, 9: {name: "histogram", as: "message", of: histogramKind}}}
	scopeMetricsKind    = &kindOf{"ScopeMetrics", map[int]field{1: {name: "scope", as: "message", of: scopeKind}, 2: {name: "metrics", as: "message", of: metricKind, many: true}, 3: {name: "schemaUrl", as: "string"}}}
	resourceMetricsKind = &kindOf{"ResourceMetrics", map[int]field{1: {name: "resource", as: "message", of: resourceKind}, 2: {name: "scopeMetrics", as: "message", of: scopeMetricsKind, many: true}, 3: {name: "schemaUrl", as: "string"}}}
	metricRequestKind   = &kindOf{"ExportMetricsServiceRequest", map[int]field{1: {name: "resourceMetrics", as: "message", of: resourceMetricsKind, many: true}}}
	wireTypes           = map[string]uint64{"string": 2, "id": 2, "message": 2, "enum": 0, "uint32": 0, "int64": 0, "bool": 0, "fixed64": 1, "sfixed64": 1, "double": 1, "fixed32": 5}
	errCut              = fmt.Errorf("the message is cut off")
)

func init() {
	anyKind.fields = map[int]field{1: {name: "stringValue", as: "string"}, 2: {name: "boolValue", as: "bool"}, 3: {name: "intValue", as: "int64"}, 4: {name: "doubleValue", as: "double"}, 5: {name: "arrayValue", as: "message", of: arrayKind}}
}

// fromWire reads protobuf. Fields must stand in the order of their numbers, as canonical writers have them.
func (k *kindOf) fromWire(b []byte) (object, error) {
	o, last := object{}, 0
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errCut
		}
		b = b[n:]
		number, wire := int(tag>>3), tag&7
		f, known := k.fields[number]
		expected := wireTypes[f.as]
		if f.packed {
			expected = 2
		}
		if !known || wire != expected || number < last || number == last && !f.many {
			return nil, fmt.Errorf("%s: field %d of wire type %d behind field %d", k.name, number, wire, last)
		}
		last = number
		var value any
		var err error
		if value, b, err = f.read(b); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", k.name, f.name, err)
		}
		if f.many {
			list, _ := o[f.name].([]any)
			value = append(list, value)
		}
		o[f.name] = value
	}
	return o, nil
}

func (f field) read(b []byte) (any, []byte, error) {
	switch wireTypes[f.as] {
	case 1:
		if f.packed {
			break
		}
		if len(b) < 8 {
			return nil, nil, errCut
		}
		return f.fixed(b), b[8:], nil
	case 5:
		if len(b) < 4 {
			return nil, nil, errCut
		}
		return float64(binary.LittleEndian.Uint32(b)), b[4:], nil
	case 0:
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, nil, errCut
		}
		switch f.as {
		case "bool":
			return v == 1, b[n:], nil
		case "int64":
			return int64(v), b[n:], nil
		}
		return float64(v), b[n:], nil
	}
	length, n := binary.Uvarint(b)
	if n <= 0 || uint64(len(b)-n) < length {
		return nil, nil, errCut
	}
	inside, rest := b[n:n+int(length)], b[n+int(length):]
	switch {
	case f.packed:
		list := []any{}
		for ; len(inside) >= 8; inside = inside[8:] {
			list = append(list, f.fixed(inside))
		}
		return list, rest, nil
	case f.as == "message":
		o, err := f.of.fromWire(inside)
		return o, rest, err
	case f.as == "id":
		return hex.EncodeToString(inside), rest, nil
	}
	return string(inside), rest, nil
}

func (f field) fixed(b []byte) any {
	v := binary.LittleEndian.Uint64(b)
	switch f.as {
	case "double":
		return math.Float64frombits(v)
	case "sfixed64":
		return int64(v)
	}
	return v
}

// fromJSON reads the JSON form, and brings it to the same objects.
func (k *kindOf) fromJSON(body []byte) (object, error) {
	var value map[string]any
	if err := json.Unmarshal(body, &value); err != nil {
		return nil, err
	}
	return k.convert(value)
}

func (k *kindOf) convert(from map[string]any) (object, error) {
	o := object{}
	for name, value := range from {
		var f field
		for _, one := range k.fields {
			if one.name == name {
				f = one
			}
		}
		if f.name == "" {
			return nil, fmt.Errorf("%s has no member %s", k.name, name)
		}
		list, isList := value.([]any)
		if isList != (f.many || f.packed) {
			return nil, fmt.Errorf("%s.%s: a list (%v)", k.name, name, isList)
		}
		if !isList {
			list = []any{value}
		}
		converted := []any{}
		for _, one := range list {
			v, err := f.convert(one)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", k.name, name, err)
			}
			converted = append(converted, v)
		}
		if isList {
			o[name] = converted
		} else {
			o[name] = converted[0]
		}
	}
	return o, nil
}

func (f field) convert(value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		if f.as == "message" {
			return f.of.convert(v)
		}
	case string:
		switch f.as {
		case "string":
			return v, nil
		case "id":
			if _, err := hex.DecodeString(v); err == nil && (len(v) == 32 || len(v) == 16) {
				return v, nil
			}
		case "fixed64":
			return strconv.ParseUint(v, 10, 64)
		case "sfixed64", "int64":
			return strconv.ParseInt(v, 10, 64)
		}
	case float64:
		switch f.as {
		case "enum", "uint32", "fixed32", "double":
			return v, nil
		}
	case bool:
		if f.as == "bool" {
			return v, nil
		}
	}
	return nil, fmt.Errorf("%v (%T) is no %s", value, value, f.as)
}

// spans gives all spans that came.
func (c *collector) spans() []object {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []object
	for _, request := range c.traces {
		for _, r := range objects(request["resourceSpans"]) {
			for _, s := range objects(r["scopeSpans"]) {
				list = append(list, objects(s["spans"])...)
			}
		}
	}
	return list
}

// metric gives the metric of a name that came last.
func (c *collector) metric(name string) object {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.metrics) - 1; i >= 0; i-- {
		for _, r := range objects(c.metrics[i]["resourceMetrics"]) {
			for _, s := range objects(r["scopeMetrics"]) {
				for _, m := range objects(s["metrics"]) {
					if m["name"] == name {
						return m
					}
				}
			}
		}
	}
	c.t.Errorf("the metric %s did not come", name)
	return object{}
}

func objects(value any) []object {
	list, _ := value.([]any)
	found := make([]object, len(list))
	for i, one := range list {
		found[i], _ = one.(object)
	}
	return found
}

// attributes gives the attributes of a message as plain values.
func attributes(o object) map[string]any {
	found := map[string]any{}
	for _, one := range objects(o["attributes"]) {
		value, _ := one["value"].(object)
		for _, v := range value {
			found[one["key"].(string)] = v
		}
	}
	return found
}
