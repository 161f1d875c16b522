"""`import fastnet`: what it costs, and the names that it has."""

import importlib
import inspect
import os
import pkgutil
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import click
import pytest

import fastnet
from tests.helpers import ROOT, python

NAME = "fastnet-sgd"  # the distribution's: on the package index, fastnet is another
LOADED = "; import sys; print(*{name.partition('.')[0] for name in sys.modules})"


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import fastnet", {"numpy", "numba", "llvmlite", "click", "scipy", "json", "urllib"}),
        ("import fastnet; dir(fastnet); fastnet.__version__", {"numpy", "numba", "click"}),
        ("import fastnet; fastnet.datasets", {"numba", "llvmlite", "click", "scipy"}),
        ("import fastnet; fastnet.reference", {"numba", "llvmlite", "click", "scipy"}),
        ("import fastnet, fastnet.cli", {"numpy", "numba", "llvmlite"}),
        ("import fastnet; fastnet.formats", {"numpy", "numba", "onnx", "torch", "sklearn"}),
        ("from fastnet import *", {"click"}),
        ("import fastnet; fastnet.train([[0, 1], [1, 0]], [0, 1], epochs=1)", {"click"}),
    ],
)
def test_only_what_is_needed_is_imported(statement, absent):
    loaded = set(python(statement + LOADED).stdout.split())
    assert "fastnet" in loaded
    assert absent.isdisjoint(loaded), absent & loaded


def test_names_are_found_when_they_are_used():
    code = """
import fastnet
assert "train" not in vars(fastnet)
from fastnet import train
assert vars(fastnet)["train"] is train is fastnet.train, "found once"
assert fastnet.training.trainer.train is train and train.__module__ == "fastnet.training.trainer"
import fastnet.formats.loading
assert fastnet.Network is fastnet.model.network.Network
assert fastnet.load is fastnet.formats.loading.load
assert fastnet.datasets.load is not fastnet.load
assert not hasattr(fastnet, "numpy_and_more")
assert {*fastnet.__all__, "__version__"} <= {*dir(fastnet)}
"""
    python(code)


def test_what_is_shown_is_what_is_public():
    """`__all__` is the list of public names, written down once."""
    shown = [name for name in dir(fastnet) if not name.startswith("__")]
    assert shown == sorted(shown) == sorted(fastnet.__all__)
    for name in shown:
        assert getattr(fastnet, name).__doc__, name


def test_no_module_hides_what_is_public():
    """Importing a module sets its name in its package, in place of a function of this name."""
    for found in pkgutil.walk_packages(fastnet.__path__, "fastnet."):
        if found.ispkg:
            package = importlib.import_module(found.name)
            modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
            for name in modules & {*getattr(package, "__all__", ())}:
                assert inspect.ismodule(getattr(package, name)), f"{found.name}.{name}"


def test_names_in_any_order():
    """No name depends on another having been used before."""
    python(f"""
import os
import numba
for name in {fastnet.__all__}:
    if not os.fork():  # a process that has used no other name
        exec(f"from fastnet import {{name}}; assert {{name}} is not None")
        os._exit(0)
    assert os.wait()[1] == 0, name
""", OPENBLAS_NUM_THREADS="1")


def test_names_in_threads():
    """Several threads may use the first name at once."""
    python("""
import threading
import fastnet
found = []
threads = [threading.Thread(target=lambda: found.append(fastnet.train)) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert found == [fastnet.train] * 8
""")


@pytest.mark.compiled
def test_importing_compiles_nothing(tmp_path):
    code = """
import fastnet
for name in fastnet.__all__: getattr(fastnet, name)
import fastnet.cli
from numba.core.dispatcher import Dispatcher
import gc
kernels = [k for k in gc.get_objects() if isinstance(k, Dispatcher) and "fastnet" in k.__module__]
assert len(kernels) > 10
assert all(not k.signatures for k in kernels)
"""
    python(code, NUMBA_CACHE_DIR=str(tmp_path))
    assert list(tmp_path.rglob("*.nb?")) == []


def test_version():
    assert fastnet.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="module 'fastnet' has no attribute 'fit'"):
        _ = fastnet.fit


# From the sources to an installed package --------------------------------------------------------


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """What git has of the project, in a folder that is called as a clone is."""
    if not (ROOT / ".git").exists():
        pytest.skip("these sources are no clone")
    folder = tmp_path_factory.mktemp("above") / "fastnet"
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def tracked() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return {name for name in listed.stdout.split("\0") if name}


