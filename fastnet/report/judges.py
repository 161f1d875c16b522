"""The judges of `evaluate`: each sees outputs of nets, and measures them for one task."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.data.targets import Targets
    from fastnet.model.network import Network

Event = dict[str, Any]
LARGEST = 1_000  # classes of a confusion matrix
PAIRS = 100  # pairs of classes that are confused, the most frequent ones


class OfClasses:
    """Measures of answers that are one label each."""

    def __init__(
        self, nets: "Sequence[Network]", targets: "Targets", y: "NDArray[Any]"
    ) -> None:
        import numpy as np

        from fastnet import metrics
        from fastnet.model.activations import names_of

        outputs = [net.outputs for net in nets]
        assert outputs[0].classes is not None
        self.classes = outputs[0].classes
        # The activations whose outputs are no shares, or no probabilities at all.
        self.no_shares, self.no_probabilities = (
            " and ".join(dict.fromkeys("/".join(names_of(own.activation)) for own in others))
            for others in (
                [own for own in outputs if not own.add_up],
                [own for own in outputs if not own.are_probabilities],
            )
        )
        self.dtype = min((net.dtype for net in nets), key=lambda dtype: dtype.itemsize)
        n, k = len(targets.labels), len(self.classes)
        self.known = targets.labels >= 0
        self.labels, self.of = self.classes.tolist(), targets.labels
        if not self.known.all():  # labels that are not among the classes get indices, too
            others = np.asarray(y).reshape(-1)[~self.known]
            unknown = metrics.distinct(others)
            self.labels = self.labels + unknown.tolist()
            self.of = self.of.copy()
            self.of[~self.known] = k + metrics.indices(others, unknown)
        self.said = np.empty(n, np.int32)
        self.confidence, self.own, self.second = np.empty((3, n))

    def see(self, part: slice, outputs: "NDArray[Any]") -> None:
        """Keep what is needed of the outputs, which may be many."""
        import numpy as np

        said, k = outputs.argmax(axis=1), len(self.classes)
        rows = np.arange(len(said))
        self.said[part], self.confidence[part] = said, outputs[rows, said]
        self.own[part] = outputs[rows, np.minimum(self.of[part], k - 1)]
        if k == 2:
            second = outputs[:, 1]
            self.second[part] = second - outputs[:, 0].astype(float) if self.no_shares else second

    def measures(self) -> Event:
        """Return the fields of an event."""
        import numpy as np

        from fastnet import metrics

        order = np.arange(len(self.labels))
        counted = metrics.by_class(self.of, self.said, order)
        precision, recall, f1 = counted.macro()
        pairs = np.stack(metrics.confused(self.of, self.said, order), axis=1).tolist()
        matrix = len(order) <= LARGEST
        return {
            "score": float((self.of == self.said).mean()),
            "rmse": None,
            "classes": self._rows(counted, pairs),
            "macro_precision": precision,
            "macro_recall": recall,
            "macro_f1": f1,
            **self._certainty(),
            "confusion": metrics.confusion(self.of, self.said, order) if matrix else None,
            "confused": [
                {"label": self.labels[i], "taken_for": self.labels[j], "times": times}
                for i, j, times in pairs[:PAIRS]
            ],
            "confused_pairs": len(pairs),
        }

    def _rows(self, counted: Any, pairs: list[list[int]]) -> list[Event]:
        """Return a row for each label: the numbers of its samples, and the usual mistake."""
        usual = {i: (self.labels[j], times) for i, j, times in reversed(pairs)}
        rows = []
        for i, label in enumerate(self.labels):
            taken_for, times = usual.get(i, (None, 0))
            rows.append(
                {
                    "label": label,
                    "samples": counted.samples[i],
                    "recognized": counted.right[i],
                    "taken_for": taken_for,
                    "times": times,
                    "answered": counted.answered[i],
                    "precision": counted.precision[i],
                    "recall": counted.recall[i],
                    "f1": counted.f1[i],
                }
            )
        return rows

    def _certainty(self) -> Event:
        """Return the measures of outputs that are probabilities, and why some are left out."""
        import numpy as np

        from fastnet import metrics

        found: Event = {"log_loss": None, "auc": None, "calibration_error": None}
        bins, left = None, {}
        if unknown := not_finite(self.confidence, found):
            return {**found, "calibration": None, "left_out": unknown}
        if not self.known.any():
            left["log_loss"] = "no label of the data is a class of the net"
        elif self.no_probabilities:
            left["log_loss"] = f"{self.no_probabilities} outputs are no probabilities"
        elif self.no_shares:
            left["log_loss"] = f"{self.no_shares} outputs do not add up to 1"
        else:
            own = np.minimum(self.own[self.known], 1)  # of which rounding may leave a little more
            found["log_loss"] = metrics.cost_of(own, self.dtype)
        if not self.no_probabilities:
            right, confidence = self.of == self.said, np.minimum(self.confidence, 1)
            found["calibration_error"] = metrics.calibration_error(right, confidence)
            bins = metrics.calibration(right, confidence)._asdict()
        else:
            left["calibration_error"] = f"{self.no_probabilities} outputs are no probabilities"
        if len(self.classes) == 2:
            own, second = self.of[self.known] == 1, self.second[self.known]
            found["auc"] = metrics.auc(own, second) if len(own) else None
            if len(own) and own.all() == own.any():
                left["auc"] = "the samples are all of one class"
        return {**found, "calibration": bins, "left_out": left}


class OfLabels:
    """Measures of answers that are several labels at once."""

    def __init__(
        self, nets: "Sequence[Network]", targets: "Targets", y: "NDArray[Any]"
    ) -> None:
        self.outputs, self.y = nets[0].outputs, y
        self.wanted = targets.numbers.reshape(-1, self.outputs.n)
        self.dtype = min((net.dtype for net in nets), key=lambda dtype: dtype.itemsize)

    def see(self, part: slice, outputs: "NDArray[Any]") -> None:
        """Keep the outputs."""
        self.found = outputs

    def measures(self) -> Event:
        """Return the fields of an event."""
        import numpy as np

        rows = [self._of_label(k) for k in range(self.outputs.n)]
        names = ("precision", "recall", "f1", "log_loss", "auc", "calibration_error")
        of = {name: np.array([row[name] for row in rows], float) for name in names}
        answers = self.outputs.answers(self.found)

        def mean(values: "NDArray[Any]") -> float:
            return float(np.cumsum(values)[-1] / len(values)) if len(values) else np.nan

        macro = {f"macro_{name}": mean(np.nan_to_num(of[name])) for name in names[:3]}
        others: Event = {name: mean(of[name][~np.isnan(of[name])]) for name in names[3:]}
        score = self.outputs.score(answers, self.y)
        left = not_finite(self.found.sum(axis=1), names[3:])
        return {
            "score": score, "rmse": None, "classes": None, **macro, **others,
            **dict.fromkeys(left), "left_out": left, "labels": rows,
        }  # fmt: skip

    def _of_label(self, k: int) -> Event:
        """Return the measures of one label, which samples have or have not."""
        import numpy as np

        from fastnet import metrics

        wanted, p = self.wanted[:, k], np.minimum(self.found[:, k], 1)
        present, said = wanted > 0.5, self.found[:, k] > 0.5
        counted = metrics.by_class(present, said, [True])
        certain = {
            "log_loss": lambda: metrics.label_log_loss(wanted, p, self.dtype),
            "auc": lambda: metrics.auc(present, p),
            "average_precision": lambda: metrics.average_precision(present, p),
            "calibration_error": lambda: metrics.calibration_error(present, p),
        }
        finite = not np.isnan(p).any()
        return {
            "label": k,
            "samples": counted.samples[0],
            "answered": counted.answered[0],
            "recognized": counted.right[0],
            **{name: getattr(counted, name)[0] for name in ("precision", "recall", "f1")},
            **{name: measure() if finite else None for name, measure in certain.items()},
        }


class OfNumbers:
    """Measures of answers that are numbers."""

    def __init__(
        self, nets: "Sequence[Network]", targets: "Targets", y: "NDArray[Any]"
    ) -> None:
        import numpy as np

        self.outputs, self.y = nets[0].outputs, y
        self.wanted = np.asarray(y, float).reshape(-1, self.outputs.n)

    def see(self, part: slice, outputs: "NDArray[Any]") -> None:
        """Keep the outputs."""
        self.found = outputs

    def measures(self) -> Event:
        """Return the fields of an event."""
        from fastnet import metrics

        rows = [
            {
                "output": k,
                "r_squared": metrics.r_squared(wanted, found),
                "rmse": metrics.rmse(wanted, found),
                "mae": metrics.mae(wanted, found),
                "spread": metrics.spread(wanted),
            }
            for k, (wanted, found) in enumerate(zip(self.wanted.T, self.found.T, strict=True))
        ]
        return {
            "score": self.outputs.score(self.outputs.answers(self.found), self.y),
            "rmse": metrics.rmse(self.wanted, self.found),
            "classes": None,
            "mae": metrics.mae(self.wanted, self.found),
            "spread": metrics.spread(self.wanted),
            "outputs": rows if len(rows) > 1 else [],
        }


def not_finite(outputs: "NDArray[Any]", names: Iterable[str]) -> dict[str, str]:
    """Return why measures of these names are left out: outputs (n,) that are NaN; else nothing."""
    import numpy as np

    n = int(np.isnan(outputs).sum())
    why = f"the outputs for {n:,} sample{'' if n == 1 else 's'} are not finite"
    return dict.fromkeys(names, why) if n else {}
