"""SQLite, and only here: what we know of the server, what the user wants, and what was done."""
