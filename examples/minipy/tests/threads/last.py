"""Classes and most functions are never counted again once a thread has started: what they hold goes at the end."""
import threading


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("gone:", self.name)


class Holder:
    kept = Loud("a class's attribute")


def run():
    thread = threading.Thread(target=print, args=("started",))
    thread.start()
    thread.join()


run()
print("last")
#%%
import threading


class Loud:
    def __del__(self):
        print("gone: a default")


def run(argument=Loud()):
    print(type(argument).__name__)


thread = threading.Thread(target=run)
thread.start()
thread.join()
del run
print("last")
#%%
import threading


class Loud:
    def __del__(self):
        print("gone: a function's attribute")


def run():
    pass


thread = threading.Thread(target=run)
thread.start()
thread.join()
run.attribute = Loud()
print("last")
#%%
import threading


class Loud:
    def __del__(self):
        print("gone: what a closure holds")


def closing(held):
    return lambda: held


get = closing(Loud())
thread = threading.Thread(target=get)
thread.start()
thread.join()
del get, thread
print("last")
#%%
import gc
import threading

thread = threading.Thread(target=print, args=("started",))
thread.start()
thread.join()


class Late:
    held = []


class Loud:
    def __del__(self):
        print("gone: a class that came later")


Late.held.append(Loud())
del Late
gc.collect()
print("last")
