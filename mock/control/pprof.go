package control

import (
	"net/http"
	"net/http/pprof"
	runtimepprof "runtime/pprof"
	"slices"
)

// Bounds of profiles that take their time, in seconds: less than the listener lets an answer take.
const longestProfile = 240

// runningProfiles are those that are recorded for a while; of each of them the process can make one at a time.
var runningProfiles = map[string]http.HandlerFunc{"profile": pprof.Profile, "trace": pprof.Trace}

// profileParameters are those that go tool pprof sends.
var profileParameters = []string{"seconds", "debug", "gc"}

// profile hands out one profile of the process in the form of net/http/pprof, without that package's own routes: those of the
// command line would show the token.
func (h *Handler) profile(c *call) error {
	if !h.options.Profiles {
		return problem(http.StatusNotFound, "profiles_off", "Profiles are handed out by a stand-in that was started with --pprof.")
	}
	name := c.PathValue("profile")
	record := runningProfiles[name]
	if record == nil && runtimepprof.Lookup(name) == nil {
		return problem(http.StatusNotFound, "profile_not_found", "There is no profile %.60q. There are: %s.", name, profileNames())
	}
	for parameter, most := range map[string]uint64{"seconds": longestProfile, "debug": 2, "gc": 1} {
		if _, err := c.query.number(parameter, 0, 0, most); err != nil {
			return err
		}
	}
	if record == nil {
		pprof.Handler(name).ServeHTTP(c.response, c.Request)
		return nil
	}
	if !h.profiling.TryLock() {
		return problem(http.StatusConflict, "profile_busy", "A profile is being recorded; ask again when it is over.")
	}
	defer h.profiling.Unlock()
	record(c.response, c.Request)
	return nil
}

func profileNames() (text string) {
	var names []string
	for name := range runningProfiles {
		names = append(names, name)
	}
	for _, p := range runtimepprof.Profiles() {
		names = append(names, p.Name())
	}
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}
