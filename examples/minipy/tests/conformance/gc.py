# Objects die when nothing names them; cycles die some time.
log = []


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def take():
    result = log[:]
    log.clear()
    return result


a = Noisy("a")
b = a
del a
print(take())
del b
print(take())
a = Noisy("replaced")
a = Noisy("second")
print(take())
a = None
print(take())


def local():
    x = Noisy("local")
    return 5


local()
print(take())
items = [Noisy("i1"), Noisy("i2")]
items.pop()
print(take())
items = {"k": Noisy("value")}
print(take())
items["k"] = 1
print(take())
Noisy("temporary")
print(take())
Noisy("attribute").name.upper()
print(take())


class Holder:
    pass


h = Holder()
h.held = Noisy("held")
del h
print(take())
try:
    x = Noisy("in exception")
    raise ValueError(x)
except ValueError:
    x = None
print(take())


def generator():
    x = Noisy("in generator")
    yield 1
    yield 2


g = generator()
next(g)
del g
print(take())
closure = (lambda n: lambda: n)(Noisy("captured"))
del closure
print(take())
for n in (Noisy(i) for i in range(3)):
    pass
del n
print(take())


class Resurrects:
    saved = []

    def __del__(self):
        Resurrects.saved.append(self)


r = Resurrects()
r.mark = 1
del r
print(len(Resurrects.saved), Resurrects.saved[0].mark)
died = 0


class Node:
    def __init__(self):
        self.me = self
        self.items = [self, {"self": self}, (self,)]
        self.method = self.walk
        self.function = lambda: self

    def walk(self):
        return self

    def __del__(self):
        global died
        died += 1


for _ in range(30000):
    Node()
print(died > 10000)


def deep(n):
    chain = None
    for _ in range(n):
        chain = [chain]
    return chain


d = deep(200000)
del d
print("a deep chain died")
t = ()
for _ in range(100000):
    t = (t,)
del t


class Link:
    def __init__(self, next):
        self.next = next


link = None
for _ in range(100000):
    link = Link(link)
link = None
print("and another")
x = []
x.append(x)
y = {}
y["y"] = y
del x, y


class SelfClass:
    pass


SelfClass.me = SelfClass
SelfClass.instance = SelfClass()
del SelfClass


def make_cycle_of_generators():
    def g():
        me = holder
        yield me
        yield me

    holder = []
    running = g()
    holder.append(running)
    next(running)


for _ in range(1000):
    make_cycle_of_generators()
print("cycles made")
log = None
Noisy.__del__ = lambda self: None
