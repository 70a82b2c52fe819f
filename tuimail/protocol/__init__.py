"""What bytes mean. Sans-IO: no sockets, no clock, no await, nothing of tuimail's own nouns."""
