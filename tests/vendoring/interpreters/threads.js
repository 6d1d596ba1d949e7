// Several MuJS states on several threads, one runtime, shared lists and a lock.
// Run by tests/vendoring/interpreters/build with the interpreter that has weft built in. A state's
// functions do not leave it: what runs elsewhere is given as its source.
var THREADS = 4, ROUNDS = 1000;

function check(condition, what) {
  if (!condition) throw new Error("failed: " + what);
}
function fails(f) {
  try { f(); } catch (e) { return String(e); }
  return "";
}

// Appended by all at once: nothing is lost, everything is there once.
var all = weft.list(), lock = weft.lock(), totals = weft.list(0);
var tasks = [], t, i, value;
for (t = 0; t < THREADS; t++) {
  tasks[t] = weft.spawn("function (t, rounds, all, lock, totals) {\
    for (var i = 0; i < rounds; i++) {\
      all.append(t * rounds + i);\
      if (i % 100 === 0) all.append('text ' + t + ' ' + i);\
      lock.hold(function () { totals.set(0, totals.get(0) + 1); });\
    }\
    return t * 2.5;\
  }", t, ROUNDS, all, lock, totals);
}
// Read while they write: what is read is whole.
var seen = 0;
while (all.size() < THREADS * ROUNDS) {
  value = all.get(-1);
  check(value === undefined || typeof value === "number" || /^text \d+ \d+$/.test(value), value);
  seen++;
}
check(weft.threads() >= 1, "the world stops");
for (t = 0; t < THREADS; t++) check(tasks[t].join() === t * 2.5, "results");
check(totals.get(0) === THREADS * ROUNDS, "the lock");
check(all.size() === THREADS * ROUNDS + THREADS * ROUNDS / 100, "nothing lost");

// Taken out by all at once: each item comes out once.
var out = weft.list();
for (t = 0; t < THREADS; t++) {
  tasks[t] = weft.spawn("function (all, out) {\
    for (var taken = 0; ; taken++) {\
      var value = all.pop(taken % 2 === 0 ? 0 : -1);\
      if (value === undefined) return taken;\
      out.append(value);\
    }\
  }", all, out);
}
var taken = 0, numbers = {}, count = 0;
for (t = 0; t < THREADS; t++) taken += tasks[t].join();
check(all.size() === 0 && out.size() === taken, "all taken");
for (i = 0; i < taken; i++) {
  value = out.get(i);
  if (typeof value === "number") {
    check(!numbers[value], "once");
    numbers[value] = true;
    count++;
  }
}
check(count === THREADS * ROUNDS, "each");

// One dict, keys of each thread's own and keys of all: what was set is there, what was deleted is gone.
var dict = weft.dict(), counts = weft.dict();
counts.set("all", 0);
for (t = 0; t < THREADS; t++) {
  tasks[t] = weft.spawn("function (t, rounds, dict, counts, lock) {\
    for (var i = 0; i < rounds; i++) {\
      var key = 'key ' + t + ' ' + i;\
      dict.set(key, i);\
      dict.set(t * rounds + i, key);\
      if (dict.get(key) !== i || dict.get(t * rounds + i) !== key) throw new Error(key);\
      if (i % 2 === 0 && (!dict.remove(key) || dict.remove(key) || dict.get(key) !== undefined)) throw new Error(key);\
      counts.set('of nobody ' + i % 7, t);\
      lock.hold(function () { counts.set('all', counts.get('all') + 1); });\
    }\
  }", t, ROUNDS, dict, counts, lock);
}
while (counts.get("all") < THREADS * ROUNDS) {
  value = counts.get("of nobody 3");
  check(value === undefined || value >= 0 && value < THREADS, "a value of somebody");
}
for (t = 0; t < THREADS; t++) tasks[t].join();
check(dict.size() === THREADS * ROUNDS * 3 / 2 && counts.size() === 8, "keys");
var keys = dict.keys(), last = [];
check(keys.length === dict.size(), "all keys");
for (i = 0; i < keys.length; i++) {
  var parts = typeof keys[i] === "number" ? [0, Math.floor(keys[i] / ROUNDS), keys[i] % ROUNDS] : keys[i].split(" ").map(Number);
  check(parts[2] >= (last[parts[1]] || 0), "in the order of insertion");
  last[parts[1]] = parts[2];
}
dict.set(-5, "negative");
dict.set("dict", counts);
check(dict.get(-5) === "negative" && dict.get("dict").get("all") === THREADS * ROUNDS, "kinds of keys");
check(fails(function () { dict.set(1.5, 1); }) !== "" && fails(function () { dict.get({}); }) !== "", "no keys");

// A list outlives the state that made it.
var outer = weft.list();
var inner = weft.spawn("function (outer) {\
  var inner = weft.list('from another state', true);\
  outer.append(inner);\
  return inner;\
}", outer).join();
inner.insert(0, 1.5);
check(outer.get(0).get(0) === 1.5 && outer.get(0).get(1) === "from another state" && outer.get(0).get(-1) === true, "lists in lists");

// Errors cross the threads; a lock is released by one.
check(/as meant/.test(fails(function () {
  weft.spawn("function (lock) { lock.hold(function () { throw new Error('as meant'); }); }", lock).join();
})), "errors");
check(lock.hold(function () { return 42; }) === 42, "the lock is free");
check(/already/.test(fails(function () { lock.hold(function () { lock.hold(print); }); })), "twice");
check(inner.get(100) === undefined && fails(function () { inner.append({}); }) !== "", "misuse");
check(/RangeError/.test(fails(function () { inner.set(100, 1); })), "range");
check(/SyntaxError/.test(fails(function () { weft.spawn("function (").join(); })), "syntax");

// Whoever sleeps is detached: the world stops without waiting for it.
var sleeper = weft.spawn("function () { weft.sleep(0.2); return 'awake'; }");
check(weft.threads() >= 1 && sleeper.join() === "awake", "sleep");

// Not joined: joined when the handle is collected.
for (i = 0; i < 10; i++) weft.spawn("function (out) { out.append(1); }", out);
print("ok: " + THREADS + " states, " + taken + " values, read " + (seen > 0 ? "while written" : "afterwards"));
