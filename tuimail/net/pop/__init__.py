"""POP3 over the wire: one logged-in connection (`session`)."""
