package schema

import (
	"math/bits"
	"strconv"
)

// A splitmix is the SplitMix64 generator of Steele, Lea and Flood. Seeding it is one assignment, so that every leaf has
// a stream of its own.
type splitmix uint64

// Uint64 makes it a rand.Source.
func (s *splitmix) Uint64() uint64 {
	*s += 0x9e3779b97f4a7c15
	return mix(uint64(*s))
}

// below gives a number in [0, n); n must be positive.
func (s *splitmix) below(n int) int {
	high, _ := bits.Mul64(s.Uint64(), uint64(n))
	return int(high)
}

// between gives a number in [low, high].
func (s *splitmix) between(low, high int) int {
	if high <= low {
		return low
	}
	return low + s.below(high-low+1)
}

// fraction gives a number in [0, 1).
func (s *splitmix) fraction() float64 { return float64(s.Uint64()>>11) / (1 << 53) }

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// salted gives another hash from a hash; salt 0 leaves it.
func salted(h uint64, salt int) uint64 {
	if salt == 0 {
		return h
	}
	return mix(h + uint64(salt)*0xd6e8feb86659fd93)
}

// hashToken goes one token of a JSON Pointer further down: FNV-1a over the token, mixed with where it starts.
func hashToken(h uint64, token string) uint64 {
	const offset, prime = 0xcbf29ce484222325, 0x100000001b3
	f := h ^ offset
	for i := range len(token) {
		f = (f ^ uint64(token[i])) * prime
	}
	return mix(f ^ uint64(len(token))<<56)
}

func hashIndex(h uint64, i int) uint64 {
	var buffer [20]byte
	return hashToken(h, string(strconv.AppendInt(buffer[:0], int64(i), 10)))
}
