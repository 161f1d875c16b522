"""
Which parcels come late?
========================

A table has words, a date and gaps. A net learns it as it is. Then we ask what matters, and whether
the net is as sure as it should be. We know both, since we made the table.
"""

# %%
# Here are 10,000 parcels of a shop. We invent them, so that we know what nobody knows of a real
# table: the true chance that a parcel comes late. It depends on the courier and on the way, and
# most of all on both: Snail is slow on long ways. Islands and heavy parcels are slow, express is
# fast, and the shop gets better with time. A parcel that nobody weighed is late more often: a gap
# tells something, too. Whoever packed the parcel makes no difference.
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
# What matters? We shuffle a column, so that it tells nothing any more, and see how much accuracy
# the net loses. It has found out by itself what counts, and that it makes no difference who packed.
#
# Is it as sure as it should be? Of the parcels about which the net is 90% sure, about 90% should be
# right. The second picture says that they are.
fig, (upper, lower) = plt.subplots(2, 1, figsize=(6.2, 8), layout="constrained")
plot.importance(net, parcels[new], late[new], ax=upper)
plot.calibration(net, parcels[new], late[new], ax=lower)

# %%
# With a real table we would have to stop here. But we made this one, so we can look behind the
# curtain, and lay the net's answer beside the true chance. The net never saw a chance, only 6,000
# times *late* or *in time*. Yet on average it is wrong by less than four points of a hundred. A
# forecast of 70% means 70%.
answer = net.predict_proba(parcels[new])[:, list(net.classes).index("late")]
error = np.abs(answer - chance[new]).mean()
print(f"the net's chance differs from the true one by {error:.3f} on average")

# %%
# Each cell of the picture is some parcels. A perfect forecast would lie on the line.
fig, ax = plt.subplots(figsize=(6.2, 5.4), layout="constrained")
cells = ax.hexbin(
    chance[new], answer, gridsize=36, extent=(0, 1, 0, 1), bins="log", cmap="YlGnBu", vmin=0.5
)
bar = fig.colorbar(cells, shrink=0.7, pad=0.01, ticks=(1, 3, 10, 30, 100), format="%d")
bar.set_label("parcels")
ax.plot((0, 1), (0, 1), color="#d55e00", linewidth=1)
ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
ax.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
ax.set_xlabel("true chance that the parcel comes late, which the net never saw")
ax.set_ylabel("the net's answer")
ax.set_title("What the net says of 4,000 new parcels", loc="left", fontweight="bold")
ax.spines[["top", "right"]].set_visible(False)

# sphinx_gallery_thumbnail_number = 2
plt.show()
