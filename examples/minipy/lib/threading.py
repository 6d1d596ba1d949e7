"""Threads and what they wait by, on _thread's locks (../thread.c)."""
import _thread
import sys as _sys
import time as _time

Lock = _thread.allocate_lock
RLock = _thread.RLock
get_ident = _thread.get_ident
get_native_id = _thread.get_native_id
TIMEOUT_MAX = 9000000000.0

_registry = _thread.allocate_lock()  # guards what follows
_threads = {}  # by ident: those that run
_made = 0  # threads without a name of their own
_at_exit = []


def _take_number():
    global _made
    with _registry:
        _made += 1
        return _made


class Condition:
    """Who waits makes a lock, takes it, queues it, and takes it again: a notify releases it."""

    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self.acquire = self._lock.acquire
        self.release = self._lock.release
        self._waiters = []

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, *exception):
        return self._lock.__exit__(*exception)

    def _is_owned(self):
        if hasattr(self._lock, "_is_owned"):
            return self._lock._is_owned()
        if self._lock.acquire(False):
            self._lock.release()
            return False
        return True

    def _release_save(self):
        if hasattr(self._lock, "_release_save"):
            return self._lock._release_save()
        self._lock.release()

    def _acquire_restore(self, state):
        if hasattr(self._lock, "_acquire_restore"):
            self._lock._acquire_restore(state)
        else:
            self._lock.acquire()

    def wait(self, timeout=None):
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        waiter = Lock()
        waiter.acquire()
        self._waiters.append(waiter)
        state = self._release_save()
        notified = False
        try:
            if timeout is None:
                notified = waiter.acquire()
            else:
                notified = waiter.acquire(True, timeout) if timeout > 0 else waiter.acquire(False)
            return notified
        finally:
            self._acquire_restore(state)
            if not notified and waiter in self._waiters:
                self._waiters.remove(waiter)

    def wait_for(self, predicate, timeout=None):
        end = None if timeout is None else _time.monotonic() + timeout
        result = predicate()
        while not result:
            left = None if end is None else end - _time.monotonic()
            if left is not None and left <= 0:
                break
            self.wait(left)
            result = predicate()
        return result

    def notify(self, n=1):
        if not self._is_owned():
            raise RuntimeError("cannot notify on un-acquired lock")
        woken, self._waiters = self._waiters[:n], self._waiters[n:]
        for waiter in woken:
            waiter.release()

    def notify_all(self):
        self.notify(len(self._waiters))


class Event:
    def __init__(self):
        self._condition = Condition(Lock())
        self._flag = False

    def is_set(self):
        return self._flag

    def set(self):
        with self._condition:
            self._flag = True
            self._condition.notify_all()

    def clear(self):
        with self._condition:
            self._flag = False

    def wait(self, timeout=None):
        with self._condition:
            return self._flag or self._condition.wait_for(lambda: self._flag, timeout)


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._condition = Condition(Lock())
        self._value = value

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        with self._condition:
            if not self._condition.wait_for(lambda: self._value > 0, timeout if blocking else 0):
                return False
            self._value -= 1
            return True

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._condition:
            self._check(n)
            self._value += n
            self._condition.notify(n)

    def _check(self, n):
        pass

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exception):
        self.release()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._most = value

    def _check(self, n):
        if self._value + n > self._most:
            raise ValueError("Semaphore released too many times")


class BrokenBarrierError(RuntimeError):
    pass


class Barrier:
    """A round fills, until all are here, then drains, until all have left; then the next may fill."""

    def __init__(self, parties, action=None, timeout=None):
        self._condition = Condition(Lock())
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._state = "filling"  # draining, resetting, broken
        self._count = 0

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._count if self._state == "filling" else 0

    @property
    def broken(self):
        return self._state == "broken"

    def wait(self, timeout=None):
        timeout = self._timeout if timeout is None else timeout
        with self._condition:
            self._condition.wait_for(lambda: self._state not in ("draining", "resetting"))
            if self._state == "broken":
                raise BrokenBarrierError
            index = self._count
            self._count += 1
            try:
                if index + 1 == self._parties:
                    self._open()
                else:
                    self._stay(timeout)
                return index
            finally:
                self._count -= 1
                if self._count == 0 and self._state in ("draining", "resetting"):
                    self._state = "filling"
                    self._condition.notify_all()

    def _open(self):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._break()
            raise
        self._state = "draining"
        self._condition.notify_all()

    def _stay(self, timeout):
        if not self._condition.wait_for(lambda: self._state != "filling", timeout):
            self._break()
        if self._state != "draining":
            raise BrokenBarrierError

    def _break(self):
        self._state = "broken"
        self._condition.notify_all()

    def reset(self):
        with self._condition:
            if self._count > 0:
                if self._state in ("filling", "broken"):
                    self._state = "resetting"
            else:
                self._state = "filling"
            self._condition.notify_all()

    def abort(self):
        with self._condition:
            self._break()


