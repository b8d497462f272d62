package jose

// ParseSigned reads a signed text whose payload need not be JSON, as that of RFC 8037, A.4.
var ParseSigned = parseSigned

// SignBytes signs what no token of Sign would hold.
func (k *Key) SignBytes(input []byte) ([]byte, error) { return k.sign(input) }

// PrimeFrom and Sieved open the search for primes to the tests.
var PrimeFrom, Sieved = primeFrom, sieve
