"""Keeps notes in step in an Obsidian vault: plain files, written so that nothing of the user's is ever lost."""
