"""One pass against the reference, against itself, and on other CPUs."""

import itertools
import json
import platform

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastnet import reference
from fastnet.kernels.entries import ENTRIES
from fastnet.model.network import Network
from tests.functions import SWISH
from tests.kernels import golden
from tests.kernels.helpers import DTYPES, PLAIN, few, output, python, run, same_bits, to_csr
from tests.kernels.rounding import step_error

HIDDEN = [*reference.TRANSFER, SWISH]
OUTPUTS = [(name, "quadratic") for name in HIDDEN] + [
    ("softmax", "cross-entropy"),
    ("sigmoid", "cross-entropy"),
]
WIDTHS = [1, 15, 16, 17, 64, 65, 100, 300]
FEATURES = [784, 1, 3, 16, 63, 64, 65, 100]


def make(sizes, hidden="sigmoid", output="sigmoid", loss="quadratic", dtype="float32", seed=1):
    """A net with random weights and biases, without classes."""
    depth = len(sizes) - 2
    net = Network.initialise(sizes, [hidden] * depth + [output], loss, dtype, seed)
    rng = np.random.default_rng(seed)
    for b in net.biases:
        b[:] = rng.uniform(-0.2, 0.4, b.shape)
    return net


def some(net: Network, n: int, seed: int = 0):
    """Images (bytes, most of them 0) and labels for a net: n of each."""
    rng = np.random.default_rng(seed)
    shape = (n, net.sizes[0])
    images = rng.integers(1, 256, shape, np.uint8) * (rng.random(shape) < 0.3)
    return images.astype(np.uint8), rng.integers(0, net.sizes[-1], n)


def check_step(net: Network, image: np.ndarray, target: np.ndarray, rate: float) -> bool:
    """One step is the reference's, within rounding; returns whether it was much more than that."""
    judge = reference.Net(net.weights, net.biases, net.activations, net.loss)
    x, rate = judge.inputs(image), float(net.dtype.type(rate))
    y = target if target.ndim else reference.label_vector(int(target), net.sizes[-1])
    d_cost, d_output, d_parameters = step_error(judge, x, y, rate, net.dtype.name)
    before = [p.copy() for p in judge.weights + judge.biases]
    _, answer, _, _ = judge.cost_grad(x, y)
    wanted = judge.backpropagate(image[None], target[None], rate)

    out = np.full((1, net.sizes[-1]), np.nan, net.dtype)
    cost, hits, done = run(net, image[None], target[None], rate, out=out)
    assert done == 1
    assert abs(cost - wanted[0]) <= d_cost
    assert (np.abs(out[0] - answer) <= d_output).all()
    margin = np.abs(answer - 0.5) if target.ndim else np.diff(np.sort(answer))[-1:]
    if (margin > 2 * d_output.max()).all():
        assert hits == wanted[1]
    moved = []
    parameters = zip(
        net.weights + net.biases, judge.weights + judge.biases, before, d_parameters, strict=True
    )
    for got, want, old, error in parameters:
        assert (np.abs(got - want) <= error).all()
        moved.append(np.abs(want - old).max() > 10 * error.max())
    return all(moved)


