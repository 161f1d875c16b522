"""`fastnet train --seeds`: nets from several seeds, side by side."""

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..options import Options
from .data import DataSet
from .describe import start
from .errors import said
from .events import nets_header
from .saving import NOTHING, Files, keeping, noted
from .teller import Teller
from .text import count, saved
from .types import OutFile

if TYPE_CHECKING:
    from fastnet.model.ensemble import Ensemble
    from fastnet.model.network import Network
    from fastnet.training.run import Run


class Several:
    """Nets from several seeds, which are ready one after the other.

    Parameters
    ----------
    data
        The data that they learn.
    tell
        The teller of each net.
    fraction
        The share of the samples that each net holds out, and that judges it.
    params
        The options of the command: "out", "history" and "keep" say what is saved.
    begun
        A function that tells whether an unfinished net has learned anything.
    """

    def __init__(
        self,
        data: DataSet,
        tell: Teller,
        fraction: float | None,
        params: dict[str, Any],
        begun: Callable[["Network"], bool],
    ) -> None:
        self.data, self.tell, self.begun = data, tell, begun
        self.out, self.history, self.keep = (params[name] for name in ("out", "history", "keep"))
        self.fraction = fraction
        self.nets: dict[int, Network] = {}  # by seed, as are their scores and files
        self.scores: dict[int, float] = {}
        self.files: dict[int, str] = {}

    def add(self, net: "Network") -> None:
        """Judge a net that is ready, save it and tell of it."""
        files = self.save(net)
        if files.failed:
            raise OSError("; ".join(files.failed))
        seed = net.seed or 0
        self.nets[seed] = net
        self.tell(
            "net",
            seed=seed,
            part=self.tell.common["part"],
            score=self.scores[seed],
            rounds=len(net.history),
            seconds=sum(record["seconds"] for record in net.history),
            stopped=net.stopped,
            model=files.out,
        )

    def save(self, net: "Network", *, partly: bool = False) -> Files:
        """Judge and save a net; return its files."""
        seed = net.seed or 0
        self.scores[seed] = self.score(net)
        out = None
        if self.out and self.keep == "all":
            out = numbered(self.out, seed)
        elif self.out and self.keep == "best" and self.best() == seed:
            out = self.out
        files = Files(out, self.history and numbered(self.history, seed))
        if net.run is not None:
            net.run |= noted(self.data)
        files.save(net, partly=partly)
        if out and files.is_saved:
            self.files = {**(self.files if self.keep == "all" else {}), seed: out}
        return files

    def together(self) -> "Ensemble":
        """Return all nets so far, in the order of the seeds, as one that answers."""
        import fastnet

        return fastnet.Ensemble([self.nets[seed] for seed in sorted(self.nets)])

    def save_together(self) -> None:
        """Save all nets so far in one file, if that is wanted, with signals delayed."""
        from fastnet.model.interrupt import later_ctrl_c

        if self.keep != "together" or not self.out or not self.nets:
            return
        files = Files(self.out, None)
        with later_ctrl_c():
            if files.write(self.out, self.together().save):
                self.files = {min(self.nets): self.out}
        if files.failed:
            raise OSError("; ".join(files.failed))

    def score(self, net: "Network") -> float:
        """Return the score of a net on the test part, or on the samples that it held out."""
        if not self.fraction:
            return self.data.score(net)
        from fastnet.training.order import held_out

        held = held_out(self.data.y, self.fraction, net.seed or 0, self.data.weights)
        return net.score(*self.data.held_out(held))

    def broken_off(self, error: BaseException) -> str:
        """Save all nets so far after an error, and return in words what is saved."""
        for net in getattr(error, "networks", []):  # some may be ready since then
            if net.seed not in self.nets:
                self.nets[net.seed] = net
                self.save(net)
        unfinished = [net for net in getattr(error, "unfinished", []) if self.begun(net)]
        if self.keep != "all" and self.nets:
            unfinished = []
        for net in unfinished:
            self.save(net, partly=True)
        if unfinished and self.keep == "together":
            self.nets = {net.seed or 0: net for net in unfinished}
        with contextlib.suppress(OSError):  # which then is the error
            self.save_together()
        if not self.files:
            return NOTHING
        parts = f" with {count(len(self.nets), 'net')}" if self.keep == "together" else ""
        parts += f", {len(unfinished)} of them broken off" if unfinished else ""
        return saved(self.saved()) + parts

    def best(self) -> int:
        """Return the seed of the best net so far, the first of equals."""
        return max(sorted(self.scores), key=lambda seed: self.scores[seed])

    def saved(self) -> list[str]:
        """Return the files, in the order of the seeds."""
        return [self.files[seed] for seed in sorted(self.files)]

    def end(self) -> None:
        """Tell of all nets together."""
        import statistics  # help need not wait for it

        best, scores = self.best(), self.scores.values()
        self.tell(
            "nets",
            nets=len(scores),
            part=self.tell.common["part"],
            mean=statistics.fmean(scores),
            deviation=statistics.stdev(scores) if len(scores) > 1 else None,
            best_seed=best,
            best=self.scores[best],
            together=None if self.fraction else self.data.score(self.together()),
            test=self.test_of(best),
            model=self.saved(),
        )

    def test_of(self, best: int) -> float | None:
        """Return the score of the best net on the test part, unless that part chose it."""
        if not self.fraction or self.data.part != "test":
            return None
        return self.data.score(self.nets[best])


