"""Random numbers: the sequences are python3's for the same seed (Matsumoto and Nishimura's Mersenne Twister, 1998)."""

import math
import time

_WORDS = 624
_MIDDLE = 397
_UPPER = 0x80000000
_LOWER = 0x7FFFFFFF
_ALL = 0xFFFFFFFF
_TWIST = (0, 0x9908B0DF)


def _words_of(seed):
    """The seed's 32-bit words, the lowest first; at least one."""
    words = [seed & _ALL]
    seed >>= 32
    while seed:
        words.append(seed & _ALL)
        seed >>= 32
    return words


class Random:
    def __init__(self, x=None):
        self.seed(x)

    # ---- the generator ----

    def _start(self, value):
        state = [value]
        for i in range(1, _WORDS):
            value = (1812433253 * (value ^ (value >> 30)) + i) & _ALL
            state.append(value)
        self._state = state
        self._at = _WORDS

    def _start_by(self, key):
        self._start(19650218)
        state = self._state
        i = 1
        j = 0
        for _ in range(max(_WORDS, len(key))):
            before = state[i - 1]
            state[i] = ((state[i] ^ ((before ^ (before >> 30)) * 1664525)) + key[j] + j) & _ALL
            i += 1
            j += 1
            if i == _WORDS:
                state[0] = state[_WORDS - 1]
                i = 1
            if j == len(key):
                j = 0
        for _ in range(_WORDS - 1):
            before = state[i - 1]
            state[i] = ((state[i] ^ ((before ^ (before >> 30)) * 1566083941)) - i) & _ALL
            i += 1
            if i == _WORDS:
                state[0] = state[_WORDS - 1]
                i = 1
        state[0] = _UPPER

    def _refill(self):
        state = self._state
        for i in range(_WORDS):
            y = (state[i] & _UPPER) | (state[(i + 1) % _WORDS] & _LOWER)
            state[i] = state[(i + _MIDDLE) % _WORDS] ^ (y >> 1) ^ _TWIST[y & 1]
        self._at = 0

    def _word(self):
        if self._at == _WORDS:
            self._refill()
        y = self._state[self._at]
        self._at += 1
        y ^= y >> 11
        y ^= (y << 7) & 0x9D2C5680
        y ^= (y << 15) & 0xEFC60000
        return y ^ (y >> 18)

    def seed(self, a=None):
        if a is None:
            a = time.time_ns()
        elif isinstance(a, float):
            a = hash(a) & 0xFFFFFFFFFFFFFFFF
        elif isinstance(a, str):
            raise NotImplementedError("minipy: random.seed with a str (it needs SHA-512) is not supported")
        elif not isinstance(a, int):
            raise TypeError(
                "The only supported seed types are: None,\nint, float, str, bytes, and bytearray."
            )
        self._start_by(_words_of(abs(a)))
        self._next_gauss = None

    def getstate(self):
        return (3, tuple(self._state) + (self._at,), self._next_gauss)

    def setstate(self, state):
        version, words, self._next_gauss = state
        if version != 3:
            raise ValueError(f"state with version {version} passed to Random.setstate() of version 3")
        self._state = list(words[:-1])
        self._at = words[-1]

    def random(self):
        high = self._word() >> 5
        return (high * 67108864.0 + (self._word() >> 6)) * (1.0 / 9007199254740992.0)

    def getrandbits(self, k):
        if k < 0:
            raise ValueError("number of bits must be non-negative")
        result = shift = 0
        while k > 0:
            word = self._word()
            if k < 32:
                word >>= 32 - k
            result |= word << shift
            shift += 32
            k -= 32
        return result

    # ---- integers and sequences ----

    def _below(self, n):
        bits = n.bit_length()
        r = self.getrandbits(bits)
        while r >= n:
            r = self.getrandbits(bits)
        return r

    def randrange(self, start, stop=None, step=1):
        if stop is None:
            if start > 0:
                return self._below(start)
            raise ValueError("empty range for randrange()")
        width = stop - start
        if step == 1:
            if width > 0:
                return start + self._below(width)
            raise ValueError("empty range for randrange() (%d, %d, %d)" % (start, stop, width))
        if step == 0:
            raise ValueError("zero step for randrange()")
        count = (width + step - 1) // step if step > 0 else (width + step + 1) // step
        if count <= 0:
            raise ValueError("empty range for randrange()")
        return start + step * self._below(count)

    def randint(self, a, b):
        return self.randrange(a, b + 1)

    def choice(self, seq):
        if not len(seq):
            raise IndexError("Cannot choose from an empty sequence")
        return seq[self._below(len(seq))]

    def shuffle(self, x):
        for i in range(len(x) - 1, 0, -1):
            j = self._below(i + 1)
            x[i], x[j] = x[j], x[i]

    def sample(self, population, k):
        if isinstance(population, (dict, set, frozenset)):
            raise TypeError("Population must be a sequence.  For dicts or sets, use sorted(d).")
        n = len(population)
        if not 0 <= k <= n:
            raise ValueError("Sample larger than population or is negative")
        # Which of the two is taken decides which numbers are drawn, so the bound is python3's.
        set_size = 21
        if k > 5:
            set_size += 4 ** math.ceil(math.log(k * 3, 4))
        if n <= set_size:
            pool = list(population)
            result = []
            for left in range(n, n - k, -1):
                j = self._below(left)
                result.append(pool[j])
                pool[j] = pool[left - 1]
            return result
        chosen = set()
        result = []
        for _ in range(k):
            j = self._below(n)
            while j in chosen:
                j = self._below(n)
            chosen.add(j)
            result.append(population[j])
        return result

    def choices(self, population, weights=None, *, cum_weights=None, k=1):
        n = len(population)
        if cum_weights is None:
            if weights is None:
                return [population[math.floor(self.random() * (n + 0.0))] for _ in range(k)]
            total = 0
            cum_weights = []
            for weight in weights:
                total += weight
                cum_weights.append(total)
        elif weights is not None:
            raise TypeError("Cannot specify both weights and cumulative weights")
        if len(cum_weights) != n:
            raise ValueError("The number of weights does not match the population")
        total = cum_weights[-1] + 0.0
        if total <= 0.0:
            raise ValueError("Total of weights must be greater than zero")
        return [population[_first_above(cum_weights, self.random() * total, n - 1)] for _ in range(k)]

    # ---- distributions ----

    def uniform(self, a, b):
        return a + (b - a) * self.random()

    def gauss(self, mu=0.0, sigma=1.0):
        """Two at a time (Box and Muller); the second is kept for the next call."""
        z = self._next_gauss
        self._next_gauss = None
        if z is None:
            angle = self.random() * (2.0 * math.pi)
            radius = math.sqrt(-2.0 * math.log(1.0 - self.random()))
            z = math.cos(angle) * radius
            self._next_gauss = math.sin(angle) * radius
        return mu + z * sigma

    def expovariate(self, lambd):
        return -math.log(1.0 - self.random()) / lambd


def _first_above(values, x, last):
    """Where x belongs in the sorted values, behind its equals, but not behind `last`."""
    low = 0
    high = last
    while low < high:
        middle = (low + high) // 2
        if x < values[middle]:
            high = middle
        else:
            low = middle + 1
    return low


_shared = Random()
seed = _shared.seed
getstate = _shared.getstate
setstate = _shared.setstate
random = _shared.random
getrandbits = _shared.getrandbits
randrange = _shared.randrange
randint = _shared.randint
choice = _shared.choice
choices = _shared.choices
shuffle = _shared.shuffle
sample = _shared.sample
uniform = _shared.uniform
gauss = _shared.gauss
expovariate = _shared.expovariate
