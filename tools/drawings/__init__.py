"""The drawings of docs/pictures/, one module a page: `python -m tools.drawings [FOLDER]`."""
