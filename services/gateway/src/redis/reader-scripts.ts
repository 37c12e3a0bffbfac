import { LuaScript } from '@linchpin/platform/redis';

/**
 * The scripts by which readers of partitions take their places (amqp.md section 9.5). Keys, with the deployment's
 * prefix:
 *   readers:{hub/generation/partition/consumer group}  hash: reader → gateway|epoch or nothing|name
 *   gateways                                           see `presence-scripts.ts`
 *
 * A reader whose gateway is not in `gateways` is gone. What nobody says to read for a time is forgotten as a whole.
 */

const shared = `
-- Epochs are decimal numbers beyond what Lua's numbers can hold.
local function isGreater(epoch, other)
  return #epoch > #other or (#epoch == #other and epoch > other)
end

-- All but the reader itself; those that are gone are removed.
local function othersOf(readers, gateways, id)
  local others = {}
  local fields = redis.call('HGETALL', readers)
  for i = 1, #fields, 2 do
    local gateway, epoch, name = string.match(fields[i + 1], '^([^|]*)|([^|]*)|(.*)$')
    if fields[i] ~= id then
      if redis.call('HEXISTS', gateways, gateway) == 1 then
        table.insert(others, { id = fields[i], gateway = gateway, epoch = epoch, name = name })
      else
        redis.call('HDEL', readers, fields[i])
      end
    end
  end
  return others
end

local function set(readers, id, gateway, epoch, name, ttlMs)
  redis.call('HSET', readers, id, gateway .. '|' .. epoch .. '|' .. name)
  redis.call('PEXPIRE', readers, ttlMs)
end
`;

/**
 * KEYS readers, gateways; ARGV reader, gateway, epoch or '', name, ttl (ms), how many may share the place, deadline (ms)
 * Fails after the deadline, of Redis's own clock, for then nobody waits for the answer any more.
 * Returns 'taken', then reader, gateway and its address of each that lost its place; or 'epoch-exists', name and epoch
 * of who has one; or 'too-many'.
 */
export const claimReaderScript = new LuaScript(`${shared}
local id, gateway, epoch, name, ttlMs, sharingMax, deadline = unpack(ARGV)
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(deadline) then
  return redis.error_reply('LATE nobody waits for the claim any more')
end
local others = othersOf(KEYS[1], KEYS[2], id)
for _, other in ipairs(others) do
  if other.epoch ~= '' and (epoch == '' or isGreater(other.epoch, epoch)) then
    return { 'epoch-exists', other.name, other.epoch }
  end
end
if epoch == '' then
  if #others >= tonumber(sharingMax) then
    return { 'too-many' }
  end
  others = {}
end
local reply = { 'taken' }
for _, other in ipairs(others) do
  redis.call('HDEL', KEYS[1], other.id)
  table.insert(reply, other.id)
  table.insert(reply, other.gateway)
  table.insert(reply, redis.call('HGET', KEYS[2], other.gateway) or '')
end
set(KEYS[1], id, gateway, epoch, name, ttlMs)
return reply
`);

/**
 * KEYS readers, gateways; ARGV reader, gateway, epoch or '', name, ttl (ms), how many may share the place
 * Takes the place back when it was forgotten, unless another has it by now. Returns 1 when the reader has it.
 */
export const keepReaderScript = new LuaScript(`${shared}
local id, gateway, epoch, name, ttlMs, sharingMax = unpack(ARGV)
if redis.call('HEXISTS', KEYS[1], id) == 1 then
  redis.call('PEXPIRE', KEYS[1], ttlMs)
  return 1
end
local others = othersOf(KEYS[1], KEYS[2], id)
for _, other in ipairs(others) do
  if other.epoch ~= '' or epoch ~= '' then
    return 0
  end
end
if #others >= tonumber(sharingMax) then
  return 0
end
set(KEYS[1], id, gateway, epoch, name, ttlMs)
return 1
`);
