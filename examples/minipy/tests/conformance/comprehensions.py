# Comprehensions and the scopes of names.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


x = "outer"
print([x for x in range(3)], x, {x: x for x in "ab"}, {x for x in [1]}, list(x for x in "cd"), x)
print([(i, j) for i in range(3) for j in range(i)], [i for i in range(20) if i % 2 if i % 3], [[j for j in range(i)] for i in range(4)])
print([a + b for a, b in [(1, 2), (3, 4)]], [a for a, *rest in [(1, 2, 3), "xyz"]], [rest for a, *rest in [(1, 2, 3), "xyz"]], {k: v for k, v in zip("ab", [1, 2])})
print([y for i in range(3) for y in [i * i]], [i if i % 2 else -i for i in range(5)], [f(3) for f in [lambda v: v + 1, lambda v: v * v]], [not i for i in [0, 1]])
functions = [lambda: i for i in range(3)]
print([f() for f in functions], [f() for f in [lambda i=i: i for i in range(3)]])
flat = [item for row in [[1, 2], [3], []] for item in row]
print(flat, sum(i * i for i in range(10)), max((len(w), w) for w in ["a", "ccc", "bb"]), ",".join(str(i) for i in range(3)), any(i > 2 for i in range(5)), all(i for i in []), sorted((i % 3, i) for i in range(5)))


def scopes():
    n = 10
    inner = [n + i for i in range(3)]
    lazy = (n + i for i in range(3))
    n = 100
    return inner, list(lazy), [n for n in range(2)], n


print(scopes())


class C:
    items = [1, 2, 3]
    doubled = [i * 2 for i in items]
    total = sum(items)
    pairs = [(i, "c") for i in items if i > 1]


print(C.doubled, C.total, C.pairs, hasattr(C, "i"))


def first_is_eager():
    def source():
        print("source evaluated")
        return [1, 2]

    g = (v for v in source())
    print("generator made")
    return list(g)


print(first_is_eager(), attempt(lambda: (i for i in 5)), attempt(lambda: [i for i in None]))


def unbound():
    print(later)
    later = 1


def loop_variable():
    for i in range(3):
        pass
    return i


def deleted():
    v = 1
    del v
    return v


print(attempt(unbound), loop_variable(), attempt(deleted), attempt(lambda: undefined), attempt(lambda: [q for q in range(2)] + [q]))
g1 = 1


def reads_global():
    return g1


def writes_local():
    g1 = 2
    return g1


def writes_global():
    global g1, g2
    g1 = 3
    g2 = 4
    return g1


print(reads_global(), writes_local(), g1, writes_global(), g1, g2, "g1" in globals(), globals()["g2"])


def counter():
    count = 0

    def step(by=1):
        nonlocal count
        count += by
        return count

    def peek():
        return count

    return step, peek


step, peek = counter()
other, _ = counter()
print(step(), step(5), peek(), other(), peek())


def nest():
    a = 1

    def middle():
        b = 2

        def innermost():
            nonlocal a
            a += b
            return a, b

        return innermost

    f = middle()
    return f(), f(), a


print(nest())


def late():
    def use():
        return value

    before = attempt(use)
    value = 5
    return before, use()


print(late())


def shadow(list):
    return [v for v in list]


print(shadow("ab"), len([1]))
len_before = len
len = lambda v: "shadowed"
print(len([1]))
del len
print(len([1]), len is len_before)


def locals_and_del():
    a = 1
    b = [2]
    del b[0], a
    return b, attempt(lambda: b[0])


print(locals_and_del())
if (size := len_before("abcd")) > 3:
    print("walrus", size)
print([last := i for i in range(3)], last, [y for i in range(5) if (y := i * 2) > 4], (z := 5) + z)
while (size := size - 1) > 1:
    print(size, end=" ")
print()


def recursive(n):
    return 1 if n < 2 else n * recursive(n - 1)


print(recursive(20), (lambda f, n: f(f, n))(lambda f, n: 1 if n == 0 else n * f(f, n - 1), 5), [recursive(i) for i in range(6)])
for i in range(2):
    for j in range(3):
        if j == 1:
            continue
        if i == 1:
            break
        print(i, j)
    else:
        print("inner went through", i)
else:
    print("outer went through")
n = 0
while n < 3:
    n += 1
    if n == 5:
        break
else:
    print("while went through")
for a, (b, c) in [(1, (2, 3)), (4, "xy")]:
    print(a, b, c)
for data in [{}]:
    data["k"] = 1
target = [0, 0]
for target[0] in range(3):
    pass
for C.attribute in "ab":
    pass
print(target, C.attribute)
