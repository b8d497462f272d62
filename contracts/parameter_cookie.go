package contracts

import "strings"

// readCookies decodes the cookie parameters from the lines of the Cookie header. Quotes around a value, which
// some clients add where a value has a comma, are not part of it (except for style "cookie", in which nothing
// is changed).
func (d *parameterReader) readCookies(lines []string) {
	var pairs []pair
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ";") {
			part = strings.Trim(part, " \t")
			if part == "" {
				continue
			}
			if len(pairs) >= maxPairs {
				d.violations = append(d.violations, tooManyPairs("cookie"))
				break
			}
			name, value, _ := strings.Cut(part, "=")
			pairs = append(pairs, pair{name: name, raw: value, of: -1})
		}
	}
	for _, i := range d.plan.cookies {
		own := d.claimCookies(i, pairs)
		d.readPairs(i, own)
	}
}

// claimCookies gives the pairs that belong to a cookie parameter. In style "form" an exploded structure is a
// single cookie with ampersands in it ("color=blue&color=black"), though clients write several cookies too.
func (d *parameterReader) claimCookies(i int, pairs []pair) []pair {
	c := &d.plan.codecs[i]
	var own []pair
	take := func(p pair) {
		p.of = i
		if n := len(p.raw); c.Style != "cookie" && c.shape != content && n >= 2 && p.raw[0] == '"' && p.raw[n-1] == '"' {
			p.raw = p.raw[1 : n-1]
		}
		if p.name == c.Name && !(c.shape == record && c.spreads()) {
			own = append(own, p)
		} else if c.spreads() && d.cookieNamed(p.name) < 0 && c.claims(p.name) {
			own = append(own, p)
		}
	}
	for _, p := range pairs {
		if !c.Explode || c.Style != "form" || c.shape == scalar || c.shape == content || !strings.Contains(p.raw, "&") {
			take(p)
			continue
		}
		for part := range strings.SplitSeq(p.name+"="+p.raw, "&") {
			name, value, _ := strings.Cut(part, "=")
			take(pair{name: name, raw: value})
		}
	}
	return own
}

func (d *parameterReader) cookieNamed(name string) int {
	for _, i := range d.plan.cookies {
		if c := &d.plan.codecs[i]; c.Name == name && !(c.shape == record && c.spreads()) {
			return i
		}
	}
	return -1
}
