"""A net that answers: its parameters, its outputs, its passes over samples, and its file."""
