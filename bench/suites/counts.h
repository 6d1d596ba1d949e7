/* counts.h: reference counts behind one interface, for the suite `ref`.
 *
 * A policy has kName, kFamily, an Object (made by operator new of the policy's make), and an Actor,
 * which each thread makes for itself before it counts. make gives one reference, the caller's.
 *     static Object *make(Actor &, size_t size);
 *     static Self self_of(Actor &);              what a thread counts with, in a register
 *     static void incref(Self, Object *);        static void decref(Self, Object *);
 *     static void drop_last(Actor &, Object *);  the reference that make gave, on any thread
 *     static size_t read(const Object *);        a word of what is counted
 *     static void safepoint(Actor &);            passed by threads that run
 *     static void sleep(Actor &), wake(Actor &)  around what blocks
 */
#ifndef WEFT_BENCH_COUNTS_H
#define WEFT_BENCH_COUNTS_H

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "bench/suite.h"
#include "weft_host.h"
#include "weft_ref.h"

namespace weft_bench {

/* Bytes that objects and the counts' own structures hold. */
struct Held {
    static std::atomic<int64_t> &now() {
        static std::atomic<int64_t> bytes{0};
        return bytes;
    }
    static void *take(size_t size) {
        void *memory = std::malloc(size);
        if (memory == nullptr) {
            std::abort();
        }
        now().fetch_add(static_cast<int64_t>(size), std::memory_order_relaxed);
        return memory;
    }
    static void give(void *memory, size_t size) {
        now().fetch_sub(static_cast<int64_t>(size), std::memory_order_relaxed);
        std::free(memory);
    }
};

/* For policies to which it does not matter what a thread does otherwise. */
struct Threadless {
    struct Actor {};
    template <class Any> static Any &self_of(Any &actor) { return actor; }
    template <class Any> static void safepoint(Any &) {}
    template <class Any> static void sleep(Any &) {}
    template <class Any> static void wake(Any &) {}
};

/* A word that only one thread may count in. */
struct PlainCount : Threadless {
    static constexpr const char *kName = "plain count";
    static constexpr Family kFamily = Family::kFloor;
    struct Object {
        uintptr_t count;
        size_t size;
    };
    static Object *make(Actor &, size_t size) { return new (Held::take(size)) Object{1, size}; }
    static void incref(Actor &, Object *object) { object->count++; }
    static void drop_last(Actor &actor, Object *object) { decref(actor, object); }
    static void decref(Actor &, Object *object) {
        if (--object->count == 0) {
            Held::give(object, object->size);
        }
    }
};

/* One word, atomic. */
struct AtomicCount : Threadless {
    static constexpr const char *kName = "atomic count";
    static constexpr Family kFamily = Family::kBlocking;
    struct Object {
        std::atomic<uintptr_t> count;
        size_t size;
    };
    static Object *make(Actor &, size_t size) { return new (Held::take(size)) Object{{1}, size}; }
    static void incref(Actor &, Object *object) {
        object->count.fetch_add(1, std::memory_order_relaxed);
    }
    static void drop_last(Actor &actor, Object *object) { decref(actor, object); }
    static size_t read(const Object *object) { return object->size; }
    static void decref(Actor &, Object *object) {
        if (object->count.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            Held::give(object, object->size);
        }
    }
};

/* Copies of a std::shared_ptr; the control block lies with the object. An "object" here is a place that
 * holds the pointer, and copies live in a slot of the caller's stack. */
struct SharedPtr : Threadless {
    static constexpr const char *kName = "std::shared_ptr";
    static constexpr Family kFamily = Family::kBlocking;
    struct Body {
        explicit Body(size_t bytes) : size(bytes) { Held::now() += static_cast<int64_t>(size); }
        ~Body() {
            Held::now() -= static_cast<int64_t>(size);
            std::free(rest);
        }
        Body(const Body &) = delete;
        Body &operator=(const Body &) = delete;
        size_t size;
        void *rest = nullptr;
    };
    struct Object {
        std::shared_ptr<Body> pointer;
    };
    struct Actor {
        alignas(std::shared_ptr<Body>) unsigned char copy[sizeof(std::shared_ptr<Body>)];
    };
    static Object *make(Actor &, size_t size) {
        auto *object = new Object{std::make_shared<Body>(size)};
        object->pointer->rest = std::malloc(size);
        return object;
    }
    static void incref(Actor &actor, Object *object) {
        new (actor.copy) std::shared_ptr<Body>(object->pointer);
    }
    /* The copy made last; without one, the object's own. */
    static void decref(Actor &actor, Object *) {
        reinterpret_cast<std::shared_ptr<Body> *>(actor.copy)->~shared_ptr();
    }
    static void drop_last(Actor &, Object *object) { delete object; }
    static size_t read(const Object *object) { return object->pointer->size; }
};

/* lib/ref. */
struct WeftRef {
    static constexpr const char *kName = "weft_ref";
    static constexpr Family kFamily = Family::kSubject;
    struct Object {
        weft_ref head;
        unsigned char node[sizeof(weft_qsbr_node)];
        size_t size;
    };
    class Actor {
      public:
        Actor() {
            if (weft_thread_register(runtime(), nullptr, &self) != WEFT_THREAD_OK ||
                weft_thread_attach(self) != WEFT_THREAD_OK) {
                std::abort();
            }
        }
        ~Actor() { weft_thread_unregister(self); }
        Actor(const Actor &) = delete;
        Actor &operator=(const Actor &) = delete;
        weft_thread *self = nullptr;
    };
    static Object *make(Actor &actor, size_t size) {
        auto *object = static_cast<Object *>(Held::take(size));
        object->size = size;
        weft_ref_init(actor.self, &object->head);
        return object;
    }
    static weft_thread *self_of(Actor &actor) { return actor.self; }
    WEFT_ALWAYS_INLINE void incref(weft_thread *self, Object *object) {
        weft_ref_incref(self, &object->head);
    }
    static void drop_last(Actor &actor, Object *object) { decref(actor.self, object); }
    static size_t read(const Object *object) { return object->size; }
    WEFT_ALWAYS_INLINE void decref(weft_thread *self, Object *object) {
        weft_ref_decref(self, &object->head);
    }
    static void safepoint(Actor &actor) {
        (void)weft_thread_safepoint(actor.self);
        weft_qsbr_quiescent(actor.self);
    }
    static void sleep(Actor &actor) { weft_thread_detach(actor.self); }
    static void wake(Actor &actor) { (void)!weft_thread_attach(actor.self); }

