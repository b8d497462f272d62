package jose

import (
	"encoding/binary"
	"math/big"
	"math/rand/v2"
	"sync"
)

const (
	primeBits = 1024
	// window is how many odd numbers are looked at from one start. One in 355 of that size is prime: a window without any
	// is rare.
	window = 4096
	// rounds of Miller-Rabin, besides a Lucas test: FIPS 186-5, table B.1, asks for 4 at this size.
	rounds = 8
	// sieveBound ends the small primes. More of them take longer than the tests that they save.
	sieveBound = 1 << 16
)

// smallPrimes are the odd primes below sieveBound, found once.
var smallPrimes = sync.OnceValue(func() []uint32 {
	var composite [sieveBound]bool
	var primes []uint32
	for n := 3; n < sieveBound; n += 2 {
		if composite[n] {
			continue
		}
		primes = append(primes, uint32(n))
		for m := n * n; m < sieveBound; m += 2 * n {
			composite[m] = true
		}
	}
	return primes
})

// derivePrime gives the first prime behind a number of the stream that suits RSA: its two upper bits are set, so that
// the product of two has twice its length, and it is not 1 above a multiple of the public exponent.
func derivePrime(stream *rand.ChaCha8) *big.Int {
	for {
		start := read(stream, primeBits/8)
		start[0] |= 0xC0
		start[len(start)-1] |= 1
		if p := primeFrom(start); p != nil {
			return p
		}
	}
}

// primeFrom looks for a prime among the odd numbers from start, an odd number in big-endian bytes; nil where the
// window has none.
func primeFrom(start []byte) *big.Int {
	composite := sieve(start)
	first, p, offset, rest := new(big.Int).SetBytes(start), new(big.Int), new(big.Int), new(big.Int)
	e := big.NewInt(publicExponent)
	for i := range composite {
		if composite[i] {
			continue
		}
		p.Add(first, offset.SetUint64(2*uint64(i)))
		if p.BitLen() != primeBits {
			return nil
		}
		if rest.Mod(p, e).Cmp(big.NewInt(1)) != 0 && p.ProbablyPrime(rounds) {
			return p
		}
	}
	return nil
}

// sieve marks those of the odd numbers start, start+2, … that a small prime divides: nine in ten, each of which would take a
// power of 1024 bits to find out.
func sieve(start []byte) *[window]bool {
	var composite [window]bool
	for _, m := range smallPrimes() {
		rest := remainder(start, m)
		i := uint32(0) // the first with start + 2i divisible by m
		if rest != 0 {
			if i = m - rest; i%2 == 1 {
				i += m
			}
			i /= 2
		}
		for ; i < window; i += m {
			composite[i] = true
		}
	}
	return &composite
}

// remainder is number mod m, for a number in big-endian bytes whose count is a multiple of 4.
func remainder(number []byte, m uint32) uint32 {
	rest := uint64(0)
	for ; len(number) > 0; number = number[4:] {
		rest = (rest<<32 | uint64(binary.BigEndian.Uint32(number))) % uint64(m)
	}
	return uint32(rest)
}
