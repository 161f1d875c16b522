"""`python -m fastnet` is `fastnet`."""

from fastnet.cli import main

if __name__ == "__main__":
    main()
