"""What full pages say, held to the nets: of classes, of tables, of numbers, of many of them."""

import re

import numpy as np
import pytest

import fastnet
from fastnet import report
from fastnet.report.judgement import value_of
from fastnet.report.pictures import ROOM, address, addresses, coarse
from fastnet.report.subject import subject_of
from fastnet.report.templates import shown
from fastnet.report.words import headline
from fastnet.tables.table import MISSING, Numbers, Words
from tests.report.conftest import section, texts

pytestmark = pytest.mark.compiled
LARGEST = 2_000_000
ABOUT = {"learned": None, "data": "", "part": "", "why": "", "shape": None, "most": 100_000,
         "seed": 0, "replay": False}  # fmt: skip


def subject(net, X=None, y=None, **more):
    return subject_of(net, X, y, **(ABOUT | more))


def test_the_headline_of_a_net_of_images(net, digits):
    said = headline(subject(net, *digits[1]))
    assert said == (
        "A net of 784-8-10 that tells 10 classes apart, learned from 1,000 images: right on "
        f"{net.score(*digits[1]):.1%} of 300 images that it has not learned."
    )
    assert "images that it has learned" in headline(subject(net, *digits[0]))


def test_the_headlines_of_nets_of_tables(tables):
    X, y, net = tables["owner"]
    said = headline(subject(net, X[800:], y[800:], data="folder/people.csv"))
    assert "that predicts owner (no and yes) from 6 columns, learned from 800 rows" in said
    assert said.endswith("of 200 rows of people.csv.")
    X, y, net = tables["income"]
    said = headline(subject(net, X[:1], y[:1], part="held-out"))
    assert "that predicts income from 6 columns" in said
    assert "off by" in said
    assert said.endswith("on 1 row that it has not learned.")


def test_the_headline_of_several_nets(net, digits):
    other = fastnet.train(*digits[0], hidden=(4,), epochs=1)
    said = headline(subject({"a": net, "b": other}, *digits[1], part="test"))
    assert said.startswith("Two nets of different sizes that tell 10 classes apart together")
    assert "they have not learned" in said


@pytest.mark.heavy
def test_a_deformation_is_said_in_words(digits):
    (X, y), _ = digits
    net = fastnet.train(X[:50], y[:50], hidden=(), epochs=1, augment="affine,shift=2")
    for value, said in (None, "affine,shift=2,shape=28x28 "), ({"wave": 3}, '{"wave": 3} '):
        if value:  # of a version to come
            net.run["options"]["augment"] = value
        shown = texts(section(report.html(net), "record"), "dd")
        assert sum(text.startswith(said) for text in shown) == 1


def test_a_label_keeps_letters_that_pictures_cannot_draw():
    assert [shown(one) for one in ("\u732b", "\u05e9\u05dc", "", "a\n")] == [
        "\u732b", "\u05e9\u05dc", '""', "a\\n"]  # fmt: skip
    assert shown("x" * 99, 9) == "xxxxx\u2026xxx"


def test_gaps_in_a_table_are_blank_and_empty_labels_are_seen(digits):
    column = Words(np.array([0, MISSING, 1]), ["", "a"])
    assert [value_of(column, k) for k in range(3)] == ["", "", "a"]
    assert value_of(Numbers(np.array([np.nan])), 0) == ""
    X, y = digits[0]
    net = fastnet.train(X, np.where(y > 4, "", "small"), hidden=(2,), epochs=1)
    assert 'that tells "" and small apart' in headline(subject(net))


def test_a_headline_claims_only_what_the_records_know(net, digits):
    (X, y), test = digits
    other = fastnet.train(*test, hidden=(8,), epochs=1)
    said = headline(subject({"learned others": net, "learned these": other}, *test))
    assert "learned from different data" in said
    assert said.endswith("of 300 images.")
    held = fastnet.train(X, y, hidden=(8,), epochs=1, validation_fraction=0.2)
    said = headline(subject(held, X, y))
    assert "learned from 800 of 1,000 images" in said
    assert said.endswith("of 1,000 images, most of which it has learned.")
    held.parameters.weights[0][0, 0] = np.nan
    assert headline(subject(held, X, y)).endswith("of 1,000 images: it has diverged.")


def test_a_sample_stands_for_many(net, digits):
    X, y = digits[1]
    seen = subject(net, X, y, most=100)
    assert (seen.n, seen.count) == (300, 100)
    assert seen.note == "100 of 300 rows, drawn with seed 0"
    places = seen.judged.places
    assert seen.together["score"] == pytest.approx(net.score(X[places], y[places]))


def test_unknown_labels_count_as_wrong_as_in_the_score(digits):
    (X, y), (X_test, y_test) = digits
    net = fastnet.train(X[y < 8], y[y < 8], hidden=(4,), epochs=1)
    with pytest.warns(fastnet.LearningWarning, match="none of the network's classes"):
        seen = subject(net, X_test, y_test)
        assert seen.together["score"] == pytest.approx(net.score(X_test, y_test))
    n = int((y_test >= 8).sum())
    assert seen.note.startswith(f"{n} rows of unknown classes count as wrong")


@pytest.mark.heavy
def test_a_page_of_images(net, digits):
    page = report.html(net, *digits[1], learned=digits[0])
    ids = re.findall(r'<section id="([\w-]+)"', page)
    assert ids == ["how-well", "mistakes", "learning", "replay", "inside", "certainty", "data",
                   "record", "repeat"]  # fmt: skip
    assert f"{net.score(*digits[1]):.1%}" in section(page, "how-well")
    assert len(page) < LARGEST
    for name in ("how-well", "mistakes", "learning", "inside", "certainty"):
        assert re.search(r'<img alt="[^"]{20,}"', section(page, name)), name
    assert texts(section(page, "mistakes"), "tbody")[0].startswith("image ")
    assert net.digest() in page
    assert net.run["data"]["X"] in page


