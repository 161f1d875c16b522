"""`--augment`: deformed images in the terminal, in TOML files and when a run is repeated."""

import json

import numpy as np
import pytest

import fastnet
from fastnet import Elastic
from fastnet.cli.types import Augment
from tests.cli.helpers import READS_TOML, events, fails, ok

SHORT = ["--hidden", 4, "--epochs", 2]
OURS = ["--augment", "alpha=4,sigma=1,shift=1"]
ELASTIC = Elastic(alpha=4, sigma=1, shift=1)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A file of 48 images of 4 x 9 pixels."""
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (48, 4, 9), np.uint8) * (rng.random((48, 4, 9)) > 0.5), [0, 1, 2]
    path = tmp_path_factory.mktemp("images") / "pictures.npz"
    np.savez(path, X=X.astype(np.uint8), y=y * 16, X_test=X[:9].astype(np.uint8), y_test=y * 3)
    return path


def learned(pictures, **options):
    """The digest of a net that Python trains on the file."""
    (X, y), test = fastnet.datasets.read(pictures)
    net = fastnet.train(X, y, hidden=(4,), epochs=2, validation_data=test, **options)
    return net.digest()


def saved(path):
    return fastnet.load(path).run["options"]["augment"]


def test_it_is_the_option_of_train(pictures, tmp_path):
    told = ok("train", pictures, *SHORT, *OURS, "--out", tmp_path / "m")
    assert "\ntraining: deformed, and judged before they are learned; test: never learned\n" in told
    shape = {"shape": (4, 9)}
    assert fastnet.load(tmp_path / "m").digest() == learned(
        pictures, augment={**ELASTIC.to_dict(), **shape}
    )
    assert saved(tmp_path / "m") == {**ELASTIC.to_dict(), "shape": [4, 9]}
    said = ok("info", tmp_path / "m")
    assert "    augment              alpha=4,sigma=1,shift=1,shape=4x9\n" in said
    (event,) = events(ok("info", tmp_path / "m", "--json"))
    assert event["run"]["options"]["augment"] == saved(tmp_path / "m")


def test_none_deforms_nothing(pictures, tmp_path):
    ok("train", pictures, *SHORT, "--augment", "none", "--out", tmp_path / "m")
    assert fastnet.load(tmp_path / "m").digest() == learned(pictures)


@READS_TOML
def test_a_toml_file_has_text_or_a_table(pictures, tmp_path):
    wanted = learned(pictures, augment={**ELASTIC.to_dict(), "shape": (4, 9)})
    config, out = tmp_path / "run.toml", tmp_path / "m"
    begin = f"data = {json.dumps(str(pictures))}\nhidden = [4]\nepochs = 2\n"
    for form in (
        'augment = "alpha=4,sigma=1,shift=1"',
        "augment = {alpha = 4, sigma = 1, shift = 1.0}",
        "[augment]\nalpha = 4\nsigma = 1\nshift = 1\nshape = [4, 9]",
    ):
        config.write_text(begin + form)
        ok("train", "--config", config, "--out", out)
        assert fastnet.load(out).digest() == wanted
    ok("train", "--config", config, "--augment", "none", "--out", out)
    assert fastnet.load(out).digest() == learned(pictures)
    for form, message in {
        "augment = 3": "augment: 3, wanted a table, or text such as 'elastic'",
        "[augment]\nsigm = 3": "augment: 'sigm' is none of alpha, sigma,",
        "[augment]\nsigma = -3": "augment: sigma: -3, wanted a number in [0, 1000]",
        "[augment]\nsigma = [3]": "augment: sigma: [3], wanted a number",
        "[epochs]\nn = 3": "[epochs], wanted lines such as epochs = 5",
        "[augmented]\nn = 3": "[augmented], wanted lines such as epochs = 5",
    }.items():
        config.write_text(f"data = {json.dumps(str(pictures))}\n{form}")
        assert message in fails(2, "train", "--config", config)


@READS_TOML
def test_a_repeated_run_has_the_same_bits(pictures, tmp_path):
    ok("train", pictures, *SHORT, *OURS, "--out", tmp_path / "m")
    text = ok("train", "--repeat", tmp_path / "m")
    digest = fastnet.load(tmp_path / "m").digest()
    assert text.endswith(f"the bits are the same, SHA-256\n  {digest}\n")
    (tmp_path / "run.toml").write_text(ok("info", tmp_path / "m", "--toml"))
    ok("train", "--config", tmp_path / "run.toml", "--out", tmp_path / "again")
    assert fastnet.load(tmp_path / "again").digest() == digest
    text = fails(2, "train", "--repeat", tmp_path / "m", *OURS)
    assert "--augment: given, but --repeat has the options of" in text


def test_several_nets_and_checkpoints(pictures, tmp_path):
    run = ["train", pictures, *SHORT, *OURS]
    ok(*run, "--seeds", 2, "--keep", "together", "--out", tmp_path / "both.npz")
    both = fastnet.load(tmp_path / "both.npz")
    for seed, net in enumerate(both):
        own = net.run["options"]["augment"]
        assert net.digest() == learned(pictures, augment=own, seed=seed)
    path = tmp_path / "run.npz"
    ok(*run, "--checkpoint", path, "--out", tmp_path / "m")
    ok(*run, "--checkpoint", path, "--resume", "--out", tmp_path / "again")
    again = fastnet.load(tmp_path / "again")
    assert again.digest() == fastnet.load(tmp_path / "m").digest() == both[0].digest()
    other = fails(1, *run, "--checkpoint", path, "--resume", "--augment", "affine")
    assert "holds another run: augment was" in other


WRONG = {
    "affin": "'affin', wanted elastic, affine or NAME=NUMBER; did you mean 'affine'?",
    "sigm=3": "'sigm' is none of alpha, sigma, rotation, scaling, shear, shift, flip, shape; "
    "did you mean 'sigma'?",
    "sigma=-1": "sigma: -1.0, wanted a number in [0, 1000]",
    "": "'', wanted elastic, affine or NAME=NUMBER",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_text_is_one_line(text):
    line = fails(2, "train", "--augment", text)
    assert line.startswith(f"Error: Invalid value for '--augment': {WRONG[text]}")


def test_what_is_no_image_is_refused_before_it_is_learned(pictures, tmp_path):
    message = "augment shape: (4, 8), but X has images of (4, 9)"
    assert message in fails(1, "train", pictures, "--augment", "shape=4x8", "--out", tmp_path / "m")
    table = tmp_path / "table.csv"
    table.write_text("x,y\n" + "".join(f"{k},{k % 2}\n" for k in range(50)))
    line = fails(1, "train", table, "--augment", "elastic", "--out", tmp_path / "m")
    assert "columns of a table, but augment wants images of uint8" in line
    assert not (tmp_path / "m").exists()
    assert "--augment: not for a stream" in fails(2, "train", "-", "--augment", "elastic")


def test_a_shell_completes_it():
    def words(begun):
        return [item.value for item in Augment().shell_complete(None, None, begun)]

    assert words("a") == ["affine", "alpha="]
    assert words("n") == ["none"]
    assert words("affine,shi") == ["affine,shift="]
    assert len(words("")) == 3 + 8
    assert words("elastic,") == [f"elastic,{name}=" for name in ELASTIC.to_dict()]
