"""Warnings of runs that go wrong: each is given once, with its cause; those that go well have none.

The inputs are of the kinds that people have: raw columns of tables, pixels as other numbers than
bytes, rates copied from elsewhere, whole numbers as targets.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import fastnet
from fastnet import Network, datasets, signs
from fastnet.data import Samples
from tests.helpers import COMPILED, samples

N = 400 if COMPILED else 60
RNG = np.random.default_rng(7)
UNIT = RNG.standard_normal((N, 8))
SUM = UNIT @ RNG.standard_normal(8) / np.sqrt(8)  # what can be learned of it, about 1
TWO, THREE = (SUM > 0).astype(int), np.digitize(SUM, [-0.5, 0.5])
NETS: dict[str, dict[str, Any]] = {
    "sigmoid": {},
    "tanh": {"activation": "tanh", "loss": "cross-entropy"},
    "relu": {"activation": "relu", "loss": "cross-entropy"},
    "float64": {"activation": "scaled-tanh", "dtype": "float64", "hidden": (16,)},
}
EACH_NET = pytest.mark.parametrize("options", [*NETS.values()][: 4 if COMPILED else 2])


def heard(function: Callable[..., Any], *arguments: Any, **options: Any) -> list[str]:
    """What a call says, each time it says it; a run may break down after that."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"fastnet\.kernels")
        try:
            function(*arguments, **options)
        except fastnet.Diverged:
            assert found
    assert {w.category for w in found} <= {fastnet.LearningWarning}
    assert {w.filename for w in found} <= {__file__}
    return [str(w.message) for w in found]


def alone(X: Any, y: Any, **options: Any) -> Network:
    """A short run: what is said of data is said at its start."""
    return fastnet.train(X, y, **{"epochs": 2, **options})


def in_batches(X: Any, y: Any, **options: Any) -> Network:
    batches = [(X[k : k + 50], y[k : k + 50]) for k in range(0, len(X), 50)]
    return fastnet.train_stream(batches, **options)


def one_by_one(X: Any, y: Any, **options: Any) -> Network:
    return fastnet.train_stream(zip(X, np.asarray(y).tolist(), strict=True), **options)


def seeds(X: Any, y: Any, **options: Any) -> list[Network]:
    return fastnet.train_seeds(X, y, 3, threads=2, **{"epochs": 2, **options})


def fit(X: Any, y: Any, **options: Any) -> None:
    """Three calls, of which the first may say something."""
    learned = {name: options.pop(name) for name in ["learning_rate"] if name in options}
    net = fastnet.train(np.zeros_like(X[:9], float), y[:9], epochs=0, **options)
    for part in range(3):
        net.partial_fit(X[part::3], y[part::3], **learned)


# As plain Python, the kernels take their time: two nets and two doors stand for all.
DOORS = [in_batches, alone, one_by_one, seeds, fit][: 5 if COMPILED else 2]
EACH_DOOR = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
EACH_RUN = pytest.mark.parametrize("door", DOORS[:4], ids=lambda door: door.__name__)


# Inputs ---------------------------------------------------------------------------------------


def pixels(n: int = N, features: int = 64) -> np.ndarray:
    """Bytes as in images: in half of the places there is something, up to 255."""
    rng = np.random.default_rng(1)
    return (rng.integers(0, 256, (n, features)) * (rng.random((n, features)) > 0.5)).astype("u1")


@EACH_NET
@EACH_DOOR
@pytest.mark.parametrize("kind", ["i8", "u2", "f4", "f8", ">f8"])
def test_pixels_that_are_no_bytes(kind, door, options):
    (said,) = heard(door, pixels().astype(kind), TWO, **options)
    assert said.startswith("X: values up to 255, wanted about 1: ")
    assert "divide by 255, or give uint8" in said


