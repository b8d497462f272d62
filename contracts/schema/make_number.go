package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// A numberPlan is what is known of the numbers at a place. All of them are k·mantissa·10^-digits for an integer k, so
// that nothing is lost to floating point.
type numberPlan struct {
	whole    bool     // only integers
	forced   bool     // the step comes from multipleOf or whole; else it is a choice of ours
	mantissa *big.Int // of the step
	digits   int      // decimal places of the step
	low      *big.Int // smallest k; nil where there is none
	high     *big.Int // largest k; nil where there is none
	from, to *big.Int // the ks that look natural, within low and high
	step     float64

	bound struct{ low, high *Limit }
	// The same as from, to and mantissa where they are small, so that most numbers cost no big ones.
	small            bool
	first, count, by int64

	reason string
	at     Location
}

// maxBits bounds the numbers in steps, which multiply where several schemas with multipleOf meet.
const maxBits = 1 << 14

// numbers puts together what the atoms say about numbers.
func (b *planner) numbers() *numberPlan {
	p := b.p
	n := &numberPlan{whole: p.types&Number == 0}
	step := new(big.Rat)
	if n.whole {
		step.SetInt64(1)
	}
	for _, s := range p.atoms {
		if low, _ := boundsOfFormat(s.Format); low != nil && step.Sign() == 0 {
			step.SetInt64(1)
			n.whole = true
		}
	}
	for _, s := range p.atoms {
		if l := s.MultipleOf; l != nil && l.Exact.Sign() > 0 {
			step = commonMultiple(step, l.Exact)
		}
		if s.Minimum != nil {
			n.bound.low = tighterLimit(n.bound.low, s.Minimum, 1)
		}
		if s.Maximum != nil {
			n.bound.high = tighterLimit(n.bound.high, s.Maximum, -1)
		}
	}
	n.clampToFormat(p.format)
	n.forced = step.Sign() > 0
	switch {
	case n.forced:
		n.grid(step)
	default:
		for digits := 2; digits <= 400; digits += 1 + digits/8 {
			power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
			n.grid(new(big.Rat).SetFrac(big.NewInt(1), power))
			if n.low == nil || n.high == nil || n.low.Cmp(n.high) <= 0 {
				break
			}
		}
	}
	if n.low != nil && n.high != nil && n.low.Cmp(n.high) > 0 {
		b.impossibleNumber(n)
		return n
	}
	n.window()
	return n
}

func (b *planner) impossibleNumber(n *numberPlan) {
	n.at = b.p.place(func(s *Schema) bool { return s.Minimum != nil || s.Maximum != nil })
	low, high := n.bound.low, n.bound.high
	switch order := low.Exact.Cmp(high.Exact); {
	case order > 0:
		n.reason = fmt.Sprintf("minimum %s is above maximum %s", low.Text, high.Text)
	case order == 0 && (low.Exclusive || high.Exclusive):
		n.reason = fmt.Sprintf("no number is between the exclusive limits %s and %s", low.Text, high.Text)
	case n.forced:
		what := "multiple of multipleOf"
		if n.whole && n.step == 1 {
			what = "integer"
		}
		n.reason = fmt.Sprintf("no %s is between %s and %s", what, low.Text, high.Text)
	}
}

// tighterLimit gives the limit that allows less; side is 1 for a minimum and -1 for a maximum.
func tighterLimit(a, b *Limit, side int) *Limit {
	if a == nil {
		return b
	}
	switch c := side * a.Exact.Cmp(b.Exact); {
	case c < 0, c == 0 && b.Exclusive:
		return b
	}
	return a
}

// clampToFormat keeps made-up numbers within int32 and its like, unless the other limits lie outside.
func (n *numberPlan) clampToFormat(format string) {
	low, high := boundsOfFormat(format)
	if low == nil {
		return
	}
	low, high = tighterLimit(n.bound.low, low, 1), tighterLimit(n.bound.high, high, -1)
	if low.Exact.Cmp(high.Exact) < 0 {
		n.bound.low, n.bound.high = low, high
	}
}

func boundsOfFormat(format string) (low, high *Limit) {
	whole := func(n int64) *Limit {
		return &Limit{Text: strconv.FormatInt(n, 10), Float: float64(n), Exact: new(big.Rat).SetInt64(n)}
	}
	switch format {
	case "int8":
		return whole(math.MinInt8), whole(math.MaxInt8)
	case "int16":
		return whole(math.MinInt16), whole(math.MaxInt16)
	case "int32":
		return whole(math.MinInt32), whole(math.MaxInt32)
	case "int64":
		return whole(math.MinInt64), whole(math.MaxInt64)
	case "uint8":
		return whole(0), whole(math.MaxUint8)
	case "uint16":
		return whole(0), whole(math.MaxUint16)
	case "uint32":
		return whole(0), whole(math.MaxUint32)
	case "uint64":
		high = whole(math.MaxInt64)
		high.Exact = new(big.Rat).SetUint64(math.MaxUint64)
		return whole(0), high
	}
	return nil, nil
}

// commonMultiple gives the least common multiple of two fractions, zero standing for no wish. Where it would grow out of
// all bounds the first is kept and the check of what was made will tell.
func commonMultiple(a, b *big.Rat) *big.Rat {
	if a.Sign() == 0 {
		return b
	}
	x := new(big.Int).Mul(a.Num(), b.Denom())
	y := new(big.Int).Mul(b.Num(), a.Denom())
	if x.BitLen()+y.BitLen() > maxBits {
		return a
	}
	g := new(big.Int).GCD(nil, nil, x, y)
	x.Mul(x, y).Quo(x, g)
	return new(big.Rat).SetFrac(x, new(big.Int).Mul(a.Denom(), b.Denom()))
}

