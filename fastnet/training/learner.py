"""Learning from a stream: examples are judged, learned, and recorded."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import scalar
from ..data.arrays import answers, without_column
from ..data.labels import NUMBERS, label_type, type_name
from ..data.targets import Targets
from ..data.text_labels import HEAD
from ..model import signs
from ..model.chunks import SEEN
from ..model.diverged import LOOK, Diverged, Guard
from ..model.history import FIRST, following, record_of, tell_of_stream
from ..model.interrupt import later_ctrl_c
from ..model.network import Network
from ..model.pixels import note
from ..model.units import Units
from ..model.widen import with_class
from ..options import StreamOptions
from ..typing import Array
from .defaults import is_of_table, rule_for_stream
from .encoding import begun, numbers_among, tell
from .examples import by_place, check_numbers, dense, listed, task_among, unfit
from .prepare import new_net
from .watch import StreamWatch

if TYPE_CHECKING:
    from ..tables.encoding import Encoding


class Learner:
    """A learner learns the examples of a stream. It holds the first ones until there is a network.

    Parameters
    ----------
    net : Network, optional
        The network that learns. By default it is made from the first examples and `options`.
    options : StreamOptions
    classes : array, optional
        The checked labels, one for each output.
    """

    def __init__(self, net: Network | None, options: StreamOptions, classes: Array | None):
        self.options, self.classes = options, classes
        self.held: list[tuple[Any, Any]] = []  # examples before there is a network
        self.n = self.since = self.hits = 0  # learned; since the last record; right ones of these
        self.cost = 0.0  # of the examples since the last record
        self.next_record = self.next_look = 0
        self.began = self.shown = time.perf_counter()
        self.net: Any = None
        self.watch: Any = None
        self.chunks: Any = None
        self.guard: Any = None
        self.encodes = options.encoding == "table"  # whether examples are rows of a table
        self.may_encode = net is None and options.encode is None  # as the first one says
        if net is not None:
            self.encodes = net.encoding is not None
            self.begin_with(net)

    @property
    def begun(self) -> bool:
        """True if examples have come before."""
        return self.n > 0 or len(self.held) > 0

    @property
    def waiting(self) -> int:
        """The number of examples that are held."""
        return sum(X.shape[0] for X, _ in self.held)

    @property
    def may_be_labels(self) -> bool:
        """True if the targets may be labels."""
        return self.net is None or self.net.task == "classification"

    def batch(self, X: Any, y: Any) -> None:
        """Learn examples, or hold them until there is a network."""
        if self.may_be_labels and isinstance(y, np.ndarray):
            y = without_column(y, told=self.begun)
        if self.net is not None:
            self.learn(X, y)
        elif X.shape[0]:
            if not self.held and not label_type(y[0]):
                raise self.named(ValueError(unfit(y[0])))
            X = X[np.arange(len(X))] if self.encodes else X.copy()  # the caller may reuse memory
            self.held.append((X, y.copy()))
            known = self.classes is not None or label_type(self.held[0][1][0]) == NUMBERS
            if (known and not self.encodes) or self.waiting >= HEAD:
                self.begin()

    def begin(self) -> None:
        """Make the network, and learn the held examples."""
        labels = [label for _, y in self.held for label in listed(y)][:HEAD]
        classes, answer = self.classes, labels[0]
        if classes is None and label_type(answer) != NUMBERS:  # else the first decides
            most = Counter(filter(None, map(label_type, labels))).most_common(1)[0][0]
            same = [label for label in labels if label_type(label) == most]
            classes, answer = None if most == NUMBERS else self.classes_of(same), same[0]
            if classes is not None:
                signs.look_at_classes(classes, len(labels))
        outputs = max(1, np.size(answer)) if classes is None else len(classes)
        encoding = self.begun_encoding() if self.encodes else None
        inputs = self.held[0][0].shape[1] if encoding is None else encoding.width
        task = task_among(labels, self.options.loss, classes is not None)
        rule = rule_for_stream(is_of_table(self.options, self.encodes), task)
        net = new_net(self.options, rule, inputs, outputs, classes)
        net.encoding = encoding
        if classes is None:
            net.outputs.column = np.ndim(answer) > 0
            if encoding is not None and net.outputs.may_have_units:
                net.outputs.units = Units.of(numbers_among(labels, outputs))
        self.begin_with(net)
        held, self.held = self.held, []
        for X, y in held:
            self.learn(X, y)

    def begun_encoding(self) -> Encoding:
        """Return a running encoding that knows the first examples."""
        try:
            encoding = begun([X for X, _ in self.held], HEAD)
        except (ValueError, TypeError) as error:
            self.held = []
            raise self.named(error) from None
        if self.options.encoding is None and self.options.verbose is not False:
            tell(encoding)
        return encoding

    def classes_of(self, labels: list[Any]) -> Array:
        """Return the classes among the first labels, sorted."""
        classes = np.unique(answers(labels))
        if len(classes) < 2 and not self.options.new_labels:
            raise ValueError(
                f"examples: only one class, {labels[0]!r}, among the first {len(labels):,}, "
                "wanted two or more, or classes="
            )
        return classes

    def begin_with(self, net: Network) -> None:
        """Learn with this network from now on."""
        if self.options.new_labels and net.task != "classification":
            raise ValueError("new_labels: True, but the network's targets are numbers, not labels")
        self.learn_with(net)
        self.rate = net.checked_rate(self.options.learning_rate, falls=False)
        self.watch = StreamWatch(net, self.rate)
        self.look()

    def learn_with(self, net: Network) -> None:
        """Learn with this network from now on, with its calls for one sample."""
        self.net, self.passes = net, net.passes
        self.chunks, self.guard = net.passes.chunks(), Guard(net.parameters)

    def learn_with_more_inputs(self) -> None:
        """Learn with the same network, which has got inputs, from now on."""
        net, guard = self.net, self.guard
        self.learn_with(net)
        self.guard = guard.moved(net.parameters)

    # Learning -------------------------------------------------------------------------------

    def learn(self, X: Any, y: Any) -> None:
        """Learn examples, up to the first that does not fit."""
        if not self.encodes:
            self.learn_together(X, y)
            return
        if len(X) > FIRST:
            X = self.net.encoding.typed(X)
        start = 0
        while start < len(X):  # an encoding is never ahead of a record
            stop = start + self.next_look - self.n
            self.learn_together(X[start:stop], y[start:stop])
            start = stop

    def learn_together(self, X: Any, y: Any) -> None:
        """Learn examples with as few calls as possible."""
        net = self.net
        try:
            targets = self.targets(y, X.shape[0])  # first: an encoding learns only what fits
            samples = net.samples_to_learn(X, "x")
        except (ValueError, TypeError, KeyError, OverflowError):
            for x, answer in zip(self.rows_of(X), y, strict=True):
                self.learn_one(x, answer)
        else:
            if net.passes is not self.passes:
                self.learn_with_more_inputs()
            note(net, samples)
            self.watch.see(net, samples, targets)
            start, most = 0, lambda: self.next_look - self.n
            for workspace, part in self.chunks.of(np.arange(samples.n), samples.chunk, most):
                rates = np.full(len(part), self.rate, net.dtype)
                with later_ctrl_c():  # until the learned examples are counted
                    seen = net.passes.over(workspace, samples, part, targets, rates, self.cost)
                    self.count(*seen)
                    self.watch.count(targets, start, start + len(part))
                self.check(seen[2] == len(part))
                start += len(part)
        now = time.perf_counter()
        if self.options.on_progress is not None and self.since and now - self.shown >= SEEN:
            self.shown = now
            self.options.on_progress(self.net, self.record())

    def targets(self, y: Any, n: int) -> Targets:
        """Check the targets of n examples; `learn_one` explains any error."""
        net, indices = self.net, self.net.outputs.indices
        if net.task != "classification":
            return net.outputs.targets(y, n)
        types = {*map(type, y)} if isinstance(y, list) else {y.dtype.type}
        if {*map(type_name, types)} & {NUMBERS, ""}:
            raise TypeError
        labels = np.array([indices[label] for label in listed(y)], np.int32)
        return Targets(labels, np.zeros(0, net.dtype), len(indices), net.classes)

    def rows_of(self, X: Any) -> Any:
        """Return examples one by one."""
        if self.encodes:
            return (X[k : k + 1] for k in range(len(X)))
        return map(by_place, dense(X))

    def learn_one(self, x: Any, y: Any) -> None:
        """Learn one example, which may not fit or have a new label."""
        try:
            net, y = self.net, scalar(y)
            if not self.encodes:
                check_numbers(x)
            of = label_type(y)
            if not of:
                raise ValueError(unfit(y))
            if self.options.new_labels and of != NUMBERS and y not in net.outputs.indices:
                net = with_class(net, y, self.options.seed)
            if self.encodes:
                net.passes.single().assign_answer(y)
                x = dense(net.samples_to_learn(x, "x").rows)[0]
            net.passes.single().check(x)  # so that a bad x adds no output
            if net is not self.net:
                self.look()
                self.learn_with(net)
                self.guard.look()
            elif net.passes is not self.passes:
                self.learn_with_more_inputs()
            single = net.passes.single()
            cost, hits, learned = single.learn(x, y, self.rate)
        except (ValueError, TypeError) as error:
            raise self.named(error) from None
        except OverflowError:
            raise self.named(ValueError(unfit(y))) from None
        one = Targets(single.label, single.target, self.net.sizes[-1], None)
        self.watch.count(one, 0, 1)
        self.count(self.cost + cost, hits, learned)
        self.check(learned == 1)

    def count(self, cost: float, hits: int, learned: int) -> None:
        """Count the learned examples; `cost` includes that of the examples before."""
        self.cost, self.hits = cost, self.hits + hits
        self.n, self.since = self.n + learned, self.since + learned

    def check(self, finite: bool) -> None:
        """Raise if a cost was not finite; check the weights now and then."""
        if not finite:
            self.diverge()
        if self.n == self.next_look:
            self.look()

    def look(self) -> None:
        """Check the weights, and write a record if it is due."""
        if not self.guard.look():
            self.diverge()
        if self.since and self.n == self.next_record:
            self.report()
        self.next_record = following(self.n)
        self.next_look = min(self.next_record, (self.n // LOOK + 1) * LOOK)

    def diverge(self) -> None:
        """Raise `Diverged`, with the weights before the example or the last finite ones."""
        self.guard.restore()
        self.watch.look(self.net)
        raise self.named(Diverged.at(self.rate, self.net))

    def named(self, error: Exception) -> Exception:
        """Return the error with the number of its example."""
        number = self.n + self.waiting + 1
        text = f"example {number}: {error}"
        new = Diverged(text, self.net) if isinstance(error, Diverged) else type(error)(text)
        new.example = number  # type: ignore[attr-defined]
        return new

    # Records ----------------------------------------------------------------------------------

    def record(self) -> dict[str, Any]:
        """Return a record of the examples since the last record."""
        rate, seconds = float(self.net.dtype.type(self.rate)), time.perf_counter() - self.began
        return record_of(self.net, rate, self.since, seconds, self.cost, self.hits)

    def report(self) -> None:
        """Write a record, and begin the next."""
        record = self.record()
        self.net.history.append(record)
        self.since, self.cost, self.hits, self.began = 0, 0.0, 0, time.perf_counter()
        self.watch.record(self.net, record)
        if self.options.verbose:
            tell_of_stream(record, self.n)
        if self.options.on_record is not None:
            self.options.on_record(self.net, record)

    def finish(self) -> Network:
        """Learn the held examples, and return the network."""
        if self.held:
            self.begin()
        if self.net is None:
            raise ValueError("examples: none came, wanted one at least")
        self.look()
        if self.since:
            self.report()
        self.net.stopped = "end"
        self.watch.end(self.net)
        return self.net

    def break_off(self) -> Network | None:
        """Learn the held examples after an error from outside; return the network, if any."""
        with contextlib.suppress(Exception):
            if self.held:
                self.begin()
        if self.since:
            self.net.history.append(self.record())
        return self.net
