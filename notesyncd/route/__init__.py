"""Which note goes to which sink."""
