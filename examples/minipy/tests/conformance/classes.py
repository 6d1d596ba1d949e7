# Classes: attributes, inheritance and its order, super, properties, static and class methods, descriptors.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Animal:
    """An animal."""

    legs = 4
    count = 0

    def __init__(self, name):
        self.name = name
        Animal.count += 1

    def speak(self):
        return self.name + " makes " + self.sound()

    def sound(self):
        return "no sound"

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"


class Dog(Animal):
    def sound(self):
        return "woof"


class Puppy(Dog):
    legs = 3

    def __init__(self, name, age=1):
        super().__init__(name)
        self.age = age

    def sound(self):
        return super().sound() + "?"


a, d, p = Animal("a"), Dog("d"), Puppy("p")
print(a, d, p, [x.speak() for x in (a, d, p)], Animal.count, a.legs, p.legs, Puppy.legs, p.age, Animal.__doc__, Dog.__doc__, Animal.__name__)
print(isinstance(p, Animal), isinstance(a, Dog), issubclass(Puppy, Animal), issubclass(Animal, Dog), isinstance(p, (int, Dog)), issubclass(Dog, Dog), issubclass(bool, int), isinstance(Dog, type), type(p) is Puppy, type(Puppy) is type, Puppy.__bases__ == (Dog,), [c.__name__ for c in Puppy.__mro__])
p.legs = 5
Animal.legs = 6
print(p.legs, d.legs, Puppy.legs, p.__dict__, p.__class__.__name__, sorted(k for k in Dog.__dict__ if not k.startswith("__")))
del p.legs
print(p.legs, attempt(lambda: p.nothing), attempt(lambda: Dog.nothing), attempt(lambda: delattr(p, "zz")), hasattr(p, "age"), getattr(p, "age"), getattr(p, "zz", 7), attempt(getattr, p, "zz"), setattr(p, "zz", 1), p.zz, delattr(p, "zz"), hasattr(p, "zz"))
print(attempt(Animal), attempt(Animal, 1, 2), attempt(Dog.sound), Dog.sound(d), d.speak.__name__, attempt(Puppy, "x", 1, 2), attempt(object, 1), attempt(lambda: Animal("x").speak(1)))
bound = d.speak
d.name = "renamed"
print(bound(), bound.__self__ is d, d.speak == d.speak, Dog.speak is Animal.speak, bound.__func__ is Animal.speak)
d.speak = lambda: "instance function"
print(d.speak(), Dog("e").speak())


class A:
    def who(self):
        return ["A"]


class B(A):
    def who(self):
        return ["B"] + super().who()


class C(A):
    def who(self):
        return ["C"] + super().who()


class D(B, C):
    def who(self):
        return ["D"] + super().who()


print(D().who(), [c.__name__ for c in D.__mro__], B().who(), super(B, D()).who(), super(D, D()).who())


def inconsistent():
    class X(A, B):
        pass


def duplicate():
    class X(A, A):
        pass


def not_a_class():
    class X(5):
        pass


print(attempt(inconsistent), attempt(duplicate), attempt(not_a_class))


class O:
    pass


class E(O):
    pass


class F(O):
    pass


class G(E, F):
    pass


class H(F, O):
    pass


class K(G, H):
    pass


print([c.__name__ for c in K.__mro__])


class Temperature:
    def __init__(self, celsius):
        self.celsius = celsius

    @property
    def celsius(self):
        """In degrees."""
        return self._celsius

    @celsius.setter
    def celsius(self, value):
        if value < -273.15:
            raise ValueError("too cold")
        self._celsius = value

    @celsius.deleter
    def celsius(self):
        print("deleting")
        del self._celsius

    @property
    def fahrenheit(self):
        return self._celsius * 9 / 5 + 32

    @staticmethod
    def convert(f):
        return (f - 32) * 5 / 9

    @classmethod
    def from_fahrenheit(cls, f):
        return cls(cls.convert(f))

    def set_only(self, value):
        self.was = value

    set_only = property(None, set_only)


class Exact(Temperature):
    @property
    def celsius(self):
        return "exactly " + str(super().celsius)

    @celsius.setter
    def celsius(self, value):
        self._celsius = value


