"""All of a model, in each format that has it: what comes back, labels, and what is refused."""

from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, Network, load
from fastnet.formats import export
from tests.functions import SWISH
from tests.helpers import needed, samples
from tests.model import test_ensemble, test_saving
from tests.model.helpers import small
from tests.model.test_rounded_files import NETS

needed("safetensors")

FORMATS = pytest.mark.parametrize("format", ["fastnet", "json", "safetensors"])
PARTS = ("sizes", "activations", "loss", "dtype", "seed", "history", "stopped", "version", "run")
X, Y = samples(20, 5), np.arange(20) % 3


def same(net: Network, again: Network) -> None:
    """Everything is equal, and of the same types."""
    assert again.digest() == net.digest() and again.task == net.task
    for name in (*PARTS, "origin", "rounding", "feature_names"):
        assert getattr(again, name) == getattr(net, name), name
        assert type(getattr(again, name)) is type(getattr(net, name)), name
    assert again.outputs.column == net.outputs.column and again.encoding == net.encoding
    assert again.outputs.usual_rate == net.outputs.usual_rate
    if net.classes is None:
        assert again.classes is None
    else:
        assert again.classes.tolist() == net.classes.tolist()
        assert again.classes.dtype == net.classes.dtype


@FORMATS
@pytest.mark.parametrize("kind", test_saving.KINDS)
def test_a_net_comes_back_with_all_that_it_has(kind, format, tmp_path):
    net, path = test_saving.KINDS[kind](X), tmp_path / "model"
    report = export(net, format, path)
    assert report == {"format": format, "path": str(path), "bytes": path.stat().st_size}
    again = load(path)
    same(net, again)
    assert again.predict_proba(X).tobytes() == net.predict_proba(X).tobytes()
    before = path.read_bytes()
    export(again, format, path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


@FORMATS
@pytest.mark.parametrize("kind", test_ensemble.KINDS)
def test_an_ensemble_comes_back_with_all_that_it_has(kind, format, tmp_path):
    vote, inputs = test_ensemble.KINDS[kind]()
    export(vote, format, tmp_path / "model")
    again = load(tmp_path / "model", activation=SWISH if kind == "own functions" else None)
    assert isinstance(again, Ensemble) and again.digest() == vote.digest()
    assert test_ensemble.sharing(again) == test_ensemble.sharing(vote)
    for net, other in zip(vote, again, strict=True):
        same(net, other)
    assert again.predict_proba(inputs).tobytes() == vote.predict_proba(inputs).tobytes()


@FORMATS
@pytest.mark.parametrize("to", ["float16", "int8"])
@pytest.mark.parametrize("kind", NETS)
def test_few_bits(kind, to, format, tmp_path, capsys):
    (make, inputs), path = NETS[kind], tmp_path / "model"
    net = make()
    answers = net.predict(inputs)
    report = export(net, format, path, weights=to, data=(inputs, answers))
    again, rounded = load(path), net.rounded(to)
    assert again.digest() == rounded.digest()
    assert again.predict_proba(inputs).tobytes() == rounded.predict_proba(inputs).tobytes()
    assert again.rounding.items() <= report.items() and report["weights"] == to
    assert report["score"] == {
        "samples": len(inputs), "before": pytest.approx(1), "after": rounded.score(inputs, answers),
    }  # fmt: skip
    assert not capsys.readouterr().err, "the report says it"
    for wrong, match in (("float32", "weights: 'float32', wanted one of"), (8, "weights: 8")):
        with pytest.raises(ValueError, match=match):
            export(net, format, tmp_path / "new", weights=wrong)
    assert not (tmp_path / "new").exists()


LABELS: dict[str, Any] = {
    "signs": [-(2**63), 2**63 - 1, 0],
    "unsigned": np.array([0, 1, 2**64 - 1], "u8"),
    "great": [10**30, -(10**30), 7],
    "truth values": [False, True],
    "words": ["", "\x00a", "né\n\U0001f600"],
    "digits": ["1", "2", "03"],
    "bytes": np.array([b"\xff\x00\x01", b"a", b""]),
    "short": np.array([5, -3, 1], ">i2"),
}


@FORMATS
@pytest.mark.parametrize("kind", LABELS)
def test_labels(kind, format, tmp_path):
    labels = LABELS[kind]
    weights = np.ones((2, len(labels)))
    net = Network.from_weights([weights], [weights[0]], ["softmax"], "cross-entropy", labels)
    export(net, format, tmp_path / "model")
    same(net, load(tmp_path / "model"))


@FORMATS
def test_own_functions_are_given_by_their_names(format, tmp_path):
    net, path = small(activation=SWISH), tmp_path / "model"
    export(net, format, path)
    assert load(path, activation=SWISH).digest() == net.digest()
    with pytest.raises(ValueError, match=r"model: layer 0 has functions of your own.*load\(path"):
        load(path)


@FORMATS
def test_numbers_that_json_lacks(format, tmp_path):
    net = small()
    net.history += [{"loss": np.inf, "accuracy": -np.inf, "mine": [{"number": "one"}, 1e300]}]
    export(net, format, tmp_path / "model")
    assert load(tmp_path / "model").history == net.history
    net.history = fastnet.model.history.History([{"loss": float("nan"), "val_loss": np.float32(1)}])
    export(net, format, tmp_path / "model")
    assert repr(load(tmp_path / "model").history) == "[{'loss': nan, 'val_loss': 1.0}]"


@FORMATS
def test_what_load_refuses_is_not_written(format, tmp_path):
    path = tmp_path / "model"
    export(small(), format, path)
    before = path.read_bytes()
    for spoil, match in (
        (lambda net: net.weights[0].fill(np.nan), r"weights(_0)?(\[0\])?: NaN or infinite"),
        (lambda net: net.biases[1].fill(np.inf), r"biases(_1|\[1\]): NaN or infinite"),
        (lambda net: setattr(net, "seed", "x"), "seed: 'x', wanted a whole number"),
        (lambda net: net.history.append({"loss": "low"}), r"history\[2\] loss: 'low'"),
    ):
        net = small()
        spoil(net)
        with pytest.raises((TypeError, ValueError), match=match):
            export(net, format, path)
        assert path.read_bytes() == before
    with pytest.raises(TypeError, match="model: int, wanted a Network or an Ensemble"):
        export(5, format, path)
    with pytest.raises(TypeError, match=f"input: no option of the format {format!r}"):
        export(small(), format, path, input="uint8")
    with pytest.raises(OSError, match="no such"):
        export(small(), format, tmp_path / "no such" / "model")
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


@FORMATS
def test_what_the_file_says_itself_is_not_given(format, tmp_path):
    export(small(), format, tmp_path / "model")
    for given in ({"classes": [1, 2, 3]}, {"task": "regression"}, {"pixels": True}):
        name = next(iter(given))
        with pytest.raises(ValueError, match=f"{name}: .*model is of fastnet and says it"):
            load(tmp_path / "model", **given)


@FORMATS
def test_a_net_that_came_back_learns_on(format, tmp_path):
    net = small()
    export(net, format, tmp_path / "model")
    again = load(tmp_path / "model")
    for each in (net, again):
        each.partial_fit(X, Y)
    assert again.digest() == net.digest()


def test_the_same_decimals_in_the_terminal(tmp_path):
    """Out, in and out again: `fastnet export`, `info` and `evaluate`."""
    from tests.model.test_archive import in_one_line

    np.savez(tmp_path / "data.npz", X=X, y=Y)
    small().save(tmp_path / "net.npz")
    data = "--data", tmp_path / "data.npz"
    for format in ("json", "safetensors", "fastnet"):
        first, second = tmp_path / f"1.{format}", tmp_path / f"2.{format}"
        few = "--weights", "int8", *data
        assert in_one_line("export", format, tmp_path / "net.npz", "--out", first, *few)
        assert in_one_line("export", format, first, "--out", second)
        assert in_one_line("info", first) and in_one_line("info", first, "--json")
        assert in_one_line("evaluate", first, *data) and in_one_line("predict", second, *data)
        assert load(second).digest() == small().rounded("int8").digest()
