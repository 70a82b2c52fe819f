"""The benchmark suite behind `make bench`: tuimail beside neomutt, aerc and the server's own speed.

It measures and reports; it asserts nothing about time. Every comparison is interleaved in one run, since on a
shared machine only ratios of one run mean anything.
"""

import os

os.environ.setdefault("TEXTUAL_FPS", "120")  # as the program does before it imports Textual (cli/launch.py)
