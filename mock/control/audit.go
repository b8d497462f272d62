package control

import (
	"encoding/json"
	"math"
	"net/http"

	"understudy/mock/credential"
)

// An Audit is the answer of GET /contracts/{contract}/audit.
type Audit struct {
	Entries []credential.AuditEntry `json:"entries"` // the newest last
	Dropped uint64                  `json:"dropped"` // older ones that made room
}

// listAudit answers with the log of what happened to audited credentials, as one JSON value or, for an export, as
// one a line.
func listAudit(c *call) error {
	format, err := c.query.choice("format", "json", "jsonl")
	if err != nil {
		return err
	}
	_, behind := c.query["after"]
	after, err := c.query.number("after", 0, 0, math.MaxInt64)
	if err != nil {
		return err
	}
	usual := uint64(defaultEntries)
	if format == "jsonl" {
		usual = mostEntries
	}
	limit, err := c.query.number("limit", usual, 1, mostEntries)
	if err != nil {
		return err
	}
	entries, dropped := c.registry().Audit(after, 0)
	if n := int(limit); behind {
		entries = entries[:min(n, len(entries))]
	} else {
		entries = entries[max(0, len(entries)-n):]
	}
	if format == "jsonl" {
		return c.exportAudit(entries)
	}
	return c.answer(Audit{Entries: append([]credential.AuditEntry{}, entries...), Dropped: dropped})
}

func (c *call) exportAudit(entries []credential.AuditEntry) error {
	h := c.response.Header()
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Content-Disposition", `attachment; filename="audit.jsonl"`)
	c.response.WriteHeader(http.StatusOK)
	encoder := json.NewEncoder(c.response)
	encoder.SetEscapeHTML(false)
	for i := range entries {
		if encoder.Encode(&entries[i]) != nil {
			return nil // the caller is gone: nobody to tell
		}
	}
	return nil
}
