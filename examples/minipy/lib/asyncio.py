"""Tasks on one thread, which take turns where they await: the loop, futures, tasks, what they wait by, and calls on a pool of threads."""
import concurrent.futures as _pools
import heapq as _heapq
import queue as _queue
import _thread
import threading as _threading
import time as _time

FIRST_COMPLETED = _pools.FIRST_COMPLETED
FIRST_EXCEPTION = _pools.FIRST_EXCEPTION
ALL_COMPLETED = _pools.ALL_COMPLETED
TimeoutError = TimeoutError


class CancelledError(BaseException):
    pass


class InvalidStateError(Exception):
    pass


class QueueEmpty(Exception):
    pass


class QueueFull(Exception):
    pass


async def _nothing():
    pass


_sample = _nothing()
_coroutine = type(_sample)
_sample.close()
_running = _threading.local()  # .loop


def iscoroutine(thing):
    return isinstance(thing, _coroutine)


def isfuture(thing):
    return isinstance(thing, Future)


# ---- the loop ------------------------------------------------------------------------------------------


class Handle:
    def __init__(self, function, args):
        self._function, self._args = function, args
        self._cancelled = False

    def cancel(self):
        self._cancelled = True
        self._function = self._args = None

    def cancelled(self):
        return self._cancelled

    def _run(self):
        if self._cancelled:
            return
        try:
            self._function(*self._args)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            _thread._print_exception(f"Exception in callback {self._function!r}", error)


class TimerHandle(Handle):
    def __init__(self, when, function, args):
        Handle.__init__(self, function, args)
        self._when = when

    def when(self):
        return self._when

    def __lt__(self, other):
        return self._when < other._when


class EventLoop:
    def __init__(self):
        self._ready = []
        self._timers = []
        self._calls = _queue.SimpleQueue()  # from other threads
        self._tasks = {}
        self._task = None  # that runs now
        self._pool = None
        self._stopping = self._closed = False

    def time(self):
        return _time.monotonic()

    def call_soon(self, function, *args, context=None):
        self._check_closed()
        handle = Handle(function, args)
        self._ready.append(handle)
        return handle

    def call_soon_threadsafe(self, function, *args, context=None):
        self._check_closed()
        handle = Handle(function, args)
        self._calls.put(handle)
        return handle

    def call_at(self, when, function, *args, context=None):
        self._check_closed()
        handle = TimerHandle(when, function, args)
        _heapq.heappush(self._timers, handle)
        return handle

    def call_later(self, delay, function, *args, context=None):
        return self.call_at(self.time() + delay, function, *args)

    def create_future(self):
        return Future(loop=self)

    def create_task(self, coroutine, *, name=None, context=None):
        self._check_closed()
        return Task(coroutine, loop=self, name=name)

    def run_in_executor(self, executor, function, *args):
        self._check_closed()
        if executor is None:
            if self._pool is None:
                self._pool = _pools.ThreadPoolExecutor(thread_name_prefix="asyncio")
            executor = self._pool
        return wrap_future(executor.submit(function, *args), loop=self)

    def _check_closed(self):
        if self._closed:
            raise RuntimeError("Event loop is closed")

    def _turn(self):
        while self._timers and self._timers[0]._cancelled:
            _heapq.heappop(self._timers)
        timeout = None
        if self._ready or self._stopping:
            timeout = 0
        elif self._timers:
            timeout = max(0, self._timers[0]._when - self.time())
        try:
            if timeout != 0 or not self._calls.empty():
                self._ready.append(self._calls.get(timeout != 0, timeout))
                while True:
                    self._ready.append(self._calls.get(False))
        except _queue.Empty:
            pass
        end = self.time()
        while self._timers and self._timers[0]._when <= end:
            self._ready.append(_heapq.heappop(self._timers))
        ready, self._ready = self._ready, []
        for handle in ready:
            handle._run()

    def run_forever(self):
        self._check_closed()
        if _get_running() is not None:
            raise RuntimeError("Cannot run the event loop while another loop is running")
        _running.loop = self
        try:
            while True:
                self._turn()
                if self._stopping:
                    break
        finally:
            self._stopping = False
            _running.loop = None

    def run_until_complete(self, awaitable):
        future = ensure_future(awaitable, loop=self)
        future.add_done_callback(self._stop_for)
        try:
            self.run_forever()
        finally:
            future.remove_done_callback(self._stop_for)
        if not future.done():
            raise RuntimeError("Event loop stopped before Future completed.")
        return future.result()

    def _stop_for(self, future):
        self.stop()

    def stop(self):
        self._stopping = True

    def is_running(self):
        return _get_running() is self

    def is_closed(self):
        return self._closed

    def close(self):
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        self._closed = True
        self._ready.clear()
        self._timers.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=False)

    async def shutdown_asyncgens(self):
        pass

    async def shutdown_default_executor(self):
        if self._pool is not None:
            self._pool.shutdown()


