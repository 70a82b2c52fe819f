"""How bytes travel: streams, the driver that runs a protocol machine over one, and the Remote contract."""
