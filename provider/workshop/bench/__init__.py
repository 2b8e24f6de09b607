"""Measurements of the write paths, in a database of their own, beside the bare limit of the same machine."""
