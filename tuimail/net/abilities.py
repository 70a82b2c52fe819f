"""What a server can do, for the program (`Abilities`) and in words for its owner (`tuimail account check`).

Who uses which extension, what is done without it, and the test of it. The last row of `tests/sync/test_poorer_servers`
does the whole job with nothing but IMAP4rev1; a mask, a quirk or a refusal makes any of them as good as not offered.

    IDLE                 the folder in view is watched            else NOOP by the clock        → net/test_waiting.test_without_idle_the_clock_asks
    NOTIFY               every folder is watched on one line      else IDLE and LIST-STATUS     → net/test_waiting.test_a_refused_notify_leaves_idle_and_is_not_offered_any_more
    CONDSTORE            changed flags only                       else all, or the newest 1,000 → net/test_reading.test_flags_and_only_those_changed_since
    QRESYNC              a folder reopened by its SELECT          else CONDSTORE, UIDs compared → sync/test_extensions.test_reopening_with_qresync_asks_for_neither_flags_nor_uids
    ENABLE               switches QRESYNC on                      else a plain SELECT           → net/test_quirks.test_a_refused_enable_makes_a_plain_select
    ESEARCH              all UIDs, and hits, as ranges            else PARTIAL, or numbers      → net/test_reading.test_uids_are_ranges_with_and_without_esearch
    PARTIAL              UIDs of huge folders, hits: by the page  else windows of numbers       → net/test_finding.test_the_uids_of_a_huge_folder_come_in_pages_and_none_is_believed_missing
    MOVE                 one step that cannot stop half-way       else COPY, mark, UID EXPUNGE  → net/test_changing.test_moving_spares_what_another_client_marked
    UIDPLUS              new UIDs; only what is ours is expunged  else found again; mark only   → sync/test_with_dovecot.test_a_poorer_server_ends_in_the_same_state
    UNSELECT             an open folder is left before it goes    else the inbox is selected    → net/test_folders.test_a_folder_that_is_open_is_left_before_it_goes
    COMPRESS=DEFLATE     all lines but those of this machine      else plain                    → sync/test_economy.test_headers_take_a_quarter_of_the_octets_or_less
    LITERAL+, LITERAL-   searches, names and APPEND in one go     else "+" is waited for        → protocol/imap/test_commands.test_a_literal_waits_for_its_plus_unless_the_server_waives_it
    SASL-IR              login in one round trip                  else one more                 → net/test_logging_in.test_without_sasl_ir_the_first_word_waits_for_the_servers_plus
    LIST-EXTENDED        folders with their subscriptions         else LIST and LSUB            → net/test_folders.test_where_list_cannot_tell_subscriptions_lsub_is_asked
    LIST-STATUS          all counts in the same answer            else STATUS of each           → net/test_reading.test_without_extensions_folders_are_the_same
    STATUS=SIZE          what all folders hold (account screen)   else not told                 → screens/test_account.test_what_the_mailbox_holds_is_told_where_the_server_knows
    SPECIAL-USE          which folder is Sent, Trash, Archive     else XLIST, or its name       → net/test_folders.test_without_special_use_the_usual_names_count
    XLIST                the same, in the old way                 else its name                 → net/test_quirks.test_roles_are_told_by_xlist_where_there_is_no_special_use
    NAMESPACE            where new folders go                     else at the top               → net/test_folders.test_new_folders_go_below_the_personal_namespace
    ID                   who we are; quirks; its name             else the greeting             → net/test_quirks.test_servers_are_known_by_what_they_say_and_where_they_are
    OBJECTID             mail and folders are known again         else Message-ID and size      → sync/test_identity.test_what_another_client_moves_is_known_again_without_its_header
    PREVIEW              first words of rows in sight             else from the text, when here → sync/test_previews.test_first_words_come_without_the_text_and_stay
    QUOTA                the room that is left (account screen)   else not told                 → net/test_quirks.test_the_quota_is_a_fact
    X-GM-EXT-1           Gmail's search, its message ids, labels  else plain SEARCH             → sync/test_phrasing.test_gmail_is_asked_in_its_own_language
                         as folders whose archive is All Mail

In `net.client` only, as the program has no use for them yet or does it better by itself: BINARY (attachments are decoded
here while they come, and go on after a cut at any octet), SORT and THREAD (all headers are here, and order and threads
must be the same offline), CHILDREN (all folders are listed at once), MULTIAPPEND and APPENDLIMIT (nothing is uploaded),
THREADID, X-GM-THRID and X-GM-LABELS.
"""  # noqa: E501  # the table

from __future__ import annotations

from collections.abc import Iterable

from tuimail.net.remote import Abilities

_MEANING = {
    "IDLE": "new mail appears at once",
    "CONDSTORE": "changed flags are found without asking for all of them",
    "QRESYNC": "a folder reopens in one round trip, deletions included",
    "ESEARCH": "the list of all messages is a few octets and not one number each",
    "MOVE": "archiving and deleting are one step that cannot stop half-way",
    "UIDPLUS": "a move tells the new ids, and only our own deletions are expunged",
    "UNSELECT": "an open folder is left before it is deleted or renamed",
    "COMPRESS=DEFLATE": "less traffic on slow lines",
    "LITERAL+": "names and searches beyond ASCII without an extra round trip",
    "LITERAL-": "the same, up to 4 kB",
    "SASL-IR": "logging in is one round trip faster",
    "ENABLE": "extensions can be switched on",
    "LIST-EXTENDED": "folders and subscriptions come in one answer",
    "LIST-STATUS": "the counts of all folders come in one answer",
    "SPECIAL-USE": "the server says which folder is Sent, Trash, Archive",
    "NAMESPACE": "the server says where folders of one's own begin",
    "ID": "server and program can introduce themselves",
    "NOTIFY": "all folders can be watched on one connection",
    "STATUS=SIZE": "folder sizes are known",
    "OBJECTID": "moved messages and renamed folders are known again",
    "PREVIEW": "the first words of a message are shown before its text is here",
    "QUOTA": "the space left is known",
    "PARTIAL": "huge folders and many hits are told a page at a time",
    "XLIST": "the server says which folder is Sent, Trash, Archive, in the old way",
    "X-GM-EXT-1": "Gmail: its own search, and one message in many folders is one",
    "IMAP4REV2": "the newer IMAP is spoken",
}


def abilities_of(capabilities: Iterable[str]) -> Abilities:
    """What may be used of these capabilities (any case)."""
    known = frozenset(word.upper() for word in capabilities)
    newer = "IMAP4REV2" in known and "IMAP4REV1" not in known  # RFC 9051 holds these extensions in itself
    return Abilities(
        capabilities=known,
        condstore="CONDSTORE" in known or "QRESYNC" in known,
        qresync="QRESYNC" in known and (newer or "ENABLE" in known),
        notify="NOTIFY" in known,
        uidplus=newer or "UIDPLUS" in known,
        move=newer or "MOVE" in known,
        idle=newer or "IDLE" in known,
        special_use=newer or "SPECIAL-USE" in known,
        identity=bool(known & {"OBJECTID", "X-GM-EXT-1"}),
        previews="PREVIEW" in known,
        subscriptions=True,  # by LIST (RFC 5258), else by LSUB
    )


def describe(capabilities: Iterable[str]) -> list[tuple[str, str]]:
    """(capability, what it buys the reader), for those that are offered and known, most useful first."""
    offered = {word.upper() for word in capabilities}
    return [(word, meaning) for word, meaning in _MEANING.items() if word in offered]
