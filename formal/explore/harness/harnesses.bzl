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

_SEQLOCK = _MUTEX + ["lib/seqlock/weft_seqlock.c"]
_ONCE = _MUTEX + ["lib/mutex/weft_once.c"]
_EVENT = _MUTEX + ["lib/mutex/weft_event.c"]
_COND = _MUTEX + ["lib/mutex/weft_cond.c"]
_RWMUTEX = _MUTEX + ["lib/mutex/weft_rwmutex.c"]

# By its last source the objects of a set are named, so that is another one for each.
_ALL = _PARK + [
    "lib/seqlock/weft_seqlock.c",
    "lib/mutex/weft_once.c",
    "lib/mutex/weft_event.c",
    "lib/mutex/weft_cond.c",
    "lib/mutex/weft_rwmutex.c",
    "lib/mutex/weft_mutex.c",
    "lib/mutex/weft_lock.c",
]

_LOCKCHECK = _PARK + ["lib/mutex/weft_lockcheck.c"]
_RECURSIVE = _MUTEX + ["lib/mutex/weft_recursive.c"]
_THREAD = _MUTEX + [
    "lib/thread/weft_thread.c",
    "lib/thread/weft_world.c",
    "lib/thread/weft_critical.c",
    "lib/thread/weft_gil.c",
]
_QSBR = _THREAD + ["lib/qsbr/weft_qsbr.c"]
_REF = _QSBR + [
    "lib/ref/weft_ref.c",
    "lib/ref/weft_weak.c",
]
_LIST = _QSBR + [
    "lib/ref/weft_ref.c",
    "lib/list/weft_list.c",
    "lib/list/weft_list_array.c",
    "lib/list/weft_list_slice.c",
]
_SYMBOL = _QSBR + [
    "lib/ref/weft_ref.c",
    "lib/dict/weft_symbol.c",
]

# With the host's hooks themselves, for who sets them.
_SYMBOL_HOST = [
    "model/weft_wait_model.c",
    "lib/park/weft_park.c",
] + _SYMBOL[3:] + ["lib/base/weft_host.c"]
_DICT = _QSBR + [
    "lib/ref/weft_ref.c",
    "lib/dict/weft_dict.c",
    "lib/dict/weft_dict_table.c",
    "lib/dict/weft_dict_whole.c",
    "lib/dict/weft_dict_write.c",
]

# Spins change nothing but speed: none, unless a harness wants one. Nor does looking whether a hint may be
# cleared, but it multiplies executions: harnesses of the hint's life want it.
NO_SPIN = [
    "-DWEFT_PARK_SAMPLE=0",
    "-DWEFT_SPIN_STEPS=0",
    "-DWEFT_SPIN_YIELD_STEPS=0",
    "-DWEFT_SPIN_NS=0",
    "-DWEFT_PARK_SPINS=0",
    "-DWEFT_GIL_SPIN_STEPS=0",
]

# One bucket and one hint, which is clear at first: the asymmetric unlock.
_HINT = [
    "-DCLEAR_HINTS=1",
    "-DWEFT_PARK_HINTS=1U",
    "-DWEFT_PARK_FIRST_BUCKETS=1U",
    "-DWEFT_PARK_MAX_BUCKETS=1U",
]

# Each unlock looks whether the hint may be cleared, without a quiet time: set, cleared, set again.
_HINT_LIFE = _HINT + ["-UWEFT_PARK_SAMPLE", "-DWEFT_PARK_SAMPLE=1", "-DWEFT_PARK_STICKY_NS=0U"]

# Whatever a wait may do for no reason is for the harnesses of locks.
_CALM = ["--spurious-cas=0", "--spurious-wakes=0"]
# One record and one bucket at first: both are made while threads park.
_SMALL = [
    "-DWEFT_PARK_FIRST_WAITERS=1U",
    "-DWEFT_PARK_FIRST_BUCKETS=1U",
    "-DWEFT_PARK_MAX_BUCKETS=4U",
    "-DWEFT_PARK_HINTS=4U",
]

# Locks spin as by default, in the program's function.
_SPINS = [
    "-UWEFT_SPIN_STEPS",
    "-UWEFT_SPIN_YIELD_STEPS",
    "-DWEFT_SPIN_YIELD_STEPS=10",
]
_PAUSES = _SPINS + ["-DWEFT_SPIN_PAUSE=void spins_pause(void); spins_pause"]

_CHECKED = ["-DWEFT_CHECKED=1", "-DWEFT_LOCKCHECK_HELD=1", "-DWEFT_LOCKCHECK_SPINS=1U"]

