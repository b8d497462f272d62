package quota

import (
	"net/http"
	"strconv"
	"time"
)

// The fields of draft-ietf-httpapi-ratelimit-headers: items since revision 08, one dictionary in 07, and until 06 three
// fields. The policies are a list in all of them, whose items were numbers until 07.

// writeItems writes RateLimit and RateLimit-Policy as sections 3 and 4 of revision 10 have them. t is the time until
// there is more; where nothing is used up, or nobody knows, it is left out.
func (h *headers) writeItems(v *Verdict, to http.Header, _ bool) {
	var list []byte
	h.each(v, func(r *reading) {
		list = item(list, r.policy.Name)
		list = parameter(list, "r", r.level.remaining)
		if r.level.more > v.now {
			list = parameter(list, "t", ceil(r.level.more-v.now, int64(time.Second)))
		}
	})
	to[h.ratelimit] = []string{string(list)}
	to[h.policy] = []string{h.policies(v, true)}
}

// writeDictionary writes RateLimit as revision 07 has it.
func (h *headers) writeDictionary(v *Verdict, to http.Header, _ bool) {
	r := v.described()
	text := append([]byte("limit="), r.policy.capacityText...)
	text = append(text, ", remaining="...)
	text = strconv.AppendInt(text, r.level.remaining, 10)
	text = append(text, ", reset="...)
	text = strconv.AppendInt(text, h.resetOf(v, r), 10)
	to[h.ratelimit] = []string{string(text)}
	to[h.policy] = []string{h.policies(v, false)}
}

// policies lists the limits: named items with their quota as a parameter, or as before revision 08 the quotas themselves.
func (h *headers) policies(v *Verdict, named bool) string {
	var list []byte
	h.each(v, func(r *reading) {
		if named {
			list = item(list, r.policy.Name)
			list = parameter(list, "q", r.policy.capacity)
			if r.policy.concurrent {
				list = append(list, `;qu="concurrent-requests"`...)
			}
		} else {
			list = comma(list)
			list = append(list, r.policy.capacityText...)
		}
		if w := r.windowSeconds(v.now); w > 0 {
			list = parameter(list, "w", w)
		}
	})
	return string(list)
}

// each calls f with the limits that are shown: all, or the one that the contract names.
func (h *headers) each(v *Verdict, f func(*reading)) {
	if r := v.described(); h.window == r.policy.Name {
		f(r)
		return
	}
	for i := range v.readings {
		f(&v.readings[i])
	}
}

// windowSeconds is the length of the limit's window now; 0: it has none.
func (r *reading) windowSeconds(now int64) int64 {
	if f, ok := r.policy.rule.(fixedWindow); ok && r.policy.seconds == 0 {
		start, end := f.window.bounds(now)
		return ceil(end-start, int64(time.Second))
	}
	return r.policy.seconds
}

// item begins a member of a list with a String (RFC 9651, 3.3.3). Names of limits hold nothing that must be escaped.
func item(list []byte, name string) []byte {
	list = append(comma(list), '"')
	return append(append(list, name...), '"')
}

func comma(list []byte) []byte {
	if len(list) > 0 {
		list = append(list, ", "...)
	}
	return list
}

// parameter appends an Integer parameter (RFC 9651, 3.1.2 and 3.3.1).
func parameter(list []byte, name string, n int64) []byte {
	list = append(append(list, ';'), name...)
	return strconv.AppendInt(append(list, '='), n, 10)
}
