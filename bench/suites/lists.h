/* lists.h: lists of counted items behind one interface, for the suite `list`.
 *
 * A policy has kName, kFamily, a Count (counts.h) whose Actor each thread makes for itself, a List, and
 * static functions, which get what a thread counts with (`self`):
 *     static List *make(Actor &);                               empty; for any thread
 *     static Item *borrow(self, List *, size_t index);          not counted; NULL: outside
 *     static Item *get(self, List *, size_t index);             counted
 *     static void append(self, List *, Item *);                 the list counts the item
 *     static Item *pop(self, List *), *pop_first(self, List *); the reference is the caller's; NULL: empty
 *     static void insert(self, List *, size_t index, Item *);
 *     static void cut(self, List *, size_t size);               only the first items stay; of 0 no room either
 *     static size_t iterate(self, List *);                      item after item, counted; how many
 *     static void sort(self, List *);                           by key, calling a function for each comparison
 * Not every policy has all of them.
 */
#ifndef WEFT_BENCH_LISTS_H
#define WEFT_BENCH_LISTS_H

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>

#include "bench/pair.h"
#include "bench/peer.h"
#include "bench/suites/counts.h"
#include "bench/suites/peers.h"
#include "weft_list.h"
#include "weft_mutex.h"

#if BENCH_PEER_TBB
#include <tbb/concurrent_vector.h>
#endif

namespace weft_bench {

/* An object of the policy, and what it is sorted by. */
template <class Count> struct ItemOf {
    typename Count::Object object;
    uint64_t key;
};

template <class Count> ItemOf<Count> *make_item(typename Count::Actor &actor, uint64_t key) {
    auto *item = reinterpret_cast<ItemOf<Count> *>(Count::make(actor, sizeof(ItemOf<Count>)));
    item->key = key;
    return item;
}

/* ---- ours ---------------------------------------------------------------------------------------- */

template <weft_list_discipline kDiscipline, bool kShared> struct WeftListOf {
    using Count = WeftRef;
    using Item = ItemOf<WeftRef>;
    using List = weft_list;

    static List *make(WeftRef::Actor &actor) {
        auto *list = static_cast<weft_list *>(Held::take(sizeof(weft_list)));
        weft_list_init(actor.self, list, kDiscipline);
        if (kShared) {
            (void)weft_list_set_shared(actor.self, list);
        }
        return list;
    }
    WEFT_ALWAYS_INLINE Item *borrow(weft_thread *self, List *list, size_t index) {
        return item_of(weft_list_borrow(self, list, static_cast<intptr_t>(index)));
    }
    WEFT_ALWAYS_INLINE Item *get(weft_thread *self, List *list, size_t index) {
        return item_of(weft_list_get(self, list, static_cast<intptr_t>(index)));
    }
    static void append(weft_thread *self, List *list, Item *item) {
        must(weft_list_append(self, list, &item->object.head));
    }
    static Item *pop(weft_thread *self, List *list) { return pop_at(self, list, -1); }
    static Item *pop_first(weft_thread *self, List *list) { return pop_at(self, list, 0); }
    static void insert(weft_thread *self, List *list, size_t index, Item *item) {
        must(weft_list_insert(self, list, static_cast<intptr_t>(index), &item->object.head));
    }
    static void cut(weft_thread *self, List *list, size_t size) {
        weft_list_slice rest = {static_cast<intptr_t>(size), WEFT_LIST_LAST, 1};
        must(weft_list_delete_slice(self, list, rest));
    }
    static size_t iterate(weft_thread *self, List *list) {
        weft_list_iterator iterator;
        weft_ref *item;
        size_t number = 0;
        weft_list_iterate(self, list, false, &iterator);
        for (; weft_list_next(self, &iterator, &item) == WEFT_LIST_OK; number++) {
            weft_ref_decref(self, item);
        }
        return number;
    }
    static void lock_and_unlock(weft_thread *self, List *list) {
        weft_critical section;
        weft_critical_begin(self, &section, &list->head.mutex);
        weft_critical_end(self, &section);
    }
    static void sort(weft_thread *self, List *list) {
        while (weft_list_sort(self, list, less, nullptr) == WEFT_LIST_CHANGED) {
        }
    }

  private:
    static Item *item_of(weft_ref *object) { return reinterpret_cast<Item *>(object); }
    static void must(weft_list_result result) {
        if (result != WEFT_LIST_OK) {
            std::abort();
        }
    }
    static Item *pop_at(weft_thread *self, List *list, intptr_t index) {
        weft_ref *item = nullptr;
        (void)weft_list_pop(self, list, index, &item);
        return item_of(item);
    }
    static int less(weft_thread *, void *, weft_ref *left, weft_ref *right) {
        return item_of(left)->key < item_of(right)->key;
    }
};

struct WeftList : WeftListOf<WEFT_LIST_DEFERRED, true> {
    static constexpr const char *kName = "weft_list";
    static constexpr Family kFamily = Family::kSubject;
};
struct WeftPrivateList : WeftListOf<WEFT_LIST_DEFERRED, false> {
    static constexpr const char *kName = "weft_list, private";
    static constexpr Family kFamily = Family::kBlocking;
};
struct WeftPromptList : WeftListOf<WEFT_LIST_PROMPT, true> {
    static constexpr const char *kName = "weft_list, prompt";
    static constexpr Family kFamily = Family::kBlocking;
};

/* ---- plain arrays -------------------------------------------------------------------------------- */

/* An array that grows as ours does. References are its user's business. */
template <class Item> struct PlainItems {
    Item **items = nullptr;
    size_t size = 0;
    size_t capacity = 0;

    void append(Item *item) { insert(size, item); }
    void insert(size_t index, Item *item) {
        if (__builtin_expect(size == capacity, 0)) {
            grow();
        }
        std::memmove(items + index + 1, items + index, (size - index) * sizeof(Item *));
        items[index] = item;
        size++;
    }
    Item *remove(size_t index) {
        Item *item = items[index];
        size--;
        std::memmove(items + index, items + index + 1, (size - index) * sizeof(Item *));
        return item;
    }
    /* The items have gone. */
    void give_back() {
        Held::give(items, capacity * sizeof(Item *));
        *this = PlainItems();
    }
    void sort() {
        bool (*less)(const Item *, const Item *) = [](const Item *left, const Item *right) {
            return left->key < right->key;
        };
        forget(less); /* a call for each, as a host's comparison */
        std::stable_sort(items, items + size, less);
    }

  private:
    __attribute__((noinline)) void grow() {
        size_t more = size + size / 2 + 4;
        auto **moved = static_cast<Item **>(Held::take(more * sizeof(Item *)));
        if (size != 0) {
            std::memcpy(moved, items, size * sizeof(Item *));
            Held::give(items, capacity * sizeof(Item *));
        }
        items = moved;
        capacity = more;
    }
};

/* The floor: one thread, a count that is not atomic. */
struct PlainArray {
    static constexpr const char *kName = "plain array (floor)";
    static constexpr Family kFamily = Family::kFloor;
    using Count = PlainCount;
    using Item = ItemOf<PlainCount>;
    using List = PlainItems<Item>;
    using Self = PlainCount::Actor &;

