/* expect: 2 code that is not modelled */
/* Bytes of code, which store to x. */
#include <stddef.h>

int x;
void store(int *p);
__asm__(".text\n.globl store\nstore:\n.byte 0xc7, 0x07, 1, 0, 0, 0, 0xc3\n");
int main(void) {
    store(&x);
    return x - 1;
}
