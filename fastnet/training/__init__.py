"""One training run: the order of the samples, their rates, the end of the run, and its record."""
