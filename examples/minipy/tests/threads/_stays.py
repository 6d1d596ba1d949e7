"""For imports.py: is being imported by a daemon when the program ends."""
import __main__
import time

name = "begun"
__main__.staying.set()
time.sleep(1000)
