# Sets and frozensets. What is printed is sorted: the order of strings in a set is not python3's to promise.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def show(s):
    return sorted(s)


a, b = {1, 2, 3, 4}, {3, 4, 5}
print(show(a | b), show(a & b), show(a - b), show(b - a), show(a ^ b), a < b, {3} < b, {3, 4, 5} <= b, a > {1}, a >= a, a == {4, 3, 2, 1}, a != b, a.isdisjoint({9}), a.isdisjoint(b))
print(show(a.union(b, [9])), show(a.intersection(b)), show(a.difference([1])), show(a.symmetric_difference(b)), {1}.issubset(a), a.issuperset([1, 2]), attempt(lambda: a | [1]), attempt(lambda: a < 5))
s = set()
s.add(1)
s.add(1)
s.add("x")
s.update([2, 3], (4,))
s.discard(99)
s.discard("x")
print(show(s), len(s), 1 in s, 9 not in s, attempt(s.remove, 99), attempt(set().pop), attempt(s.add, []), s.copy() == s, s.copy() is s, bool(set()), set("") == set())
s |= {7}
s &= {1, 2, 7, 8}
s -= {1}
s ^= {2, 3}
print(show(s), show(set([1, 1, 2])), show({c for c in "hello"}), show({x % 3 for x in range(10)}), {1, 1.0, True} == {1}, len({1, 1.0, True}), set(), {5}, repr({1}), repr(frozenset()), repr(frozenset({1})), frozenset([1]) == {1})
f = frozenset([1, 2])
print(hash(f) == hash(frozenset([2, 1])), {f: "v"}[frozenset({2, 1})], show(f | {3}), type(f | {3}).__name__, type({3} | f).__name__, attempt(lambda: f.add(1)), attempt(hash, set()), frozenset([1, 2]) in {f}, attempt(lambda: {set()}))
total = 0
for x in {10, 20, 30}:
    total += x
print(total, sum({1, 2}), max({1, 5}), sorted({"b", "a"}), show(set(range(5))), show(set({"k": 1})), show({*[1, 2], *{3}}), show(set((1, 2)) & set([2])), attempt(set, 5))
def grow():
    g = {1}
    for x in g:
        g.add(x + 1)
print(attempt(grow))
removed = {5}
print(removed.pop(), removed, show(set("abc") - set("b")), attempt(lambda: {1}[0]), any(set()), {1, 2}.intersection([2, 3], [2]), {1} - {1} == set(), {(1, 2)}, {None}, {frozenset()})
seen = set()
unique = [x for x in [3, 1, 3, 2, 1] if not (x in seen or seen.add(x))]
print(unique, show({i * j for i in range(4) for j in range(4)}))
big = set(range(0, 1000, 3))
big.difference_update(range(0, 1000, 2))
big.intersection_update(range(500))
big.symmetric_difference_update([1, 3])
print(len(big), sum(big), show(big)[:5])
big.clear()
print(len(big), big)
