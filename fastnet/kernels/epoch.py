"""One pass over samples: forward, judge, learn, one sample after the other.

`layers` is a table with a row for each layer (see LAYER); one compiled pass serves every net of a
dtype, whatever its depth and widths.
"""

import numpy as np

from .jit import entry, flat, sources_digest
from .layers import activate, differentiate, forward, learn, scale, step_biases, update
from .losses import judge, right
from .samples import nonzeros, prefetch_row
from .simd import get, raw

START = np.int64(0)
AHEAD = 3  # samples between a row's prefetch and its use

LAYER = np.dtype(
    [
        ("n_in", np.int64),
        ("n_out", np.int64),
        ("pad", np.int64),  # n_out in whole groups of lanes
        ("w", np.int64),  # where its weights begin in params: (n_in or the pad below, pad)
        ("b", np.int64),  # where its biases begin in params: (pad,)
        ("z", np.int64),  # where its z, activations and deltas begin in scratch: (pad,) each
        ("a", np.int64),
        ("d", np.int64),
        ("activation", np.int64),
    ]
)


@flat
def feed_forward(params, layers, index, values, n, every, scratch):
    """z and activations of all layers, from the first one's list of n inputs.

    `every` is 0, 1, 2, ...: the index by which a layer takes all the outputs of the one below.
    """
    layer = layers[0]
    forward(params, layer.w, layer.pad, layer.b, index, values, START, n, scratch, layer.z)
    activate(layer.activation, layer.n_out, layer.pad, scratch, layer.z, scratch, layer.a)
    for k in range(1, len(layers)):
        below = layer
        layer = layers[k]
        forward(
            params,
            layer.w,
            layer.pad,
            layer.b,
            every,
            scratch,
            below.a,
            below.pad,
            scratch,
            layer.z,
        )
        activate(layer.activation, layer.n_out, layer.pad, scratch, layer.z, scratch, layer.a)


@flat
def backpropagate(params, layers, index, values, n, eta, scratch):
    """From the output layer's deltas, the deltas of all layers; every weight -= eta * its gradient.

    Going down, each layer's weights are used, and changed in the same pass over them.
    """
    for k in range(len(layers) - 1, 0, -1):
        layer, below = layers[k], layers[k - 1]
        step_biases(params, layer.b, layer.pad, eta, scratch, layer.d)
        learn(
            params,
            layer.w,
            layer.pad,
            below.pad,
            eta,
            scratch,
            below.a,
            scratch,
            layer.d,
            scratch,
            below.d,
        )
        differentiate(below.activation, below.pad, scratch, below.a, scratch, below.d)
    layer = layers[0]
    step_biases(params, layer.b, layer.pad, eta, scratch, layer.d)
    scale(eta, layer.pad, scratch, layer.d)
    update(params, layer.w, layer.pad, index, values, START, n, scratch, layer.d)


def make_epoch(sources):
    """The compiled pass; the digest of its sources belongs to its key in the cache."""

    @entry
    def epoch(
        params,
        layers,
        loss,
        data,
        kind,
        indptr,
        indices,
        unit,
        labels,
        targets,
        order,
        rates,
        index,
        every,
        values,
        scratch,
        out,
    ):
        """One pass over the samples that `order` names.

        Learns from each, where there are rates: one a sample. Writes the output layer's activations
        to out (len(order), n_out), where it has rows. Judges the outputs, where there are labels or
        targets. Returns the sum of the costs and the number of right answers, each taken before the
        sample was learned, and the number of samples: not all of them if a cost is not finite.
        """
        sources  # noqa: B018
        sparse, classes = len(indptr) > 0, len(labels) > 0
        judging, learning, showing = classes or len(targets) > 0, len(rates) > 0, len(out) > 0
        params, data, indptr, indices = raw(params), raw(data), raw(indptr), raw(indices)
        unit, labels, targets = raw(unit), raw(labels), raw(targets)
        index, every, values, scratch = raw(index), raw(every), raw(values), raw(scratch)
        features = layers[0].n_in
        last = layers[len(layers) - 1]
        n_out, pad, z, a, d = last.n_out, last.pad, last.z, last.a, last.d
        cost, hits = 0.0, 0
        for t in range(len(order)):
            if t + AHEAD < len(order):
                prefetch_row(data, kind, sparse, indptr, features, order[t + AHEAD])
            i = order[t]
            n = nonzeros(data, kind, sparse, indptr, indices, unit, features, i, index, values)
            feed_forward(params, layers, index, values, n, every, scratch)
            if showing:
                for j in range(n_out):
                    out[t, j] = get(scratch, a + j)
            if judging:
                c = judge(
                    loss, last.activation, classes, labels, targets, i, n_out, pad, scratch, z, a, d
                )
                if not c < np.inf:
                    return cost, hits, t
                cost += c
                hits += right(loss, classes, labels, targets, i, n_out, pad, scratch, a)
                if learning:
                    backpropagate(params, layers, index, values, n, rates[t], scratch)
        return cost, hits, len(order)

    return epoch


epoch = make_epoch(sources_digest())
