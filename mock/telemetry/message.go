package telemetry

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A message writes one OTLP request: as protobuf, or in the JSON that OTLP makes of it (ids in hexadecimal, enumerations as
// numbers, 64-bit integers as texts). Fields are written in the order of their numbers, by number for the one and by name for
// the other; those with their zero value are left out, as proto3 does.
type message struct {
	b     []byte
	json  bool
	begun bool // a member stands before, so that a comma is due
}

// newMessage begins a request.
func newMessage(asJSON bool) *message {
	m := &message{json: asJSON}
	if asJSON {
		m.b = append(m.b, '{')
	}
	return m
}

// bytes ends the request.
func (m *message) bytes() []byte {
	if m.json {
		m.b = append(m.b, '}')
	}
	return m.b
}

// The wire types of protobuf.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

func (m *message) tag(field, wire int) {
	m.b = binary.AppendUvarint(m.b, uint64(field)<<3|uint64(wire))
}

func (m *message) member(name string) {
	m.comma()
	m.b = append(append(append(m.b, '"'), name...), `":`...)
}

func (m *message) comma() {
	if m.begun {
		m.b = append(m.b, ',')
	}
	m.begun = true
}

// nest writes a message into a field.
func (m *message) nest(field int, name string, f func()) {
	if m.json {
		m.member(name)
		m.object(f)
		return
	}
	m.tag(field, wireBytes)
	m.measured(f)
}

func (m *message) object(f func()) {
	m.b, m.begun = append(m.b, '{'), false
	f()
	m.b, m.begun = append(m.b, '}'), true
}

// measured writes what has its length before it.
func (m *message) measured(f func()) {
	at := len(m.b)
	f()
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(m.b)-at))
	m.b = append(m.b, length[:n]...) // room
	copy(m.b[at+n:], m.b[at:len(m.b)-n])
	copy(m.b[at:], length[:n])
}

// list writes a repeated message.
func (m *message) list(field int, name string, n int, f func(i int)) {
	if n == 0 {
		return
	}
	if m.json {
		m.member(name)
		m.b, m.begun = append(m.b, '['), false
	}
	for i := range n {
		if m.json {
			m.comma()
			m.object(func() { f(i) })
			continue
		}
		m.tag(field, wireBytes)
		m.measured(func() { f(i) })
	}
	if m.json {
		m.b, m.begun = append(m.b, ']'), true
	}
}

func (m *message) text(field int, name, value string) {
	if value != "" {
		m.textAlways(field, name, value)
	}
}

// textAlways writes a text where an empty one has a meaning: in a oneof. What is not UTF-8 is made so: protobuf wants it.
func (m *message) textAlways(field int, name, value string) {
	value = strings.ToValidUTF8(value, string(utf8.RuneError))
	if m.json {
		m.member(name)
		quoted, err := json.Marshal(value)
		if err != nil { // a string always has a form
			quoted = []byte(`""`)
		}
		m.b = append(m.b, quoted...)
		return
	}
	m.tag(field, wireBytes)
	m.b = binary.AppendUvarint(m.b, uint64(len(value)))
	m.b = append(m.b, value...)
}

// id writes the bytes of an id.
func (m *message) id(field int, name string, value []byte) {
	if m.json {
		m.member(name)
		m.b = append(hex.AppendEncode(append(m.b, '"'), value), '"')
		return
	}
	m.tag(field, wireBytes)
	m.b = append(binary.AppendUvarint(m.b, uint64(len(value))), value...)
}

// number writes an enumeration or an unsigned number of 32 bits.
func (m *message) number(field int, name string, value uint32) {
	switch {
	case value == 0:
	case m.json:
		m.member(name)
		m.b = strconv.AppendUint(m.b, uint64(value), 10)
	default:
		m.tag(field, wireVarint)
		m.b = binary.AppendUvarint(m.b, uint64(value))
	}
}

// fixed32 writes an unsigned number of 32 bits that has four bytes.
func (m *message) fixed32(field int, name string, value uint32) {
	switch {
	case value == 0:
	case m.json:
		m.number(field, name, value)
	default:
		m.tag(field, wireFixed32)
		m.b = binary.LittleEndian.AppendUint32(m.b, value)
	}
}

// integer writes a signed number in a oneof.
func (m *message) integer(field int, name string, value int64) {
	if m.json {
		m.member(name)
		m.b = append(strconv.AppendInt(append(m.b, '"'), value, 10), '"')
		return
	}
	m.tag(field, wireVarint)
	m.b = binary.AppendUvarint(m.b, uint64(value))
}

func (m *message) truth(field int, name string, value bool) {
	if m.json {
		m.member(name)
		m.b = strconv.AppendBool(m.b, value)
		return
	}
	m.tag(field, wireVarint)
	m.b = append(m.b, map[bool]byte{true: 1}[value])
}

// fixed64 writes an unsigned number that has eight bytes: an instant, a count.
func (m *message) fixed64(field int, name string, value uint64) {
	switch {
	case value == 0:
	case m.json:
		m.member(name)
		m.b = append(strconv.AppendUint(append(m.b, '"'), value, 10), '"')
	default:
		m.tag(field, wireFixed64)
		m.b = binary.LittleEndian.AppendUint64(m.b, value)
	}
}

// signed64 writes a signed number that has eight bytes, in a oneof.
func (m *message) signed64(field int, name string, value int64) {
	if m.json {
		m.integer(field, name, value)
		return
	}
	m.tag(field, wireFixed64)
	m.b = binary.LittleEndian.AppendUint64(m.b, uint64(value))
}

// double writes a floating-point number, zero too.
func (m *message) double(field int, name string, value float64) {
	if m.json {
		m.member(name)
		m.appendDouble(value)
		return
	}
	m.tag(field, wireFixed64)
	m.b = binary.LittleEndian.AppendUint64(m.b, math.Float64bits(value))
}

// appendDouble writes a number as the JSON mapping of protobuf does: what JSON cannot say is a text.
func (m *message) appendDouble(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		word := "NaN"
		if !math.IsNaN(v) {
			word = map[bool]string{true: "Infinity", false: "-Infinity"}[v > 0]
		}
		m.b = append(append(append(m.b, '"'), word...), '"')
		return
	}
	m.b = strconv.AppendFloat(m.b, v, 'g', -1, 64)
}

// counts writes the counts of buckets.
func (m *message) counts(field int, name string, values []uint64) {
	if m.json {
		m.member(name)
		m.b = append(m.b, '[')
		for i, v := range values {
			if i > 0 {
				m.b = append(m.b, ',')
			}
			m.b = append(strconv.AppendUint(append(m.b, '"'), v, 10), '"')
		}
		m.b = append(m.b, ']')
		return
	}
	m.tag(field, wireBytes)
	m.b = binary.AppendUvarint(m.b, uint64(8*len(values)))
	for _, v := range values {
		m.b = binary.LittleEndian.AppendUint64(m.b, v)
	}
}

// doubles writes the bounds of buckets.
func (m *message) doubles(field int, name string, values []float64) {
	if m.json {
		m.member(name)
		m.b = append(m.b, '[')
		for i, v := range values {
			if i > 0 {
				m.b = append(m.b, ',')
			}
			m.appendDouble(v)
		}
		m.b = append(m.b, ']')
		return
	}
	m.tag(field, wireBytes)
	m.b = binary.AppendUvarint(m.b, uint64(8*len(values)))
	for _, v := range values {
		m.b = binary.LittleEndian.AppendUint64(m.b, math.Float64bits(v))
	}
}