def _get_running():
    return getattr(_running, "loop", None)


def get_running_loop():
    loop = _get_running()
    if loop is None:
        raise RuntimeError("no running event loop")
    return loop


def new_event_loop():
    return EventLoop()


def set_event_loop(loop):
    _running.default = loop


def get_event_loop():
    loop = _get_running() or getattr(_running, "default", None)
    if loop is None:
        loop = _running.default = EventLoop()
    return loop


def run(main, *, debug=None):
    if _get_running() is not None:
        raise RuntimeError("asyncio.run() cannot be called from a running event loop")
    if not iscoroutine(main):
        raise ValueError(f"a coroutine was expected, got {main!r}")
    loop = EventLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        left = all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


# ---- futures and tasks ---------------------------------------------------------------------------------


class Future:
    def __init__(self, *, loop=None):
        self._loop = get_event_loop() if loop is None else loop
        self._state = "PENDING"  # CANCELLED, FINISHED
        self._result = self._exception = self._message = None
        self._callbacks = []

    def get_loop(self):
        return self._loop

    def done(self):
        return self._state != "PENDING"

    def cancelled(self):
        return self._state == "CANCELLED"

    def cancel(self, msg=None):
        if self._state != "PENDING":
            return False
        self._message = msg
        self._end("CANCELLED")
        return True

    def _cancelled_error(self):
        return CancelledError() if self._message is None else CancelledError(self._message)

    def result(self):
        if self._state == "CANCELLED":
            raise self._cancelled_error()
        if self._state != "FINISHED":
            raise InvalidStateError("Result is not set.")
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self):
        if self._state == "CANCELLED":
            raise self._cancelled_error()
        if self._state != "FINISHED":
            raise InvalidStateError("Exception is not set.")
        return self._exception

    def set_result(self, result):
        if self._state != "PENDING":
            raise InvalidStateError("invalid state")
        self._result = result
        self._end("FINISHED")

    def set_exception(self, exception):
        if self._state != "PENDING":
            raise InvalidStateError("invalid state")
        if isinstance(exception, type):
            exception = exception()
        if type(exception) is StopIteration:
            raise TypeError("StopIteration interacts badly with generators and cannot be raised into a Future")
        self._exception = exception
        self._end("FINISHED")

    def _end(self, state):
        self._state = state
        callbacks, self._callbacks = self._callbacks, []
        for function in callbacks:
            self._loop.call_soon(function, self)

    def add_done_callback(self, function, *, context=None):
        if self._state != "PENDING":
            self._loop.call_soon(function, self)
        else:
            self._callbacks.append(function)

    def remove_done_callback(self, function):
        kept = [each for each in self._callbacks if each != function]
        removed = len(self._callbacks) - len(kept)
        self._callbacks = kept
        return removed

    def __await__(self):
        if self._state == "PENDING":
            yield self
        if self._state == "PENDING":
            raise RuntimeError("await wasn't used with future")
        return self.result()

    __iter__ = __await__

    def _info(self):
        if self._state != "FINISHED":
            return self._state.lower()
        if self._exception is not None:
            return f"finished exception={self._exception!r}"
        return f"finished result={self._result!r}"

    def __repr__(self):
        return f"<{type(self).__name__} {self._info()}>"


