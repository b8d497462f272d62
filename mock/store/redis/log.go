package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"understudy/mock/store"
)

// A log is the log of one space.
type log struct {
	redis *Redis
	name  string
	keys  []string
	last  string            // key of what was appended here last
	store *store.Replicated // that is among the Redis' spaces with it; nil: none is
}

// direct is how many changes a script takes as its arguments; more are brought there before, in parts.
const (
	direct     = 20_000
	stagePart  = 2_000
	stageStays = time.Minute
)

// Append is Log's Append.
func (l *log) Append(ctx context.Context, at store.Point, mark string, changes []store.Change) (*store.News, error) {
	stage := l.keys[2] + ":" + mark
	arguments := []any{strconv.FormatUint(at.Version, 10), at.Mark, mark, l.redis.kept, l.redis.channel(), l.redis.word(l.name), 0}
	if len(changes) > direct {
		if err := l.stage(ctx, stage, changes); err != nil {
			return nil, err
		}
		arguments[6] = 3 * len(changes)
	} else {
		arguments = triples(arguments, changes)
	}
	answer, err := appendScript.Run(ctx, l.redis.client, append(l.keys[:3:3], stage, l.last), arguments...).Slice()
	if err != nil {
		return nil, err
	}
	news, err := l.read(ctx, at, answer)
	if err == nil && answer[0] == "mine" {
		news.Marks = []string{mark}
	}
	return news, err
}

func triples(list []any, changes []store.Change) []any {
	for _, c := range changes {
		if c.Deleted {
			list = append(list, "-", c.Key, "")
		} else {
			list = append(list, "+", c.Key, c.Value)
		}
	}
	return list
}

// stage brings changes to Redis that are too many for one command.
func (l *log) stage(ctx context.Context, key string, changes []store.Change) error {
	if err := l.redis.client.Del(ctx, key).Err(); err != nil {
		return err
	}
	for len(changes) > 0 {
		n := min(len(changes), stagePart)
		if err := l.redis.client.RPush(ctx, key, triples(nil, changes[:n])...).Err(); err != nil {
			return err
		}
		if err := l.redis.client.PExpire(ctx, key, stageStays).Err(); err != nil {
			return err
		}
		changes = changes[n:]
	}
	return nil
}

// Since is Log's Since.
func (l *log) Since(ctx context.Context, at store.Point) (*store.News, error) {
	answer, err := sinceScript.Run(ctx, l.redis.client, l.keys, strconv.FormatUint(at.Version, 10), at.Mark).Slice()
	if err != nil {
		return nil, err
	}
	return l.read(ctx, at, answer)
}

var errForm = errors.New("what Redis holds is nothing that Understudy wrote")

// read understands the answer of a script.
func (l *log) read(ctx context.Context, at store.Point, answer []any) (*store.News, error) {
	if len(answer) == 0 {
		return nil, errForm
	}
	switch answer[0] {
	case "none", "added", "done":
		return nil, nil
	case "lost":
		return &store.News{Lost: true}, nil
	case "whole", "mine":
		return l.whole(ctx)
	case "news":
		if len(answer) == 2 {
			return news(at, answer[1])
		}
	}
	return nil, errForm
}

// news reads the entries behind a point.
func news(at store.Point, list any) (*store.News, error) {
	entries, ok := list.([]any)
	if !ok {
		return nil, errForm
	}
	n := &store.News{Point: at}
	for _, e := range entries {
		version, fields, err := entry(e)
		if err != nil {
			return nil, err
		}
		if version != n.Point.Version {
			n.Point = store.Point{Version: version, Mark: fields[1]}
			n.Marks = append(n.Marks, fields[1])
		}
		for i := 4; i+1 < len(fields); i += 2 {
			if fields[i] == "" {
				return nil, errForm
			}
			c := store.Change{Key: fields[i][1:], Deleted: fields[i][0] == '-'}
			if !c.Deleted {
				c.Value = []byte(fields[i+1])
			}
			if store.CheckKey(c.Key) != nil {
				return nil, errForm
			}
			n.Changes = append(n.Changes, c)
		}
	}
	return n, nil
}

// entry reads one element of the stream: its entry's number and its fields, of which the first four are the marks.
func entry(e any) (version uint64, fields []string, err error) {
	pair, ok := e.([]any)
	if !ok || len(pair) != 2 {
		return 0, nil, errForm
	}
	id, _ := pair[0].(string)
	list, _ := pair[1].([]any)
	if _, err := fmt.Sscanf(id, "%d-", &version); err != nil || len(list) < 4 || len(list)%2 != 0 {
		return 0, nil, errForm
	}
	fields = make([]string, len(list))
	for i, f := range list {
		if fields[i], ok = f.(string); !ok {
			return 0, nil, errForm
		}
	}
	return version, fields, nil
}

// whole reads all records. Others may append meanwhile: what they append is in the log, and says what the records are that were
// read too early.
func (l *log) whole(ctx context.Context) (*store.News, error) {
	for range 5 {
		end, err := l.redis.client.HMGet(ctx, l.keys[0], "version", "mark").Result()
		if err != nil {
			return nil, err
		}
		at, err := point(end)
		if err != nil {
			return nil, err
		}
		n := &store.News{Whole: true, Point: at}
		if n.Changes, err = l.records(ctx); err != nil {
			return nil, err
		}
		answer, err := sinceScript.Run(ctx, l.redis.client, l.keys, strconv.FormatUint(at.Version, 10), at.Mark).Slice()
		if err != nil || len(answer) == 0 {
			return nil, errors.Join(err, errForm)
		}
		switch answer[0] {
		case "none":
			return n, nil
		case "news":
			later, err := l.read(ctx, at, answer)
			if err != nil {
				return nil, err
			}
			n.Changes, n.Point = append(n.Changes, later.Changes...), later.Point
			return n, nil
		}
	}
	return nil, errors.New("the records change faster than they can be read; keep more entries of the log")
}

func point(end []any) (at store.Point, err error) {
	version, ok := end[0].(string)
	if !ok {
		return at, nil
	}
	at.Mark, _ = end[1].(string)
	if at.Version, err = strconv.ParseUint(version, 10, 64); err != nil {
		return at, errForm
	}
	return at, nil
}

// records reads the hash of all records, some of them perhaps twice.
func (l *log) records(ctx context.Context) (list []store.Change, err error) {
	const atOnce = 1000
	for cursor := uint64(0); ; {
		var part []string
		if part, cursor, err = l.redis.client.HScan(ctx, l.keys[1], cursor, "", atOnce).Result(); err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(part); i += 2 {
			if store.CheckKey(part[i]) != nil {
				return nil, errForm
			}
			list = append(list, store.Change{Key: part[i], Value: []byte(part[i+1])})
		}
		if cursor == 0 {
			return list, nil
		}
	}
}

// Close takes the space away from those that are followed.
func (l *log) Close() error {
	if l.store == nil {
		return nil
	}
	l.redis.mu.Lock()
	defer l.redis.mu.Unlock()
	if l.redis.spaces[l.name] == l.store { // else another one has taken its place
		delete(l.redis.spaces, l.name)
	}
	return nil
}

var _ store.Log = (*log)(nil)
