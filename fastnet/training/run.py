"""A training run. It learns in chunks; between them it stops, reports and saves."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from ..data.samples import Samples
from ..data.targets import Targets
from ..model import archive
from ..model.chunks import Chunks, blocks
from ..model.diverged import Diverged
from ..model.history import History
from ..model.interrupt import later_ctrl_c
from ..model.network import Network
from ..model.saving import contents
from ..model.teams import teams
from ..model.workspace import Workspace
from ..typing import Array
from .average import Average
from .checkpoint import Checkpoint
from .order import Order, Steps
from .rates import Rates
from .stopping import Stopping

SHORT = 1 << 16  # the most samples of short epochs that are learned together


@dataclass
class Begun:
    """The current epoch, as far as it is learned."""

    learned: int = 0  # samples
    cost: float = 0.0
    hits: int = 0
    seconds: float = 0.0
    learning_rate: float = 0.0  # of its first sample


class Run:
    """A training run, and its progress."""

    def __init__(
        self,
        net: Network,
        samples: Samples,
        targets: Targets,
        order: Order,
        rates: Rates,
        stop: Stopping,
        *,
        l2: float = 0.0,
        average: float = 0.0,
        checkpoint: Checkpoint | None = None,
        threads: int | Literal["auto"] = 1,
        on_progress: Callable[[int, int], object] | None = None,
    ):
        self.net, self.samples, self.targets = net, samples, targets
        self.order, self.rates, self.stop, self.on_progress = order, rates, stop, on_progress
        self.average, self.checkpoint = Average(average, rates.total), checkpoint
        self.decay = np.array([l2, 1.0])  # see fastnet.kernels.epoch
        self.epochs, self.done, self.cut_short = 0, 0, False  # done: samples
        self.now, self.before = Begun(), order.state  # before the order of the epoch is drawn
        self.ended = False  # True if it had ended when it was resumed
        self.compiled = False
        # whether short epochs may be learned together
        self.together = stop.needs_no_look and (checkpoint is None or checkpoint.unit != "epoch")
        self.teams = teams(net.parameters.layout.most_threads, threads)

    @functools.cached_property
    def chunks(self) -> Chunks:
        """The loop over samples. It is made at its first use: it reads data and starts threads."""
        passes, head = self.net.passes, None if self.order.all_once else self.order.head()
        method = passes.method(self.samples, head)
        return Chunks([passes.workspace(count, method) for count in self.teams])

    def epoch(self) -> dict[str, Any]:
        """Learn an epoch, or a part until the time is up; return the record for the history."""
        steps = self.order.draw()
        self._compile()
        rest, most = steps[self.now.learned :], lambda: blocks(self._wait())
        for workspace, part in self.chunks.of(rest, self.samples.chunk, most):
            began = time.perf_counter()
            with later_ctrl_c():
                self._learn(workspace, part)
                self.chunks.took = time.perf_counter() - began
                self.stop.seconds -= self.chunks.took
            if self.on_progress is not None:
                self.on_progress(self.done, self.rates.total)
            if self.stop.seconds <= 0 and self.done < self.rates.total:
                self.cut_short = True
                break
            self.look()
        self.apply_scale()
        now = self.now
        return record_of(self.net, now.learning_rate, now.learned, now.seconds, now.cost, now.hits)

    def short_epochs(self, most: int) -> bool:
        """Learn several epochs in one call of the kernel, with the bits of single epochs.

        They are at most `most`, and as many as fit between two checks. Tell whether there were any.
        This saves most of the time of short epochs. Nothing may have to be done after each. After a
        cost that is not finite nothing is learned, and single epochs then find the place.
        """
        steps, state = self.order.steps, self.order.state
        fitting = self.chunks.fitting(self.samples.chunk)
        epochs = min(most, min(fitting, SHORT, self._wait()) // steps)
        if epochs < 2 or self.now.learned or not self.together:
            return False
        marks = np.zeros((epochs, 3))  # see fastnet.kernels.epoch
        marks[:, 0] = steps * np.arange(1, epochs + 1)
        began = time.perf_counter()
        with later_ctrl_c():
            try:
                rates = self.rates.of(self.done, epochs * steps)  # may call the user's function
                part = self.order.draw(epochs)
                _, _, seconds = self._pass(self.chunks.workspaces[0], part, rates, 0.0, marks)
            except Exception:
                self.order.state, self.together = state, False
                return False
            firsts = rates[::steps].astype(self.net.dtype).tolist()
            for rate, (_, cost, hits) in zip(firsts, marks.tolist(), strict=True):
                record = record_of(self.net, rate, steps, seconds / epochs, cost, int(hits))
                self.net.history.append(record)
            self.epochs, self.before = self.epochs + epochs, self.order.state
            self.stop.seconds -= time.perf_counter() - began
        self.chunks.paces[0] = max(seconds, 1e-6) / len(part)
        if self.on_progress is not None:
            self.on_progress(self.done, self.rates.total)
        if self.stop.seconds <= 0 and self.done < self.rates.total:
            self.net.stopped = "max_seconds"
        self.look()
        return True

    def close(self, record: dict[str, Any]) -> str | None:
        """End the epoch with this record; return the reason to stop, or None."""
        with later_ctrl_c():
            self.net.history.append(record)
            self.now, self.before = Begun(), self.order.state
            self.epochs += 1
            return self.stop.after(record) or ("max_seconds" if self.cut_short else None)

    def finish(self) -> None:
        """Restore the best weights, or set the mean ones and keep the final ones as `last`."""
        net, params = self.net, self.net.parameters.copy()
        self.stop.restore()
        mean = None if net.stopped == "target" else self.average.mean()
        if mean is not None:
            net.last = net.copy()
            net.parameters.replace(mean)
        if not self.ended:
            self.save(params)

    # Checkpoints ----------------------------------------------------------------------------

    def begin(self, resume: bool) -> None:
        """Continue from the checkpoint if there is one and `resume`; else write the first one."""
        if self.checkpoint is None:
            return
        found = self.checkpoint.read(self.net.run or {}, resume)
        if found is not None:
            with archive.intact(self.checkpoint.path):
                self._restore(*found)
            self.checkpoint.mark(self.epochs, self.done)
            self.ended = self.net.stopped is not None
        else:
            self.save()

    def look(self) -> None:
        """Write the checkpoint if it is due. This comes between two chunks or epochs."""
        if self.checkpoint is not None and self.checkpoint.due(self.epochs, self.done):
            self.save()

    def save(self, params: Array | None = None) -> None:
        """Write the checkpoint, atomically.

        `params` are the parameters with which the run continues, if the network now has others.
        """
        if self.checkpoint is None:
            return
        about, arrays = contents(self.net, self.net.parameters.scaled(self.decay[1]))
        about["checkpoint"] = {
            "epochs": self.epochs,
            "samples": self.done,
            "epoch": asdict(self.now),
            "order": self.before,
            "scale": self.decay[1],
            "stopping": self.stop.state,
            "averaged": [self.average.count, self.average.next],
        }
        params = self.net.parameters.vector if params is None else params
        more = {"params": params, "best": self.stop.best, "average": self.average.total}
        arrays |= {f"checkpoint_{name}": a for name, a in more.items() if a is not None}
        with later_ctrl_c():
            self.checkpoint.write(about, arrays)
            self.checkpoint.mark(self.epochs, self.done)

    def _restore(self, about: dict[str, Any], arrays: dict[str, Array]) -> None:
        """Restore the state from a checkpoint."""
        state = about["checkpoint"]
        learned, done = state["epoch"]["learned"], state["samples"]
        most = state["epochs"] * self.order.steps + learned  # or fewer, if the time was up
        if learned > self.order.steps or done > min(most, self.rates.total):
            raise ValueError(f"{done} samples in {state['epochs']} epochs and {learned}")
        vectors = {name: arrays.get(f"checkpoint_{name}") for name in ("params", "best", "average")}
        for name, vector in vectors.items():
            wanted = self.net.parameters.vector.shape
            if vector is not None and (vector.shape != wanted or vector.dtype.kind != "f"):
                raise ValueError(f"{name}: {vector.dtype} {vector.shape}, wanted floats {wanted}")
        self.net.history, self.net.stopped = History(about["history"]), about["stopped"]
        self.net.parameters.replace(arrays["checkpoint_params"])
        self.epochs, self.done = state["epochs"], done
        self.now = Begun(**state["epoch"])
        self.order.state = self.before = state["order"]
        if self.order.state != state["order"]:
            raise ValueError("the state of its orders is damaged")
        self.decay[1] = state["scale"]
        self.stop.state, self.stop.best = state["stopping"], vectors["best"]
        self.average.count, self.average.next = state["averaged"]
        self.average.total = vectors["average"]
        if (self.average.count > 0) != (self.average.total is not None):
            raise ValueError(f"averaged: {state['averaged']} does not fit its arrays")

    # Steps ----------------------------------------------------------------------------------

    def _wait(self) -> int:
        """Return the number of samples up to the next snapshot or checkpoint."""
        wait = self.average.wait(self.done)
        return wait if self.checkpoint is None else min(wait, self.checkpoint.wait(self.done))

    def apply_scale(self) -> None:
        """Multiply the weights by their common factor, which is then 1.

        This happens at the end of an epoch, and after the last checkpoint of a run that is broken
        off.
        """
        if self.decay[1] != 1:
            with later_ctrl_c():
                self.net.parameters.replace(self.net.parameters.scaled(self.decay[1]))
                self.decay[1] = 1

    def _compile(self) -> None:
        """Compile or load the kernels before the clock starts."""
        if not self.compiled:
            none, rates = np.zeros(0, np.int64), np.zeros(0, self.net.dtype)
            first = self.chunks.workspaces[0]
            self.net.passes.over(first, self.samples, none, self.targets, rates)
            self.compiled = True

    def _learn(self, workspace: Workspace, part: Steps) -> None:
        """Learn a part of an epoch, whole or not at all."""
        now, rates = self.now, self.rates.of(self.done, len(part))
        if now.learned == 0:
            now.learning_rate = float(self.net.dtype.type(rates[0]))
        now.cost, hits, seconds = self._pass(workspace, part, rates, now.cost)
        now.hits, now.seconds = now.hits + hits, now.seconds + seconds
        now.learned += len(part)

    def _pass(
        self,
        workspace: Workspace,
        part: Steps,
        rates: Array,
        cost: float,
        marks: Array | None = None,
    ) -> tuple[float, int, float]:
        """Learn these steps or none; return their cost, right answers and seconds."""
        net, (places, shares) = self.net, part.listed()
        rates = (rates if shares is None else rates * shares).astype(net.dtype)
        before, decay = net.parameters.copy(), self.decay.copy()
        if marks is not None:
            decay = np.concatenate([decay, marks.reshape(-1)])
        began = time.perf_counter()
        cost, hits, learned = net.passes.over(
            workspace, self.samples, places, self.targets, rates, cost, decay=decay
        )
        seconds = time.perf_counter() - began
        if learned < len(part) or not net.is_finite():
            net.parameters.replace(before)
            raise Diverged.at(self.now.learning_rate, net, f" in epoch {len(net.history)}")
        if marks is not None:
            marks[:] = decay[2:].reshape(marks.shape)
        self.decay[1] = decay[1]
        self.done += len(part)
        if self.average.due(self.done):
            self.average.add(self.done, net.parameters.scaled(self.decay[1]))
        return cost, hits, seconds


def record_of(
    net: Network, rate: float, n: int, seconds: float, cost: float, hits: int
) -> dict[str, Any]:
    """Return the next record of the history: n samples, judged before they were learned."""
    return {
        "epoch": len(net.history),
        "learning_rate": rate,
        "samples": n,
        "seconds": seconds,
        "samples_per_second": n / max(seconds, 1e-9),
        "loss": cost / n,
        "accuracy": net.outputs.accuracy(hits, n),
    }
