"""The words of a text, how often each occurs: each thread counts some of the lines, the counts are added up.

    wordcount.py [TIMES [THREADS]]
"""
# compare with: 1 8

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

PUNCTUATION = ".,;:!?\"'()-"


def count(lines):
    counts = Counter()
    for line in lines:
        for word in line.replace("--", " ").split():
            word = word.strip(PUNCTUATION).lower()
            if word:
                counts[word] += 1
    return counts


def main():
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    with open(__file__.rpartition("/")[0] + "/../harbour.txt") as text:
        lines = list(text) * times
    bounds = [len(lines) * i // threads for i in range(threads + 1)]
    total = Counter()
    with ThreadPoolExecutor(threads) as pool:
        for counts in pool.map(count, [lines[start:end] for start, end in zip(bounds, bounds[1:])]):
            total.update(counts)
    print(f"{sum(total.values())} words, {len(total)} different")
    for word, times in sorted(total.items(), key=lambda item: (-item[1], item[0]))[:10]:
        print(f"{word:>12} {times:6d}")


main()
