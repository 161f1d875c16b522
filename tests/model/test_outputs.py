"""What outputs are for: the task, answers, scores and losses of each."""

import copy
import pickle
from typing import Any, get_args

import numpy as np
import pytest

from fastnet import Ensemble, LearningWarning, Network, load, reference, train, train_stream
from fastnet.data.samples import Samples
from fastnet.model.form import checked_activations
from fastnet.model.outputs import CONSTANT, LOSSES, Outputs, Task
from tests.functions import SWISH
from tests.helpers import samples

X = samples(30, 4)
LABELS = np.arange(30) % 3
SEVERAL = (X[:, :2] > 0).astype(float)

# What a net learns, by which loss, and its task.
LEARNED: dict[str, tuple[Any, str, Task]] = {
    "labels, squared": (LABELS, "quadratic", "classification"),
    "labels": (LABELS, "cross-entropy", "classification"),
    "words": (np.array(["a", "b", "c"])[LABELS], "cross-entropy", "classification"),
    "truth values": (LABELS > 0, "cross-entropy", "classification"),
    "several labels": (SEVERAL, "cross-entropy", "multilabel"),
    "one label as a number": (SEVERAL[:, 0], "cross-entropy", "multilabel"),
    "numbers": (X[:, :2], "quadratic", "regression"),
    "one number": (X[:, 0], "quadratic", "regression"),
    "a column": (X[:, :1], "quadratic", "regression"),
}


def samples_of(X: np.ndarray, net: Network) -> Samples:
    return Samples(X, net.dtype)


def learned(case: str, **options: Any) -> Network:
    y, loss, _ = LEARNED[case]
    return train(X, y, loss=loss, **{"hidden": (4,), "epochs": 1, **options})


@pytest.mark.parametrize("case", LEARNED)
def test_the_task_of_a_net_wherever_it_comes_from(case, tmp_path):
    net, (y, _, task) = learned(case), LEARNED[case]
    net.save(tmp_path / "net.npz")
    nets = [
        net, net.copy(), copy.deepcopy(net), pickle.loads(pickle.dumps(net)),
        load(tmp_path / "net.npz"), train(X, y, init=net, epochs=1),
        train_stream([(X, y)], loss=net.loss, hidden=(4,)),
        Network(net.sizes, net.activations, net.loss, classes=net.classes),
    ]  # fmt: skip
    assert {one.task for one in nets} == {task} and task in get_args(Task)
    with pytest.raises(AttributeError):
        net.task = "regression"  # type: ignore[misc]


def test_classes_that_are_set_change_the_task():
    for loss, without in (("quadratic", "regression"), ("cross-entropy", "multilabel")):
        net = Network((2, 3), ["sigmoid"], loss)
        assert net.task == without
        net.classes = ["a", "b", "c"]
        assert net.task == "classification" and net.outputs.indices == {"a": 0, "b": 1, "c": 2}
        net.classes = None
        assert net.task == without and net.outputs.indices == {}


# Losses ---------------------------------------------------------------------------------------


def test_losses_are_those_of_the_reference():
    assert tuple(LOSSES) == get_args(reference.LossName)
    assert {code for loss in LOSSES.values() for code in loss.codes.values()} == CONSTANT.keys()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_goes_with_the_activations_of_its_row_and_no_others(loss):
    for name in (*reference.TRANSFER, "softmax", SWISH):
        key = name if isinstance(name, str) else None
        if key in LOSSES[loss].codes:
            assert checked_activations(["relu", name], 2, loss) == ("relu", name)
            code = Outputs(2, name, loss, np.dtype("float32")).code
            assert code == LOSSES[loss].codes[key]
        else:
            with pytest.raises(ValueError, match=f"^activation: .* outputs with {loss} loss"):
                checked_activations(["relu", name], 2, loss)


