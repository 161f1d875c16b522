"""`python -m fastnet` runs the command `fastnet`."""

import sys


def main() -> None:
    """Run the command line. Ctrl-C ends it quietly, even during imports."""
    import fastnet

    if not hasattr(fastnet, "__version__"):  # another package's __init__.py lies over ours
        sys.exit(
            "Error: another package named fastnet has replaced files of this one: "
            "pip uninstall fastnet fastnet-sgd, then pip install fastnet-sgd"
        )
    try:
        from fastnet.cli import main as command
    except KeyboardInterrupt:
        sys.exit(130)
    command()


if __name__ == "__main__":
    main()
