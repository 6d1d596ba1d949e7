"""Special methods that a base class gets, or loses, after its subclasses were made."""


class Base:
    pass


class Middle(Base):
    pass


class Last(Middle):
    def __init__(self):
        self.own = 1


def show(label, thing):
    try:
        print(label, thing())
    except Exception as error:
        print(label, type(error).__name__, error)


def look(o):
    return o.own, o.other


o = Last()
for turn in range(3):
    show("nothing", lambda: look(o))
Base.__getattr__ = lambda self, name: "made " + name
for turn in range(3):
    show("__getattr__", lambda: look(o))
    show("getattr", lambda: getattr(o, "third", None))
del Base.__getattr__
show("without", lambda: look(o))


def noted(self, name, value):
    print("set", name)
    object.__setattr__(self, name, value)


def write(o):
    o.own = 2
    o.own += 1
    return o.own


show("store", lambda: write(o))
Middle.__setattr__ = noted
show("__setattr__", lambda: write(o))
del Middle.__setattr__
show("without", lambda: write(o))
Middle.__delattr__ = lambda self, name: print("delete", name)
del o.own
show("__delattr__", lambda: o.own)
del Middle.__delattr__
Base.__getattribute__ = lambda self, name: "got " + name
show("__getattribute__", lambda: look(o))
del Base.__getattribute__
show("without", lambda: o.own)


def make(cls, *args):
    print("new", cls.__name__)
    return object.__new__(cls)


Base.__new__ = make
show("__new__", lambda: type(Last()).__name__)


class Quiet(Base):
    pass


def make_and_lose():
    quiet = Quiet()
    quiet = None
    return "over"


show("no __del__", make_and_lose)
Base.__del__ = lambda self: print("del", type(self).__name__)
show("__del__", make_and_lose)
del Base.__del__
show("without", make_and_lose)


class Mistake(Exception):
    pass


class Small(Mistake):
    pass


Mistake.__getattr__ = lambda self, name: name
show("exception", lambda: Small("x").code)


# sort with a key that changes the list, and leaves it as long as it was
def change_by(what):
    numbers = [3, 1, 2]

    def key(number):
        try:
            what(numbers)
        except IndexError:
            numbers.append(0)
            numbers.pop()
        return number

    numbers.sort(key=key)
    return numbers


show("append and pop", lambda: change_by(lambda numbers: (numbers.append(1), numbers.pop())))
show("store", lambda: change_by(lambda numbers: numbers.__setitem__(0, 7)))
show("read", lambda: change_by(lambda numbers: len(numbers)))
