"""Transcripts and notes as JSON, Markdown, HTML and plain text, safely escaped."""
