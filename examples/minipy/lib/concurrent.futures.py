"""Calls that run on a pool of threads. `import concurrent.futures` binds `concurrent` to this module, which has itself as `futures`."""
import queue
import sys as _sys
import threading
from time import monotonic as _now

futures = _sys.modules[__name__]

FIRST_COMPLETED = "FIRST_COMPLETED"
FIRST_EXCEPTION = "FIRST_EXCEPTION"
ALL_COMPLETED = "ALL_COMPLETED"


class Error(Exception):
    pass


class CancelledError(Error):
    pass


class InvalidStateError(Error):
    pass


class BrokenExecutor(RuntimeError):
    pass


TimeoutError = TimeoutError


class Future:
    def __init__(self):
        self._condition = threading.Condition()
        self._state = "PENDING"  # RUNNING, CANCELLED, FINISHED
        self._result = self._exception = None
        self._callbacks = []

    def cancel(self):
        with self._condition:
            if self._state in ("RUNNING", "FINISHED"):
                return False
            if self._state == "CANCELLED":
                return True
        return self._end("CANCELLED", None, None, "PENDING")

    def cancelled(self):
        return self._state == "CANCELLED"

    def running(self):
        return self._state == "RUNNING"

    def done(self):
        return self._state in ("CANCELLED", "FINISHED")

    def _wait(self, timeout):
        with self._condition:
            if not self._condition.wait_for(self.done, timeout):
                raise TimeoutError()
            if self._state == "CANCELLED":
                raise CancelledError()

    def result(self, timeout=None):
        self._wait(timeout)
        if self._exception is not None:
            try:
                raise self._exception
            finally:
                self = None
        return self._result

    def exception(self, timeout=None):
        self._wait(timeout)
        return self._exception

    def add_done_callback(self, function):
        with self._condition:
            if not self.done():
                self._callbacks.append(function)
                return
        self._call(function)

    def _call(self, function):
        try:
            function(self)
        except Exception:
            print(f"exception calling callback for {self!r}", file=_sys.stderr)

    def set_running_or_notify_cancel(self):
        with self._condition:
            if self._state == "CANCELLED":
                return False
            if self._state != "PENDING":
                raise RuntimeError("Future in unexpected state")
            self._state = "RUNNING"
            return True

    def set_result(self, result):
        if not self._end("FINISHED", result, None):
            raise InvalidStateError(f"{self._state}: {self!r}")

    def set_exception(self, exception):
        if not self._end("FINISHED", None, exception):
            raise InvalidStateError(f"{self._state}: {self!r}")

    def _end(self, state, result, exception, only=None):
        """False: it was over, or not in the state that it may be ended from."""
        with self._condition:
            if self.done() or (only is not None and self._state != only):
                return False
            self._result, self._exception, self._state = result, exception, state
            callbacks, self._callbacks = self._callbacks, []
            self._condition.notify_all()
        for function in callbacks:
            self._call(function)
        return True


class Executor:
    def submit(self, function, /, *args, **kwargs):
        raise NotImplementedError()

    def map(self, function, *iterables, timeout=None, chunksize=1):
        end = None if timeout is None else _now() + timeout
        calls = [self.submit(function, *args) for args in zip(*iterables)]

        def results():
            try:
                calls.reverse()
                while calls:
                    call = calls.pop()
                    yield call.result(None if end is None else end - _now())
            finally:
                for call in calls:
                    call.cancel()

        return results()

    def shutdown(self, wait=True, *, cancel_futures=False):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.shutdown()
        return False


