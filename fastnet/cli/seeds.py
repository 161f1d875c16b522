"""`fastnet train --seeds`: nets from several seeds, side by side."""

import os
import statistics
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from fastnet import report

from .common import Task, Teller, name_data, save, unit
from .errors import erase_line, one_ctrl_c, said
from .options import OutFile

if TYPE_CHECKING:
    from fastnet.network import Network


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
        seed = net.seed or 0
        self.nets[seed], self.scores[seed] = net, net.score(*self.judged_on(seed))
        name_data(net, self.task.data)
        out = None
        if self.out and self.keep == "all":
            out = self.files[seed] = numbered(self.out, seed)
        elif self.out and self.best() == seed:
            out, self.files = self.out, {seed: self.out}
        save(net, out, self.history and numbered(self.history, seed))
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

    def judged_on(self, seed: int) -> tuple[Any, Any]:
        """Return the samples that a net is judged on: the test part, or what it has held out."""
        from fastnet.order import Order

        if self.fraction is None:
            return self.task.judged_on
        held = Order(self.task.samples.n, None, True, seed, self.fraction).held
        return self.task.samples.rows[held], self.task.y[held]

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
            model=self.saved(),
        )


@one_ctrl_c()
def train_several(
    task: Task,
    count: int,
    keep: str,
    out: str | None,
    history: str | None,
    json_: bool,
    options: dict[str, Any],
) -> None:
    """Train nets from several seeds, report each when it is ready, and all together."""
    import fastnet
    from fastnet.stopping import is_regression

    first, fraction = options.pop("seed"), options["validation_fraction"]
    seeds = range(first, first + count)
    if click.get_current_context().get_parameter_source("threads") is ParameterSource.DEFAULT:
        options["threads"] = "auto"
    for path in filter(None, [out, history]):
        for seed in seeds:  # before the work whose result they are to take
            OutFile().convert(numbered(path, seed), None, None)
    alone = {**options, "epochs": 0, "threads": 1, "seed": first}
    untrained = fastnet.train(task.samples, task.y, **alone)
    tell = Teller(
        json_,
        f"0 of {count} nets are ready",
        unit=unit(task.samples.rows),
        part=task.part if fraction is None else "held out",
        regression=is_regression(untrained),
    )
    several = Several(task, tell, fraction, out, history, keep)

    def on_net(net: "Network") -> None:
        several.add(net)
        tell.progress.label = f"{len(several.nets)} of {count} nets are ready"

    tell("start", **task.start(untrained, options), seeds=[*seeds])
    seconds, compiled = fastnet.warmup(options["dtype"])
    tell("warmup", seconds=seconds, compiled=compiled)
    tell.heading(report.nets_header(**tell.common))
    try:
        with tell.progress:
            fastnet.train_seeds(
                task.samples, task.y, seeds, on_net=on_net, on_progress=tell.progress, **options
            )
    except (KeyboardInterrupt, FloatingPointError, OSError) as error:
        erase_line()
        for net in getattr(error, "networks", []):  # which have got ready meanwhile
            if net.seed not in several.nets and not isinstance(error, OSError):
                several.add(net)
        if isinstance(error, BrokenPipeError):
            raise
        what, paths = said(error), several.saved()
        if isinstance(error, FloatingPointError):
            what = f"seed {error.network.seed}: {what}"  # type: ignore[attr-defined]
        kept = report.saved(paths) if paths else "nothing is saved"
        raise click.ClickException(f"{what}; {kept}") from None
    several.end()


def numbered(path: str, seed: int) -> str:
    """Return the path for the net of a seed: model-3.npz."""
    stem, ending = os.path.splitext(path)
    return f"{stem}-{seed}{ending}"
