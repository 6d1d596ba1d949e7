"""The greatest singular value of the infinite matrix a(i, j) = 1 / ((i + j)(i + j + 1) / 2 + i + 1), from its first
N rows and columns by the power method.

    spectral_norm.py [N]
"""

import math
import sys


def entry(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(vector):
    n = range(len(vector))
    return [sum([entry(i, j) * vector[j] for j in n]) for i in n]


def transposed_times(vector):
    result = []
    for i in range(len(vector)):
        total = 0.0
        for j, x in enumerate(vector):
            total += entry(j, i) * x
        result.append(total)
    return result


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    u = [1.0] * n
    v = u
    for _ in range(10):
        v = transposed_times(times(u))
        u = transposed_times(times(v))
    vbv = sum([a * b for a, b in zip(u, v)])
    vv = sum([b * b for b in v])
    print("%.9f" % math.sqrt(vbv / vv))


main()
