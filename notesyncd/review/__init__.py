"""A person's hand on a transcript: corrections applied, undone, and put on again after a re-read."""
