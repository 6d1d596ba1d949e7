"""async and await without a loop: what the machinery does."""


class Asks:
    """Awaited, it yields a question and gets the answer."""

    def __init__(self, question):
        self.question = question

    def __await__(self):
        answer = yield self.question
        return answer


def drive(coroutine, answer=lambda question: question * 10):
    step, value = coroutine.send, None
    while True:
        try:
            question = step(value)
        except StopIteration as end:
            return end.value
        try:
            step, value = coroutine.send, answer(question)
        except Exception as error:
            step, value = coroutine.throw, error


def show(label, function, *args):
    try:
        print(label, function(*args))
    except BaseException as error:
        print(label, type(error).__name__, error)


async def simple():
    return 1


async def adds(a, b):
    return await Asks(a) + await Asks(b) ** 2


async def nested(depth):
    return 0 if depth == 0 else 1 + await nested(depth - 1) + await Asks(depth)


print(type(simple()).__name__, repr(adds(1, 2)).startswith("<coroutine object adds at 0x"), adds.__name__, type(adds).__name__)
show("simple", drive, simple())
show("adds", drive, adds(1, 2))
show("nested", drive, nested(5))
show("iterated", iter, simple())
show("next", next, simple())
show("list", list, simple())


async def awaits(thing):
    return await thing


for thing in (1, None, [], (x for x in ()), lambda: 1):
    show("await", drive, awaits(thing))


class Bad:
    def __init__(self, made):
        self.made = made

    def __await__(self):
        return self.made


show("await", drive, awaits(Bad(1)))
show("await", drive, awaits(Bad(simple())))
show("await", drive, awaits(Bad(iter([1, 2]))))
show("await", drive, awaits(Bad(adds(1, 2).__await__())))
once = simple()
show("once", drive, once)
show("twice", drive, once)
show("twice", drive, awaits(once))
show("sent", simple().send, 1)
fresh = adds(1, 2)
print(fresh.close(), fresh.close())
show("closed", drive, fresh)


# ---- exceptions
def refuses(question):
    raise KeyError(question)


async def catches():
    try:
        return await Asks(1)
    except KeyError as error:
        return "caught", error.args, await_free(error.__context__)
    finally:
        print("finally")


def await_free(x):
    return x


async def stops():
    raise StopIteration(1)


async def closes():
    try:
        await Asks(1)
    except GeneratorExit:
        print("exit")
        raise
    finally:
        print("closed")


show("refused", drive, adds(1, 2), refuses)
show("caught", drive, catches(), refuses)
show("through", drive, awaits(catches()), refuses)
show("stops", drive, stops())
waiting = awaits(closes())
print(waiting.send(None))
show("close", waiting.close)


# ---- async with
class Context:
    def __init__(self, name, swallow=False, enter=1):
        self.name, self.swallow, self.question = name, swallow, enter

    async def __aenter__(self):
        print("enter", self.name, await Asks(self.question))
        return self.name

    async def __aexit__(self, kind, error, traceback):
        print("exit", self.name, kind.__name__ if kind else None, await Asks(2))
        return self.swallow


async def uses(how):
    async with Context("a") as a, Context("b", True) as b:
        print("in", a, b)
        if how == "raise":
            raise ValueError("inside")
        if how == "return":
            return await Asks(7)
    for i in range(3):
        async with Context(i):
            if i == 0:
                continue
            if how == "break":
                break
    return "end"


for how in ("plain", "raise", "return", "break"):
    show(how, drive, uses(how))


async def nothing(context):
    async with context:
        pass


async def wrongly(context):
    with context:
        pass


class Half:
    async def __aenter__(self):
        pass


class Plain:
    def __aenter__(self):
        return 1

    def __aexit__(self, *exception):
        return 1


show("none", drive, nothing(1))
show("half", drive, nothing(Half()))
show("plain", drive, nothing(Plain()))
show("wrong", drive, wrongly(Half()))


# ---- async for
class Counts:
    def __init__(self, end):
        self.at, self.end = 0, end

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.at == self.end:
            raise StopAsyncIteration
        self.at += 1
        return await Asks(self.at)


async def loops(end, how):
    total = []
    async for x in Counts(end):
        if how == "continue" and x == 20:
            continue
        if how == "break" and x == 20:
            break
        if how == "return" and x == 20:
            return total
        try:
            total.append(x)
            if how == "raise":
                raise StopAsyncIteration("mine")
        finally:
            total.append("f")
    else:
        total.append("else")
    return total


for how in ("plain", "continue", "break", "return", "raise"):
    show(how, drive, loops(3, how))


async def loop_over(x):
    async for y in x:
        pass


class NoNext:
    def __aiter__(self):
        return 1


class WrongNext:
    def __aiter__(self):
        return self

    def __anext__(self):
        return 1


show("for", drive, loop_over([1]))
show("for", drive, loop_over(NoNext()))
show("for", drive, loop_over(WrongNext()))


# ---- asynchronous generators, comprehensions
async def counts(end):
    try:
        for i in range(end):
            got = yield await Asks(i)
            if got is not None:
                print("got", got)
    finally:
        print("counted")


async def comprehends():
    print([x async for x in counts(3)])
    print({x: y async for x in counts(2) for y in (1, 2) if y > 1})
    print([await Asks(x) for x in range(3) if await Asks(x) != 10])
    print([[y async for y in Counts(x)] for x in range(3)])
    lazy = (x + 1 async for x in counts(2))
    print(type(lazy).__name__, [x async for x in lazy])
    generator = counts(5)
    print(await generator.__anext__(), await generator.asend("sent"))
    try:
        await generator.athrow(ValueError("thrown"))
    except ValueError as error:
        print(error)
    try:
        await generator.__anext__()
    except StopAsyncIteration:
        print("over")
    generator = counts(5)
    await generator.__anext__()
    await generator.aclose()
    left = counts(5)
    async for x in left:
        if x == 20:
            break
    await left.aclose()
    return sum([x async for x in counts(4)])


show("comprehends", drive, comprehends())


async def stops_generator():
    yield 1
    raise StopAsyncIteration


show("stops", drive, loop_over(stops_generator()))


class Methods:
    async def __call__(self):
        return self

    @staticmethod
    async def fixed(x=1, *args, **kwargs):
        return x, args, kwargs

    @classmethod
    async def made(cls):
        return cls.__name__


show("method", drive, Methods.fixed(2, 3, z=4))
show("class", drive, Methods.made())
print(type(drive(Methods()())).__name__)
#%%
async def inner(x):
    return 1 / x


async def outer(x):
    return 1 + await inner(x)


outer(0).send(None)
#%%
await 1
#%%
def f():
    await x
#%%
def f():
    async for x in y:
        pass
#%%
def f():
    async with x:
        pass
#%%
def f():
    return [x async for x in y]
#%%
async def f():
    yield from x
#%%
async def f():
    yield 1
    return 2
#%%
async x = 1