def build(clone: Path, what: str, folder: Path) -> Path:
    """Build with what pip builds with; returns the file."""
    code = f"import sys; from setuptools import build_meta; build_meta.build_{what}(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=clone, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    [path] = folder.iterdir()
    return path


def test_the_sources_have_all_that_git_has(clone, tmp_path):
    with tarfile.open(build(clone, "sdist", tmp_path)) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert tracked() - names == set()
    made = {name for name in names - tracked() if not name.startswith("fastnet_sgd.egg-info/")}
    assert made <= {"PKG-INFO", "setup.cfg"}


@pytest.fixture(scope="module")
def installed(clone, tmp_path_factory) -> Path:
    """A folder that has the wheel's files, and click, as one of installed packages has them."""
    site, built = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("built")
    with zipfile.ZipFile(build(clone, "wheel", built)) as wheel:
        wheel.extractall(site)
    (site / "click").symlink_to(Path(click.__file__).parent)
    return site


def distribution(site: Path) -> metadata.Distribution:
    [found] = metadata.distributions(path=[str(site)])
    return found


def test_the_distribution_has_a_name_of_its_own(installed):
    found = distribution(installed)
    assert (found.name, found.version) == (NAME, fastnet.__version__)
    assert [(script.name, script.value) for script in found.entry_points] == [
        ("fastnet", "fastnet.__main__:main")
    ]
    own = [want for want in found.requires if want.partition("[")[0].startswith("fastnet")]
    assert own and all(want.startswith(f"{NAME}[") for want in own), "an extra of its own extras"


def run_command(site: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command of what is installed there, and of nothing else."""
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from fastnet.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(site), *arguments],
        capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def install_the_other(site: Path) -> None:
    """Lay down what the package called fastnet has, as pip does: over what is there."""
    (site / "fastnet" / "__init__.py").write_text("")
    (site / "fastnet" / "train.py").write_text("def train(): ...\n")
    about = site / "fastnet-1.0.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: fastnet\nVersion: 1.0.0\n")


REMEDY = "pip uninstall fastnet fastnet-sgd, then pip install fastnet-sgd\n"


def test_version_says_nothing_more_where_no_other_package_is(installed):
    assert run_command(installed, "--version") == (0, f"fastnet {fastnet.__version__}\n", "")


def test_version_warns_of_the_other_package_of_that_name(installed, tmp_path):
    site = shutil.copytree(installed, tmp_path / "site", symlinks=True)
    own = (site / "fastnet" / "__init__.py").read_bytes()
    install_the_other(site)
    (site / "fastnet" / "__init__.py").write_bytes(own)  # ours was installed after the other
    code, out, err = run_command(site, "--version")
    assert (code, out) == (0, f"fastnet {fastnet.__version__}\n")
    assert err.startswith("Warning: fastnet 1.0.0, another package, is installed too")
    assert err.endswith(REMEDY) and err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--version"], ["train", "--epochs", "1"], []])
def test_a_package_that_lies_over_this_one_is_said_in_a_line(installed, tmp_path, arguments):
    site = shutil.copytree(installed, tmp_path / "site", symlinks=True)
    install_the_other(site)
    code, out, err = run_command(site, *arguments)
    assert (code, out) == (1, "")
    assert err.startswith("Error: another package named fastnet has replaced files of this one")
    assert err.endswith(REMEDY) and err.count("\n") == 1


@pytest.mark.parametrize("what", ["editable", "wheel"])
def test_the_package_is_found_from_above_the_clone(clone, tmp_path, what):
    """Where the clone itself, of the same name, is the first that Python meets."""
    site, built = tmp_path / "site", tmp_path / "built"
    built.mkdir()
    with zipfile.ZipFile(build(clone, what, built)) as wheel:
        wheel.extractall(site)
    code = (
        "import site, sys; site.addsitedir(sys.argv[1]); import fastnet;"
        "print(fastnet.__file__, fastnet.__version__, 'train' in dir(fastnet))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for folder in (clone.parent, clone, tmp_path):
        done = subprocess.run(
            [sys.executable, "-S", "-c", code, str(site)],  # -S: without what is installed here
            cwd=folder, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        home = clone if what == "editable" or folder == clone else site
        assert done.stdout == f"{home / 'fastnet' / '__init__.py'} {fastnet.__version__} True\n"
