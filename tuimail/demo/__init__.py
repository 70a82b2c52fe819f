"""The embedded demo server (pymap) and its sample mail."""
