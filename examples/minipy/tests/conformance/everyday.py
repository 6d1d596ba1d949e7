# Small programs of everyday kind.
import sys
class Stack:
    def __init__(self): self._items = []
    def push(self, x): self._items.append(x); return self
    def pop(self):
        if not self._items: raise IndexError("pop from empty stack")
        return self._items.pop()
    def __len__(self): return len(self._items)
    def __repr__(self): return f"{type(self).__name__}({self._items})"
    def __iter__(self): return reversed(self._items)
s = Stack().push(1).push(2)
print(s, len(s), list(s), s.pop(), s)
try: Stack().pop()
except IndexError as e: print("error:", e)

def tokenize(src):
    i = 0
    while i < len(src):
        c = src[i]
        if c.isspace(): i += 1; continue
        if c.isdigit():
            j = i
            while j < len(src) and (src[j].isdigit() or src[j] == "."): j += 1
            yield ("num", float(src[i:j]) if "." in src[i:j] else int(src[i:j])); i = j; continue
        if c in "+-*/()^": yield ("op", c); i += 1; continue
        raise SyntaxError(f"bad char {c!r} at {i}")
PREC = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
def rpn(src):
    out, ops = [], []
    for kind, v in tokenize(src):
        if kind == "num": out.append(v)
        elif v == "(": ops.append(v)
        elif v == ")":
            while (top := ops.pop()) != "(": out.append(top)
        else:
            while ops and ops[-1] != "(" and (PREC[ops[-1]] > PREC[v] or PREC[ops[-1]] == PREC[v] and v != "^"): out.append(ops.pop())
            ops.append(v)
    return out + ops[::-1]
OPS = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b, "^": lambda a, b: a ** b}
def ev(src):
    st = []
    for x in rpn(src):
        if isinstance(x, str):
            b, a = st.pop(), st.pop(); st.append(OPS[x](a, b))
        else: st.append(x)
    return st[0]
for e in ("1 + 2 * 3", "(1 + 2) * 3", "2 ^ 3 ^ 2", "7 / 2 - 1.5", "1 / 0", "2 $ 3"):
    try: print(e, "=", ev(e))
    except (ZeroDivisionError, SyntaxError) as x: print(e, "->", type(x).__name__, x)

class Matrix:
    def __init__(self, rows): self.rows = [list(r) for r in rows]
    def __matmul__(self, o): return Matrix([[sum(a * b for a, b in zip(r, c)) for c in zip(*o.rows)] for r in self.rows])
    def __eq__(self, o): return self.rows == o.rows
    def __str__(self): return "\n".join(" ".join(f"{x:4d}" for x in r) for r in self.rows)
    @classmethod
    def identity(cls, n): return cls([[int(i == j) for j in range(n)] for i in range(n)])
    def __pow__(self, n):
        r, b = Matrix.identity(len(self.rows)), self
        while n:
            if n & 1: r = r @ b
            b, n = b @ b, n >> 1
        return r
print(Matrix([[1, 1], [1, 0]]) ** 30)
def primes(n):
    sieve = [True] * (n + 1); sieve[:2] = [False] * 2
    for i in range(2, int(n ** .5) + 1):
        if sieve[i]: sieve[i * i::i] = [False] * len(range(i * i, n + 1, i))
    return [i for i, p in enumerate(sieve) if p]
print(primes(60))
def perms(xs): return [[]] if not xs else [[x] + p for i, x in enumerate(xs) for p in perms(xs[:i] + xs[i + 1:])]
print(len(perms(list("abcd"))), perms([1, 2, 3]))
from collections import deque, Counter, defaultdict
graph = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}
def bfs(s):
    seen, q = {s}, deque([s])
    while q:
        n = q.popleft(); yield n
        for m in graph[n]:
            if m not in seen: seen.add(m); q.append(m)
print(*bfs("a"), sep="->")
def topo():
    deg = Counter(m for ms in graph.values() for m in ms); ready = [n for n in graph if not deg[n]]; out = []
    while ready:
        n = ready.pop(); out.append(n)
        for m in graph[n]:
            deg[m] -= 1
            if not deg[m]: ready.append(m)
    return out
print(topo())
class Node:
    def __init__(self, k, v, l=None, r=None): self.k, self.v, self.l, self.r = k, v, l, r
class Tree:
    root = None
    def __setitem__(self, k, v):
        if self.root is None: self.root = Node(k, v); return
        n = self.root
        while True:
            if k == n.k: n.v = v; return
            side = "l" if k < n.k else "r"
            if getattr(n, side) is None: setattr(n, side, Node(k, v)); return
            n = getattr(n, side)
    def items(self, n="root"):
        n = self.root if n == "root" else n
        if n: yield from self.items(n.l); yield n.k, n.v; yield from self.items(n.r)
