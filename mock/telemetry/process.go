package telemetry

import (
	"bytes"
	"os"
	"runtime/metrics"
	"strconv"
)

// runtimeMetrics are what the Go runtime tells of itself, by its own names.
var runtimeMetrics = []struct {
	from string
	to   *metric
}{
	{"/sched/goroutines:goroutines", goroutines},
	{"/gc/heap/allocs:bytes", goAllocated},
	{"/gc/heap/allocs:objects", goAllocations},
	{"/gc/cycles/total:gc-cycles", goCollections},
	{"/sched/gomaxprocs:threads", goLimit},
}

// What the memory in use is, by the convention for go.memory.used: the stacks, and all else that was not given back.
const (
	memoryTotal    = "/memory/classes/total:bytes"
	memoryReleased = "/memory/classes/heap/released:bytes"
	memoryStacks   = "/memory/classes/heap/stacks:bytes"
)

// process adds what the runtime and the operating system tell of the process. What a system does not tell is left out.
func process(all collection) {
	samples := make([]metrics.Sample, 0, len(runtimeMetrics)+3)
	for _, m := range runtimeMetrics {
		samples = append(samples, metrics.Sample{Name: m.from})
	}
	for _, name := range []string{memoryTotal, memoryReleased, memoryStacks} {
		samples = append(samples, metrics.Sample{Name: name})
	}
	metrics.Read(samples)
	value := func(i int) float64 {
		if samples[i].Value.Kind() != metrics.KindUint64 {
			return 0
		}
		return float64(samples[i].Value.Uint64())
	}
	for i, m := range runtimeMetrics {
		all.add(m.to, value(i))
	}
	n := len(runtimeMetrics)
	stacks := value(n + 2)
	all.add(goMemory, stacks, "stack")
	all.add(goMemory, value(n)-value(n+1)-stacks, "other")
	fromSystem(all)
}

// ticks is how many of the units of /proc/self/stat a second has: 100 on every Linux that Go runs on.
const ticks = 100

// fromSystem reads /proc, which Linux has.
func fromSystem(all collection) {
	if data, err := os.ReadFile("/proc/self/stat"); err == nil {
		// The name of the program, in brackets, may hold anything; the numbers follow it: proc_pid_stat(5).
		fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
		const user, system, resident = 14 - 3, 15 - 3, 24 - 3
		if len(fields) > resident {
			all.add(processCPU, (number(fields[user])+number(fields[system]))/ticks)
			all.add(processMemory, number(fields[resident])*float64(os.Getpagesize()))
		}
	}
	if folder, err := os.Open("/proc/self/fd"); err == nil {
		defer folder.Close()
		if names, err := folder.Readdirnames(-1); err == nil {
			all.add(processFiles, float64(len(names)-1)) // without the one that reads them
		}
	}
}

func number(text []byte) float64 {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0
	}
	return n
}
