package schema

// maxWays is how many schemas may apply to one value when every reference is followed. The largest real documents need some
// hundreds; a fan of references, each of which leads to two others, doubles them with every line.
const maxWays = 10_000

// cutFans gives up on schemas that are combined of too many others: they allow everything, so that nobody who walks through
// the parts of a schema has to be afraid of their number. There are no loops any more.
func (c *Compiler) cutFans() {
	ways := make(map[*Schema]int, len(c.all))
	var count func(s *Schema) int
	count = func(s *Schema) int {
		if n, known := ways[s]; known {
			return n
		}
		ways[s] = 1
		n := 1
		for _, e := range sameValue(s) {
			if *e.to != nil {
				n += count(*e.to)
			}
			if n > maxWays {
				c.warn(s.At, "the schema is combined of more than %d others when its references are followed; here it allows everything", maxWays)
				*s = Schema{At: s.At, Name: s.Name, Title: s.Title, Description: s.Description, Always: true}
				n = 1
				break
			}
		}
		ways[s] = n
		return n
	}
	for _, s := range c.all {
		count(s)
	}
}