    static List *make(Self) { return new (Held::take(sizeof(List))) List; }
    WEFT_ALWAYS_INLINE Item *borrow(Self, List *list, size_t index) {
        return __builtin_expect(index < list->size, 1) ? list->items[index] : nullptr;
    }
    WEFT_ALWAYS_INLINE Item *get(Self self, List *list, size_t index) {
        Item *item = borrow(self, list, index);
        if (__builtin_expect(item != nullptr, 1)) {
            PlainCount::incref(self, &item->object);
        }
        return item;
    }
    static void append(Self self, List *list, Item *item) {
        PlainCount::incref(self, &item->object);
        list->append(item);
    }
    static Item *pop(Self, List *list) {
        return list->size == 0 ? nullptr : list->remove(list->size - 1);
    }
    static Item *pop_first(Self, List *list) { return list->size == 0 ? nullptr : list->remove(0); }
    static void insert(Self self, List *list, size_t index, Item *item) {
        PlainCount::incref(self, &item->object);
        list->insert(index, item);
    }
    static void cut(Self self, List *list, size_t size) {
        while (list->size > size) {
            PlainCount::decref(self, &list->remove(list->size - 1)->object);
        }
        if (size == 0) {
            list->give_back();
        }
    }
    static size_t iterate(Self self, List *list) {
        size_t number = 0;
        for (Item *item; (item = get(self, list, number)) != nullptr; number++) {
            forget(item);
            PlainCount::decref(self, &item->object);
        }
        return number;
    }
    static void sort(Self, List *list) { list->sort(); }
};

/* Every operation under a weft_mutex; the items are counted as ours are. */
struct MutexArray {
    static constexpr const char *kName = "array under weft_mutex";
    static constexpr Family kFamily = Family::kBlocking;
    using Count = WeftRef;
    using Item = ItemOf<WeftRef>;
    struct List {
        weft_mutex lock = {};
        PlainItems<Item> items;
    };
    using Self = weft_thread *;

