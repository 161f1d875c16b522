"""One run: which samples are learned, in which order, at which rate, until when."""
