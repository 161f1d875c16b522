/* What the nets by hand share: vectors of 16 floats, lists of pixels, a layer of 16 outputs.

   Weights w are (inputs, outputs), the outputs filled up to whole vectors; all begin with a cache
   line. Zero pixels are skipped. A fold of sums adds up the lanes of 16 registers at once. */
#include <immintrin.h>
#include <stdint.h>

#define INPUTS 784
#define ROOM 896  /* entries of a list: whole writes of 64 may go beyond its end */
#define INLINE static inline __attribute__((always_inline))

typedef __m512 v;
typedef struct { double cost, hits; } seen;  /* what the samples showed before they were learned */

INLINE v all(float x) { return _mm512_set1_ps(x); }
INLINE v zero(void) { return _mm512_setzero_ps(); }
INLINE v load(const float *x) { return _mm512_load_ps(x); }
INLINE void store(float *to, v x) { _mm512_store_ps(to, x); }
INLINE v madd(v a, v b, v c) { return _mm512_fmadd_ps(a, b, c); }

/* 1 / (1 + exp(-z)): exp(x) = 2^k exp(r), with the Taylor series of exp(r), |r| <= ln(2) / 2. */
INLINE v sigmoid(v z)
{
    v most = all(65), x = _mm512_max_ps(_mm512_min_ps(zero() - z, most), zero() - most);
    v magic = all(12582912), shifted = madd(x, all(1.44269504f), magic), k = shifted - magic;
    v r = madd(k, all(2.12194440e-4f), madd(k, all(-0.693359375f), x)), r2 = r * r;
    v low = madd(madd(all(1.f / 24), r, all(1.f / 6)), r2, madd(all(1.f / 2), r, all(1)));
    v high = madd(all(1.f / 5040), r2, madd(all(1.f / 720), r, all(1.f / 120)));
    v p = r * madd(high, r2 * r2, low);
    __m512i exponent = _mm512_add_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(127));
    v scale = _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23));
    return all(1) / (madd(scale, p, scale) + all(1));
}

/* The sums of the lanes of 16 vectors, as one vector. */
INLINE v totals(const v *s)
{
    v pairs[8], fours[4], halves[2];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        pairs[i] = _mm512_unpacklo_ps(s[2 * i], s[2 * i + 1])
                 + _mm512_unpackhi_ps(s[2 * i], s[2 * i + 1]);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        __m512d a = _mm512_castps_pd(pairs[2 * i]), b = _mm512_castps_pd(pairs[2 * i + 1]);
        fours[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b))
                 + _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++)
        halves[i] = _mm512_shuffle_f32x4(fours[2 * i], fours[2 * i + 1], 0x88)
                  + _mm512_shuffle_f32x4(fours[2 * i], fours[2 * i + 1], 0xdd);
    return _mm512_shuffle_f32x4(halves[0], halves[1], 0x88)
         + _mm512_shuffle_f32x4(halves[0], halves[1], 0xdd);
}

/* The sum of n vectors, by halves. */
INLINE v folded(v *s, int n)
{
    for (int half = n / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            s[i] = s[i] + s[i + half];
    return s[0];
}

/* 16 bytes as floats, byte / 255 to the nearest. */
INLINE v numbers(__m128i bytes)
{
    v x = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes)), factor = all(1.f / 255);
    return madd(x, factor, x * all((float)(1. / 255 - 1.f / 255)));
}

/* List the pixels that are not 0: their places times 2^shift, and their values. Entries (0, 0) fill
   up the last eight. Return the length. Pixels from 64 c on begin at part[c], if part is not 0. */
INLINE int list(const uint8_t *x, int shift, int32_t *at, float *value, int *part)
{
    static const uint8_t lanes[64] __attribute__((aligned(64))) = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    _Alignas(64) uint8_t bytes[ROOM];
    _Alignas(64) uint16_t places[ROOM];
    int n = 0;
#pragma GCC unroll 13
    for (int j = 0; j < INPUTS; j += 64) {
        int from = j + 64 > INPUTS ? INPUTS - 64 : j;  /* the last 64 overlap some that are done */
        __m512i pixels = _mm512_loadu_si512(x + from), base = _mm512_set1_epi16(from);
        uint64_t some = _mm512_test_epi8_mask(pixels, pixels) & ~0ull << (j - from);
        __m512i which = _mm512_maskz_compress_epi8(some, _mm512_load_si512(lanes));
        __m512i low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(which));
        __m512i high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(which, 1));
        if (part)
            part[j / 64] = n;
        _mm512_storeu_si512(bytes + n, _mm512_maskz_compress_epi8(some, pixels));
        _mm512_storeu_si512(places + n, _mm512_add_epi16(base, low));
        _mm512_storeu_si512(places + n + 32, _mm512_add_epi16(base, high));
        n += _mm_popcnt_u64(some);
    }
    if (part)
        part[(INPUTS + 63) / 64] = n;
    _mm_storel_epi64((void *)(bytes + n), _mm_setzero_si128());
    _mm_storeu_si128((void *)(places + n), _mm_setzero_si128());
    n = (n + 7) / 8 * 8;
    for (int k = 0; k < n; k += 16) {
        __m512i wide = _mm512_cvtepu16_epi32(_mm256_load_si256((void *)(places + k)));
        _mm512_store_si512(at + k, _mm512_slli_epi32(wide, shift));
        store(value + k, numbers(_mm_load_si128((void *)(bytes + k))));
    }
    return n;
}

INLINE void prefetch(const uint8_t *x)
{
    for (int j = 0; j < INPUTS; j += 64)
        _mm_prefetch((const char *)(x + j), _MM_HINT_T0);
}

/* start + sum over k < n of x[k] * row k of w (n, 16), `side` <= 8 rows side by side. */
INLINE v forward16(const float *x, const float *w, int n, const int side, v start)
{
    v s[8] = {start, zero(), zero(), zero(), zero(), zero(), zero(), zero()};
    for (int k = 0; k < n; k += side)
#pragma GCC unroll 8
        for (int i = 0; i < side; i++)
            s[i] = madd(all(x[k + i]), load(w + 16 * (k + i)), s[i]);
    return folded(s, side);
}

/* 16 sums, of row k of w (16, 16) times delta; then row k += x[k] * step. */
INLINE v learn16(const float *x, float *w, v delta, v step)
{
    v s[16];
#pragma GCC unroll 16
    for (int k = 0; k < 16; k++) {
        v row = load(w + 16 * k);
        s[k] = row * delta;
        store(w + 16 * k, madd(all(x[k]), step, row));
    }
    return totals(s);
}

/* The deltas of ten outputs, cost sum (a - y)^2. */
INLINE v judge(v z, int label, seen *so_far)
{
    v a = _mm512_maskz_mov_ps(0x3ff, sigmoid(z));
    v error = _mm512_mask_sub_ps(a, 1 << label, a, all(1));
    v best = all(_mm512_reduce_max_ps(a));
    int first = __builtin_ctz(_mm512_cmp_ps_mask(a, best, _CMP_EQ_OQ) & 0x3ff);
    so_far->cost += _mm512_reduce_add_ps(error * error);
    so_far->hits += first == label;
    return (error + error) * (a * (all(1) - a));
}
