# Methods and operators of strings.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


print('single', "double", '''three
lines''', "a" 'b' "c", r"raw\n", "tab\there", "nul\0end", "\x41\u00e9\U0001F600\101", 'it\'s', "say \"hi\"", "back\\slash", "con\
tinued")
for s in ["", "a", "it's", 'say "hi"', "both ' and \"", "\n\t\r\\", "\x00\x1f\x7f", "é", "\u20ac", "\U0001F600", "\xa0\xad", "\u200b", "a\u0301"]:
    print(repr(s), len(s), ascii(s), [s], s == s + "")
s = "Hello, World"
print(s[0], s[-1], s[1:4], s[:5], s[7:], s[::2], s[::-1], s[-5:-1], s[5:2], s[100:], s[-100:3], s[10:0:-3], s[slice(1, 3)])
print(attempt(lambda: s[12]), attempt(lambda: s[-13]), attempt(lambda: s["a"]), attempt(lambda: s[::0]))
print(s + "!", s * 2, 2 * s, s * 0, s * -1, "World" in s, "world" in s, "" in s, "z" not in s, attempt(lambda: 1 in s))
print("a" < "b", "a" < "B", "abc" < "abd", "ab" < "abc", "" < "a", "é" > "z", "\U0001F600" > "\uffff", "a" == "a", "a" != "b", "10" < "9")
print(s.upper(), s.lower(), s.swapcase(), s.title(), "hello world".capitalize(), "ß".upper(), "ÉÀ".lower(), "straße".casefold(), "they're bill's".title())
print(s.find("o"), s.find("o", 5), s.find("z"), s.rfind("o"), s.index("W"), s.rindex("l"), s.count("l"), s.count(""), s.find("", 3), s.find("l", -3), s.count("o", 5, 9))
print(attempt(s.index, "z"), attempt(s.rindex, "z"), attempt(s.find, 1))
print(s.startswith("Hell"), s.startswith("ello", 1), s.endswith("ld"), s.endswith(("x", "d")), s.startswith(()), s.startswith(("a", "He")), s.endswith("World", 0, 5))
print(s.replace("l", "L"), s.replace("l", "", 1), s.replace("", "-"), s.replace("xyz", "a"), "aaa".replace("aa", "b"), s.replace("o", "00", -1))
for t in ["a,b,,c", "", ",", "  spaced   out  ", "one\ntwo\r\nthree", "x"]:
    print(t.split(","), t.split(), t.split(",", 1), t.rsplit(",", 1), t.rsplit(), t.split(None, 1), t.rsplit(None, 1), t.splitlines(), t.splitlines(True), t.partition(","), t.rpartition(","))
print(attempt("a".split, ""), attempt("a".partition, ""), attempt("a".split, 1), "1<>2<>3".split("<>"), "a b".split(sep=" "), "a b c".split(maxsplit=1))
print("-".join(["a", "b", "c"]), "".join([]), ", ".join("xyz"), "-".join(("only",)), attempt("-".join, [1]), attempt("-".join, ["a", None]), "-".join(str(i) for i in range(5)), attempt("-".join, 5))
print("  x ".strip() + "|", "  x ".lstrip() + "|", "  x ".rstrip() + "|", "xxaxx".strip("x"), "xyaxy".strip("yx"), "xxa".lstrip("x"), "axx".rstrip("x"), "\t\n a \u2003".strip() + "|")
print("7".zfill(3), "-7".zfill(4), "+7".zfill(4), "abc".zfill(2), "a".center(5) + "|", "ab".center(5, "*"), "a".ljust(4, ".") + "|", "a".rjust(4) + "|", "abc".center(6, "-"), "abcd".ljust(2), attempt("a".center, 5, "ab"))
for t in ["abc", "ABC", "Abc", "abc1", "123", "12.3", "", " ", "a b", "Hello World", "é", "²", "½", "_x", "1x", "\t\n"]:
    print(repr(t), t.isalpha(), t.isdigit(), t.isalnum(), t.isspace(), t.isupper(), t.islower(), t.istitle(), t.isdecimal(), t.isnumeric(), t.isidentifier(), t.isascii())
print(ord("a"), ord("é"), ord("\U0001F600"), chr(97), chr(233), chr(0x1F600), attempt(ord, "ab"), attempt(ord, ""), attempt(chr, -1), attempt(chr, 0x110000), attempt(chr, "a"))
print(list("añb"), tuple("ab"), set("aaa"), sorted("hello"), "".join(reversed("abc")), max("hello"), min("hello"), [c for c in "xyz"], list(enumerate("ab")), list(zip("ab", "cd")))
print("a\tb\tc".expandtabs(), "a\tb".expandtabs(4), "prefix-x".removeprefix("prefix-"), "x.py".removesuffix(".py"), "x".removeprefix("y"))
print("hello".translate({104: "J", 101: None, 108: 76}), "abc".translate(str.maketrans("ab", "xy")), "abc".translate(str.maketrans("ab", "xy", "c")), str.maketrans({"a": 1}))
print(str(1), str(None), str([1, "a"]), str(True), str(), repr("x"), str("x"), str(1.0), str(print)[:9])
print("{} {}".format(1, 2), "{1} {0}".format("a", "b"), "{x} {y!r}".format(x=1, y="q"), "{:>5}|{:<5}|{:^5}|".format(1, 2, 3), "{0[1]} {1.real}".format([1, 2], 5), "{{}}".format(), "{:{}}".format(3, 5), "{0:{w}.{p}f}".format(2.5, w=8, p=3))
print(attempt("{}".format), attempt("{x}".format), attempt("{".format), attempt("{0} {}".format, 1), attempt("}".format), attempt("{:d}".format, "a"))
print(hash("abc") == hash("ab" + "c"), "abc" is not None, {"ab" + "c": 1}["abc"], len("a" * 100000), ("ab" * 3).count("ba"), attempt(len, 5), attempt(lambda: "a" - "b"), attempt(lambda: "a" + 1), attempt(lambda: "a" + None), attempt(lambda: "a" * "b"))
s = "ab"
s += "cd"
s *= 2
print(s, "é" * 3, "日本語"[1], len("日本語"), "日本語"[::-1], "日本語".find("語"), "a日b".split("日"), "x".join("日本"), "日本" in "日本語", "日" < "本")
text = "".join(chr(c) for c in range(32, 127))
print(text, text.upper().count("A"), text.isprintable(), "\n".isprintable())
def modify():
    t = "a"
    t[0] = "b"
print(attempt(modify), attempt(lambda: "abc".nothing), attempt(lambda: "abc".upper(1)), attempt(lambda: "a".join()))
print(str.upper("abc"), str.join("-", ["a", "b"]), list(map(str.strip, [" a ", "b "])), sorted(["b", "A", "c"], key=str.lower), "abc".__len__(), "abc".__contains__("b"), "abc".__add__("d"), str.__name__)
print("\x00\t".splitlines(), "a\x85b\u2028c\r\nd\re\n\nf".splitlines(True), "\r\n".splitlines(), "".splitlines(), "a\n".splitlines())
for text in ("x ^= 1.5", "x <<= 2.0", "x @= 3", "x |= 0.5"):
    x = 6
    try:
        if text[2] == "^":
            x ^= 1.5
        elif text[2] == "<":
            x <<= 2.0
        elif text[2] == "@":
            x @= 3
        else:
            x |= 0.5
    except TypeError as error:
        print(error)