    static List *make(WeftRef::Actor &) { return new (Held::take(sizeof(List))) List; }
    WEFT_ALWAYS_INLINE Item *get(Self self, List *list, size_t index) {
        weft_mutex_lock(&list->lock);
        Item *item = nullptr;
        if (__builtin_expect(index < list->items.size, 1)) {
            item = list->items.items[index];
            weft_ref_incref(self, &item->object.head);
        }
        weft_mutex_unlock(&list->lock);
        return item;
    }
    static void append(Self self, List *list, Item *item) {
        weft_mutex_lock(&list->lock);
        weft_ref_incref(self, &item->object.head);
        list->items.append(item);
        weft_mutex_unlock(&list->lock);
    }
    static Item *pop(Self, List *list) {
        weft_mutex_lock(&list->lock);
        size_t size = list->items.size;
        Item *item = size == 0 ? nullptr : list->items.remove(size - 1);
        weft_mutex_unlock(&list->lock);
        return item;
    }
    static Item *pop_first(Self, List *list) {
        weft_mutex_lock(&list->lock);
        Item *item = list->items.size == 0 ? nullptr : list->items.remove(0);
        weft_mutex_unlock(&list->lock);
        return item;
    }
    static void insert(Self self, List *list, size_t index, Item *item) {
        weft_mutex_lock(&list->lock);
        weft_ref_incref(self, &item->object.head);
        list->items.insert(std::min(index, list->items.size), item);
        weft_mutex_unlock(&list->lock);
    }
    static void cut(Self self, List *list, size_t size) {
        weft_mutex_lock(&list->lock);
        while (list->items.size > size) {
            weft_ref_decref(self, &list->items.remove(list->items.size - 1)->object.head);
        }
        if (size == 0) {
            list->items.give_back();
        }
        weft_mutex_unlock(&list->lock);
    }
    static size_t iterate(Self self, List *list) {
        size_t number = 0;
        for (Item *item; (item = get(self, list, number)) != nullptr; number++) {
            weft_ref_decref(self, &item->object.head);
        }
        return number;
    }
    static void sort(Self, List *list) {
        weft_mutex_lock(&list->lock);
        list->items.sort();
        weft_mutex_unlock(&list->lock);
    }
};

/* ---- CPython's ----------------------------------------------------------------------------------- */

/* The counts of counts.h by a thread of a weft runtime, which lends its grace periods. The queue of what others
 * dropped outlives the thread. */
struct CpythonCount {
    using Object = Cpython314::Object;
    struct Actor {
        WeftRef::Actor thread;
        Cpython314::Actor &queue = make_queue();
    };
    static Actor &self_of(Actor &actor) { return actor; }
    static Object *make(Actor &actor, size_t size) { return Cpython314::make(actor.queue, size); }
    WEFT_ALWAYS_INLINE void incref(Actor &actor, Object *object) {
        Cpython314::incref(actor.queue, object);
    }
    WEFT_ALWAYS_INLINE void decref(Actor &actor, Object *object) {
        Cpython314::decref(actor.queue, object);
    }
    WEFT_ALWAYS_INLINE bool try_incref(Actor &actor, Object *object) {
        return Cpython314::try_incref(actor.queue, object);
    }
    static void incref_flagged(Actor &actor, Object *object) {
        Cpython314::incref_flagged(actor.queue, object);
    }
    static void safepoint(Actor &actor) {
        WeftRef::safepoint(actor.thread);
        Cpython314::safepoint(actor.queue);
    }
    static void sleep(Actor &actor) { WeftRef::sleep(actor.thread); }
    static void wake(Actor &actor) {
        WeftRef::wake(actor.thread);
        safepoint(actor);
    }

  private:
    static Cpython314::Actor &make_queue() {
        static std::mutex lock;
        static std::deque<Cpython314::Actor> all;
        std::lock_guard<std::mutex> guard(lock);
        return all.emplace_back();
    }
};

/* The list protocol of CPython 3.14's free-threaded build, re-created from its published description (PEP 703):
 * a read takes size, array and item without a lock, tries to count the item, and looks whether item and array are
 * still there; if any of that fails it locks the list, and flags the item so that the next try succeeds. Changes are made
 * in place under the list's lock, also those of many slots; arrays that were outgrown are freed after a grace period. A sort
 * takes the items out, and the list is empty meanwhile. */
struct CpythonList {
    static constexpr const char *kName = Cpython314::kName;
    static constexpr Family kFamily = Family::kBlocking;
    using Count = CpythonCount;
    using Item = ItemOf<CpythonCount>;
    using Self = CpythonCount::Actor &;
    struct Array {
        weft_qsbr_node node;
        size_t capacity;
        std::atomic<Item *> *slots() { return reinterpret_cast<std::atomic<Item *> *>(this + 1); }
        size_t bytes() const { return sizeof(Array) + capacity * sizeof(Item *); }
    };
    struct List {
        std::atomic<uintptr_t> header[3] = {}; /* as long as the counts of an object */
        std::atomic<Array *> array{nullptr};
        std::atomic<size_t> size{0};
        weft_mutex lock = {};
    };

