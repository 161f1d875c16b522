"""Text from elsewhere, of files, mirrors and errors, as it is shown."""


def printable(text: str) -> str:
    """Text as a terminal can show it: no control character comes through."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def reason(error: BaseException) -> str:
    """The first line of what an error says, or its beginning: a damaged file may be a part."""
    text = next(iter(str(error).splitlines()), "") or type(error).__name__
    text = printable(text[:201])
    return text if len(text) <= 200 else text[:197] + "..."
