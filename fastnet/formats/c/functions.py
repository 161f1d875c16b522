"""The C functions of a header: layers, activations, answers. NAME stands for the header's name.

They need no library: exp is their own, as in `fastnet.kernels.maths`; it takes fewer bytes than
expf, and gives the same labels everywhere. Sizes are `size_t`, since an `int` of AVR has 16 bits.

The weights of an input lie together, so that inputs that are 0 cost nothing: digits take 1.7 to 5.8
times fewer instructions (Cortex-M0, M3 and M4F, gcc -Os) than with the weights of an output
together, and images without 0 at most 1.2 times more. Whole numbers in hidden layers too halve the
instructions where floats are computed in software.
"""

from __future__ import annotations

import math

from ...kernels.activations import HEIGHT, LEAK, STEEPNESS
from ...kernels.maths import LN2_HIGH, LN2_LOW, LOG2_E
from .text import number

LIMIT = 0.75 * math.log(2) * 126  # beyond it, exp is clipped: see fastnet.kernels.maths.split
TERMS = [1 / math.factorial(n + 1) for n in range(7)]  # of (exp(r) - 1) / r

FLASH = """\
/* Where tables lie, and how they are read. `const` keeps them in flash on nearly all computers; on
   AVR this does. For others, define all three before this file is included. */
#ifndef FASTNET_FLASH
#ifdef __AVR__
#include <avr/pgmspace.h>
#define FASTNET_NEAR
#define FASTNET_FLASH PROGMEM
#define FASTNET_FLOAT(address) pgm_read_float(address)
#define FASTNET_INT8(address) ((int8_t)pgm_read_byte(address))
#else
#define FASTNET_FLASH
#define FASTNET_FLOAT(address) (*(address))
#define FASTNET_INT8(address) (*(address))
#endif
#endif"""

FLOAT_LAYER = """\
/* z (n_out) = x (n_in) . w (n_in, n_out) + b (n_out). Inputs that are 0 cost nothing. */
static inline void NAME_TYPE_layer(const TYPE *x, size_t n_in, const float *w, const float *b,
        float *z, size_t n_out)
{
    size_t i, j;
    for (j = 0; j < n_out; j++) z[j] = 0.0f;
    for (i = 0; i < n_in; i++, w += n_out) {
        const float v = (float)x[i];
        if (v != 0.0f)
            for (j = 0; j < n_out; j++) z[j] += v * FASTNET_FLOAT(w + j);
    }
    for (j = 0; j < n_out; j++) z[j] += FASTNET_FLOAT(b + j);
}"""

PIXEL_LAYER = """\
/* z (n_out) = x (n_in) . w (n_in, n_out) * scales (n_out) + b (n_out). The sums are exact. */
static inline void NAME_uint8_t_layer(const uint8_t *x, size_t n_in, const int8_t *w,
        const float *scales, const float *b, int32_t *sums, float *z, size_t n_out)
{
    size_t i, j;
    for (j = 0; j < n_out; j++) sums[j] = 0;
    for (i = 0; i < n_in; i++, w += n_out) {
        const int v = x[i];
        if (v)
            for (j = 0; j < n_out; j++) sums[j] += v * FASTNET_INT8(w + j);
    }
    for (j = 0; j < n_out; j++)
        z[j] = (float)sums[j] * FASTNET_FLOAT(scales + j) + FASTNET_FLOAT(b + j);
}"""

ROUNDED = """\
/* v as a whole number from -level to level; NaN as 0. */
static inline int16_t NAME_rounded(float v, float level)
{
    if (v > -level && v < level) return (int16_t)(v < 0.0f ? v - 0.5f : v + 0.5f);
    return (int16_t)(v > 0.0f ? level : v < 0.0f ? -level : 0.0f);
}"""

INT8_LAYER = """\
/* z (n_out) = x (n_in) . w (n_in, n_out) * scales (n_out) + b (n_out). The sums are exact, of x as
   whole multiples of unit = (the largest of x) / level. */
static inline void NAME_float_layer(const float *x, size_t n_in, const int8_t *w,
        const float *scales, const float *b, float level, int32_t *sums, float *z, size_t n_out)
{
    float top = 0.0f, times, unit;
    size_t i, j;
    for (i = 0; i < n_in; i++) {
        if (x[i] > top) top = x[i];
        if (-x[i] > top) top = -x[i];
    }
    unit = top / level;
    times = top > 0.0f ? level / top : 0.0f;
    for (j = 0; j < n_out; j++) sums[j] = 0;
    for (i = 0; i < n_in; i++, w += n_out) {
        const int16_t v = NAME_rounded(x[i] * times, level);
        if (v)
            for (j = 0; j < n_out; j++) sums[j] += (int32_t)v * FASTNET_INT8(w + j);
    }
    for (j = 0; j < n_out; j++)
        z[j] = (float)sums[j] * (FASTNET_FLOAT(scales + j) * unit) + FASTNET_FLOAT(b + j);
}"""

