"""The page: its sections in order, in one file."""

from __future__ import annotations

import os
from typing import Any

from markupsafe import Markup

from .._version import __version__
from ..files import atomic_write
from ..plot.judged import MOST
from .certainty import certainty
from .inside import inside
from .judgement import how_well, mistakes
from .learning import curves
from .record import data as learned_data
from .record import record
from .repeat import repeat
from .replay import replay as play
from .sections import Section
from .subject import Subject, subject_of
from .templates import digest_of, environment, text_of
from .words import headline, model_name

LARGEST = 1_900_000  # bytes of all sections; the replay has what the others leave


def html(
    net: Any,
    X: Any = None,
    y: Any = None,
    *,
    learned: tuple[Any, Any] | None = None,
    data: str = "",
    part: str = "",
    why: str = "",
    shape: tuple[int, ...] | None = None,
    most: int | None = MOST,
    seed: int = 0,
    replay: bool | None = None,
) -> str:
    """Return a page about a net: what it is, how well it does, how it learned, how to repeat it.

    The page is one file of HTML without links to others. The same arguments give the same bytes.

    Parameters
    ----------
    net : Network, Ensemble, or dict of them by name
        Or a fitted estimator of `fastnet.sklearn`. Several vote by the mean of their outputs. A
        name, such as that of the model's file, stands on the page.
    X, y : array_like or table, optional
        Samples and their targets, as for `net.score`, best such as were not learned. Without them
        the page says what it cannot show.
    learned : (X, y), optional
        The samples that the net learned, for the replay of its learning.
    data : str
        What X is called, such as the name of a file.
    part : str
        What X is to the net: "test" or "held-out" (it has not learned them), "training" (it has).
        By default the record of the run tells, if it knows.
    why : str
        Why there are no samples, or no targets, as a sentence of the page.
    shape : (rows, columns) or (rows, columns, 3), optional
        That of images, if they are no squares.
    most, seed : int, optional
        Of more samples, so many are judged, drawn by the seed, and the page says it. None means
        all.
    replay : bool, optional
        Whether to train the net again, for the replay of its learning. By default that is done if
        its run took a minute at the most.

    Returns
    -------
    str

    Raises
    ------
    TypeError, ValueError
        X and y do not fit the net, or several nets do not fit each other.
    """
    subject = subject_of(
        net, X, y, learned=learned, data=data, part=part, why=why, shape=shape, most=most,
        seed=seed, replay=replay,
    )  # fmt: skip
    return rendered(subject, sections_of(subject))


def write(
    path: str | os.PathLike[str], net: Any, X: Any = None, y: Any = None, **more: Any
) -> None:
    """Write a page about a net, atomically; the arguments are those of `html`.

    Raises
    ------
    TypeError, ValueError
        As `html` does; nothing is written.
    OSError
        The file cannot be written; an old file is as it was.
    """
    text = html(net, X, y, **more).encode()
    atomic_write(path, lambda file: file.write(text))


def sections_of(subject: Subject) -> list[Section]:
    """Return the sections, in the order of the page; those that do not fit are left out."""
    first = [make(subject) for make in (how_well, mistakes, curves)]
    last = [make(subject) for make in (inside, certainty, learned_data, record, repeat)]
    others = sum(len(section.html) for section in [*first, *last] if section is not None)
    made = [*first, play(subject, max(0, LARGEST - others)), *last]
    return [section for section in made if section is not None]


def rendered(subject: Subject, sections: list[Section]) -> str:
    """Return the page with these sections."""
    files = {name: text_of(name) or "" for section in sections for name in section.files}
    css = (text_of("page.css") or "") + "".join(files[f] for f in files if f.endswith(".css"))
    scripts = [files[f] for f in files if f.endswith(".js")]
    allowed = [digest_of(script) for script in scripts]
    policy = (
        f"default-src 'none'; img-src data:; style-src {digest_of(css)}; "
        f"script-src {' '.join(allowed) or quoted('none')}; base-uri 'none'; form-action 'none'"
    )
    name = model_name(subject)
    said = headline(subject)
    return environment().get_template("page.html").render(
        policy=Markup(policy), version=__version__, name=name, headline=said,
        title=f"{name}: {said}" if name else said, css=Markup(css), sections=sections,
        scripts=[Markup(script) for script in scripts],
    )  # fmt: skip


def quoted(word: str) -> str:
    """Return a keyword of a policy."""
    return f"'{word}'"
