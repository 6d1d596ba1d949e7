/* The dict protocol of CPython 3.14's free-threaded build, re-created from its published description (PEP 703 and the internals'
 * documentation): a look-up takes keys and index without a lock, compares keys by address, tries to count the value, and
 * looks whether value and keys are still there; if any of that fails it locks the dict, and flags the value so that the next
 * try succeeds. Index entries have 8, 16 or 32 bits by size and no tags; probing is perturbed by the hash; two thirds are used at most.
 * Changes are made in place under the dict's lock; keys that were outgrown are freed after a grace period. */
#include <atomic>
#include <cstring>
#include <new>
#include <vector>

#include "bench/suites/lists.h"
#include "bench/suites/maps.h"

namespace {

using weft_bench::CpythonCount;
using Object = CpythonCount::Object;

struct Entry {
    std::atomic<uint64_t> key;
    std::atomic<Object *> value;
};

struct Keys {
    weft_qsbr_node node;
    size_t mask;
    unsigned width; /* bytes of an index entry */
    size_t usable;
    size_t entries_count;
    size_t bytes;
    Entry *entries;
    template <class Word> std::atomic<Word> *index() {
        return reinterpret_cast<std::atomic<Word> *>(this + 1);
    }
};

constexpr int32_t kEmpty = -1;
constexpr int32_t kDummy = -2;

std::atomic<Keys *> current;
weft_mutex dict_lock;
size_t live;
bool symbols_are_keys;
std::vector<Object *> values;
thread_local CpythonCount::Actor *attached;

uint64_t hash_of(uint64_t key) {
    return symbols_are_keys ? reinterpret_cast<const weft_symbol *>(key)->hash : key;
}

int32_t index_at(Keys *keys, size_t at) {
    switch (keys->width) {
    case 1:
        return keys->index<int8_t>()[at].load(std::memory_order_acquire);
    case 2:
        return keys->index<int16_t>()[at].load(std::memory_order_acquire);
    default:
        return keys->index<int32_t>()[at].load(std::memory_order_acquire);
    }
}

void set_index(Keys *keys, size_t at, int32_t number) {
    switch (keys->width) {
    case 1:
        keys->index<int8_t>()[at].store(static_cast<int8_t>(number), std::memory_order_release);
        break;
    case 2:
        keys->index<int16_t>()[at].store(static_cast<int16_t>(number), std::memory_order_release);
        break;
    default:
        keys->index<int32_t>()[at].store(number, std::memory_order_release);
    }
}

Keys *make_keys(size_t slots) {
    unsigned width = slots <= 128 ? 1 : slots <= 32768 ? 2 : 4;
    size_t usable = slots * 2 / 3;
    size_t before = sizeof(Keys) + (slots * width + 15) / 16 * 16;
    size_t bytes = before + usable * sizeof(Entry);
    auto *memory = static_cast<unsigned char *>(std::malloc(bytes));
    if (memory == nullptr) {
        std::abort();
    }
    std::memset(memory + sizeof(Keys), 0xFF, before - sizeof(Keys));
    return new (memory)
        Keys{{}, slots - 1, width, usable, 0, bytes, reinterpret_cast<Entry *>(memory + before)};
}

/* The entry's number, kEmpty; and where its index entry is. */
template <class Word> inline int32_t find_in(Keys *keys, uint64_t key, uint64_t hash, size_t *at) {
    std::atomic<Word> *index = keys->index<Word>();
    size_t mask = keys->mask;
    size_t perturb = hash;
    for (size_t i = hash & mask;; i = (i * 5 + perturb + 1) & mask) {
        int32_t number = index[i].load(std::memory_order_acquire);
        if (number >= 0 && keys->entries[number].key.load(std::memory_order_relaxed) == key) {
            *at = i;
            return number;
        }
        if (number == kEmpty) {
            return kEmpty;
        }
        perturb >>= 5;
    }
}

inline int32_t find(Keys *keys, uint64_t key, size_t *at) {
    uint64_t hash = hash_of(key);
    switch (keys->width) {
    case 1:
        return find_in<int8_t>(keys, key, hash, at);
    case 2:
        return find_in<int16_t>(keys, key, hash, at);
    default:
        return find_in<int32_t>(keys, key, hash, at);
    }
}

__attribute__((noinline)) Object *get_locked(uint64_t key) {
    size_t at;
    weft_mutex_lock(&dict_lock);
    Keys *keys = current.load(std::memory_order_relaxed);
    int32_t number = find(keys, key, &at);
    Object *value =
        number < 0 ? nullptr : keys->entries[number].value.load(std::memory_order_relaxed);
    if (value != nullptr) {
        CpythonCount::incref_flagged(*attached, value);
    }
    weft_mutex_unlock(&dict_lock);
    return value;
}

inline Object *get(CpythonCount::Actor &self, uint64_t key) {
    size_t at;
    Keys *keys = current.load(std::memory_order_acquire);
    int32_t number = find(keys, key, &at);
    if (number == kEmpty) {
        return nullptr;
    }
    std::atomic<Object *> &cell = keys->entries[number].value;
    Object *value = cell.load(std::memory_order_acquire);
    if (__builtin_expect(value != nullptr && CpythonCount::try_incref(self, value), 1)) {
        if (__builtin_expect(cell.load(std::memory_order_relaxed) == value &&
                                 current.load(std::memory_order_relaxed) == keys,
                             1)) {
            return value;
        }
        CpythonCount::decref(*attached, value);
    }
    return get_locked(key);
}

/* By who has the lock, all below. */
void add(Keys *keys, uint64_t key, Object *value) {
    uint64_t hash = hash_of(key);
    size_t perturb = hash;
    size_t at = hash & keys->mask;
    while (index_at(keys, at) >= 0) {
        perturb >>= 5;
        at = (at * 5 + perturb + 1) & keys->mask;
    }
    size_t number = keys->entries_count++;
    new (&keys->entries[number]) Entry{{key}, {value}};
    set_index(keys, at, static_cast<int32_t>(number));
    keys->usable--;
}

void grow() {
    Keys *old = current.load(std::memory_order_relaxed);
    size_t slots = 8;
    while (slots * 2 / 3 <= live * 3 / 2) {
        slots *= 2;
    }
    Keys *keys = make_keys(slots);
    for (size_t i = 0; i < old->entries_count; i++) {
        Object *value = old->entries[i].value.load(std::memory_order_relaxed);
        if (value != nullptr) {
            add(keys, old->entries[i].key.load(std::memory_order_relaxed), value);
        }
    }
    current.store(keys, std::memory_order_release);
    weft_qsbr_retire(
        attached->thread.self, &old->node,
        [](weft_thread *, weft_qsbr_node *node) { std::free(reinterpret_cast<Keys *>(node)); },
        old->bytes);
}

void here_enter() {
    attached = new CpythonCount::Actor;
}
void here_leave() {
    delete attached;
}
void here_sleep() {
    CpythonCount::sleep(*attached);
}
void here_wake() {
    CpythonCount::wake(*attached);
}
void here_begin_reading() {}
void here_end_reading() {
    CpythonCount::safepoint(*attached);
}

void here_prepare(size_t size) {
    for (size_t i = 0; i < size && i < (size_t{1} << 16); i++) {
        values.push_back(CpythonCount::make(*attached, sizeof(Object)));
    }
}
void here_make(size_t /* size */, bool symbols) {
    symbols_are_keys = symbols;
    live = 0;
    current.store(make_keys(8), std::memory_order_release);
}
void here_drop() {
    Keys *keys = current.load(std::memory_order_relaxed);
    for (size_t i = 0; i < keys->entries_count; i++) {
        Object *value = keys->entries[i].value.load(std::memory_order_relaxed);
        if (value != nullptr) {
            CpythonCount::decref(*attached, value);
        }
    }
    std::free(keys);
}

using here_self = CpythonCount::Actor &;
here_self here_me() {
    return *attached;
}
#define HERE_SELF

inline bool here_read(here_self self, uint64_t key) {
    Object *value = get(self, key);
    if (value == nullptr) {
        return false;
    }
    CpythonCount::decref(self, value);
    return true;
}

void here_set(uint64_t key, uint32_t number) {
    size_t at;
    Object *value = values[number % values.size()];
    Object *old = nullptr;
    CpythonCount::incref(*attached, value);
    weft_mutex_lock(&dict_lock);
    Keys *keys = current.load(std::memory_order_relaxed);
    int32_t there = find(keys, key, &at);
    if (there >= 0) {
        old = keys->entries[there].value.load(std::memory_order_relaxed);
        keys->entries[there].value.store(value, std::memory_order_release);
    } else {
        if (keys->usable == 0) {
            grow();
            keys = current.load(std::memory_order_relaxed);
        }
        add(keys, key, value);
        live++;
    }
    weft_mutex_unlock(&dict_lock);
    if (old != nullptr) {
        CpythonCount::decref(*attached, old);
    }
}

void here_remove(uint64_t key) {
    size_t at;
    weft_mutex_lock(&dict_lock);
    Keys *keys = current.load(std::memory_order_relaxed);
    int32_t there = find(keys, key, &at);
    Object *old = nullptr;
    if (there >= 0) {
        old = keys->entries[there].value.load(std::memory_order_relaxed);
        set_index(keys, at, kDummy);
        keys->entries[there].value.store(nullptr, std::memory_order_release);
        live--;
    }
    weft_mutex_unlock(&dict_lock);
    if (old != nullptr) {
        CpythonCount::decref(*attached, old);
    }
}

} // namespace

#define MAP bench_cpython_map
#include "bench/suites/maps_loops.h"
