// The net: its weights from text, and the forward pass.
"use strict";

// Return the bytes of a text in base64.
function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = letters.charCodeAt(k);
  return bytes.buffer;
}

// Return the number that 16 bits of a float16 stand for.
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (!exponent) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15); // a net has no infinity
}

// Return the weights (n_in, n_out) of a layer. Each row belongs to an input.
const WEIGHTS = {
  float32: (layer) => new Float32Array(bytesOf(layer.weights)),
  float16: (layer) => Float32Array.from(new Uint16Array(bytesOf(layer.weights)), half),
  int8: (layer) => {
    const scales = new Float32Array(bytesOf(layer.scales));
    return Float32Array.from(new Int8Array(bytesOf(layer.weights)), (value, k) => value * scales[k % scales.length]);
  },
};

// Each changes the values z of a layer into its activations, in place.
const ACTIVATIONS = {
  sigmoid: (z) => each(z, (v) => 1 / (1 + Math.exp(-v))),
  tanh: (z) => each(z, Math.tanh),
  "scaled-tanh": (z) => each(z, (v) => 1.7159 * Math.tanh((2 / 3) * v)),
  relu: (z) => each(z, (v) => (v < 0 ? 0 : v)),
  "leaky-relu": (z) => each(z, (v) => (v < 0 ? 0.01 * v : v)),
  identity: (z) => z,
  softmax: (z) => {
    const top = z.reduce((a, b) => Math.max(a, b));
    each(z, (v) => Math.exp(v - top));
    const sum = z.reduce((a, b) => a + b);
    return each(z, (v) => v / sum);
  },
};

function each(z, change) {
  for (let j = 0; j < z.length; j++) z[j] = change(z[j]);
  return z;
}

// Return the layers of a net from the page's data.
function layersOf(stored, kind) {
  return stored.map((layer) => ({
    weights: WEIGHTS[kind](layer),
    biases: new Float32Array(bytesOf(layer.biases)),
    activate: ACTIVATIONS[layer.activation],
  }));
}

// Return the activations of each layer for an input. Inputs that are 0 cost nothing.
function forward(layers, x) {
  return layers.map(({ weights, biases, activate }) => {
    const n = biases.length;
    const z = new Float64Array(biases);
    x.forEach((value, i) => {
      if (value) for (let j = 0, k = i * n; j < n; j++, k++) z[j] += value * weights[k];
    });
    x = Float32Array.from(activate(z));
    return x;
  });
}

// Return the activations of each net for pixels (28 * 28, uint8), and their outputs: the mean.
function answersOf(nets, pixels, whole) {
  const x = Float32Array.from(pixels, (value) => value / whole);
  const activations = nets.map((layers) => forward(layers, x));
  const each = activations.map((layers) => layers[layers.length - 1]);
  const outputs = each[0].map((_, j) => each.reduce((sum, of) => sum + of[j], 0) / each.length);
  return { activations, outputs };
}
