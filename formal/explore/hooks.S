/* Entries from instrumented code at which the thread's whole state matters (await.h): what survives the call is stored before
 * any C code can spill it, then the C function of the same name with impl_ in front takes over. */
        .text

        .macro HOOK name
        .globl  \name
        .type   \name, @function
\name:
        movq    %rbx, explore_entry+0(%rip)
        movq    %rbp, explore_entry+8(%rip)
        movq    %r12, explore_entry+16(%rip)
        movq    %r13, explore_entry+24(%rip)
        movq    %r14, explore_entry+32(%rip)
        movq    %r15, explore_entry+40(%rip)
        movq    %rsp, explore_entry+48(%rip)
        jmp     impl_\name
        .size   \name, .-\name
        .endm

        .irp    bits, 8, 16, 32, 64
        HOOK    __tsan_atomic\bits\()_load
        HOOK    __tsan_atomic\bits\()_exchange
        HOOK    __tsan_atomic\bits\()_fetch_add
        HOOK    __tsan_atomic\bits\()_fetch_sub
        HOOK    __tsan_atomic\bits\()_fetch_and
        HOOK    __tsan_atomic\bits\()_fetch_or
        HOOK    __tsan_atomic\bits\()_fetch_xor
        HOOK    __tsan_atomic\bits\()_fetch_nand
        HOOK    __tsan_atomic\bits\()_compare_exchange_strong
        HOOK    __tsan_atomic\bits\()_compare_exchange_weak
        HOOK    __tsan_atomic\bits\()_compare_exchange_val
        .endr
        HOOK    __tsan_func_entry

        .section .note.GNU-stack, "", @progbits
