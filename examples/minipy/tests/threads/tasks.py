"""asyncio: tasks, what they wait for, and calls on threads. The output does not depend on how fast anything is."""
import asyncio
import threading
import time


def show(*values):
    print(*values, flush=True)


async def says(name, turns, log):
    for turn in range(turns):
        log.append((name, turn))
        await asyncio.sleep(0)
    return name


async def order():
    log = []
    show(await asyncio.gather(*(says(name, 3, log) for name in "abc")))
    show(log)
    task = asyncio.create_task(says("t", 1, log), name="named")
    show(task.get_name(), task.done(), len(asyncio.all_tasks()), asyncio.current_task() is task)
    show(await task, task.done(), task.result(), task.exception(), task.cancelled())
    event = asyncio.Event()
    show([await each for each in asyncio.as_completed([after(event), before(event)])])
    done, pending = await asyncio.wait([asyncio.create_task(late(0, 1)), asyncio.create_task(late(60, 2))], return_when=asyncio.FIRST_COMPLETED)
    show(len(done), len(pending), [each.result() for each in done])
    for each in pending:
        each.cancel()


async def late(delay, result):
    await asyncio.sleep(delay)
    if isinstance(result, Exception):
        raise result
    return result


async def before(event):
    event.set()
    return 1


async def after(event):
    await event.wait()
    return 2


async def failures():
    try:
        await asyncio.gather(late(0, 1), late(0, ValueError("first")), late(0, KeyError("second")))
    except ValueError as error:
        show("gathered", repr(error))
    show(await asyncio.gather(late(0, 1), late(0, ValueError("kept")), return_exceptions=True))
    for wrong in (lambda: asyncio.run(late(0, 1)), lambda: asyncio.create_task(1), lambda: asyncio.ensure_future(1), lambda: asyncio.Future().result()):
        try:
            result = wrong()
        except Exception as error:
            show(type(error).__name__)
    future = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda done: show("called back", done is future))
    future.set_result(5)
    show(await future, await future, repr(future))
    try:
        future.set_result(6)
    except asyncio.InvalidStateError as error:
        show(error)


async def patient(log, swallow=False):
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError as error:
        log.append(("cancelled", error.args))
        if swallow:
            return "stayed"
        raise
    finally:
        log.append("finally")


async def early_end(task):
    return [type(each).__name__ for each in await asyncio.gather(task, return_exceptions=True)]


async def cancelling():
    log = []
    for swallow in (False, True):
        task = asyncio.create_task(patient(log, swallow))
        await asyncio.sleep(0)
        show(task.cancel("why"), task.done())
        try:
            show(await task)
        except asyncio.CancelledError as error:
            show("cancelled", error.args, task.cancelled())
    show(log)
    early = asyncio.create_task(patient(log))
    early.cancel()
    show(await early_end(early), early.cancelled(), early.cancel())
    whole = asyncio.gather(patient(log), patient(log))
    await asyncio.sleep(0)
    show(whole.cancel())
    try:
        await whole
    except asyncio.CancelledError:
        show("all of them", log.count("finally"))
    try:
        await asyncio.wait_for(patient(log), 0.001)
    except asyncio.TimeoutError as error:
        show("timeout", repr(error), type(error.__cause__).__name__)
    show(await asyncio.wait_for(late(0, "in time"), 60), await asyncio.wait_for(late(0, 1), None))
    try:
        async with asyncio.timeout(0.001) as limit:
            await asyncio.sleep(1000)
    except TimeoutError:
        show("too long", limit.expired())
    inner = asyncio.create_task(late(0.001, "shielded"))
    try:
        await asyncio.wait_for(asyncio.shield(inner), 0)
    except asyncio.TimeoutError:
        show(inner.cancelled(), await inner)


async def waiting():
    lock, event, queue = asyncio.Lock(), asyncio.Event(), asyncio.Queue(2)
    log, inside = [], 0

    async def enters(me):
        nonlocal inside
        async with lock:
            inside += 1
            await asyncio.sleep(0)
            log.append((me, inside))
            inside -= 1

    await asyncio.gather(*(enters(me) for me in range(3)))
    show(log, lock.locked())

    async def produces():
        for i in range(5):
            await queue.put(i)
            log.append(("put", i))
        event.set()

    async def consumes(me):
        while True:
            item = await queue.get()
            log.append((me, item))
            queue.task_done()

    log.clear()
    consumers = [asyncio.create_task(consumes(me)) for me in range(2)]
    await asyncio.gather(produces(), event.wait())
    await queue.join()
    for each in consumers:
        each.cancel()
    show(log, queue.qsize(), queue.empty(), event.is_set())
    show([type(each).__name__ for each in await asyncio.gather(*consumers, return_exceptions=True)])
    semaphore, most = asyncio.Semaphore(2), [0, 0]

    async def limited():
        async with semaphore:
            most[0] += 1
            most[1] = max(most)
            await asyncio.sleep(0)
            most[0] -= 1

    await asyncio.gather(*(limited() for _ in range(6)))
    show(most)
    condition, turn = asyncio.Condition(), [0]

    async def takes_turn(me):
        for _ in range(2):
            async with condition:
                await condition.wait_for(lambda: turn[0] % 3 == me)
                log.append(me)
                turn[0] += 1
                condition.notify_all()

    log.clear()
    await asyncio.gather(*(takes_turn(me) for me in (2, 0, 1)))
    show(log)
    heap = asyncio.PriorityQueue()
    for item in (3, 1, 2):
        heap.put_nowait(item)
    show([heap.get_nowait() for _ in range(3)])
    try:
        heap.get_nowait()
    except asyncio.QueueEmpty:
        show("empty")
    try:
        lock.release()
    except RuntimeError as error:
        show(error)


def squares(n):
    return sum(i * i for i in range(n))


def fails():
    raise ValueError("on a thread")


async def threads():
    loop = asyncio.get_running_loop()
    main = threading.get_ident()
    show(await asyncio.to_thread(lambda: threading.get_ident() == main), await asyncio.to_thread(squares, 100))
    show(await asyncio.gather(*(asyncio.to_thread(squares, n) for n in range(0, 800, 100))))
    try:
        await asyncio.to_thread(fails)
    except ValueError as error:
        show(error)
    came = asyncio.Event()
    threading.Thread(target=lambda: loop.call_soon_threadsafe(came.set)).start()
    show(await came.wait())
    other = await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(late(0, "from a thread"), loop).result())
    show(other)
    show(await asyncio.gather(*(asyncio.to_thread(asyncio.run, order_of(me)) for me in range(8))))


async def order_of(me):
    """A loop of each thread's own."""
    log = []
    await asyncio.gather(*(says(name, 2, log) for name in "xy"))
    return me, len(log), log[0]


for main in (order, failures, cancelling, waiting, threads):
    asyncio.run(main())
try:
    asyncio.get_running_loop()
except RuntimeError as error:
    show(error)


async def broken():
    await asyncio.gather(late(0, 1), deep(3))


async def deep(n):
    await asyncio.sleep(0)
    if n:
        await deep(n - 1)
    raise LookupError("uncaught")


asyncio.run(broken())
