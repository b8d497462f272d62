package control

// Routes gives "METHOD path operationId" of every route.
func (h *Handler) Routes() []string {
	var list []string
	for _, r := range h.routes() {
		list = append(list, r.method+" "+r.path+" "+r.operation)
	}
	return list
}

// Parameters gives the query parameters that each route knows, by operationId.
func (h *Handler) Parameters() map[string][]string {
	known := map[string][]string{}
	for _, r := range h.routes() {
		known[r.operation] = r.parameters
	}
	return known
}
