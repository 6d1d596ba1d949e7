"""Martin Richards' simulation of an operating system's kernel: tasks of four kinds pass packets to each other through
queues. What it measures is calls of methods and attributes of objects.

    richards.py [ROUNDS]
"""

import sys

IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
FOR_DEVICE, FOR_WORKER = range(2)

PACKET_SIZE = 4
IDLE_COUNT = 1000


class Packet:
    def __init__(self, link, to, kind):
        self.link = link
        self.to = to
        self.kind = kind
        self.number = 0
        self.letters = [0] * PACKET_SIZE

    def append_to(self, queue):
        """The queue with this packet at its end."""
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    """Waits, is held, has packets: any combination; what it does when it runs is the subclass's `step`."""

    def __init__(self, kernel, name, priority, queue, waits=True):
        self.kernel = kernel
        self.name = name
        self.priority = priority
        self.queue = queue
        self.waits = waits
        self.held = False
        self.has_packet = queue is not None
        kernel.add(self)

    def step(self, packet):
        raise NotImplementedError(type(self).__name__)

    def cannot_run(self):
        return self.held or (self.waits and not self.has_packet)

    def run(self):
        packet = None
        if self.waits and self.has_packet:
            packet = self.queue
            self.queue = packet.link
            self.waits = False
            self.has_packet = self.queue is not None
        return self.step(packet)

    def wait(self):
        self.waits = True
        return self

    def accept(self, packet, running):
        """Who runs next, now that this task got a packet."""
        if self.queue is None:
            self.queue = packet
            self.has_packet = True
            if self.priority > running.priority:
                return self
        else:
            packet.append_to(self.queue)
        return running


class IdleTask(Task):
    def __init__(self, kernel, name, priority, count):
        self.control = 1
        self.count = count
        super().__init__(kernel, name, priority, None, waits=False)

    def step(self, packet):
        self.count -= 1
        if self.count == 0:
            return self.kernel.hold(self)
        if self.control & 1 == 0:
            self.control >>= 1
            return self.kernel.release(DEVICE_A)
        self.control = (self.control >> 1) ^ 0xD008
        return self.kernel.release(DEVICE_B)


class WorkTask(Task):
    def __init__(self, kernel, name, priority, queue):
        self.destination = HANDLER_A
        self.letter = 0
        super().__init__(kernel, name, priority, queue)

    def step(self, packet):
        if packet is None:
            return self.wait()
        self.destination = HANDLER_B if self.destination == HANDLER_A else HANDLER_A
        packet.to = self.destination
        packet.number = 0
        for i in range(PACKET_SIZE):
            self.letter = self.letter % 26 + 1
            packet.letters[i] = ord("A") + self.letter - 1
        return self.kernel.send(packet, self)


class HandlerTask(Task):
    def __init__(self, kernel, name, priority, queue):
        self.work = None
        self.devices = None
        super().__init__(kernel, name, priority, queue)

    def step(self, packet):
        if packet is not None:
            if packet.kind == FOR_WORKER:
                self.work = packet.append_to(self.work)
            else:
                self.devices = packet.append_to(self.devices)
        work = self.work
        if work is not None:
            if work.number >= PACKET_SIZE:
                self.work = work.link
                return self.kernel.send(work, self)
            device = self.devices
            if device is not None:
                self.devices = device.link
                device.number = work.letters[work.number]
                work.number += 1
                return self.kernel.send(device, self)
        return self.wait()


class DeviceTask(Task):
    def __init__(self, kernel, name, priority, queue):
        self.pending = None
        super().__init__(kernel, name, priority, queue)

    def step(self, packet):
        if packet is None:
            pending = self.pending
            if pending is None:
                return self.wait()
            self.pending = None
            return self.kernel.send(pending, self)
        self.pending = packet
        return self.kernel.hold(self)


class Kernel:
    def __init__(self):
        self.tasks = []  # the last added is asked first
        self.by_name = {}
        self.holds = 0
        self.sent = 0

    def add(self, task):
        self.tasks.insert(0, task)
        self.by_name[task.name] = task

    def following(self, task):
        at = self.tasks.index(task) + 1
        return self.tasks[at] if at < len(self.tasks) else None

    def hold(self, task):
        self.holds += 1
        task.held = True
        return task.following

    def release(self, name):
        task = self.by_name[name]
        task.held = False
        running = self.running
        return task if task.priority > running.priority else running

    def send(self, packet, sender):
        receiver = self.by_name[packet.to]
        self.sent += 1
        packet.link = None
        packet.to = sender.name
        return receiver.accept(packet, sender)

    def schedule(self):
        for task in self.tasks:
            task.following = self.following(task)
        task = self.tasks[0]
        while task is not None:
            if task.cannot_run():
                task = task.following
            else:
                self.running = task
                task = task.run()


def packets(to, kind, count):
    queue = None
    for _ in range(count):
        queue = Packet(queue, to, kind)
    return queue


def simulate():
    kernel = Kernel()
    IdleTask(kernel, IDLE, 0, IDLE_COUNT)
    WorkTask(kernel, WORKER, 1000, packets(WORKER, FOR_WORKER, 2))
    HandlerTask(kernel, HANDLER_A, 2000, packets(DEVICE_A, FOR_DEVICE, 3))
    HandlerTask(kernel, HANDLER_B, 3000, packets(DEVICE_B, FOR_DEVICE, 3))
    DeviceTask(kernel, DEVICE_A, 4000, None)
    DeviceTask(kernel, DEVICE_B, 5000, None)
    kernel.schedule()
    return kernel.sent, kernel.holds


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    for _ in range(rounds):
        sent, holds = simulate()
        assert (sent, holds) == (2322, 928), "the simulation went another way"
    print(f"{rounds} rounds: each sent {sent} packets and held tasks {holds} times")


main()
