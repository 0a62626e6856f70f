"""The reader process: one child that loads and runs one model in one thread, judged by its progress."""
