"""Composition root: builds everything from the configuration; the only place where all parts meet."""
