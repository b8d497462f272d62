package mock

import (
	"net/http"
	"strconv"

	"understudy/contracts/schema"
)

// SeedHeader gives the seed of what is made up for the answer to the very request that carries it: a number from 0 to
// 18446744073709551615. Items that the request makes have the server's seed all the same, for they are not its alone.
const SeedHeader = "Understudy-Seed"

// readSeed reads the seed that a request asks for.
func (c *call) readSeed() *Problem {
	lines := c.request.Header[SeedHeader]
	if len(lines) == 0 {
		return nil
	}
	seed, err := strconv.ParseUint(lines[0], 10, 64)
	if err != nil || len(lines) > 1 {
		return &Problem{
			Status: http.StatusBadRequest, Code: codeSeedRefused,
			Detail: "The header " + SeedHeader + " takes one number from 0 to 18446744073709551615, from which the values of the answer are made up.",
		}
	}
	c.seed = &seed
	return nil
}

// maker makes values up for the answer to a request.
func (c *call) maker() *schema.Maker {
	maker := c.server.maker()
	if c.seed != nil {
		maker.Seed = *c.seed
	}
	return maker
}
