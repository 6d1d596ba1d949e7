/* squad.h: pinned threads that go on until they are told to stop, beside a thread that measures. */
#ifndef WEFT_BENCH_SQUAD_H
#define WEFT_BENCH_SQUAD_H

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/clock.h"
#include "bench/machine.h"

namespace weft_bench {

class Squad {
  public:
    /* Starts threads that call run(index, squad): it gets ready, calls squad.start_together(), and
     * goes on until squad.stopped(). Returns when all have started. The caller is pinned to core 0;
     * the threads take cores 1, 2, ... and round again, without core 0 if `apart`. */
    template <class Run> Squad(unsigned count, const Run &run, bool apart = false) : count_(count) {
        pin_to(0);
        for (unsigned index = 0; index < count; index++) {
            threads_.emplace_back([this, index, run, apart] {
                pin_to(apart && cores() > 1 ? 1 + index % (cores() - 1) : index + 1);
                run(index, *this);
            });
        }
        start_together();
    }
    ~Squad() { stop(); }

    /* Asleep until everybody, the constructor too, has come here. */
    void start_together() {
        std::unique_lock<std::mutex> lock(mutex_);
        if (++arrived_ == count_ + 1) {
            everybody_.notify_all();
        }
        everybody_.wait(lock, [this] { return arrived_ == count_ + 1; });
    }

    bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

    /* Asleep until stop() is called. */
    void wait_for_stop() {
        std::unique_lock<std::mutex> lock(mutex_);
        everybody_.wait(lock, [this] { return stopped(); });
    }

    /* Tells the threads, and waits for them. */
    void stop() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            stopped_.store(true, std::memory_order_relaxed);
        }
        everybody_.notify_all();
        for (std::thread &thread : threads_) {
            if (thread.joinable()) {
                thread.join();
            }
        }
    }

  private:
    unsigned count_;
    unsigned arrived_ = 0;
    std::mutex mutex_;
    std::condition_variable everybody_;
    alignas(128) std::atomic<bool> stopped_{false};
    char stopped_line_[128 - sizeof(bool)];
    std::vector<std::thread> threads_;
};

} // namespace weft_bench

#endif /* WEFT_BENCH_SQUAD_H */
