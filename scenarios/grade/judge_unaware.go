package grade

// unaware says that a client which does several things at once may have sent a call before it knew how an earlier one had been
// answered: the call began within a moment of that answer, on another connection, or while others were busy on others. Who does one
// thing after the other sends the next call on the connection that brought the answer, and nothing else moves meanwhile. On a machine's
// own loopback calls that are meant to be simultaneous rarely overlap, since each takes less than a millisecond.
func unaware(c, earlier *Call) bool {
	if c.Connection == "" || c == earlier || c.Start.Sub(earlier.End()) >= noPause {
		return false // where connections are not known, the times are all there is
	}
	return c.Connection != earlier.Connection || c.Proto == "HTTP/2.0" || c.crowded
}

// mostNear bounds how many calls of one moment are compared with each other.
const mostNear = 50

// crowd notes of each call, in the order in which they began, whether another one began within a moment on another connection.
func (r *Recording) crowd() {
	for i, c := range r.Calls {
		for _, next := range r.Calls[i+1 : min(len(r.Calls), i+1+mostNear)] {
			if next.Start.Sub(c.Start) >= noPause {
				break
			}
			if c.Connection != "" && next.Connection != "" && next.Connection != c.Connection {
				c.crowded, next.crowded = true, true
			}
		}
	}
}
