"""Transcripts to notes: rows to blocks, tags, date, title."""
