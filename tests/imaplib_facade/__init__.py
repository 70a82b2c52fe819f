"""Our engine in the clothes of Python's imaplib, as far as CPython's own test_imaplib looks."""
