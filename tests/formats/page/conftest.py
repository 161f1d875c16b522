"""Pages in a real Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import fastnet
from fastnet.formats import export
from fastnet.handwriting import pretrained
from tests.browser import chromium

from .pages import random_net

WORDS = ["T-shirt/top", "<b>&amp;</script>", "猫", "a very long label that goes on", "Bag"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pages: of the net that comes with fastnet, and of others."""
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "digits": pretrained(),
        "words": random_net((16,), "tanh", "sigmoid", WORDS),
        "many": random_net((40, 30, 20), "leaky-relu", classes=[f"letter {k}" for k in range(47)]),
        "flat": random_net((), output="identity"),
        "several": fastnet.Ensemble([random_net((300,)), random_net((5,), seed=1)]),
    }
    for name, net in made.items():
        export(net, "page", folder / f"{name}.html", input="uint8")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, folder: Path) -> Iterator[Open]:
    """Open a page; at the end no script may have failed, and nothing may have been loaded."""
    errors: list[str] = []
    contexts = []

    def open_page(name: str = "digits", width: int = 1280, height: int = 900, **more: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: errors.append(request.url) if not
                request.url.startswith("file:") else None)  # fmt: skip
        page.goto((folder / f"{name}.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
