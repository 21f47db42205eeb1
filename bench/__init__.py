"""Measurements at size, not tests: `python -m bench NAME`."""