@DTYPES
@pytest.mark.parametrize("width", few(WIDTHS[:-1]) if PLAIN else WIDTHS)
@pytest.mark.parametrize("depth", [0, 1, 2, 5])
def test_a_step_is_the_references(depth: int, width: int, dtype: str) -> None:
    k = WIDTHS.index(width) + depth
    features = FEATURES[k % 8]
    outputs = [7, 1, 16, 17, 100, 2][k % 6] if depth else width
    rng = np.random.default_rng(k)
    dense = rng.integers(1, 256, features, np.uint8)
    sparse = dense * (rng.random(features) < 0.3).astype(np.uint8)
    zero = np.zeros(features, np.uint8)
    combinations = few(list(itertools.product(HIDDEN, OUTPUTS)), 2)
    if width > 1 and not PLAIN:  # each of them comes with some depth and dtype
        combinations = combinations[(depth + (dtype == "float32")) % 3 :: 3]
    moved = 0
    for hidden, (name, loss) in combinations:
        net = make((features, *[width] * depth, outputs), hidden, name, loss, dtype)
        check_step(net, zero, np.asarray(rng.integers(outputs)), 0.1)
        check_step(net, sparse, (rng.random(outputs) < 0.5) * 1.0, 0.1)
        moved += check_step(net, dense, np.asarray(rng.integers(outputs)), 0.1)
        for parameters in net.weights + net.biases:
            parameters[:] = 0
        assert not net.parameters.vector.any(), "the padding stays 0"
    assert moved >= len(combinations) / 2 or dtype == "float32" or outputs == 1


@DTYPES
@pytest.mark.parametrize("sizes", [(20, 330)] if PLAIN else [(5, 3000), (20, 1100, 1030)])
def test_a_step_of_wide_layers_is_the_references(sizes: tuple[int, ...], dtype: str) -> None:
    net = make(sizes, "tanh", "softmax", "cross-entropy", dtype)
    image = np.random.default_rng(0).integers(0, 256, sizes[0], np.uint8)
    assert check_step(net, image, np.asarray(sizes[-1] - 1), 0.1)


@given(
    sizes=st.lists(st.integers(1, 40 if PLAIN else 150), min_size=2, max_size=5),
    hidden=st.sampled_from(HIDDEN),
    last=st.sampled_from(OUTPUTS),
    dtype=st.sampled_from(["float32", "float64"]),
    kind=st.sampled_from(["uint8", "float32", "float64"]),
    density=st.floats(0, 1),
    rate=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=25 if PLAIN else 150)
def test_any_step_is_the_references(sizes, hidden, last, dtype, kind, density, rate, seed) -> None:
    net = make(sizes, hidden, *last, dtype=dtype, seed=seed)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-255, 255, sizes[0]) / (1 if kind == "uint8" else 100)
    x = (
        (x * (rng.random(sizes[0]) < density))
        .astype(kind)
        .astype(kind if kind == "uint8" else dtype)
    )
    check_step(net, x, np.asarray(rng.integers(sizes[-1])), rate)


def test_the_step_worked_by_hand() -> None:
    """The arithmetic stands in tests/test_reference.py."""
    net = Network.from_weights(
        [[[2, 1], [-1, -0.5]], [[2], [4]]], [[0, np.log(3)], [-4]], ["sigmoid"] * 2, dtype="float64"
    )
    cost, hits, _ = run(net, [[1.0, 2.0]], [[1.0]], rates=1 / 2)
    assert (cost, hits) == (pytest.approx(1 / 4, rel=1e-15), 0)
    wanted = [
        [[2 + 1 / 16, 1 + 3 / 32], [-1 + 1 / 8, -1 / 2 + 3 / 16]],
        [[2 + 1 / 16], [4 + 3 / 32]],
    ]
    for w, want in zip(net.weights, wanted, strict=True):
        np.testing.assert_allclose(w, want, rtol=1e-15)
    np.testing.assert_allclose(net.biases[0], [1 / 16, np.log(3) + 3 / 32], rtol=1e-15)
    np.testing.assert_allclose(net.biases[1], [-4 + 1 / 8], rtol=1e-15)


