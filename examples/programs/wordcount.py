"""The words of a text, how often each occurs, and how long they are.

    wordcount.py [FILE [TIMES]]
"""

import sys
from collections import Counter, defaultdict

PUNCTUATION = ".,;:!?\"'()-"


def words_of(path):
    with open(path) as text:
        for line in text:
            for word in line.replace("--", " ").split():
                word = word.strip(PUNCTUATION).lower()
                if word:
                    yield word


def bar(length, longest, width=40):
    return "#" * max(1, length * width // longest)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else __file__.rpartition("/")[0] + "/harbour.txt"
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for _ in range(times):
        counts = Counter(words_of(path))
    total = sum(counts.values())
    print(f"{total} words, {len(counts)} different")
    print()
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:15]:
        print(f"{word:>12} {count:5d} {100 * count / total:5.2f} %")
    print()
    by_length = defaultdict(list)
    for word in counts:
        by_length[len(word)].append(word)
    widest = max(len(words) for words in by_length.values())
    for length in sorted(by_length):
        words = by_length[length]
        print(f"{length:2d} {len(words):4d} {bar(len(words), widest)} {min(words)}")
    once = sorted(word for word, count in counts.items() if count == 1)
    print()
    print(f"{len(once)} words occur once, from {once[0]!r} to {once[-1]!r}")


main()
