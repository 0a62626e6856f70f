"""Obsidian sink."""
