"""
What a net looks for in a digit
===============================

A small net learns to read handwriting. Then we open it: what does each of its units look for, and
which digits does it misread?
"""

# %%
# Ten thousand handwritten digits come with fastnet. Each is an image of 28 by 28 pixels. Our net
# has one hidden layer of 20 units. It learns every image 20 times, one image after the other, and
# is done in a fraction of a second.
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

import fastnet
from fastnet import plot

(X, y), (X_test, y_test) = fastnet.datasets.load("digits")
net = fastnet.train(X, y, hidden=(20,), activation="relu", loss="cross-entropy", l2=0.001)

answers, shares = net.predict(X_test), net.predict_proba(X_test)
accuracy = np.mean(answers == y_test)
print(f"The net reads {accuracy:.1%} of {len(X_test):,} images that it has never seen.")

# %%
# What each unit looks for
# ------------------------
#
# A hidden unit sees all 784 pixels and has a weight for each. Ink on a pixel with a positive weight
# excites the unit; ink on a pixel with a negative weight calms it. So the weights of a unit are an
# image, too. Each square below is one unit.
#
# Nobody told the net that strokes or loops exist. It drew these patterns by itself, since they help
# to tell the ten digits apart. At the border of each square there is little: hardly any digit has
# ink there.
fig, ax = plt.subplots(figsize=(6.2, 5.2), layout="constrained")
plot.weights(net, ax, n=20)

# %%
# Which digits fool it
# --------------------
#
# The net gives each of the ten digits a share, and the shares add up to one. The digit with the
# largest share is the answer, and the share says how sure the net is. Here are the wrong answers of
# which it was surest. Would you have read them all?
fig, ax = plt.subplots(figsize=(6.2, 5.2), layout="constrained")
plot.mistakes(net, X_test, y_test, ax, n=15)

# %%
# Why it was fooled
# -----------------
#
# A small net has no secrets. Each unit adds its activation, times a weight, to the score of each
# digit. So we can ask every unit how much it spoke for the wrong digit rather than the right one,
# and which ink made it say so.
#
# Here are the five surest mistakes. To the right of each stand the four units that did most for the
# wrong answer. Orange ink excited the unit, blue ink calmed it. The number is what the unit added
# to the wrong digit's lead: at a lead of 1 the wrong digit has 2.7 times the share of the right
# one, at a lead of 2 it has 7.4 times the share.
places = np.flatnonzero(answers != y_test)
surest = places[np.argsort(-shares[places].max(axis=1), kind="stable")][:5]
into, out = net.weights
colours = LinearSegmentedColormap.from_list("ink", ["#0072b2", "#f4f6f8", "#d55e00"])

fig, axes = plt.subplots(5, 5, figsize=(6.2, 6.9), layout="constrained")
for row, place in zip(axes, surest, strict=True):
    image, right, wrong = X_test[place] / 255, y_test[place], answers[place]
    activations = np.maximum(image @ into + net.biases[0], 0)
    lead = activations * (out[:, wrong] - out[:, right])
    row[0].imshow(image.reshape(28, 28), "gray_r")
    row[0].set_title(f"a {right}, read as {wrong}", fontsize=10, fontweight="bold")
    for ax, unit in zip(row[1:], np.argsort(-lead)[:4], strict=True):
        ink = image * into[:, unit]
        ax.imshow(ink.reshape(28, 28), colours, vmin=-0.5, vmax=0.5)
        ax.set_title(f"+{lead[unit]:.1f}", fontsize=10)
for ax in axes.flat:
    ax.set(xticks=(), yticks=())
    ax.spines[:].set_color("#dfe4e8")
fig.suptitle("Which units were fooled, and by which ink", fontweight="bold")

# sphinx_gallery_thumbnail_number = 3
plt.show()