class ThreadPoolExecutor(Executor):
    _numbers = [0]

    def __init__(self, max_workers=None, thread_name_prefix="", initializer=None, initargs=()):
        if max_workers is None:
            import os
            max_workers = min(32, (os.cpu_count() or 1) + 4)
        if max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._max_workers = max_workers
        self._initializer = initializer
        self._initargs = initargs
        self._calls = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = []
        self._idle = 0
        self._stopped = False
        self._broken = False
        with _pools_lock:
            self._prefix = thread_name_prefix or f"ThreadPoolExecutor-{self._numbers[0]}"
            self._numbers[0] += not thread_name_prefix

    def submit(self, function, /, *args, **kwargs):
        with self._lock:
            if self._broken:
                raise BrokenExecutor("A thread initializer failed, the thread pool is not usable anymore")
            if self._stopped:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if _ended:
                raise RuntimeError("cannot schedule new futures after interpreter shutdown")
            future = Future()
            self._calls.put((future, function, args, kwargs))
            # One that is idle takes it; the number is of those that no call was queued for yet.
            if self._idle > 0:
                self._idle -= 1
            elif len(self._threads) < self._max_workers:
                self._add_thread()
            return future

    def _add_thread(self):
        thread = threading.Thread(target=self._work, name=f"{self._prefix}_{len(self._threads)}")
        self._threads.append(thread)
        with _pools_lock:
            _pools.append((thread, self._calls))
        thread.start()

    def _work(self):
        if self._initializer is not None:
            try:
                self._initializer(*self._initargs)
            except BaseException:
                self._break()
                return
        while True:
            item = self._calls.get()
            if item is None:
                self._calls.put(None)  # for the next
                break
            future, function, args, kwargs = item
            if future.set_running_or_notify_cancel():
                try:
                    result = function(*args, **kwargs)
                except BaseException as exception:
                    future.set_exception(exception)
                else:
                    future.set_result(result)
            del item, future, function, args, kwargs
            result = None
            with self._lock:
                # More calls than idle threads: one of them is for this thread.
                if self._calls.empty():
                    self._idle += 1
        with _pools_lock:
            _pools[:] = [pair for pair in _pools if pair[0] is not threading.current_thread()]

    def _break(self):
        with self._lock:
            self._broken = True
            while not self._calls.empty():
                item = self._calls.get()
                if item is not None:
                    item[0].set_exception(BrokenExecutor("A thread initializer failed, the thread pool is not usable anymore"))

    def shutdown(self, wait=True, *, cancel_futures=False):
        with self._lock:
            self._stopped = True
            if cancel_futures:
                try:
                    while True:
                        item = self._calls.get_nowait()
                        if item is not None:
                            item[0].cancel()
                except queue.Empty:
                    pass
            self._calls.put(None)
        if wait:
            for thread in self._threads:
                thread.join()


def as_completed(fs, timeout=None):
    end = None if timeout is None else _now() + timeout
    waiting = list(dict.fromkeys(fs))
    done = queue.SimpleQueue()
    for future in waiting:
        future.add_done_callback(done.put)
    for number in range(len(waiting)):
        try:
            yield done.get(timeout=None if end is None else max(0, end - _now()))
        except queue.Empty:
            raise TimeoutError(f"{len(waiting) - number} (of {len(waiting)}) futures unfinished") from None


class DoneAndNotDoneFutures(tuple):
    @property
    def done(self):
        return self[0]

    @property
    def not_done(self):
        return self[1]


def wait(fs, timeout=None, return_when=ALL_COMPLETED):
    fs = set(fs)

    def enough(future):
        return return_when == FIRST_COMPLETED or (
            return_when == FIRST_EXCEPTION and not future.cancelled() and future.exception() is not None)

    if not any(future.done() and enough(future) for future in fs):
        try:
            for future in as_completed(fs, timeout):
                if enough(future):
                    break
        except TimeoutError:
            pass
    done = {future for future in fs if future.done()}
    return DoneAndNotDoneFutures((done, fs - done))


_pools_lock = threading.Lock()
_pools = []  # threads of pools, and their queues
_ended = []


def _end():
    with _pools_lock:
        _ended.append(True)
        pools = list(_pools)
    for thread, calls in pools:
        calls.put(None)
    for thread, calls in pools:
        thread.join()


threading._register_atexit(_end)