@EACH_NET
def test_pixels_of_two_bytes_and_of_bits(options):
    (said,) = heard(alone, pixels().astype("u2") * 257, TWO, **options)
    assert said.endswith("divide by 65,535")
    (said,) = heard(alone, (pixels() > 0).astype("u1"), TWO, **options)
    assert said.startswith(
        "X: uint8 is taken as pixels, v / 255, but these are at most 1; give X.as"
    )
    (said,) = heard(alone, sparse.csr_array((pixels() > 99).astype("u1")), TWO, **options)
    assert "at most 1;" in said


@EACH_NET
@EACH_DOOR
@pytest.mark.parametrize(
    ("column", "scale", "shift"),
    [(3, 700, 0), (5, 1, 900), (0, 30_000, 50_000), (7, 1e20, 0), (2, 1e9, 1e12)],
)
def test_a_raw_column_is_named(column, scale, shift, door, options):
    X = UNIT.copy()
    X[:, column] = X[:, column] * scale + shift
    (said,) = heard(door, X, THREE, **options)
    assert said.startswith("X: values up to ")
    assert f"(column {column})" in said
    assert said.endswith("standardise the columns: (X - X.mean(0)) / X.std(0)")


def test_a_frame_has_names_of_its_columns():
    import pandas
    X = pandas.DataFrame(UNIT, columns=["age", "pay", *"abcdef"])
    X["pay"] = X["pay"] * 20_000 + 60_000
    for door in (alone, seeds):
        (said,) = heard(door, X, TWO)
        assert "(column pay)" in said


@EACH_NET
@pytest.mark.parametrize("value", [-2000, 1e5])
def test_a_large_constant_column(value, options):
    X = np.column_stack([UNIT, np.full(N, value)])
    (said,) = heard(alone, X, TWO, **options)
    assert "(column 8)" in said and "leave constant columns out" in said


@EACH_NET
@EACH_DOOR
@pytest.mark.parametrize("scale", [1e-30, 1e-6])
def test_inputs_too_small_to_tell_apart(scale, door, options):
    (said,) = heard(door, UNIT * scale, TWO, **options)
    assert said.startswith("X: the values of each column lie within ")


@EACH_NET
def test_samples_that_are_all_equal(options):
    for X in (
        np.ones((N, 3)),
        np.zeros((N, 5), "f4"),
        np.zeros((N, 4), "i8"),
        sparse.csr_array((N, 9)),
    ):
        (said,) = heard(alone, X, TWO, **options)
        assert "looked at are equal: there is nothing to learn" in said


@EACH_DOOR
@pytest.mark.parametrize("rate", [1e9, 1e4])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "scaled-tanh"])
def test_absurd_rates(activation, rate, door):
    (said,) = heard(door, UNIT, THREE, activation=activation, learning_rate=rate)
    assert said.startswith(f"learning_rate: {rate:g} is far too large for any inputs; try about 0.")


def test_rates_too_large_for_units_without_bounds():
    for activation in ("relu", "leaky-relu", "identity"):
        (said,) = heard(alone, UNIT, TWO, activation=activation, learning_rate=300.0)
        assert said.startswith("learning_rate: 300 is too large for these inputs and ")


def test_weights_that_are_made_for_large_inputs():
    """A net that comes with them learns well."""
    X = UNIT * 300
    start = [
        w / s
        for w, s in zip(
            Network.initialise([8, 9, 2], ["tanh", "sigmoid"]).weights, [300, 1], strict=True
        )
    ]
    assert heard(alone, X, TWO, hidden=(9,), activation="tanh", start=start) == []


def test_no_run_nothing_said():
    assert heard(fastnet.train, UNIT * 1e9, THREE, epochs=0) == []
    assert heard(alone, UNIT * 1e9, THREE, learning_rate=0) == []
    net = fastnet.train(UNIT, TWO, epochs=0)
    assert heard(net.learn_one, UNIT[0] * 1e4, 1) == []


# Targets --------------------------------------------------------------------------------------


@EACH_RUN
@pytest.mark.parametrize("kind", ["i4", "i8", "u2"])
def test_whole_numbers_that_make_hundreds_of_classes(kind, door):
    y = (20_000 + 3000 * SUM).astype(kind)
    (said,) = heard(door, UNIT, y, hidden=(4,))
    count = len(np.unique(y))
    assert said == (
        f"y: {count} classes among {N} samples; for a regression give floats: y.astype(float), "
        "or 12.0 for 12 in a file"
    )


