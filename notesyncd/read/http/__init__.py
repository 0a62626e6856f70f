"""The reader behind any OpenAI-compatible server: on this machine, or elsewhere where the user says so."""
