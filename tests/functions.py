"""Activations of one's own, as a user writes them."""

import math

import numba


@numba.njit
def swish(z):
    return z / (1 + math.exp(-z))


@numba.njit
def swish_prime(z):
    s = 1 / (1 + math.exp(-z))
    return s + z * s * (1 - s)


@numba.njit
def softsign(z):
    return z / (1 + abs(z))


@numba.njit
def softsign_prime(z):
    return 1 / (1 + abs(z)) ** 2


SWISH = (swish, swish_prime)
SOFTSIGN = (softsign, softsign_prime)