class local:
    """Attributes that each thread has for itself: in a dict, which goes with the thread or with the object's key."""

    def __init__(self, *args, **kwargs):
        if (args or kwargs) and type(self).__init__ is local.__init__:
            raise TypeError("Initialization arguments are not supported")

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        object.__setattr__(self, "_local_key", _thread._local_key())
        object.__setattr__(self, "_local_args", (args, kwargs))
        _thread._local_new(self._local_key)
        return self

    def _local_names(self):
        names = _thread._local_get(self._local_key)
        if names is None:
            names = _thread._local_new(self._local_key)
            args, kwargs = self._local_args
            self.__init__(*args, **kwargs)
        return names

    def __getattribute__(self, name):
        if name[:6] == "_local":
            return object.__getattribute__(self, name)
        names = self._local_names()
        if name == "__dict__":
            return names
        if name in names:
            return names[name]
        return object.__getattribute__(self, name)

    def __setattr__(self, name, value):
        self._local_names()[name] = value

    def __delattr__(self, name):
        names = self._local_names()
        if name not in names:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        del names[name]


class ExceptHookArgs:
    def __init__(self, args):
        self.exc_type, self.exc_value, self.exc_traceback, self.thread = args


def excepthook(args):
    if args.exc_type is SystemExit:
        return
    name = args.thread.name if args.thread is not None else get_ident()
    _thread._print_exception(f"Exception in thread {name}:", args.exc_value)


__excepthook__ = excepthook


class Thread:
    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        assert group is None, "group argument must be None for now"
        if name is None:
            name = f"Thread-{_take_number()}"
            if target is not None and hasattr(target, "__name__"):
                name += f" ({target.__name__})"
        self._name = str(name)
        self._target = target
        self._args = args
        self._kwargs = {} if kwargs is None else kwargs
        self._daemonic = current_thread().daemon if daemon is None else bool(daemon)
        self._ident = self._native = None
        self._state = "initial"  # started, stopped
        self._running = Lock()  # taken from the start to the end
        self._here = Lock()  # taken from the start until it runs

    def start(self):
        if not hasattr(self, "_state"):
            raise RuntimeError("thread.__init__() not called")
        with _registry:
            if self._state != "initial":
                raise RuntimeError("threads can only be started once")
            self._state = "started"
        self._running.acquire()
        self._here.acquire()
        try:
            _thread.start_new_thread(self._bootstrap, (), None, self._daemonic)
        except BaseException:
            self._state = "initial"
            self._running.release()
            self._here.release()
            raise
        self._here.acquire()

    def _bootstrap(self):
        self._ident = get_ident()
        self._native = get_native_id()
        _thread._set_current(self)
        with _registry:
            _threads[self._ident] = self
        self._here.release()
        try:
            self.run()
        except SystemExit:
            pass
        except BaseException as exception:
            excepthook(ExceptHookArgs((type(exception), exception, exception.__traceback__, self)))
        finally:
            with _registry:
                del _threads[self._ident]
            self._state = "stopped"
            self._running.release()

    def run(self):
        try:
            if self._target is not None:
                self._target(*self._args, **self._kwargs)
        finally:
            del self._target, self._args, self._kwargs

    def join(self, timeout=None):
        if self._state == "initial":
            raise RuntimeError("cannot join thread before it is started")
        if self is current_thread():
            raise RuntimeError("cannot join current thread")
        if self._running.acquire(True, -1 if timeout is None else max(timeout, 0)):
            self._running.release()

    def is_alive(self):
        return self._state == "started"

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, name):
        self._name = str(name)

    @property
    def ident(self):
        return self._ident

    @property
    def native_id(self):
        return self._native

    @property
    def daemon(self):
        return self._daemonic

    @daemon.setter
    def daemon(self, daemonic):
        if self._state != "initial":
            raise RuntimeError("cannot set daemon status of active thread")
        self._daemonic = daemonic

    def getName(self):
        return self.name

    def setName(self, name):
        self.name = name

    def isDaemon(self):
        return self.daemon

    def setDaemon(self, daemonic):
        self.daemon = daemonic

    def __repr__(self):
        daemonic = " daemon" if self._daemonic else ""
        ident = "" if self._ident is None else f" {self._ident}"
        return f"<{type(self).__name__}({self._name}, {self._state}{daemonic}{ident})>"


class _Present(Thread):
    """A thread that is here already: the main one, or one that _thread has started."""

    def __init__(self, name, daemon):
        self._name = name
        self._daemonic = daemon
        self._state = "started"
        self._ident = get_ident()
        self._native = get_native_id()
        self._running = Lock()
        self._running.acquire()
        _thread._set_current(self)
        with _registry:
            _threads[self._ident] = self


class _MainThread(_Present):
    pass


class _DummyThread(_Present):
    def is_alive(self):
        return True

    def join(self, timeout=None):
        raise RuntimeError("cannot join a dummy thread")


class Timer(Thread):
    def __init__(self, interval, function, args=None, kwargs=None):
        Thread.__init__(self)
        self.interval = interval
        self.function = function
        self.args = () if args is None else args
        self.kwargs = {} if kwargs is None else kwargs
        self.finished = Event()

    def cancel(self):
        self.finished.set()

    def run(self):
        self.finished.wait(self.interval)
        if not self.finished.is_set():
            self.function(*self.args, **self.kwargs)
        self.finished.set()


def current_thread():
    return _thread._current() or _DummyThread(f"Dummy-{_take_number()}", True)


def main_thread():
    return _main


def enumerate():
    with _registry:
        return list(_threads.values())


def active_count():
    with _registry:
        return len(_threads)


def _register_atexit(function, *args):
    _at_exit.append((function, args))


def _shutdown():
    """Before the program's end waits for its threads."""
    while _at_exit:
        function, args = _at_exit.pop()
        function(*args)
    _main._state = "stopped"
    _main._running.release()


_main = _MainThread("MainThread", False)
