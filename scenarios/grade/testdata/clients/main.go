// Command clients is many small clients of one API, each of which misbehaves in one way, and two that behave. The tests of the
// rules for clients run them against a stand-in.
//
//	clients VARIANT TASK…
//
// reads QUAY_BASE_URL, QUAY_API_KEY, QUAY_TEST_KEY, QUAY_EMAIL, QUAY_PASSWORD. It ends with status 1 where a task failed.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// variants are the clients.
var variants = map[string]manner{
	"good": {},

	"no back-off":                  {noWait: true},
	"Retry-After ignored":          {ignoreAsked: true},
	"reset ignored":                {ignoreReset: true},
	"waits alike":                  {flat: 600 * time.Millisecond},
	"waits without chance":         {exact: true, longer: 2 * time.Second},
	"attempts without end":         {attempts: 15, growth: 1.2},
	"retries what is refused":      {retryRefused: true, attempts: 3},
	"retries an unsafe call":       {repeatsAll: true},
	"gives up at once":             {givesUp: true},
	"asks for the forbidden":       {deaf: true},
	"goes on when refused":         {deaf: true},
	"loop without end":             {deaf: true, attempts: 2},
	"many calls in an outage":      {deaf: true, attempts: 3},
	"silent":                       {silent: true},
	"runs in circles":              {redirects: true},
	"value that is not there":      {absent: true},
	"no time-out":                  {noTimeout: true},
	"new connection for each call": {newConnection: true},

	"token for each call":       {tokenPerCall: true},
	"refresh stampede":          {stampede: true},
	"old refresh token":         {oldRefresh: true},
	"copy of the token":         {copied: true},
	"ends with its token":       {neverRenew: true},
	"refused token once more":   {stubborn: true, lateRenewal: true},
	"renews too late":           {lateRenewal: true},
	"renews for ever":           {renewRefused: true},
	"refused refresh once more": {retriesRefresh: true},
	"no credential":             {bare: true},
	"key in the query":          {keyInQuery: true},
	"key in another header":     {keyInOther: true},
	"key in the user agent":     {keyInAgent: true},
	"keys of two environments":  {testKey: true},
	"key of somebody else":      {strangerKey: true},
	"key in a browser":          {browser: true},

	"no key on a repeat":         {noKeys: true, repeatsAll: true},
	"fresh key for each attempt": {freshKey: true},
	"one key for two intents":    {sameKey: true},
	"keys that count":            {shortKey: true},

	"undocumented route":     {undocumentedRoute: true},
	"undocumented parameter": {undocumentedParameter: true},
	"deprecated parameter":   {deprecatedParameter: true},
	"misspelt member":        {misspeltMember: true},
	"undocumented method":    {undocumentedMethod: true},
	"wrong content type":     {wrongType: true},
	"wrong accept":           {wrongAccept: true},
	"any accept":             {anyAccept: true},
	"guessed pages":          {guessedPages: true},
	"first page only":        {firstPageOnly: true},
	"small pages":            {smallPages: true},
	"deprecated operation":   {deprecated: true},
	"invalid body":           {invalidBody: true},
	"ETag ignored":           {ignoreETag: true},
	"blind write":            {blindWrite: true},

	"burst":                 {burst: true},
	"uses up":               {usesUp: true},
	"presses on":            {presses: true},
	"too many at once":      {parallel: true},
	"heavy work at once":    {parallel: true},
	"polls without a pause": {polls: true},

	"slow receiver":            {slowReceiver: true},
	"believes every signature": {believesAll: true},
	"believes old messages":    {trustsOld: true},
	"duplicates are new":       {forgetful: true},
	"duplicates are errors":    {refusesTwice: true},
	"fails on every event":     {failing: true},
	"wants order":              {wantsOrder: true},
	"fails on unknown events":  {knowsAll: true},
	"fails on large events":    {swallows: true},
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: clients VARIANT TASK…")
		os.Exit(2)
	}
	m, known := variants[os.Args[1]]
	if !known {
		fmt.Fprintln(os.Stderr, "there is no variant", os.Args[1])
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, failed := newClient(m), false
	for _, name := range os.Args[2:] {
		task, known := tasks[name]
		if !known {
			fmt.Fprintln(os.Stderr, "there is no task", name)
			os.Exit(2)
		}
		if err := task(ctx, c); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			failed = true
		}
	}
	if failed && !m.silent {
		os.Exit(1)
	}
}
