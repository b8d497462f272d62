package scenarios

// IsLoopback says whether a host, as a URL names it, is this machine: an address of the loopback network, localhost, or a
// name below localhost (RFC 6761, 6.3). Other names are not resolved.
func IsLoopback(host string) bool { return isLoopback(host) }