@pytest.mark.heavy
def test_pages_of_tables(tables):
    for target, (X, y, net) in tables.items():
        page = report.html(net, X[800:], y[800:])
        assert len(page) < LARGEST
        assert "Without income" in page or "Without job" in page
        assert ("ROC curve: " in page) == (target == "owner")
        assert ("Residuals: " in page) == (target == "income")
        assert "cook" in section(page, "data")
        assert "row " in section(page, "mistakes")
        assert "replay" not in re.findall(r'<section id="([\w-]+)"', page)


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
@pytest.mark.parametrize("kind", ["wide layers", "classes", "columns", "epochs", "nets", "rows"])
def test_the_largest_pages_stay_small(kind, digits):
    (X, y), test = digits
    rng, more = np.random.default_rng(0), {}
    if kind == "wide layers":
        net = fastnet.train(X, y, hidden=(512, 512), epochs=1, validation_data=test)
        more["learned"] = X, y
    elif kind == "classes":
        X, y = rng.random((3000, 20), np.float32), np.arange(3000) % 1000
        net, test = fastnet.train(X, y, hidden=(32,), epochs=1), (X, y)
    elif kind == "columns":
        rows = rng.random((300, 5000))
        X = {f"column number {k}": rows[:, k] for k in range(5000)}
        y = np.where(rows[:, 7] > 0.5, "a", "b")
        net, test = fastnet.train(X, y, hidden=(8,), epochs=1), (X, y)
    elif kind == "epochs":
        net = fastnet.train(X[:200], y[:200], hidden=(16,), epochs=500, validation_data=test)
        more["learned"] = X[:200], y[:200]
    elif kind == "nets":
        net = fastnet.train_seeds(X, y, 20, hidden=(16,), epochs=2, validation_data=test)
        more["learned"] = X, y
    else:
        X = rng.random((10_000_000, 3), np.float32)
        test = X, (X[:, 0] > 0.5).astype(int)
        net = fastnet.train(X[:2000], test[1][:2000], epochs=1)
    page = report.html(net, *test, **more)
    assert len(page.encode()) < LARGEST
    assert ("100,000 of 10,000,000 rows" in page) == (kind == "rows")
    assert ("The 30 of 1,000 classes" in page) == (kind == "classes")
    assert ("the 8 of 5,000 columns" in page.replace("\n", " ")) or kind != "columns" or (
        "5,000 columns" in page
    )
    assert ("60 of 500 epochs" in page) == (kind == "epochs")


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
@pytest.mark.parametrize("shape", [(128, 128, 3), (100, 100)])
def test_pages_of_large_images_of_noise_stay_small(shape):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (200, np.prod(shape)), np.uint8), np.arange(200) % 2
    net = fastnet.train(X, y, hidden=(64,), epochs=20, learning_rate=0.02)
    page = report.html(net, X, rng.permutation(y), learned=(X, y), shape=shape)
    assert "replay-live" in page
    assert len(page.encode()) < LARGEST


def test_pictures_lose_only_what_has_no_room():
    rng = np.random.default_rng(0)
    plain = np.full((90, 90, 3), 200, np.uint8)
    noise = rng.integers(0, 256, (300, 300, 3), np.uint8)
    assert addresses([plain]) == [address(plain)]
    made = addresses([noise, noise])
    assert sum(map(len, made)) <= ROOM < 2 * len(address(noise))
    assert coarse(noise, 2).shape == (150, 150, 3)
    assert coarse(noise, 2)[0, 0, 0] == round(noise[:2, :2, 0].mean())


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
def test_nets_of_every_kind_have_a_page(digits, tables):
    (X, y), (X_test, y_test) = digits
    labels = np.stack([X[:, 300] > 100, X[:, 400] > 100], 1).astype(float)
    several = fastnet.train(X, labels, loss="cross-entropy", hidden=(4,), epochs=1)
    page = report.html(several, X, labels)
    assert "that finds 2 labels" in page
    score = f"{several.score(X, labels):.1%}"
    assert f"right about all labels of {score} of 1,000 images that it has learned" in page
    assert texts(section(page, "how-well"), "dd")[0] == score
    numbers = fastnet.train(X[:, :5] / 255.0, X[:, 5:11] / 255.0, hidden=(4,), epochs=1)
    page = report.html(numbers, X[:, :5] / 255.0, X[:, 5:11] / 255.0)
    assert "The first 4 of 6 outputs are drawn" in page
    stream = fastnet.train_stream(zip(X, y, strict=True), hidden=(4,))
    assert "learned from a stream of 1,000 images" in report.html(stream, X_test, y_test)
    tanh = fastnet.train(X, y, hidden=(4,), activation=["tanh", "tanh"], epochs=1)
    page = report.html(tanh, X_test, y_test)
    assert "outputs are no probabilities" in section(page, "certainty").replace("Tanh", "tanh")
    one = report.html(tanh, X_test[y_test == 3], y_test[y_test == 3])
    assert "Which classes it takes for which" in one
    unlabelled = report.html(tanh, X_test)
    assert "The samples have no labels" in unlabelled
    assert "What it answers to 300 images" in unlabelled
