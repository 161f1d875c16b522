"""`fastnet train` for one net: its run, reported round by round."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..options import Options
from .data import DataSet
from .describe import start
from .events import rounds_header
from .repeat import differences
from .saving import NOTHING, Files, keeping, noted
from .teller import Teller
from .text import count, saved

if TYPE_CHECKING:
    from fastnet.model.network import Network
    from fastnet.training.run import Run


def train_one(
    data: DataSet, options: dict[str, Any], judging: list[str], params: dict[str, Any]
) -> None:
    """Train a net and report what it learns, round by round."""
    from fastnet.training.prepare import prepare

    tell = Teller(params["json_"], noun=data.noun)

    def on_progress(done: int, total: int) -> None:
        tell.progress(done, total if run.stop.knows_total else None)

    callbacks = {"on_epoch": teller_of_rounds(tell), "on_progress": on_progress}
    run = prepare(data.X, data.y, Options.of(options | callbacks), noted(data))
    net = run.net
    data.judge_by_held_out(run.order.held)
    tell.common |= {"part": data.part, "regression": net.task == "regression"}
    seen = rounds_seen(run)
    if repeat := params["repeat"]:
        path, wanted = repeat
        tell("repeat", model=path, differences=differences(wanted, run.record.complete()))
    tell_start(tell, data, run, judging)
    tell_rounds(tell, run.options, seen)
    files = Files(params["out"], params["history"])
    learn_and_save(run, tell, files)
    model = files.out or params["checkpoint"]
    tell("end", **outcome(net, data, run), model=model)
    if repeat:
        tell("repeated", model=path, digest=net.digest(), wanted=wanted.digest())
    tell.close(saved([model]) if model else NOTHING)
    if repeat and net.digest() != wanted.digest():
        raise click.ClickException(f"{path}: the weights of this run differ")


def teller_of_rounds(tell: Teller) -> Callable[["Network", dict[str, Any]], None]:
    """Return the callback that tells of each round after it."""

    def on_epoch(net: "Network", record: dict[str, Any]) -> None:
        tell("epoch", **record)
        tell.check()
        tell.progress.label = f"round #{record['epoch'] + 1} of learning..."

    return on_epoch


def rounds_seen(run: "Run") -> list[dict[str, Any]] | None:
    """Return the records in the checkpoint for --resume; None if there is no file."""
    options = run.options
    if run.checkpoint is None:
        return None
    found = run.checkpoint.read(run.record.complete(), options.resume)
    return None if found is None else list(found[0]["history"])


def tell_start(tell: Teller, data: DataSet, run: "Run", judging: list[str]) -> None:
    """Tell of the data and the untrained net."""
    tell("start", **start(data, run), judging=judging)
    seconds, compiled = run.ready()
    tell("warmup", seconds=seconds, compiled=compiled)
    tell("initial", **first_answer(run.net, data))


def tell_rounds(tell: Teller, options: Options, seen: list[dict[str, Any]] | None) -> None:
    """Tell of the rounds in a checkpoint, and print the heading of the rounds to come."""
    if seen is not None:
        tell("resumed", rounds=len(seen), checkpoint=options.checkpoint)
    seen = seen or []
    tell.progress.label = f"round #{len(seen)} of learning..."
    tell.progress.before = sum(record.get("samples") or 0 for record in seen)
    if options.epochs:
        held_out = options.validation_fraction is not None
        noun, regression = tell.common["noun"], tell.common["regression"]
        tell.heading(rounds_header(noun, regression, held_out, options.augment is not None))


def first_answer(net: "Network", data: DataSet) -> dict[str, Any]:
    """Return the answer of an untrained net to the first sample, and its score."""
    output = net.predict_proba(data.part_of(slice(1)))[0]
    return {
        "output": output,
        "label": None if net.classes is None else net.classes[output.argmax()],
        "confidence": None if net.classes is None else output.max(),
        "real_label": data.y[0],
        "part": data.part,
        "score": data.score(net),
    }


def learn_and_save(run: "Run", tell: Teller, files: Files) -> None:
    """Train a net and save it. If the run is broken off, save the net so far."""
    net, checkpoint = run.net, run.options.checkpoint
    at_first = net.digest()

    def keep(error: BaseException) -> str:
        there = NOTHING
        if net.digest() != at_first:
            files.save(net, partly=True)
            there = files.kept(f": {learned(run)}")
        if checkpoint and isinstance(error, KeyboardInterrupt):
            on = f"--resume continues from {checkpoint}"
            there = f"{there}; {on}" if files.out else on
        return there

    with keeping(keep), tell.progress:
        run.learn()
        files.save(net)
    files.check()


def learned(run: "Run") -> str:
    """Return in words how much the net of a run learned before it was broken off."""
    part = 0 < run.now.learned < run.order.steps
    rounds = len(run.net.history) - part  # the last record may be of a part of a round
    if not rounds:
        return "a part of the first round"
    return count(rounds, "round") + " and a part of the next" * part


def outcome(net: "Network", data: DataSet, run: "Run") -> dict[str, Any]:
    """Return the fields of the event at the end of a run."""
    options = run.options
    return {
        "rounds": len(net.history),
        "stopped": net.stopped,
        "samples": sum(record.get("samples") or 0 for record in net.history),
        "seconds": sum(record.get("seconds") or 0 for record in net.history),
        "learning_rate": net.checked_rate(options.learning_rate) if net.history else None,
        "schedule": options.schedule,
        "part": data.part,
        "score": data.score(net),
        "last_score": None if net.last is None else data.score(net.last),
    }
