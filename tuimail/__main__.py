"""`python -m tuimail` is `tuimail`."""

import sys

from tuimail.cli import main

sys.exit(main())
