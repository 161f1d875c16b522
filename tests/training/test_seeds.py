"""Nets of several seeds: the bits of each alone; what is kept when something fails."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse

import fastnet
from fastnet import Diverged, Ensemble, train, train_seeds
from fastnet.cores import cores
from fastnet.data import samples as data
from fastnet.options import Options
from fastnet.training import teams
from fastnet.training.seeds import several
from tests.helpers import samples
from tests.people import classes, numbers, people

X, Y = samples(60, 5), np.arange(60) % 3
OPTIONS = {"hidden": (6,), "epochs": 3}


def alone(seed: int, **options):
    return train(X, Y, seed=seed, **{**OPTIONS, **options})


@pytest.mark.parametrize("threads", [1, 3, "auto"])
def test_nets_are_those_of_the_seeds_alone(threads):
    options = {"validation_data": (X, Y), "schedule": "linear", "activation": "tanh"}
    nets = train_seeds(X, Y, 4, threads=threads, **OPTIONS, **options)
    assert [net.seed for net in nets] == [0, 1, 2, 3]
    for seed, net in enumerate(nets):
        wanted = alone(seed, **options)
        assert net.digest() == wanted.digest() and net.run == wanted.run
        assert [r["val_loss"] for r in net.history] == [r["val_loss"] for r in wanted.history]
    assert len({net.digest() for net in nets}) == 4


def test_threads_that_have_no_net_of_their_own_help_the_others(monkeypatch):
    asked, real = [], teams.teams
    monkeypatch.setattr(teams, "teams", lambda most, n: asked.append(n) or real(most, n))
    options = {"hidden": (130,), "epochs": 2}
    for seeds, threads, each in [(1, "auto", cores()), (2, 6, 3), (4, 6, 1), (3, 2, 1)]:
        asked.clear()
        nets = train_seeds(X, Y, seeds, threads=threads, **options)
        assert asked == [each] * seeds
        assert [(net.digest(), net.run) for net in nets] == [
            (net.digest(), net.run) for net in (alone(seed, **options) for seed in range(seeds))
        ]


def test_seeds_may_be_named():
    nets = train_seeds(X, Y, iter([7, np.int64(2)]), **OPTIONS)
    assert [net.digest() for net in nets] == [alone(7).digest(), alone(2).digest()]


@pytest.mark.parametrize("form", [scipy.sparse.csr_array, np.asfortranarray, np.ndarray.tolist])
def test_data_of_every_form(form):
    [net] = train_seeds(form(X), Y.tolist(), [1], **OPTIONS)
    assert net.digest() == alone(1).digest()
    [again] = train_seeds(form(X), Y, [1], init=alone(0, dtype="float64"), epochs=1)
    assert again.digest() == train(X, Y, init=alone(0, dtype="float64"), epochs=1, seed=1).digest()


def test_data_are_checked_and_hashed_once(monkeypatch):
    hashed = []
    real = data.Hash
    monkeypatch.setattr(data, "Hash", lambda x: hashed.append(x) or real(x))
    nets = train_seeds(X, Y, 5, **OPTIONS)
    assert len(hashed) == 1 and len(nets) == 5


def test_validation_data_are_encoded_and_hashed_once(monkeypatch):
    from fastnet.tables import Encoding

    y, judges = classes(FRAME), (FRAME[:40], classes(FRAME)[:40])
    options = {"hidden": (4,), "epochs": 2, "encode": "table", "validation_data": judges}
    wanted = [train(FRAME, y, seed=seed, **options) for seed in range(3)]
    hashed, encoded = [], []
    real, samples_of = data.Hash, Encoding.samples
    monkeypatch.setattr(data, "Hash", lambda x: hashed.append(x) or real(x))
    monkeypatch.setattr(
        Encoding, "samples", lambda self, *more: encoded.append(1) or samples_of(self, *more)
    )
    for net, other in zip(train_seeds(FRAME, y, 3, **options), wanted, strict=True):
        assert net.digest() == other.digest() and net.run == other.run
        assert [r["val_loss"] for r in net.history] == [r["val_loss"] for r in other.history]
    assert len(encoded) == len(hashed) == 2, "those to learn, and those that judge"
    plain = {**OPTIONS, "validation_data": (X, Y)}
    once = {**OPTIONS, "validation_data": iter((X, Y))}
    assert train_seeds(X, Y, 3, **once)[2].run == train(X, Y, seed=2, **plain).run
    for wrong, said in (((X[:, :3], Y), "validation_data X: 3 features"), (X, "validation_data: ")):
        with pytest.raises((TypeError, ValueError), match=said):
            train_seeds(X, Y, 2, validation_data=wrong)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"seeds": 0}, ValueError, "seeds: 0, wanted a whole number >= 1"),
        ({"seeds": []}, ValueError, r"seeds: \[\], wanted some, each of them once"),
        ({"seeds": [1, 2, 1]}, ValueError, r"seeds: \[1, 2, 1\], wanted some, each of them once"),
        ({"seeds": [1, -2]}, ValueError, "seeds: -2, wanted a whole number >= 0"),
        ({"seeds": 2.5}, ValueError, "seeds: 2.5, wanted a whole number >= 1"),
        ({"seeds": None}, ValueError, "seeds: None, wanted a whole number >= 1"),
        ({"threads": 0}, ValueError, "threads: 0, wanted a whole number >= 1"),
        ({"seed": 1}, TypeError, "seed: given, wanted it in seeds"),
        ({"checkpoint": "run.npz"}, ValueError, "checkpoint: 'run.npz', which many runs cannot"),
        ({"epochs": -1}, ValueError, "epochs: -1, wanted"),
        ({"dtype": "float16"}, ValueError, "dtype: 'float16', wanted"),
        ({"hiden": (3,)}, TypeError, "hiden"),
        ({"seeds": True}, ValueError, "seeds: True, wanted a whole number >= 1"),
        ({"seeds": 10**30}, ValueError, "seeds: 10+, wanted a whole number from 1 to 1048576"),
        ({"seeds": [2**128]}, ValueError, "seeds: .*, wanted a whole number from 0 to"),
        ({"threads": np.ones(2)}, ValueError, r"threads: an array of shape \(2,\), wanted"),
        ({"threads": 2.0}, ValueError, "threads: 2.0, wanted a whole number >= 1, or 'auto'"),
        ({"on_net": "x"}, TypeError, "on_net: 'x', wanted a function"),
        ({"on_progress": 3}, TypeError, "on_progress: 3, wanted a function"),
        ({"on_epoch": "x"}, TypeError, "on_epoch: 'x', wanted a function"),
        ({"shuffle": "no"}, TypeError, "shuffle: 'no', wanted True or False"),
        ({"hidden": 30}, TypeError, r"hidden: 30, wanted a sequence of sizes such as \(30,\)"),
        ({"validation_data": (X[:, :3], Y)}, ValueError, "validation_data X: 3 features"),
    ],
)
def test_bad_arguments(options, error, said):
    with pytest.raises(error, match=said):
        train_seeds(X, Y, **options)


def test_what_can_be_read_once_is_enough_for_all():
    options = {"hidden": (3,), "activation": ["tanh", "sigmoid"], "epochs": 1}
    options["start"] = [np.full((X.shape[1], 3), 0.5), np.full((3, len({*Y.tolist()})), 0.25)]
    wanted = train_seeds(X, Y, np.array(2), threads=np.array(1), **options)
    once = {n: iter(v) if n in ("hidden", "activation", "start") else v for n, v in options.items()}
    nets = train_seeds(X, Y, iter([0, 1]), dtype=None, **once)
    assert [net.digest() for net in nets] == [net.digest() for net in wanted]
    given = train_seeds(X, Y, 2, init=nets[0], hidden=[3], activation="tanh", epochs=1)
    assert given[1].digest() == train(X, Y, init=nets[0], seed=1, epochs=1).digest()
    with pytest.raises(ValueError, match="activation: relu, sigmoid, but init has tanh"):
        train_seeds(X, Y, 2, init=nets[0], activation="relu")


def ended(threads_before):
    """Wait until no thread is left that was not there before."""
    while {*threading.enumerate()} - threads_before:
        time.sleep(0.01)


@pytest.mark.parametrize("threads", [1, 2])
def test_what_was_ready_is_kept_when_one_fails(threads):
    before = {*threading.enumerate()}
    told = []

    def on_epoch(net, record):
        if net.seed == 2:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        train_seeds(X, Y, 50, threads=threads, on_net=told.append, on_epoch=on_epoch, **OPTIONS)
    kept = caught.value.networks
    assert {net.seed for net in told} <= {net.seed for net in kept}
    assert 2 not in {net.seed for net in kept} and 0 < len(kept) < 50
    assert all(net.digest() == alone(net.seed).digest() for net in kept)
    assert caught.value.network.seed == 2
    ended(before)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
def test_a_net_that_diverges():
    with pytest.raises(Diverged) as caught:
        train_seeds(X, X, 3, hidden=(), learning_rate=1e30)
    assert caught.value.networks == [] and caught.value.network.is_finite()


@pytest.mark.skipif(os.name == "nt", reason="has no such signals")
def test_ctrl_c_ends_all_and_keeps_what_is_ready():
    before = {*threading.enumerate()}

    def on_net(net):
        os.kill(os.getpid(), signal.SIGINT)

    def on_epoch(net, record):
        return net.seed == 3  # the others would go on for hours

    with pytest.raises(KeyboardInterrupt) as caught:
        train_seeds(X, Y, 4, threads=4, hidden=(6,), epochs=10**8, on_epoch=on_epoch, on_net=on_net)
    assert [net.seed for net in caught.value.networks] == [3]
    assert caught.value.networks[0].digest() == alone(3, epochs=10**8, on_epoch=on_epoch).digest()
    ended(before)


def test_each_line_says_which_seed(capsys):
    train_seeds(X, Y, [3, 8], **OPTIONS, verbose=True, threads=2)
    lines = capsys.readouterr().err.splitlines()
    begun = [line.partition(": loss ")[0] for line in lines]
    assert sorted(begun) == [f"seed {s}: epoch {k}" for s in (3, 8) for k in range(3)]
    alone(3, verbose=True)
    assert capsys.readouterr().err.startswith("epoch 0: loss ")


def test_ctrl_c_before_all_have_begun_ends_those_that_have(monkeypatch):
    before, submit, begun = {*threading.enumerate()}, ThreadPoolExecutor.submit, []

    def pressed(pool, *arguments):
        if len(begun) == 2:
            raise KeyboardInterrupt
        begun.append(submit(pool, *arguments))
        return begun[-1]

    with monkeypatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "submit", pressed)
        with pytest.raises(KeyboardInterrupt) as caught:
            train_seeds(X, Y, 4, threads=2, hidden=(6,), epochs=10**8)
    assert caught.value.networks == [] and len(caught.value.unfinished) <= 2
    ended(before)


def test_an_error_has_the_nets_that_were_ready_and_those_that_had_begun():
    X, y = samples(40, 3), np.arange(40) % 2
    began = threading.Event()

    def on_net(net):
        assert began.wait(60)
        raise OSError("the disk is full")

    def on_epoch(net, record):
        if net.seed == 1:
            began.set()
        return net.seed == 0  # it is ready at once

    with pytest.raises(OSError, match="full") as caught:
        fastnet.train_seeds(
            X, y, 4, threads=2, hidden=(3,), epochs=10**6, on_net=on_net, on_epoch=on_epoch
        )
    assert [net.seed for net in caught.value.networks] == [0]
    assert 1 in [net.seed for net in caught.value.unfinished]
    for net in caught.value.unfinished:
        assert net.stopped is None and net.is_finite()
        n = min(3, len(net.history))
        if n == 0:
            continue
        wanted = fastnet.train(X, y, hidden=(3,), epochs=10**6, seed=net.seed, on_epoch=ends(n))
        assert [r["loss"] for r in net.history[:n]] == [r["loss"] for r in wanted.history[:n]]


def ends(n):
    """A callback that ends a run after n epochs."""
    return lambda net, record: len(net.history) == n


# Nets that answer together --------------------------------------------------------------------

FRAME = people(120)


def test_they_answer_together_and_are_a_sequence(tmp_path):
    nets = train_seeds(X, Y, 3, **OPTIONS)
    assert isinstance(nets, Ensemble) and len(nets) == 3 and nets[1].seed == 1
    mean = np.mean([net.predict_proba(X).astype("f8") for net in nets], axis=0)
    assert np.allclose(nets.predict_proba(X), mean, rtol=0, atol=1e-15)
    nets.save(tmp_path / "nets.npz")
    assert fastnet.load(tmp_path / "nets.npz").digest() == nets.digest()


@pytest.mark.parametrize("y", [classes(FRAME), numbers(FRAME)], ids=["classes", "numbers"])
def test_nets_that_saw_other_rows_have_one_face(y):
    """Words and categories that only some of them have seen change no column and no class."""
    frame = FRAME.assign(job=[f"job {k % 40}" for k in range(120)], constant=0.0)
    frame.loc[0, "constant"] = 1.0  # left out by those that do not learn the first row
    nets = train_seeds(
        frame, y, 6, hidden=(4,), epochs=1, validation_fraction=0.5, encode="table", verbose=False
    )
    assert len({net.sizes[0] for net in nets}) > 1, "they have other inputs"
    assert nets.n_features == 5 and nets.feature_names == tuple(frame.columns)
    with pytest.warns(fastnet.LearningWarning, match="job.*; other networks") as given:
        answers = nets.predict(frame)
    assert len(answers) == 120 and len(given) == 1


def test_what_a_callback_spoils_is_kept_all_the_same():
    def on_epoch(net, record):
        net.classes = ["a", "b", "c"] if net.seed else ["d", "e", "f"]

    with pytest.raises(ValueError, match=r"^nets\[1\]: classes") as caught:
        train_seeds(X, Y, 3, on_epoch=on_epoch, **OPTIONS)
    assert len(caught.value.networks) == 3


def together(X, y, common, own, threads=2):
    each = [Options.of({**common, **options}) for options in own]
    return several(X, y, Options.of(common), each, threads)


@pytest.mark.parametrize("threads", [1, 2])
def test_nets_that_see_other_rows_share_the_encoding(threads):
    common = {"hidden": (4,), "epochs": 2, "encode": "table"}
    rng = np.random.default_rng(0)
    weights = [rng.integers(0, 3, 120).astype(float) for _ in range(3)]
    own = [{"seed": seed, "sample_weight": w} for seed, w in enumerate(weights)]
    nets = together(FRAME, classes(FRAME), common, own, threads)
    assert nets.encoding == train(FRAME, classes(FRAME), **common).encoding
    samples = nets[0].samples(FRAME)
    for options, net in zip(own, nets, strict=True):
        assert net.encoding is nets.encoding
        wanted = train(samples, classes(FRAME), **common, **options)
        assert net.digest() == wanted.digest()


@pytest.mark.parametrize("fraction", [None, 0.5])
def test_each_net_may_continue_from_its_own(fraction):
    y, held = numbers(FRAME), {} if fraction is None else {"validation_fraction": fraction}
    first = train_seeds(FRAME, y, 3, hidden=(4,), epochs=1, encode="table", **held)
    own = [{"seed": 7 + k, "init": net} for k, net in enumerate(first)]
    nets = together(FRAME, y, {"epochs": 2}, own)
    for options, net in zip(own, nets, strict=True):
        assert net.digest() == train(FRAME, y, epochs=2, **options).digest()
    assert (nets.encoding is None) == (fraction is not None)


def test_inits_that_do_not_fit_each_other():
    other = train(X, Y + 1, **OPTIONS)
    with pytest.raises(ValueError, match=r"nets\[1\]: classes"):
        together(X, Y, {"epochs": 1}, [{"seed": 0, "init": alone(0)}, {"seed": 1, "init": other}])
