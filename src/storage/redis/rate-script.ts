/** @module storage/redis/rate-script: one call in several counters, or in none, as one step of the server. */

/**
 * KEYS: the counters. ARGV: limit and burst of each. Gives retryAfter, remaining, reset of each.
 *
 * A counter is a hash: `t` tokens of the bucket, `f` when it was filled (ms), `c` its capacity then, and a number for each second that
 * had calls. It does what limits/rate-counter does in memory, by the server's clock. What cannot be a counter (another type, a field
 * or number that no node writes) is replaced by one that is used up: nobody gains calls by writing there.
 */
export const RATE_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slice = math.floor(now / 1000)
local found, fits, answer = {}, true, {}

local function number(text, least, most)
  local value = tonumber(text)
  if value and value >= least and value <= most then return value end
  return nil
end

local function read(key, capacity)
  local flat = redis.pcall('HGETALL', key)
  if flat.err then return nil end
  local counter = { tokens = capacity, filled = now, total = 0, oldest = nil, old = {} }
  local before = capacity
  for i = 1, #flat, 2 do
    local field, value = flat[i], flat[i + 1]
    if field == 't' then counter.tokens = number(value, -1e8, 1e8)
    elseif field == 'f' then counter.filled = number(value, 0, now + 3600000)
    elseif field == 'c' then before = number(value, 1, 1e8)
    else
      local second, count = number(field, 0, slice + 3600), number(value, 0, 1e8)
      if not second or not count or second % 1 ~= 0 or count % 1 ~= 0 then return nil end
      if second <= slice - 61 then counter.old[#counter.old + 1] = field
      else
        counter.total = counter.total + count
        if not counter.oldest or second < counter.oldest then counter.oldest = second end
      end
    end
    if not counter.tokens or not counter.filled or not before then return nil end
  end
  counter.tokens = math.max(-capacity, math.min(counter.tokens, before) + capacity - before)
  return counter
end

for i = 1, #KEYS do
  local limit, capacity = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i - 1]) + tonumber(ARGV[2 * i])
  local counter = read(KEYS[i], capacity)
  if not counter then
    redis.call('DEL', KEYS[i])
    redis.call('HSET', KEYS[i], 't', 0, 'f', now, 'c', capacity, slice, capacity)
    redis.call('PEXPIRE', KEYS[i], 150000)
    counter = { tokens = 0, filled = now, total = capacity, oldest = slice, old = {} }
  end
  local per_token = 60000 / limit
  counter.tokens = math.min(capacity, counter.tokens + math.max(0, now - counter.filled) / per_token)
  counter.limit, counter.capacity = limit, capacity
  local window_ms, token_ms = 0, 0
  if counter.total >= capacity then window_ms = (counter.oldest + 61) * 1000 - now end
  if counter.tokens < 1 - 1e-9 then token_ms = (1 - counter.tokens) * per_token end
  counter.wait = 0
  if counter.total >= capacity or token_ms > 0 then counter.wait = math.max(1, math.ceil(math.max(window_ms, token_ms) / 1000)) end
  if counter.wait > 0 then fits = false end
  found[i] = counter
end

for i = 1, #KEYS do
  local counter = found[i]
  if fits then
    counter.tokens, counter.total, counter.oldest = counter.tokens - 1, counter.total + 1, counter.oldest or slice
    redis.call('HINCRBY', KEYS[i], slice, 1)
    redis.call('HSET', KEYS[i], 't', string.format('%.9f', counter.tokens), 'f', now, 'c', counter.capacity)
    if #counter.old > 0 then redis.call('HDEL', KEYS[i], unpack(counter.old)) end
    redis.call('PEXPIRE', KEYS[i], 150000)
  end
  local left = math.max(0, math.floor(math.min(counter.limit, counter.capacity - counter.total, counter.tokens + 1e-9)))
  local reset = 0
  if counter.oldest then reset = math.max(0, math.ceil(((counter.oldest + 61) * 1000 - now) / 1000)) end
  answer[3 * i - 2], answer[3 * i - 1], answer[3 * i] = counter.wait, left, reset
end
return answer
`;
