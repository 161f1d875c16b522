/* Per-sample SGD of 784-16-16-10 with AVX-512 intrinsics: what one can reach for this one net.

   A layer of 16 units is one register. Zero pixels are skipped. The upper layers' weights are kept
   in both layouts, so that neither forward nor backward adds up the lanes of a register; w2, w3
   and their transposes are (16, 16), of which the last layer uses 10 columns. */
#include <immintrin.h>

typedef __m512 v;

/* exp(z) = 2^k exp(r), with the Taylor series of exp(r), |r| <= ln(2) / 2. */
static inline v sigmoid(v z)
{
    v x = _mm512_max_ps(_mm512_min_ps(-z, _mm512_set1_ps(87)), _mm512_set1_ps(-87));
    v k = _mm512_roundscale_ps(x * _mm512_set1_ps(1.44269504f), 0);
    v r = _mm512_fnmadd_ps(k, _mm512_set1_ps(0.693359375f), x);
    r = _mm512_fnmadd_ps(k, _mm512_set1_ps(-2.12194440e-4f), r);
    v p = _mm512_set1_ps(1.f / 5040);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f / 720));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f / 120));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f / 24));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f / 6));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(.5f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1));
    v one = _mm512_set1_ps(1);
    return one / (one + _mm512_scalef_ps(p, k));
}

/* sum_i x[i] * row i of w, plus start. */
static inline v rows16(const float *x, const float *w, v start)
{
    v s[4] = {start, _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        s[i % 4] = _mm512_fmadd_ps(_mm512_set1_ps(x[i]), _mm512_load_ps(w + 16 * i), s[i % 4]);
    return (s[0] + s[1]) + (s[2] + s[3]);
}

/* row i of w -= x[i] * step. */
static inline void update16(const float *x, float *w, v step)
{
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        float *row = w + 16 * i;
        _mm512_store_ps(row, _mm512_fnmadd_ps(_mm512_set1_ps(x[i]), step, _mm512_load_ps(row)));
    }
}

/* Offsets of the rows of the pixels that are not 0, and their values: how many. */
static inline int pixels(const unsigned char *x, int *at, float *value)
{
    __m512i place = _mm512_slli_epi32(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), 4);
    int n = 0;
    for (int i = 0; i < 784; i += 16) {
        __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(x + i)));
        __mmask16 some = _mm512_test_epi32_mask(bytes, bytes);
        v numbers = _mm512_cvtepi32_ps(bytes) * _mm512_set1_ps(1.f / 255);
        _mm512_storeu_si512(at + n, _mm512_maskz_compress_epi32(some, place));
        _mm512_storeu_ps(value + n, _mm512_maskz_compress_ps(some, numbers));
        place = _mm512_add_epi32(place, _mm512_set1_epi32(256));
        n += _mm_popcnt_u32(some);
    }
    return n;
}

/* x (n, 784) bytes; w1 (784, 16), b (3, 16), all aligned to 64 bytes. */
void learn(float *w1, float *w2, float *w2t, float *w3, float *w3t, float *b,
           const unsigned char *x, const int *label, long n, float rate)
{
    _Alignas(64) float a1[16], a2[16], d2[16], d3[16], value[800];
    int at[800];
    v one = _mm512_set1_ps(1), two = _mm512_set1_ps(2), eta = _mm512_set1_ps(rate);
    for (long s = 0; s < n; s++, x += 784) {
        int m = pixels(x, at, value), k = 0;
        v z0 = _mm512_load_ps(b), z1 = _mm512_setzero_ps(), z2 = z1, z3 = z1;
        for (; k + 4 <= m; k += 4) {
            z0 = _mm512_fmadd_ps(_mm512_set1_ps(value[k]), _mm512_load_ps(w1 + at[k]), z0);
            z1 = _mm512_fmadd_ps(_mm512_set1_ps(value[k + 1]), _mm512_load_ps(w1 + at[k + 1]), z1);
            z2 = _mm512_fmadd_ps(_mm512_set1_ps(value[k + 2]), _mm512_load_ps(w1 + at[k + 2]), z2);
            z3 = _mm512_fmadd_ps(_mm512_set1_ps(value[k + 3]), _mm512_load_ps(w1 + at[k + 3]), z3);
        }
        for (; k < m; k++)
            z0 = _mm512_fmadd_ps(_mm512_set1_ps(value[k]), _mm512_load_ps(w1 + at[k]), z0);
        v A1 = sigmoid((z0 + z1) + (z2 + z3));
        _mm512_store_ps(a1, A1);
        v A2 = sigmoid(rows16(a1, w2, _mm512_load_ps(b + 16)));
        _mm512_store_ps(a2, A2);
        v A3 = sigmoid(rows16(a2, w3, _mm512_load_ps(b + 32)));

        v error = _mm512_mask_sub_ps(A3, 1 << label[s], A3, one);
        v D3 = _mm512_maskz_mul_ps(0x3ff, two * error, A3 * (one - A3));
        _mm512_store_ps(d3, D3);
        v D2 = rows16(d3, w3t, _mm512_setzero_ps()) * (A2 * (one - A2));
        _mm512_store_ps(d2, D2);
        v D1 = rows16(d2, w2t, _mm512_setzero_ps()) * (A1 * (one - A1));

        update16(a2, w3, eta * D3);
        update16(d3, w3t, eta * A2);
        update16(a1, w2, eta * D2);
        update16(d2, w2t, eta * A1);
        v step = eta * D1;
        for (k = 0; k < m; k++) {
            float *row = w1 + at[k];
            v old = _mm512_load_ps(row);
            _mm512_store_ps(row, _mm512_fnmadd_ps(_mm512_set1_ps(value[k]), step, old));
        }
        _mm512_store_ps(b, _mm512_load_ps(b) - step);
        _mm512_store_ps(b + 16, _mm512_load_ps(b + 16) - eta * D2);
        _mm512_store_ps(b + 32, _mm512_load_ps(b + 32) - eta * D3);
    }
}