t = Temperature(20)
t.celsius = 25
print(t.celsius, t.fahrenheit, attempt(setattr, t, "celsius", -300), attempt(setattr, t, "fahrenheit", 1), Temperature.from_fahrenheit(212).celsius, Temperature.convert(32), t.convert(50), attempt(lambda: t.set_only))
t.set_only = 9
print(t.was, Exact(5).celsius, type(Exact.from_fahrenheit(32)).__name__, Exact.from_fahrenheit(32).celsius, type(Temperature.celsius).__name__, Temperature.celsius.__doc__)
del t.celsius
print(attempt(lambda: t.celsius), attempt(delattr, t, "fahrenheit"))


class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner):
        return self if instance is None else getattr(instance, self.name, 0)

    def __set__(self, instance, value):
        if value <= 0:
            raise ValueError(self.name + " must be positive")
        setattr(instance, self.name, value)


class Box:
    width = Positive()
    height = Positive()

    def __init__(self, width, height):
        self.width, self.height = width, height


box = Box(2, 3)
print(box.width * box.height, attempt(Box, 0, 1), sorted(box.__dict__.items()), type(Box.width).__name__)


class Missing:
    def __init__(self):
        self.there = 1

    def __getattr__(self, name):
        if name.startswith("get_"):
            return lambda: name[4:]
        raise AttributeError("no " + name)


m = Missing()
print(m.there, m.get_something(), attempt(lambda: m.other), hasattr(m, "x"), getattr(m, "y", "default"))


class Recorder:
    def __setattr__(self, name, value):
        print("set", name, value)
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        print("del", name)
        object.__delattr__(self, name)


r = Recorder()
r.x = 1
r.x += 1
del r.x
print(hasattr(r, "x"), attempt(lambda: r.x))


class Singleton:
    instance = None

    def __new__(cls, *args):
        if cls.instance is None:
            cls.instance = super().__new__(cls)
        return cls.instance

    def __init__(self, value=0):
        self.value = value


print(Singleton(1) is Singleton(2), Singleton().value)


class Outer:
    class Inner:
        value = 1

        def get(self):
            return Outer.Inner.value + self.value

    shared = []

    def __init__(self):
        self.inner = Outer.Inner()


o1, o2 = Outer(), Outer()
o1.shared.append(1)
print(o1.inner.get(), o2.shared, Outer.Inner.__name__, Outer.Inner.__qualname__, Outer.__init__.__qualname__)


class Base:
    def template(self):
        return self.step() + self.__secret()

    def __secret(self):
        return " base secret"

    def step(self):
        raise NotImplementedError("subclasses do")


class Concrete(Base):
    def step(self):
        return "step"

    def __secret(self):
        return " other"


print(Concrete().template(), attempt(Base().template), sorted(k for k in Concrete.__dict__ if "secret" in k), attempt(lambda: Base().__secret))
x = 1


class ClassScope:
    x = x + 1
    y = x * 2
    if y > 3:
        z = "conditional"
    for i in range(3):
        pass

    def method(self):
        return x


print(ClassScope.x, ClassScope.y, ClassScope.z, ClassScope.i, ClassScope().method())
Dynamic = type("Dynamic", (Animal,), {"sound": lambda self: "dynamic", "legs": 8})
print(Dynamic("z").speak(), Dynamic.legs, Dynamic.__name__, Dynamic("q"), type("Empty", (), {})().__class__.__name__)
Dog.sound = lambda self: "patched"
print(p.speak(), Dog("n").speak())
p.__class__ = Dog
print(p, p.speak(), isinstance(p, Puppy))
print(vars(o1) == {"inner": o1.inner}, callable(Dog), object() == object(), a == a, a != d, a is a, hash(a) == hash(a), bool(a), {a: 1}[a], repr(object())[:18], repr(Animal), str(Dog), repr(int), repr(type), repr(O())[:21], attempt(lambda: a < d), attempt(lambda: a + 1), attempt(lambda: a[0]), attempt(lambda: len(a)), attempt(lambda: a()), attempt(iter, a), attempt(lambda: 1 in a), attempt(lambda: -a), attempt(setattr, 5, "x", 1), attempt(setattr, object(), "x", 1), attempt(lambda: setattr(a, "__class__", 5)))


class Subclassed:
    subclasses = []

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__()
        Subclassed.subclasses.append((cls.__name__, kwargs))


class S1(Subclassed):
    pass


class S2(S1, option=5):
    pass


print(Subclassed.subclasses)
