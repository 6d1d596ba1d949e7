# Dicts: order, methods, views, errors.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


d = {"b": 1, "a": 2, 3: "three", (1, 2): "tuple", None: 0, 2.5: "float", True: "yes"}
print(d, len(d), d["b"], d[1], d[1.0], d[(1, 2)], d[None], attempt(lambda: d["zz"]), attempt(lambda: d[[]]))
d["b"] = 10
d["new"] = 11
del d["a"]
d["a"] = 12
print(list(d), list(d.keys()), list(d.values()), list(d.items()), d)
print("b" in d, "zz" in d, "zz" not in d, d.get("b"), d.get("zz"), d.get("zz", 5), d.pop("b"), d.pop("zz", None), attempt(d.pop, "zz"), d.setdefault("s", []), d.setdefault("s", 5))
d.setdefault("s").append(1)
d.update({"u": 1, "a": 99}, v=2)
d.update([("w", 3), ["x", 4]])
d.update(z=5)
print(d, d.popitem(), d.popitem(), len(d), attempt({}.popitem), attempt(d.update, 5), attempt(d.update, [1]), attempt(d.update, [(1, 2, 3)]))
print(dict(a=1, b=2), dict([("x", 1)]), dict({"y": 2}, z=3), dict(), dict(zip("abc", range(3))), {}, {**{"a": 1}, "b": 2, **{"a": 3}}, dict.fromkeys("ab"), dict.fromkeys([1, 2], 0))
e = {i: i * i for i in range(5)}
print(e, {v: k for k, v in e.items()}, {k: v for k, v in e.items() if v % 2}, sum(e), sum(e.values()), max(e), sorted(e.items(), reverse=True), e.copy() == e, e.copy() is e)
print({"a": 1} == {"a": 1}, {"a": 1, "b": 2} == {"b": 2, "a": 1}, {"a": 1} != {"a": 2}, {} == [], bool({}), not {"a": 1}, attempt(lambda: {} < {}))
keys, values, items = e.keys(), e.values(), e.items()
e[10] = 100
print(keys, values, items, len(keys), 10 in keys, 100 in values, (10, 100) in items, (10, 5) in items, list(reversed(e)), sorted(keys & {1, 10, 77}), sorted(keys | {77}), sorted(keys - {1}), keys == set(e))
print([k for k in e], [v for v in e.values()], [(k, v) for k, v in e.items()], list(map(lambda p: p[0] + p[1], e.items())), type(keys).__name__, type(values).__name__, type(items).__name__)


def grow():
    g = {1: 1}
    for k in g:
        g[k + 1] = 1


def shrink():
    g = {1: 1, 2: 2}
    for k in g:
        del g[k]


print(attempt(grow), attempt(shrink))
f = {1: "a", 2: "b", 3: "c"}
for k in f:
    f[k] = f[k] * 2
for k in list(f):
    if k == 2:
        del f[k]
print(f, {1: "int", 1.0: "float", True: "bool"}, {0: 1, False: 2, 0.0: 3, "0": 4})
f.clear()
print(f, len(f))
big = {}
for i in range(1000):
    big[i] = i
for i in range(0, 1000, 2):
    del big[i]
for i in range(0, 20, 2):
    big[i] = -i
print(len(big), list(big)[:3], list(big)[-12:], sum(big.values()), big.popitem(), next(iter(big)))
count = {}
for c in "mississippi":
    count[c] = count.get(c, 0) + 1
print(count, sorted(count, key=count.get), max(count, key=count.get), sorted(count.items(), key=lambda p: (-p[1], p[0])))
groups = {}
for word in "the quick brown fox jumps over the lazy dog".split():
    groups.setdefault(len(word), []).append(word)
print(groups, {"a": {"b": {"c": 1}}}["a"]["b"]["c"], attempt(lambda: {}[0]), attempt(lambda: {}["k"]), attempt(lambda: {}[(1, 2)]))
h = {"x": 1} | {"y": 2}
h |= {"x": 5}
print(h, {"a": 1} | {"a": 2, "b": 3})
h["self"] = h
print(h, str(dict), repr({"q": "it's", 1: None}), d is d, {"k": [1, {"z": ()}]})
h["n"] = 1
h["n"] += 5
h["n"] *= 2
print(h["n"], h.__len__(), h.__contains__("n"), h.__getitem__("n"), attempt(hash, {}), attempt(lambda: h.nothing))


class Key:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Key) and self.value == other.value

    def __hash__(self):
        return self.value % 3

    def __repr__(self):
        return f"Key({self.value})"


keyed = {Key(i): i for i in range(10)}
keyed[Key(3)] = "three"
del keyed[Key(4)]
print(keyed, Key(5) in keyed, Key(4) in keyed, keyed[Key(9)], attempt(lambda: keyed[Key(50)]), keyed.get(Key(7)), len(keyed))


class Unequal:
    def __eq__(self, other):
        raise ValueError("compared")

    def __hash__(self):
        return 1


unequal = {Unequal(): 1}
print(attempt(lambda: unequal[Unequal()]), attempt(lambda: unequal[1]), len(unequal))


class Unhashable:
    def __eq__(self, other):
        return True


print(attempt(lambda: {Unhashable(): 1}), attempt(lambda: {}.get([])), attempt(lambda: [] in {}))
def star(**kwargs):
    return kwargs
print(star(**{"a": 1, "b": 2}), list(star(z=1, y=2, x=3)), list({"a": 1}.items())[0], next(iter({"only": 1})), dict(sorted({"b": 1, "a": 2}.items())))