@pytest.mark.parametrize(("name", "loss"), OUTPUTS)
def test_the_weight_change_is_minus_eta_times_the_slope(name: str, loss: str) -> None:
    """By central differences of the kernels' own cost, without the reference."""
    eta, h = 0.01, 1e-5
    net = make((6, 5, 4, 3), "tanh", name, loss, "float64", seed=3)
    x, y = np.random.default_rng(0).normal(size=(1, 6)), [1]
    start = net.parameters.copy()
    run(net, x, y, rates=eta)
    changes = [after.copy() for after in net.weights + net.biases]
    net.parameters.vector[:] = start
    for parameters, after in zip(net.weights + net.biases, changes, strict=True):
        assert np.abs(after - parameters).max() > 1e-4 * eta, "a gradient of 0 would prove nothing"
        for i in np.ndindex(parameters.shape):
            old, costs = parameters[i], []
            for step in (h, -h):
                parameters[i] = old + step
                costs.append(run(net, x, y, rates=None)[0])
            parameters[i] = old
            slope = (costs[0] - costs[1]) / (2 * h)
            # h**2 of the difference, and the costs' rounding over h: about 1e-10 both.
            assert after[i] - old == pytest.approx(-eta * slope, abs=eta * 1e-8)


def test_costs_and_hits_are_taken_before_each_update() -> None:
    """Rounding leaves nine digits and more after 300 steps; an error in a step does not."""
    net = make((30, 20, 20, 5), dtype="float64")
    judge = reference.Net(net.weights, net.biases, net.activations, net.loss)
    images, labels = some(net, 60 if PLAIN else 300)
    rates = reference.linear_rates(0.5, len(labels))
    cost, hits, done = run(net, images, labels, rates)
    wanted = judge.backpropagate(images, labels, rates)
    assert done == len(labels)
    assert (cost, hits) == (pytest.approx(wanted[0], rel=1e-10), wanted[1])
    for got, want in zip(net.weights, judge.weights, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-10)


# The same bits --------------------------------------------------------------------------------


def a_net(dtype: str) -> Network:
    return make((100, 17, 70, 5), "relu", "softmax", "cross-entropy", dtype)


@DTYPES
def test_a_pass_is_its_steps(dtype: str) -> None:
    whole, single = a_net(dtype), a_net(dtype)
    images, labels = some(whole, 20)
    rates = np.linspace(0.2, 0.01, 20).astype(dtype)
    wanted = run(whole, images, labels, rates)
    cost, hits = 0.0, 0
    for t in range(20):
        one = slice(t, t + 1)
        cost, hit, _ = run(single, images[one], labels[one], rates[one], cost=cost)
        hits += hit
    assert same_bits(whole.parameters.vector, single.parameters.vector)
    assert (cost, hits, 20) == wanted


@DTYPES
@pytest.mark.parametrize("features", few([1, 3, 16, 63, 64, 65, 100, 784]))
def test_the_same_values_give_the_same_bits_however_they_are_stored(features, dtype) -> None:
    nets = [make((features, 20, 5), dtype=dtype) for _ in range(8)]
    images, labels = some(nets[0], 6)
    images[0], images[1] = 0, 255
    exact = (images / 255).astype(dtype)  # what a byte stands for
    stored = np.random.default_rng(1).random(images.shape) < 0.5
    ways = [images, to_csr(images), exact, to_csr(exact), to_csr(exact, stored | (images > 0))]
    # A wider float holds the same values; a narrower one does not hold 1 / 255.
    ways += [exact.astype(np.float64), to_csr(exact.astype(np.float64))]
    for net, way in zip(nets, ways, strict=False):
        run(net, way, labels)
        assert same_bits(net.parameters.vector, nets[0].parameters.vector)
    assert not same_bits(nets[-1].parameters.vector, nets[0].parameters.vector)


@DTYPES
def test_order_names_the_samples(dtype: str) -> None:
    by_order, by_rows = a_net(dtype), a_net(dtype)
    images, labels = some(by_order, 10)
    order = np.array([7, 0, 0, 9, 3])
    targets = np.eye(5)[labels]
    got = [run(by_order, images, y, order=order) for y in (labels, targets)]
    want = [run(by_rows, images[order], y[order]) for y in (labels, targets)]
    assert got == want
    assert same_bits(by_order.parameters.vector, by_rows.parameters.vector)


