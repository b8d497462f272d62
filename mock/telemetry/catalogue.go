package telemetry

// The metrics. Those that begin with http, go and process are OpenTelemetry's semantic conventions, and for Prometheus the names
// that its own Go library gives them.
var (
	requestDuration = &metric{name: "http.server.request.duration", unit: "s", kind: histogram, labels: requestLabels,
		help: "Time from a request's coming to its answer, by the machine's clock."}
	activeRequests = &metric{name: "understudy.requests.active", unit: "{request}", kind: upDown, labels: []string{"contract"},
		help: "Requests that are being answered."}
	requestOutcomes = &metric{name: "understudy.requests", unit: "{request}", kind: counter, labels: []string{"contract", "stage", "verdict"},
		help: "Requests by the stage that ended them, and how: answered, refused, failed."}
	limitRequests = &metric{name: "understudy.limit.requests", unit: "{request}", kind: counter, labels: []string{"contract", "verdict"},
		help: "Requests that a limit counted: admitted, refused, or observed where limits are only observed."}
	credentialFailures = &metric{name: "understudy.credential.failures", unit: "{request}", kind: counter, labels: []string{"contract", "stage", "reason", "verdict"},
		help: "Requests whose credential or signature was not good, by reason."}
	idempotencyReplays = &metric{name: "understudy.idempotency.replays", unit: "{request}", kind: counter, labels: []string{"contract"},
		help: "Requests answered with what the first one with their key had been answered."}
	faultsActed = &metric{name: "understudy.faults.acted", unit: "{fault}", kind: counter, labels: []string{"contract", "kind"},
		help: "Faults that were ordered and changed an exchange."}
	attemptDuration = &metric{name: "understudy.webhook.attempt.duration", unit: "s", kind: histogram, labels: []string{"contract", "outcome"},
		help: "Time of one attempt of a delivery, by what came of it."}
	deliveriesEnded = &metric{name: "understudy.webhook.deliveries", unit: "{delivery}", kind: counter, labels: []string{"contract", "state"},
		help: "Deliveries that ended by or before an attempt: delivered, dead, cancelled."}
	deliveriesPending = &metric{name: "understudy.webhook.pending", unit: "{delivery}", kind: gauge, labels: []string{"contract"},
		help: "Deliveries that wait for an attempt or are being made."}
	journalEntries = &metric{name: "understudy.journal.entries", unit: "{entry}", kind: gauge, labels: []string{"contract"},
		help: "Exchanges that the journal holds."}
	journalSize = &metric{name: "understudy.journal.size", unit: "By", kind: gauge, labels: []string{"contract"},
		help: "Bytes that the journal holds, about."}
	journalDropped = &metric{name: "understudy.journal.dropped", unit: "{entry}", kind: counter, labels: []string{"contract"},
		help: "Exchanges that made room for others in the journal."}
	journalWaiting = &metric{name: "understudy.journal.waiting", unit: "{entry}", kind: gauge, labels: []string{"contract"},
		help: "Exchanges of which the processes that share the journal have still to hear."}
	journalUnshared = &metric{name: "understudy.journal.unshared", unit: "{entry}", kind: counter, labels: []string{"contract"},
		help: "Exchanges of which the processes that share the journal will never hear."}
	sandboxes = &metric{name: "understudy.sandboxes", unit: "{sandbox}", kind: gauge, labels: []string{"contract"},
		help: "Sandboxes that there are."}
	items = &metric{name: "understudy.items", unit: "{item}", kind: gauge, labels: []string{"contract", "collection"},
		help: "Items of the contract's own world, outside its sandboxes."}
	telemetryDropped = &metric{name: "understudy.telemetry.dropped", unit: "{span}", kind: counter, labels: []string{"reason"},
		help: "Spans that were not sent: the queue was full, or the collector did not take them."}
	buildInfo = &metric{name: "understudy.build.info", unit: "", kind: gauge, labels: []string{"version", "goversion"},
		help: "Always 1; its labels say what runs."}

	goroutines = &metric{name: "go.goroutine.count", plain: "go_goroutines", unit: "{goroutine}", kind: upDown,
		help: "Goroutines that there are."}
	goMemory = &metric{name: "go.memory.used", plain: "go_memory_used_bytes", unit: "By", kind: upDown, labels: []string{"go_memory_type"},
		help: "Memory that the Go runtime uses."}
	goAllocated = &metric{name: "go.memory.allocated", plain: "go_memory_allocated_bytes_total", unit: "By", kind: counter,
		help: "Bytes that were allocated on the heap."}
	goAllocations = &metric{name: "go.memory.allocations", plain: "go_memory_allocations_total", unit: "{allocation}", kind: counter,
		help: "Allocations on the heap."}
	goCollections = &metric{name: "go.memory.gc.cycles", plain: "go_memory_gc_cycles_total", unit: "{gc_cycle}", kind: counter,
		help: "Garbage collections that were completed."}
	goLimit = &metric{name: "go.processor.limit", plain: "go_processor_limit", unit: "{thread}", kind: upDown,
		help: "Threads that may run Go code at the same time (GOMAXPROCS)."}
	processCPU = &metric{name: "process.cpu.time", plain: "process_cpu_seconds_total", unit: "s", kind: counter,
		help: "Processor time that the process has used, in user and system mode."}
	processMemory = &metric{name: "process.memory.usage", plain: "process_resident_memory_bytes", unit: "By", kind: upDown,
		help: "Resident memory."}
	processFiles = &metric{name: "process.unix.file_descriptor.count", plain: "process_open_fds", unit: "{file_descriptor}", kind: upDown,
		help: "Open file descriptors."}
	processStart = &metric{name: "process.start_time", plain: "process_start_time_seconds", unit: "s", kind: gauge,
		help: "When the process began, in seconds since 1970."}
)

var requestLabels = []string{"contract", "operation", "http.request.method", "http.route", statusLabel, "url.scheme"}

const statusLabel = "http.response.status_code"

// catalogue is every metric in the order in which they are told.
var catalogue = []*metric{
	requestDuration, activeRequests, requestOutcomes, limitRequests, credentialFailures, idempotencyReplays, faultsActed,
	attemptDuration, deliveriesEnded, deliveriesPending, journalEntries, journalSize, journalDropped, journalWaiting, journalUnshared, sandboxes, items,
	telemetryDropped, buildInfo, goroutines, goMemory, goAllocated, goAllocations, goCollections, goLimit,
	processCPU, processMemory, processFiles, processStart,
}

// A Description describes one metric, for documentation.
type Description struct {
	Name, Prometheus string
	Kind, Unit, Help string
	Labels           []string // as OpenTelemetry has them; dots are underscores for Prometheus
}

// Catalogue describes every metric in the order in which they are told.
func Catalogue() []Description {
	list := make([]Description, len(catalogue))
	for i, m := range catalogue {
		list[i] = Description{Name: m.name, Prometheus: m.prometheus(), Kind: m.kind.String(), Unit: m.unit, Help: m.help, Labels: m.attributes()}
	}
	return list
}

// attributes are the labels' names as OpenTelemetry has them: what is our own begins with our name.
func (m *metric) attributes() []string {
	list := make([]string, len(m.labels))
	for i, l := range m.labels {
		list[i] = attributeName(m, l)
	}
	return list
}

func attributeName(m *metric, name string) string {
	switch {
	case m == goMemory:
		return "go.memory.type"
	case len(name) > 4 && (name[:4] == "http" || name[:4] == "url."):
		return name
	}
	return "understudy." + name
}
