"""`fastnet train --seeds`: nets from several seeds, side by side."""

import os
import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from fastnet.cli import text as report

from .common import Task, Teller, name_data, save, unit
from .errors import failure, said
from .options import OutFile

if TYPE_CHECKING:
    from fastnet.model.network import Network


class Several:
    """Nets from several seeds, as they get ready.

    Parameters
    ----------
    task
        What they learn.
    tell
        Tells of each.
    fraction
        The share of the samples that each holds out, and is judged on.
    out, history
        Where they, and what was seen of them, are saved.
    keep
        "all", each in a file of its own; or "best".
    """

    def __init__(
        self,
        task: Task,
        tell: Teller,
        fraction: float | None,
        out: str | None,
        history: str | None,
        keep: str,
    ) -> None:
        self.task, self.tell, self.fraction = task, tell, fraction
        self.out, self.history, self.keep = out, history, keep
        self.nets: dict[int, Network] = {}  # by seed, as are their scores and files
        self.scores: dict[int, float] = {}
        self.files: dict[int, str] = {}

    def add(self, net: "Network") -> None:
        """Judge, save and tell of a net that is ready."""
        out, wrong = self.save(net)
        if wrong:
            raise OSError("; ".join(wrong.values()))
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
            model=out,
        )

    def save(self, net: "Network") -> tuple[str | None, dict[str, str]]:
        """Judge and save a net; return its file, if it has one, and what could not be written."""
        seed = net.seed or 0
        self.scores[seed] = net.score(*self.judged_on(seed))
        name_data(net, self.task.data)
        out = None
        if self.out and self.keep == "all":
            out = numbered(self.out, seed)
        elif self.out and self.best() == seed:
            out = self.out
        wrong = save(net, out, self.history and numbered(self.history, seed))
        if out and out not in wrong:
            self.files = {**(self.files if self.keep == "all" else {}), seed: out}
        return out, wrong

    def judged_on(self, seed: int) -> tuple[Any, Any]:
        """Return the samples that a net is judged on: the test part, or what it has held out."""
        return self.task.held_out(self.fraction, seed) if self.fraction else self.task.judged_on

    def broken_off(self, error: BaseException, begun: Callable[["Network"], bool]) -> str:
        """Save what there is of all nets after an error, and return that in words."""
        for net in getattr(error, "networks", []):  # some may have got ready meanwhile
            if net.seed not in self.nets:
                self.nets[net.seed] = net
                self.save(net)
        unfinished = [net for net in getattr(error, "unfinished", []) if begun(net)]
        if self.keep == "best" and self.nets:
            unfinished = []
        for net in unfinished:
            self.save(net)
        if not self.files:
            return "nothing is saved"
        parts = f", {len(unfinished)} of them broken off" if unfinished else ""
        return report.saved(self.saved()) + parts

    def best(self) -> int:
        """Return the seed of the best net so far, the first of equals."""
        return max(sorted(self.scores), key=lambda seed: self.scores[seed])

    def saved(self) -> list[str]:
        """Return the files, in the order of the seeds."""
        return [self.files[seed] for seed in sorted(self.files)]

    def end(self) -> None:
        """Tell of all together."""
        import fastnet

        best, scores = self.best(), self.scores.values()
        together = fastnet.Ensemble([self.nets[seed] for seed in sorted(self.nets)])
        self.tell(
            "nets",
            nets=len(scores),
            part=self.tell.common["part"],
            mean=statistics.fmean(scores),
            deviation=statistics.stdev(scores) if len(scores) > 1 else None,
            best_seed=best,
            best=self.scores[best],
            together=None if self.fraction else together.score(*self.task.judged_on),
            test=self.test_of(best),
            model=self.saved(),
        )

    def test_of(self, best: int) -> float | None:
        """Return how the best does on the test part, if that did not choose it."""
        if not self.fraction or self.task.part != "test":
            return None
        return self.nets[best].score(*self.task.judged_on)


def train_several(
    task: Task,
    count: int,
    keep: str,
    out: str | None,
    history: str | None,
    json_: bool,
    judging: list[str],
    options: dict[str, Any],
) -> None:
    """Train nets from several seeds, report each when it is ready, and all together."""
    import fastnet
    first, fraction = options.pop("seed"), options["validation_fraction"]
    seeds = range(first, first + count)
    if click.get_current_context().get_parameter_source("threads") is ParameterSource.DEFAULT:
        options["threads"] = "auto"
    for path in filter(None, [out, history]):
        for seed in seeds:  # before the work whose result they are to take
            OutFile().convert(numbered(path, seed), None, None)
    alone = {**options, "epochs": 0, "threads": 1, "seed": first}
    untrained = fastnet.train(task.samples, task.y, **alone)

    def begun(net: "Network") -> bool:
        at_first = fastnet.train(task.samples, task.y, **alone | {"seed": net.seed})
        return net.digest() != at_first.digest()

    tell = Teller(
        json_,
        f"0 of {count} nets are ready",
        unit=unit(task.samples.rows),
        part="held out" if fraction else task.part,
        regression=untrained.task == "regression",
    )
    several = Several(task, tell, fraction, out, history, keep)

    def on_net(net: "Network") -> None:
        several.add(net)
        tell.check()
        tell.progress.label = f"{len(several.nets)} of {count} nets are ready"

    tell("start", **task.start(untrained, options), seeds=[*seeds], judging=judging)
    seconds, compiled = fastnet.warmup(options["dtype"])
    tell("warmup", seconds=seconds, compiled=compiled)
    tell.heading(report.nets_header(**tell.common))
    try:
        with tell.progress:
            fastnet.train_seeds(
                task.samples, task.y, seeds, on_net=on_net, on_progress=tell.progress, **options
            )
    except (Exception, KeyboardInterrupt) as error:
        what = said(error)
        if isinstance(error, FloatingPointError):
            what = f"seed {error.network.seed}: {what}"  # type: ignore[attr-defined]
        raise failure(error, several.broken_off(error, begun), what) from None
    several.end()
    tell.close(report.saved(several.saved()) if several.files else "nothing is saved")


def numbered(path: str, seed: int) -> str:
    """Return the path for the net of a seed: model-3.npz."""
    stem, ending = os.path.splitext(path)
    return f"{stem}-{seed}{ending}"
