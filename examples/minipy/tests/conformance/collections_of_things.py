# Slices, sorting, unpacking; methods and errors of lists, dicts and sets.
l = list(range(10))
print(l[::2], l[::-1], l[8:2:-2], l[-3:], l[:-3], l[20:], l[-20:3], l[5:2], l[slice(1, 7, 3)], l[::-3], l[-1:-5:-1])
l[2:5] = "abc"; print(l); l[1:1] = [0, 0]; print(l); l[::2] = range(6); print(l); del l[::3]; print(l); l[5:] = []; print(l); l[::-1] = [1,2,3,4,5]; print(l)
try: l[::2] = [1]
except ValueError as e: print(e)
try: l[1:2] = 5
except TypeError as e: print(e)
try: l["a"]
except TypeError as e: print(e)
try: l[10]
except IndexError as e: print(e)
try: l[10] = 1
except IndexError as e: print(e)
try: l.pop(100)
except IndexError as e: print(e)
try: [].pop()
except IndexError as e: print(e)
try: l.remove(99)
except ValueError as e: print(e)
try: l.index(99)
except ValueError as e: print(e)
try: (1,)[3]
except IndexError as e: print(e)
try: "abc"[5]
except IndexError as e: print(e)
try: (1,2)[0] = 1
except TypeError as e: print(e)
print("hello"[::-1], "hello"[1:4], "hello"[-3::2], (1,2,3,4)[::2], (1,2,3)[-1])
recs = [("b", 2), ("a", 2), ("c", 1), ("a", 1)]
print(sorted(recs, key=lambda r: r[1]), sorted(recs, key=lambda r: r[1], reverse=True), sorted(recs, reverse=True), sorted("bAc", key=str.lower))
m = recs[:]; m.sort(key=lambda r: r[0]); print(m); m.sort(); print(m)
try: sorted([1, "a"])
except TypeError as e: print(e)
try: sorted([3,1], lambda x: x)
except TypeError as e: print(e)
d = {"z": 1, "a": 2}; d["m"] = 3; del d["z"]; d["z"] = 4; d.update(a=9, q=5); print(d, list(d), d.popitem(), d.pop("a"), d.pop("no", None), d.setdefault("n", []), d)
print(d | {"z": 0}, {**d, "x": 1}, dict(zip("ab", [1, 2])), dict([("k", 1)], j=2), dict.fromkeys("ab", 0), {k: v for k, v in d.items() if v}, d.keys() & {"z"}, list(reversed(d)))
try: d["nope"]
except KeyError as e: print(repr(e), e)
try: {}[[1]]
except TypeError as e: print(e)
try:
    for k in d: d[k + "1"] = 1
except RuntimeError as e: print(e)
try: d.popitem(1)
except TypeError as e: print(e)
print({1: "a", True: "b", 1.0: "c"}, {1, True, 1.0}, {None: 1, (1, 2): 3})
s = {3, 1, 2}; t = {2, 3, 4}
print(sorted(s & t), sorted(s | t), sorted(s - t), sorted(s ^ t), s <= t, {1} < s, s.isdisjoint({9}), sorted(s.union([7], (8,))), s.intersection([1], [1, 2]), sorted(s.symmetric_difference(t)))
s.add(5); s.discard(100); s |= {6}; s &= {1, 5, 6}; s -= {1}; s ^= {6, 7}; print(sorted(s), frozenset([1, 2]) == {1, 2}, hash(frozenset([1])) == hash(frozenset([1])))
try: s.remove(100)
except KeyError as e: print(repr(e))
try: {[]}
except TypeError as e: print(e)
a, *b, c = range(5); print(a, b, c); (x, y), *z = [(1, 2), 3, 4]; print(x, y, z); *p, q = "abc"; print(p, q)
for i, (j, *k) in enumerate([(1, 2, 3), (4,)]): print(i, j, k)
print([*range(3), *"ab"], (*[1], 2), {*[1, 2], 3}, {**{"a": 1}}, max(*[1, 5, 2]))
try: a, b = 1, 2, 3
except ValueError as e: print(e)
try: a, b, c = 1, 2
except ValueError as e: print(e)
try: a, *b, c = [1]
except ValueError as e: print(e)
try: a, b = 5
except TypeError as e: print(e)
m = [[0] * 3 for _ in range(2)]; m[0][1] = 5; print(m, [1, 2] * 2, [[]] * 2, [1] + [2], (1,) * 3, "ab" * 3, 3 * [0])
print([1, 2] < [1, 3], [1, 2] < [1, 2, 0], (1, "a") == (1, "a"), [1] == (1,), [] < [1], "a" < "b", (2,) > (1, 5))
n = [3, 1, 2]; n.reverse(); print(n, n.count(1), n.index(2), n.copy() is n); n.insert(-1, 9); n.insert(100, 8); n.extend((1, 2)); n += "x"; print(n); n.clear(); print(n, bool(n))
r = []; r.append(r); print(r); dd = {}; dd["me"] = dd; print(dd); tt = ([],); tt[0].append(tt); print(tt)
print(list(zip([1, 2], "ab", (True, None))), list(map(lambda a, b: a + b, [1, 2], [3, 4])), list(filter(None, [0, 1, "", "a"])), list(enumerate("ab", 1)), any([]), all([]), sum([[1], [2]], []))
