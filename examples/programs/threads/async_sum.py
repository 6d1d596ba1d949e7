"""The sum of the squares below N, in parts on threads that a coroutine waits for.

    async_sum.py [N [THREADS]]
"""
# compare with: 20000 8

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor


def part(start, end):
    return sum(i * i for i in range(start, end))


async def total(n, threads):
    loop = asyncio.get_running_loop()
    bounds = [n * i // threads for i in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        parts = [loop.run_in_executor(pool, part, *pair) for pair in zip(bounds, bounds[1:])]
        return sum(await asyncio.gather(*parts))


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10**7
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    print(asyncio.run(total(n, threads)))


main()
