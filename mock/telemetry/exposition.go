package telemetry

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// appendExposition writes families in the Prometheus text format 0.0.4, or in OpenMetrics 1.0.0.
func appendExposition(b []byte, families []*family, open bool) []byte {
	for _, f := range families {
		b = f.append(b, open)
	}
	if open {
		b = append(b, "# EOF\n"...)
	}
	return b
}

func (f *family) append(b []byte, open bool) []byte {
	sample := f.metric.prometheus()
	name := sample
	if open && f.metric.kind == counter {
		name = strings.TrimSuffix(name, "_total") // of the family; its samples have it (OpenMetrics, "Counter")
	}
	b = append(append(append(b, "# HELP "...), name...), ' ')
	b = append(appendEscaped(b, f.metric.help, open), '\n')
	b = append(append(append(b, "# TYPE "...), name...), ' ')
	b = append(append(b, f.metric.kind.String()...), '\n')
	for i := range f.points {
		p := &f.points[i]
		if f.metric.kind == histogram {
			b = p.appendBuckets(b, sample)
			continue
		}
		b = p.appendSample(b, sample, "", p.value)
	}
	return b
}

// appendBuckets writes a distribution: its buckets include those below them.
func (p *point) appendBuckets(b []byte, name string) []byte {
	var below uint64
	for i, n := range p.buckets {
		below += n
		bound := math.Inf(1)
		if i < len(bounds) {
			bound = bounds[i]
		}
		b = p.appendSample(b, name+"_bucket", formatNumber(bound), float64(below))
	}
	b = p.appendSample(b, name+"_sum", "", p.sum)
	return p.appendSample(b, name+"_count", "", float64(below))
}

func (p *point) appendSample(b []byte, name, bound string, value float64) []byte {
	b = append(b, name...)
	separator := byte('{')
	add := func(name, value string) {
		b = append(append(append(b, separator), name...), `="`...)
		b = append(appendEscaped(b, value, true), '"')
		separator = ','
	}
	for _, l := range p.labels {
		add(underscored(l.name), l.value)
	}
	if bound != "" {
		add("le", bound)
	}
	if separator == ',' {
		b = append(b, '}')
	}
	b = append(b, ' ')
	return append(append(b, formatNumber(value)...), '\n')
}

// formatNumber writes a number as both formats have it. OpenMetrics wants bounds of buckets with a point; Prometheus takes them.
func formatNumber(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	case math.IsNaN(v):
		return "NaN"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// appendEscaped writes a text with \ and line feeds escaped, and quotation marks where they would end it. Both formats are UTF-8.
func appendEscaped(b []byte, text string, quotes bool) []byte {
	for _, r := range strings.ToValidUTF8(text, string(utf8.RuneError)) {
		switch {
		case r == '\\':
			b = append(b, `\\`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '"' && quotes:
			b = append(b, `\"`...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
