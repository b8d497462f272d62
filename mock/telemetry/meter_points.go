package telemetry

import "strconv"

// into adds the points of what was counted to families by their metrics.
func (m *contractMeter) into(at func(*metric) *family) {
	own := label{"contract", m.name}
	f := at(requestDuration)
	m.mu.Lock()
	operations := make([]*operationMeter, 0, len(m.byID))
	for _, o := range m.byID {
		operations = append(operations, o)
	}
	m.mu.Unlock()
	for _, o := range operations {
		for _, s := range *o.list.Load() {
			f.points = append(f.points, s.point(requestPoint(m.name, o.id, o.method, o.route, strconv.Itoa(s.status), scheme(s.tls))))
		}
	}
	for _, s := range *m.unmatched.Load() {
		f.points = append(f.points, s.point(requestPoint(m.name, "", s.method, "", strconv.Itoa(s.status), scheme(s.tls))))
	}
	if p := m.overflow.point(requestPoint(m.name, other, other, other, other, other)); p.count() > 0 {
		f.points = append(f.points, p)
	}
	var answered uint64
	for i := range f.points {
		if f.points[i].labels[0] == own {
			answered += f.points[i].count()
		}
	}
	// Each request that came is observed once: the difference are those under way. It was read after the others, so it is not too small.
	f = at(activeRequests)
	f.points = append(f.points, point{labels: []label{own}, value: float64(m.came.Load() - answered)})
	for _, c := range []*counters{m.outcomes, m.limited, m.credentials, m.faults, m.deliveries} {
		c.into(at(c.of), own)
	}
	f = at(idempotencyReplays)
	f.points = append(f.points, point{labels: []label{own}, value: float64(m.replays.Load())})
	f = at(attemptDuration)
	for i := range m.attempts {
		if p := m.attempts[i].point([]label{own, {"outcome", string(outcomes[i])}}); p.count() > 0 {
			f.points = append(f.points, p)
		}
	}
}

func requestPoint(values ...string) []label {
	list := make([]label, len(requestLabels))
	for i, name := range requestLabels {
		list[i] = label{name, values[i]}
	}
	return list
}

func scheme(tls bool) string {
	if tls {
		return "https"
	}
	return "http"
}
