/* Per-sample SGD of dense nets in plain C: sigmoid, cost sum (a - y)^2.

   w[l] is (size[l + 1], size[l]): a row for each unit, so that sums run along rows, and stay in
   registers however few units a layer has. */
#include <math.h>

/* a = sigmoid(w x + b), four units at a time: one sum alone would wait for itself. */
static void forward(int n_in, int n_out, const float *restrict w, const float *restrict b,
                    const float *restrict x, float *restrict a)
{
    int j = 0;
    for (; j + 4 <= n_out; j += 4, w += 4 * n_in) {
        float z0 = b[j], z1 = b[j + 1], z2 = b[j + 2], z3 = b[j + 3];
#pragma omp simd reduction(+ : z0, z1, z2, z3)
        for (int i = 0; i < n_in; i++) {
            z0 += w[i] * x[i];
            z1 += w[i + n_in] * x[i];
            z2 += w[i + 2 * n_in] * x[i];
            z3 += w[i + 3 * n_in] * x[i];
        }
        a[j] = z0, a[j + 1] = z1, a[j + 2] = z2, a[j + 3] = z3;
    }
    for (; j < n_out; j++, w += n_in) {
        float z = b[j];
#pragma omp simd reduction(+ : z)
        for (int i = 0; i < n_in; i++)
            z += w[i] * x[i];
        a[j] = z;
    }
    for (j = 0; j < n_out; j++)
        a[j] = 1 / (1 + expf(-a[j]));
}

/* below = (w^T delta) times the slope of the sigmoid x, with the weights as they are. */
static void backward(int n_in, int n_out, const float *restrict w, const float *restrict x,
                     const float *restrict delta, float *restrict below)
{
    for (int i = 0; i < n_in; i++)
        below[i] = 0;
    for (int j = 0; j < n_out; j++, w += n_in)
        for (int i = 0; i < n_in; i++)
            below[i] += w[i] * delta[j];
    for (int i = 0; i < n_in; i++)
        below[i] *= x[i] * (1 - x[i]);
}

/* w -= rate * outer(delta, x), b -= rate * delta */
static void update(int n_in, int n_out, float *restrict w, float *restrict b,
                   const float *restrict x, const float *restrict delta, float rate)
{
    for (int j = 0; j < n_out; j++, w += n_in) {
        float step = rate * delta[j];
        for (int i = 0; i < n_in; i++)
            w[i] -= step * x[i];
        b[j] -= step;
    }
}

/* x (n, size[0]), labels (n,); a[l] and delta[l] have room for the units of layer l + 1. */
void learn(int layers, const int *size, float **w, float **b, float **a, float **delta,
           const float *x, const int *label, long n, float rate)
{
    int top = layers - 1, outputs = size[layers];
    for (long s = 0; s < n; s++, x += size[0]) {
        for (int l = 0; l < layers; l++)
            forward(size[l], size[l + 1], w[l], b[l], l ? a[l - 1] : x, a[l]);
        for (int j = 0; j < outputs; j++)
            delta[top][j] = 2 * (a[top][j] - (j == label[s])) * a[top][j] * (1 - a[top][j]);
        for (int l = top; l > 0; l--)
            backward(size[l], size[l + 1], w[l], a[l - 1], delta[l], delta[l - 1]);
        for (int l = 0; l < layers; l++)
            update(size[l], size[l + 1], w[l], b[l], l ? a[l - 1] : x, delta[l], rate);
    }
}
