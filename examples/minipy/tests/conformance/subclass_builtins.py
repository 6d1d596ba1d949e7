# Classes that inherit from built-in types.
class L(list):
    def total(self):
        return sum(self)


class Dd(dict):
    def __missing__(self, key):
        self[key] = key * 2
        return self[key]


l = L([1, 2])
l.append(3)
print(l, l.total(), len(l), l == [1, 2, 3], isinstance(l, list))
d = Dd(a=1)
print(d["a"], d["b"], d, d.get("zz"), isinstance(d, dict), len(d))


class E(Exception):
    def __init__(self, code, text="none"):
        super().__init__(text)
        self.code = code


class T(tuple):
    def first(self):
        return self[0]


class Se(set):
    def biggest(self):
        return max(self)


print(E(5).code, str(E(5)), E(5, "x").args, repr(E(1)), T([1, 2]).first(), T("ab"), Se([1, 5]).biggest(), len(Se()))


class Count(dict):
    def __init__(self, items=()):
        super().__init__()
        for item in items:
            self[item] = self[item] + 1

    def __missing__(self, key):
        return 0

    def __repr__(self):
        return "Count" + super().__repr__()

    def __setitem__(self, key, value):
        super().__setitem__(key, value)


c = Count("hello")
print(c, c["zz"], "zz" in c, sorted(c.items()), c.pop("h"), list(c), c == {"e": 1, "l": 2, "o": 1})


class Stack(list):
    def push(self, x):
        self.append(x)
        return self

    def __getitem__(self, i):
        return ("item", super().__getitem__(i))


s = Stack().push(1).push(2)
print(s, s[0], s[-1], [x for x in s], len(s), s + [3], s.__class__.__name__, sorted(s, reverse=True), 2 in s)
