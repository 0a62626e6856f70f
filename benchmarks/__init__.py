"""Measures speed and memory: ours against a bare loop over the same reader, in one run. `make bench` runs all."""
