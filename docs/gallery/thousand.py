"""
A thousand nets in some seconds
===============================

Which learning rate is right? That depends on the size of the net. We train a net for each of 1,000
pairs of a size and a rate, and draw the map.
"""

# %%
# A small net learns 10,000 images in some thousandths of a second. So there is no need to guess
# which rate suits which size: we can try them all. Let us take 25 sizes, from 1 to 64 hidden units,
# and 40 rates, from 0.001 to 30. Each pair is a net of its own. It starts from random weights and
# sees each image once.
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
print(accuracy.size, seconds)
print(accuracy.max(), np.unravel_index(accuracy.argmax(), accuracy.shape))
for i, size in enumerate(sizes): print(size, accuracy[i].max(), rates[accuracy[i].argmax()], rates[accuracy[i]>accuracy[i].max()-.01])
fig, ax = plt.subplots(figsize=(9, 5.6), layout="constrained")
mesh = ax.pcolormesh(rates, range(25), accuracy, cmap="magma", vmin=0, vmax=1)
ax.set(xscale="log", )
fig.colorbar(mesh)
plt.show()
