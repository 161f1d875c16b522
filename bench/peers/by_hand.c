/* Per-sample SGD of 784-16-16-10 with AVX-512 intrinsics: what one can reach for this one net.

   A layer of 16 units is one register. The pixels of the next sample are listed while this one's
   upper layers, a chain of short steps, leave the core idle. */
#include "by_hand.h"

#define AHEAD 3  /* samples from a prefetch to the use */

typedef struct {
    int n;
    int32_t at[ROOM];  /* of a pixel's row of weights */
    float value[ROOM];
} __attribute__((aligned(64))) pixels;

/* Sum of the pixels' rows of w (784, 16), each times its value. */
INLINE v first_forward(const pixels *x, const float *w)
{
    v s[8] = {zero(), zero(), zero(), zero(), zero(), zero(), zero(), zero()};
    for (int k = 0, n = x->n; k < n; k += 8)
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++)
            s[i] = madd(all(x->value[k + i]), load(w + x->at[k + i]), s[i]);
    return folded(s, 8);
}

INLINE void first_update(const pixels *x, float *w, v step)
{
    for (int k = 0, n = x->n; k < n; k += 8)
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            float *row = w + x->at[k + i];
            store(row, madd(all(x->value[k + i]), step, load(row)));
        }
}

INLINE void step_bias(float *b, v step) { store(b, load(b) + step); }

/* w1 (784, 16), w2 and w3 (16, 16), of which the last has 10 columns, b1, b2 and b3 (16,); x (n,
   784). */
void learn(float *w1, float *b1, float *w2, float *b2, float *w3, float *b3, const uint8_t *x,
           const int *label, long n, float rate, seen *so_far)
{
    pixels lists[2];
    _Alignas(64) float a1[16], a2[16];
    v minus = all(-rate);
    seen here = {0, 0};
    if (n)
        lists[0].n = list(x, 4, lists[0].at, lists[0].value, 0);
    for (long s = 0; s < n; s++, x += INPUTS) {
        pixels *now = &lists[s % 2], *next = &lists[1 - s % 2];
        if (s + AHEAD < n)
            prefetch(x + AHEAD * INPUTS);
        v z = first_forward(now, w1) + load(b1);
        if (s + 1 < n)
            next->n = list(x + INPUTS, 4, next->at, next->value, 0);
        v A1 = sigmoid(z);
        store(a1, A1);
        v A2 = sigmoid(forward16(a1, w2, 16, 4, load(b2)));
        store(a2, A2);
        v D3 = judge(forward16(a2, w3, 16, 4, load(b3)), label[s], &here);
        v D2 = learn16(a2, w3, D3, minus * D3) * (A2 * (all(1) - A2));
        v D1 = learn16(a1, w2, D2, minus * D2) * (A1 * (all(1) - A1));
        step_bias(b3, minus * D3);
        step_bias(b2, minus * D2);
        step_bias(b1, minus * D1);
        first_update(now, w1, minus * D1);
    }
    *so_far = here;
}
