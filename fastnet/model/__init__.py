"""A net that answers: its parameters, what its outputs mean, its passes, its file."""
