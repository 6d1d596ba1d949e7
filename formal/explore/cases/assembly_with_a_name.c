/* expect: 2 code that is not modelled: inline assembly */
/* A label at the start of a line begins a function, but for one inside inline assembly: what follows it is still that. */
int main(void) {
    long number = 39;
    __asm__ volatile("\nname_in_assembly%=:\n\tsyscall" : "+a"(number) : : "rcx", "r11", "memory");
    return number < 0;
}
