"""
Two spirals, learned before your eyes
=====================================

One neuron can only draw a straight line. Sixty-four of them find the border between two spirals.
We stop the clock nine times and look at what the net believes.
"""

# %%
# Two spirals of 500 points each wind around each other. Which spiral does a point belong to? That
# is easy to see, and hard to learn: it has been a test for learning machines since the 1980s.
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

import fastnet

TURNS = 2
BLUE, ORANGE = "#0072b2", "#d55e00"
PALE = LinearSegmentedColormap.from_list("pale", ["#74b1d6", "#ffffff", "#e8a274"])


def spirals(n, seed):
    """Return n points (n, 2) of two spirals, and which spiral each belongs to (n,)."""
    rng = np.random.default_rng(seed)
    spiral = np.arange(n) % 2
    turns = TURNS * np.sqrt(rng.random(n))
    angle = 2 * np.pi * (turns + spiral / 2)
    points = turns[:, None] / TURNS * np.column_stack([np.cos(angle), np.sin(angle)])
    return points + rng.normal(0, 0.02, (n, 2)), spiral


X, y = spirals(1000, seed=0)
X_test, y_test = spirals(2000, seed=1)

# %%
# First one neuron, which is a net without hidden layers. It does what it can, but a coin would be
# right about half of the points, and a straight line is not much better.
neuron = fastnet.train(X, y, hidden=(), epochs=50)
print(f"one neuron: {neuron.score(X_test, y_test):.0%} of new points are right")

# %%
# Now a net of two hidden layers of 32 units each. It looks at one point at a time, and moves all
# its weights a little after each. The function ``look`` is called after each epoch, that is each
# time when the net has seen all 1,000 points. It notes what the net would say at every place of a
# map: its share for the orange spiral, between 0 and 1.
side = np.linspace(-1.2, 1.2, 181)
places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
maps, scores = {}, {}


def look(net, record):
    """Keep the net's map of the plane, and how many of the new points it gets right."""
    epoch = record["epoch"] + 1
    if epoch in (1, 5, 6, 7, 9, 12, 16, 30, 100):
        maps[epoch] = net.predict_proba(places)[:, 1].reshape(181, 181)
        scores[epoch] = net.score(X_test, y_test)


net = fastnet.train(
    X, y, hidden=(32, 32), activation="relu", loss="cross-entropy",
    epochs=100, on_epoch=look,
)  # fmt: skip
for epoch, score in scores.items():
    print(f"after {epoch:3} epochs: {score:5.1%} of new points are right")

# %%
# Blue and orange are where the net is sure, and white is where it is in doubt. For five epochs it
# has little more than a line, like the neuron. Then it finds the outer arms, and winds its way
# inwards. After 100 epochs, which are 100,000 small steps, it is in doubt only on the border
# itself.
fig, axes = plt.subplots(3, 3, figsize=(6.2, 6.8), layout="constrained")
for ax, epoch in zip(axes.flat, maps, strict=True):
    ax.contourf(side, side, maps[epoch], levels=np.linspace(0, 1, 14), cmap=PALE)
    for spiral, colour in enumerate((BLUE, ORANGE)):
        ax.plot(*X[y == spiral].T, ".", color=colour, markersize=1.8)
    ax.set_title(f"epoch {epoch}: {scores[epoch]:.0%}", fontsize=11)
    ax.set(aspect="equal")
    ax.set_axis_off()
plt.show()
