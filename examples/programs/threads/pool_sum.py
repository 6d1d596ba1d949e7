"""The sum of the squares below N, in parts on a pool of threads.

    pool_sum.py [N [THREADS]]
"""
# compare with: 20000 8

import sys
from concurrent.futures import ThreadPoolExecutor


def part(start, end):
    return sum(i * i for i in range(start, end))


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10**7
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    bounds = [n * i // threads for i in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        print(sum(pool.map(part, bounds, bounds[1:])))


main()
