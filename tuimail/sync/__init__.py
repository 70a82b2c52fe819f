"""Makes the store and the server agree."""