STEPS = "\n".join(f"    p = p * r + {number(term)};" for term in TERMS[-2::-1])

SPLIT = f"""\
/* With x = k ln 2 + r, return exp(r) - 1, and set scale = 2**k. NaN stays NaN. */
static inline float NAME_split(float x, float *scale)
{{
    const float limit = {number(LIMIT)};
    float p, r;
    uint32_t bits;
    size_t j;
    int k;
    *scale = 1.0f;
    if (x != x) return x;
    x = x > limit ? limit : x < -limit ? -limit : x;
    k = (int)(x * {number(LOG2_E)} + (x < 0.0f ? -0.5f : 0.5f));
    r = x - (float)k * {number(LN2_HIGH)};
    r = r - (float)k * {number(LN2_LOW)};
    bits = (uint32_t)(k + 127) << 23;
    for (j = 0; j < sizeof bits; j++) ((uint8_t *)scale)[j] = ((const uint8_t *)&bits)[j];
    p = {number(TERMS[-1])};
{STEPS}
    return r * p;
}}"""

EXP = """\
static inline float NAME_exp(float x)
{
    float scale, p = NAME_split(x, &scale);
    return scale * p + scale;
}"""

SIGMOID = """\
static inline void NAME_sigmoid(float *z, size_t n)
{
    size_t j;
    for (j = 0; j < n; j++) z[j] = 1.0f / (NAME_exp(-z[j]) + 1.0f);
}"""

TANH = """\
static inline float NAME_tanh_of(float z)
{
    float scale, t, p = NAME_split(z < 0.0f ? z * 2.0f : z * -2.0f, &scale);
    t = scale * p + (scale - 1.0f);
    t = t / (t + 2.0f);
    return z < 0.0f ? t : -t;
}"""

TANHS = """\
static inline void NAME_tanh(float *z, size_t n)
{
    size_t j;
    for (j = 0; j < n; j++) z[j] = NAME_tanh_of(z[j]);
}"""

SCALED_TANH = f"""\
static inline void NAME_scaledtanh(float *z, size_t n)
{{
    size_t j;
    for (j = 0; j < n; j++)
        z[j] = NAME_tanh_of(z[j] * {number(STEEPNESS)}) * {number(HEIGHT)};
}}"""

RELU = """\
static inline void NAME_relu(float *z, size_t n)
{
    size_t j;
    for (j = 0; j < n; j++)
        if (z[j] < 0.0f) z[j] = 0.0f;
}"""

LEAKY_RELU = f"""\
static inline void NAME_leakyrelu(float *z, size_t n)
{{
    size_t j;
    for (j = 0; j < n; j++)
        if (z[j] < 0.0f) z[j] *= {number(LEAK)};
}}"""

SOFTMAX = """\
static inline void NAME_softmax(float *z, size_t n)
{
    float top = z[0], sum = 0.0f;
    size_t j;
    for (j = 1; j < n; j++)
        if (z[j] > top) top = z[j];
    for (j = 0; j < n; j++) {
        z[j] = NAME_exp(z[j] - top);
        sum += z[j];
    }
    for (j = 0; j < n; j++) z[j] /= sum;
}"""

# What each activation needs, in order; the last is the function of a layer.
ACTIVATIONS: dict[str, tuple[str, ...]] = {
    "sigmoid": (SPLIT, EXP, SIGMOID),
    "tanh": (SPLIT, TANH, TANHS),
    "scaled-tanh": (SPLIT, TANH, SCALED_TANH),
    "relu": (RELU,),
    "leaky-relu": (LEAKY_RELU,),
    "identity": (),
    "softmax": (SPLIT, EXP, SOFTMAX),
}


def function_of(activation: str) -> str:
    """Return the name of the function of an activation; "" for the identity."""
    return f"NAME_{activation.replace('-', '')}" if ACTIVATIONS[activation] else ""
