package redis

import goredis "github.com/redis/go-redis/v9"

// The keys of a space are a hash with the log's end (version and mark of the last entry), a hash with all records, and a
// stream of the last entries. All three carry the same hash tag, so they live on one node of a cluster, and each script
// names them. Entry number v is in the stream under the ids v-0, v-1, …, each with at most part changes: its fields are "m" and
// its mark, "p" and the mark before it, then "+" + key and value of what was set, "-" + key and nothing of what was deleted.
const sharedLua = `
local function fin()
  local e = redis.call('HMGET', KEYS[1], 'version', 'mark')
  return e[1] or '0', e[2] or ''
end
-- what came behind a point: nothing, news and the entries, whole (they are not there any more), or lost
local function since(version, mark)
  local v, m = fin()
  if v == version and m == mark then return {'none'} end
  if v == '0' then return {'lost'} end
  if version == '0' then return {'whole'} end
  local from = string.format('%.0f-0', tonumber(version) + 1)
  local first = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
  local list = redis.call('XRANGE', KEYS[3], from, '+')
  if list[1] and list[1][1] == from and list[1][2][4] == mark then return {'news', list} end
  return {'whole'}
end
`

// sinceScript asks what came behind ARGV[1] (version) and ARGV[2] (mark).
var sinceScript = goredis.NewScript(sharedLua + `return since(ARGV[1], ARGV[2])`)

// appendScript adds an entry with the mark ARGV[3] behind the point ARGV[1], ARGV[2]. ARGV[4] is how many entries the stream
// keeps, ARGV[5] and ARGV[6] are the channel that is told and what it is told. Its changes are triples of sign, key and value: the
// rest of ARGV where ARGV[7] is 0, else the list KEYS[4], which has that many elements and is used up. KEYS[5] says for ten minutes
// what this process appended last: the call may be a repeated one (the client library repeats what a broken connection did not
// answer), and the entry, which it must not add twice, not in the stream any more. It is answered 'mine' then.
var appendScript = goredis.NewScript(sharedLua + `
local v, m = fin()
if m == ARGV[3] then return {'done'} end
if v ~= ARGV[1] or m ~= ARGV[2] then
  local news = since(ARGV[1], ARGV[2])
  if news[1] == 'whole' and redis.call('GET', KEYS[5]) == ARGV[3] then return {'mine'} end
  return news
end
local version = tonumber(v) + 1
local part, items = 1500, 0
local function take(ops, from, to)
  local entry, set, gone = {'m', ARGV[3], 'p', m}, {}, {}
  for i = from, to, 3 do
    entry[#entry + 1] = ops[i] .. ops[i + 1]
    entry[#entry + 1] = ops[i + 2]
  end
  -- records in their order: a key may be set and deleted in one entry
  local function write()
    if #set > 0 then redis.call('HSET', KEYS[2], unpack(set)) set = {} end
    if #gone > 0 then redis.call('HDEL', KEYS[2], unpack(gone)) gone = {} end
  end
  for i = from, to, 3 do
    if ops[i] == '+' then
      if #gone > 0 then write() end
      set[#set + 1] = ops[i + 1]
      set[#set + 1] = ops[i + 2]
    else
      if #set > 0 then write() end
      gone[#gone + 1] = ops[i + 1]
    end
  end
  write()
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], string.format('%.0f-%d', version, items), unpack(entry))
  items = items + 1
end
if ARGV[7] == '0' then
  for i = 8, #ARGV, part do take(ARGV, i, math.min(i + part - 1, #ARGV)) end
else
  if redis.call('LLEN', KEYS[4]) ~= tonumber(ARGV[7]) then return redis.error_reply('STAGE the changes are gone') end
  while true do
    local ops = redis.call('LPOP', KEYS[4], part)
    if not ops or #ops == 0 then break end
    take(ops, 1, #ops)
  end
end
redis.call('HSET', KEYS[1], 'version', string.format('%.0f', version), 'mark', ARGV[3])
redis.call('PERSIST', KEYS[1]) -- it may have been dropped before
redis.call('SET', KEYS[5], ARGV[3], 'EX', 600)
redis.call('PUBLISH', ARGV[5], ARGV[6])
return {'added'}
`)
