"""Vowpal Wabbit beside fastnet: the factors of docs/coming/vowpal-wabbit.md, held by itself."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnet
from tests.helpers import needed

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]
Array = NDArray[Any]

PLAIN = "--quiet --sgd --min_prediction -1e9 --max_prediction 1e9"
CONSTANT, OUTPUT, MASK = 11650396, 533357803, (1 << 18) - 1  # of -b 18
FEATURES, UNITS = 3, 3
WIDTH = 4  # of a feature's weights with --nn 3: the next power of two above 3


def samples(n: int = 300) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, FEATURES)).astype(np.float32)
    return X, (X @ [1, -2, 0.5] + 0.3).astype(np.float32)


def line(x: Array, y: object) -> str:
    return f"{y} | " + " ".join(f"{k}:{value}" for k, value in enumerate(x))


def learned(options: str, X: Array, y: Array) -> Any:
    model = needed("vowpalwabbit").Workspace(f"{PLAIN} {options}")
    for x, answer in zip(X, y, strict=True):
        model.learn(line(x, answer))
    return model


def linear(model: Any) -> tuple[Array, float]:
    """Return weights and constant, by predictions: --l2 keeps a factor beside the weights."""
    bias = model.predict("| ")
    return np.array([model.predict(f"| {k}:1") - bias for k in range(FEATURES)]), bias


def steps(rates: Array, l2: float = 0, shrink_bias: bool = False) -> tuple[Array, float]:
    """Return the weights and the bias after plain steps down (p - y)**2."""
    (X, y), w, b = samples(), np.zeros(FEATURES), 0.0
    for x, number, rate in zip(X, y, rates, strict=True):
        slope = 2 * (x @ w + b - number)
        w = w - rate * (slope * x + l2 * w)
        b -= rate * (slope + l2 * b * shrink_bias)
    return w, float(b)


def test_l2_is_ours_but_shrinks_the_constant_too():
    X, y = samples()
    w, b = linear(learned("--power_t 0 -l 0.01 --l2 0.1", X, y))
    mine, bias = steps(np.full(len(X), 0.01), 0.1, shrink_bias=True)
    np.testing.assert_allclose([*w, b], [*mine, bias], atol=2e-6)
    net = fastnet.train(
        X, y, hidden=(), start=[np.zeros((FEATURES, 1))], l2=0.1, learning_rate=0.01, epochs=1,
        schedule="constant", shuffle=False, average=0,
    )  # fmt: skip
    mine, bias = steps(np.full(len(X), 0.01), 0.1)
    np.testing.assert_allclose([*net.weights[0][:, 0], *net.biases[0]], [*mine, bias], atol=2e-6)
    assert abs(bias - b) > 1e-3


@pytest.mark.parametrize("power", [0.5, 1])
def test_rates_fall_by_the_power_of_t(power: float):
    X, y = samples()
    w, b = linear(learned(f"--power_t {power} -l 0.1", X, y))
    mine, bias = steps(0.1 / (np.arange(len(X)) + 2.0) ** power)
    np.testing.assert_allclose([*w, b], [*mine, bias], atol=2e-6)


def test_the_default_rate_of_plain_steps_is_10():
    X, y = samples(1)
    w, _ = linear(learned("--power_t 0", X, y))
    np.testing.assert_allclose(w, 10 * 2 * y[0] * X[0], rtol=1e-5)


def test_a_weight_of_2_is_twice_the_step():
    X, y = samples(1)
    twice, _ = linear(learned("--power_t 0 -l 0.02", X, y))
    model = needed("vowpalwabbit").Workspace(f"{PLAIN} --power_t 0 -l 0.01")
    model.learn(line(X[0], f"{y[0]} 2"))
    np.testing.assert_allclose(linear(model)[0], twice, rtol=1e-5)


def test_predictions_are_clipped_to_labels_seen_unless_told():
    X, y = samples()
    y = np.clip(y, 0, 1)
    found = []
    for bounds in ("", "--min_prediction -1e9 --max_prediction 1e9"):
        model = needed("vowpalwabbit").Workspace(f"--quiet --sgd --power_t 0 -l 0.05 {bounds}")
        for x, number in zip(X, y, strict=True):
            model.learn(line(x, number))
        found.append(np.array([model.get_weight(k) for k in range(FEATURES)]))
        answers = [model.predict(line(x, "")) for x in X]
        assert (min(answers) >= 0 and max(answers) <= 1) == (not bounds)
    net = fastnet.Network.from_weights([np.zeros((FEATURES, 1))], [np.zeros(1)], "identity")
    net.partial_fit(X, y, learning_rate=0.05)
    np.testing.assert_allclose(found[1], net.weights[0][:, 0], atol=2e-6)
    assert abs(found[0] - found[1]).max() > 1e-3


def test_one_against_all_is_a_layer_of_sigmoids():
    X, _ = samples()
    labels = 1 + (X[:, 0] > 0) + (X[:, 1] > 0)
    model = learned("--power_t 0 -l 0.1 --loss_function logistic --oaa 3", X, labels)
    net = fastnet.Network.from_weights(
        [np.zeros((FEATURES, 3))], [np.zeros(3)], ["sigmoid"], "cross-entropy", classes=[1, 2, 3]
    )
    net.partial_fit(X, labels, learning_rate=0.1)
    stride = 4  # the next power of two
    theirs = [[model.get_weight(stride * k + c) for c in range(3)] for k in range(FEATURES)]
    np.testing.assert_allclose(net.weights[0], theirs, atol=1e-5)
    assert [model.predict(line(x, "")) for x in X] == net.predict(X).tolist()


def test_the_page_turns_named_features_into_the_same_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page = (Path(__file__).parents[2] / "docs/coming/vowpal-wabbit.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (reader,) = (block for block in blocks if "def columns" in block)
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {"fastnet": fastnet}
    exec(reader, space)
    (X, _), _ = fastnet.datasets.read("houses.svm")
    numbers = space["numbers"]
    assert X.shape == (300, len(numbers)) == (300, 4)
    model = needed("vowpalwabbit").Workspace(f"{PLAIN} --power_t 0 -l 0.01")
    for text in space["lines"]:
        model.learn(text)
    y = np.array([float(text.split()[0]) for text in space["lines"]], np.float32)
    net = fastnet.Network.from_weights(
        [np.zeros((4, 1))], [np.zeros(1)], "identity", dtype="float32"
    )
    net.partial_fit(X, y, learning_rate=0.01)
    for (name, word), column in numbers.items():
        theirs = model.get_weight(model.hash_feature(word, model.hash_space(name)))
        assert net.weights[0][column - 1, 0] == pytest.approx(theirs, abs=1e-6), word


# --nn -----------------------------------------------------------------------------------------

HIDDEN = np.array([[(WIDTH * k + j) & MASK for j in range(UNITS)] for k in (0, 1, 2, CONSTANT)])
LAST = np.array([(OUTPUT + UNITS + j) & MASK for j in range(UNITS + 1)])


def by_hand(start: list[Array], rate: float, fresh: bool) -> list[Array]:
    """Return the layers, the biases last, after steps whose hidden deltas use the fresh weights."""
    (X, y), (hidden, last) = samples(), start
    for x, number in zip(X.astype(float), y, strict=True):
        x = np.append(x, 1)
        z = x @ hidden
        z = np.clip(z, -3, 3) if fresh else z
        h = np.tanh(z)
        slope = 2 * (np.append(h, 1) @ last - number)
        after = last - rate * slope * np.append(h, 1)
        delta = slope * (after if fresh else last)[:-1] * (1 - h * h)
        if fresh:  # a hidden unit's own target stays within the bounds
            delta = 2 * (z - np.clip(z - delta / 2, -3, 3))
        hidden, last = hidden - rate * np.outer(x, delta), after
    return [hidden, last]


def test_hidden_deltas_come_from_the_new_weights_of_the_outputs():
    (X, y), rate = samples(), 0.02
    rng = np.random.default_rng(1)
    start = [rng.uniform(-0.5, 0.5, HIDDEN.shape), rng.uniform(-0.5, 0.5, LAST.shape)]
    model = needed("vowpalwabbit").Workspace(f"{PLAIN} --power_t 0 -l {rate} --nn {UNITS}")
    for places, layer in zip((HIDDEN, LAST), start, strict=True):
        for place, weight in zip(places.ravel(), layer.ravel(), strict=True):
            model.set_weight(int(place), 0, float(weight))
    for x, number in zip(X, y, strict=True):
        model.learn(line(x, number))
    theirs = [
        np.array([model.get_weight(int(place)) for place in places.ravel()]).reshape(places.shape)
        for places in (HIDDEN, LAST)
    ]
    fresh, old = by_hand(start, rate, fresh=True), by_hand(start, rate, fresh=False)
    for layer, mine, textbook in zip(theirs, fresh, old, strict=True):
        np.testing.assert_allclose(layer, mine, atol=5e-5)
        assert abs(layer - textbook).max() > 1e-3
    net = fastnet.Network.from_weights(
        [start[0][:-1], start[1][:-1, None]], [start[0][-1], start[1][-1:]], "tanh"
    )
    net.partial_fit(X, y, learning_rate=rate)
    np.testing.assert_allclose(np.vstack([net.weights[0], net.biases[0]]), old[0], atol=1e-12)


def test_it_starts_with_hidden_weights_of_0():
    model = needed("vowpalwabbit").Workspace(f"{PLAIN} --power_t 0 -l 0.05 --nn {UNITS}")
    model.predict("| 0:1 1:2 2:3")
    assert not any(model.get_weight(int(place)) for place in HIDDEN.ravel())
    last = np.array([model.get_weight(int(place)) for place in LAST[:-1]])
    assert np.all(last != 0) and abs(last).max() <= 0.05 / np.sqrt(UNITS)
