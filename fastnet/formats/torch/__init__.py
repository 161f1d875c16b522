"""PyTorch: models out as Sequentials, and modules and state dicts in."""
