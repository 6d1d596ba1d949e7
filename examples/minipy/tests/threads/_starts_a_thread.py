"""For imports.py: waits, while it is imported, for a thread that imports another module."""
import threading

found = []


def imports():
    import _plain
    found.append(_plain.name)


thread = threading.Thread(target=imports)
thread.start()
thread.join(60)
assert not thread.is_alive()