    static std::atomic<uint64_t> &allocations() {
        static std::atomic<uint64_t> number{0};
        return number;
    }

  private:
    static weft_runtime *runtime() {
        static weft_runtime *const made = make_runtime();
        return made;
    }
    static weft_runtime *make_runtime() {
        static const weft_ref_hooks hooks = {
            [](weft_thread *, weft_ref *) { return WEFT_REF_FREE; },
            [](weft_ref *object) { Held::give(object, reinterpret_cast<Object *>(object)->size); },
            nullptr};
        static const weft_host host = {nullptr,
                                       [](void *, size_t size, size_t alignment) {
                                           allocations()++;
                                           Held::now() += static_cast<int64_t>(size);
                                           return std::aligned_alloc(alignment,
                                                                     (size + alignment - 1) /
                                                                         alignment * alignment);
                                       },
                                       [](void *, void *memory, size_t size, size_t) {
                                           Held::now() -= static_cast<int64_t>(size);
                                           std::free(memory);
                                       },
                                       nullptr, nullptr};
        weft_host_set(&host);
        weft_ref_install(&hooks);
        return weft_runtime_create(nullptr);
    }
};

/* The same, sharded from its making. */
struct WeftSharded : WeftRef {
    static constexpr const char *kName = "weft_ref, sharded";
    static Object *make(Actor &actor, size_t size) {
        Object *object = WeftRef::make(actor, size);
        if (!weft_ref_shard(actor.self, &object->head)) {
            std::abort();
        }
        return object;
    }
};

/* The same, biased to a thread that sleeps, and never sharded. */
struct WeftBiased : WeftRef {
    static constexpr const char *kName = "weft_ref, not sharded";
    static constexpr Family kFamily = Family::kBlocking;
};

/* The same, switched by the contention it meets. */
struct WeftSwitched : WeftRef {
    static constexpr const char *kName = "weft_ref, switched by contention";
    static constexpr Family kFamily = Family::kBlocking;
    static Object *make(Actor &actor, size_t size) {
        Object *object = WeftRef::make(actor, size);
        weft_ref_allow_sharding(&object->head);
        weft_ref_merge(actor.self, &object->head);
        return object;
    }
};

/* The biased protocol of CPython 3.14's free-threaded build, re-created from its published description
 * (PEP 703 and the internals' documentation): the owner's identity, a local count of 32 bits, a shared
 * count with two flag bits; a foreign drop that would go below zero gives its reference to the queue of the owner,
 * under a lock, and the owner merges when it next checks. Queues of owners that sleep wait for them. */
struct Cpython314 {
    static constexpr const char *kName = "CPython 3.14's protocol, re-created";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr intptr_t kOne = 4, kFlagged = 1, kQueued = 2, kMerged = 3, kFlags = 3;
    class Actor;
    struct Object {
        std::atomic<uintptr_t> owner;
        std::atomic<uint32_t> local;
        uint32_t padding;
        std::atomic<intptr_t> shared;
        size_t size;
        Actor *queue; /* the real one finds it by the owner's identity, in a hashed table */
    };
    class Actor {
      public:
        std::mutex lock;
        std::vector<Object *> queued;
        std::atomic<bool> asked{false};
    };
    static Actor &self_of(Actor &actor) { return actor; }
    static uintptr_t identity() {
        static thread_local char here;
        return reinterpret_cast<uintptr_t>(&here);
    }
    static Object *make(Actor &actor, size_t size) {
        return new (Held::take(size)) Object{{identity()}, {1}, 0, {0}, size, &actor};
    }
    static void incref(Actor &, Object *object) {
        uint32_t local = object->local.load(std::memory_order_relaxed) + 1;
        if (local == 0) {
            return; /* immortal */
        }
        if (object->owner.load(std::memory_order_relaxed) == identity()) {
            object->local.store(local, std::memory_order_relaxed);
        } else {
            object->shared.fetch_add(kOne, std::memory_order_relaxed);
        }
    }
    /* For a container's readers: the object may be dead. A shared count of zero says nothing unless it is
     * flagged, for the owner's last drop looks at no more than that it is zero. */
    static bool try_incref(Actor &, Object *object) {
        uint32_t local = object->local.load(std::memory_order_relaxed) + 1;
        if (local == 0) {
            return true;
        }
        if (object->owner.load(std::memory_order_relaxed) == identity()) {
            object->local.store(local, std::memory_order_relaxed);
            return true;
        }
        intptr_t seen = object->shared.load(std::memory_order_relaxed);
        do {
            if (seen == 0 || seen == kMerged) {
                return false;
            }
        } while (!object->shared.compare_exchange_weak(seen, seen + kOne, std::memory_order_acq_rel,
                                                       std::memory_order_relaxed));
        return true;
    }
    /* By who has the lock of the container: the next try succeeds. */
    static void incref_flagged(Actor &actor, Object *object) {
        intptr_t none = 0;
        object->shared.compare_exchange_strong(none, kFlagged, std::memory_order_relaxed);
        incref(actor, object);
    }
    static void drop_last(Actor &actor, Object *object) { decref(actor, object); }
    static size_t read(const Object *object) { return object->size; }
    static void decref(Actor &, Object *object) {
        uint32_t local = object->local.load(std::memory_order_relaxed);
        if (local == UINT32_MAX) {
            return;
        }
        if (object->owner.load(std::memory_order_relaxed) == identity()) {
            object->local.store(--local, std::memory_order_relaxed);
            if (local == 0) {
                merge_zero(object);
            }
        } else {
            drop_shared(object);
        }
    }
    static void safepoint(Actor &actor) {
        if (actor.asked.load(std::memory_order_relaxed)) {
            merge_queued(actor);
        }
    }
    static void sleep(Actor &) {}
    static void wake(Actor &actor) { safepoint(actor); }

