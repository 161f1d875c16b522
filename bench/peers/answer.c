/* Measures code that answers a row: answer(x) is in another file, of rows of WIDTH numbers of the
   type ROW, which come from standard input.
     labels   print the label of each row
     time     print the nanoseconds a row takes: the least mean of 100 rows
     count    answer all rows once, for callgrind
     stack    print the bytes of stack that a call needs */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 2000, PART = 100, STACK = 1 << 16, PAINT = 0x5a };
static ROW rows[MOST][WIDTH];
static volatile int seen;

int answer(ROW *x);

/* Nothing of this function lies below `here`. */
static size_t touched(ROW *x)
{
    volatile unsigned char *here = __builtin_alloca(16), *low = here - STACK, *p;
    seen += answer(x); /* the first call also looks up the functions of libm */
    for (p = low; p < here; p++) *p = PAINT;
    seen += answer(x);
    for (p = low; p < here && *p == PAINT; p++) {}
    return (size_t)(here - p);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

int main(int count, char **arguments)
{
    size_t n = fread(rows, sizeof rows[0], MOST, stdin), k, pass;
    double least = 1e18;
    if (count != 2 || !n) return 1;
    if (!strcmp(arguments[1], "labels"))
        for (k = 0; k < n; k++) printf("%d\n", answer(rows[k]));
    if (!strcmp(arguments[1], "count"))
        for (k = 0; k < n; k++) seen += answer(rows[k]);
    if (!strcmp(arguments[1], "stack")) printf("%zu\n", touched(rows[0]));
    if (!strcmp(arguments[1], "time")) {
        for (pass = 0; pass < 100; pass++) { /* short ones, between what else runs */
            const double began = now();
            for (k = 0; k < PART; k++) seen += answer(rows[(PART * pass + k) % n]);
            if ((now() - began) / PART < least) least = (now() - began) / PART;
        }
        printf("%.1f\n", least);
    }
    return 0;
}