class Task(Future):
    _made = 0

    def __init__(self, coroutine, *, loop=None, name=None, context=None):
        Future.__init__(self, loop=loop)
        if not iscoroutine(coroutine):
            raise TypeError(f"a coroutine was expected, got {coroutine!r}")
        if name is None:
            Task._made += 1
            name = f"Task-{Task._made}"
        self._name = str(name)
        self._coroutine = coroutine
        self._awaits = None
        self._must_cancel = False
        self._cancels = 0
        self._loop._tasks[self] = None
        self._loop.call_soon(self._step)

    def get_name(self):
        return self._name

    def set_name(self, name):
        self._name = str(name)

    def get_coro(self):
        return self._coroutine

    def set_result(self, result):
        raise RuntimeError("Task does not support set_result operation")

    def set_exception(self, exception):
        raise RuntimeError("Task does not support set_exception operation")

    def cancel(self, msg=None):
        if self._state != "PENDING":
            return False
        self._cancels += 1
        if self._awaits is not None and self._awaits.cancel(msg=msg):
            return True
        self._must_cancel = True
        self._message = msg
        return True

    def cancelling(self):
        return self._cancels

    def uncancel(self):
        if self._cancels > 0:
            self._cancels -= 1
        return self._cancels

    def _step(self, error=None):
        if self._must_cancel:
            if not isinstance(error, CancelledError):
                error = self._cancelled_error()
            self._must_cancel = False
        self._awaits = None
        loop = self._loop
        outer, loop._task = loop._task, self
        try:
            if error is None:
                item = self._coroutine.send(None)
            else:
                item = self._coroutine.throw(error)
        except StopIteration as end:
            if self._must_cancel:  # asked for by the coroutine itself, in its last step
                self._must_cancel = False
                self._leave("CANCELLED")
            else:
                self._result = end.value
                self._leave("FINISHED")
        except CancelledError as cancelled:
            self._message = cancelled.args[0] if cancelled.args else None
            self._leave("CANCELLED")
        except (KeyboardInterrupt, SystemExit) as failure:
            self._exception = failure
            self._leave("FINISHED")
            raise
        except BaseException as failure:
            self._exception = failure
            self._leave("FINISHED")
        else:
            self._await(item)
        finally:
            loop._task = outer

    def _leave(self, state):
        self._loop._tasks.pop(self, None)
        self._end(state)

    def _await(self, item):
        if item is None:
            self._loop.call_soon(self._step)
        elif item is self:
            self._loop.call_soon(self._step, RuntimeError(f"Task cannot await on itself: {self!r}"))
        elif isinstance(item, Future):
            item.add_done_callback(self._wake)
            self._awaits = item
            if self._must_cancel and item.cancel(msg=self._message):
                self._must_cancel = False
        else:
            self._loop.call_soon(self._step, RuntimeError(f"Task got bad yield: {item!r}"))

    def _wake(self, future):
        self._step(future._cancelled_error() if future._state == "CANCELLED" else future._exception)

    def __repr__(self):
        return f"<Task {self._info()} name={self._name!r}>"


def create_task(coroutine, *, name=None, context=None):
    return get_running_loop().create_task(coroutine, name=name)


def current_task(loop=None):
    return (get_running_loop() if loop is None else loop)._task


def all_tasks(loop=None):
    return set(get_running_loop()._tasks if loop is None else loop._tasks)


def ensure_future(thing, *, loop=None):
    if isinstance(thing, Future):
        return thing
    if not iscoroutine(thing):
        if not hasattr(type(thing), "__await__"):
            raise TypeError("An asyncio.Future, a coroutine or an awaitable is required")
        thing = _await(thing)
    return (get_event_loop() if loop is None else loop).create_task(thing)


async def _await(thing):
    return await thing


def wrap_future(future, *, loop=None):
    """Of a pool's future."""
    loop = get_event_loop() if loop is None else loop
    made = loop.create_future()

    def take():
        if made.done():
            return
        if future.cancelled():
            made.cancel()
        elif future.exception() is not None:
            made.set_exception(future.exception())
        else:
            made.set_result(future.result())

    def tell(done):
        if not loop._closed:
            loop.call_soon_threadsafe(take)

    future.add_done_callback(tell)
    made.add_done_callback(lambda done: done.cancelled() and future.cancel())
    return made


