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

import fastnet
from fastnet import plot

(X, y), (X_test, y_test) = fastnet.datasets.load("digits")
net = fastnet.train(X, y, hidden=(20,), l2=0.0002, epochs=20)

answers = net.predict(X_test)
accuracy = np.mean(answers == y_test)
print(f"The net reads {accuracy:.1%} of {len(X_test):,} images that it has never seen.")

# %%
# What each unit looks for
# ------------------------
#
# A hidden unit sees all 784 pixels. It has a weight for each: ink on a pixel with a positive weight
# excites the unit, ink on one with a negative weight calms it. So the weights of a unit are an
# image, too. Each square below is one unit.
#
# Nobody told the net that strokes or loops exist. It drew these patterns by itself, as they help to
# tell the ten digits apart. The border of each square is grey: no digit has ink there, so there was
# nothing to learn.
fig, ax = plt.subplots(figsize=(8, 5.6), layout="constrained")
plot.weights(net, ax, n=20)

# %%
# Which digits fool it
# --------------------
#
# The net gives each of the ten digits a share, and the shares add up to one. The digit with the
# largest share is the answer, and the share says how sure the net is. The wrong answers of which it
# was surest are the most instructive ones. Would you have read them all?
fig, ax = plt.subplots(figsize=(8, 5.6), layout="constrained")
plot.mistakes(net, X_test, y_test, ax, n=15)

# sphinx_gallery_thumbnail_number = 2
plt.show()