    static List *make(Self) { return new (Held::take(sizeof(List))) List; }

    WEFT_ALWAYS_INLINE Item *get(Self self, List *list, size_t index) {
        if (__builtin_expect(index >= list->size.load(std::memory_order_acquire), 0)) {
            return nullptr;
        }
        Array *array = list->array.load(std::memory_order_acquire);
        if (__builtin_expect(array != nullptr && index < array->capacity, 1)) {
            std::atomic<Item *> &slot = array->slots()[index];
            Item *item = slot.load(std::memory_order_acquire);
            if (__builtin_expect(item != nullptr && CpythonCount::try_incref(self, &item->object),
                                 1)) {
                if (__builtin_expect(slot.load(std::memory_order_relaxed) == item &&
                                         list->array.load(std::memory_order_relaxed) == array,
                                     1)) {
                    return item;
                }
                CpythonCount::decref(self, &item->object);
            }
        }
        return get_locked(self, list, index);
    }
    static void append(Self self, List *list, Item *item) {
        weft_mutex_lock(&list->lock);
        put(self, list, list->size.load(std::memory_order_relaxed), item);
        weft_mutex_unlock(&list->lock);
    }
    static void insert(Self self, List *list, size_t index, Item *item) {
        weft_mutex_lock(&list->lock);
        put(self, list, std::min(index, list->size.load(std::memory_order_relaxed)), item);
        weft_mutex_unlock(&list->lock);
    }
    static Item *pop(Self, List *list) {
        weft_mutex_lock(&list->lock);
        size_t size = list->size.load(std::memory_order_relaxed);
        Item *item = size == 0 ? nullptr : take(list, size - 1);
        weft_mutex_unlock(&list->lock);
        return item;
    }
    static Item *pop_first(Self, List *list) {
        weft_mutex_lock(&list->lock);
        size_t size = list->size.load(std::memory_order_relaxed);
        Item *item = size == 0 ? nullptr : take(list, 0);
        weft_mutex_unlock(&list->lock);
        return item;
    }
    static void cut(Self self, List *list, size_t size) {
        weft_mutex_lock(&list->lock);
        for (size_t i = list->size.load(std::memory_order_relaxed); i > size; i--) {
            CpythonCount::decref(self, &take(list, i - 1)->object);
        }
        Array *array = list->array.load(std::memory_order_relaxed);
        if (size == 0 && array != nullptr) {
            list->array.store(nullptr, std::memory_order_release);
            retire(self, array);
        }
        weft_mutex_unlock(&list->lock);
    }
    static size_t iterate(Self self, List *list) {
        size_t number = 0;
        for (Item *item; (item = get(self, list, number)) != nullptr; number++) {
            CpythonCount::decref(self, &item->object);
        }
        return number;
    }
    static void sort(Self, List *list) {
        weft_mutex_lock(&list->lock);
        size_t size = list->size.exchange(0, std::memory_order_release);
        std::vector<Item *> taken(size);
        PlainItems<Item> items;
        items.items = taken.data();
        items.size = size;
        Array *array = list->array.load(std::memory_order_relaxed);
        for (size_t i = 0; i < size; i++) {
            taken[i] = array->slots()[i].load(std::memory_order_relaxed);
        }
        items.sort();
        for (size_t i = 0; i < size; i++) {
            array->slots()[i].store(taken[i], std::memory_order_release);
        }
        list->size.store(size, std::memory_order_release);
        weft_mutex_unlock(&list->lock);
    }

