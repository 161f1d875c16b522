"""The teller, which reports the events of a run."""

from typing import Any

from .errors import failure, say
from .events import as_text
from .progress import Progress
from .quiet import is_quiet
from .text import as_json, fitted, plain

RESULTS = ("end", "nets", "stream_end", "repeated", "swept")  # the events that --quiet leaves


class Teller:
    """A teller reports events, as text or as one JSON object a line. It erases the bar for them.

    If standard output fails, the work continues, since its result is worth more.

    Parameters
    ----------
    json_
        True for JSON.
    label
        The label of the bar.
    common
        Fields that all texts need besides those of the event.
    """

    def __init__(self, json_: bool, label: str = "", **common: Any) -> None:
        self.json_, self.common, self.progress = json_, common, Progress(label)
        self.failed: OSError | UnicodeError | None = None
        self.quiet = is_quiet()

    def __call__(self, event: str, **fields: Any) -> None:
        """Tell an event."""
        if self.quiet and event not in RESULTS:
            return
        fields = {"event": event, **plain(fields)}
        self.progress.clear()
        text = as_json(fields) if self.json_ else as_text({**self.common, **fields})
        self._say(text.lstrip("\n") if self.quiet else text)

    def heading(self, text: str) -> None:
        """Print the heading of a table."""
        if not self.json_ and not self.quiet:
            self._say(fitted(text))

    def _say(self, text: str) -> None:
        try:
            if self.failed is None:
                say(text)
        except (OSError, UnicodeError) as error:
            self.failed = error

    def check(self) -> None:
        """Raise if nobody reads the output any more, so that a long run ends."""
        if isinstance(self.failed, BrokenPipeError):
            raise self.failed

    def close(self, kept: str) -> None:
        """Raise if an event could not be written; `kept` says what is saved of the work."""
        if self.failed is not None:
            raise failure(self.failed, kept) from None
