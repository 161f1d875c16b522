"""All compiled code. Kernels compute: they raise no errors and print nothing.

Read `simd` (vectors of lanes), `maths` (exp and log on them), `activations`, `samples` (the
non-zeros of a row), `layers` (forward, deltas, update), `losses` (the output) and `epoch` (one
pass), in this order. Other forms of the pass do the same faster: `narrow` for narrow nets,
`blockwise` (with `listed` and `blocks`) for wide first layers, and `answers` (with `chunks`) where
nothing is learned. Python calls them all through `entries`.
"""
