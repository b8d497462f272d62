package contracts

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"understudy/contracts/schema"
)

// mostRealtimeMessage is the largest message of a WebSocket endpoint, in bytes.
const mostRealtimeMessage = 256 << 10

var (
	parameterPlaces = []string{"path", "query", "header", "cookie"}
	partitionWords  = []string{"account", "environment"}
	protocolWords   = []string{"pusher"}
)

// checkBounds holds the numbers of the root, and its words that are lists in a text, against what they may be.
func (c *compiler) checkBounds() {
	b := &c.contract.Behaviour
	c.collectStatus(b.At, 400, b.Validation, "validationStatus")
	for _, place := range slices.Sorted(maps.Keys(b.ParameterStatus)) {
		if !slices.Contains(parameterPlaces, place) {
			c.collect(behaviourError(b.At, fmt.Sprintf("parameterStatus: there is no place %q", place), "use one of "+strings.Join(parameterPlaces, ", ")).on("parameterStatus", place))
		}
		c.collectStatus(b.At, 400, b.ParameterStatus[place], "parameterStatus", place)
	}
	for _, path := range slices.Sorted(maps.Keys(b.Resources)) {
		r := b.Resources[path]
		if r.Count < 0 {
			c.collect(behaviourError(b.At, fmt.Sprintf("resources %s: count cannot be %d", path, r.Count), "write how many items are made up at the start").on("resources", path, "count"))
		}
		if r.Partition == "" {
			continue
		}
		parts := strings.FieldsFunc(r.Partition, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
		if len(parts) == 0 {
			parts = []string{r.Partition}
		}
		for _, part := range parts {
			if !slices.Contains(partitionWords, part) {
				c.collect(behaviourError(b.At, fmt.Sprintf("resources %s: partition: %q separates nothing", path, part), "write account, environment or both with a comma").on("resources", path, "partition"))
			}
		}
	}
}

func (c *compiler) checkOperationBounds(b *OperationBehaviour) {
	c.collectStatus(b.At, 100, b.Status, "status")
	for i := range b.Answers {
		c.collectStatus(b.At, 100, b.Answers[i].Status, "answers", strconv.Itoa(i), "status")
	}
	if p := b.Page; p != nil && (p.Size < 0 || p.Max < 0) {
		c.collect(behaviourError(b.At, "page: size and max cannot be below 0", "write how many items a page has, or leave it out").on("page"))
	}
}

// collectStatus refuses what is no status, or none of an answer that the word can be for; 0 says nothing.
func (c *compiler) collectStatus(at schema.Location, least, status int, path ...string) {
	if status != 0 && (status < least || status > 599) {
		c.collect(behaviourError(at, fmt.Sprintf("%s cannot be %d", strings.Join(path, " "), status), fmt.Sprintf("use a status from %d to 599", least)).on(path...))
	}
}

func (c *compiler) checkRealtime() error {
	r := c.contract.Behaviour.Realtime
	if r == nil {
		return nil
	}
	at := c.contract.Behaviour.At
	if err := oneOf(at, "realtime: protocol", protocolWords, r.Protocol); err != nil {
		return err.on("realtime", "protocol")
	}
	if r.Path != "" && (!strings.HasPrefix(r.Path, "/") || !strings.Contains(r.Path+"/", "/{key}/")) {
		return behaviourError(at, fmt.Sprintf("realtime: path %q has no segment {key}", brief(r.Path)), "write it like /app/{key}").on("realtime", "path")
	}
	for _, wait := range [][2]string{{"activityTimeout", r.ActivityTimeout}, {"ping", r.Ping}} {
		if d, err := time.ParseDuration(wait[1]); wait[1] != "" && (err != nil || d < time.Second) {
			return behaviourError(at, fmt.Sprintf("realtime: %s cannot be %q", wait[0], brief(wait[1])), "write a duration of a second or more such as 30s").on("realtime", wait[0])
		}
	}
	if r.MaxMessage < 0 || r.MaxMessage > mostRealtimeMessage {
		return behaviourError(at, fmt.Sprintf("realtime: maxMessage cannot be %d", r.MaxMessage), fmt.Sprintf("write a number of bytes up to %d", mostRealtimeMessage)).on("realtime", "maxMessage")
	}
	if _, ok := c.contract.Behaviour.Modules[r.Module]; r.Module != "" && !ok {
		return behaviourError(at, fmt.Sprintf("realtime: the module %q is not defined", r.Module), "define it under modules").on("realtime", "module")
	}
	if r.Authorize == "" {
		return nil
	}
	if err := c.checkOperationName(at, "realtime: authorize", r.Authorize); err != nil {
		return err.on("realtime", "authorize")
	}
	return nil
}
