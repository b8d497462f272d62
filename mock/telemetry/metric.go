package telemetry

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A kind is how the numbers of a metric go.
type kind int

const (
	counter   kind = iota // it only grows
	upDown                // a sum that also shrinks
	gauge                 // what there is at the moment
	histogram             // how often a value was how large
)

// String is the kind's word in the Prometheus text format.
func (k kind) String() string { return [...]string{"counter", "gauge", "gauge", "histogram"}[k] }

// A metric is one quantity that is told, under its OpenTelemetry name.
type metric struct {
	name   string
	plain  string // its name for Prometheus where that does not follow from the other
	unit   string // by UCUM: "s", "By", "{request}"; empty: none
	help   string
	kind   kind
	labels []string
}

// prometheus is the name that Prometheus knows a metric by, as OpenTelemetry's rules make it: with the unit, and _total where
// it only grows.
func (m *metric) prometheus() string {
	if m.plain != "" {
		return m.plain
	}
	name := underscored(m.name)
	if suffix := map[string]string{"s": "_seconds", "By": "_bytes"}[m.unit]; suffix != "" {
		name += suffix
	}
	if m.kind == counter {
		name += "_total"
	}
	return name
}

func underscored(name string) string { return strings.ReplaceAll(name, ".", "_") }

// A label is one dimension of a point.
type label struct{ name, value string }

// A point is one number of a metric, or one distribution.
type point struct {
	labels  []label
	value   float64
	buckets []uint64 // of a histogram, by bounds and above; they do not include each other
	sum     float64
}

func (p *point) count() (n uint64) {
	for _, b := range p.buckets {
		n += b
	}
	return n
}

// A family is a metric with its points at one moment.
type family struct {
	metric *metric
	points []point
}

func (f *family) sort() {
	slices.SortFunc(f.points, func(a, b point) int {
		return slices.CompareFunc(a.labels, b.labels, func(x, y label) int {
			return cmp.Or(strings.Compare(x.name, y.name), strings.Compare(x.value, y.value))
		})
	})
}

// other is the value of a label behind which stands what is too much for values of its own.
const other = "_OTHER"

// key are the values of up to three labels.
type key [3]string

// A counted is one counter among others.
type counted struct {
	key   key
	value atomic.Uint64
}

// counters are those of one metric, told apart by values of labels. One is found without a lock and without making anything.
type counters struct {
	of   *metric
	most int // that are told apart; what comes later is counted as other
	list atomic.Pointer[[]*counted]
	grow sync.Mutex
}

func newCounters(of *metric, most int) *counters {
	c := &counters{of: of, most: most}
	c.list.Store(&[]*counted{})
	return c
}

// at finds a counter, or makes it.
func (c *counters) at(k key) *atomic.Uint64 {
	for _, one := range *c.list.Load() {
		if one.key == k {
			return &one.value
		}
	}
	return c.add(k)
}

func (c *counters) add(k key) *atomic.Uint64 {
	c.grow.Lock()
	defer c.grow.Unlock()
	list := *c.list.Load()
	if len(list) >= c.most {
		k = key{other, other, other}
	}
	for _, one := range list {
		if one.key == k {
			return &one.value
		}
	}
	one := &counted{key: k}
	list = append(slices.Clip(list), one)
	c.list.Store(&list)
	return &one.value
}

// into adds the points; first are the labels that all of them have.
func (c *counters) into(f *family, first ...label) {
	for _, one := range *c.list.Load() {
		p := point{labels: slices.Clone(first), value: float64(one.value.Load())}
		for i, name := range c.of.labels[len(first):] {
			p.labels = append(p.labels, label{name, one.key[i]})
		}
		f.points = append(f.points, p)
	}
}

// bounds are the upper bounds of the buckets of durations, in seconds: those of OpenTelemetry's semantic conventions, and finer
// ones below, where most answers of a stand-in are.
var bounds = [...]float64{0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

var boundsNanoseconds = func() (list [len(bounds)]int64) {
	for i, b := range bounds {
		list[i] = int64(math.Round(b * float64(time.Second)))
	}
	return list
}()

// A durations is a histogram. The zero value is empty.
type durations struct {
	buckets [len(bounds) + 1]atomic.Uint64
	sum     atomic.Int64 // nanoseconds
}

func (d *durations) observe(took time.Duration) {
	n := int64(max(took, 0))
	i := 0
	for i < len(boundsNanoseconds) && n > boundsNanoseconds[i] {
		i++
	}
	d.buckets[i].Add(1)
	d.sum.Add(n)
}

func (d *durations) point(labels []label) point {
	p := point{labels: labels, buckets: make([]uint64, len(d.buckets)), sum: time.Duration(d.sum.Load()).Seconds()}
	for i := range d.buckets {
		p.buckets[i] = d.buckets[i].Load()
	}
	return p
}
