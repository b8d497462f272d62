package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"understudy/mock/store"

	goredis "github.com/redis/go-redis/v9"
)

// A feed is the feed of one space: a stream, and a hash with what the stream does not know of itself. The ids of its entries say
// how much was ever written there, in KiB behind the instant at which the stream began (in µs, so that a stream that Redis lost
// goes on behind the old one). So bytes are bounded by the smallest id that stays.
type feed struct {
	redis    *Redis
	contract string
	name     string // of the space, as channels name it
	keys     []string
	number   uint64
	entries  int // that are kept at most, about
	blocks   int // KiB that are kept at most, about

	reading sync.Mutex // held while what was read is handed on
	mu      sync.Mutex
	at      string // id of the entry that was read last
	take    func([][]byte)
}

// block is the unit in which the length of texts is counted.
const block = 1024

// feedStart is before all entries.
const feedStart = "0-0"

// feedSign begins what the channel tells of feeds; contracts' names have no such sign.
const feedSign = "\x03"

var errDroppedSpace = fmt.Errorf("the space in Redis: %w", store.ErrDropped)

// droppedLua says whether the space with the end KEYS[1] was dropped: then its end is about to expire.
const droppedLua = `if redis.call('TTL', KEYS[1]) >= 0 then return 0 end
`

// writerScript gives a process its number, from KEYS[3].
var writerScript = goredis.NewScript(droppedLua + `return redis.call('HINCRBY', KEYS[3], 'writers', 1)`)

// tellScript adds texts, ARGV[7] and on, to the stream KEYS[2]. ARGV[1] and ARGV[2] are how many KiB and entries it keeps, ARGV[3] is
// how far the caller has read it and ARGV[4] the caller's number, for a Redis that has lost what it knew, ARGV[5] and ARGV[6] are the
// channel that is told and what it is told.
var tellScript = goredis.NewScript(droppedLua + `
local known = redis.call('HMGET', KEYS[3], 'last', 'writers')
local last = tonumber(known[1] or '')
if not last or redis.call('EXISTS', KEYS[2]) == 0 then
  local now = redis.call('TIME')
  last = math.max(last or 0, tonumber(now[1]) * 1000000 + tonumber(now[2]))
end
last = math.max(last, tonumber(ARGV[3]))
for i = 7, #ARGV do
  last = last + math.floor(#ARGV[i] / 1024) + 1
  redis.call('XADD', KEYS[2], 'MINID', '~', string.format('%.0f-0', math.max(0, last - tonumber(ARGV[1]))), string.format('%.0f-0', last), 't', ARGV[i])
end
redis.call('XTRIM', KEYS[2], 'MAXLEN', '~', ARGV[2])
redis.call('HSET', KEYS[3], 'last', string.format('%.0f', last), 'writers', math.max(tonumber(known[2] or '') or 0, tonumber(ARGV[4])))
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1`)

// feedKeys names the keys of a space's feed, its end before them: all of them are on one node of a cluster.
func (r *Redis) feedKeys(contract, sandbox string) []string {
	end := r.keys(contract, sandbox)[0]
	base := strings.TrimSuffix(end, "end")
	return []string{end, base + "feed", base + "feed:state"}
}

// Feed opens the feed of a contract, or of one of its sandboxes, which keeps so many entries and bytes, about.
func (r *Redis) Feed(ctx context.Context, contract, sandbox string, entries, bytes int) (store.Feed, error) {
	f := &feed{
		redis: r, contract: contract, name: contract + "\x00" + sandbox, keys: r.feedKeys(contract, sandbox),
		entries: max(entries, 1), blocks: max(bytes/block, 1), at: feedStart,
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	n, err := writerScript.Run(ctx, r.client, f.keys).Uint64()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", store.ErrAway, err)
	case n == 0:
		return nil, errDroppedSpace
	}
	f.number = n
	return f, nil
}

// Number is Feed's Number.
func (f *feed) Number() uint64 { return f.number }

// Append is Feed's Append.
func (f *feed) Append(ctx context.Context, texts [][]byte) error {
	if len(texts) == 0 {
		return nil
	}
	read, _, _ := strings.Cut(f.Place(), "-")
	arguments := make([]any, 0, 6+len(texts))
	arguments = append(arguments, f.blocks, f.entries, read, strconv.FormatUint(f.number, 10), f.redis.channel(), f.redis.word(feedSign+f.name))
	for _, text := range texts {
		arguments = append(arguments, text)
	}
	ctx, cancel := context.WithTimeout(ctx, f.redis.timeout)
	defer cancel()
	n, err := tellScript.Run(ctx, f.redis.client, f.keys, arguments...).Int()
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	case n == 0:
		return errDroppedSpace
	}
	return nil
}

// Watch is Feed's Watch.
func (f *feed) Watch(ctx context.Context, take func([][]byte)) error {
	f.mu.Lock()
	f.take = take
	f.mu.Unlock()
	if err := f.redis.readFeeds(ctx, []*feed{f}); err != nil {
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	f.redis.feeds.add(f)
	f.redis.feeds.touch(f.name) // what came meanwhile was told to nobody
	return nil
}

// Place is Feed's Place.
func (f *feed) Place() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

// Forget is Feed's Forget.
func (f *feed) Forget(ctx context.Context, place string) error {
	head, _, _ := strings.Cut(place, "-")
	last, err := strconv.ParseUint(head, 10, 63)
	if err != nil {
		return errForm
	}
	ctx, cancel := context.WithTimeout(ctx, f.redis.timeout)
	defer cancel()
	if err := f.redis.client.XTrimMinID(ctx, f.keys[1], strconv.FormatUint(last+1, 10)).Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return nil
}

// Close is Feed's Close.
func (f *feed) Close() error {
	f.redis.feeds.remove(f)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.take = nil
	return nil
}

// got hands on what was read.
func (f *feed) got(list []goredis.XMessage) {
	f.reading.Lock()
	defer f.reading.Unlock()
	texts := make([][]byte, 0, len(list))
	for _, m := range list {
		if text, ok := m.Values["t"].(string); ok {
			texts = append(texts, []byte(text))
		}
	}
	f.mu.Lock()
	take := f.take
	if n := len(list); n > 0 {
		f.at = list[n-1].ID
	}
	f.mu.Unlock()
	if take != nil && len(texts) > 0 {
		take(texts)
	}
}

var _ store.Feed = (*feed)(nil)
