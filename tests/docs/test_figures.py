"""What pages say about speed in their sentences is what the tables of the bench say."""

import re
import statistics
from pathlib import Path

from bench import report

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results"
LARGE, MEDIUM, SMALL = "784-512-512-10", "784-30-10", "784-16-16-10"


def cell(part: str, row: str, column: str, place: int = 0) -> float:
    """Return a number in a cell of the first table of bench/results that has row and column."""
    head: list[str] = []
    for line in (RESULTS / f"{part}.md").read_text("utf-8").splitlines():
        cells = [text.strip() for text in line.strip("|").split("|")]
        head = [] if not line.startswith("|") else head or cells
        if cells[0].rstrip("*") == row and column in head:
            text = cells[head.index(column)].replace(",", "")
            return float(re.findall(r"[\d.]+", text)[place])
    raise KeyError((part, row, column))


def time(who: str, net: str = MEDIUM) -> float:
    """Return the microseconds of a sample."""
    return cell("samples", who, net)


def times(who: str, net: str = MEDIUM) -> int:
    """Return how many times fastnet's time that is."""
    return round(cell("samples", who, net, 1))


def to_target(who: str) -> float:
    """Return the seconds to 97.5% of MNIST."""
    return cell("target", who, "97.5%")


def beside(way: str) -> list[float]:
    """Return how many times as many nets a way trains as one net with one thread, by net."""
    nets = report.read()["threads"]["figures"]["nets"]
    return [net["gains"][way] for net in nets]


def message() -> float:
    """Return the microseconds of a message to another process and back."""
    return 1e6 * report.read()["workers"]["figures"]["message"]


def alone() -> float:
    """Return the microseconds of a sample of the smallest net, on the machine of these figures."""
    [net] = [n for n in report.read()["threads"]["figures"]["nets"] if n["name"] == SMALL]
    minutes = 1 / statistics.median(net["pace"]["1 net, 1 thread"])
    return 60e6 * minutes / (net["epochs"] * net["samples"])


def said() -> dict[str, list[str]]:
    """Return what each page says."""
    together, team = beside("2 nets, 1 thread each"), beside("1 net, 2 threads")
    row = cell("scale", "in a new order (the default)", "µs a row")
    passed = 100 * row  # millions of rows
    orders = ("from front to back", "from front to back, a smaller net")
    in_order, small = (cell("scale", order, "seconds of a pass") for order in orders)
    beside_map = cell("scale", "in a new order (the default)", "memory beside, MB") * 2**20
    csv, parquet = (cell("scale", form, "read and encode, µs a row") for form in ("CSV", "Parquet"))
    eager, by_hand, compiled = (f"PyTorch, {how}" for how in ("eager", "by hand", "compiled"))
    operations = cell("limits", SMALL, "operations")
    least = operations / 267e3  # microseconds, at 267 billion a second
    call, each = cell("calls", "fastnet, learn_one", SMALL), time("fastnet", SMALL)
    singly, gain = (cell("methods", "784-512-10", column) for column in ("singly", "blocks"))
    one, two = (cell("growth", LARGE, threads) for threads in ("1", "2"))
    return {
        "docs/coming/fann.md": [
            f"FANN takes {time('FANN'):g} µs to learn a sample with 784-30-10 and fastnet"
            f" {time('fastnet'):g} µs: {times('FANN')} times as long",
            f"With 784-512-512-10 it is {times('FANN', LARGE)} times",
        ],
        "docs/coming/pytorch.md": [
            f"takes {times(eager)} times as long as fastnet with modules and autograd,"
            f" {times(by_hand)} times with tensors by hand, and {times(compiled)} times compiled",
            f"with 784-512-512-10 it is {times(eager, LARGE)}, {times(by_hand, LARGE)} and"
            f" {times(compiled, LARGE)} times",
            f"reaches 97.5% of MNIST in {to_target('PyTorch, mini-batch'):g} s, fastnet in"
            f" {to_target('fastnet'):g} s",
        ],
        "docs/coming/scikit-learn.md": [
            f"a {times('scikit-learn')}th of the time per sample with 784-30-10, and a"
            f" {times('scikit-learn', LARGE)}th with 784-512-512-10",
            f"reaches 97.5% of MNIST in {to_target('scikit-learn, mini-batch'):g} s and fastnet in"
            f" {to_target('fastnet'):g} s",
            {9: "a ninth of that of `MLPClassifier()` on 14 tables"}[
                round(cell("tables", "MLPClassifier", "times the first"))
            ],
        ],
        "docs/how-it-works.md": [
            f"60,000 times in {60 * each:.0f} ms",
            f"has {operations:,.0f} operations a sample",
            f"could do them in {least:.3f} µs, while light goes {299.79 * least:.0f} m",
            f"{time('NumPy', SMALL):.0f} µs in NumPy, {time('PyTorch, compiled', SMALL):.0f} µs in"
            f" compiled PyTorch, and {time('plain C', SMALL):.1f} µs in plain C",
            f"not one each | {call:.2f} | {each:.2f} | {call / each:.1f}x |",
            f"784-512-10 without zeros | {singly:.1f} | {singly / gain:.1f} | {gain:.1f}x |",
            f"two threads, 784-512-512-10 | {one:.1f} | {two:.1f} | {one / two:.1f}x |",
        ],
        "docs/scale.md": [
            f"takes {passed:.0f} s of one core, {row:g} µs a row",
            f"From front to back it takes {in_order:.0f} s, and with 16 hidden units {small:.0f} s",
            f"a run has {beside_map / report.read()['scale']['figures']['many']:.0f} bytes a row",
            f"A row of CSV takes {csv / row:.1f} times as long as the first to read and encode,"
            f" once, one of Parquet {parquet / row:.1f} times",
            f"Two nets side by side are {min(together):.1f} to {max(together):.1f} times as fast as"
            f" one net with one thread, two threads that share a net {min(team):.1f} to"
            f" {max(team):.1f} times",
            f"learns a sample in {alone():.2f} µs",
            f"takes {message():.0f} µs even within a machine, {message() / alone():.0f} times as"
            " long",
        ],
    }


def test_sentences_have_the_figures_of_the_bench() -> None:
    assert "does 267 billion operations" in (RESULTS / "limits.md").read_text("utf-8")
    for page, sentences in said().items():
        text = " ".join((ROOT / page).read_text("utf-8").split())
        assert [sentence for sentence in sentences if sentence not in text] == [], page


def test_how_it_works_has_every_folder() -> None:
    table = (ROOT / "docs/how-it-works.md").read_text("utf-8").partition("## Where things are")[2]
    named = set(re.findall(r"`(\w+)/`", "".join(re.findall(r"(?m)^\|.*?\|", table))))
    folders = {path.parent.name for path in (ROOT / "fastnet").glob("*/__init__.py")}
    assert named == folders - {"metrics"}  # of the ground
