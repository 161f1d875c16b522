"""All compiled code. Nothing here raises, prints, or knows what an epoch is for.

Read `simd` (vectors of lanes), `maths` (transfer functions on them), `samples` (the non-zeros of a
row), `layers` (forward, deltas, update), `losses` (the output), `epoch` (one pass), in this order.
"""
