"""The Mandelbrot set as characters, and how many steps it took in all.

    mandelbrot.py [ROWS]
"""

import sys

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


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    columns = rows * 2
    total = 0
    for row in range(rows):
        line = []
        ci = 2.4 * row / rows - 1.2
        for column in range(columns):
            steps = steps_outside(3.0 * column / columns - 2.2, ci)
            total += steps
            line.append(SHADES[steps * (len(SHADES) - 1) // LIMIT])
        print("".join(line).rstrip())
    print(total, "steps")


main()
