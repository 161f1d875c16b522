"""Files of several nets: what comes back, what stands in them, and what is refused."""

import copy
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, Network, load, train
from fastnet.formats.loading import is_model
from tests.functions import SOFTSIGN, SWISH
from tests.helpers import ROOT, samples
from tests.model.test_archive import MANY, changes, in_one_line, parts, signed
from tests.model.test_ensemble import KINDS, sharing
from tests.people import classes, numbers, people

FRAME = people(60)
SMALL: dict[str, Any] = {"hidden": (3,), "epochs": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Files of nets that share an encoding, and of nets that have their own."""
    folder = tmp_path_factory.mktemp("ensembles")
    X, y = samples(40, 4), np.arange(40) % 3
    np.savez(folder / "data.npz", X=X, y=y)
    plain = fastnet.train_seeds(X, y, 2, **SMALL)
    for net in plain:
        net.run["source"] = str(folder / "data.npz")
    plain.save(folder / "plain.npz")
    shared = fastnet.train_seeds(FRAME, classes(FRAME), 2, encode="table", **SMALL)
    shared.save(folder / "shared.npz")
    held = {"validation_fraction": 0.5, "encode": "table", **SMALL}
    fastnet.train_seeds(FRAME, numbers(FRAME), 2, **held).save(folder / "own.npz")
    return folder


NAMES = pytest.mark.parametrize("name", ["plain", "shared", "own"])


# What comes back ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_ensemble_comes_back_bit_for_bit(kind, tmp_path):
    vote, inputs = KINDS[kind]()
    path = tmp_path / "model"
    vote.save(path)
    again = load(path, activation=SWISH if kind == "own functions" else None)
    assert [each.name for each in tmp_path.iterdir()] == ["model"]
    assert isinstance(again, Ensemble) and again.digest() == vote.digest()
    assert again.predict_proba(inputs).tobytes() == vote.predict_proba(inputs).tobytes()
    assert again.predict(inputs).tolist() == vote.predict(inputs).tolist()
    assert sharing(again) == sharing(vote)
    for net, other in zip(vote, again, strict=True):
        for name in ("sizes", "activations", "loss", "dtype", "seed", "history", "version", "run"):
            assert getattr(other, name) == getattr(net, name), name
        assert other.encoding == net.encoding and other.outputs.column == net.outputs.column
    first = path.read_bytes()
    again.save(path)
    assert path.read_bytes() == first


def test_own_functions_are_given_by_their_names(tmp_path):
    X, y, path = samples(40, 4), np.arange(40) % 3, tmp_path / "model"
    nets = [train(X, y, activation=pair, **SMALL) for pair in (SWISH, SOFTSIGN, "tanh")]
    Ensemble(nets).save(path)
    assert load(path, activation=[SOFTSIGN, SWISH]).digest() == Ensemble(nets).digest()
    for given in (None, SWISH, [SOFTSIGN]):
        with pytest.raises(ValueError, match="model: layer 0 has functions of your own, "):
            load(path, activation=given)
    with pytest.raises(TypeError, match=r"^activation: 5, wanted \(f, f_prime\)"):
        load(path, activation=5)


def test_running_encodings_are_of_one_net_each(tmp_path):
    vote, _ = KINDS["running"]()
    twice = Ensemble([vote[0], vote[0], vote[1]])
    twice.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert len({id(net.encoding) for net in again}) == 3 and again[0].encoding.running
    again[0].partial_fit(FRAME, classes(FRAME))
    assert again[0].encoding != again[1].encoding == vote[0].encoding


# What stands in it ----------------------------------------------------------------------------


@NAMES
def test_each_encoding_stands_there_once(folder, name):
    about, arrays = parts(folder / f"{name}.npz")
    assert (about["format_version"], about["needs"]) == (4, ["ensemble"])
    both = about["ensemble"]
    assert len(both["encodings"]) == {"plain": 0, "shared": 1, "own": 2}[name]
    places = {"plain": [None, None], "shared": [0, 0], "own": [0, 1]}[name]
    assert [net.get("encoding") for net in both["nets"]] == places
    needs = {"plain": None, "shared": ["encoding"], "own": ["encoding", "units"]}[name]
    assert [net.get("needs") for net in both["nets"]] == [needs, needs]
    assert {each.partition("_w")[0] for each in arrays if "weights" in each} == {"net_0", "net_1"}
    assert is_model(folder / f"{name}.npz")


def test_a_network_has_the_bytes_that_it_had(tmp_path):
    """Also after it has answered in an ensemble."""
    net = load(ROOT / "tests" / "files" / "version_3.npz")
    before = (ROOT / "tests" / "files" / "version_3.npz").read_bytes()
    Ensemble([net, net]).save(tmp_path / "both")
    for one in (net, load(tmp_path / "both")[0], load(tmp_path / "both")[1]):
        one.save(tmp_path / "net")
        assert (tmp_path / "net").read_bytes() == before


def test_a_file_of_version_4_is_read(tmp_path):
    """Written by fastnet 0.2.0: three nets on a table, of which two share an encoding."""
    path = ROOT / "tests" / "files" / "version_4.npz"
    vote = load(path)
    assert vote.digest() == "93971900587c048d5a97dc12b42f4d7f4392abd076504146bc23fff4adc0a513"
    assert vote.classes.tolist() == ["no", "né"] and vote.feature_names[1] == "pay"
    assert vote[0].encoding is vote[1].encoding != vote[2].encoding
    assert [net.dtype.name for net in vote] == ["float32", "float32", "float64"]
    X = [
        {"age": 30, "pay": 50_000.0, "job": "job a", "member": True},
        {"age": 60, "pay": None, "job": "job b", "member": False},
    ]
    wanted = [[0.4751021549571129, 0.5248978450428871], [0.34128031862434877, 0.6587196913097587]]
    assert vote.predict_proba(X).tolist() == wanted
    assert vote.predict_one(X[1]) == vote.predict(X)[1] == "né"
    vote.save(tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == path.read_bytes()


# What is refused ------------------------------------------------------------------------------


def refused(path: Path, match: str | None = None) -> None:
    with pytest.raises(ValueError, match=match) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and message.isprintable()
    assert len(message) < len(str(path)) + 300


@pytest.mark.parametrize(
    "name", ["shared", *(pytest.param(name, marks=pytest.mark.heavy) for name in ("plain", "own"))]
)
@MANY
def test_any_json(folder, tmp_path, name, many):
    chance, path, count = random.Random(name), tmp_path / "m.npz", 0
    about, arrays = parts(folder / f"{name}.npz")
    signed(path, about, arrays)
    assert load(path).digest() == load(folder / f"{name}.npz").digest()
    inputs = samples(5, 4) if name == "plain" else FRAME.to_numpy(object)[:5]
    for changed in changes(about, chance, many):
        signed(path, changed, arrays)
        try:
            vote = load(path)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ") and str(error).isprintable()
            count += 1
            if chance.random() < 0.1:
                assert not in_one_line("info", path)
            continue
        if vote.feature_names or name == "plain":  # else the file says that orders differ
            vote.predict(inputs)
        if chance.random() < 0.3:
            assert in_one_line("info", path), changed
            assert in_one_line("info", path, "--json")
            in_one_line("info", path, "--toml")
            if name == "plain":
                in_one_line("evaluate", path, folder / "data.npz")
    assert count > 30 * many


def test_nets_that_do_not_fit_each_other(folder, tmp_path):
    path = tmp_path / "m.npz"
    about, arrays = parts(folder / "plain.npz")
    for change, match in (
        ({"net_1_classes": np.arange(1, 4)}, r"nets\[1\]: classes \[1, 2, 3\], wanted \[0, 1, 2\]"),
        ({"net_1_weights_0": np.zeros((5, 3), "f4")}, r"nets\[1\]: inputs 5, wanted 4"),
        ({"net_1_weights_0": np.zeros((4, 2), "f4")}, "layer 0: shapes"),
        ({"net_0_biases_1": np.full(3, np.nan, "f4")}, "net_0_biases_1: NaN or infinite"),
        ({"net_2_weights_0": np.zeros((4, 3), "f4")}, "it holds"),
        ({"weights_0": np.zeros((4, 3), "f4")}, "it holds"),
        ({"checkpoint_params": np.zeros(9)}, "it holds"),
    ):
        signed(path, about, {**arrays, **change})
        refused(path, match)
    for name in arrays:
        signed(path, about, {other: arrays[other] for other in arrays if other != name})
        refused(path)


def changed(about: dict[str, Any], change: Any) -> dict[str, Any]:
    about = copy.deepcopy(about)
    change(about)
    return about


def test_what_an_ensemble_may_not_say(folder, tmp_path):
    path = tmp_path / "m.npz"
    about, arrays = parts(folder / "shared.npz")
    encoding = about["ensemble"]["encodings"][0]
    more = ["ensemble", "votes"]
    for change, match in (
        (lambda a: a.update(format_version=3), "needs: .*, wanted .*, in version 4"),
        (lambda a: a.update(format_version=6), "version 6, wanted .* to version 5"),
        (lambda a: a.update(needs=[]), r"needs: \[\], wanted \['ensemble'\]"),
        (lambda a: a.update(needs=more), "it needs 'votes', wanted a newer version"),
        (lambda a: a.update(encoding=encoding, needs=["ensemble", "encoding"]), "encoding"),
        (lambda a: a.update(checkpoint={}), "checkpoint"),
        (lambda a: a["ensemble"].update(nets=[]), "it holds"),
        (lambda a: a["ensemble"].update(encodings=[]), "encodings: 0, wanted each of them in use"),
        (lambda a: a["ensemble"].update(encodings=[encoding] * 2), "encodings: 2, wanted each"),
        (lambda a: a["ensemble"]["nets"][1].update(encoding=1), "encodings: 1, wanted each"),
        (lambda a: a["ensemble"]["nets"][1].update(encoding=-1), "wanted a whole number"),
        (lambda a: a["ensemble"]["nets"][1].update(encoding=encoding), r"nets\[1\] encoding"),
        (lambda a: a["ensemble"]["nets"][1].update(encoding=None), r"nets\[1\]|needs: "),
        (lambda a: a["ensemble"]["nets"][1].update(needs=["encoding", "x"]), "it needs 'x'"),
        (lambda a: a["ensemble"]["nets"][1].update(ensemble={}), r"nets\[1\] ensemble: .* none"),
        (lambda a: a["ensemble"]["nets"][0].pop("activations"), r"nets\[0\] activations: missing"),
    ):
        signed(path, changed(about, change), arrays)
        refused(path, match)
    running = {**fastnet.train_stream([(FRAME, classes(FRAME))]).encoding.to_dict()}
    signed(path, changed(about, lambda a: a["ensemble"].update(encodings=[running])), arrays)
    refused(path, "a running one is of several nets")


def test_cuts_and_bits(folder, tmp_path):
    chance, path = random.Random(3), tmp_path / "m.npz"
    whole = (folder / "shared.npz").read_bytes()
    digest = load(folder / "shared.npz").digest()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        refused(path)
    for _ in range(300):
        bits = bytearray(whole)
        for _ in range(chance.choice([1, 1, 3, 20])):
            bits[chance.randrange(len(whole))] = chance.randrange(256)
        path.write_bytes(bits)
        try:
            assert load(path).digest() == digest
        except ValueError as error:
            assert str(error).startswith(f"{path}: ") and str(error).isprintable()


def test_what_load_refuses_is_not_saved(folder, tmp_path):
    path = tmp_path / "m.npz"
    path.write_bytes((folder / "plain.npz").read_bytes())
    whole = path.read_bytes()
    for spoil, match in (
        (lambda vote: vote[1].weights[0].fill(np.nan), r"weights\[0\]: NaN or infinite"),
        (lambda vote: setattr(vote[0], "seed", "x"), r"nets\[0\] seed: 'x', wanted a whole number"),
    ):
        vote = load(path)
        spoil(vote)
        with pytest.raises(ValueError, match=match):
            vote.save(path)
        assert path.read_bytes() == whole
    for wrong in (2, None, True, ["m.npz"]):
        with pytest.raises(TypeError, match=r"^path: .*, wanted a path"):
            vote.save(wrong)
    assert [each.name for each in tmp_path.iterdir()] == ["m.npz"]


def test_functions_with_equal_names_cannot_be_saved(tmp_path):
    def named(name):
        import numba

        f, f_prime = (lambda z: z, lambda z: 1.0) if name else (lambda z: 2 * z, lambda z: 2.0)
        return numba.njit(f), numba.njit(f_prime)

    X, y = samples(40, 4), np.arange(40) % 3
    nets = [train(X, y, activation=named(k), **SMALL) for k in (0, 1)]
    with pytest.raises(ValueError, match="two pairs of functions with the same names"):
        Ensemble(nets).save(tmp_path / "m.npz")


def test_a_checkpoint_is_no_ensemble(folder):
    X, y = samples(40, 4), np.arange(40) % 3
    with pytest.raises(ValueError, match=r"plain.npz holds a network, wanted a run's file"):
        train(X, y, checkpoint=folder / "plain.npz", resume=True)
    with pytest.raises(TypeError, match="init: Ensemble, wanted a Network"):
        train(X, y, init=load(folder / "plain.npz"))
    with pytest.raises(TypeError, match="init: Ensemble, wanted a Network"):
        fastnet.train_stream(zip(X, y, strict=True), init=load(folder / "plain.npz"))


def test_many_nets(tmp_path):
    nets = [Network.initialise((2, 2), ["sigmoid"], seed=k) for k in range(300)]
    Ensemble(nets).save(tmp_path / "m.npz")
    assert load(tmp_path / "m.npz").digest() == Ensemble(nets).digest()
