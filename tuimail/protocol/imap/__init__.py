"""IMAP4rev1 (RFC 3501) and the extensions we use, as a sans-IO machine."""