def train_several(
    data: DataSet, options: dict[str, Any], judging: list[str], params: dict[str, Any]
) -> None:
    """Train nets from several seeds, and report each when it is ready, then all together."""
    from fastnet.training.prepare import prepare

    first, fraction = options.pop("seed"), options["validation_fraction"]
    seeds = range(first, first + params["seeds"])
    if click.get_current_context().get_parameter_source("threads") is ParameterSource.DEFAULT:
        options["threads"] = "auto"
    for path in filter(None, [params["out"], params["history"]]):
        for seed in seeds:  # fail before the work
            OutFile().convert(numbered(path, seed), None, None)
    alone = Options.of({**options, "threads": 1})

    def prepared(seed: int) -> "Run":
        return prepare(data.X, data.y, alone.replaced(seed=seed))

    def begun(net: "Network") -> bool:
        return net.digest() != prepared(net.seed or 0).net.digest()

    run = prepared(first)
    tell = Teller(
        params["json_"],
        f"0 of {len(seeds)} nets are ready",
        noun=data.noun,
        part="held out" if fraction else data.part,
        regression=run.net.task == "regression",
    )
    several = Several(data, tell, fraction, params, begun)
    tell("start", **start(data, run), seeds=[*seeds], judging=judging)
    seconds, compiled = run.ready()
    tell("warmup", seconds=seconds, compiled=compiled)
    tell.heading(nets_header(**tell.common))
    learn_and_save(several, seeds, options, run.stop.knows_total)
    several.end()
    tell.close(saved(several.saved()) if several.files else NOTHING)


def learn_and_save(
    several: Several, seeds: range, options: dict[str, Any], knows_total: bool
) -> None:
    """Train all nets. If that is broken off, save the nets so far."""
    import fastnet

    data, tell = several.data, several.tell

    def on_net(net: "Network") -> None:
        several.add(net)
        tell.check()
        tell.progress.label = f"{len(several.nets)} of {len(seeds)} nets are ready"

    def on_progress(done: int, total: int) -> None:
        tell.progress(done, total if knows_total else None)

    with keeping(several.broken_off, explained), tell.progress:
        fastnet.train_seeds(
            data.X, data.y, seeds, on_net=on_net, on_progress=on_progress, **options
        )
        several.save_together()


def explained(error: BaseException) -> str:
    """Return the text of an error, and the seed of a net that diverged."""
    if isinstance(error, FloatingPointError):
        return f"seed {error.network.seed}: {said(error)}"  # type: ignore[attr-defined]
    return said(error)


def numbered(path: str, seed: int) -> str:
    """Return the path for the net of a seed: model-3.npz."""
    stem, ending = os.path.splitext(path)
    return f"{stem}-{seed}{ending}"
