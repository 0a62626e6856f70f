"""Bringing one copy to one revision: find, then write; when to try again; when to keep quiet."""
