/** @module storage/redis/write-script: one write with everything it pushes out, as one step of the server. */

/** All keys of the cache: one slot, where the server is a cluster. */
export const PREFIX = '{switchyard-cache}:';

/**
 * KEYS: the prefix. ARGV: key, bytes, milliseconds of life, what it counts, most entries, most bytes, group (empty = none), vector.
 *
 * `order` and `ends` hold the keys by their place and by their end, `sizes` and `groups` what is needed
 * to take one out; an entry itself ends by the server's own clock. Where the server threw the sums
 * away for want of memory, they begin anew with an empty cache.
 */
export const WRITE_SCRIPT = `
local p, key, group = KEYS[1], ARGV[1], ARGV[7]
local life, size, most_entries, most_bytes = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function drop(old)
  local counted = redis.call('HGET', p .. 'sizes', old)
  local family = redis.call('HGET', p .. 'groups', old)
  redis.call('DEL', p .. 'e:' .. old, p .. 'v:' .. old)
  redis.call('ZREM', p .. 'order', old)
  redis.call('ZREM', p .. 'ends', old)
  redis.call('HDEL', p .. 'sizes', old)
  redis.call('HDEL', p .. 'groups', old)
  if family then redis.call('ZREM', p .. 'g:' .. family, old) end
  if counted then redis.call('DECRBY', p .. 'bytes', counted) end
end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', p .. 'ends', '-inf', now, 'LIMIT', 0, 1000)) do drop(old) end
drop(key)
if redis.call('ZCARD', p .. 'order') == 0 then redis.call('DEL', p .. 'bytes') end
local place = redis.call('INCR', p .. 'place')
redis.call('SET', p .. 'e:' .. key, ARGV[2], 'PX', life)
redis.call('ZADD', p .. 'order', place, key)
redis.call('ZADD', p .. 'ends', now + life, key)
redis.call('HSET', p .. 'sizes', key, size)
redis.call('INCRBY', p .. 'bytes', size)
if group ~= '' then
  redis.call('SET', p .. 'v:' .. key, ARGV[8], 'PX', life)
  redis.call('HSET', p .. 'groups', key, group)
  redis.call('ZADD', p .. 'g:' .. group, place, key)
  redis.call('PEXPIRE', p .. 'g:' .. group, life)
end
for _ = 1, 10000 do
  if redis.call('ZCARD', p .. 'order') <= most_entries and tonumber(redis.call('GET', p .. 'bytes') or '0') <= most_bytes then break end
  local oldest = redis.call('ZRANGE', p .. 'order', 0, 0)[1]
  if not oldest then break end
  drop(oldest)
end
return 1
`;