// grid sets the step and the range of k. A step from a document is a decimal fraction and thus has an end.
func (n *numberPlan) grid(step *big.Rat) {
	m, d := new(big.Rat).Set(step), 0
	for ten := new(big.Rat).SetInt64(10); !m.IsInt() && d < 2000; d++ {
		m.Mul(m, ten)
	}
	n.mantissa, n.digits = new(big.Int).Set(m.Num()), d
	n.step, _ = step.Float64()
	if l := n.bound.low; l != nil {
		n.low = firstInside(l, step, 1)
	}
	if l := n.bound.high; l != nil {
		n.high = firstInside(l, step, -1)
	}
}

// firstInside gives the first k whose multiple of step is inside a limit; side is 1 for a minimum, -1 for a maximum.
func firstInside(l *Limit, step *big.Rat, side int) *big.Int {
	q := new(big.Rat).Quo(l.Exact, step)
	k := new(big.Int).Div(q.Num(), q.Denom()) // the floor, since denominators are positive
	if q.IsInt() {
		if l.Exclusive {
			k.Add(k, big.NewInt(int64(side)))
		}
		return k
	}
	if side > 0 {
		k.Add(k, big.NewInt(1))
	}
	return k
}

// window chooses among all ks those between 1 and 1,000, or the thousand next to a limit.
func (n *numberPlan) window() {
	const natural = 1000
	span := big.NewInt(natural - 1)
	if n.step > 0 && n.step < 1 {
		span.SetInt64(int64(math.Min(natural/n.step, 1e15)))
	}
	n.from, n.to = big.NewInt(1), new(big.Int).Add(span, big.NewInt(1))
	if n.step > 1 { // about a thousand, but at least twenty multiples
		n.to.SetInt64(int64(math.Max(20, natural/n.step)))
	}
	switch {
	case n.low != nil && n.low.Cmp(n.to) > 0:
		n.from, n.to = n.low, new(big.Int).Add(n.low, span)
	case n.high != nil && n.high.Cmp(n.from) < 0:
		n.from, n.to = new(big.Int).Sub(n.high, span), n.high
	}
	if n.low != nil && n.low.Cmp(n.from) > 0 {
		n.from = n.low
	}
	if n.high != nil && n.high.Cmp(n.to) < 0 {
		n.to = n.high
	}
	size := new(big.Int).Sub(n.to, n.from)
	const safe = 1 << 40
	if n.from.IsInt64() && size.IsInt64() && n.mantissa.IsInt64() {
		n.first, n.count, n.by = n.from.Int64(), size.Int64()+1, n.mantissa.Int64()
		n.small = n.first > -safe && n.first < safe && n.count < safe && n.by < 1<<20
	}
}

// make gives the number for a random source; walk steps through the numbers one by one, for arrays of unique items.
func (n *numberPlan) make(src *splitmix, walk int) json.Number {
	if n.small && walk == 0 {
		k := n.first + int64(src.below(int(n.count)))
		return json.Number(decimal(strconv.FormatInt(k*n.by, 10), n.digits))
	}
	size := new(big.Int).Sub(n.to, n.from)
	k := new(big.Int)
	switch {
	case walk > 0:
		k.SetInt64(int64(walk))
		if n.high != nil {
			all := new(big.Int).Sub(n.high, n.from)
			k.Mod(k, all.Add(all, big.NewInt(1)))
		}
	case size.IsInt64():
		k.SetInt64(int64(src.below(int(min(size.Int64(), math.MaxInt64-1)) + 1)))
	}
	k.Add(k, n.from)
	return n.text(k)
}

// near gives the number of the grid next to a wished one, if it is within the limits.
func (n *numberPlan) near(target float64, digits int) (json.Number, bool) {
	if !n.forced {
		text := strconv.FormatFloat(target, 'f', digits, 64)
		v := trimZeros(text)
		return json.Number(v), n.within(v)
	}
	r := math.Round(target / n.step)
	if math.IsNaN(r) || math.Abs(r) > 1<<62 {
		return "", false
	}
	k := big.NewInt(int64(r))
	if n.low != nil && k.Cmp(n.low) < 0 || n.high != nil && k.Cmp(n.high) > 0 {
		return "", false
	}
	return n.text(k), true
}

func (n *numberPlan) within(text string) bool {
	if n.bound.low == nil && n.bound.high == nil {
		return true
	}
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		return false
	}
	if l := n.bound.low; l != nil {
		if c := x.Cmp(l.Exact); c < 0 || c == 0 && l.Exclusive {
			return false
		}
	}
	if l := n.bound.high; l != nil {
		if c := x.Cmp(l.Exact); c > 0 || c == 0 && l.Exclusive {
			return false
		}
	}
	return true
}

// text writes k times the step.
func (n *numberPlan) text(k *big.Int) json.Number {
	if k.IsInt64() && n.mantissa.IsInt64() {
		if high, low := bits.Mul64(magnitude(k.Int64()), uint64(n.mantissa.Int64())); high == 0 && low <= math.MaxInt64 {
			v := int64(low)
			if k.Sign() < 0 {
				v = -v
			}
			return json.Number(decimal(strconv.FormatInt(v, 10), n.digits))
		}
	}
	return json.Number(decimal(new(big.Int).Mul(k, n.mantissa).String(), n.digits))
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

// decimal puts the point into an integer's text.
func decimal(text string, digits int) string {
	if digits == 0 {
		return text
	}
	sign := ""
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	if len(text) <= digits {
		text = strings.Repeat("0", digits-len(text)+1) + text
	}
	return trimZeros(sign + text[:len(text)-digits] + "." + text[len(text)-digits:])
}

func trimZeros(text string) string {
	if !strings.Contains(text, ".") {
		return text
	}
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}
