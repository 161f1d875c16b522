"""`fastnet sweep`: many nets, each with other settings, and which are best."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from .arguments import data_of, is_pipe
from .data import DataSet
from .errors import naming, said
from .options import source_argument
from .plot import save
from .reading import RECORDED, reading_to_learn, refuse_others
from .saving import NOTHING, free, keeping, noted, refuse_one_file
from .scheduler import workers_at
from .sweep_events import MOST, heading, plain_options, start_fields
from .sweep_options import HELP, Sectioned, settings, sweep_options
from .teller import Teller
from .text import count

if TYPE_CHECKING:
    from fastnet.sweeps import Sweep

PATHS = ("csv", "plot", "best", "out", "storage", "data", "test")
ARGUMENTS = (
    "trials", "folds", "validation_fraction", "metric", "sampler", "prune", "storage", "study",
    "seed",
)  # fmt: skip


@click.command(cls=Sectioned, help=HELP)
@source_argument
@sweep_options
@click.pass_context
def sweep(ctx: click.Context, source: str | None, **params: Any) -> None:
    """Find the best settings of a net."""
    from fastnet import plot

    params["data"] = ctx.params["data"] = name = data_of(ctx, source)
    refuse_others(ctx, name)
    refuse_one_file({f"--{name}": params[name] for name in PATHS})
    space, options = settings(ctx)
    draw = plot.sweep if params["plot"] else None  # which names a missing extra before the work
    reading = reading_to_learn(ctx, name, None)
    with workers_at(params["scheduler"]) as executor:
        plain = options.get("encode") == "none"
        data = DataSet.read(name, "float32", plain, params["test"], **reading)
        if "encode" in space and data.is_table:
            raise click.UsageError("--encode: several values, wanted one, by which DATA is read")
        if params["classes"] is not None and not (params["classes"] == [] and reading):
            options["classes"] = params["classes"]  # else labels are numbers
        work = Work(data, space, options, params, draw)
        named = {**data.names, "space": "the options of the nets"}
        named |= {name: "--" + name.replace("_", "-") for name in ARGUMENTS}
        with keeping(work.keep), naming(named), work.telling(params["storage"]):
            work.run(executor)
            work.end()


class Work:
    """The work of the command: its trials, what is told of them, and the files.

    Parameters
    ----------
    data
        The data that nets learn.
    space
        The options that vary, with their values.
    options
        The options that are the same in all trials.
    params
        The options of the command.
    draw
        The function that draws a sweep, if a picture is wanted.
    """

    def __init__(
        self,
        data: DataSet,
        space: dict[str, Any],
        options: dict[str, Any],
        params: dict[str, Any],
        draw: Any,
    ) -> None:
        self.data, self.space, self.options, self.params = data, space, options, params
        from fastnet.sweeps.studies import telling

        self.draw, self.nets = draw, params["seeds"] * (params["folds"] or 1)
        self.telling = telling
        self.found: Sweep | None = None
        self.tell = Teller(params["json_"], "no trial is ready", noun=data.noun)

    def run(self, executor: Any) -> None:
        """Run the trials, and report each."""
        from fastnet.sweeps import sweeping
        from fastnet.training.executors import width

        data, params, progress = self.data, self.params, self.tell.progress
        search = sweeping.begin(
            data.X, data.y, self.space, **{name: params[name] for name in ARGUMENTS},
            seeds=range(params["seed"], params["seed"] + params["seeds"]), **self.options,
            check=data.check if data.part == "test" else None,
        )  # fmt: skip
        self.found = search.found
        fields = start_fields(data, params, self.options, search)
        self.tell.common |= {name: fields[name] for name in ("space", "measure", "regression")}
        self.tell("sweep", nets=self.nets, **fields)
        self.tell.heading(heading(self.tell.common))
        progress.before = search.ended

        def on_progress(done: float, total: int) -> None:
            progress.label = f"{int(done):,} of {count(total, 'trial')}"
            progress(done, total)

        at_once = width(executor, params["jobs"])
        with progress:
            sweeping.run(
                search, params["storage"], executor, at_once, self.tell_trial, on_progress, False
            )

    def tell_trial(self, trial: dict[str, Any]) -> None:
        """Tell of a trial that has ended."""
        self.tell("trial", **{**trial, "options": plain_options(trial["options"])})
        self.tell.check()

    def write(self, found: "Sweep") -> list[str]:
        """Write the table, the picture and the best settings; return the files."""
        paths = []
        for name in ("csv", "plot", "best") if found.best is not None else ("csv",):
            if (path := self.params[name]) is None:
                continue
            if name == "csv":
                found.to_csv(path)
            elif name == "plot":
                save(self.draw(found), path)
            else:
                found.to_toml(path, **self.reading())
            paths.append(path)
        return paths

    def reading(self) -> dict[str, Any]:
        """Return the options of `fastnet train` that read these data."""
        name, own = self.data.name, self.data.reading
        reading = {} if is_pipe(name) else {"data": name}
        return reading | {option: own[option] for option in RECORDED if option in own}

    def keep(self, error: BaseException) -> str:
        """Keep the trials so far after an error, and return in words where they are."""
        found, storage = self.found, self.params["storage"]
        for each in (error.__context__, error):  # which may have got another text
            found = getattr(each, "sweep", None) or found
        if found is not None and str(error).startswith("storage: "):
            return "the same command goes on when it answers again"
        try:
            with self.telling(storage):
                files = self.write(found) if found is not None and found.trials else []
                if found is None or found.best is None:
                    nothing = NOTHING * isinstance(error, KeyboardInterrupt)
                    return f"saved {', '.join(files)}" if files else nothing
                if storage is None:
                    storage = free("sweep.journal")
                    found.keep(storage)
                ready = count(found.ended, "trial")
                return f"{ready} in {storage}: the same command with --storage {storage} goes on"
        except OSError as other:
            return said(other)

    def end(self) -> None:
        """Write the files, let the best settings learn all samples, and tell what came out."""
        params, data, found, test, learned = self.params, self.data, self.found, None, 0
        assert found is not None
        paths = self.write(found)
        with self.tell.progress as progress:
            if params["out"] or data.part == "test":
                progress.label = "training with the best settings"
                net = found.refit(verbose=False, on_progress=progress)
                learned = net.history[-1]["samples"] if net.history else 0
                if data.part == "test":
                    test = data.score(net)
                if params["out"]:
                    net.run = (net.run or {}) | noted(data)
                    net.save(params["out"])
                    paths.append(params["out"])
        ranked = [trial for trial in found.ranked if trial["state"] == "complete"]
        shown = [{**t, "options": plain_options(t["options"])} for t in ranked[:MOST]]
        self.tell(
            "swept",
            states=Counter(trial["state"] for trial in found.trials),
            best_trials=shown,
            best=shown[0]["options"],
            training=data.n,
            learned=learned,
            nets=self.nets,
            test_score=test,
            files=paths,
            config=params["best"],
            is_pipe=is_pipe(data.name),
        )
        self.tell.close(f"saved {', '.join(paths)}" if paths else NOTHING)
