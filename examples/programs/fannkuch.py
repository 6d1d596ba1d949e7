"""How often the pancakes have to be turned: over all permutations of 1..N, the most turns of the first so many
elements (as many as the first element says) until 1 comes first, and a checksum of all of them.

    fannkuch.py [N]
"""

import sys


def permutations(n):
    """All permutations of range(n), each made from the last by rotating a prefix; the list is one and the same."""
    current = list(range(n))
    turns = [0] * n
    yield current
    while True:
        length = 2
        while length <= n:
            current.insert(length - 1, current.pop(0))
            turns[length - 1] += 1
            if turns[length - 1] < length:
                break
            turns[length - 1] = 0
            length += 1
        else:
            return
        yield current


def count_turns(permutation):
    stack = permutation[:]
    count = 0
    first = stack[0]
    while first:
        stack[: first + 1] = stack[first::-1]
        first = stack[0]
        count += 1
    return count


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    most = checksum = 0
    sign = 1
    for permutation in permutations(n):
        count = count_turns(permutation)
        if count > most:
            most = count
        checksum += sign * count
        sign = -sign
    print(f"checksum {checksum}")
    print(f"most turns of {n} pancakes: {most}")


main()
