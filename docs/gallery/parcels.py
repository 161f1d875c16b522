"""
Which parcels come late?
========================

A table has words, a date and gaps. A net learns it as it is. Then we ask what matters, and whether
the net is as sure as it should be. We know both, since we made the table.
"""

# %%
# Here are 10,000 parcels of a shop. We invent them, so that we know what nobody knows of a real
# table: the true chance that a parcel comes late. It depends on the courier, most of all on long
# ways with Snail, on the island, on express, on the weight, and it falls with time, as the shop gets
# better. A parcel that nobody weighed is late more often: a gap tells something, too. Whoever packed
# the parcel makes no difference.
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import fastnet
from fastnet import plot

rng = np.random.default_rng(0)
n = 10_000
day = rng.integers(0, 730, n)
parcels = pd.DataFrame(
    {
        "courier": rng.choice(["Heron", "Snail", "Swift", "Wren"], n),
        "zone": rng.choice(["city", "country", "island"], n, p=[0.5, 0.4, 0.1]),
        "km": rng.integers(5, 600, n),
        "kg": np.where(rng.random(n) < 0.15, np.nan, rng.gamma(2, 2, n).round(1)),
        "ordered": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, "D"),
        "express": rng.choice(["no", "yes"], n, p=[0.8, 0.2]),
        "packed by": rng.choice(["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"], n),
    }
)
score = (
    parcels["courier"].map({"Heron": -0.5, "Snail": 0.3, "Swift": -1.5, "Wren": 0.0})
    + np.where(parcels["courier"] == "Snail", 2.5, 0.5) * (parcels["km"] / 300 - 1)
    + 2.0 * (parcels["zone"] == "island")
    - 1.2 * (parcels["express"] == "yes")
    + parcels["kg"].mul(0.15).fillna(1.8)
    - day / 365
)
chance = 1 / (1 + np.exp(-score))
late = np.where(rng.random(n) < chance, "late", "in time")
print(parcels.head().to_string(index=False))

# %%
# The net learns the first 6,000 parcels. It gets the table as it stands, and only *late* or *in
# time*, never a chance. The others are for our questions.
old, new = slice(0, 6000), slice(6000, n)
net = fastnet.train(parcels[old], late[old])
accuracy = net.score(parcels[new], late[new])
best = np.mean((chance[new] > 0.5) == (late[new] == "late"))
always = np.mean(late[new] == "in time")
print(f"the net is right about {accuracy:.1%} of the new parcels")
print(f"who knows the true chances is right about {best:.1%}")
print(f"who always says 'in time' is right about {always:.1%}")

# %%
# Nobody can do much better, since lateness is partly chance.
#
# What matters? We shuffle a column, so that it tells nothing any more, and see how much accuracy the
# net loses. It has found out by itself what counts, and that it makes no difference who packed.
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
plot.importance(net, parcels[new], late[new], ax=left)
plot.calibration(net, parcels[new], late[new], ax=right)

# %%
# The right picture
answer = net.predict_proba(parcels[new])[:, 1]
print(net.classes, np.abs(answer-chance[new]).mean(), np.corrcoef(answer,chance[new]))
fig, ax = plt.subplots(figsize=(7, 6.4), layout="constrained")
ax.hexbin(chance[new], answer, gridsize=40, cmap="viridis", mincnt=1)
plt.show()