@pytest.mark.parametrize("case", LEARNED)
def test_the_loss_of_a_constant_answer(case):
    """It is what evaluate says of a net that gives that answer to everything."""
    net = learned(case, hidden=(), activation=None, epochs=0, dtype="float64")
    targets = net.outputs.targets(LEARNED[case][0], 30)
    y = targets.numbers.reshape(30, -1)
    if len(targets.labels):
        y = np.eye(net.sizes[-1])[targets.labels]
    means = y.mean(axis=0)
    bias = {
        "sigmoid": lambda a: np.log(a / (1 - a)), "softmax": np.log, "identity": lambda a: a,
    }[net.activations[-1]](means)  # fmt: skip
    net.weights, net.biases = [np.zeros_like(net.weights[0])], [bias]
    wanted, _ = net.passes.evaluate(samples_of(X, net), targets, np.arange(30))
    assert net.outputs.constant_loss(means, (y**2).mean(axis=0)) == pytest.approx(wanted)


def test_the_loss_of_a_constant_answer_without_chance():
    """Where a label is always there, or never: no logarithm of 0, and no warning of NumPy's."""
    always = np.array([1.0, 0.0])
    for activation, loss in (("sigmoid", "cross-entropy"), ("softmax", "cross-entropy"),
                             ("identity", "quadratic")):  # fmt: skip
        outputs = Outputs(2, activation, loss, np.dtype("float32"))
        assert outputs.constant_loss(always, always) == 0


# Answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", LEARNED)
def test_one_answer_is_a_row_of_all(case):
    net = learned(case)
    out = net.predict_proba(X)
    answers = net.outputs.answers(out)
    assert answers.tolist() == net.predict(X).tolist()
    assert answers.shape == ((30,) if np.ndim(LEARNED[case][0]) == 1 else (30, net.sizes[-1]))
    for row, answer in zip(out, answers, strict=True):
        one = net.outputs.answer(row)
        assert np.array_equal(one, answer)
        if np.ndim(one):
            assert not np.shares_memory(one, row)


def test_scores_by_hand():
    net = learned("words")
    assert net.outputs.score(np.array(["a", "b", "c", "c"]), ["a", "b", "b", "c"]) == 0.75
    with pytest.warns(LearningWarning, match="1 of 4 labels are none of the network's classes"):
        assert net.outputs.score(np.array(["a", "b", "c", "c"]), ["a", "b", "x", "c"]) == 0.75
    several = learned("several labels").outputs
    assert several.score(np.array([[0, 1], [1, 1], [0, 0]]), [[0, 1], [1, 0], [0, 0]]) == 2 / 3
    numbers = learned("one number").outputs
    assert numbers.score(np.array([1.0, 2.0, 3.0]), [1.0, 2.0, 6.0]) == pytest.approx(1 - 9 / 14)
    assert numbers.score(np.array([1.0, 1.0]), [1.0, 1.0]) == 1.0, "targets that are all the same"
    assert numbers.score(np.array([1.0, 2.0]), [1.0, 1.0]) == 0.0


def test_accuracy_is_of_right_answers_and_a_regression_has_none():
    assert learned("labels").outputs.accuracy(3, 4) == 0.75
    assert learned("several labels").outputs.accuracy(3, 4) == 0.75
    assert learned("numbers").outputs.accuracy(3, 4) is None


def test_nets_of_other_tasks_do_not_answer_together():
    for one, other in (("several labels", "numbers"), ("labels", "words"), ("numbers", "labels")):
        with pytest.raises(ValueError, match=r"^nets\[1\]: "):
            Ensemble([learned(one), learned(other)])


def test_targets_beyond_the_outputs_reach_are_refused_wherever_they_come():
    net = learned("several labels")
    for act in (
        lambda: net.partial_fit(X[:1], [[0.0, 2.0]]),
        lambda: net.learn_one(X[0], [0.0, 2.0]),
        lambda: net.score(X[:1], [[0.0, 2.0]]),
        lambda: train(X[:1], [[0.0, 2.0]], init=net),
        lambda: train(X, SEVERAL, init=net, validation_data=(X[:1], [[0.0, 2.0]])),
    ):
        with pytest.raises(ValueError, match=r"y: 2\.0, wanted numbers within \[0, 1\]"):
            act()
