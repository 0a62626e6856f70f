"""The only truth: what was seen, read, composed and sent. Events and timers are hints; what is due is a query."""