def test_names_of_single_samples():
    (said,) = heard(alone, UNIT, [f"person {k}" for k in range(N)], hidden=(4,))
    assert said == f"y: {N} classes among {N} samples; each makes an output of its own"


@pytest.mark.parametrize(
    ("classes", "n"), [(2, 4), (10, 12), (20, 30), (26, 520), (100, 300), (150, 900)]
)
def test_real_classes(classes, n):
    assert signs.of_classes(np.arange(classes), n) is None


@EACH_RUN
@pytest.mark.parametrize("options", [{}, {"activation": "tanh"}, {"activation": "relu"}])
@pytest.mark.parametrize(
    ("mean", "spread"), [(67, 10), (200_000, 30_000), (-500, 1), (0, 40), (0, 1e-4)]
)
def test_targets_far_from_unit_scale(mean, spread, door, options):
    y = mean + spread * SUM
    (said,) = heard(door, UNIT, y, **options)
    assert said.startswith("y: mean ")
    assert said.endswith("wanted about 0 and 1; scale y: (y - y.mean(0)) / y.std(0)")


def test_one_output_of_several():
    y = np.column_stack([SUM, 1000 * SUM, SUM])
    (said,) = heard(alone, UNIT, y)
    assert said.startswith("y: output 1: mean ")


def test_targets_that_a_number_cannot_hold():
    (said,) = heard(alone, UNIT, SUM * 1e-40)
    assert said.startswith("y: values within ") and "too small for float32" in said
    for y in (SUM * 1e-60, np.full(N, 0.1)):
        (said,) = heard(alone, UNIT, y)
        assert said.startswith("y: all numbers are ")


# Runs -----------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize(
    "options", [{"activation": "relu"}, {"activation": "relu", "loss": "cross-entropy"}]
)
def test_dead_layers_are_seen_after_an_epoch(options):
    net = fastnet.train(UNIT, THREE, epochs=0, **options)
    net.biases[1][:] = -1e4
    seen: list[int] = []
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        fastnet.train(UNIT, THREE, init=net, epochs=9, on_epoch=lambda *_: seen.append(len(found)))
    assert [str(w.message) for w in found] == [
        "all 32 relu units of hidden layer 2 give 0 for all samples; scale X to about 1, or take a "
        "smaller learning_rate"
    ]
    assert 0 < sum(seen) < 9  # long before the end


@pytest.mark.compiled
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "scaled-tanh"])
@pytest.mark.parametrize("y", [THREE, SUM], ids=["labels", "numbers"])
def test_saturated_layers(activation, y):
    net = fastnet.train(UNIT, y, epochs=0, activation=activation)
    net.biases[0][:] = 50
    X, y = np.tile(UNIT, (3, 1)), np.tile(y, 3)
    for door in (fastnet.train, in_batches, one_by_one):
        (said,) = heard(door, X, y, init=net)
        assert said.startswith(f"the 64 {activation} units of hidden layer 1 are saturated; ")


@pytest.mark.compiled
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("loss", ["quadratic", "cross-entropy"])
def test_labels_by_chance(classes, loss):
    y = np.random.default_rng(3).integers(0, classes, 4000)
    X = np.random.default_rng(4).standard_normal((4000, 3))
    options = {"loss": loss, "epochs": 8, "hidden": (8,)}
    (said,) = heard(fastnet.train, X, y, **options)
    assert said.startswith("nothing was learned: accuracy ")
    assert "after 8 epochs, and " in said and said.endswith("or X does not tell y")
    (said,) = heard(seeds, X, y, **options)  # of several nets, the first that says so
    assert "nothing was learned: accuracy " in said and said.startswith("seed ")
    (said,) = heard(fastnet.train_stream, [(X, y)] * 3, loss=loss)
    assert "over the last " in said