t = Tree()
for w in "the quick brown fox jumps over the lazy dog".split(): t[w] = len(w)
print(list(t.items()), dict(t.items()))
text = "one two three two one two"
freq = {}
for w in text.split(): freq[w] = freq.get(w, 0) + 1
for w, n in sorted(freq.items(), key=lambda kv: (-kv[1], kv[0])): print(f"{w:<8}{n:>3}{'*' * n:>6}")
def collatz(n):
    steps = 0
    while n != 1: n = n // 2 if n % 2 == 0 else 3 * n + 1; steps += 1
    return steps
print(max(range(1, 1000), key=collatz))
def hanoi(n, a="A", b="B", c="C"): return 0 if n == 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)
print(hanoi(8))
class Account:
    count = 0
    def __init__(self, owner, balance=0): self.owner, self.balance = owner, balance; type(self).count += 1; self.log = []
    def withdraw(self, n):
        if n > self.balance: raise InsufficientFunds(self.balance, n)
        self.balance -= n; self.log.append(("w", n))
class InsufficientFunds(Exception):
    def __init__(self, have, need): super().__init__(f"have {have}, need {need}"); self.short = need - have
a = Account("x", 10)
try: a.withdraw(3); a.withdraw(100)
except InsufficientFunds as e: print(e, e.short, a.log, Account.count)
print(json := {"a": [1, 2.5, None, True, {"b": "c\n"}]})
def dump(o, ind=0):
    pad = "  " * ind
    if isinstance(o, dict): return "{\n" + ",\n".join(f'{pad}  "{k}": {dump(v, ind + 1)}' for k, v in o.items()) + "\n" + pad + "}"
    if isinstance(o, (list, tuple)): return "[" + ", ".join(dump(v, ind + 1) for v in o) + "]"
    if o is None: return "null"
    if isinstance(o, bool): return str(o).lower()
    if isinstance(o, str): return '"' + o.replace("\n", "\\n") + '"'
    return repr(o)
print(dump(json))
def bisect(a, x):
    lo, hi = 0, len(a)
    while lo < hi:
        mid = (lo + hi) // 2
        if a[mid] < x: lo = mid + 1
        else: hi = mid
    return lo
print([bisect([1, 3, 5, 7], x) for x in range(9)])
print("".join(chr((ord(c) - 97 + 13) % 26 + 97) if c.islower() else c for c in "Hello, World"), sum(int(d) for d in str(2 ** 100)), "racecar" == "racecar"[::-1])
queue = [(3, "c"), (1, "a"), (2, "b")]
while queue: queue.sort(reverse=True); print(queue.pop(), end=" ")
print(); print(*[["X" if (i + j) % 2 else "O" for j in range(3)] for i in range(3)], sep="\n", end="!\n", file=sys.stdout)
x = 10
def scope():
    global x
    x += 1
    def inner(): return x
    return inner()
print(scope(), x); del x
try: print(x)
except NameError as e: print(e)
print([(lambda n: n * f)(2) for f in range(3)], (lambda *a, **k: (a, k))(1, b=2), [i for i in range(10) if i % 2 if i > 3], {(i, j) for i in range(2) for j in range(i)}, [[j for j in range(i)] for i in range(3)], [y := 5, y ** 2])
def ann(a: int, b: "str" = "x") -> bool: z: int = 3; return z
print(ann.__annotations__, ann(1))
if (n := len("abc")) > 2: print(n)
while n: n -= 1
else: print("done")
for c in "ab": pass
else: print(c)
print(1 if [] else 2, not 0, 1 and 2, 0 or "x", None or 0, 1 < 2 < 3 > 2 != 5, 1 in [1] == True)
i = 0
def nexti(): global i; i += 1; return i
print({nexti(): nexti() for _ in range(2)}, nexti() < nexti() < nexti(), [nexti(), nexti()])
lst = [1, 2, 3]; lst[0], lst[1] = lst[1], lst[0]; a = b = lst; a += [4]; print(lst, a is b); k = (1, [2]); 
try: k[1] += [3]
except TypeError as e: print(e, k)
print("a" "b" 'c', """tri
ple""", r"\n", "\x41\u00e9\101\t|", f"{'nested'!r:>10}{{}}", "con" \
 "t")
print(len({1: 2}), min([3, 1], default=0), min([], default=9), max("abc", key=lambda c: -ord(c)), sum(range(101)), pow(2, 10, 1000), abs(-3.5), round(3.14159, 2), sorted({"b": 1, "a": 2}), list(reversed(range(3))), hex(255), bin(5), oct(8), chr(97), ord("a"), callable(len), type(1).__name__, isinstance("", str), all([1, 0]), any([0, 1]), bool([]), repr("a"), eval("1 + 2") if 0 else 3)