async def to_thread(function, /, *args, **kwargs):
    return await get_running_loop().run_in_executor(None, lambda: function(*args, **kwargs))


def run_coroutine_threadsafe(coroutine, loop):
    future = _pools.Future()

    def take(task):
        if task.cancelled():
            future.cancel()
        elif task.exception() is not None:
            future.set_exception(task.exception())
        else:
            future.set_result(task.result())

    loop.call_soon_threadsafe(lambda: ensure_future(coroutine, loop=loop).add_done_callback(take))
    return future


# ---- waiting for several, or not for ever --------------------------------------------------------------


class _Turn:
    def __await__(self):
        yield


async def sleep(delay, result=None):
    if delay <= 0:
        await _Turn()
        return result
    loop = get_running_loop()
    future = loop.create_future()
    handle = loop.call_later(delay, _finish, future, result)
    try:
        return await future
    finally:
        handle.cancel()


def _finish(future, result=None):
    if not future.done():
        future.set_result(result)


class _Gathering(Future):
    """Of several: to cancel it cancels them, and it ends when they have."""

    def __init__(self, children, loop):
        Future.__init__(self, loop=loop)
        self._children = children
        self._asked = False

    def cancel(self, msg=None):
        if self.done():
            return False
        any_cancelled = False
        for child in self._children:
            if child.cancel(msg=msg):
                any_cancelled = True
        if any_cancelled:
            self._asked, self._message = True, msg
        return any_cancelled


def gather(*awaitables, return_exceptions=False):
    loop = _get_running()
    known = {}
    children = []
    for each in awaitables:
        if each not in known:
            known[each] = ensure_future(each, loop=each.get_loop() if isfuture(each) else loop)
        loop = known[each].get_loop()
        children.append(known[each])
    if not children:
        loop = get_event_loop() if loop is None else loop
        outer = loop.create_future()
        outer.set_result([])
        return outer
    outer = _Gathering(children, loop)
    left = [len(known)]

    def ended(child):
        left[0] -= 1
        if outer.done():
            return
        if not return_exceptions:
            if child.cancelled():
                outer.set_exception(child._cancelled_error())
                return
            if child.exception() is not None:
                outer.set_exception(child.exception())
                return
        if left[0] == 0:
            if outer._asked:
                outer.set_exception(outer._cancelled_error())
            else:
                outer.set_result([_outcome(each) for each in children])

    for child in known.values():
        child.add_done_callback(ended)
    return outer


def _outcome(future):
    if future.cancelled():
        return future._cancelled_error()
    return future._result if future._exception is None else future._exception


def shield(awaitable):
    inner = ensure_future(awaitable)
    if inner.done():
        return inner
    outer = inner.get_loop().create_future()

    def ended(done):
        if outer.cancelled():
            return
        if done.cancelled():
            outer.cancel()
        elif done.exception() is not None:
            outer.set_exception(done.exception())
        else:
            outer.set_result(done.result())

    inner.add_done_callback(ended)
    outer.add_done_callback(lambda done: inner.remove_done_callback(ended))
    return outer


async def wait_for(awaitable, timeout):
    if timeout is None:
        return await awaitable
    loop = get_running_loop()
    future = ensure_future(awaitable, loop=loop)
    if timeout <= 0:
        if not future.done():
            await _cancel_and_wait(future)
        return _in_time(future)
    waiter = loop.create_future()
    handle = loop.call_later(timeout, _finish, waiter)

    def ended(done):
        _finish(waiter)

    future.add_done_callback(ended)
    try:
        try:
            await waiter
        except CancelledError:
            if future.done():
                return future.result()
            future.remove_done_callback(ended)
            await _cancel_and_wait(future)
            raise
        if future.done():
            return future.result()
        future.remove_done_callback(ended)
        await _cancel_and_wait(future)
        return _in_time(future)
    finally:
        handle.cancel()


def _in_time(future):
    try:
        return future.result()
    except CancelledError as error:
        raise TimeoutError() from error


async def _cancel_and_wait(future):
    waiter = future.get_loop().create_future()

    def ended(done):
        _finish(waiter)

    future.add_done_callback(ended)
    try:
        future.cancel()
        await waiter
    finally:
        future.remove_done_callback(ended)


