"""Looks at the whole set-up and says, for everything that is not as it should be, how to mend it."""
