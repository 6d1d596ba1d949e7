# Assignment in all its forms, chained comparison, conditional and boolean expressions, del, evaluation order.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


a, b = 1, 2
a, b = b, a
print(a, b)
(a, b), c = (1, 2), 3
[d, e] = "xy"
f, *g = range(4)
*h, i = "abc"
j, *k, l = [1, 2]
(m, (n, *o)), p = (1, (2, 3, 4)), 5
print(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
x = y = z = []
x.append(1)
print(y, z is x)
q = r, s = 1, 2
print(q, r, s)
t = 1,
u = ()
v = (1, *[2, 3], *(), *"ab")
print(t, u, v, [*v, 5], {*v} == set(v), (*v,), [*range(2)] + [*"c"])


def order(name, value=None):
    print(name, end=" ")
    return value if value is not None else name


class Target:
    def __setitem__(self, k, v):
        print("set", k, v, end=" ")

    def __getitem__(self, k):
        print("get", k, end=" ")
        return 1

    def __setattr__(self, k, v):
        print("attr", k, v, end=" ")


T = Target()
order("target", T)[order("key")] = order("value")
print()
order("t1", T)[order("k1")], order("t2", T).name = order("v1"), order("v2")
print()
order("aug", T)[order("k")] += order("inc", 5)
print()
print({order("k1"): order("v1"), order("k2"): order("v2")}, [order("e1"), order("e2")], order("l", 1) + order("r", 2) * order("s", 3))
print(order("f", max)(order("a", 1), order("b", 2)), order("x", 1) if order("cond", True) else order("y", 2))
print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 > 1, 1 == 1.0 == True, 1 < 2 > 1, 1 != 2 != 1, 1 in [1] == True, (1 in [1]) == True, 1 < 2 in [True], "a" < "b" < "c" <= "c")
print(order("p", 1) < order("q", 2) < order("r", 3), order("p", 5) < order("q", 2) < order("never", 3))
print(0 or "x", "" or 0 or [], 1 and 2, 1 and 0 and 2, not 0, not "a", not not [1], 0 or 1 and 2, (0 or 1) and 2, not 1 == 2, None or {}, 1 or order("never"), 0 and order("never"))
print(1 if 0 else 2 if 0 else 3, (1 if 1 else 2) + 1, [1, 2][0 if a else 1])
print(2 + 3 * 4 - 5 // 2 % 3, -2**2, (-2) ** 2, 2**3**2, 2**-1, not 1 + 1, ~1 + 1, 1 << 2 + 1, 1 | 2 ^ 3 & 4, 5 & 3 == 1, 10 - 5 - 2, 100 / 10 / 2, 2 * 3 % 4, -7 // 2 * 2, +-+1, 1 if not 0 else 2, 3 - -3, - 5 % 3, 5 if 0 else -5)
print(1 is 1, None is None, [] is [], a is not None, "a" not in "b", not "a" in "b")
n = [1, 2, 3]
i = 0
i, n[i] = 2, 9
print(i, n)
n[0], n[1] = n[1], n[0]
print(n)
del n[0], i
print(n, attempt(lambda: i))
m = {"a": 1, "b": 2}
del m["a"]
print(m)


class O:
    pass


o = O()
o.a = o.b = 1
del o.a
print(o.__dict__, attempt(lambda: o.a))
(o.x, o.y), o.z = [1, 2], 3
print(o.x, o.y, o.z)
for o.loop in range(2):
    pass
print(o.loop)
x = 5; y = 6; print(x, y)
if x == 5: print("one line")
else: print("no")
while x > 3: x -= 1
for w in "ab": print(w, end=";")
print()
pass; pass
"an expression statement"
5; [1, 2]; None
line = 1 + \
    2 + \
    3
print(line, (1 +
             2), [
    1,
    2,
], {
    "a": 1,  # a comment
    "b": 2,
})
if (a and
        b):
    print("continued")
def one_line(): return 1
class Short: value = 1; other = 2
print(one_line(), Short.value, Short.other)
print(attempt(lambda: undefined_function()), ..., Ellipsis, __name__, type(...).__name__, NotImplemented)
if __name__ == "__main__":
    print("main")
aug = [1]
alias = aug
aug += [2]
print(alias, aug is alias)
aug = aug + [3]
print(alias, aug is alias)
tup = (1,)
keep = tup
tup += (2,)
print(tup, keep)
locked = ([1],)
def locked_add():
    locked[0] += [2]
print(attempt(locked_add), locked)
def unbound_aug():
    never += 1
print(attempt(unbound_aug))