class Timeout:
    """What timeout() makes."""

    def __init__(self, when):
        self._when = when
        self._expired = False
        self._handle = None

    def when(self):
        return self._when

    def expired(self):
        return self._expired

    def reschedule(self, when):
        self._when = when
        if self._handle is not None:
            self._handle.cancel()
        if when is not None:
            self._handle = get_running_loop().call_at(when, self._expire)

    def _expire(self):
        self._task.cancel()
        self._expired = True

    async def __aenter__(self):
        self._task = current_task()
        self._before = self._task.cancelling()
        self.reschedule(self._when)
        return self

    async def __aexit__(self, kind, error, traceback):
        if self._handle is not None:
            self._handle.cancel()
        if self._expired and self._task.uncancel() <= self._before and kind is CancelledError:
            raise TimeoutError from error


def timeout(delay):
    return Timeout(None if delay is None else get_running_loop().time() + delay)


def timeout_at(when):
    return Timeout(when)


async def wait(fs, *, timeout=None, return_when=ALL_COMPLETED):
    fs = set(fs)
    if not fs:
        raise ValueError("Set of Tasks/Futures is empty.")
    if any(iscoroutine(each) for each in fs):
        raise TypeError("Passing coroutines is forbidden, use tasks explicitly.")
    loop = get_running_loop()
    left = [sum(not each.done() for each in fs)]
    waiter = loop.create_future()

    def enough(done):
        return left[0] == 0 or return_when == FIRST_COMPLETED or (
            return_when == FIRST_EXCEPTION and not done.cancelled() and done.exception() is not None)

    def ended(done):
        left[0] -= 1
        if enough(done):
            _finish(waiter)

    if left[0] and not any(each.done() and enough(each) for each in fs):
        handle = None if timeout is None else loop.call_later(timeout, _finish, waiter)
        for each in fs:
            if not each.done():
                each.add_done_callback(ended)
        try:
            await waiter
        finally:
            if handle is not None:
                handle.cancel()
            for each in fs:
                each.remove_done_callback(ended)
    done = {each for each in fs if each.done()}
    return done, fs - done


def as_completed(fs, *, timeout=None):
    loop = get_event_loop()
    done = Queue()
    waiting = {ensure_future(each, loop=loop) for each in set(fs)}
    handle = None

    def late():
        for each in waiting:
            each.remove_done_callback(ended)
            done.put_nowait(None)
        waiting.clear()

    def ended(future):
        if future in waiting:
            waiting.discard(future)
            done.put_nowait(future)
            if not waiting and handle is not None:
                handle.cancel()

    async def following():
        future = await done.get()
        if future is None:
            raise TimeoutError
        return future.result()

    for each in waiting:
        each.add_done_callback(ended)
    if waiting and timeout is not None:
        handle = loop.call_later(timeout, late)
    for _ in range(len(waiting)):
        yield following()


# ---- what tasks wait by --------------------------------------------------------------------------------


class _Waiters:
    """Futures of those that wait, first come first."""

    def _wait(self):
        if not hasattr(self, "_waiters"):
            self._waiters = []
        future = get_running_loop().create_future()
        self._waiters.append(future)
        return future

    async def _until(self, future):
        """Until it is done; it waits no more then, however it ends."""
        try:
            await future
        finally:
            self._waiters.remove(future)

    def _wake(self, n=1):
        for future in getattr(self, "_waiters", ()):
            if n == 0:
                break
            if not future.done():
                future.set_result(True)
                n -= 1


class _Held(_Waiters):
    async def __aenter__(self):
        await self.acquire()
        return None

    async def __aexit__(self, kind, error, traceback):
        self.release()


class Lock(_Held):
    def __init__(self):
        self._locked = False
        self._waiters = []

    def locked(self):
        return self._locked

    async def acquire(self):
        if not self._locked and all(each.cancelled() for each in self._waiters):
            self._locked = True
            return True
        try:
            await self._until(self._wait())
        except CancelledError:
            if not self._locked:
                self._wake_first()
            raise
        self._locked = True
        return True

    def _wake_first(self):
        for future in self._waiters[:1]:
            if not future.done():
                future.set_result(True)

    def release(self):
        if not self._locked:
            raise RuntimeError("Lock is not acquired.")
        self._locked = False
        self._wake_first()