@DTYPES
def test_a_one_hot_target_is_a_label(dtype: str) -> None:
    by_label, by_target = a_net(dtype), a_net(dtype)
    images, labels = some(by_label, 10)
    cost, _, _ = run(by_label, images, labels)
    assert run(by_target, images, np.eye(5)[labels])[0] == cost
    assert same_bits(by_label.parameters.vector, by_target.parameters.vector)


@DTYPES
@pytest.mark.parametrize(("name", "loss"), OUTPUTS)
def test_what_lies_in_the_workspace_does_not_matter(name: str, loss: str, dtype: str) -> None:
    middle, hidden = ((17, 70), "tanh") if loss == "quadratic" else ((70, 66), "relu")
    nets = [make((100, *middle, 5), hidden, name, loss, dtype) for _ in range(2)]
    poisoned = nets[1].passes.workspace()
    member = poisoned.members[0]
    poisoned.shared[:] = member.own[:] = member.values[:] = member.amounts[:] = np.nan
    member.index[:] = member.active[:] = np.iinfo(np.int32).min
    images, labels = some(nets[0], 5)
    out = [np.full((5, 5), np.nan, dtype) for _ in nets]
    clean = run(nets[0], images, labels, out=out[0])
    assert run(nets[1], images, labels, workspace=poisoned, out=out[1]) == clean
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)
    assert same_bits(out[0], out[1])


# What is asked for ----------------------------------------------------------------------------


@DTYPES
def test_without_rates_or_with_rates_of_0_nothing_changes(dtype: str) -> None:
    net = a_net(dtype)
    images, labels = some(net, 10)
    before = net.parameters.copy()
    judged = run(net, images, labels, rates=None)
    assert same_bits(net.parameters.vector, before)
    assert run(net, images, labels, rates=0) == judged
    assert (net.parameters.vector == before).all()
    assert judged[0] > 0


@DTYPES
def test_without_labels_there_are_only_outputs(dtype: str) -> None:
    net = a_net(dtype)
    images, labels = some(net, 10)
    before = net.parameters.copy()
    alone, judged = np.full((2, 10, 5), np.nan, dtype)
    assert run(net, images, None, out=alone) == (0, 0, 10)
    run(net, images, labels, rates=None, out=judged)
    assert same_bits(alone, judged)
    assert same_bits(net.parameters.vector, before)
    np.testing.assert_allclose(alone.sum(axis=1), 1, rtol=1e-6)


@DTYPES
def test_a_cost_that_is_not_finite_ends_the_pass(dtype: str) -> None:
    """Sample 6 is such that its squared error overflows; the weights stay those before it."""
    nets = [make((4, 3, 2), "identity", "identity", dtype=dtype) for _ in range(2)]
    X = np.random.default_rng(0).normal(size=(10, 4)).astype(dtype)
    X[6] = np.sqrt(np.finfo(dtype).max) * 1000
    y = np.zeros((10, 2))
    cost, hits, done = run(nets[0], X, y)
    assert (cost, hits, 6) == run(nets[1], X[:6], y[:6])
    assert done == 6
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)


@DTYPES
@pytest.mark.parametrize(("name", "loss"), OUTPUTS)
def test_nan_ends_the_pass_at_once(name: str, loss: str, dtype: str) -> None:
    net = make((3, 2, 2), "relu", name, loss, dtype)
    net.weights[0][:] = np.nan
    assert run(net, np.ones((2, 3)), [0, 1]) == (0, 0, 0)


@DTYPES
@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinite_z_under_cross_entropy_ends_the_pass(bad: float, dtype: str) -> None:
    for name in ("softmax", "sigmoid"):
        net = make((3, 2), output=name, loss="cross-entropy", dtype=dtype)
        net.weights[0][:, 0] = bad
        assert run(net, np.ones((1, 3)), [0 if bad < 0 else 1])[2] == 0


