"""
Is it better, or was it lucky?
==============================

You try a higher learning rate, and the accuracy rises. Is the rate better, or was this run lucky?
Two hundred nets know the answer.
"""

# %%
# A net starts from random weights and sees its images in a random order. The *seed* decides both.
# With another seed the same settings give another net, and another accuracy. So we train two
# settings not once, but from 100 seeds each. They differ in the learning rate alone. Each net
# learns 10,000 digits five times. That makes ten million steps in all, and takes seconds.
import matplotlib.pyplot as plt
import numpy as np

import fastnet

(X, y), (X_test, y_test) = fastnet.datasets.load("digits")
accuracy = {}
for rate in (0.2, 0.3):
    nets = fastnet.train_seeds(X, y, 100, hidden=(30,), epochs=5, learning_rate=rate)
    accuracy[rate] = np.array([net.score(X_test, y_test) for net in nets])
    mean, spread = accuracy[rate].mean(), accuracy[rate].std(ddof=1)
    print(f"rate {rate}: {mean:.2%} on average, with a spread of {spread:.2%}")

# %%
# The higher rate is better by 0.3 points. But nets of the same rate differ by 0.4 points, just
# because of their seeds. So one run of each tells little: the worse rate would have won in 30 of
# 100 cases.
low, high = accuracy[0.2], accuracy[0.3]
wrong = np.mean(high[:, None] < low[None, :])
print(f"one run of each: the worse rate wins in {wrong:.0%} of all pairs")

# %%
# How many seeds would have been enough? We draw some nets of each setting, compare the means, and
# do so ten thousand times.
rng = np.random.default_rng(0)
counts = np.array([1, 2, 3, 5, 8, 13, 21, 34, 55])


def found(n):
    """Return how often the better rate has the higher mean, with n nets of each."""
    means = (rng.choice(a, (10_000, n)).mean(axis=1) for a in (low, high))
    return np.mean(np.greater(*reversed(list(means))))


chances = np.array([found(n) for n in counts])
for n, chance in zip(counts, chances, strict=True):
    print(f"{n:2} seeds of each: the better rate is found with a chance of {chance:.0%}")

# %%
# Each dot below is a net. The two clouds overlap nearly everywhere, and still one is higher. Eight
# seeds of each find that out nine times in ten. One seed does so two times in three, and a coin one
# time in two.
fig, (upper, lower) = plt.subplots(2, 1, figsize=(6.2, 8), layout="constrained")
for k, (rate, colour) in enumerate(((0.2, "#0072b2"), (0.3, "#d55e00"))):
    values = accuracy[rate]
    places, heights = np.unique(values, return_counts=True)
    for value, n in zip(places, heights, strict=True):
        upper.plot(k + 0.07 * (np.arange(n) - (n - 1) / 2), np.full(n, value), ".", color=colour)
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
    upper.errorbar(k + 0.42, mean, 2 * error, fmt="_", color="#1f2933", capsize=5, markersize=14)
upper.set(xticks=(0, 1), xticklabels=("rate 0.2", "rate 0.3"), xlim=(-0.6, 1.6))
upper.yaxis.set_major_formatter("{x:.1%}")
upper.set_title("Test accuracy of 200 nets, and the means", loc="left")
lower.plot(counts, chances, "o-", color="#007d5b")
lower.axhline(0.5, color="#8a949e", linewidth=1, linestyle=":")
lower.text(counts[-1], 0.505, "a coin", color="#52606d", ha="right", va="bottom")
lower.set(xscale="log", xticks=counts, xticklabels=counts, ylim=(0.45, 1.02))
lower.set_xlabel("seeds of each setting")
lower.minorticks_off()
lower.yaxis.set_major_formatter("{x:.0%}")
lower.set_title("How often the better one is found", loc="left")
for ax in (upper, lower):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