@pytest.mark.compiled
def test_numbers_and_several_labels_by_chance():
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((4000, 3)), rng.standard_normal((4000, 2))
    (said,) = heard(fastnet.train, X, y, epochs=8, hidden=(4,))
    assert "for answering always the mean of y" in said and "scale y too" in said
    (said,) = heard(
        fastnet.train, X, (y > 1).astype(float), loss="cross-entropy", epochs=8, hidden=(4,)
    )
    assert "for answering always the same" in said


@pytest.mark.compiled
def test_a_rate_that_learns_nothing():
    (said,) = heard(fastnet.train, UNIT, THREE, learning_rate=100.0, epochs=5)
    assert said.startswith("nothing was learned: accuracy ") or "are saturated" in said


@pytest.mark.compiled
def test_a_weighted_run_is_judged_by_what_it_has_learned():
    """In a balanced run of two classes, half of the answers are right by chance."""
    y = (np.arange(4000) % 20 == 0).astype(int)
    X = np.random.default_rng(6).standard_normal((4000, 3))
    (said,) = heard(fastnet.train, X, y, class_weight="balanced", epochs=8, hidden=(4,))
    assert "for answering always" in said


def test_an_error_keeps_the_network():
    with warnings.catch_warnings():
        warnings.simplefilter("error", fastnet.LearningWarning)
        with pytest.raises(fastnet.LearningWarning) as raised:
            fastnet.train(UNIT, TWO, activation="relu", learning_rate=1e9)
        assert not hasattr(raised.value, "network")  # nothing had begun
        with pytest.raises(fastnet.LearningWarning, match="patience") as raised:
            train_impatiently("linear")
    assert raised.value.network.stopped == "patience"


def train_impatiently(schedule: Any) -> Network:
    """A run that ends soon, since the labels held out are wrong."""
    return fastnet.train(
        UNIT, TWO, validation_data=(UNIT, 1 - TWO), patience=1, schedule=schedule, epochs=30,
        learning_rate=0.5,
    )  # fmt: skip


@pytest.mark.parametrize("schedule", ["linear", "exponential"])
def test_patience_with_a_rate_that_has_hardly_fallen(schedule):
    said = heard(train_impatiently, schedule)
    assert said[0].startswith("patience: ended the run after ")
    assert len(said) == 1 and "take schedule='constant'" in said[0]


@pytest.mark.parametrize(
    "schedule", ["constant", "1/t", lambda p: 1 - p], ids=["constant", "1/t", "own"]
)
def test_patience_with_other_rates(schedule):
    assert heard(train_impatiently, schedule) == []


def test_seeds_say_once_that_patience_came_too_soon():
    options: dict[str, Any] = {"validation_data": (UNIT, 1 - TWO), "patience": 1, "epochs": 30}
    options["learning_rate"] = 0.5
    (said,) = heard(seeds, UNIT, TWO, **options)
    assert said.startswith("seed ") and "patience: ended the run" in said


# What learns well -----------------------------------------------------------------------------


