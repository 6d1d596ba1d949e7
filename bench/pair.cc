#include "bench/pair.h"

namespace weft_bench {

Companion::Companion()
    : thread_([this] {
          std::unique_lock<std::mutex> lock(mutex_);
          changed_.wait(lock, [this] { return leave_; });
      }) {}

Companion::~Companion() {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        leave_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

} // namespace weft_bench
