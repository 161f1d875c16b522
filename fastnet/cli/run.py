"""`fastnet train` of one net: its run, told round by round."""

from typing import TYPE_CHECKING, Any

import click

from .data import DataSet
from .events import rounds_header
from .saving import NOTHING, Files, keeping, name_data
from .teller import Teller, start
from .text import count, saved

if TYPE_CHECKING:
    from fastnet.model.network import Network


def train_one(
    data: DataSet, options: dict[str, Any], judging: list[str], params: dict[str, Any]
) -> None:
    """Train a net and report what it learns, round by round."""
    import fastnet
    from fastnet.model.network import is_regression

    repeat, files = params["repeat"], Files(params["out"], params["history"], data.name)
    data.judge_by_held_out(options["validation_fraction"], options["seed"])
    untrained = {"epochs": 0, "checkpoint": None, "resume": False}
    net = fastnet.train(data.samples, data.y, **{**options, **untrained})
    assert net.run is not None
    net.run["options"]["epochs"] = options["epochs"]
    seen = rounds_seen(net.run, options)
    tell = Teller(
        params["json_"],
        f"round #{len(seen or [])} of learning...",
        noun=data.noun,
        part=data.part,
        regression=is_regression(net),
    )
    if repeat:
        path, wanted = repeat
        tell("repeat", model=path, differences=differences(wanted, net))
    tell("start", **start(data, net, options), judging=judging)
    seconds, compiled = fastnet.warmup(options["dtype"])
    tell("warmup", seconds=seconds, compiled=compiled)
    tell("initial", **first_answer(net, data))
    if seen is not None:
        tell("resumed", rounds=len(seen), checkpoint=options["checkpoint"])
        tell.progress.before = sum(record.get("samples") or 0 for record in seen)
    if options["epochs"]:
        held_out = options["validation_fraction"] is not None
        tell.heading(rounds_header(data.noun, tell.common["regression"], held_out))
    net = learn(tell, data, net, files, options)
    model = files.out or options["checkpoint"]
    tell("end", **outcome(net, data, options), model=model)
    if repeat:
        tell("repeated", model=path, digest=net.digest(), wanted=wanted.digest())
    tell.close(saved([model]) if model else NOTHING)
    if repeat and net.digest() != wanted.digest():
        raise click.ClickException(f"{path}: its bits are others than those of this run")


def rounds_seen(run: dict[str, Any], options: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the records in the checkpoint that --resume goes on with; None without a file."""
    from fastnet.training.checkpoint import Checkpoint

    if options["checkpoint"] is None:
        return None
    found = Checkpoint(options["checkpoint"], options["every"]).read(run, options["resume"])
    return None if found is None else list(found[0]["history"])


def differences(wanted: "Network", net: "Network") -> list[str]:
    """Return how a run differs from the run that it repeats."""
    from fastnet.training import record

    assert net.run and wanted.run  # apply_run has seen to it
    found = record.differences(wanted.run, net.run)
    if wanted.run["on_epoch"]:
        found.append(f"on_epoch was {wanted.run['on_epoch']} and is not given")
    return found


def first_answer(net: "Network", data: DataSet) -> dict[str, Any]:
    """Return what an untrained net answers to the first sample, and how it does."""
    output = net.predict_proba(data.samples.rows[:1])[0]
    return {
        "output": output,
        "label": None if net.classes is None else net.classes[output.argmax()],
        "confidence": None if net.classes is None else output.max(),
        "real_label": data.y[0],
        "part": data.part,
        "score": net.score(*data.judged_on),
    }


def learn(
    tell: Teller, data: DataSet, untrained: "Network", files: Files, options: dict[str, Any]
) -> "Network":
    """Train a net, tell of each round, and save it; also what there is when it is broken off."""
    import fastnet

    net = None

    def on_epoch(net: "Network", record: dict[str, Any]) -> None:
        name_data(net, data.name)
        tell("epoch", **record)
        tell.check()
        tell.progress.label = f"round #{record['epoch'] + 1} of learning..."

    def keep(error: BaseException) -> str:
        broken, there = getattr(error, "network", net), NOTHING
        if broken and broken.digest() != untrained.digest():
            files.save(broken, partly=True)
            there = files.kept(f": {learned(broken)}")
        if options["checkpoint"] and isinstance(error, KeyboardInterrupt):
            on = f"--resume goes on with {options['checkpoint']}"
            there = f"{there}; {on}" if files.out else on
        return there

    with keeping(keep), tell.progress:
        net = fastnet.train(
            data.samples, data.y, on_epoch=on_epoch, on_progress=tell.progress, **options
        )
        files.save(net)
    files.check()
    return net


def learned(net: "Network") -> str:
    """Return how much a net has learned that was broken off."""
    if not net.history:
        return "a part of the first round"
    return f"{count(len(net.history), 'round')} and a part of the next"


def outcome(net: "Network", data: DataSet, options: dict[str, Any]) -> dict[str, Any]:
    """Return what is told at the end of a run."""
    return {
        "rounds": len(net.history),
        "stopped": net.stopped,
        "samples": sum(record.get("samples") or 0 for record in net.history),
        "seconds": sum(record.get("seconds") or 0 for record in net.history),
        "learning_rate": net.checked_rate(options["learning_rate"]) if net.history else None,
        "schedule": options["schedule"],
        "part": data.part,
        "score": net.score(*data.judged_on),
        "last_score": None if net.last is None else net.last.score(*data.judged_on),
    }
