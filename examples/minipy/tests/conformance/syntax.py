print("never printed"
#%%
x = (1, 2]
#%%
def f()
    pass
#%%
if x = 1:
    pass
#%%
x = 5 +
#%%
print("unterminated)
#%%
x = '''never
closed
#%%
def f():
pass
#%%
if True:
    x = 1
      y = 2
#%%
if True:
        x = 1
    y = 2
#%%
return 5
#%%
break
#%%
for i in range(3):
    def f():
        continue
#%%
1 = x
#%%
f() = 1
#%%
def f(a, a):
    pass
#%%
def f(a=1, b):
    pass
#%%
f(a=1, 2)
#%%
f(**k, *a)
#%%
f(a=1, a=2)
#%%
x = 1
def f():
    x = 2
    global x
#%%
def f():
    nonlocal y
#%%
class C:
    yield 1
#%%
x = yield 1
#%%
a b
#%%
x = 1 2
#%%
)
#%%
x = $
#%%
x = 0x
#%%
x = 12abc
#%%
x = 007
#%%
import
#%%
from x import
#%%
try:
    x = 1
y = 2
#%%
else:
    pass
#%%
lambda: (yield) = 1
#%%
x = [1, 2
y = 3
#%%
while True print(1)
#%%
class:
    pass
#%%
del f()
#%%
(a, b) += 1
#%%
None = 1
#%%
True = 1
#%%
def None():
    pass
#%%
x = {1: 2, 3}
#%%
x = f"{"
#%%
x = f"{}"
#%%
x = f"}"
#%%
*a = 1
#%%
*a, *b = x
#%%
x = a if b
#%%
assert
#%%
raise from x
#%%
@
def f(): pass
#%%
for in x:
    pass
#%%
with open(x) as 5:
    pass
#%%
print "hello"
#%%
x = a ? b : c
#%%
i++
#%%
if True:
#%%
def f():
    x = 1
	y = 2
#%%
not = 1
#%%
x = (yield
#%%
nonlocal x
#%%
except ValueError:
    pass
#%%
a, b = 1,, 2
#%%
x = !y
#%%
for i in range(3) print(i)
#%%
if x == 1 and:
    pass
#%%
x.1 = 3
#%%
"a" = 1
#%%
x + 1 = 2
#%%
[a, 1] = x
#%%
def f(*):
    pass
#%%
def f(*, **k):
    pass
#%%
def f(**k, a):
    pass
#%%
try:
    pass
except:
    pass
except ValueError:
    pass
