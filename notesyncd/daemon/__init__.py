"""The process that stays: watcher, clock, workers and signals around the pipeline."""
