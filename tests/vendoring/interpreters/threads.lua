-- Several Lua states on several threads, one runtime, shared lists and a lock.
-- Run by tests/vendoring/interpreters/build with the interpreter that has the module built in.
local weft = require "weft"
local THREADS, ROUNDS = 4, 2000

-- Appended by all at once: nothing is lost, everything is there once.
local all, lock, totals = weft.list(), weft.lock(), weft.list(0, 0)
local tasks = {}
for t = 1, THREADS do
  tasks[t] = weft.spawn(function(t, rounds, all, lock, totals)
    for i = 1, rounds do
      all:append(t * rounds + i)
      if i % 100 == 0 then all:append("text " .. t .. " " .. i) end
      lock:with(function() totals:set(1, totals:get(1) + 1) end)
    end
    return t * 2.5
  end, t, ROUNDS, all, lock, totals)
end
-- Read while they write: what is read is whole.
local seen = 0
while #all < THREADS * ROUNDS do
  local last = all:get(-1)
  assert(last == nil or math.type(last) == "integer" or last:find("^text %d+ %d+$"), last)
  seen = seen + 1
end
-- Stop them in the middle, or at the end: nobody deadlocks.
assert(weft.threads() >= 1)
for t = 1, THREADS do assert(tasks[t]:join() == t * 2.5) end
assert(totals:get(1) == THREADS * ROUNDS)
assert(#all == THREADS * ROUNDS + THREADS * ROUNDS // 100)
local numbers, texts = {}, 0
for i = 1, #all do
  local value = all:get(i)
  if type(value) == "string" then texts = texts + 1 else
    assert(not numbers[value])
    numbers[value] = true
  end
end
assert(texts == THREADS * ROUNDS // 100)

-- Taken out by all at once: each item comes out once, wherever it was put in.
local out = weft.list()
for t = 1, THREADS do
  tasks[t] = weft.spawn(function(all, out)
    local taken = 0
    while true do
      local value = all:pop(taken % 2 == 0 and 1 or -1)
      if value == nil then return taken end
      taken = taken + 1
      out:append(value)
    end
  end, all, out)
end
local taken = 0
for t = 1, THREADS do taken = taken + tasks[t]:join() end
assert(#all == 0 and #out == taken and taken == THREADS * ROUNDS + texts)
for i = 1, #out do
  local value = out:get(i)
  if type(value) ~= "string" then
    assert(numbers[value])
    numbers[value] = nil
  end
end
assert(next(numbers) == nil)

-- One dict, keys of each thread's own and keys of all: what was set is there, what was deleted is gone, in the order of insertion.
local dict, counts = weft.dict(), weft.dict()
counts:set("all", 0)
for t = 1, THREADS do
  tasks[t] = weft.spawn(function(t, rounds, dict, counts, lock)
    for i = 1, rounds do
      local key = "key " .. t .. " " .. i
      dict:set(key, i)
      dict:set(t * rounds + i, key)
      assert(dict:get(key) == i and dict:get(t * rounds + i) == key)
      if i % 2 == 0 then assert(dict:delete(key) and not dict:delete(key) and dict:get(key) == nil) end
      counts:set("of nobody " .. i % 7, t)
      lock:with(function() counts:set("all", counts:get("all") + 1) end)
    end
  end, t, ROUNDS, dict, counts, lock)
end
while counts:get("all") < THREADS * ROUNDS do
  for i = 0, 6 do
    local value = counts:get("of nobody " .. i)
    assert(value == nil or value >= 1 and value <= THREADS)
  end
end
for t = 1, THREADS do tasks[t]:join() end
assert(#dict == THREADS * ROUNDS * 3 // 2 and #counts == 8)
local last, number = {}, 0
for _, key in ipairs(dict:keys()) do
  number = number + 1
  local t, i
  if math.type(key) == "integer" then t, i = (key - 1) // ROUNDS, (key - 1) % ROUNDS + 1 else
    t, i = key:match("^key (%d+) (%d+)$")
    t, i = tonumber(t), tonumber(i)
    assert(i % 2 == 1 and dict:get(key) == i)
  end
  assert(i >= (last[t] or 0))
  last[t] = i
end
assert(number == #dict)
dict:set(-5, "negative")
dict:set("dict", counts)
assert(dict:get(-5) == "negative" and dict:get("dict"):get("all") == THREADS * ROUNDS)
assert(not pcall(dict.set, dict, 1.5, 1) and not pcall(dict.get, dict, {}) and not pcall(dict.set, dict, math.maxinteger, 1))

-- Lists in lists, made by one state and changed by another; a list outlives the state that made it.
local outer = weft.list()
local inner = weft.spawn(function(outer)
  local weft = require "weft"
  local inner = weft.list("from another state", true)
  outer:append(inner)
  return inner
end, outer):join()
inner:insert(1, 1.5)
assert(outer:get(1):get(1) == 1.5 and outer:get(1):get(2) == "from another state" and outer:get(1):get(-1) == true)

-- Errors cross the threads; a lock is released by one.
local ok, message = pcall(function() weft.spawn(function(lock) lock:with(function() error("as meant", 0) end) end, lock):join() end)
assert(not ok and message == "as meant", message)
assert(lock:with(function(x) return x + 1 end, 41) == 42)
ok, message = pcall(lock.with, lock, function() lock:with(print) end)
assert(not ok and message:find("already"), message)
assert(not pcall(inner.get, inner, 0) and inner:get(100) == nil and not pcall(inner.append, inner, {}))
assert(not pcall(weft.spawn, function() end, weft.spawn(function() end)))

-- Whoever sleeps is detached: the world stops without waiting for it.
local sleeper = weft.spawn(function() require("weft").sleep(0.2) return "awake" end)
assert(weft.threads() >= 1 and sleeper:join() == "awake")

-- Not joined: joined when the handle is collected.
for _ = 1, 10 do weft.spawn(function(out) out:append(1) end, out) end
collectgarbage()
print("ok: " .. THREADS .. " states, " .. taken .. " values, read " .. (seen > 0 and "while written" or "afterwards"))
