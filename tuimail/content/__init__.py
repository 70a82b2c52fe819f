"""From raw mail to something readable; pure functions, nothing fetched, never an exception."""
