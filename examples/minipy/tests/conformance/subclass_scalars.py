# Classes that inherit from str, int and float.
class S(str):
    def shout(self):
        return self.upper() + "!"


class I(int):
    def __add__(self, o):
        return I(int(self) + o * 100)


class Fl(float):
    pass


print(S("abc").shout(), S("a") + "b", len(S("xyz")), S("k") == "k", {S("k"): 1}["k"])
print(I(5) + 1, I(5) * 2, I(7), I(3) == 3)
print(Fl(1.5) + 1)
