"""All compiled code. Kernels compute: they raise no errors and print nothing.

Read `simd` (vectors of lanes), `maths` (exp and log on them), `activations`, `samples` (the
non-zeros of a row), `layers` (forward, deltas, update), `losses` (the output) and `epoch` (one
pass), in this order. `chunks` and `answers` do many samples side by side.
"""
