"""Sittings: nets that are trained over several sittings, from checkpoints, to the same bits.

A folder has the finished nets of a row, a small JSON file beside each, and the checkpoint of the
net that is at work. A net's name has a digest of the data's name, the options, fastnet's version,
its kernels, and what golden runs come to, so that a changed recipe, other kernels and other bits
train anew, and what is unchanged is not trained twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import warnings
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import fastnet
from fastnet.kernels.jit import code_digest
from fastnet.options import Options

from .progress import Clock, Progress, save, spoken

Labelled = tuple[Any, Any]
POINTS = 60  # of a curve, at the most
EVERY = "30 seconds"
# Runs of tests/make_golden.py whose digests tell of other bits that nets of recipes would have,
# whatever source changes them. A digest of all sources would train for hours after any edit.
GOLDEN = json.loads((Path(__file__).parents[2] / "tests" / "golden.json").read_text())
OF_ALL, OF_DEFORMED = "relu, softmax, cross-entropy, falling rate", "deformed images"


class Busy(RuntimeError):
    """Another process works on the row."""


class Trained(NamedTuple):
    """A net, and what its training took: see `Sitting.net`."""

    net: fastnet.Network
    figures: dict[str, Any]


class Sitting:
    """The folder of a row.

    Parameters
    ----------
    folder : Path
        The row's own folder, made if it is not there.
    data : str
        The name of the data.
    total : float
        The work of the row, as `work` counts it.
    """

    def __init__(self, folder: Path, data: str, total: float = 0.0):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.data = folder, data
        self.progress = Progress(folder / "log.txt", total)

    def net(
        self, rows: str, options: Mapping[str, Any], learn: Labelled, judges: Labelled | None
    ) -> Trained:
        """Return a net: from its file, or trained, going on from its checkpoint.

        Its figures: `digest`; `wall`, `cpu` and `others`, the seconds of all sittings; `epochs`;
        `curve`, the errors in percent by epoch.
        """
        name = self.name(rows, len(learn[1]), options)
        size = work(options, learn)
        if (finished := self.finished(name)) is not None:
            self.progress.skip(size)
            self.tidy(name)
            return finished
        warm(options, learn, judges)
        self.progress.begin()
        with Clock(self.folder / f"{name}.time") as clock:
            told = self.progress.moved(name, size)

            def on_progress(done: int, total: int) -> None:
                told(done, total)
                clock.tick()

            net = fastnet.train(
                *learn, **options, validation_data=judges, verbose=False, every=EVERY, resume=True,
                checkpoint=self.folder / f"{name}.run.npz", on_progress=on_progress,
            )  # fmt: skip
        seconds = clock.seconds()
        figures = {"digest": net.digest(), **seconds, "epochs": len(net.history)}
        figures |= {"curve": curve(net), "options": net.run["options"] if net.run else None}
        net.save(self.folder / f"{name}.npz")
        save(self.folder / f"{name}.json", figures)
        self.tidy(name)
        self.progress.end(size)
        self.progress.say(f"{name}: learned in {spoken(seconds['wall'])}")
        return Trained(net, figures)

    def finished(self, name: str) -> Trained | None:
        """Return a net that is finished, of this row or of another; None without one."""
        for about in sorted(self.folder.parent.glob(f"*/{name}.json")):
            with contextlib.suppress(FileNotFoundError):
                figures = json.loads(about.read_text())
                net = fastnet.load(about.with_suffix(".npz"))
                if net.digest() == figures["digest"]:
                    return Trained(net, figures)
        return None

    def tidy(self, name: str) -> None:
        """Remove what a net needs only while it learns."""
        for rest in ".run.npz", ".time":
            (self.folder / f"{name}{rest}").unlink(missing_ok=True)

    def name(self, rows: str, count: int, options: Mapping[str, Any]) -> str:
        """Return the name of a net, which tells what decides its bits, and so not its threads."""
        of_bits = {key: value for key, value in options.items() if Options.rows()[key].bits}
        runs = [OF_ALL, OF_DEFORMED] if "augment" in options else [OF_ALL]
        golden = [GOLDEN[run]["digest"] for run in runs]
        whole = [self.data, rows, count, of_bits, fastnet.__version__, code_digest(), golden]
        digest = hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode())
        widths = "-".join(map(str, options["hidden"]))
        seed, epochs = options["seed"], options["epochs"]
        return f"{rows}-{widths}-epochs{epochs}-seed{seed}-{digest.hexdigest()[:10]}"


def work(options: Mapping[str, Any], learn: Labelled) -> float:
    """Return how much a run has to do: weights x samples x epochs."""
    sizes = [learn[0].shape[1], *options["hidden"], 10]
    return math.fsum(a * b for a, b in pairwise(sizes)) * len(learn[0]) * options["epochs"]


def warm(options: Mapping[str, Any], learn: Labelled, judges: Labelled | None) -> None:
    """Compile what a run needs, so that its time is that of learning."""
    some = tuple(part[:200] for part in learn)
    few = None if judges is None else tuple(part[:200] for part in judges)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastnet.LearningWarning)
        fastnet.train(*some, **dict(options) | {"epochs": 1}, validation_data=few, verbose=False)


def curve(net: fastnet.Network) -> dict[str, list[float]]:
    """Return epochs, denser at the start, and the errors in percent after them."""
    count = len(net.history)
    chosen = {round(math.exp(math.log(count) * k / (POINTS - 1))) for k in range(POINTS)}
    places = sorted(chosen | {count}) if count else []
    records = [net.history[place - 1] for place in places]
    found: dict[str, list[float]] = {"epoch": [*places]}
    for name, key in (("training", "accuracy"), ("validation", "val_accuracy")):
        if records and key in records[0]:
            found[name] = [100 * (1 - record[key]) for record in records]
    return found


@contextlib.contextmanager
def alone(path: Path, waits: bool = False) -> Iterator[None]:
    """Hold a lock file; the system frees it when the process ends, however it ends.

    With `waits`, wait until it is free.

    Raises
    ------
    Busy
        Another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows: two processes would write the same bits, each atomically
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        except OSError:
            raise Busy(f"{path.parent.name}: another process works on this row") from None
        yield
