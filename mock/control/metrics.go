package control

import "net/http"

// metrics hands over to whoever counts.
func (h *Handler) metrics(c *call) error {
	if h.options.Metrics == nil {
		return problem(http.StatusNotFound, "metrics_off", "This stand-in counts nothing.")
	}
	h.options.Metrics.ServeHTTP(c.response, c.Request)
	return nil
}
