"""SASL (RFC 4422), the same for IMAP and POP3: what each mechanism says, and which to try in what order."""
