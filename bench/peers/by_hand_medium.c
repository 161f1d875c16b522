/* Per-sample SGD of 784-100-10 with AVX-512 intrinsics, by blocks of 16 samples: on one thread, and
   as a pipeline of two that meet once a block. The 100 hidden units are filled up to seven vectors. */
#define UNITS 112
#include "by_hand_blocks.h"

#include <pthread.h>
#include <stdatomic.h>

#define GROUPS (UNITS / 16)
#define LAST 0xf  /* which units of the last vector there are */
#define HELPING 4  /* vectors of the first layer that the helping thread has */
#define RING 4     /* blocks at once: ended, learned, multiplied, taken in */

typedef struct { float *b1, *w2, *b2; v minus; seen so_far; } upper;

/* The samples of a block, one after the other; their steps are left for the end of the block. */
static void learn_samples(upper *net, block *b, const block *before, const int *label)
{
    _Alignas(64) float a[UNITS], below[UNITS];
    for (int i = 0; i < b->n; i++) {
        v z[GROUPS];
        add_steps(b, before, i, 0, GROUPS, z);
#pragma GCC unroll 7
        for (int q = 0; q < GROUPS; q++) {
            v out = sigmoid(z[q] + load(net->b1 + 16 * q));
            store(a + 16 * q, q < GROUPS - 1 ? out : _mm512_maskz_mov_ps(LAST, out));
        }
        v delta = judge(forward16(a, net->w2, UNITS, 8, load(net->b2)), label[i], &net->so_far);
        store(net->b2, load(net->b2) + net->minus * delta);
        for (int k = 0; k < UNITS; k += 16)
            store(below + k, learn16(a + k, net->w2 + 16 * k, delta, net->minus * delta));
#pragma GCC unroll 7
        for (int q = 0; q < UNITS; q += 16) {
            v out = load(a + q), step = load(below + q) * (out * (all(1) - out)) * net->minus;
            store(b->steps[i] + q, step);
            store(net->b1 + q, load(net->b1 + q) + step);
        }
    }
}

/* Memory that lasts from call to call: new pages cost more than a block. */
static block helpers[RING], leaders[RING];
static _Alignas(64) float apart[INPUTS * UNITS];

/* w1 (784, 112), b1 (112,), w2 (112, 16), b2 (16,), whose padding is 0; x (n, 784). */
void learn(float *w1, float *b1, float *w2, float *b2, const uint8_t *x, const int *label, long n,
           float rate, seen *so_far)
{
    upper net = {b1, w2, b2, all(-rate), {0, 0}};
    columns whole = {w1, 0, GROUPS};
    block *b = leaders;
    for (long k = 0; k * SAMPLES < n; k++) {
        take_in(b, x + k * SAMPLES * INPUTS, samples_of(n, k));
        multiply(b, 0);
        project(b, whole);
        learn_samples(&net, b, 0, label + k * SAMPLES);
        move(b, b, whole);
    }
    *so_far = net.so_far;
}

typedef struct {
    const uint8_t *x;
    long n;
    columns helping, leading;  /* of the first layer */
    block *helper, *leader;    /* rings of blocks; the leader's have the steps */
    _Alignas(128) atomic_long helper_at;
    _Alignas(128) atomic_long leader_at;
} pipeline;

INLINE block *at(block *ring, long k) { return ring + (k + RING) % RING; }

/* A thread's columns while block k is learned: end the block before, multiply the next one with the
   weights, take in the one after it. The helper also multiplies samples with samples. */
static void advance(pipeline *p, block *ring, columns own, long k)
{
    if (k > 0)
        move(at(ring, k - 1), at(p->leader, k - 1), own);
    if (samples_of(p->n, k + 1)) {
        project(at(ring, k + 1), own);
        if (ring == p->helper)
            multiply(at(ring, k + 1), at(ring, k));
    }
    if (samples_of(p->n, k + 2))
        take_in(at(ring, k + 2), p->x + (k + 2) * SAMPLES * INPUTS, samples_of(p->n, k + 2));
}

INLINE void meet(atomic_long *mine, atomic_long *other, long at)
{
    atomic_store_explicit(mine, at, memory_order_release);
    while (atomic_load_explicit(other, memory_order_acquire) < at)
        ;
}

static void *help(void *given)
{
    pipeline *p = given;
    for (long k = 0; k * SAMPLES < p->n; k++) {
        advance(p, p->helper, p->helping, k);
        meet(&p->helper_at, &p->leader_at, k + 1);
    }
    return 0;
}

/* What the helper made of a block: W x of its columns, and the products. */
static void take_over(block *to, const block *from, columns helping)
{
    for (int i = 0; i < to->n; i++)
        memcpy(to->wx[i] + 16 * helping.first, from->wx[i] + 16 * helping.first,
               64 * helping.groups);
    memcpy(to->own, from->own, sizeof to->own);
    memcpy(to->before, from->before, sizeof to->before);
}

/* Copy columns of w (784, 112) out of it, or back into it. */
static void split(float *w, columns c, int back)
{
    for (int k = 0; k < INPUTS; k++) {
        float *whole = w + UNITS * k + 16 * c.first, *own = c.w + 16 * c.groups * k;
        memcpy(back ? whole : own, back ? own : whole, 64 * c.groups);
    }
}

/* The same net, with two threads. */
void learn_on_two(float *w1, float *b1, float *w2, float *b2, const uint8_t *x, const int *label,
                  long n, float rate, seen *so_far)
{
    upper net = {b1, w2, b2, all(-rate), {0, 0}};
    columns helping = {apart, 0, HELPING};
    columns leading = {apart + INPUTS * 16 * HELPING, HELPING, GROUPS - HELPING};
    pipeline p = {x, n, helping, leading, helpers, leaders, 0, 0};
    pthread_t thread;
    split(w1, helping, 0);
    split(w1, leading, 0);
    advance(&p, p.helper, helping, -2);  /* takes in block 0 */
    advance(&p, p.leader, leading, -2);
    advance(&p, p.helper, helping, -1);
    advance(&p, p.leader, leading, -1);
    pthread_create(&thread, 0, help, &p);
    for (long k = 0; k * SAMPLES < n; k++) {
        block *now = at(p.leader, k);
        take_over(now, at(p.helper, k), helping);
        advance(&p, p.leader, leading, k);
        learn_samples(&net, now, k ? at(p.leader, k - 1) : 0, label + k * SAMPLES);
        meet(&p.leader_at, &p.helper_at, k + 1);
    }
    pthread_join(thread, 0);
    if (n > 0) {
        block *last = at(p.leader, (n - 1) / SAMPLES);
        move(at(p.helper, (n - 1) / SAMPLES), last, helping);
        move(last, last, leading);
    }
    split(w1, helping, 1);
    split(w1, leading, 1);
    *so_far = net.so_far;
}
