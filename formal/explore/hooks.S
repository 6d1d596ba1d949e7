/* Entries from instrumented code at which the thread's whole state matters (await.h): what survives the call is stored before
 * any C code can spill it, then the C function of the same name with impl_ in front takes over. */
        .text

        .macro HOOK name, arguments=1
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
        .if \arguments
        movq    %rdi, explore_entry+56(%rip)
        .else
        movq    $0, explore_entry+56(%rip)
        .endif
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
        .irp    name, clock_gettime, timespec_get, gettimeofday, time, pthread_mutex_trylock
        HOOK    explore_\name
        .endr
        HOOK    explore_now, 0

/* What an instruction of the program is about to do to memory, at the address in rdi (accesses.awk puts the calls there). Returns at
 * once if the access lies in what was announced last (plain.h). Keeps every register and the flags. */
        .macro  DONE
        popq    %rax
        popfq
        ret
        .endm

        .macro  BEGIN_ACCESS name, size
        .globl  explore_access_\name
        .type   explore_access_\name, @function
explore_access_\name:
        pushfq
        pushq   %rax
        leaq    \size(%rdi), %rax
        .endm

        .macro  TELL name, size, write
        pushq   %rsi
        pushq   %rdx
        movl    $\size, %esi
        movl    $\write, %edx
        call    tell_access
        popq    %rdx
        popq    %rsi
        DONE
        .size   explore_access_\name, .-explore_access_\name
        .endm

        .irp    size, 1, 2, 4, 8, 10, 16, 28
        BEGIN_ACCESS r\size, \size
        cmpq    plain_announced+8(%rip), %rdi
        jae     1f
        cmpq    plain_announced+0(%rip), %rax
        ja      2f
1:      cmpq    plain_announced+24(%rip), %rdi
        jae     3f
        cmpq    plain_announced+16(%rip), %rax
        jbe     3f
2:      DONE
3:      TELL    r\size, \size, 0

        BEGIN_ACCESS w\size, \size
        cmpq    plain_announced+16(%rip), %rdi
        jb      1f
        cmpq    plain_announced+24(%rip), %rax
        ja      1f
        DONE
1:      TELL    w\size, \size, 1
        .endr

/* Calls \function with what is in rdi, rsi and rdx already, the address that the hook returns to, \above bytes up, and the stack
 * pointer after that. */
        .macro  SAVED function, above
        pushq   %rdi
        pushq   %rcx
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %rbp
        movq    56+\above(%rsp), %rcx
        leaq    64+\above(%rsp), %r8
        movq    %rsp, %rbp
        subq    $256, %rsp
        andq    $-16, %rsp
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movaps  %xmm\n, 16*\n(%rsp)
        .endr
        call    \function
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movaps  16*\n(%rsp), %xmm\n
        .endr
        movq    %rbp, %rsp
        popq    %rbp
        popq    %r11
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rcx
        popq    %rdi
        .endm

tell_access:
        SAVED   plain_seen, 40
        ret
tell_string:
        SAVED   plain_seen_string, 40
        ret

/* movs and stos, alone or repeated rcx times; stos has no source. */
        .macro  STRING name, size, repeated, source
        .globl  explore_access_\name
        .type   explore_access_\name, @function
explore_access_\name:
        pushfq
        pushq   %rax
        pushq   %rsi
        pushq   %rdx
        .if     \source == 0
        xorl    %esi, %esi
        .endif
        .if     \repeated
        leaq    (,%rcx,\size), %rdx
        .else
        movl    $\size, %edx
        .endif
        call    tell_string
        popq    %rdx
        popq    %rsi
        DONE
        .size   explore_access_\name, .-explore_access_\name
        .endm

        STRING  movsb, 1, 0, 1
        STRING  movsw, 2, 0, 1
        STRING  movsl, 4, 0, 1
        STRING  movsq, 8, 0, 1
        STRING  stosb, 1, 0, 0
        STRING  stosw, 2, 0, 0
        STRING  stosl, 4, 0, 0
        STRING  stosq, 8, 0, 0
        STRING  rep_movsb, 1, 1, 1
        STRING  rep_movsw, 2, 1, 1
        STRING  rep_movsl, 4, 1, 1
        STRING  rep_movsq, 8, 1, 1
        STRING  rep_stosb, 1, 1, 0
        STRING  rep_stosw, 2, 1, 0
        STRING  rep_stosl, 4, 1, 0
        STRING  rep_stosq, 8, 1, 0

        .section .note.GNU-stack, "", @progbits
