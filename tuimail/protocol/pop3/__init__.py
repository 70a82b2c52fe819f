"""POP3 (RFC 1939) with its extensions, sans-IO: framing, commands, responses, and the machine that joins them."""
