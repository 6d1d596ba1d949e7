/* expect: 2 code that runs when it is loaded */
static int v;
static int one(void) {
    return 1;
}
static int (*resolve(void))(void) {
    v = 1;
    return one;
}
int chosen(void) __attribute__((ifunc("resolve")));
int main(void) {
    return v + chosen() - 2;
}