# name: what it shows stands at the top of its program.
# program, flags: the file in harness/ and the compiler's flags.
# options: of the explorer; a "bounded" row may end undecided by what they name (a random sample, or the bound of --executions, --events or
#          --clock-jumps, see undecided in harnesses.py), all others are exhausted.
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
    dict(name = "mutex_timed_2_spinning", program = "mutex_timed.c", flags = ["-UWEFT_PARK_SPINS", "-DWEFT_PARK_SPINS=1"], options = ["--clock-jumps=1", "--spurious-wakes=0", "--spurious-cas=0"], sources = _MUTEX),
    dict(name = "mutex_gives_up", program = "mutex_gives_up.c", options = ["--clock-jumps=1"], bounded = True, sources = _MUTEX),
    dict(name = "mutex_timed_3", program = "mutex_timed.c", flags = ["-DTHREADS=3"], options = ["--mode=random", "--executions=20000", "--clock-jumps=1"], bounded = True, sources = _MUTEX),
    dict(name = "mutex_handed_2", program = "mutex_handed.c", flags = ["-DFAIRNESS=0"], sources = _MUTEX),
    dict(name = "gives_up_1_cond", program = "gives_up.c", options = ["--clock-jumps=1", "--spurious-wakes=0"], bounded = True, sources = _ALL),
    dict(name = "gives_up_1_reader", program = "gives_up.c", flags = ["-DWHAT=1"], options = ["--clock-jumps=1"], bounded = True, sources = _ALL),
    dict(name = "gives_up_1_writer", program = "gives_up.c", flags = ["-DWHAT=2"], options = ["--clock-jumps=1"], bounded = True, sources = _ALL),
    # Whose wait begins and ends as it should sleeps; else it goes round for ever.
    dict(name = "sleeps_once_1_mutex", program = "sleeps_once.c", sources = _ALL),
    dict(name = "sleeps_once_1_mutex_stale", program = "sleeps_once.c", flags = ["-DSTALE"], sources = _ALL),
    dict(name = "sleeps_once_1_reader", program = "sleeps_once.c", flags = ["-DWHAT=1"], sources = _ALL),
    dict(name = "sleeps_once_1_reader_stale", program = "sleeps_once.c", flags = ["-DWHAT=1", "-DSTALE"], sources = _ALL),
    dict(name = "sleeps_once_1_writer_stale", program = "sleeps_once.c", flags = ["-DWHAT=2", "-DSTALE"], sources = _ALL),
    dict(name = "sleeps_once_1_once", program = "sleeps_once.c", flags = ["-DWHAT=3"], sources = _ALL),
    dict(name = "sleeps_once_1_event", program = "sleeps_once.c", flags = ["-DWHAT=4"], sources = _ALL),
    # The spin before: it looks at the word between its pauses, and learns whether it is alone.
    dict(name = "spins_1_mutex", program = "spins.c", flags = _PAUSES, sources = _ALL),
    dict(name = "spins_1_rwmutex", program = "spins.c", flags = _PAUSES + ["-DWHAT=1"], sources = _ALL),
    dict(name = "backoff_1", program = "backoff.c", flags = _SPINS + ["-UWEFT_SPIN_NS", "-DWEFT_SPIN_NS=2500U", "-DSEAMS"], sources = _MUTEX),
    dict(name = "mutex_free_2", program = "mutex_free.c", sources = _MUTEX),
    dict(name = "mutex_host_bits_2", program = "mutex_host_bits.c", sources = _MUTEX),
    dict(name = "mutex_refuse_2", program = "mutex_refuse.c", sources = _MUTEX),
    dict(name = "mutex_refuse_2_handoff", program = "mutex_refuse.c", flags = ["-DFAIRNESS=0"], sources = _MUTEX),
    dict(name = "mutex_refuse_3", program = "mutex_refuse.c", flags = ["-DTHREADS=3"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _MUTEX),
    dict(name = "hint_2", program = "mutex_lock.c", flags = _HINT, sources = _MUTEX),
    dict(name = "hint_2_life", program = "mutex_lock.c", flags = _HINT_LIFE, sources = _MUTEX),
    dict(name = "hint_2_handoff", program = "mutex_lock.c", flags = _HINT + ["-DFAIRNESS=0"], sources = _MUTEX),
    dict(name = "hint_neighbour_3", program = "hint_neighbour.c", flags = _HINT_LIFE, options = ["--mode=random", "--executions=10000"], bounded = True, sources = _MUTEX),
    dict(name = "hint_3", program = "mutex_lock.c", flags = _HINT_LIFE + ["-DTHREADS=3"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _MUTEX),
    dict(name = "hint_timed_2", program = "mutex_timed.c", flags = _HINT, options = ["--clock-jumps=1", "--mode=random", "--executions=10000"], bounded = True, sources = _MUTEX),
    dict(name = "hint_free_2", program = "mutex_free.c", flags = _HINT, sources = _MUTEX),
    dict(name = "hint_refuse_2", program = "mutex_refuse.c", flags = _HINT, sources = _MUTEX),
    dict(name = "hint_2_rest", program = "mutex_lock.c", flags = _HINT + ["-DWEFT_PARK_FENCE_BUDGET=0U", "-DWEFT_PARK_REST_NS=0U"], options = ["--mode=random", "--executions=10000"], bounded = True, sources = _MUTEX),
    dict(name = "hint_2_off", program = "hint_off.c", flags = _HINT, sources = _MUTEX),
    # The heavy fence fails, at any time: the drain.
    dict(name = "hint_2_fails", program = "mutex_lock.c", flags = _HINT + ["-DHEAVY_FENCE_FAILS"], options = ["--mode=random", "--executions=10000"], bounded = True, sources = _MUTEX),
    dict(name = "hint_2_rest_fails", program = "mutex_lock.c", flags = _HINT + ["-DHEAVY_FENCE_FAILS", "-DWEFT_PARK_FENCE_BUDGET=0U", "-DWEFT_PARK_REST_NS=0U"], options = ["--mode=random", "--executions=10000"], bounded = True, sources = _MUTEX),
    dict(name = "hint_3_fails", program = "mutex_lock.c", flags = _HINT + ["-DHEAVY_FENCE_FAILS", "-DTHREADS=3"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _MUTEX),
    dict(name = "hint_2_off_fails", program = "hint_off.c", flags = _HINT + ["-DHEAVY_FENCE_FAILS"], sources = _MUTEX),
    # The fence is not there at first, or is refused when it is asked for again.
    dict(name = "hint_2_refused", program = "mutex_lock.c", flags = _HINT + ["-DHEAVY_FENCE_REFUSED"], sources = _MUTEX),
    dict(name = "hint_2_off_refused", program = "hint_off.c", flags = _HINT + ["-DHEAVY_FENCE_REFUSED", "-DASKS"], sources = _MUTEX),
    dict(name = "hint_2_off_life", program = "hint_off.c", flags = _HINT_LIFE, sources = _MUTEX),
    dict(name = "hint_2_off_undecided", program = "hint_off.c", flags = _HINT_LIFE + ["-UCLEAR_HINTS"], sources = _MUTEX),
    dict(name = "hint_clears_1", program = "hint_clears.c", flags = _HINT_LIFE, sources = _MUTEX),
    dict(name = "hint_clears_1_sampled", program = "hint_clears.c", flags = _HINT_LIFE + ["-UWEFT_PARK_SAMPLE", "-DWEFT_PARK_SAMPLE=2"], sources = _MUTEX),
    dict(name = "hint_clears_1_forked", program = "hint_clears.c", flags = _HINT_LIFE + ["-DFORKED"], sources = _MUTEX),
    dict(name = "hint_rests_1", program = "hint_rests.c", flags = _HINT_LIFE + ["-DWEFT_PARK_FENCE_BUDGET=1U"], sources = _MUTEX),
    dict(name = "hint_host_bits_2", program = "mutex_host_bits.c", flags = _HINT, sources = _MUTEX),
    dict(name = "wait_pthread_2", program = "wait_pthread.c", flags = ["-DWEFT_WAIT_PTHREAD=1"], sources = ["lib/park/weft_wait_pthread.c"]),
    dict(name = "park_interrupt_2", program = "park_interrupt.c", sources = _MUTEX),
    # Without deadlines: what sleeps for five centuries sleeps for ever.
    dict(name = "park_interrupt_2_sleeps", program = "park_interrupt.c", options = ["--no-deadlines", "--spurious-wakes=0"], sources = _MUTEX),
    dict(name = "park_interrupt_2_polls", program = "park_interrupt.c", flags = ["-DPOLLS"], sources = _MUTEX),
    dict(name = "park_interrupt_2_taken_back", program = "park_interrupt.c", flags = ["-DTAKEN_BACK"], options = ["--clock-jumps=1"], bounded = True, sources = _MUTEX),
    dict(name = "park_records_2", program = "park_records.c", flags = _SMALL, options = ["--mode=random", "--executions=1000", "--spurious-wakes=0"], bounded = True, sources = _PARK),
    dict(name = "park_records_2_grow", program = "park_records.c", flags = _SMALL + ["-DDEPTH=3", "-DWAKES"], options = ["--mode=random", "--executions=1000", "--spurious-wakes=0"], bounded = True, sources = _PARK),
    dict(name = "park_records_2_twice", program = "park_records.c", flags = _SMALL + ["-DDEPTH=5"], options = ["--mode=random", "--executions=1000", "--spurious-wakes=0"], bounded = True, sources = _PARK),
    dict(name = "park_hooks_2", program = "park_hooks.c", flags = ["-DFIRST_PARK"], sources = _PARK),
    dict(name = "park_hooks_2_nested", program = "park_hooks.c", flags = ["-DFIRST_PARK", "-DSEAMS"], sources = _PARK),
    dict(name = "park_forked_1", program = "park_forked.c", flags = _SMALL, sources = _PARK),
    dict(name = "park_forked_1_unqueued", program = "park_forked.c", flags = _SMALL + ["-DUNQUEUED"], sources = _PARK),
    dict(name = "park_forked_1_pages", program = "park_forked.c", flags = _SMALL + ["-DSEAMS=SEAM_PAGES"], sources = _PARK),
    dict(name = "park_forked_1_fence", program = "park_forked.c", flags = _SMALL + ["-DSEAMS=SEAM_FENCE"], sources = _PARK),
    dict(name = "park_gate_2", program = "park_gate.c", flags = ["-DTHREADS=1"], sources = _PARK),
    dict(name = "park_gate_3", program = "park_gate.c", options = ["--mode=random", "--executions=20000"], bounded = True, sources = _PARK),
    # What a refused thread was handed goes on to the next.
    dict(name = "refused_3_mutex", program = "refused.c", flags = ["-DWHAT=0"], options = ["--mode=random", "--executions=5000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _ALL),
    dict(name = "refused_3_mutex_handoff", program = "refused.c", flags = ["-DWHAT=0", "-DFAIRNESS=0"], options = ["--mode=random", "--executions=5000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _ALL),
    dict(name = "refused_3_once", program = "refused.c", flags = ["-DWHAT=1"], options = ["--mode=random", "--executions=5000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _ALL),
    dict(name = "refused_3_cond", program = "refused.c", flags = ["-DWHAT=2"], options = ["--mode=random", "--executions=5000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _ALL),
    dict(name = "refused_3_rwmutex", program = "refused.c", flags = ["-DWHAT=3"], options = ["--mode=random", "--executions=5000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _ALL),
    dict(name = "refused_3_rwmutex_handoff", program = "refused.c", flags = ["-DWHAT=3", "-DFAIRNESS=0"], options = ["--mode=random", "--executions=5000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _ALL),
    dict(name = "refused_3_rwmutex_mixed", program = "refused.c", flags = ["-DWHAT=3", '-DROLES="rw"'], options = ["--mode=random", "--executions=5000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _ALL),
    dict(name = "refused_3_seqlock", program = "refused.c", flags = ["-DWHAT=4"], options = ["--mode=random", "--executions=5000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _ALL),
    # The checked build. A thread's list has one place.
    dict(name = "lockcheck_2", program = "lockcheck.c", flags = _CHECKED, options = _CALM, sources = _LOCKCHECK),
    dict(name = "lockcheck_1_memory_out", program = "lockcheck.c", flags = _CHECKED + ["-DSEAMS", "-DMEMORY_OUT"], sources = _LOCKCHECK),
    dict(name = "lockcheck_1_forked", program = "lockcheck.c", flags = _CHECKED + ["-DSEAMS", "-DFORKED"], sources = _LOCKCHECK),
    # Nobody is woken for what is taken already.
    dict(name = "refused_taken_2_mutex", program = "refused_taken.c", options = ["--mode=random", "--executions=2000"], bounded = True, sources = _ALL),
    dict(name = "refused_taken_2_once", program = "refused_taken.c", flags = ["-DWHAT=1"], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _ALL),
    dict(name = "seqlock_try_2", program = "seqlock_read.c", flags = ["-DTRY=1", "-DWRITES=2"], sources = _SEQLOCK),
    dict(name = "seqlock_read_2", program = "seqlock_read.c", sources = _SEQLOCK),
    dict(name = "seqlock_by_hand_2", program = "seqlock_read.c", flags = ["-DBY_HAND=1"], sources = _SEQLOCK),
    dict(name = "seqlock_try_3", program = "seqlock_read.c", flags = ["-DTRY=1", "-DTHREADS=3"], sources = _SEQLOCK),
    dict(name = "seqlock_write_2", program = "seqlock_write.c", sources = _SEQLOCK),
    dict(name = "seqlock_write_3_refuse", program = "seqlock_write.c", flags = ["-DTHREADS=3", "-DREFUSES=1"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _SEQLOCK),
    dict(name = "seqlock_write_2_refuse", program = "seqlock_write.c", flags = ["-DREFUSES=1"], sources = _SEQLOCK),
    dict(name = "once_2", program = "once.c", sources = _ONCE),
    dict(name = "once_2_failure", program = "once.c", flags = ["-DFAILURES=1"], sources = _ONCE),
    dict(name = "once_3_looks", program = "once.c", flags = ["-DTHREADS=3", "-DLOOKS"], options = ["--spurious-wakes=0", "--spurious-cas=0"], sources = _ONCE),
    dict(name = "once_3_failure", program = "once.c", flags = ["-DTHREADS=3", "-DFAILURES=1"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _ONCE),
    dict(name = "once_3_refuse", program = "once.c", flags = ["-DTHREADS=3", "-DFAILURES=1", "-DREFUSES=1"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _ONCE),
    dict(name = "event_2", program = "event_wait.c", sources = _EVENT),
    dict(name = "event_2_timed", program = "event_wait.c", flags = ["-DTIMED=1"], options = ["--clock-jumps=1"], sources = _EVENT),
    dict(name = "event_2_reset", program = "event_wait.c", flags = ["-DRESET=1"], sources = _EVENT),
    dict(name = "event_1_timed", program = "event_wait.c", flags = ["-DTHREADS=1", "-DTIMED=1"], options = ["--clock-jumps=1"], bounded = True, sources = _EVENT),
    dict(name = "event_2_resets", program = "event_wait.c", flags = ["-DRESET=1", "-DSETS=2"], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _EVENT),
    dict(name = "cond_2", program = "cond_queue.c", options = ["--spurious-wakes=0"], sources = _COND),
    dict(name = "cond_2_all", program = "cond_queue.c", flags = ["-DALL=1"], options = ["--spurious-wakes=0"], sources = _COND),
    dict(name = "cond_2_locked", program = "cond_queue.c", flags = ["-DLOCKED=1"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _COND),
    dict(name = "cond_2_timed", program = "cond_queue.c", flags = ["-DTIMED=1"], options = ["--mode=random", "--executions=20000", "--clock-jumps=1"], bounded = True, sources = _COND),
    dict(name = "cond_3", program = "cond_queue.c", flags = ["-DTHREADS=3"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _COND),
    dict(name = "cond_3_all", program = "cond_queue.c", flags = ["-DTHREADS=3", "-DALL=1"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _COND),
    dict(name = "cond_3_timed", program = "cond_queue.c", flags = ["-DTHREADS=3", "-DTIMED=1"], options = ["--mode=random", "--executions=20000", "--clock-jumps=1"], bounded = True, sources = _COND),
    dict(name = "cond_3_refuse", program = "cond_queue.c", flags = ["-DTHREADS=3", "-DREFUSES=1"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _COND),
    # An unlock that finds nobody asleep and a waiter that finds its bit cleared may go round for ever: --events ends that.
    dict(name = "rwmutex_2", program = "rwmutex_lock.c", options = ["--events=60", "--spurious-wakes=0", "--spurious-cas=0"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_2_writers", program = "rwmutex_lock.c", flags = ['-DROLES="ww"'], options = ["--events=60", "--spurious-wakes=0", "--spurious-cas=0"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_2_downgrade", program = "rwmutex_lock.c", flags = ['-DROLES="dr"'], options = ["--events=60", "--spurious-wakes=0", "--spurious-cas=0"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_2_try", program = "rwmutex_lock.c", flags = ['-DROLES="ts"'], sources = _RWMUTEX),
    dict(name = "rwmutex_3", program = "rwmutex_lock.c", flags = ["-DTHREADS=3", '-DROLES="wrr"'], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_3_writers", program = "rwmutex_lock.c", flags = ["-DTHREADS=3", '-DROLES="wwr"'], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_2_timed", program = "rwmutex_lock.c", flags = ['-DROLES="Wr"'], options = ["--clock-jumps=1", "--events=60", "--spurious-wakes=0", "--spurious-cas=0"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_2_timed_reader", program = "rwmutex_lock.c", flags = ['-DROLES="wR"'], options = ["--clock-jumps=1", "--events=60", "--spurious-wakes=0", "--spurious-cas=0"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_3_timed", program = "rwmutex_lock.c", flags = ["-DTHREADS=3", '-DROLES="Wwr"'], options = ["--mode=random", "--executions=20000", "--clock-jumps=1"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_3_timed_readers", program = "rwmutex_lock.c", flags = ["-DTHREADS=3", '-DROLES="WRr"'], options = ["--mode=random", "--executions=20000", "--clock-jumps=1"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_2_refuse", program = "rwmutex_lock.c", flags = ["-DREFUSES=1"], options = ["--events=60", "--spurious-wakes=0", "--spurious-cas=0"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_2_refuse_handoff", program = "rwmutex_lock.c", flags = ["-DREFUSES=1", "-DFAIRNESS=0"], options = ["--events=60", "--spurious-wakes=0", "--spurious-cas=0"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_3_refuse", program = "rwmutex_lock.c", flags = ["-DTHREADS=3", '-DROLES="wrw"', "-DREFUSES=1"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_3_refuse_handoff", program = "rwmutex_lock.c", flags = ["-DTHREADS=3", '-DROLES="wrr"', "-DREFUSES=1", "-DFAIRNESS=0"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_3_refuse_timed", program = "rwmutex_lock.c", flags = ["-DTHREADS=3", '-DROLES="Wrw"', "-DREFUSES=1"], options = ["--mode=random", "--executions=20000", "--clock-jumps=1"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_3_gone", program = "rwmutex_lock.c", flags = ["-DTHREADS=3", '-DROLES="oWr"'], options = ["--mode=random", "--executions=20000", "--clock-jumps=1", "--timeouts=2"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_4_gone", program = "rwmutex_lock.c", flags = ["-DTHREADS=4", '-DROLES="uoWr"'], options = ["--mode=random", "--executions=20000", "--clock-jumps=1", "--timeouts=2"], bounded = True, sources = _RWMUTEX),
    dict(name = "rwmutex_3_handoff", program = "rwmutex_lock.c", flags = ["-DTHREADS=3", '-DROLES="wrr"', "-DFAIRNESS=0"], options = ["--mode=random", "--executions=20000"], bounded = True, sources = _RWMUTEX),
    dict(name = "recursive_2", program = "recursive_lock.c", sources = _RECURSIVE),
    dict(name = "qsbr_states_2", program = "qsbr_states.c", options = ["--events=4000", "--no-deadlines"], sources = _QSBR),
    dict(name = "qsbr_states_2_stalls", program = "qsbr_states.c", flags = ["-DSTALLS"], options = ["--events=4000", "--no-deadlines"], sources = _QSBR),
    dict(name = "qsbr_attach_2", program = "qsbr_reader.c", sources = _QSBR),
    dict(name = "qsbr_attach_2_quiescent", program = "qsbr_reader.c", flags = ["-DSETTLE=weft_qsbr_quiescent"], sources = _QSBR),
    dict(name = "qsbr_attach_2_exit", program = "qsbr_reader.c", flags = ["-DWRITER_EXITS=1", "-DSETTLE=weft_thread_unregister"], sources = _QSBR),
    dict(name = "qsbr_synchronize_2", program = "qsbr_reader.c", flags = ["-DONLINE=1", "-DSYNCHRONIZES=1"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_online_2", program = "qsbr_reader.c", flags = ["-DONLINE=1"], sources = _QSBR),
    dict(name = "qsbr_leaves_2", program = "qsbr_reader.c", flags = ["-DLEAVES=1"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _QSBR),
    # Without deadlines: a wait at a barrier that nobody ends is a deadlock, not a look at the clock.
    dict(name = "qsbr_barrier_2", program = "qsbr_barrier.c", options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_barrier_2_leaves", program = "qsbr_barrier.c", flags = ["-DLEAVES"], options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_barrier_2_runs", program = "qsbr_barrier.c", flags = ["-DRUNS"], options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_back_3", program = "qsbr_back.c", flags = ["-DPASSES=weft_thread_safepoint"], options = ["--mode=random", "--executions=300", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_back_3_quiescent", program = "qsbr_back.c", flags = ["-DPASSES=weft_qsbr_quiescent"], options = ["--mode=random", "--executions=300", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_wait_2", program = "qsbr_wait.c", flags = ["-DWAITS=weft_qsbr_synchronize"], options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_wait_2_barrier", program = "qsbr_wait.c", flags = ["-DWAITS=weft_qsbr_barrier", "-DBARRIER"], options = ["--mode=random", "--executions=300", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_wait_2_asked", program = "qsbr_wait.c", flags = ["-DWAITS=weft_qsbr_barrier", "-DBARRIER", "-DASKED", "-DPASSES=weft_thread_safepoint"], options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_wait_2_used", program = "qsbr_wait.c", flags = ["-DWAITS=weft_qsbr_barrier", "-DBARRIER", "-DUSED"], options = ["--mode=random", "--executions=300", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_wait_2_away", program = "qsbr_wait.c", flags = ["-DWAITS=weft_qsbr_barrier", "-DBARRIER", "-DPASSES=comes_and_goes"], options = ["--mode=random", "--executions=1000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_barrier_2_scope", program = "qsbr_barrier.c", flags = ["-DSCOPE"], options = ["--mode=random", "--executions=200", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_barrier_2_away", program = "qsbr_barrier.c", flags = ["-DRUNS", "-DAWAY"], options = ["--mode=random", "--executions=1000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_online_2_scans", program = "qsbr_reader.c", flags = ["-DONLINE=1", "-DPASSES=weft_qsbr_poll", "-DFINDS=1"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_domain_2_start", program = "qsbr_domain.c", flags = ["-DSTART=(UINTPTR_MAX>>1)"], options = ["--mode=random", "--executions=200", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_domains_2_held", program = "qsbr_domains.c", flags = ["-DHOLDS_UP=1"], options = ["--mode=random", "--executions=1000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_domains_2", program = "qsbr_domains.c", options = ["--mode=random", "--executions=1000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_gone_2", program = "qsbr_gone.c", options = ["--mode=random", "--executions=100", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_stage_2", program = "qsbr_stage.c", options = ["--executions=500", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_cap_2", program = "qsbr_cap.c", options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_cap_2_leaves", program = "qsbr_cap.c", flags = ["-DLEAVES"], options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_cap_2_runs", program = "qsbr_cap.c", flags = ["-DRUNS"], options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_late_2", program = "qsbr_late.c", options = ["--mode=random", "--executions=1000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_late_2_first", program = "qsbr_late.c", options = ["--executions=1000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_late_3", program = "qsbr_late.c", flags = ["-DRETIRERS=2"], options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "qsbr_domain_2", program = "qsbr_domain.c", options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _QSBR),
    dict(name = "ref_states_1", program = "ref_states.c", options = ["--events=4000"], sources = _REF),
    dict(name = "ref_hot_2", program = "ref_hot.c", options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _REF),
    dict(name = "ref_runtimes_2", program = "ref_runtimes.c", options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _REF),
    dict(name = "ref_forked", program = "ref_forked.c", options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _REF),
    dict(name = "ref_closed_2", program = "ref_closed.c", options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _REF),
    dict(name = "ref_closed_2_kept", program = "ref_closed.c", flags = ["-DKEEPS"], options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _REF),
    dict(name = "ref_orphan_2", program = "ref_orphan.c", options = ["--spurious-wakes=0", "--executions=500"], bounded = True, sources = _REF),
    dict(name = "ref_orphan_2_meets", program = "ref_orphan.c", flags = ["-DMEETS"], options = ["--spurious-wakes=0"], sources = _REF),
    dict(name = "ref_kept_2", program = "ref_kept.c", sources = _REF),
    dict(name = "ref_queue_2", program = "ref_queue.c", sources = _REF),
    dict(name = "ref_bundle_2", program = "ref_bundle.c", options = ["--executions=500"], bounded = True, sources = _REF),
    dict(name = "ref_leave_2", program = "ref_leave.c", sources = _REF),
    dict(name = "ref_count_2", program = "ref_count.c", sources = _REF),
    dict(name = "ref_count_2_handed", program = "ref_count.c", flags = ["-DHANDED"], sources = _REF),
    dict(name = "ref_count_2_counts", program = "ref_count.c", flags = ["-DCOUNTS"], sources = _REF),
    dict(name = "ref_count_2_merges", program = "ref_count.c", flags = ["-DMERGES"], sources = _REF),
    dict(name = "ref_count_2_unique", program = "ref_count.c", flags = ["-DUNIQUE"], sources = _REF),
    dict(name = "ref_count_2_handed_merges", program = "ref_count.c", flags = ["-DHANDED", "-DMERGES"], sources = _REF),
    dict(name = "ref_count_2_detaches", program = "ref_count.c", flags = ["-DDETACHES"], sources = _REF),
    dict(name = "ref_count_2_claims", program = "ref_count.c", flags = ["-DHANDED", "-DDETACHES"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _REF),
    dict(name = "ref_count_2_inherits", program = "ref_count.c", flags = ["-DINHERITS"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _REF),
    dict(name = "ref_count_2_handed_inherits", program = "ref_count.c", flags = ["-DHANDED", "-DINHERITS"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _REF),
    dict(name = "ref_count_3", program = "ref_count.c", flags = ["-DTHREADS=3"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _REF),
    dict(name = "ref_count_3_handed", program = "ref_count.c", flags = ["-DTHREADS=3", "-DHANDED", "-DDETACHES"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _REF),
    dict(name = "ref_found_2", program = "ref_found.c", sources = _REF),
    dict(name = "ref_found_2_unique", program = "ref_found.c", flags = ["-DUNIQUE"], sources = _REF),
    dict(name = "ref_found_2_merged", program = "ref_found.c", flags = ["-DMERGED", "-DUNIQUE"], sources = _REF),
    dict(name = "ref_found_2_weak", program = "ref_found.c", flags = ["-DWEAK"], sources = _REF),
    dict(name = "ref_found_2_borrowed", program = "ref_found.c", flags = ["-DWEAK", "-DBORROWED"], sources = _REF),
    dict(name = "ref_found_2_weak_merged", program = "ref_found.c", flags = ["-DWEAK", "-DMERGED"], sources = _REF),
    dict(name = "ref_sharded_2", program = "ref_sharded.c", sources = _REF),
    dict(name = "ref_sharded_2_unshards", program = "ref_sharded.c", flags = ["-DUNSHARDS"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _REF),
    dict(name = "ref_sharded_2_again", program = "ref_sharded.c", flags = ["-DUNSHARDS", "-DAGAIN"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _REF),
    dict(name = "ref_leave_2_counts", program = "ref_leave.c", flags = ["-DCOUNTS"], sources = _REF),
    dict(name = "ref_leave_2_reused", program = "ref_leave.c", flags = ["-DREUSED"], sources = _REF),
    dict(name = "ref_leave_2_reused_slow", program = "ref_leave.c", flags = ["-DREUSED", "-DSLOW"], sources = _REF),
    dict(name = "ref_leave_2_reused_shards", program = "ref_leave.c", flags = ["-DREUSED", "-DSHARDS"], sources = _REF),
    dict(name = "ref_leave_2_kept", program = "ref_leave.c", flags = ["-DREUSED", "-DKEEPS"], sources = _REF),
    dict(name = "ref_leave_2_kept_slow", program = "ref_leave.c", flags = ["-DREUSED", "-DKEEPS", "-DSLOW"], sources = _REF),
    dict(name = "ref_leave_2_collides", program = "ref_leave.c", flags = ["-DCOLLIDES", "-DWEFT_REF_CELL_BITS=1"], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _REF),
    dict(name = "ref_leave_2_tables", program = "ref_leave.c", flags = ["-DTABLES"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _REF),
    dict(name = "symbol_states_1", program = "symbol_states.c", options = ["--events=4000"], sources = _SYMBOL_HOST),
    dict(name = "symbol_states_1_chunks", program = "symbol_states.c", flags = ["-DWEFT_SYMBOL_CHUNK=((size_t)8)"], options = ["--events=4000"], sources = _SYMBOL_HOST),
    dict(name = "symbol_intern_2", program = "symbol_pair.c", flags = ['-DFIRST=""', '-DMAINS="a"', '-DOTHERS="a"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM, sources = _SYMBOL),
    dict(name = "symbol_intern_2_others", program = "symbol_pair.c", flags = ['-DFIRST=""', '-DMAINS="ab"', '-DOTHERS="ba"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _SYMBOL),
    dict(name = "symbol_find_2", program = "symbol_pair.c", flags = ['-DFIRST=""', '-DMAINS="a"', '-DOTHERS="(("', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM, sources = _SYMBOL),
    dict(name = "symbol_made_2", program = "symbol_pair.c", flags = ['-DFIRST=""', '-DMAINS="["', '-DOTHERS="a"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM, sources = _SYMBOL),
    dict(name = "symbol_made_2_both", program = "symbol_pair.c", flags = ['-DFIRST=""', '-DMAINS="["', '-DOTHERS="["', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM, sources = _SYMBOL),
    dict(name = "symbol_death_2", program = "symbol_pair.c", flags = ['-DFIRST="a"', '-DMAINS="A"', '-DOTHERS="a"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _SYMBOL),
    dict(name = "symbol_death_2_again", program = "symbol_pair.c", flags = ['-DFIRST="a"', '-DMAINS="Aa"', '-DOTHERS="a"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _SYMBOL),
    dict(name = "symbol_death_2_find", program = "symbol_pair.c", flags = ['-DFIRST="a"', '-DMAINS="A"', '-DOTHERS="("', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM, sources = _SYMBOL),
    # Its cell is copied from meanwhile, and not all are copied: it is still in the array that is the table's.
    dict(name = "symbol_death_2_copied", program = "symbol_pair.c", flags = ['-DFIRST="abc"', '-DMAINS="A"', '-DOTHERS="d"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)", "-DWEFT_SYMBOL_CHUNK=((size_t)1)"], options = _CALM + ["--mode=random", "--executions=300"], bounded = True, sources = _SYMBOL),
    dict(name = "symbol_growth_2_find", program = "symbol_pair.c", flags = ['-DFIRST="ab"', '-DMAINS="c"', '-DOTHERS="01"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM, sources = _SYMBOL),
    dict(name = "symbol_growth_2_intern", program = "symbol_pair.c", flags = ['-DFIRST="ab"', '-DMAINS="cd"', '-DOTHERS="dc"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _SYMBOL),
    dict(name = "symbol_growth_2_death", program = "symbol_pair.c", flags = ['-DFIRST="ab"', '-DMAINS="cA"', '-DOTHERS="a"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _SYMBOL),
    # Two copy, a chunk each: who comes last knows of the other's copies.
    dict(name = "symbol_chunks_2", program = "symbol_pair.c", flags = ['-DFIRST="abc"', '-DMAINS="d02"', '-DOTHERS="e"', '-DGROUPS="00111"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)", "-DWEFT_SYMBOL_CHUNK=((size_t)2)"], options = _CALM + ["--mode=random", "--executions=300"], bounded = True, sources = _SYMBOL),
    # One copies beside what the other has interned and copied since, of a hash that many texts have.
    dict(name = "symbol_chunks_2_alike", program = "symbol_pair.c", flags = ['-DFIRST="abcdefghijk"', '-DMAINS="lm"', '-DOTHERS="a"', "-DSAME=1", '-DGROUPS="0000000033302"', "-DWEFT_SYMBOL_SMALLEST=((size_t)16)", "-DWEFT_SYMBOL_CHUNK=((size_t)4)"], options = _CALM + ["--mode=random", "--executions=300", "--events=4000"], bounded = True, sources = _SYMBOL),
    # The next array is full before all is copied.
    dict(name = "symbol_finish_2", program = "symbol_pair.c", flags = ['-DFIRST="abc"', '-DMAINS="d"', '-DOTHERS="efgh"', "-DWEFT_SYMBOL_SMALLEST=((size_t)4)"], options = _CALM + ["--mode=random", "--executions=300"], bounded = True, sources = _SYMBOL),
    dict(name = "thread_guest_1", program = "thread_guest.c", sources = _THREAD),
    dict(name = "world_hands_2", program = "world_hands.c", options = ["--mode=random", "--executions=300", "--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], bounded = True, sources = _THREAD),
    dict(name = "gil_clock_1", program = "gil_clock.c", flags = ["-DSCRIPTED_WAITS"], sources = _THREAD),
    dict(name = "gil_clock_1_spins", program = "gil_clock.c", flags = ["-DSCRIPTED_WAITS", "-UWEFT_GIL_SPIN_STEPS", "-DWEFT_GIL_SPIN_STEPS=1"], sources = _THREAD),
    dict(name = "thread_claim_2", program = "thread_claim.c", sources = _THREAD),
    dict(name = "thread_claim_2_exits", program = "thread_claim.c", flags = ["-DEXITS=1"], sources = _THREAD),
    dict(name = "thread_claim_2_unasked", program = "thread_claim.c", flags = ["-DCLAIMS=1"], sources = _THREAD),
    dict(name = "thread_slots_2", program = "thread_slots.c", sources = _THREAD),
    dict(name = "thread_attach_2", program = "thread_attach.c", sources = _THREAD),
    dict(name = "thread_kick_2", program = "thread_kick.c", sources = _THREAD),
    dict(name = "thread_kick_2_posts", program = "thread_kick.c", flags = ["-DPOSTS=1"], sources = _THREAD),
    dict(name = "thread_kick_2_gil", program = "thread_kick.c", flags = ["-DGIL=1"], options = ["--mode=random", "--executions=2000", "--timeouts=2", "--spurious-cas=0"], bounded = True, sources = _THREAD),
    dict(name = "thread_close_2", program = "thread_close.c", options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "runtime_end_2", program = "runtime_end.c", sources = _THREAD),
    dict(name = "runtime_end_2_slot", program = "runtime_end.c", flags = ["-DBY_SLOT=1"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "world_stop_2", program = "world_stop.c", sources = _THREAD),
    dict(name = "world_stop_2_detaches", program = "world_stop.c", flags = ["-DDETACHES=1"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "world_stop_2_exits", program = "world_stop.c", flags = ["-DEXITS=1"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "world_stop_2_stoppers", program = "world_stop.c", flags = ["-DSTOPPERS=1"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "critical_2", program = "critical_cross.c", options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "critical_2_nests", program = "critical_cross.c", flags = ["-DNESTS=1"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "gil_2", program = "gil_turns.c", options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "gil_2_handoff", program = "gil_turns.c", flags = ["-DINTERVAL=0"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "gil_2_on", program = "gil_turns.c", flags = ["-DSWITCHED=1"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "gil_2_off", program = "gil_turns.c", flags = ["-DSWITCHED=0"], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _THREAD),
    dict(name = "gil_2_told", program = "gil_turns.c", options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _THREAD),
    dict(name = "gil_2_handoff_told", program = "gil_turns.c", flags = ["-DINTERVAL=0", "-DTWICE=1"], options = ["--mode=random", "--executions=2000", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _THREAD),
    dict(name = "fork_child_object", program = "fork_child.c", flags = ["-DOBJECT=1"], options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _QSBR),
    dict(name = "fork_child_claim", program = "fork_child.c", flags = ["-DCLAIM=1"], options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _QSBR),
    dict(name = "fork_child_lags", program = "fork_child.c", flags = ["-DLAGS=1"], options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _QSBR),
    dict(name = "fork_child_stops", program = "fork_child.c", flags = ["-DSTOPS=1"], options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _QSBR),
    dict(name = "fork_child_gil", program = "fork_child.c", flags = ["-DGIL=1"], options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _QSBR),
    dict(name = "fork_child_prepared", program = "fork_child.c", flags = ["-DPREPARED=1"], options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _QSBR),
    dict(name = "fork_child", program = "fork_child.c", options = ["--spurious-wakes=0", "--spurious-cas=0", "--no-deadlines"], sources = _QSBR),
    dict(name = "list_words_1", program = "list_words.c", options = ["--events=4000"], sources = _LIST),
    dict(name = "list_append_2", program = "list_pair.c", flags = ['-DCHANGES="a"', '-DREADS="1n"'], sources = _LIST),
    dict(name = "list_insert_2", program = "list_pair.c", flags = ['-DCHANGES="i"', '-DREADS="01"'], sources = _LIST),
    dict(name = "list_reverse_2", program = "list_pair.c", flags = ['-DCHANGES="r"', '-DREADS="01"'], sources = _LIST),
    dict(name = "list_insert_2_prompt", program = "list_pair.c", flags = ['-DCHANGES="i"', '-DREADS="1"', "-DPROMPT=1"], sources = _LIST),
    dict(name = "list_append_2_found", program = "list_pair.c", flags = ['-DCHANGES="a"', '-DREADS="2n"'], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    dict(name = "list_extend_2_found", program = "list_pair.c", flags = ['-DCHANGES="x"', '-DREADS="2n"'], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    dict(name = "list_queue_2", program = "list_pair.c", flags = ['-DCHANGES="fs"', '-DREADS="1"', "-DQUEUE=1"], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    dict(name = "list_fence_2", program = "list_pair.c", flags = ['-DCHANGES="fs"', '-DREADS="1"'], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    dict(name = "list_fence_2_append", program = "list_pair.c", flags = ['-DCHANGES="fa"', '-DREADS="2"'], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    dict(name = "list_pop_2", program = "list_pair.c", flags = ['-DCHANGES="p"', '-DREADS="n1"'], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    dict(name = "list_reuse_2", program = "list_pair.c", flags = ['-DCHANGES="pa"', '-DREADS="11"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_reuse_2_len", program = "list_pair.c", flags = ['-DCHANGES="pa"', '-DREADS="1n"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_reuse_2_prompt", program = "list_pair.c", flags = ['-DCHANGES="pa"', '-DREADS="1n"', "-DPROMPT=1"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_taken_2_prompt", program = "list_pair.c", flags = ['-DCHANGES="t"', '-DREADS="1"', "-DPROMPT=1"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_taken_2_prompt_array", program = "list_pair.c", flags = ['-DCHANGES="T"', '-DREADS="1"', "-DPROMPT=1", "-DSIZE=3"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_taken_2_prompt_back", program = "list_pair.c", flags = ['-DCHANGES="tk"', '-DREADS="1"', "-DPROMPT=1"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_taken_2_prompt_queue", program = "list_pair.c", flags = ['-DCHANGES="t"', '-DREADS="1"', "-DPROMPT=1", "-DQUEUE=1"], options = ["--mode=random", "--executions=1200"], bounded = True, sources = _LIST),
    dict(name = "list_taken_2_prompt_queue_array", program = "list_pair.c", flags = ['-DCHANGES="T"', '-DREADS="1"', "-DPROMPT=1", "-DQUEUE=1", "-DSIZE=3"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_taken_2_prompt_queue_back", program = "list_pair.c", flags = ['-DCHANGES="tk"', '-DREADS="1"', "-DPROMPT=1", "-DQUEUE=1"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_strict_2", program = "list_pair.c", flags = ['-DCHANGES="r"', '-DREADS="w"'], options = ["--mode=random", "--executions=3000"], bounded = True, sources = _LIST),
    dict(name = "list_strict_2_again", program = "list_pair.c", flags = ['-DCHANGES="r"', '-DREADS="ww"'], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _LIST),
    dict(name = "list_last_2", program = "list_pair.c", flags = ['-DCHANGES="aSSp"', '-DREADS="l"'], options = ["--mode=random", "--executions=1000"], bounded = True, sources = _LIST),
    dict(name = "list_last_2_shift", program = "list_pair.c", flags = ['-DCHANGES="i"', '-DREADS="l"', "-DQUEUE=1", "-DWEFT_LIST_SHIFT_SIZE=1U"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    # Each of these names the line that it guards: with another order there, or without it, the row fails.
    # add: the bounds before the slots.
    dict(name = "list_extend_2_two", program = "list_pair.c", flags = ['-DCHANGES="X"', '-DREADS="2n"'], options = ["--mode=random", "--executions=60"], bounded = True, sources = _LIST),
    # begin_to_move: its release, for an array that was published after the reader began.
    dict(name = "list_fence_2_grown", program = "list_pair.c", flags = ['-DCHANGES="gf"', '-DREADS="01"'], options = ["--mode=random", "--executions=3000"], bounded = True, sources = _LIST),
    # shift_down: SHIFTING.
    dict(name = "list_shift_2_down", program = "list_pair.c", flags = ['-DCHANGES="d"', '-DREADS="1n"', "-DQUEUE=1", "-DSIZE=3", "-DWEFT_LIST_SHIFT_SIZE=1U"], options = ["--mode=random", "--executions=5000"], bounded = True, sources = _LIST),
    # weft_list_let_go: what a DEFERRED list clears is dropped after the grace period.
    dict(name = "list_borrow_2_clear", program = "list_pair.c", flags = ['-DCHANGES="cq"', '-DREADS="b1"'], options = ["--mode=random", "--executions=40"], bounded = True, sources = _LIST),
    # weft_list_array_of: its acquire.
    dict(name = "list_private_2", program = "list_pair.c", flags = ['-DCHANGES="i"', '-DREADS="1n"', "-DPRIVATE=1"], options = ["--mode=random", "--executions=40"], bounded = True, sources = _LIST),
    # weft_list_share: the flags of the items; its release.
    dict(name = "list_private_2_prompt", program = "list_pair.c", flags = ['-DCHANGES="p"', '-DREADS="1"', "-DPRIVATE=1", "-DPROMPT=1"], options = ["--mode=random", "--executions=60"], bounded = True, sources = _LIST),
    dict(name = "list_share_3", program = "list_share.c", options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    dict(name = "list_frozen_2", program = "list_frozen.c", options = ["--mode=random", "--executions=1000", "--depth=2", "--no-deadlines", "--spurious-wakes=0"], bounded = True, sources = _LIST),
    # look_at: the acquire of the first look at the bounds; holds: that of the second, now and then (SURVIVORS).
    dict(name = "list_queue_2_first", program = "list_pair.c", flags = ['-DCHANGES="Sf"', '-DREADS="0"', "-DQUEUE=1"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_last_2_back", program = "list_pair.c", flags = ['-DCHANGES="id"', '-DREADS="l"', "-DQUEUE=1", "-DWEFT_LIST_SHIFT_SIZE=1U"], options = ["--mode=random", "--depth=0", "--executions=4000"], bounded = True, sources = _LIST),
    # shift_up: the releases of the slots. shift_down: the slot behind the last.
    dict(name = "list_shift_2_up", program = "list_pair.c", flags = ['-DCHANGES="i"', '-DREADS="1n"', "-DQUEUE=1", "-DWEFT_LIST_SHIFT_SIZE=1U"], options = ["--mode=random", "--executions=5000"], bounded = True, sources = _LIST),
    dict(name = "list_shift_2_append", program = "list_pair.c", flags = ['-DCHANGES="da"', '-DREADS="12"', "-DQUEUE=1", "-DWEFT_LIST_SHIFT_SIZE=1U", "-DSIZE=3"], options = ["--mode=random", "--executions=200"], bounded = True, sources = _LIST),
    # take_end: the slot of the first.
    dict(name = "list_taken_2_prompt_first", program = "list_pair.c", flags = ['-DCHANGES="F"', '-DREADS="0"', "-DPROMPT=1", "-DQUEUE=1"], options = ["--mode=random", "--executions=4000"], bounded = True, sources = _LIST),
    # weft_list_append_in_place: its versions and bounds. weft_list_will_change, weft_list_leave: the versions.
    dict(name = "list_version_2_append", program = "list_pair.c", flags = ['-DCHANGES="a"', '-DREADS="2v"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_version_2_appended", program = "list_pair.c", flags = ['-DCHANGES="sa"', '-DREADS="v0"'], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    dict(name = "list_version_2_set", program = "list_pair.c", flags = ['-DCHANGES="sS"', '-DREADS="v0"'], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    dict(name = "list_len_2_append", program = "list_pair.c", flags = ['-DCHANGES="sa"', '-DREADS="n0"'], options = ["--mode=random", "--executions=2000"], bounded = True, sources = _LIST),
    # reverse_in_place.
    dict(name = "list_private_2_reverse", program = "list_pair.c", flags = ['-DCHANGES="r"', '-DREADS="01"', "-DPRIVATE=1"], options = ["--mode=random", "--executions=100"], bounded = True, sources = _LIST),
    # give_up: its release and acquire.
    dict(name = "list_frozen_3_last", program = "list_frozen_last.c", options = ["--mode=random", "--executions=200"], bounded = True, sources = _LIST),
    # What else changes several items at once: each is one change to who reads.
    dict(name = "list_sort_2", program = "list_pair.c", flags = ['-DCHANGES="o"', '-DREADS="01"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_sort_2_fenced", program = "list_pair.c", flags = ['-DCHANGES="fo"', '-DREADS="01"', "-DSIZE=3"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_delete_slice_2", program = "list_pair.c", flags = ['-DCHANGES="D"', '-DREADS="0n"', "-DSIZE=3"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_delete_each_second_2", program = "list_pair.c", flags = ['-DCHANGES="E"', '-DREADS="0n"', "-DSIZE=3"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_set_slice_2", program = "list_pair.c", flags = ['-DCHANGES="z"', '-DREADS="12"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_snapshot_2", program = "list_pair.c", flags = ['-DCHANGES="N"', '-DREADS="01"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_snapshot_2_append", program = "list_pair.c", flags = ['-DCHANGES="Na"', '-DREADS="1n"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_clear_2", program = "list_pair.c", flags = ['-DCHANGES="c"', '-DREADS="0n"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_grow_2_borrow", program = "list_pair.c", flags = ['-DCHANGES="ga"', '-DREADS="bn"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_snapshot_2_prompt", program = "list_pair.c", flags = ['-DCHANGES="N"', '-DREADS="0"', "-DPROMPT=1"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    # Two that change a list. weft_list_sort: its look at the version.
    # What has ended is seen.
    dict(name = "list_ended_2", program = "list_pair.c", flags = ['-DCHANGES="gas"', '-DREADS="0?0?2?l"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_ended_2_len", program = "list_pair.c", flags = ['-DCHANGES="ag"', '-DREADS="?n?b"'], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_ended_2_queue", program = "list_pair.c", flags = ['-DCHANGES="fa"', '-DREADS="?0?l?n"', "-DQUEUE=1"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_ended_2_prompt", program = "list_pair.c", flags = ['-DCHANGES="is"', '-DREADS="?0?v?1"', "-DPROMPT=1"], options = ["--mode=random", "--executions=500"], bounded = True, sources = _LIST),
    dict(name = "list_both_2_sort", program = "list_both.c", flags = ['-DMAINS="o"', '-DOTHERS="a"'], options = ["--mode=random", "--executions=300"], bounded = True, sources = _LIST),
    dict(name = "list_both_2_append", program = "list_both.c", flags = ['-DMAINS="a"', '-DOTHERS="a"'], options = ["--mode=random", "--executions=300"], bounded = True, sources = _LIST),
    dict(name = "list_both_2_append_pop", program = "list_both.c", flags = ['-DMAINS="a"', '-DOTHERS="p"'], options = ["--mode=random", "--executions=300"], bounded = True, sources = _LIST),
    dict(name = "list_both_2_insert_first", program = "list_both.c", flags = ['-DMAINS="i"', '-DOTHERS="f"'], options = ["--mode=random", "--executions=300"], bounded = True, sources = _LIST),
    dict(name = "list_both_2_set_slice", program = "list_both.c", flags = ['-DMAINS="s"', '-DOTHERS="D"'], options = ["--mode=random", "--executions=300"], bounded = True, sources = _LIST),
    dict(name = "list_both_2_snapshot", program = "list_both.c", flags = ['-DMAINS="Na"', '-DOTHERS="x"'], options = ["--mode=random", "--executions=300"], bounded = True, sources = _LIST),
    dict(name = "list_both_2_reverse_grow", program = "list_both.c", flags = ['-DMAINS="r"', '-DOTHERS="ga"'], options = ["--mode=random", "--executions=300"], bounded = True, sources = _LIST),
    dict(name = "list_both_2_clear", program = "list_both.c", flags = ['-DMAINS="a"', '-DOTHERS="c"'], options = ["--mode=random", "--executions=300"], bounded = True, sources = _LIST),
    dict(name = "dict_set_2", program = "dict_pair.c", flags = ['-DCHANGES="s"', '-DREADS="1b"'], options = _CALM, sources = _DICT),
    dict(name = "dict_insert_2", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="33n"'], options = _CALM, sources = _DICT),
    dict(name = "dict_delete_2", program = "dict_pair.c", flags = ['-DCHANGES="d"', '-DREADS="11n"'], options = _CALM, sources = _DICT),
    # publish_entry: begun before the slot; its count, which pairs with that of cache_fill.
    dict(name = "dict_miss_2", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="m3m.m"'], options = _CALM, sources = _DICT),
    dict(name = "dict_grow_2", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="13"', "-DFULL=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_taken_2_prompt_back", program = "dict_pair.c", flags = ['-DCHANGES="uk"', '-DREADS="1"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=300"], bounded = True, sources = _DICT),
    dict(name = "dict_set_2_prompt", program = "dict_pair.c", flags = ['-DCHANGES="s"', '-DREADS="1"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _DICT),
    # Reads beside one change: exhausted, unless they say so.
    dict(name = "dict_states_1", program = "dict_states.c", options = ["--events=4000"], sources = _DICT),
    dict(name = "dict_set_2_cached", program = "dict_pair.c", flags = ['-DCHANGES="s"', '-DREADS="i!i"'], options = _CALM, sources = _DICT),
    dict(name = "dict_set_2_walk", program = "dict_pair.c", flags = ['-DCHANGES="s"', '-DREADS="w!N"'], options = _CALM, sources = _DICT),
    dict(name = "dict_set_2_strict", program = "dict_pair.c", flags = ['-DCHANGES="s"', '-DREADS="s!N"'], options = _CALM, sources = _DICT),
    dict(name = "dict_set_2_version", program = "dict_pair.c", flags = ['-DCHANGES="ss"', '-DREADS="v1v"'], options = _CALM, sources = _DICT),
    dict(name = "dict_insert_2_32", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="m3.3"', "-DWIDTHS=0,26"], options = _CALM, sources = _DICT),
    dict(name = "dict_insert_2_64", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="m3.3"', "-DWIDTHS=0,0"], options = _CALM, sources = _DICT),
    dict(name = "dict_insert_2_walk", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="w!NNNE.a"'], options = _CALM, sources = _DICT),
    dict(name = "dict_insert_2_strict", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="s!N"'], options = _CALM, sources = _DICT),
    dict(name = "dict_miss_2_fill", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="m.m"'], options = _CALM, sources = _DICT),
    dict(name = "dict_delete_2_strict", program = "dict_pair.c", flags = ['-DCHANGES="d"', '-DREADS="s!N"'], options = _CALM, sources = _DICT),
    dict(name = "dict_delete_2_cached", program = "dict_pair.c", flags = ['-DCHANGES="da"', '-DREADS="i!i"'], options = _CALM, sources = _DICT),
    dict(name = "dict_delete_2_walk", program = "dict_pair.c", flags = ['-DCHANGES="d"', '-DREADS="w!N"'], options = _CALM, sources = _DICT),
    dict(name = "dict_pop_2_prompt", program = "dict_pair.c", flags = ['-DCHANGES="t"', '-DREADS="1"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _DICT),
    dict(name = "dict_pop_2_walk_prompt", program = "dict_pair.c", flags = ['-DCHANGES="t"', '-DREADS="w!N"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _DICT),
    # What has ended is seen.
    dict(name = "dict_ended_2", program = "dict_pair.c", flags = ['-DCHANGES="as"', '-DREADS="1?1?3?n"'], options = _CALM, sources = _DICT),
    dict(name = "dict_ended_2_grow", program = "dict_pair.c", flags = ['-DCHANGES="gd"', '-DREADS="b?b?n"'], options = _CALM, sources = _DICT),
    dict(name = "dict_ended_2_cached", program = "dict_pair.c", flags = ['-DCHANGES="sa"', '-DREADS="im!?i?m"'], options = _CALM, sources = _DICT),
    dict(name = "dict_ended_2_prompt", program = "dict_pair.c", flags = ['-DCHANGES="ad"', '-DREADS="?1?3"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _DICT),
    dict(name = "dict_ended_2_split", program = "dict_pair.c", flags = ['-DCHANGES="as"', '-DREADS="?3?1"', "-DSPLIT=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_popitem_2", program = "dict_pair.c", flags = ['-DCHANGES="p"', '-DREADS="22n"'], options = _CALM, sources = _DICT),
    dict(name = "dict_popitem_2_first", program = "dict_pair.c", flags = ['-DCHANGES="f"', '-DREADS="1b1"'], options = _CALM, sources = _DICT),
    dict(name = "dict_popitem_2_again", program = "dict_pair.c", flags = ['-DCHANGES="pa"', '-DREADS="32"'], options = _CALM, sources = _DICT),
    dict(name = "dict_clear_2", program = "dict_pair.c", flags = ['-DCHANGES="c"', '-DREADS="1b2"'], options = _CALM, sources = _DICT),
    dict(name = "dict_clear_2_prompt", program = "dict_pair.c", flags = ['-DCHANGES="c"', '-DREADS="1"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _DICT),
    dict(name = "dict_clear_2_walk", program = "dict_pair.c", flags = ['-DCHANGES="c"', '-DREADS="w!NN"'], options = _CALM, sources = _DICT),
    dict(name = "dict_clear_2_strict", program = "dict_pair.c", flags = ['-DCHANGES="c"', '-DREADS="s!N"'], options = _CALM, sources = _DICT),
    # was_last: what was inserted by others is known to who drops it.
    dict(name = "dict_clear_2_last", program = "dict_pair.c", flags = ['-DCHANGES="ac"', '-DREADS="w!E"', "-DPROMPT=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_reserve_2", program = "dict_pair.c", flags = ['-DCHANGES="g"', '-DREADS="n1"'], options = _CALM, sources = _DICT),
    dict(name = "dict_reserve_2_cached", program = "dict_pair.c", flags = ['-DCHANGES="g"', '-DREADS="i!i"'], options = _CALM, sources = _DICT),
    dict(name = "dict_reserve_2_fill", program = "dict_pair.c", flags = ['-DCHANGES="g"', '-DREADS="i"'], options = _CALM, sources = _DICT),
    dict(name = "dict_reserve_2_strict", program = "dict_pair.c", flags = ['-DCHANGES="g"', '-DREADS="s!N"'], options = _CALM, sources = _DICT),
    dict(name = "dict_reserve_2_miss", program = "dict_pair.c", flags = ['-DCHANGES="ga"', '-DREADS="m!m3m"'], options = _CALM, sources = _DICT),
    dict(name = "dict_snapshot_2", program = "dict_pair.c", flags = ['-DCHANGES="hs"', '-DREADS="1b"'], options = _CALM, sources = _DICT),
    dict(name = "dict_snapshot_2_walk", program = "dict_pair.c", flags = ['-DCHANGES="hd"', '-DREADS="w!N"'], options = _CALM, sources = _DICT),
    dict(name = "dict_share_2", program = "dict_pair.c", flags = ['-DCHANGES="aS"', '-DREADS="3.b"', "-DPRIVATE=1", "-DFULL=1"], options = _CALM + ["--mode=random", "--executions=300"], bounded = True, sources = _DICT),
    dict(name = "dict_share_2_late", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="1n"', "-DPRIVATE=1"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _DICT),
    # A dict of any keys, and dicts of a shape.
    dict(name = "dict_general_2_insert", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="13n"', "-DGENERAL=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_general_2_delete", program = "dict_pair.c", flags = ['-DCHANGES="d"', '-DREADS="1n"', "-DGENERAL=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_general_2_grow", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="13"', "-DGENERAL=1", "-DFULL=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_split_2_set", program = "dict_pair.c", flags = ['-DCHANGES="s"', '-DREADS="1b"', "-DSPLIT=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_split_2_insert", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="3n"', "-DSPLIT=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_split_2_miss", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="m3m.m"', "-DSPLIT=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_split_2_walk", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="w!NNNE.a"', "-DSPLIT=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_split_2_delete", program = "dict_pair.c", flags = ['-DCHANGES="da"', '-DREADS="13n"', "-DSPLIT=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_split_2_leaves", program = "dict_pair.c", flags = ['-DCHANGES="ds"', '-DREADS="12"', "-DSPLIT=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_split_2_snapshot", program = "dict_pair.c", flags = ['-DCHANGES="ha"', '-DREADS="3"', "-DSPLIT=1"], options = _CALM, sources = _DICT),
    # The shape is locked where it gets a key.
    dict(name = "dict_split_2_both", program = "dict_pair.c", flags = ['-DCHANGES="a"', '-DREADS="K"', "-DSPLIT=1"], options = _CALM + ["--mode=random", "--executions=300"], bounded = True, sources = _DICT),
    # The host is asked about keys; a key that was taken out and changed is not shown to it.
    dict(name = "dict_ask_2", program = "dict_ask.c", flags = ["-DDEFERRED=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_ask_2_takes", program = "dict_ask.c", flags = ["-DDEFERRED=1", "-DTAKES=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_ask_2_clears", program = "dict_ask.c", flags = ["-DDEFERRED=1", "-DCLEARS=1"], options = _CALM, sources = _DICT),
    dict(name = "dict_ask_2_prompt", program = "dict_ask.c", options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_ask_2_prompt_takes", program = "dict_ask.c", flags = ["-DTAKES=1"], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_ask_2_prompt_grows", program = "dict_ask.c", flags = ["-DTAKES=1", "-DGROWS=1"], options = _CALM + ["--mode=random", "--executions=300"], bounded = True, sources = _DICT),
    dict(name = "dict_taken_2_prompt_table", program = "dict_pair.c", flags = ['-DCHANGES="gu"', '-DREADS="1"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _DICT),
    dict(name = "dict_taken_2_prompt_strict", program = "dict_pair.c", flags = ['-DCHANGES="gu"', '-DREADS="s!N"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=4000"], bounded = True, sources = _DICT),
    dict(name = "dict_taken_2_prompt_walk", program = "dict_pair.c", flags = ['-DCHANGES="uk"', '-DREADS="w!N"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=500"], bounded = True, sources = _DICT),
    dict(name = "dict_taken_2_prompt_cached", program = "dict_pair.c", flags = ['-DCHANGES="uk"', '-DREADS="i!i"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=300"], bounded = True, sources = _DICT),
    # Two that change one dict, and what each gets.
    dict(name = "dict_both_2_set", program = "dict_both.c", flags = ['-DMAINS="s"', '-DOTHERS="d"'], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_insert", program = "dict_both.c", flags = ['-DMAINS="a"', '-DOTHERS="e"'], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_pop", program = "dict_both.c", flags = ['-DMAINS="d"', '-DOTHERS="d"'], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_popitem", program = "dict_both.c", flags = ['-DMAINS="pa"', '-DOTHERS="f"'], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_update", program = "dict_both.c", flags = ['-DMAINS="U"', '-DOTHERS="c"'], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_snapshot", program = "dict_both.c", flags = ['-DMAINS="ha"', '-DOTHERS="a"'], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_copy", program = "dict_both.c", flags = ['-DMAINS="k"', '-DOTHERS="sp"'], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_fill", program = "dict_both.c", flags = ['-DMAINS="C"', '-DOTHERS="ga"'], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_full", program = "dict_both.c", flags = ['-DMAINS="a"', '-DOTHERS="d"', "-DFULL=1"], options = _CALM + ["--mode=random", "--executions=200", "--events=4000"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_general", program = "dict_both.c", flags = ['-DMAINS="ae"', '-DOTHERS="p"', "-DGENERAL=1"], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
    dict(name = "dict_both_2_prompt", program = "dict_both.c", flags = ['-DMAINS="s"', '-DOTHERS="dh"', "-DPROMPT=1"], options = _CALM + ["--mode=random", "--executions=200"], bounded = True, sources = _DICT),
]
