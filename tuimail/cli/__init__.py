"""The `tuimail` command: reads the options, hands over to a verb, and answers every failure with a sentence.

Nothing heavy is imported before it is known what is wanted: `tuimail --help` loads neither Textual nor keyring.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
from collections.abc import Sequence

from tuimail.cli.parser import make_parser
from tuimail.errors import TuimailError, UsageError

FAILED, WRONG_USE, A_BUG, INTERRUPTED, PIPE_CLOSED = 1, 2, 70, 130, 141
"""Exit codes; 70 is EX_SOFTWARE of sysexits.h, the last two are 128 + the signal, as shells have it."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    collect_later()
    os.umask(0o077)  # every file of this process is the user's alone, the database's included
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter shows "?"
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()  # a reader that has gone is noticed here, and not while Python ends
    except UsageError as error:
        _tell(error)
        return WRONG_USE
    except TuimailError as error:
        _tell(error)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return PIPE_CLOSED
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:  # `tuimail list … > file`; the store has its own
            _tell(TuimailError(f"Not all could be written: {error.strerror}."))
            return FAILED
        _log_bug(error)
        return A_BUG
    finally:
        _let_go()
    return code


def _let_go() -> None:
    """Python flushes once more as it ends, and a terminal or reader that has gone would spoil the exit code (120)."""
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(argv: Sequence[str]) -> int:
    try:
        options = make_parser().read(argv)
    except SystemExit:  # --help or --version has been printed
        return 0
    match options.verb:
        case None | "open" | "demo":
            from tuimail.cli import launch

            return launch.VERBS[options.verb](options)
        case "account":
            from tuimail.cli import accounts

            _collect_again()
            return accounts.VERBS[options.deed](options)
        case "save":
            from tuimail.cli import saving

            _collect_again()
            return saving.save(options)
        case "search":
            from tuimail.cli import searching

            _collect_again()
            return searching.search(options)
        case "export":
            from tuimail.cli import exporting

            _collect_again()
            return exporting.export(options)
        case _:
            from tuimail.cli import reading

            _collect_again()
            return reading.VERBS[options.verb](options)


def collect_later() -> None:
    """No garbage is looked for until all is imported, and seldom from then on."""
    gc.disable()  # importing makes much and frees nothing: collecting meanwhile is a quarter of the start
    gc.set_threshold(20_000, 5)  # mail is plain values without cycles: Python's 700 cost a tenth of a first sync


def _collect_again() -> None:
    """What was imported stays for ever, and need not be looked at again."""
    gc.freeze()
    gc.enable()


def _tell(error: TuimailError) -> None:
    from tuimail.cli.output import note

    note(f"{error.sentence}\n{error.next_step}" if "\n" in error.sentence else str(error))


def _log_bug(error: Exception) -> None:
    """The traceback goes to the log; the terminal gets one sentence that says where."""
    import logging

    from tuimail import logs
    from tuimail.cli.output import note

    logging.getLogger("tuimail.cli").error("unexpected", exc_info=error)
    where = logs.place() and f"The details are in {logs.place()}"
    note(f"something went wrong that should not have: {type(error).__name__}. {where}")
