"""Strangers' files become pixels in a child process: what it may do, what it is asked, what it answers."""
