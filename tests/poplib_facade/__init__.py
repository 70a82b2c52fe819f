"""Our engine in the clothes of Python's poplib, as far as CPython's own test_poplib looks."""
