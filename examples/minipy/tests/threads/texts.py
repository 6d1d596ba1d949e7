"""An exception whose text waits for a thread that dies of another. python3 prints either in pieces, between which the other's may come."""
# compare without errors
import threading

waited = []


class Waits(Exception):
    def __str__(self):
        other = threading.Thread(target=fails, args=(ValueError("the other's"),))
        other.start()
        other.join(20)
        waited.append(other.is_alive())
        return "waited"


def fails(error):
    raise error


thread = threading.Thread(target=fails, args=(Waits(),))
thread.start()
thread.join()
print(waited)
