/* owner.h: a thread that makes what others measure with, and stays as long as this lives. */
#ifndef WEFT_BENCH_OWNER_H
#define WEFT_BENCH_OWNER_H

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace weft_bench {

/* `Count` is a policy of counts.h. The thread stays asleep, detached, or running other code. */
template <class Count> class Owner {
  public:
    using Make = std::function<void(typename Count::Actor &)>;

    /* Returns when `make` has run on the thread. */
    explicit Owner(const Make &make, bool sleeps = true) {
        thread_ = std::thread([this, make, sleeps] { live(make, sleeps); });
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return ready_; });
    }
    ~Owner() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            leave_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    Owner(const Owner &) = delete;
    Owner &operator=(const Owner &) = delete;

  private:
    void live(const Make &make, bool sleeps) {
        typename Count::Actor actor;
        make(actor);
        if (sleeps) {
            Count::sleep(actor);
        }
        {
            std::unique_lock<std::mutex> lock(mutex_);
            ready_ = true;
            changed_.notify_all();
            changed_.wait(lock, [this] { return leave_; });
        }
        if (sleeps) {
            Count::wake(actor);
        }
        Count::safepoint(actor);
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool ready_ = false;
    bool leave_ = false;
    std::thread thread_;
};

} // namespace weft_bench

#endif /* WEFT_BENCH_OWNER_H */
