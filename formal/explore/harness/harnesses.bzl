"""The harnesses: the one table behind the tests, the report's rows and the judges of mutants.

Both Bazel and Python (formal/explore/harnesses.py) read it, so it holds literals only.
"""

# What a harness links. Sources outside lib/ are models, by their path in formal/explore.
_PARK = [
    "model/weft_wait_model.c",
    "harness/weft_host_model.c",
    "lib/park/weft_park.c",
]
_MUTEX = _PARK + [
    "lib/mutex/weft_lock.c",
    "lib/mutex/weft_mutex.c",
]

# Spins change nothing but speed: none, unless a harness wants one.
NO_SPIN = [
    "-DWEFT_SPIN_STEPS=0",
    "-DWEFT_SPIN_YIELD_STEPS=0",
    "-DWEFT_PARK_SPINS=0",
]

# name: what it shows stands at the top of its program.
# program, flags: the file in harness/ and the compiler's flags.
# options: of the explorer; "bounded" rows may end undecided by a bound named there, all others are exhausted.
# sources: what it links.
HARNESSES = [
    dict(name = "mutex_2", program = "mutex_lock.c", sources = _MUTEX),
    dict(name = "mutex_2_first_park", program = "mutex_lock.c", flags = ["-DFIRST_PARK=1"], sources = _MUTEX),
    dict(name = "mutex_2_handoff", program = "mutex_lock.c", flags = ["-DFAIRNESS=0"], sources = _MUTEX),
    dict(name = "mutex_2_spinning", program = "mutex_lock.c", flags = ["-UWEFT_PARK_SPINS", "-DWEFT_PARK_SPINS=1", "-UWEFT_SPIN_YIELD_STEPS", "-DWEFT_SPIN_YIELD_STEPS=1"], sources = _MUTEX),
    dict(name = "mutex_3", program = "mutex_lock.c", flags = ["-DTHREADS=3"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _MUTEX),
    dict(name = "mutex_3_handoff", program = "mutex_lock.c", flags = ["-DTHREADS=3", "-DFAIRNESS=0"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _MUTEX),
    dict(name = "mutex_3_growth", program = "mutex_lock.c", flags = ["-DTHREADS=3", "-DWEFT_PARK_FIRST_WAITERS=1U", "-DWEFT_PARK_FIRST_BUCKETS=1U", "-DWEFT_PARK_MAX_BUCKETS=4U"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _MUTEX),
    dict(name = "mutex_timed_2", program = "mutex_timed.c", options = ["--clock-jumps=1"], sources = _MUTEX),
    dict(name = "mutex_gives_up", program = "mutex_gives_up.c", options = ["--clock-jumps=1"], bounded = True, sources = _MUTEX),
    dict(name = "mutex_free_2", program = "mutex_free.c", sources = _MUTEX),
    dict(name = "mutex_host_bits_2", program = "mutex_host_bits.c", sources = _MUTEX),
    dict(name = "mutex_refuse_2", program = "mutex_refuse.c", sources = _MUTEX),
    dict(name = "mutex_refuse_2_handoff", program = "mutex_refuse.c", flags = ["-DFAIRNESS=0"], sources = _MUTEX),
    dict(name = "mutex_refuse_3", program = "mutex_refuse.c", flags = ["-DTHREADS=3"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _MUTEX),
    dict(name = "park_interrupt_2", program = "park_interrupt.c", sources = _MUTEX),
    dict(name = "park_gate_2", program = "park_gate.c", flags = ["-DTHREADS=1"], sources = _PARK),
    dict(name = "park_gate_3", program = "park_gate.c", options = ["--mode=random", "--executions=20000"], bounded = True, sources = _PARK),
]
