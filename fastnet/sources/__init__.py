"""Data in files and pipes: each format becomes arrays or tables, through one door."""
