"""The user's settings: what there is to set, where it is kept, how it is read and checked."""
