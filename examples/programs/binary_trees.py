"""Builds and drops many perfect binary trees, while one long-lived tree stays: what allocation and counts cost.

    binary_trees.py [DEPTH]
"""

import sys

SHALLOWEST = 4


class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()


def tree(depth):
    if depth == 0:
        return Node(None, None)
    return Node(tree(depth - 1), tree(depth - 1))


def main():
    deepest = max(SHALLOWEST + 2, int(sys.argv[1]) if len(sys.argv) > 1 else 10)
    print(f"stretch tree of depth {deepest + 1}: {tree(deepest + 1).count()} nodes")
    stays = tree(deepest)
    for depth in range(SHALLOWEST, deepest + 1, 2):
        trees = 2 ** (deepest - depth + SHALLOWEST)
        nodes = 0
        for _ in range(trees):
            nodes += tree(depth).count()
        print(f"{trees:6d} trees of depth {depth:2d}: {nodes} nodes")
    print(f"long-lived tree of depth {deepest}: {stays.count()} nodes")


main()
