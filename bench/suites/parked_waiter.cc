/* parked_waiter.cc: the linker's --wrap (BUILD) puts counters between the parking lot and the layer
 * of the operating system below it. They are on slow paths only. */
#include "bench/suites/parked_waiter.h"

#include <atomic>
#include <cstdlib>
#include <thread>

#include "weft_host.h"
#include "weft_mutex.h"
#include "weft_park.h"

namespace {

std::atomic<uint64_t> waits{0};
std::atomic<uint64_t> wakes{0};
std::atomic<uint64_t> yields{0};
std::atomic<uint64_t> allocations{0};
thread_local bool is_locking = false; /* other yields are the measurement's own */

} // namespace

extern "C" {
weft_wait_result __real_weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline);
weft_wait_result __wrap_weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline);
void __real_weft_wake_word(weft_atomic_u32 *word);
void __wrap_weft_wake_word(weft_atomic_u32 *word);
void __real_weft_yield(void);
void __wrap_weft_yield(void);
void *__real_weft_map_pages(size_t size);
void *__wrap_weft_map_pages(size_t size);

weft_wait_result __wrap_weft_wait_word(weft_atomic_u32 *word, uint32_t expected,
                                       uint64_t deadline) {
    waits.fetch_add(1, std::memory_order_relaxed);
    return __real_weft_wait_word(word, expected, deadline);
}

void __wrap_weft_wake_word(weft_atomic_u32 *word) {
    wakes.fetch_add(1, std::memory_order_relaxed);
    __real_weft_wake_word(word);
}

void __wrap_weft_yield(void) {
    if (is_locking) {
        yields.fetch_add(1, std::memory_order_relaxed);
    }
    __real_weft_yield();
}

void *__wrap_weft_map_pages(size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __real_weft_map_pages(size);
}
}

namespace weft_bench {

namespace {

constexpr uint64_t kRounds = 200;

/* One thread waits for a mutex that another holds until it sleeps, kRounds times. */
class Waiting {
  public:
    void run() {
        std::thread waiter([this] { wait(); });
        for (uint64_t round = 0; round < kRounds; round++) {
            weft_mutex_lock(&mutex_);
            uint64_t before = waits.load(std::memory_order_relaxed);
            turn_.store(2 * round + 1, std::memory_order_release);
            while (waits.load(std::memory_order_relaxed) == before) {
                weft_yield();
            }
            weft_sleep_ns(20000); /* it sleeps by now, or the counts get smaller */
            weft_mutex_unlock(&mutex_);
            await(2 * round + 2);
        }
        waiter.join();
    }

  private:
    void wait() {
        for (uint64_t round = 0; round < kRounds; round++) {
            await(2 * round + 1);
            is_locking = true;
            weft_mutex_lock(&mutex_);
            is_locking = false;
            weft_mutex_unlock(&mutex_);
            turn_.store(2 * round + 2, std::memory_order_release);
        }
    }
    void await(uint64_t turn) {
        while (turn_.load(std::memory_order_acquire) != turn) {
            weft_yield();
        }
    }

    weft_mutex mutex_ = WEFT_MUTEX_INIT;
    std::atomic<uint64_t> turn_{0};
};

void *count_allocation(void *, size_t size, size_t alignment) {
    void *memory = nullptr;
    allocations.fetch_add(1, std::memory_order_relaxed);
    return posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, size) ==
                   0
               ? memory
               : nullptr;
}

void give_back(void *, void *memory, size_t, size_t) {
    std::free(memory);
}

} // namespace

namespace {

/* How much what is counted grows with each wait. */
template <class Count> Sample per_waiter(const Count &count) {
    Sample sample;
    uint64_t before = count();
    Waiting().run();
    sample.metric[kValue] = static_cast<double>(count() - before) / static_cast<double>(kRounds);
    return sample;
}

} // namespace

Sample waits_and_wakes_per_waiter(const Work &) {
    return per_waiter([] { return waits.load() + wakes.load(); });
}

Sample yields_per_waiter(const Work &) {
    return per_waiter([] { return yields.load(); });
}

Sample heavy_fences_per_waiter(const Work &) {
    return per_waiter([] {
        weft_park_description description;
        weft_park_describe(&description);
        return description.heavy_fences;
    });
}

/* The table of waiters is mapped once for the process, by its first wait. */
Sample allocations_per_waiter(const Work &) {
    Sample sample;
    weft_host host = {};
    host.allocate = count_allocation;
    host.free = give_back;
    weft_host_set(&host);
    Waiting().run();
    sample = per_waiter([] { return allocations.load(); });
    weft_host_set(nullptr);
    return sample;
}

} // namespace weft_bench
