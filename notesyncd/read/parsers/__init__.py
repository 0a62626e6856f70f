"""Parsers: what a model's family writes, to regions of plain words; markup never enters a word."""
