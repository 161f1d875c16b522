"""
A thousand nets in some seconds
===============================

Which learning rate is right? That depends on the size of the net. We train a net for each of 1,000
pairs of a size and a rate, and draw the map.
"""

# %%
# A small net learns 10,000 images in some thousandths of a second. So there is no need to guess
# which rate suits which size: we can try them all. Let us take 25 sizes, from 1 to 64 hidden units,
# and 40 rates, from 0.001 to 30. Each pair is a net of its own, which starts from random weights
# and sees each image once. The images come with fastnet.
import time

import matplotlib.pyplot as plt
import numpy as np

import fastnet

(X, y), (X_test, y_test) = fastnet.datasets.load("digits")
sizes = [*range(1, 11), 12, 13, 15, 17, 19, 21, 24, 27, 31, 35, 39, 44, 50, 57, 64]
rates = np.geomspace(0.001, 30, 40)


def accuracy_of(size, rate):
    """Train one net, in one pass over the images; return its accuracy on new ones."""
    net = fastnet.Network.initialise((784, size, 10), ("sigmoid", "sigmoid"), classes=range(10))
    net.partial_fit(X, y, learning_rate=rate)
    return net.score(X_test, y_test)


accuracy_of(1, 0.1)  # compiles, if it is the first time
start = time.perf_counter()
accuracy = np.array([[accuracy_of(size, rate) for rate in rates] for size in sizes])
seconds = time.perf_counter() - start
steps = accuracy.size * len(X)
print(f"{accuracy.size:,} nets, {steps:,} images learned, {seconds:.0f} seconds")
print(f"the best of them reads {accuracy.max():.1%} of the new images")

middle = np.argmin(np.abs(rates - 0.12))
lost = accuracy.max(axis=1) - accuracy[:, middle]  # for each size
worst = lost[sizes.index(6) :].max()
print(f"from 6 units on, a rate of {rates[middle]:.2f} costs at most {worst:.1%}")

# %%
# The map is an island. To the west the rate is too low: the nets learn, but one pass is not enough.
# To the east is a cliff: beyond a rate of about 3 nearly every net breaks down and guesses. To the
# south the nets are too small: ten digits do not fit through one, two or three units.
#
# On the plateau there is room. At a rate of 0.12, in the middle, every net of 6 units or more comes
# within three points of what the best rate for its size reaches. So here you need not tune the
# rate. You only have to stay off the cliff.
fig, ax = plt.subplots(figsize=(6.2, 4.8), layout="constrained")
mesh = ax.pcolormesh(rates, np.arange(len(sizes)), accuracy, cmap="magma", vmin=0, vmax=0.9)
ax.contour(rates, np.arange(len(sizes)), accuracy, levels=[0.8], colors="white", linewidths=1)
ax.set(xscale="log", xlabel="learning rate", ylabel="hidden units")
ax.set_yticks(np.arange(0, len(sizes), 4), sizes[::4])
ax.xaxis.set_major_formatter(lambda rate, _: f"{rate:g}")
words = (0.0022, 21.5, "too slow"), (9.5, 12, "breaks down"), (0.0022, 2, "too small")
for x, row, text in words:
    ax.text(x, row, text, color="white", ha="center", va="center", fontstyle="italic")
ax.text(0.11, 17, "four digits in five\nand more", color="#1f2933", ha="center", va="center")
bar = fig.colorbar(mesh, format=lambda share, _: f"{share:.0%}", pad=0.01)
bar.outline.set_visible(False)
ax.spines[:].set_visible(False)
ax.set_title("1,000 nets: share of digits read after one pass", loc="left", fontweight="bold")
plt.show()
