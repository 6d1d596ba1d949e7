"""The digits of pi, ten a line: Gosper's series by a spigot that streams (Gibbons, 2006), all in large integers.

    pidigits.py [DIGITS]
"""

import sys


def digits():
    """Each term is a linear fractional map; a digit is sure when both ends of what may follow agree on it."""
    q, r, t, k = 1, 180, 60, 2
    while True:
        u = 3 * (3 * k + 1) * (3 * k + 2)
        digit = (q * (27 * k - 12) + 5 * r) // (5 * t)
        yield digit
        q, r, t = (
            10 * q * k * (2 * k - 1),
            10 * u * (q * (5 * k - 2) + r - digit * t),
            t * u,
        )
        k += 1


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    line = ""
    for count, digit in enumerate(digits(), 1):
        line += str(digit)
        if count % 10 == 0 or count == wanted:
            print(f"{line:<10}\t:{count}")
            line = ""
        if count >= wanted:
            break


main()
