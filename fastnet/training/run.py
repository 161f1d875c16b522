"""A training run. It learns epochs in chunks; between them it stops, reports and saves."""

from __future__ import annotations

import contextlib
import functools
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.samples import COUNTED, ENDLESS, Described, Samples
from ..data.targets import Targets
from ..diagnostics import quiet, whose
from ..model import archive, compiling
from ..model.chunks import Chunks, blocks
from ..model.diverged import Diverged
from ..model.history import History, record_of, tell
from ..model.interrupt import hold_ctrl_c, later_ctrl_c
from ..model.network import Network
from ..model.workspace import Workspace
from ..options import Options
from ..typing import Array
from .average import Average
from .checkpoint import Checkpoint
from .feed import Feed
from .order import Order, Steps
from .rates import Rates
from .record import Record
from .state import Begun, restore, state_in, state_of
from .stopping import Stopping
from .strength import alike, strength
from .teams import shared, teams
from .watch import Watch

Judges = tuple[Samples, Targets, Array]  # with the places of the samples
SHORT = 1 << 16  # the most samples of short epochs that are learned together


@dataclass(eq=False, repr=False)
class Run:
    """A training run, and its progress."""

    net: Network
    samples: Samples
    targets: Targets
    order: Order
    rates: Rates
    stop: Stopping
    judges: Judges | None  # of the network, after each epoch
    watch: Watch
    record: Record
    checkpoint: Checkpoint | None
    options: Options  # all of them; those of the network are its own
    feed: Feed | None = None  # deforms the samples

    def __post_init__(self) -> None:
        self.average = Average(self.options.average, self.rates.total)
        self.decay = np.array([self.options.l2, 1.0])  # see fastnet.kernels.epoch
        self.epochs, self.done, self.cut_short = 0, 0, False  # done: samples
        self.now, self.before = Begun(), self.order.state  # before the order of the epoch is drawn
        self.ended = False  # True if it had ended when it was resumed
        # whether short epochs may be learned together
        by_epochs = self.checkpoint is not None and self.checkpoint.unit == "epoch"
        self.together = self.stop.needs_no_look and not by_epochs and self.feed is None
        self.order.numbered = self.feed is not None
        self.net.stopped = self.net.last = None
        self.counts = teams(self.net.parameters.layout.most_threads, self.options.threads)

    def learn(self) -> Network:
        """Learn until the run ends. An error that breaks it off has the network as `network`."""
        token = quiet.set(self.options.verbose is False)
        try:
            with self.record.beside(max(self.counts)), self.feed or contextlib.nullcontext():
                self._begin()
                try:
                    with hold_ctrl_c():
                        self._all_epochs()
                except KeyboardInterrupt:
                    self._save()
                    raise
                finally:
                    self._apply_scale()  # after the last checkpoint, which keeps them apart
            self._finish()
            self.watch.end()
        except BaseException as error:
            if self.now.learned:  # a part of an epoch; the checkpoint has its figures, no record
                self.net.history.append(self.now.record(self.net))
            error.network = self.net  # type: ignore[attr-defined]
            raise
        finally:
            quiet.reset(token)
        return self.net

    def ready(self) -> tuple[float, bool]:
        """Compile or load the kernels that learn and answer: see `compiling.ready`."""
        began, before, passes = time.perf_counter(), compiling.seconds(), self.net.passes
        methods = {passes.by_rows, passes.method(*self.like)}
        compiling.ready(sorted(methods), self.net.dtype)
        return time.perf_counter() - began, compiling.seconds() > before

    def _all_epochs(self) -> None:
        """Learn epochs until the last one, or until something else ends the run."""
        net, on_epoch, verbose = self.net, self.options.on_epoch, self.options.verbose
        alone = self.judges is None and on_epoch is None and not verbose
        while net.stopped is None and (self.done < self.rates.total or self.now.learned):
            self.watch.look()
            self.stop.before(self.done)
            if alone and self._short_epochs(self.options.epochs - self.epochs):
                continue
            record = self._epoch()
            if self.judges is not None:
                record["val_loss"], record["val_accuracy"] = net.passes.evaluate(*self.judges)
            reason = self._close(record)
            if verbose:
                tell(record, whose())
            if on_epoch is not None:
                self.record.complete()  # the callback may look at it, or change the data
            answer = None if on_epoch is None else on_epoch(net, record)
            told = isinstance(answer, bool | np.bool_) and answer  # a number does not stop the run
            net.stopped = reason or ("on_epoch" if told else None)
            self._look()
        net.stopped = net.stopped or "epochs"

    def _epoch(self) -> dict[str, Any]:
        """Learn an epoch, or a part until the time is up; return the record for the history."""
        steps = self.order.draw()
        rest, most = steps[self.now.learned :], self._most
        if self.feed is not None:
            self.feed.begin(rest, self.epochs + 1)
        chunk = ENDLESS if self.feed is not None else self.samples.chunk
        for workspace, part in self.chunks.of(rest, chunk, most):
            with later_ctrl_c():
                self._chunk(workspace, part)
            self.cut_short = self._progress()
            if self.cut_short:
                break
            self._look()
        self._apply_scale()
        return self.now.record(self.net)

    def _chunk(self, workspace: Workspace, part: Steps) -> None:
        """Learn a part of an epoch, whole or not at all."""
        began, waited, feed, now = time.perf_counter(), 0.0, self.feed, self.now
        rates = self.rates.of(self.done, len(part))
        if now.learned == 0:
            now.learning_rate = float(self.net.dtype.type(rates[0]))
        if feed is not None:
            feed.beside(workspace.threads)
            waited, began = feed.take_waited(), time.perf_counter()
        now.cost, hits, seconds = self._pass(workspace, part, rates, now.cost)
        now.hits, now.seconds = now.hits + hits, now.seconds + seconds + waited
        now.learned += len(part)
        took = time.perf_counter() - began
        self.chunks.took = took if feed is None else feed.cost(len(part), workspace.threads, took)
        self.stop.seconds -= took + waited

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
        decay[0] = strength(self.options, net.history)
        if marks is not None:
            decay = np.concatenate([decay, marks.reshape(-1)])
        samples = self.samples if self.feed is None else self.feed.take(len(part))
        began = time.perf_counter()
        cost, hits, learned = net.passes.over(
            workspace, samples, places, self.targets, rates, cost, decay=decay
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

    @functools.cached_property
    def like(self) -> tuple[Described, Array | None]:
        """Samples like those that are learned, and the places of some; None if the first will do.

        They decide how a pass is made. Deformed images have fewer zeros than the images given.
        """
        if self.feed is not None:
            return self.feed.like(self.order.in_order()[:COUNTED]), None
        return self.samples, None if self.order.all_once else self.order.head()

    @functools.cached_property
    def chunks(self) -> Chunks:
        """The loop over samples. It is made at its first use: it reads data and starts threads."""
        left = self.rates.total - self.done
        found = shared(self.net, *self.like, self.options.threads, left)
        compiling.ready([found.workspaces[0].method], self.net.dtype)  # before the clock starts
        return found

    def _short_epochs(self, most: int) -> bool:
        """Learn several epochs in one call of the kernel, with the bits of single epochs.

        They are at most `most`, and as many as fit between two checks. Tell whether there were any.
        This saves most of the time of short epochs. Nothing may have to be done after each. After a
        cost that is not finite nothing is learned, and single epochs then find the place.
        """
        steps, state = self.order.steps, self.order.state
        fitting = self.chunks.fitting(self.samples.chunk)
        most = min(most, alike(self.options, self.net.history))
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
        if self._progress():
            self.net.stopped = "max_seconds"
        self._look()
        return True

    def _close(self, record: dict[str, Any]) -> str | None:
        """End the epoch with this record; return the reason to stop, or None."""
        with later_ctrl_c():
            self.net.history.append(record)
            self.now, self.before = Begun(), self.order.state
            self.epochs += 1
            reason = self.stop.after(record, self.done)
            return reason or ("max_seconds" if self.cut_short else None)

    def _progress(self) -> bool:
        """Report the progress of the run, and tell whether its time is up."""
        if self.options.on_progress is not None:
            self.options.on_progress(self.done, self.rates.total)
        return self.stop.seconds <= 0 and self.done < self.rates.total

    def _most(self) -> int:
        """Return the most samples that may be learned together now, in whole blocks."""
        most = blocks(self._wait())
        return most if self.feed is None else min(most, self.feed.ready())

    def _wait(self) -> int:
        """Return the number of samples up to the next snapshot or checkpoint."""
        wait = self.average.wait(self.done)
        return wait if self.checkpoint is None else min(wait, self.checkpoint.wait(self.done))

    def _apply_scale(self) -> None:
        """Multiply the weights by their common factor, which is then 1.

        This happens at the end of an epoch, and after the last checkpoint of a run that is broken
        off.
        """
        if self.decay[1] != 1:
            with later_ctrl_c():
                self.net.parameters.replace(self.net.parameters.scaled(self.decay[1]))
                self.decay[1] = 1

    def _finish(self) -> None:
        """Restore the best weights, or set the mean ones and keep the final ones as `last`."""
        net, params = self.net, self.net.parameters.copy()
        self.stop.restore()
        mean = None if net.stopped == "target" else self.average.mean()
        if mean is not None:
            net.last = net.copy()
            net.parameters.replace(mean)
        if not self.ended:
            self._save(params)

    # Checkpoints ----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Continue from the checkpoint if there is one and `resume`; else write the first one."""
        if self.checkpoint is None:
            return
        found = self.checkpoint.read(self.record.complete(), self.options.resume)
        if found is None:
            self._save()
            return
        with archive.intact(self.checkpoint.path):
            restore(self, state_in(*found, self.net.parameters.vector.shape))
            self.net.history, self.net.stopped = History(found[0]["history"]), found[0]["stopped"]
        self.checkpoint.mark(self.epochs, self.done)
        self.ended = self.net.stopped is not None

    def _look(self) -> None:
        """Write the checkpoint if it is due. This comes between two chunks or epochs."""
        if self.checkpoint is not None and self.checkpoint.due(self.epochs, self.done):
            self._save()

    def _save(self, params: Array | None = None) -> None:
        """Write the checkpoint, atomically.

        `params` are the parameters with which the run continues, if the network now has others.
        """
        if self.checkpoint is None:
            return
        state, vectors = state_of(self)
        vectors["params"] = self.net.parameters.vector if params is None else params
        scaled = self.net.parameters.scaled(self.decay[1])
        with later_ctrl_c():
            self.checkpoint.write(self.net, scaled, (state, vectors))
            self.checkpoint.mark(self.epochs, self.done)
