/* A wide first layer by blocks of 16 samples: its weights w change once a block.

   Let W be the weights before a block, and s_j = -rate * delta of sample j. Then sample i sees
   W x_i + sum over j < i of (x_i . x_j) s_j, and the block ends with W += sum over j of x_j s_j.
   This is as exact as one sample after the other. A pipeline takes W x from the weights before the
   block before this one, and so adds that block's products and steps too.

   UNITS, of the layer, are whole vectors of 16. `columns` are those of one thread, which has them
   apart from the others'. */
#include "by_hand.h"

#include <string.h>

#define SAMPLES 16
#define PARTS ((INPUTS + 63) / 64)  /* of a list, for 64 rows of weights each */

typedef struct {
    float *w;      /* (INPUTS, 16 * groups) */
    int first, groups;  /* of the layer's vectors */
} columns;

typedef struct {
    int n;  /* samples */
    int length[SAMPLES], part[SAMPLES][PARTS + 1];
    _Alignas(64) int32_t at[SAMPLES][ROOM];
    _Alignas(64) float value[SAMPLES][ROOM];
    _Alignas(64) float x[INPUTS][SAMPLES];
    _Alignas(64) float own[SAMPLES][SAMPLES], before[SAMPLES][SAMPLES];  /* products of inputs */
    _Alignas(64) float wx[SAMPLES][UNITS], steps[SAMPLES][UNITS];
} block;

/* Exchange halves of bytes: eight rounds of this turn a matrix of 16 rows of 16 bytes. */
INLINE void interleave(const __m128i *from, __m128i *to)
{
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        to[2 * i] = _mm_unpacklo_epi8(from[i], from[i + 8]);
        to[2 * i + 1] = _mm_unpackhi_epi8(from[i], from[i + 8]);
    }
}

