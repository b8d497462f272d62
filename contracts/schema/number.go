package schema

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// maxLimitExponent bounds the decimal exponent and the digits of limits in a document. Numbers in values may have any exponent, since
// they are compared digit by digit and never written out.
const maxLimitExponent = 4096

// number is a decimal number as it is written: sign, digits before and after the point, exponent.
type number struct {
	negative        bool
	whole, fraction string
	exponent        int // clamped to ±1<<40
}

// parseNumber takes a JSON number apart.
func parseNumber(text string) (number, bool) {
	if !isJSONNumber(text) {
		return number{}, false
	}
	return splitNumber(text), true
}

// splitNumber takes apart what is known to be a JSON number.
func splitNumber(text string) number {
	var n number
	if text[0] == '-' {
		n.negative = true
		text = text[1:]
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		n.exponent = clampedExponent(text[i+1:])
		text = text[:i]
	}
	n.whole, n.fraction, _ = strings.Cut(text, ".")
	return n
}

func clampedExponent(text string) int {
	const most = 1 << 40
	e, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil && strings.HasPrefix(text, "-") || e < -most:
		return -most
	case err != nil || e > most:
		return most
	}
	return int(e)
}

// digit gives the i-th digit of whole and fraction together.
func (n number) digit(i int) byte {
	if i < len(n.whole) {
		return n.whole[i]
	}
	if i -= len(n.whole); i < len(n.fraction) {
		return n.fraction[i]
	}
	return '0'
}

func (n number) digits() int { return len(n.whole) + len(n.fraction) }

// leading gives the index of the first digit that is not 0, or -1 where the number is 0.
func (n number) leading() int {
	for i := range n.digits() {
		if n.digit(i) != '0' {
			return i
		}
	}
	return -1
}

// isWhole says whether the number has no fraction, as 1.0 and 1e3 and 1.5e1 have none.
func (n number) isWhole() bool {
	if n.fraction == "" && n.exponent >= 0 {
		return true
	}
	last := -1 // index of the last digit that is not 0
	for i := n.digits() - 1; i >= 0; i-- {
		if n.digit(i) != '0' {
			last = i
			break
		}
	}
	return last < len(n.whole)+n.exponent
}

// compare orders two numbers exactly, without writing out their exponents.
func (n number) compare(m number) int {
	a, b := n.leading(), m.leading()
	switch {
	case a < 0 && b < 0:
		return 0
	case a < 0:
		return -m.sign()
	case b < 0 || n.negative != m.negative:
		return n.sign()
	}
	// The power of ten of the first digit decides, then the digits.
	order := 0
	if pa, pb := len(n.whole)-a+n.exponent, len(m.whole)-b+m.exponent; pa != pb {
		order = 1
		if pa < pb {
			order = -1
		}
	} else {
		for i := 0; order == 0 && (a+i < n.digits() || b+i < m.digits()); i++ {
			order = int(n.digit(a+i)) - int(m.digit(b+i))
		}
	}
	if n.negative {
		return -order
	}
	return order
}

// sign is that of a number that is not 0.
func (n number) sign() int {
	if n.negative {
		return -1
	}
	return 1
}

// significant gives the indexes of the first digit that is not 0 and behind the last one, and the power of ten of that last
// one; first is -1 where the number is 0.
func (n number) significant() (first, end, scale int) {
	if first = n.leading(); first < 0 {
		return first, 0, 0
	}
	end = n.digits()
	for n.digit(end-1) == '0' {
		end--
	}
	return first, end, n.exponent + len(n.whole) - end
}

// remainder gives the integer of the digits from first to end modulo m, in time in proportion to their number.
func (n number) remainder(first, end int, m *big.Int) *big.Int {
	const chunk = 18 // digits that fit an int64
	rest, power, part := new(big.Int), new(big.Int), new(big.Int)
	for i := first; i < end; i += chunk {
		value, scale := int64(0), int64(1)
		for k := i; k < min(i+chunk, end); k++ {
			value, scale = value*10+int64(n.digit(k)-'0'), scale*10
		}
		rest.Mul(rest, power.SetInt64(scale)).Add(rest, part.SetInt64(value)).Mod(rest, m)
	}
	return rest
}

// multipleOf says whether n is m times an integer; m is above 0. A huge exponent costs no more than a small one, and many
// digits cost no more than to read them.
func (n number) multipleOf(m number) bool {
	first, end, power := n.significant()
	if first < 0 {
		return true
	}
	from, to, unit := m.significant()
	if power < unit { // the last digit that counts stands behind all that a multiple could have
		return false
	}
	var digits strings.Builder
	for i := from; i < to; i++ {
		digits.WriteByte(m.digit(i))
	}
	divisor, ok := new(big.Int).SetString(digits.String(), 10)
	if !ok {
		return false
	}
	shift := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(power-unit)), divisor)
	return shift.Mul(shift, n.remainder(first, end, divisor)).Mod(shift, divisor).Sign() == 0
}

// smallInteger reads an integer of at most 18 digits that is written plainly.
func smallInteger(text string) (int64, bool) {
	i := 0
	if len(text) > 0 && text[0] == '-' {
		i = 1
	}
	if len(text) == i || len(text) > 18+i {
		return 0, false
	}
	var v int64
	for _, c := range []byte(text[i:]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if i == 1 {
		v = -v
	}
	return v, true
}

// numberText gives the text of a value that is a number. Floats that JSON cannot write are none.
func numberText(v any) (string, bool) {
	switch v := v.(type) {
	case json.Number:
		return string(v), isJSONNumber(string(v))
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return "", false
		}
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	return "", false
}

// compareNumbers orders two texts in JSON syntax.
func compareNumbers(a, b string) int {
	if x, ok := smallInteger(a); ok {
		if y, ok := smallInteger(b); ok {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
	}
	return splitNumber(a).compare(splitNumber(b))
}

// scanNumber gives the end of the number of RFC 8259 that starts at i, or -1.
func scanNumber(s string, i int) int {
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch {
	case i >= len(s):
		return -1
	case s[i] == '0':
		i++
	case s[i] >= '1' && s[i] <= '9':
		i = skipDigits(s, i)
	default:
		return -1
	}
	if i < len(s) && s[i] == '.' {
		end := skipDigits(s, i+1)
		if end == i+1 {
			return -1
		}
		i = end
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		end := skipDigits(s, i)
		if end == i {
			return -1
		}
		i = end
	}
	return i
}

func skipDigits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}
