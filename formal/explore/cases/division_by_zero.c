/* expect: 1 fault */
int main(void) {
    volatile int zero = 0, r = 5 / zero;
    return r;
}