@pytest.mark.compiled
def test_one_compiled_form_serves_all_nets_and_data() -> None:
    for dtype in ("float32", "float64"):
        images, labels = some(a_net(dtype), 4)
        numbers = images / 255
        frozen = numbers.copy()
        frozen.flags.writeable = False
        lists = images.tolist()
        strange = [images[::-1], np.asfortranarray(numbers), images.astype(">i4"), frozen, lists]
        for X in [images, numbers, numbers.astype("f4"), to_csr(images), *strange]:
            run(a_net(dtype), X, labels)
            run(a_net(dtype), X, np.eye(5)[labels], rates=None, out=np.zeros((4, 5), dtype))
    assert {len(entry.signatures) for entry in ENTRIES} <= {0, 1}
    assert {"pass_by_rows_float32", "pass_by_rows_float64"} <= {entry.__name__ for entry in ENTRIES}


# Other CPUs -----------------------------------------------------------------------------------

GOLDEN = {
    "float32": {
        "bytes": "393a445a18fb825f",
        "floats": "e2ecc6bccc59cf25",
        "sparse": "d7da28d0d661556a",
        "bytes, by blocks": "45bc2c141032efef",
        "floats, by blocks": "3844f91ab9551920",
        "sparse, by blocks": "56237107b2b7a0b1",
        "l2": "c5f0e5c4df91e7d7",
        "active units": "d001ba80948f359a",
        "deformed": "5c32de4ed5010990",
    },
    "float64": {
        "bytes": "c51d2115dc1b3528",
        "floats": "365efe4170b9cad9",
        "sparse": "b8869ce58658b287",
        "bytes, by blocks": "34501f8b503d766d",
        "floats, by blocks": "a7ad65d87d03b2d7",
        "sparse, by blocks": "e344f89858566895",
        "l2": "4d5f9ddc58a64ac2",
        "active units": "b081ea115d42e6a0",
        "deformed": "5c32de4ed5010990",
    },
}
ELSEWHERE = {  # a name: the environment, and the dtype: one each, since compiling takes seconds
    "haswell": ({"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""}, "float32"),
    "generic": ({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, "float64"),
    "plain": ({"NUMBA_DISABLE_JIT": "1"}, "float32"),
}

HEAVY = ("haswell", "generic")


@pytest.mark.parametrize("dtype", ["float32"] if PLAIN else ["float32", "float64"])
def test_golden_runs(dtype: str) -> None:
    """Of the plain kernels too, but for float64, where their fma rounds twice."""
    assert golden.runs(dtype) == GOLDEN[dtype]


@pytest.fixture(scope="module", autouse=True)
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The golden runs in other processes, which work while the tests above do."""
    started = {}
    items = [i for i in request.session.items if i.name.startswith("test_golden_runs_elsewhere")]
    for name in [item.callspec.params["where"] for item in items]:
        environment, dtype = ELSEWHERE[name]
        if "NUMBA_CPU_NAME" not in environment or platform.machine() in ("x86_64", "AMD64"):
            cache = str(tmp_path_factory.mktemp("cache"))
            environment = {"NUMBA_BOUNDSCHECK": "0", "NUMBA_CACHE_DIR": cache, **environment}
            started[name] = python("-m", "tests.kernels.golden", dtype, **environment)
    yield started
    for process in started.values():
        process.kill()
        process.wait()


@pytest.mark.compiled
@pytest.mark.parametrize(
    "where",  # with bounds checked: make boundscheck
    [pytest.param(w, marks=pytest.mark.heavy if w in HEAVY else ()) for w in ELSEWHERE],
)
def test_golden_runs_elsewhere(where: str, elsewhere) -> None:
    if where not in elsewhere:
        pytest.skip("not an x86-64")
    printed, _ = output(elsewhere[where])
    dtype = ELSEWHERE[where][1]
    assert json.loads(printed) == {dtype: GOLDEN[dtype]}
