"""What the ``cuda`` reader's process does with torch and transformers; neither is imported before it is needed."""
