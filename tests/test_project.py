"""What the project promises: floors, few imports, short files, nothing unpickled, no fastmath."""

import ast
import configparser
import fnmatch
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fastnet

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "fastnet"

# The floors, from the ground up: a module imports its own wing and lower floors. What stands in no
# wing, such as `fastnet.checks`, is the ground.
FLOORS = [
    ["fastnet.kernels"],
    ["fastnet.data"],
    ["fastnet.images"],
    ["fastnet.tables"],
    ["fastnet.sources"],
    ["fastnet.model", "fastnet.datasets"],
    ["fastnet.training", "fastnet.formats", "fastnet.plot"],
    ["fastnet.report", "fastnet.handwriting", "fastnet.sweeps"],
    ["fastnet.sklearn"],
    ["fastnet.cli"],
    ["fastnet.__main__"],
]
THIRD_PARTY = {  # package: where it may be imported
    "numpy": ["fastnet"],
    "numba": ["fastnet.kernels", "fastnet.model.compiling"],
    "llvmlite": ["fastnet.kernels"],
    "click": ["fastnet.cli"],
    # extras, imported at the first picture and the first report
    "matplotlib": ["fastnet.plot", "fastnet.report", "fastnet.cli.plot"],
    "jinja2": ["fastnet.report"],
    "markupsafe": ["fastnet.report"],  # which comes with Jinja2
    "sklearn": ["fastnet.sklearn"],  # an extra, which this wing alone needs
    "joblib": ["fastnet.sklearn"],  # which comes with scikit-learn
}
EXTRAS = {  # imported inside functions, where a person hands one over or a file needs it
    "PIL": ["fastnet.handwriting"],
    "distributed": ["fastnet.training", "fastnet.cli"],
    "narwhals": ["fastnet.tables", "fastnet.sources"],
    "optuna": ["fastnet.sweeps"],
    "pyarrow": ["fastnet.tables", "fastnet.sources"],
    "scipy": ["fastnet.tables", "fastnet.sources"],
    "torch": ["fastnet.formats"],
    "tqdm": ["fastnet.training"],
}

# The one module that unpickles: bytes that a process wrote for the workers that it asks. They carry
# the functions to call, as all that an executor sends, so a format without code would gain nothing.
UNPICKLES = ["fastnet.training.packing"]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
EACH_MODULE = pytest.mark.parametrize("name", MODULES)


@functools.cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imports(name: str, *, only_at_import: bool = False) -> Iterator[str]:
    """Names of the modules imported by `name`, inside functions too unless `only_at_import`."""
    package = name if MODULES[name].stem == "__init__" else name.rpartition(".")[0]
    queue: list[ast.AST] = [tree(name)]
    while queue:
        node = queue.pop()
        if only_at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        queue.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
            base = ".".join(above + ([node.module] if node.module else []))
            for alias in node.names:
                yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def floor(name: str) -> int:
    """The floor on which a module stands; the ground is 0, `fastnet` itself the roof."""
    if name == "fastnet":
        return len(FLOORS) + 1
    wings = [any(within(name, wing) for wing in floor) for floor in FLOORS]
    return wings.index(True) + 1 if any(wings) else 0


def wing(name: str) -> str:
    return next((w for floor in FLOORS for w in floor if within(name, w)), "the ground")


@EACH_MODULE
def test_a_module_imports_its_own_wing_and_lower_floors(name: str) -> None:
    for other in {other for other in imports(name) if within(other, "fastnet")}:
        lower = floor(other) < floor(name) or wing(other) == wing(name) != "fastnet"
        # its version is all that others take from the roof, and the terminal calls what users call
        roof = other == "fastnet" and wing(name) in ("fastnet.cli", "fastnet.__main__")
        assert lower or roof, f"{name} imports {other}"


def test_no_imports_go_in_a_circle() -> None:
    """Inside functions too. A package's __init__ stands for what it imports."""
    of = {name: {o for o in imports(name) if o in MODULES and o != "fastnet"} for name in MODULES}
    del of["fastnet"]
    while of:
        free = [name for name, others in of.items() if not others & of.keys() - {name}]
        assert free, f"circles among {sorted(of)}"
        for name in free:
            del of[name]


@EACH_MODULE
def test_third_party_packages_are_imported_where_they_belong(name: str) -> None:
    for other in imports(name, only_at_import=True):
        package = other.partition(".")[0]
        if package != "fastnet" and package not in sys.stdlib_module_names:
            assert package in THIRD_PARTY, f"{package} must be an extra, imported where it is used"
    for other in imports(name):
        homes = (THIRD_PARTY | EXTRAS).get(other.partition(".")[0], ["fastnet"])
        assert any(within(name, home) for home in homes), f"{other} belongs in {homes} only"


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def option(call: ast.Call, name: str) -> str | None:
    return next((ast.unparse(k.value) for k in call.keywords if k.arg == name), None)


@EACH_MODULE
def test_nothing_is_unpickled_or_evaluated(name: str) -> None:
    unpicklers = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
    if name in UNPICKLES:
        unpicklers.remove("pickle")
    others = {other for other in imports(name) if not within(other, "joblib.parallel")}
    assert unpicklers.isdisjoint(other.partition(".")[0] for other in others)
    for function, call in calls(name):
        assert function not in {"eval", "exec"}
        if function in {"np.load", "np.lib.format.read_array", "np.lib.npyio.NpzFile"}:
            assert option(call, "allow_pickle") == "False", ast.unparse(call)


@EACH_MODULE
def test_numba_options_stand_in_one_place_and_keep_the_arithmetic_exact(name: str) -> None:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.keyword) and node.arg in {"fastmath", "parallel"}:
            assert ast.unparse(node.value) == "False", f"{node.arg} changes the bits"
        elif isinstance(node, ast.keyword) and node.arg in {"nogil", "error_model", "boundscheck"}:
            assert name == "fastnet.kernels.jit", f"{node.arg}= at line {node.value.lineno}"
        elif isinstance(node, ast.Constant) and node.value in {"fast", "reassoc", "contract"}:
            raise AssertionError(f"LLVM's fast-math flag {node.value!r} at line {node.lineno}")


@EACH_MODULE
def test_kernels_multiply_no_matrices_by_blas(name: str) -> None:
    """BLAS would ask for SciPy, and its sums have an order of their own."""
    if within(name, "fastnet.kernels"):
        assert not any(isinstance(node, ast.MatMult) for node in ast.walk(tree(name)))
        assert {"np.dot", "np.matmul"}.isdisjoint(function for function, _ in calls(name))


def test_changelog_begins_with_the_current_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert heading is not None
    assert heading[1] == fastnet.__version__


def test_every_data_file_of_the_package_is_installed_with_it() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = [
        f"{package.replace('.', '/')}/{pattern.strip()}"
        for package, globs in setup["options.package_data"].items()
        for pattern in globs.split(",")
    ]
    found = [
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    ]
    assert "fastnet/py.typed" in found
    assert any(path.endswith(".npz") for path in found)
    for path in found:
        assert any(fnmatch.fnmatch(path, pattern) for pattern in patterns), path


def test_make_says_what_each_target_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)", makefile, re.MULTILINE)
    assert phony is not None
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^make ([\w-]+) +\w", said, re.MULTILINE) == phony[1].split()
