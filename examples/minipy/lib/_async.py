"""What the interpreter needs of coroutines and asynchronous generators, when a program has them."""


def iterate(coroutine):
    """A coroutine's __await__."""
    step, value = coroutine.send, None
    while True:
        try:
            item = step(value)
        except StopIteration as end:
            return end.value
        try:
            step, value = coroutine.send, (yield item)
        except GeneratorExit:
            coroutine.close()
            raise
        except BaseException as error:
            step, value = coroutine.throw, error


class _Passes:
    """Hands what a generator awaits on to the loop."""

    def __init__(self, item):
        self._item = item

    def __await__(self):
        return (yield self._item)


class async_generator:
    """Of a generator that yields its items in cells; what it yields besides is awaited."""

    def __init__(self, generator):
        self._generator = generator
        self._busy = False
        self.__name__ = generator.__name__
        self.__qualname__ = generator.__qualname__

    def __aiter__(self):
        return self

    def __anext__(self):
        return self._step("__anext__", self._generator.send, None)

    def asend(self, value):
        return self._step("asend", self._generator.send, value)

    def athrow(self, kind, value=None, traceback=None):
        return self._step("athrow", self._generator.throw, kind if value is None else value)

    async def aclose(self):
        try:
            await self._step("aclose", self._generator.throw, GeneratorExit())
        except (StopAsyncIteration, GeneratorExit):
            return
        raise RuntimeError("async generator ignored GeneratorExit")

    async def _step(self, name, step, value):
        if self._busy:
            raise RuntimeError(f"{name}(): asynchronous generator is already running")
        self._busy = True
        try:
            while True:
                item = step(value)
                if type(item) is _cell:
                    return item.cell_contents
                try:
                    step, value = self._generator.send, await _Passes(item)
                except BaseException as error:
                    step, value = self._generator.throw, error
        except StopIteration:
            raise StopAsyncIteration from None
        finally:
            self._busy = False

    def __repr__(self):
        return f"<async_generator object {self.__qualname__} at {hex(id(self))}>"


_cell = type((lambda x: lambda: x)(0).__closure__[0])
