/* Per-sample SGD of 784-512-512-10 with AVX-512 intrinsics, on one thread: the first layer by
   blocks of samples. The hidden layer's weights, 1 MB, are read upwards by forward, and downwards
   by learn: so each finds in the caches what the other used last. */
#define UNITS 512
#include "by_hand_blocks.h"

#define GROUPS (UNITS / 16)

typedef struct { float *b1, *w2, *b2, *w3, *b3; v minus; seen so_far; } upper;

/* z (UNITS,) = b + x . w (UNITS, UNITS), for 16 rows after the others, 8 vectors at a time. */
INLINE void forward(const float *x, const float *w, const float *b, float *z)
{
    for (int k = 0; k < UNITS; k += 16)
        for (int j = 0; j < UNITS; j += 128) {
            v s[8];
#pragma GCC unroll 8
            for (int q = 0; q < 8; q++)
                s[q] = load((k ? z : b) + j + 16 * q);
            for (int r = k; r < k + 16; r++)
#pragma GCC unroll 8
                for (int q = 0; q < 8; q++)
                    s[q] = madd(all(x[r]), load(w + UNITS * r + j + 16 * q), s[q]);
#pragma GCC unroll 8
            for (int q = 0; q < 8; q++)
                store(z + j + 16 * q, s[q]);
        }
}

/* below (UNITS,) = w (UNITS, UNITS) . deltas; then w += minus * outer(x, deltas). */
INLINE void learn_layer(const float *x, float *w, const float *deltas, v minus, float *below)
{
    for (int k = UNITS - 16; k >= 0; k -= 16) {
        v total = zero();
        for (int j = 0; j < UNITS; j += 64) {
            v s[16], d[4];
#pragma GCC unroll 4
            for (int q = 0; q < 4; q++)
                d[q] = load(deltas + j + 16 * q);
#pragma GCC unroll 16
            for (int r = 0; r < 16; r++) {
                float *row = w + UNITS * (k + r) + j;
                v step = minus * all(x[k + r]);
                s[r] = zero();
#pragma GCC unroll 4
                for (int q = 0; q < 4; q++) {
                    v old = load(row + 16 * q);
                    s[r] = madd(old, d[q], s[r]);
                    store(row + 16 * q, madd(step, d[q], old));
                }
            }
            total = total + totals(s);
        }
        store(below + k, total);
    }
}

/* The slopes of a sigmoid times sums (UNITS,): the deltas. The steps of the biases. */
INLINE void differentiate(const float *a, const float *sums, float *deltas, float *b, v minus)
{
    for (int j = 0; j < UNITS; j += 16) {
        v out = load(a + j), delta = load(sums + j) * (out * (all(1) - out));
        store(deltas + j, delta);
        store(b + j, load(b + j) + minus * delta);
    }
}

static void learn_samples(upper *net, block *b, const int *label)
{
    _Alignas(64) float a1[UNITS], a2[UNITS], z[UNITS], d1[UNITS], d2[UNITS];
    for (int i = 0; i < b->n; i++) {
        for (int g = 0; g < GROUPS; g += 8) {
            v s[8];
            add_steps(b, 0, i, g, 8, s);
#pragma GCC unroll 8
            for (int q = 0; q < 8; q++)
                store(a1 + 16 * (g + q), sigmoid(s[q] + load(net->b1 + 16 * (g + q))));
        }
        forward(a1, net->w2, net->b2, z);
        for (int j = 0; j < UNITS; j += 16)
            store(a2 + j, sigmoid(load(z + j)));
        v delta = judge(forward16(a2, net->w3, UNITS, 8, load(net->b3)), label[i], &net->so_far);
        store(net->b3, load(net->b3) + net->minus * delta);
        for (int k = 0; k < UNITS; k += 16)
            store(d2 + k, learn16(a2 + k, net->w3 + 16 * k, delta, net->minus * delta));
        differentiate(a2, d2, d2, net->b2, net->minus);
        learn_layer(a1, net->w2, d2, net->minus, d1);
        differentiate(a1, d1, b->steps[i], net->b1, net->minus);
        for (int j = 0; j < UNITS; j += 16)
            store(b->steps[i] + j, net->minus * load(b->steps[i] + j));
    }
}

/* w1 (784, 512), b1 (512,), w2 (512, 512), b2 (512,), w3 (512, 16), b3 (16,); x (n, 784). */
void learn(float *w1, float *b1, float *w2, float *b2, float *w3, float *b3, const uint8_t *x,
           const int *label, long n, float rate, seen *so_far)
{
    static block memory;
    upper net = {b1, w2, b2, w3, b3, all(-rate), {0, 0}};
    columns whole = {w1, 0, GROUPS};
    for (long k = 0; k * SAMPLES < n; k++) {
        take_in(&memory, x + k * SAMPLES * INPUTS, samples_of(n, k));
        multiply(&memory, 0);
        project(&memory, whole);
        learn_samples(&net, &memory, label + k * SAMPLES);
        move(&memory, &memory, whole);
    }
    *so_far = net.so_far;
}