  private:
    static __attribute__((noinline)) Item *get_locked(Self self, List *list, size_t index) {
        weft_mutex_lock(&list->lock);
        Item *item = nullptr;
        if (index < list->size.load(std::memory_order_relaxed)) {
            item = list->array.load(std::memory_order_relaxed)
                       ->slots()[index]
                       .load(std::memory_order_relaxed);
            CpythonCount::incref_flagged(self, &item->object);
        }
        weft_mutex_unlock(&list->lock);
        return item;
    }
    /* By who has the lock, all below. */
    static void put(Self self, List *list, size_t index, Item *item) {
        size_t size = list->size.load(std::memory_order_relaxed);
        Array *array = list->array.load(std::memory_order_relaxed);
        if (__builtin_expect(array == nullptr || size == array->capacity, 0)) {
            array = grow(self, list, size);
        }
        std::atomic<Item *> *slots = array->slots();
        for (size_t i = size; i > index; i--) {
            slots[i].store(slots[i - 1].load(std::memory_order_relaxed), std::memory_order_relaxed);
        }
        CpythonCount::incref(self, &item->object);
        slots[index].store(item, std::memory_order_release);
        list->size.store(size + 1, std::memory_order_release);
    }
    static Item *take(List *list, size_t index) {
        std::atomic<Item *> *slots = list->array.load(std::memory_order_relaxed)->slots();
        size_t size = list->size.load(std::memory_order_relaxed) - 1;
        Item *item = slots[index].load(std::memory_order_relaxed);
        for (size_t i = index; i < size; i++) {
            slots[i].store(slots[i + 1].load(std::memory_order_relaxed), std::memory_order_relaxed);
        }
        list->size.store(size, std::memory_order_release);
        slots[size].store(nullptr, std::memory_order_relaxed);
        return item;
    }
    static __attribute__((noinline)) Array *grow(Self self, List *list, size_t size) {
        size_t capacity = (size + 1 + (size + 1) / 8 + 6) & ~size_t{3};
        Array *old = list->array.load(std::memory_order_relaxed);
        auto *array = static_cast<Array *>(Held::take(sizeof(Array) + capacity * sizeof(Item *)));
        array->capacity = capacity;
        for (size_t i = 0; i < capacity; i++) {
            Item *item = i < size ? old->slots()[i].load(std::memory_order_relaxed) : nullptr;
            new (&array->slots()[i]) std::atomic<Item *>(item);
        }
        list->array.store(array, std::memory_order_release);
        if (old != nullptr) {
            retire(self, old);
        }
        return array;
    }
    static void retire(Self self, Array *outgrown) {
        weft_qsbr_retire(
            self.thread.self, &outgrown->node,
            [](weft_thread *, weft_qsbr_node *node) {
                auto *array = reinterpret_cast<Array *>(node);
                Held::give(array, array->bytes());
            },
            outgrown->bytes());
    }
};

/* ---- TBB's --------------------------------------------------------------------------------------- */

/* It only grows: nothing is ever taken out, so what is found may be used without a count. */
#if BENCH_PEER_TBB
struct TbbVector {
    static constexpr const char *kName = "tbb::concurrent_vector";
    static constexpr Family kFamily = Family::kBlocking;
    using Count = AtomicCount;
    using Item = ItemOf<AtomicCount>;
    using Self = AtomicCount::Actor &;
    template <class T> struct Counted {
        using value_type = T;
        Counted() = default;
        template <class U> explicit Counted(const Counted<U> &) {}
        T *allocate(size_t number) { return static_cast<T *>(Held::take(number * sizeof(T))); }
        void deallocate(T *memory, size_t number) { Held::give(memory, number * sizeof(T)); }
        template <class U> bool operator==(const Counted<U> &) const { return true; }
        template <class U> bool operator!=(const Counted<U> &) const { return false; }
    };
    using List = tbb::concurrent_vector<Item *, Counted<Item *>>;

    static List *make(Self) { return new (Held::take(sizeof(List))) List; }
    WEFT_ALWAYS_INLINE Item *borrow(Self, List *list, size_t index) {
        return __builtin_expect(index < list->size(), 1) ? (*list)[index] : nullptr;
    }
    WEFT_ALWAYS_INLINE Item *get(Self self, List *list, size_t index) {
        Item *item = borrow(self, list, index);
        if (__builtin_expect(item != nullptr, 1)) {
            AtomicCount::incref(self, &item->object);
        }
        return item;
    }
    static void append(Self self, List *list, Item *item) {
        AtomicCount::incref(self, &item->object);
        list->push_back(item);
    }
    static size_t iterate(Self self, List *list) {
        size_t number = 0;
        for (Item *item; (item = get(self, list, number)) != nullptr; number++) {
            AtomicCount::decref(self, &item->object);
        }
        return number;
    }
    /* Only while nobody else uses it. */
    static void cut(Self self, List *list, size_t size) {
        for (size_t i = size; i < list->size(); i++) {
            AtomicCount::decref(self, &(*list)[i]->object);
        }
        if (size == 0) {
            list->clear();
            list->shrink_to_fit();
        }
    }
};
#else
struct TbbVector : Absent {
    static constexpr const char *kName = "tbb::concurrent_vector";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_TBB_MISSING;
};
#endif

} // namespace weft_bench

#endif /* WEFT_BENCH_LISTS_H */
