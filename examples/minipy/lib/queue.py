"""Queues between threads."""
import heapq as _heapq
import threading
from time import monotonic as _now


class Empty(Exception):
    pass


class Full(Exception):
    pass


class Queue:
    def __init__(self, maxsize=0):
        self.maxsize = maxsize
        self.mutex = threading.Lock()
        self.not_empty = threading.Condition(self.mutex)
        self.not_full = threading.Condition(self.mutex)
        self.all_tasks_done = threading.Condition(self.mutex)
        self.unfinished_tasks = 0
        self._init(maxsize)

    # What the other kinds do otherwise. Two lists, so that either end takes amortised constant time.
    def _init(self, maxsize):
        self._in, self._out = [], []

    def _qsize(self):
        return len(self._in) + len(self._out)

    def _put(self, item):
        self._in.append(item)

    def _get(self):
        if not self._out:
            self._in.reverse()
            self._in, self._out = self._out, self._in
        return self._out.pop()

    def qsize(self):
        with self.mutex:
            return self._qsize()

    def empty(self):
        return self.qsize() == 0

    def full(self):
        return 0 < self.maxsize <= self.qsize()

    def _await(self, condition, ready, block, timeout, otherwise):
        if timeout is not None and timeout < 0 and block:
            raise ValueError("'timeout' must be a non-negative number")
        end = None if timeout is None else _now() + timeout
        while not ready():
            left = None if end is None else end - _now()
            if not block or (left is not None and left <= 0):
                raise otherwise
            condition.wait(left)

    def put(self, item, block=True, timeout=None):
        with self.not_full:
            self._await(self.not_full, lambda: self.maxsize <= 0 or self._qsize() < self.maxsize, block, timeout, Full)
            self._put(item)
            self.unfinished_tasks += 1
            self.not_empty.notify()

    def get(self, block=True, timeout=None):
        with self.not_empty:
            self._await(self.not_empty, self._qsize, block, timeout, Empty)
            item = self._get()
            self.not_full.notify()
            return item

    def put_nowait(self, item):
        self.put(item, False)

    def get_nowait(self):
        return self.get(False)

    def task_done(self):
        with self.all_tasks_done:
            if self.unfinished_tasks <= 0:
                raise ValueError("task_done() called too many times")
            self.unfinished_tasks -= 1
            if self.unfinished_tasks == 0:
                self.all_tasks_done.notify_all()

    def join(self):
        with self.all_tasks_done:
            while self.unfinished_tasks:
                self.all_tasks_done.wait()


class LifoQueue(Queue):
    def _init(self, maxsize):
        self._items = []

    def _qsize(self):
        return len(self._items)

    def _put(self, item):
        self._items.append(item)

    def _get(self):
        return self._items.pop()


class PriorityQueue(LifoQueue):
    def _put(self, item):
        _heapq.heappush(self._items, item)

    def _get(self):
        return _heapq.heappop(self._items)


class SimpleQueue:
    def __init__(self):
        self._queue = Queue()
        self.put_nowait = self.put

    def put(self, item, block=True, timeout=None):
        self._queue.put(item)

    def get(self, block=True, timeout=None):
        return self._queue.get(block, timeout)

    def get_nowait(self):
        return self._queue.get(False)

    def qsize(self):
        return self._queue.qsize()

    def empty(self):
        return self._queue.empty()
