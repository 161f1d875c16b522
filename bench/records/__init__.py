"""The table of records: `python -m bench.records`, or `make records`."""
