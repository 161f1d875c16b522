"""`python -m fastnet` is `fastnet`."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is being imported ends it, too."""
    try:
        from fastnet.cli import main as command
    except KeyboardInterrupt:
        sys.exit(130)
    command()


if __name__ == "__main__":
    main()
