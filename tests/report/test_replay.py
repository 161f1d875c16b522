"""The replay of the learning: exact at each moment, and a line where it cannot be."""

import base64
import json
import re
import zlib

import numpy as np
import pytest
from scipy import sparse

import fastnet
from fastnet import datasets
from fastnet.report import moments, rerun
from fastnet.report.replay import LEVELS, replay
from fastnet.report.subject import subject_of

SMALL = {"hidden": (12,), "epochs": 3, "learning_rate": 0.5}
ABOUT = {
    "learned": None, "data": "", "part": "test", "why": "", "shape": None, "most": None, "seed": 0,
    "replay": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def data():
    (X, y), (X_test, y_test) = datasets.load("digits")
    return (X[:1000], y[:1000]), (X_test[:300], y_test[:300])


@pytest.fixture(scope="module")
def net(data):
    return fastnet.train(*data[0], **SMALL)


def section(net, data, **about):
    """The section for a net, the data that it learned and those that judge it."""
    learned, tests = data
    return replay(subject_of(net, *tests, **ABOUT | {"learned": learned} | about))


def looked(net, learned, validation=None):
    """The samples learned, and copies of a net, at each moment of its run."""
    seen = []

    def look(done, parameters):
        twin = net.copy()
        twin.parameters.replace(parameters)
        seen.append((done, twin))

    return seen, rerun.again(net, learned, validation, look)


def shown(section):
    """The data in a section: what the script reads."""
    text = re.search(r'class="replay-data">(.*?)</script>', section.html, re.DOTALL)[1]
    return json.loads(text)


def unpacked(data):
    """The weights in the data of a section (moments, units, pixels), and the images."""
    packed = np.frombuffer(zlib.decompress(base64.b64decode(data["packed"])), np.uint8)
    pixels, moments = int(np.prod(data["shape"])), len(data["moments"])
    n = moments * data["units"] * pixels
    changes = packed[:n].reshape(moments, data["units"], pixels)
    weights = np.cumsum(changes, axis=0, dtype=np.uint8).astype(np.int8)
    return weights, packed[n:].reshape(-1, pixels)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"l2": 1e-3, "validation_fraction": 0.1},
        {"average": 0.5},
        {"augment": "elastic,shift=1", "validation_fraction": 0.1},
        {"class_weight": {1: 2.5, 7: 0}, "warm_up": 0.2},
        {"hidden": (), "loss": "cross-entropy", "schedule": "exponential"},
        {"patience": 2, "epochs": 30, "learning_rate": 2.0},
        {"target_accuracy": 0.6, "epochs": 30},
        {"epochs": 60, "hidden": (4,), "shuffle": False, "max_seconds": 1000.0},
    ],
    ids=lambda options: "-".join(options) or "usual",
)
def test_each_epoch_is_looked_at_with_its_weights(data, options):
    own = {}
    net = fastnet.train(
        *data[0],
        **SMALL | options,
        on_epoch=lambda net, record: own.update({record["epoch"] + 1: net.digest()}) or None,
    )
    seen, steps = looked(net, data[0])
    assert seen[0][0] == 0 and seen[-1][1].digest() == net.digest()
    epochs = {}
    for done, twin in seen:
        if done and done % steps == 0:
            epochs.setdefault(done // steps, twin.digest())
    assert epochs == {epoch: own[epoch] for epoch in epochs}
    assert 1 in epochs and len(net.history) in epochs
    assert len(epochs) == len(net.history) or len(seen) > 25


def test_a_moment_within_an_epoch_has_the_weights_of_a_run_of_so_many_samples(data):
    X, y = data[0]
    options = {"hidden": (12,), "schedule": "constant", "shuffle": False}
    seen, steps = looked(fastnet.train(X, y, epochs=2, **options), (X, y))
    inside = [(done, twin) for done, twin in seen if 0 < done < steps]
    assert [done for done, _ in inside] == [80, 240, 800]
    for done, twin in inside:
        alone = fastnet.train(X[:done], y[:done], epochs=1, classes=range(10), **options)
        assert twin.digest() == alone.digest()


def test_validation_data_that_ended_a_run_come_back_if_they_are_at_hand(data):
    net = fastnet.train(*data[0], **SMALL, target_accuracy=0.5, validation_data=data[1])
    assert looked(net, *data)[0][-1][1].digest() == net.digest()
    X, y = data[1]
    for other in (None, (X[:50], y[:50])):
        with pytest.raises(rerun.NoReplay, match="the samples that ended its run are not at hand"):
            looked(net, data[0], other)


def test_a_resumed_run_is_replayed_from_its_start(data, tmp_path):
    def fail(net, record):
        if record["epoch"] == 1:
            raise RuntimeError

    file = {"checkpoint": tmp_path / "run.npz", "every": "1 epochs"}
    with pytest.raises(RuntimeError):
        fastnet.train(*data[0], **SMALL, **file, on_epoch=fail)
    net = fastnet.train(*data[0], **SMALL, **file, resume=True)
    assert [m["short"] for m in shown(section(net, data))["moments"]][:2] == ["start", "80"]


def test_sparse_images_and_floats(net, data):
    (X, y), (X_test, y_test) = data
    images = unpacked(shown(section(net, data)))[1]
    for form in (sparse.csr_array, lambda X: (X / np.float32(255)).astype(np.float32)):
        own = (form(X), y), (form(X_test), y_test)
        found = section(fastnet.train(*own[0], **SMALL), own)
        assert (unpacked(shown(found))[1] == images).all()


def test_the_section_shows_the_net_at_each_moment(net, data):
    found = section(net, data)
    (seen, _), of = looked(net, data[0]), shown(found)
    X, y = data[1]
    assert [m["name"] for m in of["moments"]][:2] == ["before the first image", "after 80 images"]
    assert of["moments"][-1]["name"] == "after epoch 3 of 3"
    weights, images = unpacked(of)
    top = np.quantile(np.abs(net.weights[0]), 0.995)
    assert len(of["moments"]) == len(seen) - 1  # the end is looked at twice
    groups = [*zip(of["truth"], of["answers"], of["sure"], strict=True)]
    for k, moment in enumerate(of["moments"]):
        twin = seen[k][1]
        assert moment["wrong"] == (twin.predict(X) != y).sum()
        answered = fastnet.metrics.confusion(y, twin.predict(X))
        assert all(answered[i, j] == times for i, j, times in moment["pairs"])
        own = np.clip(twin.weights[0].T / top, -1, 1)
        assert np.abs(weights[k] / LEVELS - own).max() <= 0.5 / LEVELS + 1e-6
        outputs = twin.predict_proba(X)
        for image, (truth, answers, sure) in zip(images, groups, strict=True):
            place = next(n for n in range(len(X)) if (X[n] == image).all() and y[n] == truth)
            assert answers[k] == outputs[place].argmax()
            assert abs(sure[k] - 100 * outputs[place].max()) <= 0.5 + 1e-3
    assert "all 12 hidden units" in found.note and "to the same bits" in found.note


def test_the_same_net_gives_the_same_section(net, data):
    assert section(net, data) == section(net.copy(), data)


def test_images_with_a_story_are_chosen():
    #         soon  late  forgotten  never  by chance
    right = np.array(
        [
            [0, 0, 0, 0, 1],
            [1, 0, 0, 0, 0],
            [1, 0, 1, 0, 0],
            [1, 0, 1, 0, 0],
            [1, 1, 1, 0, 0],
            [1, 1, 0, 0, 0],
        ],
        bool,
    )
    sure = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    assert moments.examples(right, sure, np.arange(5)) == {
        "Right soon": [0, 1],
        "Forgotten again": [2],
        "Never or hardly learned": [3, 4],
    }
    many = np.repeat(right, 20, axis=1)
    of = np.arange(100) % 10
    chosen = moments.examples(many, np.full(100, 0.5), of)
    assert chosen["Learned late"] == [*range(20, 26)]
    assert all(len(places) == 6 for places in chosen.values())
    places = [place for group in chosen.values() for place in group]
    assert len({*places}) == len(places)


def test_moments_are_dense_at_first():
    assert rerun.moments(100, 2) == [80, 100, 200]
    assert rerun.moments(60_000, 3)[:8] == [80, 240, 800, 2400, 8000, 24000, 60000, 120000]
    many = rerun.moments(10_000, 1000)
    assert many[-1] == 10_000_000 and len(many) <= rerun.MOMENTS and many == sorted({*many})
    assert rerun.moments(1, 5) == [1, 2, 3, 4, 5]


def test_images_in_colour_and_large_ones(data):
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    X = (rng.random((120, 10, 12, 3)) * 120).astype(np.uint8)
    X[np.arange(120), :, :, y] += 100
    X = X.reshape(120, -1)
    net = fastnet.train(X, y, hidden=(5,), epochs=2)
    own = (X, y), (X, y)
    found = section(net, own, shape=(10, 12, 3))
    assert shown(found)["shape"] == [10, 12, 3] and "light that raises" in found.html
    assert "takes none" not in found.note and section(net, own) is None  # 360 is no square
    large = rng.random((40, 130 * 70)).astype("float32")
    y = np.arange(40) % 2
    net = fastnet.train(large, y, hidden=(3,), epochs=1, learning_rate=0.01)
    of = shown(section(net, ((large, y),) * 2, shape=(130, 70)))
    assert of["shape"] == [43, 23]
    weights, _ = unpacked(of)
    pooled = np.asarray(net.weights[0], float).T.reshape(3, 130, 70)[:, :129, :69]
    pooled = pooled.reshape(3, 43, 3, 23, 3).mean(axis=(2, 4)).reshape(3, -1)
    assert np.corrcoef(weights[-1].ravel(), pooled.ravel())[0, 1] > 0.999


def test_a_net_without_a_hidden_layer_names_its_outputs(data):
    net = fastnet.train(*data[0], hidden=(), epochs=1)
    found = section(net, data)
    assert "What each output looks for" in found.html
    assert captions(found) == [*"0123456789"]
    many = np.arange(500) % 100
    X = data[0][0][:500]
    net = fastnet.train(X, many, hidden=(), epochs=1, start=(-1e-3, 1e-3), learning_rate=0.0)
    found = section(net, ((X, many),) * 2)
    largest = np.argsort(-np.square(net.weights[0].astype(float)).sum(axis=0), kind="stable")[:64]
    assert captions(found) == [str(k) for k in sorted(largest.tolist())]
    assert "64 of 100 outputs" in found.note


def captions(section):
    """The words below pictures of weights."""
    return re.findall(r"</canvas><span>(\d+)</span></div>", section.html)


def test_of_several_nets_the_first_is_seen(data):
    nets = fastnet.train_seeds(*data[0], 2, **SMALL)
    assert "The first of the 2 nets has been trained again" in section(nets, data).note


def test_words_from_outside_are_escaped(data):
    (X, y), _ = data
    words = np.array([f"</script><b>{k}" for k in range(10)])[y]
    net = fastnet.train(X, words, hidden=(4,), epochs=1)
    found = section(net, ((X, words),) * 2)
    assert "<b>0" not in found.html and found.html.count("</script>") == 1
    assert shown(found)["labels"][3].startswith("</scr")


def changed(net):
    twin = net.copy()
    twin.weights[0][0, 0] += 1
    return twin


def other_version(net):
    twin = changed(net)
    twin.run["versions"]["fastnet"] = "0.1.0"
    return twin


def later(net):
    twin = net.copy()
    twin.history[0]["seconds"] = 100.0
    return twin


def ending(net, how):
    twin = net.copy()
    twin.stopped = how
    return twin


REASONS = {
    "learned a stream": lambda X, y: fastnet.train_stream(zip(X, y, strict=True)),
    "no record": lambda X, y: fastnet.Network.initialise(
        [784, 5, 10], ["sigmoid"] * 2, classes=range(10)
    ),
    "broken off": lambda X, y: ending(fastnet.train(X, y, **SMALL), None),
    "time was up": lambda X, y: ending(fastnet.train(X, y, **SMALL), "max_seconds"),
    "ended by a function": lambda X, y: fastnet.train(X, y, **SMALL, on_epoch=lambda *_: True),
    "were rounded": lambda X, y: fastnet.train(X, y, **SMALL).rounded("int8"),
    "took 100 s; --replay asks": lambda X, y: later(fastnet.train(X, y, **SMALL)),
    "not those that it learned: the data's X has other": lambda X, y: fastnet.train(
        X[::-1], y, **SMALL
    ),
    "was changed after its run": lambda X, y: changed(fastnet.train(X, y, **SMALL)),
    "record is of fastnet 0.1.0, this is": lambda X, y: other_version(fastnet.train(X, y, **SMALL)),
    "continues another net": lambda X, y: fastnet.train(X, y, init=fastnet.train(X, y, **SMALL)),
    "samples have weights": lambda X, y: fastnet.train(
        X, y, **SMALL, sample_weight=1 + np.arange(len(y)) % 2
    ),
    "weights of its own": lambda X, y: fastnet.train(
        X, y, **SMALL, start=[np.full((784, 12), 0.01), np.full((12, 10), 0.1)]
    ),
    "schedule is a function": lambda X, y: fastnet.train(X, y, **SMALL, schedule=np.exp),
    "classes, which this net": lambda X, y: fastnet.train(X, y / 10, **SMALL),
}


@pytest.mark.parametrize("why", REASONS)
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
def test_a_line_says_why_there_is_no_replay(data, why):
    (X, y), (X_test, y_test) = data
    net = REASONS[why](X[:300], y[:300])
    of = y_test if net.classes is not None else y_test / 10
    found = section(net, ((X[:300], y[:300]), (X_test, of)))
    assert found.note.startswith("There is no replay: ") and why in found.note
    assert found.html == "" and found.files == () and "\n" not in found.note


def test_a_long_run_is_replayed_if_it_is_asked_for(net, data):
    assert section(later(net), data, replay=True).html
    assert section(net, data, replay=False) is None


def test_data_that_are_not_at_hand(net, data):
    assert "are not at hand" in section(net, data, learned=None).note
    alone = replay(subject_of(net, None, None, **ABOUT | {"learned": data[0]}))
    assert "no images with labels" in alone.note
    fewer = tuple(part[:500] for part in data[0])
    assert "samples was 1000 and is 500" in section(net, data, learned=fewer).note
    narrow = (data[0][0][:, :100], data[0][1])
    assert "not those that it learned" in section(net, data, learned=narrow).note
    no_y = (data[0][0], data[0][1][:10])
    assert "the data at hand do not fit: " in section(net, data, learned=no_y).note


def test_nothing_happens_to_images_that_are_right_from_the_start():
    X, y = np.ones((20, 64)), np.arange(20) % 2
    net = fastnet.train(X[y == 0], y[y == 0], classes=(0, 1), hidden=(), epochs=2, start=(0, 1e-9))
    found = section(net, ((X[y == 0], y[y == 0]),) * 2)
    assert shown(found)["answers"] == [] and "What it answers" in found.html


def test_a_table_has_no_replay():
    X, y = np.random.default_rng(0).random((60, 4)), np.arange(60) % 3
    net = fastnet.train(X, y, hidden=(4,), epochs=1)
    assert section(net, ((X, y),) * 2) is None
    assert "shows images" in section(net, ((X, y),) * 2, replay=True).note


def test_a_net_from_elsewhere_has_a_line_only_if_somebody_asks(data):
    net = fastnet.train(*data[0], **SMALL)
    net.run, net.origin = None, {"format": "ONNX"}
    assert section(net, data) is None
    assert section(net, data, replay=True).note == "There is no replay: the net came from ONNX."


def test_one_unit_and_a_net_that_has_diverged(data):
    net = fastnet.train(*data[0], **SMALL | {"hidden": (1,)})
    assert "and 1 of 1 hidden unit." in section(net, data).note
    net.parameters.weights[0][0, 0] = np.nan
    assert section(net, data).note == "There is no replay: the net has diverged."
