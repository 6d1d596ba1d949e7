"""Suns with planets, each moved by a thread: as many systems as threads, which differ a little. Prints the energies before and after.

    nbody.py [STEPS [THREADS]]
"""
# compare with: 30 8

import sys
import threading


class Body:
    def __init__(self, place, speed, mass):
        self.x, self.y = place
        self.vx, self.vy = 0.0, speed
        self.mass = mass


def make_system(number):
    sun = Body((0.0, 0.0), 0.0, 39.5)
    planets = [Body((1.0 + i + number / 64.0, 0.0), 6.28 / (1.0 + i) ** 0.5, 0.001 * (i + 1)) for i in range(4)]
    sun.vy = -sum(planet.vy * planet.mass for planet in planets) / sun.mass
    return [sun] + planets


def advance(bodies, pairs, dt):
    for a, b in pairs:
        dx = a.x - b.x
        dy = a.y - b.y
        distance = dx * dx + dy * dy
        force = dt / (distance * distance**0.5)
        a.vx -= dx * b.mass * force
        a.vy -= dy * b.mass * force
        b.vx += dx * a.mass * force
        b.vy += dy * a.mass * force
    for body in bodies:
        body.x += dt * body.vx
        body.y += dt * body.vy


def energy(bodies, pairs):
    moving = sum(0.5 * body.mass * (body.vx * body.vx + body.vy * body.vy) for body in bodies)
    return moving - sum(a.mass * b.mass / ((a.x - b.x) ** 2 + (a.y - b.y) ** 2) ** 0.5 for a, b in pairs)


def work(number, steps, energies):
    bodies = make_system(number)
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    before = energy(bodies, pairs)
    for _ in range(steps):
        advance(bodies, pairs, 0.001)
    energies[number] = before, energy(bodies, pairs)


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    energies = {}
    threads = [threading.Thread(target=work, args=(number, steps, energies)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in sorted(energies):
        print("%d %.9f %.9f" % ((number,) + energies[number]))


main()
