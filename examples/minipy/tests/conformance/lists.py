# Lists, tuples and slices.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


a = [3, 1, 2]
a.append(5)
a.insert(0, 9)
a.insert(-1, 8)
a.insert(100, 7)
a.insert(-100, 6)
print(a, len(a), a.index(1), a.count(9), a.pop(), a.pop(0), a.pop(-2), a)
a.extend([4, 4])
a.extend("xy")
a.extend(i * i for i in range(3))
a += (1,)
print(a, a.index(4, 6), attempt(a.index, 99), attempt(a.index, 4, 8), attempt(a.remove, 99), attempt([].pop), attempt([1].pop, 5), attempt(lambda: a + (1,)))
a.remove("x")
a.reverse()
print(a, a.copy() == a, a.copy() is a, a[1], a[-1], attempt(lambda: a[50]), attempt(lambda: a["x"]), attempt(lambda: a[-50]))
b = list(range(10))
for s in [slice(None), slice(2, 5), slice(None, None, 2), slice(None, None, -1), slice(8, 2, -2), slice(-3, None), slice(5, 2), slice(100, 200), slice(-100, 3), slice(None, -8, -1), slice(3, None, 4)]:
    print(s, b[s], tuple(b)[s], s.indices(10))
print(b[2:5], b[:], b[::3], b[::-2], b[-4:-1], b[1:1])
b[2:4] = ["a", "b", "c"]
print(b)
b[0:0] = [1, 1]
b[5:] = []
print(b)
b[:] = range(8)
b[::2] = "wxyz"
print(b)
b[1:3] = (i for i in "gen")
b[10:20] = [7]
b[3:1] = ["mid"]
print(b, attempt(lambda: b.__setitem__(slice(0, 4, 2), [1, 2, 3])), attempt(lambda: b.__setitem__(slice(0, 2), 5)), attempt(lambda: b.__setitem__(99, 1)))
b[::-1] = list(range(len(b)))
print(b)
del b[0], b[-1], b[1:3], b[::2]
print(b, attempt(lambda: b.__delitem__(99)))
b[1:] = b
print(b)
b *= 2
print(b, [0] * 3, 2 * [1, 2], [1] * -1, [[]] * 2, [1, 2] + [3])
b.clear()
print(b, bool(b), not b, [] == [], [1, 2] == [1, 2], [1, 2] == (1, 2), [1, 2] < [1, 3], [1] < [1, 0], [2] > [1, 5], [] < [0], attempt(lambda: [1] < ["a"]), attempt(lambda: [1] < 5), [1, "a"] != [1, "b"])
print(1 in [1, 2], 3 not in [1, 2], "a" in ["a"], None in [None], 1.0 in [1], [1] in [[1]])
shared = []
nested = [shared, shared]
shared.append(1)
print(nested, nested[0] is nested[1])
nested.append(nested)
print(nested, len(nested))
t = (1, 2, 3)
print(t, (1,), (), t[1], t[::-1], t + (4,), t * 2, t.index(2), t.count(1), len(t), 2 in t, t == (1, 2, 3), t < (1, 2, 4), (1, 2) < (1, 2, 0), hash(t) == hash((1, 2, 3)), tuple("ab"), tuple([1]), attempt(lambda: t.index(9)))
def modify():
    t[0] = 1
def delete():
    del t[0]
print(attempt(modify), attempt(delete), attempt(lambda: t + [1]), attempt(hash, ([],)), attempt(lambda: t.append), attempt(lambda: t[5]))
print(sorted([3, 1, 2]), sorted([3, 1, 2], reverse=True), sorted("bca", key=lambda c: -ord(c)), sorted([(1, "b"), (1, "a"), (0, "z")]), sorted([]), attempt(sorted, [1, "a"]), sorted(["bb", "a", "ccc"], key=len, reverse=True))
c = [5, 3, 8, 1]
print(c.sort(), c, c.sort(reverse=True), c, c.sort(key=lambda v: v % 5), c, attempt(c.sort, 1), attempt(lambda: [1, None].sort()))
stable = sorted([(i % 3, i) for i in range(12)], key=lambda p: p[0])
print(stable, sorted(stable, key=lambda p: p[0], reverse=True))
print(list(reversed([1, 2, 3])), list(reversed(range(5))), list(reversed((1, 2))), max([1, 5, 3]), min((4, 2)), sum([1, 2, 3]), sum([[1], [2]], []), any([0, 1]), all([]), all([1, 0]), len([None] * 5))
print(list("abc"), list((1, 2)), list({"k": 1}), list(range(3)), list(), [*range(3), *"ab"], (*[1], 2), [x for x in [1, 2]], attempt(list, 5))
grid = [[0] * 3 for _ in range(2)]
grid[0][1] = 5
grid[1][-1] += 7
print(grid, [row[:] for row in grid], [list(column) for column in zip(*grid)])
m = list(range(5))
for item in m:
    if item < 3:
        m.append(item + 10)
print(m)
m = [1, 2, 3, 4]
for item in m:
    m.remove(item)
print(m, repr([1, [2, "x", (3.0,)], None, True]), str([]), [[], [[]]], [()])
i = 0
data = [10, 20, 30]
i, data[i] = 1, 99
print(i, data, [1, 2, 3].__len__(), [1].__contains__(1), [1, 2].__getitem__(0), list.append is not None, attempt(lambda: [].nothing), attempt(lambda: [].append()), attempt(lambda: [].append(1, 2)))
big = list(range(1000))
del big[10:990]
print(big, sum(big), big[3:17:5])
list.append(big, "via class")
print(big[-1], attempt(hash, []), attempt(lambda: {[]: 1}), attempt(lambda: {(1, []): 1}), id(big) == id(big))