def good() -> dict[str, tuple[Any, Any]]:
    """Data as they should be."""
    rng = np.random.default_rng(8)
    n = 600
    X = rng.standard_normal((n, 12))
    mixed = X @ rng.standard_normal((12, 12))
    mixed = (mixed - mixed.mean(0)) / mixed.std(0)
    outliers = X.copy()
    outliers[rng.integers(0, n, 9), rng.integers(0, 12, 9)] = 30
    latent = X[:, :3] @ rng.standard_normal((3, 3))
    three, rare = latent.argmax(1), (X[:, 0] > np.quantile(X[:, 0], 0.99)).astype(int)
    ranks = (X - X.min(0)) / (X.max(0) - X.min(0))
    topics = rng.dirichlet(np.full(2000, 0.02), 3)
    words = sparse.csr_array(
        [np.sqrt(rng.multinomial(rng.integers(40, 300), topics[k])) for k in three]
    )
    words = words.multiply(1 / np.sqrt(words.multiply(words).sum(axis=1))[:, None]).tocsr()
    one_hot = np.concatenate([np.eye(5)[rng.integers(0, 5, n)] for _ in range(4)], axis=1)
    waves = rng.uniform(-np.pi, np.pi, (n, 1))
    images = (rng.random((n, 100)) > 0.8).astype("f4")
    lit = images[:, :50].sum(1) > images[:, 50:].sum(1)
    padded = np.column_stack([X, np.ones(n), np.zeros((n, 5))])
    return {
        "standardised": (X, three),
        "correlated": (mixed, three),
        "float32": (X.astype("f4"), three),
        "words as labels": (X, np.array(["a", "b", "c"])[three]),
        "outliers": (outliers, three),
        "one of a hundred": (X, rare),
        "within 0 and 1": (ranks, three),
        "constant columns of 0 and 1": (padded, three),
        "tf-idf": (words, three),
        "one-hot": (one_hot, one_hot[:, :5].argmax(1)),
        "truth values": (images > 0, lit),
        "binarised": (images, lit.astype(int)),
        "bytes": ((images * 255).astype("u1"), lit.astype(int)),
        "small counts": (rng.poisson(1.5, (n, 30)), three),
        "sine": (waves, np.sin(waves[:, 0])),
        "regression": (X, latent[:, 0] / latent[:, 0].std()),
        "outputs": (X, latent / latent.std(axis=0)),
        "twenty degrees": (X, 20 + 5 * latent[:, 0] / latent[:, 0].std()),
        "a quarter of the scale": (X / 4, three),
        "three times the scale": (X * 3, three),
    }


GOOD = good() if COMPILED else {}


@pytest.mark.compiled
@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "scaled-tanh", "relu", "leaky-relu"])
@pytest.mark.parametrize("loss", ["quadratic", "cross-entropy"])
def test_nothing_is_said_of_data_as_they_should_be(name, activation, loss):
    X, y = GOOD[name]
    if np.asarray(y).dtype.kind == "f" and loss == "cross-entropy":
        return
    options = {"activation": activation, "loss": loss}
    for epochs in (20, 1):
        assert heard(fastnet.train, X, y, epochs=epochs, **options) == []
    if not sparse.issparse(X):
        assert heard(fastnet.train_stream, [(X, y)], **options) == []
        assert heard(fastnet.train_stream, [(X, y)] * 20, **options) == []
        net = fastnet.train(np.zeros((600, X.shape[1])), y, epochs=0, **options)
        assert heard(net.partial_fit, X, y) == []


README = [
    {},
    {"loss": "cross-entropy"},
    {"hidden": (128,), "activation": "relu", "start": "he", "loss": "cross-entropy",
     "learning_rate": 0.03, "epochs": 5},
    {"schedule": "exponential", "warm_up": 0.02, "class_weight": "balanced",
     "validation_fraction": 0.1, "patience": 3, "max_seconds": 60},
    {"l2": 1e-5, "average": 0.25},
    {"hidden": (100,), "learning_rate": 0.1, "epochs": 3},
    {"epochs": 1, "hidden": (16, 16)},
]  # fmt: skip


@pytest.mark.compiled
@pytest.mark.parametrize("options", README)
def test_nothing_is_said_of_the_digits(options):
    (X, y), _ = datasets.load("digits")
    assert heard(fastnet.train, X, y, **options) == []


@pytest.mark.heavy
@pytest.mark.compiled
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_nothing_is_said_of_the_whole_of_mnist(mnist_folder, activation):
    (X, y), _ = datasets.read(mnist_folder)
    options = {"activation": activation, "loss": "cross-entropy"}
    for given in (X, (X / 255).astype("f4"), (X > 127).astype("f4"), (X > 127).astype("u1") * 255):
        assert heard(fastnet.train, given, y, epochs=1, **options) == []
    assert heard(fastnet.train_stream, [(X, y)], **options) == []


# What is looked at ----------------------------------------------------------------------------