  private:
    static void release(Object *object) { Held::give(object, object->size); }
    static __attribute__((noinline)) void merge_zero(Object *object) {
        intptr_t seen = object->shared.load(std::memory_order_acquire);
        if (seen == 0) {
            release(object);
            return;
        }
        object->owner.store(0, std::memory_order_relaxed);
        while (!object->shared.compare_exchange_weak(seen, (seen & ~kFlags) | kMerged,
                                                     std::memory_order_acq_rel)) {
        }
        if ((seen & ~kFlags) == 0) {
            release(object);
        }
    }
    static __attribute__((noinline)) void drop_shared(Object *object) {
        intptr_t seen = object->shared.load(std::memory_order_relaxed);
        intptr_t next;
        bool queues;
        do {
            queues = seen == 0 || seen == kFlagged;
            next = queues ? kQueued : seen - kOne; /* the queue takes the reference over */
        } while (!object->shared.compare_exchange_weak(seen, next, std::memory_order_acq_rel));
        if (queues) {
            std::lock_guard<std::mutex> guard(object->queue->lock);
            object->queue->queued.push_back(object);
            object->queue->asked.store(true, std::memory_order_release);
        } else if (next == kMerged) {
            release(object);
        }
    }
    static __attribute__((noinline)) void merge_queued(Actor &actor) {
        std::vector<Object *> taken;
        {
            std::lock_guard<std::mutex> guard(actor.lock);
            taken.swap(actor.queued);
            actor.asked.store(false, std::memory_order_relaxed);
        }
        for (Object *object : taken) {
            intptr_t local = object->local.load(std::memory_order_relaxed);
            object->local.store(0, std::memory_order_relaxed);
            object->owner.store(0, std::memory_order_relaxed);
            intptr_t seen = object->shared.load(std::memory_order_relaxed);
            intptr_t next;
            do {
                next = ((seen & ~kFlags) + (local - 1) * kOne) | kMerged;
            } while (!object->shared.compare_exchange_weak(seen, next, std::memory_order_acq_rel));
            if (next == kMerged) {
                release(object);
            }
        }
    }
};

} // namespace weft_bench

#endif /* WEFT_BENCH_COUNTS_H */
