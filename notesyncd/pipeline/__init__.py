"""Knows the order of the stages, and the ledger: one row, one step, one commit."""