def test_a_bounded_part_of_the_data_is_looked_at_once():
    for n, features in [(1, 5), (20, 3), (1000, 40), (60_000, 784), (300, 100_000)]:
        X = np.broadcast_to(np.float32(1), (n, features))
        rows = signs.sample(X)
        assert min(n, signs.LEAST) <= len(rows) <= signs.ROWS
        assert rows.size <= max(2 * signs.NUMBERS, 2 * signs.LEAST * features)
    samples = Samples(UNIT, np.dtype("f4"))
    assert signs.scale_of(samples) is signs.scale_of(samples)


def test_sparse_rows_have_the_scale_of_dense_ones():
    dense = UNIT * (UNIT > 1)
    ones = [signs.Scale(rows) for rows in (dense, sparse.csr_array(dense))]
    assert ones[0].length == pytest.approx(ones[1].length, rel=1e-12)
    variance = dense.var(axis=0).sum()
    assert ones[1].variance() == pytest.approx(variance, rel=1e-12)
    assert signs.VARIANCE <= ones[0].variance() <= variance  # two rows say enough
    same = [np.tile(UNIT[:1], (N, 1)) * s for s in (1, 1e-3)]
    assert [signs.Scale(rows).variance() for rows in same] == pytest.approx([0, 0], abs=1e-12)
    largest = np.linalg.norm(dense, 2) ** 2 / N
    for scale in ones:
        assert scale.largest_eigenvalue() == pytest.approx(largest, rel=0.1)


@pytest.mark.parametrize("weights", [None, np.arange(60) % 3])
@pytest.mark.parametrize(
    ("loss", "last", "y"),
    [
        ("quadratic", "sigmoid", np.arange(60) % 4 // 2),
        ("cross-entropy", "softmax", np.arange(60) % 4 // 3),
        ("cross-entropy", "sigmoid", (UNIT[:60, :2] > 0.5).astype(float)),
        ("quadratic", "identity", 7 + UNIT[:60, :3]),
    ],
)
def test_the_loss_of_a_constant_answer(loss, last, y, weights):
    """It is what the kernels find for a net without weights that has the best constant outputs."""
    times = np.ones(60, int) if weights is None else weights
    X, each = np.repeat(UNIT[:60], times, axis=0), np.repeat(y, times, axis=0)
    net = fastnet.train(UNIT[:60], y, hidden=(), loss=loss, activation=[last], epochs=0)
    targets = net.targets(y, 60)
    baseline = signs.Baseline(net)
    baseline.add(targets, weights)
    means = baseline.sums / baseline.n
    biases: dict[str, Callable[[], Any]] = {
        "sigmoid": lambda: np.log(means / (1 - means)),
        "softmax": lambda: np.log(means),
        "identity": lambda: means,
    }
    net.weights[0][:], net.biases[0][:] = 0, biases[last]()
    record = fastnet.train(X, each, init=net, epochs=1, learning_rate=0).history[-1]
    assert record["loss"] == pytest.approx(baseline.loss(), rel=1e-4)


def test_numbers_that_partial_fit_is_given():
    X, y = samples(40, 3), samples(40, 1)[:, 0]
    for answers, said in [
        (y * 1e5, "y: mean"), ((y * 1e5).astype(int), "y: mean"), (y + 2000, "y: mean 2,000"),
    ]:  # fmt: skip
        net = fastnet.Network.initialise([3, 5, 1], ["sigmoid", "identity"])
        (heading,) = heard(net.partial_fit, X, answers, 1e-9)
        assert heading.startswith(said)
        assert heard(net.partial_fit, X, answers, 1e-9) == [], "once"
    net = fastnet.Network.initialise([3, 5, 1], ["sigmoid", "identity"])
    assert heard(net.partial_fit, X[:2], [1e-3, 2e-3]) == [], "two numbers may be near"
    assert heard(net.copy().partial_fit, X, y) == []


def test_columns_of_unit_scale_are_not_named():
    X = np.c_[np.linspace(-4, 4, 1200).reshape(300, 4), np.arange(300)]
    (said,) = heard(alone, X, X[:, 0] > 0)
    assert said.startswith("X: values up to 299 (column 4), wanted about 1: ")
