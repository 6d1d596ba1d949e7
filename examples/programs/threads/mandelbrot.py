"""The Mandelbrot set as characters. Each thread takes the next row that nobody has taken.

    mandelbrot.py [ROWS [THREADS]]
"""
# compare with: 24 8

import sys
import threading

SHADES = " .:-=+*#%@"
LIMIT = 60


def steps_outside(cr, ci):
    zr = zi = 0.0
    for step in range(LIMIT):
        r2 = zr * zr
        i2 = zi * zi
        if r2 + i2 > 4.0:
            return step
        zi = 2.0 * zr * zi + ci
        zr = r2 - i2 + cr
    return LIMIT


def work(rows, left, lines):
    columns = rows * 2
    while True:
        try:
            row = left.pop()
        except IndexError:
            return
        ci = 2.4 * row / rows - 1.2
        counts = [steps_outside(3.0 * column / columns - 2.2, ci) for column in range(columns)]
        lines[row] = sum(counts), "".join([SHADES[steps * (len(SHADES) - 1) // LIMIT] for steps in counts])


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 160
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    left = list(range(rows))
    lines = [None] * rows
    threads = [threading.Thread(target=work, args=(rows, left, lines)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _, line in lines:
        print(line.rstrip())
    print(sum(steps for steps, _ in lines), "steps")


main()