/* The matrix of n samples x (n, INPUTS): a vector for each input. */
static void turn(block *b, const uint8_t *x, int n)
{
    static const uint8_t none[INPUTS];
    const uint8_t *rows[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        rows[i] = i < n ? x + INPUTS * i : none;
    for (int j = 0; j < INPUTS; j += 16) {
        __m128i one[16], other[16];
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            one[i] = _mm_loadu_si128((const void *)(rows[i] + j));
        interleave(one, other);
        interleave(other, one);
        interleave(one, other);
        interleave(other, one);
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            store(b->x[j + i], numbers(one[i]));
    }
}

/* Take in n samples x (n, INPUTS): their matrix and their lists. */
static void take_in(block *b, const uint8_t *x, int n)
{
    b->n = n;
    turn(b, x, n);
    for (int i = 0; i < n; i++) {
        prefetch(x + INPUTS * (i + SAMPLES));
        b->length[i] = list(x + INPUTS * i, 0, b->at[i], b->value[i], b->part[i]);
    }
}

/* The products of sample i of b with all samples of a block. */
INLINE v products(const block *b, int i, const block *with)
{
    v s[8] = {zero(), zero(), zero(), zero(), zero(), zero(), zero(), zero()};
    for (int k = 0; k < b->length[i]; k += 8)
#pragma GCC unroll 8
        for (int q = 0; q < 8; q++)
            s[q] = madd(all(b->value[i][k + q]), load(with->x[b->at[i][k + q]]), s[q]);
    return folded(s, 8);
}

static void multiply(block *b, const block *before)
{
    for (int i = 0; i < b->n; i++) {
        store(b->own[i], products(b, i, b));
        if (before)
            store(b->before[i], products(b, i, before));
    }
}

/* W x for `groups` vectors from w and wx on. 64 rows stay in the nearest cache for all samples. */
INLINE void project_strip(const block *b, const float *w, int stride, float *wx, const int groups)
{
    for (int c = 0; c < PARTS; c++)
        for (int i = 0; i < b->n; i++) {
            int k = b->part[i][c], end = b->part[i][c + 1];
            float *sums = wx + UNITS * i;
            v s[8];
            if (k == end && c)
                continue;
#pragma GCC unroll 8
            for (int q = 0; q < groups; q++)
                s[q] = c ? load(sums + 16 * q) : zero();
            for (; k < end; k++) {
                const float *row = w + stride * b->at[i][k];
                v x = all(b->value[i][k]);
#pragma GCC unroll 8
                for (int q = 0; q < groups; q++)
                    s[q] = madd(x, load(row + 16 * q), s[q]);
            }
#pragma GCC unroll 8
            for (int q = 0; q < groups; q++)
                store(sums + 16 * q, s[q]);
        }
}

static void project(block *b, columns c)
{
    for (int g = 0; g < c.groups; g += 8) {
        const float *w = c.w + 16 * g;
        float *wx = b->wx[0] + 16 * (c.first + g);
        switch (c.groups - g) {  /* registers want numbers that the compiler knows */
        case 3: project_strip(b, w, 16 * c.groups, wx, 3); break;
        case 4: project_strip(b, w, 16 * c.groups, wx, 4); break;
        case 7: project_strip(b, w, 16 * c.groups, wx, 7); break;
        default: project_strip(b, w, 16 * c.groups, wx, 8);
        }
    }
}

/* List the rows of weights that the block changes, in fours; the last is repeated to fill up. For
   each four: the samples that change any of them, a bit each. */
static int moving_rows(const block *b, int *rows, unsigned *samples)
{
    unsigned every = (1u << b->n) - 1, found = 0;
    for (int k = 0; k < INPUTS; k++) {
        unsigned some = _mm512_cmp_ps_mask(load(b->x[k]), zero(), _CMP_NEQ_UQ) & every;
        rows[found] = k;
        samples[found / 4] = (found % 4 ? samples[found / 4] : 0) | some;
        found += some != 0;
    }
    for (; found % 4; found++)
        rows[found] = rows[found - 1];
    return found;
}

/* Four rows of w at a time += x_j s_j, for `groups` vectors. */
INLINE void move_strip(const block *b, float *w, int stride, const float *steps, const int *rows,
                       const unsigned *samples, int found, const int groups)
{
    for (int f = 0; f < found; f += 4) {
        float *row[4];
        const float *x[4];
        v sums[4][4], step[4];
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++) {
            row[r] = w + stride * rows[f + r];
            x[r] = b->x[rows[f + r]];
#pragma GCC unroll 4
            for (int q = 0; q < groups; q++)
                sums[r][q] = load(row[r] + 16 * q);
        }
        for (unsigned some = samples[f / 4]; some; some &= some - 1) {
            int j = __builtin_ctz(some);
#pragma GCC unroll 4
            for (int q = 0; q < groups; q++)
                step[q] = load(steps + UNITS * j + 16 * q);
#pragma GCC unroll 4
            for (int r = 0; r < 4; r++)
#pragma GCC unroll 4
                for (int q = 0; q < groups; q++)
                    sums[r][q] = madd(all(x[r][j]), step[q], sums[r][q]);
        }
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++)
#pragma GCC unroll 4
            for (int q = 0; q < groups; q++)
                store(row[r] + 16 * q, sums[r][q]);
    }
}

/* End a block: its inputs times its steps, in `from`, change the weights. */
static void move(const block *b, const block *from, columns c)
{
    int rows[INPUTS + 3];
    unsigned samples[INPUTS / 4 + 1];
    int found = moving_rows(b, rows, samples), stride = 16 * c.groups;
    for (int g = 0; g < c.groups; g += 4) {
        float *w = c.w + 16 * g;
        const float *steps = from->steps[0] + 16 * (c.first + g);
        if (c.groups - g == 3)
            move_strip(b, w, stride, steps, rows, samples, found, 3);
        else
            move_strip(b, w, stride, steps, rows, samples, found, 4);
    }
}

/* z of sample i, for `groups` vectors from g on: W x and what earlier samples' steps change. */
INLINE void add_steps(const block *b, const block *before, int i, int g, const int groups, v *z)
{
#pragma GCC unroll 8
    for (int q = 0; q < groups; q++)
        z[q] = load(b->wx[i] + 16 * (g + q));
    for (int j = 0; before && j < before->n; j++)
#pragma GCC unroll 8
        for (int q = 0; q < groups; q++)
            z[q] = madd(all(b->before[i][j]), load(before->steps[j] + 16 * (g + q)), z[q]);
    for (int j = 0; j < i; j++)
#pragma GCC unroll 8
        for (int q = 0; q < groups; q++)
            z[q] = madd(all(b->own[i][j]), load(b->steps[j] + 16 * (g + q)), z[q]);
}

INLINE int samples_of(long n, long k)
{
    long left = n - k * SAMPLES;
    return k < 0 || left < 0 ? 0 : left > SAMPLES ? SAMPLES : (int)left;
}
