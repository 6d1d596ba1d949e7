"""Program code that runs inside a step of the interpreter takes away what the step was about."""
import threading


def used_up_by_its_predicate():
    it = filter(lambda item: list(it) or False, iter([[1], [2], [3]]))
    print(list(it))


class Starts:
    """A key whose comparison starts a thread, the first of the program."""

    def __hash__(self):
        return hash(7)

    def __eq__(self, other):
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        return other == 7


def first_thread_inside_a_comparison():
    numbers = {Starts(): 1}
    numbers[7] = 2.5
    print(len(numbers), list(numbers.values()))


class Plain:
    def __getattr__(self, name):
        return "fallback of " + name


class Changing:
    @property
    def other(self):
        self.__class__ = Plain
        raise AttributeError("other")


def class_changed_by_a_getter():
    try:
        print(Changing().other)
    except AttributeError as error:
        print("no", error)


def no_number():
    try:
        threading.Lock().acquire(True, float("nan"))
    except ValueError as error:
        print(error)


used_up_by_its_predicate()
first_thread_inside_a_comparison()
class_changed_by_a_getter()
no_number()