class Event(_Waiters):
    def __init__(self):
        self._flag = False
        self._waiters = []

    def is_set(self):
        return self._flag

    def set(self):
        if not self._flag:
            self._flag = True
            self._wake(-1)

    def clear(self):
        self._flag = False

    async def wait(self):
        if self._flag:
            return True
        await self._until(self._wait())
        return True


class Condition(_Held):
    def __init__(self, lock=None):
        self._lock = Lock() if lock is None else lock
        self.locked, self.acquire, self.release = self._lock.locked, self._lock.acquire, self._lock.release
        self._waiters = []

    async def wait(self):
        if not self.locked():
            raise RuntimeError("cannot wait on un-acquired lock")
        self.release()
        try:
            await self._until(self._wait())
            return True
        finally:
            cancelled = None
            while True:
                try:
                    await self.acquire()
                    break
                except CancelledError as error:
                    cancelled = error
            if cancelled is not None:
                raise cancelled

    async def wait_for(self, predicate):
        result = predicate()
        while not result:
            await self.wait()
            result = predicate()
        return result

    def notify(self, n=1):
        if not self.locked():
            raise RuntimeError("cannot notify on un-acquired lock")
        self._wake(n)

    def notify_all(self):
        self.notify(len(self._waiters))


class Semaphore(_Held):
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("Semaphore initial value must be >= 0")
        self._value = value
        self._waiters = []

    def locked(self):
        return self._value == 0 or any(not each.cancelled() for each in self._waiters)

    async def acquire(self):
        if not self.locked():
            self._value -= 1
            return True
        future = self._wait()
        try:
            await self._until(future)
        except CancelledError:
            if not future.cancelled():
                self._value += 1
                self._next()
            raise
        if self._value > 0:
            self._next()
        return True

    def _next(self):
        for future in self._waiters:
            if not future.done():
                self._value -= 1
                future.set_result(True)
                return

    def release(self):
        self._value += 1
        self._next()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        self._most = value
        super().__init__(value)

    def release(self):
        if self._value >= self._most:
            raise ValueError("BoundedSemaphore released too many times")
        super().release()


class Queue(_Waiters):
    def __init__(self, maxsize=0):
        self._maxsize = maxsize
        self._getters, self._putters, self._all_done = _Waiters(), _Waiters(), Event()
        self._all_done.set()
        self._unfinished = 0
        self._items = self._new()

    def _new(self):
        return _queue.Queue()

    def _store(self, item):
        self._items._put(item)

    @property
    def maxsize(self):
        return self._maxsize

    def qsize(self):
        return self._items._qsize()

    def empty(self):
        return self.qsize() == 0

    def full(self):
        return 0 < self._maxsize <= self.qsize()

    async def _await(self, waiters, blocked):
        while blocked():
            future = waiters._wait()
            try:
                await future
            except BaseException:
                future.cancel()
                if not blocked() and not future.cancelled():
                    waiters._wake()
                raise
            finally:
                waiters._waiters.remove(future)

    async def put(self, item):
        await self._await(self._putters, self.full)
        return self.put_nowait(item)

    def put_nowait(self, item):
        if self.full():
            raise QueueFull
        self._store(item)
        self._unfinished += 1
        self._all_done.clear()
        self._getters._wake()

    async def get(self):
        await self._await(self._getters, self.empty)
        return self.get_nowait()

    def get_nowait(self):
        if self.empty():
            raise QueueEmpty
        item = self._items._get()
        self._putters._wake()
        return item

    def task_done(self):
        if self._unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self._unfinished -= 1
        if self._unfinished == 0:
            self._all_done.set()

    async def join(self):
        if self._unfinished > 0:
            await self._all_done.wait()


class PriorityQueue(Queue):
    def _new(self):
        return _queue.PriorityQueue()


class LifoQueue(Queue):
    def _new(self):
        return _queue.LifoQueue()
