"""Tables, as numbered migrations. A migration and the record that it ran are one transaction.

`message` holds two halves. The left half is the server's word and only `sync` writes it; the
right half (`want_*`) is the user's word and only `mail` sets it. What the screen shows is
computed from both (`here`, `shown`). One law: a wish ends only by the server's word, in the
transaction that has just seen it come true (`store.wishes.settle`).
"""

from __future__ import annotations

import sqlite3

from tuimail.errors import StoreError

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE account (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      swept INT NOT NULL DEFAULT 0        -- the newest message row when the last full look round ended
    ) STRICT;

    CREATE TABLE folder (
      id INTEGER PRIMARY KEY,
      account_id INT NOT NULL REFERENCES account(id),
      remote_name BLOB NOT NULL,          -- the wire name; opaque, never a path
      name TEXT NOT NULL,                 -- decoded and cleaned
      separator TEXT NOT NULL DEFAULT '',
      role TEXT NOT NULL DEFAULT '',
      selectable INT NOT NULL DEFAULT 1,
      here INT NOT NULL DEFAULT 1,        -- 0: the server no longer lists it
      uidvalidity INT, uidnext INT, modseq INT,
      server_exists INT NOT NULL DEFAULT 0,
      complete INT NOT NULL DEFAULT 0,    -- 1: every message below uidnext is in `message`
      wanted INT NOT NULL DEFAULT 0,      -- 1: the user made it here and the server has not seen it yet
      total INT NOT NULL DEFAULT 0,       -- kept by the triggers below, and by messages.put_heads
      unread INT NOT NULL DEFAULT 0,
      UNIQUE (account_id, remote_name)
    ) STRICT;

    CREATE TABLE message (
      id INTEGER PRIMARY KEY AUTOINCREMENT,       -- ours, for ever, never used again: cursor and undo hold it
      folder_id INT NOT NULL, remote_id ANY,      -- UID or UIDL as the server says; NULL after a move it did not report
      flags INT NOT NULL, keywords TEXT NOT NULL DEFAULT '',
      gone INT NOT NULL DEFAULT 0,                -- 1: not there any more (and no remote_id); deleted if never found
      want_folder_id INT,
      want_set INT NOT NULL DEFAULT 0, want_clear INT NOT NULL DEFAULT 0,
      want_since INT, want_error TEXT,
      rank INT NOT NULL,                  -- sort key: INTERNALDATE << 20 | low bits of the UID
      date INT NOT NULL, size INT NOT NULL,
      has_attachment INT NOT NULL, cached INT NOT NULL DEFAULT 0,
      sender TEXT NOT NULL, email TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL,
      message_id TEXT NOT NULL, refs TEXT NOT NULL, list_id TEXT NOT NULL,
      -- where the screen shows it; NULL when marked deleted, as a move leaves it on servers without MOVE and UIDPLUS
      here INT GENERATED ALWAYS AS (IIF(flags & 8, NULL, COALESCE(want_folder_id, folder_id))) VIRTUAL,
      shown INT GENERATED ALWAYS AS ((flags | want_set) & ~want_clear) VIRTUAL
    ) STRICT;

    CREATE UNIQUE INDEX message_remote ON message(folder_id, remote_id);
    CREATE INDEX message_list ON message(here, rank DESC, id DESC) WHERE gone = 0;
    CREATE INDEX message_unread ON message(here, rank, id) WHERE gone = 0 AND shown & 1 = 0;
    CREATE INDEX message_wish ON message(folder_id)
      WHERE want_folder_id IS NOT NULL OR want_set <> 0 OR want_clear <> 0;
    CREATE INDEX message_lost ON message(message_id) WHERE gone = 1 OR remote_id IS NULL;

    CREATE TRIGGER message_left AFTER DELETE ON message WHEN OLD.gone = 0 BEGIN
      UPDATE folder SET total = total - 1, unread = unread - (OLD.shown & 1 = 0) WHERE id = OLD.here;
    END;
    CREATE TRIGGER message_changed AFTER UPDATE OF folder_id, flags, gone, want_folder_id, want_set, want_clear
    ON message WHEN OLD.gone <> NEW.gone OR OLD.here IS NOT NEW.here OR (OLD.shown & 1) <> (NEW.shown & 1) BEGIN
      UPDATE folder SET total = total - 1, unread = unread - (OLD.shown & 1 = 0) WHERE id = OLD.here AND OLD.gone = 0;
      UPDATE folder SET total = total + 1, unread = unread + (NEW.shown & 1 = 0) WHERE id = NEW.here AND NEW.gone = 0;
    END;

    CREATE TABLE body (
      message_id INT NOT NULL REFERENCES message(id) ON DELETE CASCADE,
      section TEXT NOT NULL,              -- '' the whole message; else as in BODY[section], or 'STRUCTURE'
      data BLOB NOT NULL,
      used INT NOT NULL,                  -- when it was fetched; the oldest go first when over budget
      PRIMARY KEY (message_id, section)
    ) STRICT;
    CREATE INDEX body_used ON body(used);

    CREATE TABLE deed (
      id INTEGER PRIMARY KEY, at INT NOT NULL, label TEXT NOT NULL,
      undone INT NOT NULL DEFAULT 0       -- 1: can be done again; 2: not any more, something else was done since
    ) STRICT;
    CREATE TABLE deed_item (
      deed_id INT NOT NULL REFERENCES deed(id) ON DELETE CASCADE,
      message_id INT NOT NULL,
      from_folder_id INT, to_folder_id INT,       -- a move; both NULL: flags only
      added INT NOT NULL DEFAULT 0, removed INT NOT NULL DEFAULT 0,   -- flag bits that really changed
      PRIMARY KEY (deed_id, message_id)
    ) STRICT, WITHOUT ROWID;
    """,
    # Who is answered is looked up by Message-ID whenever a message is read.
    "CREATE INDEX message_answered ON message(message_id) WHERE gone = 0 AND cached = 1;",
    """
    ALTER TABLE folder ADD COLUMN object_id TEXT NOT NULL DEFAULT '';   -- MAILBOXID (RFC 8474); survives a rename

    CREATE TABLE copying (                -- a COPY that was sent; gone again when its answer was heard
      message_id INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
      target_id INT NOT NULL,
      uidvalidity INT NOT NULL, uidnext INT NOT NULL      -- of the target before it: a copy would stand from there on
    ) STRICT;
    """,
    # When a deed was done, undone or done again last, as a running number: whose word about a message is the newer one.
    """
    ALTER TABLE deed ADD COLUMN turn INT NOT NULL DEFAULT 0;
    UPDATE deed SET turn = id;
    CREATE INDEX deed_item_message ON deed_item(message_id);
    """,
    """
    CREATE TABLE pictures_from (          -- senders whose remote pictures may be loaded
      email TEXT PRIMARY KEY,             -- lower case, exact
      since INT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE drop_folder (            -- what a POP3 server does not remember: see store.maildrop
      account_id INT NOT NULL REFERENCES account(id),
      name BLOB NOT NULL,
      uidnext INT NOT NULL DEFAULT 1, modseq INT NOT NULL DEFAULT 1,
      PRIMARY KEY (account_id, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE drop_message (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      account_id INT NOT NULL REFERENCES account(id),
      uidl BLOB NOT NULL,                 -- or what stands for it
      folder BLOB NOT NULL, uid INT NOT NULL,
      flags INT NOT NULL, keywords TEXT NOT NULL DEFAULT '', modseq INT NOT NULL,
      size INT NOT NULL,
      seen_at INT NOT NULL,               -- when the server first named it
      listed INT NOT NULL DEFAULT 1,      -- 1: the server's last list named it
      doomed INT NOT NULL DEFAULT 0,      -- 1: it shall leave the server
      sent INT NOT NULL DEFAULT 0,        -- 1: that was sent, and may have been obeyed
      UNIQUE (account_id, folder, uid),
      UNIQUE (account_id, uidl)
    ) STRICT;
    CREATE TABLE drop_text (              -- never trimmed: it may be the only copy
      id INTEGER PRIMARY KEY REFERENCES drop_message(id) ON DELETE CASCADE,
      data BLOB NOT NULL
    ) STRICT;
    """,
    # What lists of threads and hits stand on; a row comes in without its thread, and the index says which those are.
    """
    ALTER TABLE message ADD COLUMN addressed TEXT NOT NULL DEFAULT '';      -- all of To, a line end, all of Cc
    ALTER TABLE message ADD COLUMN thread INT;                              -- NULL: not looked at yet
    ALTER TABLE message ADD COLUMN want_keywords TEXT NOT NULL DEFAULT '';  -- "+work -todo": what the user says of them
    DROP INDEX message_wish;
    CREATE INDEX message_wish ON message(folder_id)
      WHERE want_folder_id IS NOT NULL OR want_set <> 0 OR want_clear <> 0 OR want_keywords <> '';
    CREATE INDEX message_fresh ON message(id) WHERE thread IS NULL;
    CREATE INDEX message_thread ON message(thread) WHERE thread IS NOT NULL;
    """,
    # 1: what is moved here shall leave the server, too
    "ALTER TABLE drop_folder ADD COLUMN dooms INT NOT NULL DEFAULT 0;",
    # Wishes that came later: nowhere (0), keywords remembered, copies, folders; and where mail was filed before.
    """
    DROP TRIGGER message_left;
    DROP TRIGGER message_changed;
    DROP INDEX message_list;
    DROP INDEX message_unread;
    ALTER TABLE message DROP COLUMN here;
    -- where the screen shows it; NULL when it is wished nowhere, and when marked deleted, as a move leaves it behind on
    -- servers without MOVE and UIDPLUS
    ALTER TABLE message ADD COLUMN here INT GENERATED ALWAYS AS
      (IIF(flags & 8, NULL, NULLIF(COALESCE(want_folder_id, folder_id), 0))) VIRTUAL;
    CREATE INDEX message_list ON message(here, rank DESC, id DESC) WHERE gone = 0;
    CREATE INDEX message_unread ON message(here, rank, id) WHERE gone = 0 AND shown & 1 = 0;
    CREATE TRIGGER message_left AFTER DELETE ON message WHEN OLD.gone = 0 BEGIN
      UPDATE folder SET total = total - 1, unread = unread - (OLD.shown & 1 = 0) WHERE id = OLD.here;
    END;
    CREATE TRIGGER message_changed AFTER UPDATE OF folder_id, flags, gone, want_folder_id, want_set, want_clear
    ON message WHEN OLD.gone <> NEW.gone OR OLD.here IS NOT NEW.here OR (OLD.shown & 1) <> (NEW.shown & 1) BEGIN
      UPDATE folder SET total = total - 1, unread = unread - (OLD.shown & 1 = 0) WHERE id = OLD.here AND OLD.gone = 0;
      UPDATE folder SET total = total + 1, unread = unread + (NEW.shown & 1 = 0) WHERE id = NEW.here AND NEW.gone = 0;
    END;

    ALTER TABLE deed ADD COLUMN final INT NOT NULL DEFAULT 0;     -- 1: cannot be undone; 2: and undo has said so
    ALTER TABLE deed ADD COLUMN filed INT NOT NULL DEFAULT 0;     -- 1: counted in `habit`
    ALTER TABLE deed_item ADD COLUMN keywords TEXT NOT NULL DEFAULT '';   -- "+work -todo": what really changed
    CREATE TABLE deed_folder (            -- what was done to folders
      deed_id INT NOT NULL REFERENCES deed(id) ON DELETE CASCADE,
      folder_id INT NOT NULL,
      act TEXT NOT NULL,                  -- created, renamed, deleted, subscribed
      was TEXT NOT NULL DEFAULT '', becomes TEXT NOT NULL DEFAULT '',     -- names for people
      PRIMARY KEY (deed_id, folder_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE copy (                   -- copies wished for, under way, made; see store.copies
      id INTEGER PRIMARY KEY,
      deed_id INT REFERENCES deed(id) ON DELETE SET NULL,
      message_id INT NOT NULL, target_id INT NOT NULL,
      wanted INT NOT NULL DEFAULT 1,      -- 0: undone
      since INT NOT NULL, error TEXT,
      uidvalidity INT, uidnext INT,       -- of the target before a COPY was sent; NULL: none was
      made INT NOT NULL DEFAULT 0,        -- 1: the server said so
      uid INT,                            -- of the copy, where it told
      row_id INT                          -- the copy among our messages
    ) STRICT;
    CREATE INDEX copy_open ON copy(target_id) WHERE row_id IS NULL;
    CREATE INDEX copy_row ON copy(row_id) WHERE row_id IS NOT NULL;

    CREATE TABLE habit (                  -- where mail was filed by hand: kind is sender, list, thread or any
      kind TEXT NOT NULL, key ANY NOT NULL, folder_id INT NOT NULL,
      count INT NOT NULL, last INT NOT NULL,
      PRIMARY KEY (kind, key, folder_id)
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE folder ADD COLUMN subscribed INT NOT NULL DEFAULT 1;
    ALTER TABLE folder ADD COLUMN want_remote BLOB;               -- to be renamed to this
    ALTER TABLE folder ADD COLUMN want_gone INT NOT NULL DEFAULT 0;
    ALTER TABLE folder ADD COLUMN want_subscribed INT;
    ALTER TABLE folder ADD COLUMN wish_since INT;
    ALTER TABLE folder ADD COLUMN wish_error TEXT;
    """,
    # Which messages are one conversation; see store.threads, which alone reads and writes these.
    """
    CREATE TABLE thread_ref (             -- a Message-ID that was mentioned, whether we have that message or not
      key INT NOT NULL,                   -- hash of the Message-ID
      topic INT NOT NULL,                 -- hash of the base subject of who mentioned it
      since INT NOT NULL, until INT NOT NULL,     -- dates of those; 0, -1: within those of another topic's row
      thread INT NOT NULL,
      PRIMARY KEY (key, topic, since)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE thread_joined (was INTEGER PRIMARY KEY, now INT NOT NULL) STRICT;     -- two threads that became one
    CREATE TABLE thread_bare (topic INTEGER PRIMARY KEY) STRICT;      -- topics with replies that have no references
    CREATE TABLE thread_muted (thread INTEGER PRIMARY KEY) STRICT;
    ALTER TABLE message ADD COLUMN topic INT;
    CREATE INDEX message_topic ON message(topic, date) WHERE topic IS NOT NULL;
    """,
    # The history is read by day and undone by turn; and what came of wishes that others made pointless.
    """
    CREATE INDEX deed_turn ON deed(turn);
    CREATE INDEX deed_at ON deed(at, id);
    CREATE TABLE conflict (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INT NOT NULL, account_id INT NOT NULL,
      subject TEXT NOT NULL,
      what TEXT NOT NULL,                 -- deleted (elsewhere); folder (the one it was to go into is gone)
      wish TEXT NOT NULL,                 -- in words: "archive", "move to Travel and star"
      told INT NOT NULL DEFAULT 0
    ) STRICT;
    """,
    """
    CREATE TABLE astray (                 -- where what is wished nowhere may be by now: a move was under way just then
      message_id INT NOT NULL REFERENCES message(id) ON DELETE CASCADE,
      folder_id INT NOT NULL,
      PRIMARY KEY (message_id, folder_id)
    ) STRICT, WITHOUT ROWID;
    """,
    # The full-text index; see store.words, which makes the words, and store.index, which keeps them.
    """
    CREATE VIRTUAL TABLE search USING fts5(     -- rowid: arrival << 30 | message, so that it ascends with time
      subject, sender, recipient, copied, list, body,
      content='', prefix='1 2 3', tokenize='unicode61 remove_diacritics 2'
    );
    CREATE TABLE search_text (            -- what is indexed of the texts that are cached
      message_id INTEGER PRIMARY KEY,
      text TEXT NOT NULL
    ) STRICT;
    CREATE TABLE search_due (             -- whose text came and has not been read yet; doc as in `search`
      doc INTEGER PRIMARY KEY,
      turn INT NOT NULL DEFAULT 0         -- counts up when it comes once more
    ) STRICT;
    CREATE TABLE search_gone (            -- what the index holds and should not: it can only be taken out word by word
      doc INTEGER PRIMARY KEY,
      subject TEXT, sender TEXT, email TEXT, recipient TEXT, addressed TEXT, list_id TEXT, text TEXT
    ) STRICT;
    CREATE TABLE saved_search (name TEXT PRIMARY KEY, query TEXT NOT NULL, since INT NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TRIGGER search_left AFTER DELETE ON message WHEN OLD.thread IS NOT NULL OR OLD.cached = 1 BEGIN
      INSERT OR IGNORE INTO search_gone VALUES (
        min(max(OLD.rank >> 20, 0), 8589934591) << 30 | OLD.id, OLD.subject, OLD.sender, OLD.email, OLD.recipient,
        OLD.addressed, OLD.list_id, (SELECT text FROM search_text WHERE message_id = OLD.id));
      DELETE FROM search_text WHERE message_id = OLD.id;
    END;
    CREATE TRIGGER search_moved AFTER UPDATE OF rank ON message WHEN OLD.rank >> 20 <> NEW.rank >> 20 BEGIN
      INSERT OR IGNORE INTO search_gone VALUES (
        min(max(OLD.rank >> 20, 0), 8589934591) << 30 | OLD.id, OLD.subject, OLD.sender, OLD.email, OLD.recipient,
        OLD.addressed, OLD.list_id, (SELECT text FROM search_text WHERE message_id = OLD.id));
    END;
    CREATE TRIGGER search_text_came AFTER UPDATE OF cached ON message WHEN NEW.cached = 1 BEGIN
      INSERT INTO search_due(doc) VALUES (min(max(NEW.rank >> 20, 0), 8589934591) << 30 | NEW.id)
        ON CONFLICT(doc) DO UPDATE SET turn = turn + 1;
    END;
    CREATE TRIGGER search_text_went AFTER UPDATE OF cached ON message WHEN NEW.cached = 0 AND OLD.cached = 1 BEGIN
      INSERT OR IGNORE INTO search_gone VALUES (
        min(max(OLD.rank >> 20, 0), 8589934591) << 30 | OLD.id, OLD.subject, OLD.sender, OLD.email, OLD.recipient,
        OLD.addressed, OLD.list_id, (SELECT text FROM search_text WHERE message_id = OLD.id));
      DELETE FROM search_text WHERE message_id = OLD.id;
    END;
    INSERT INTO search_due(doc) SELECT min(max(rank >> 20, 0), 8589934591) << 30 | id FROM message WHERE cached = 1;
    """,
    # A thread is muted when the last deed about it that stands says so: undo needs to know nothing of it.
    """
    DROP TABLE thread_muted;
    CREATE TABLE muting (
      thread INT NOT NULL, deed_id INT NOT NULL,
      muted INT NOT NULL,                 -- 0: to be heard again
      PRIMARY KEY (thread, deed_id)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE remembered (             -- how the reader likes things, where a key changes it
      name TEXT PRIMARY KEY, value INT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    # What servers tell of a message besides its header: a name of their own for it, and its first words.
    """
    CREATE TABLE known_as (               -- see store.identity; '': the server has no name for it
      message_id INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
      account_id INT NOT NULL,
      name TEXT NOT NULL
    ) STRICT;
    CREATE INDEX known_as_name ON known_as(account_id, name);
    CREATE TRIGGER known_as_ended AFTER UPDATE OF remote_id ON message
    WHEN OLD.remote_id IS NULL AND NEW.remote_id IS NOT NULL BEGIN
      DELETE FROM known_as WHERE message_id = NEW.id;
    END;
    CREATE TABLE preview (                -- the beginning of a text, cleaned; '': it has none
      message_id INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
      words TEXT NOT NULL
    ) STRICT;
    """,
    # A copy is only taken away again where the server itself told which message it is; and of what was asked of a
    # folder it is known after a cut that it may have been obeyed.
    """
    ALTER TABLE copy ADD COLUMN at_folder INT;    -- where the server told that the copy stands; NULL: it did not tell
    ALTER TABLE copy ADD COLUMN at_uid INT;
    ALTER TABLE copy ADD COLUMN leaving INT NOT NULL DEFAULT 0;       -- 1: its removal was sent
    CREATE TABLE copy_deed (              -- later deeds about a copy: it was dropped from the queue, or kept after all
      deed_id INT NOT NULL REFERENCES deed(id) ON DELETE CASCADE,
      copy_id INT NOT NULL,
      wanted INT NOT NULL,                -- what the deed wants of it
      PRIMARY KEY (deed_id, copy_id)
    ) STRICT, WITHOUT ROWID;
    CREATE VIEW copy_wish(deed_id, copy_id, wanted) AS
      SELECT deed_id, id, 1 FROM copy WHERE deed_id IS NOT NULL
      UNION ALL SELECT deed_id, copy_id, wanted FROM copy_deed;
    CREATE INDEX copy_of_deed ON copy(deed_id);
    ALTER TABLE folder ADD COLUMN asked TEXT NOT NULL DEFAULT '';     -- create, rename, delete, subscribe: not answered
    ALTER TABLE folder ADD COLUMN asked_name BLOB;                    -- the new name that was asked for
    """,
    # A copy is known by what it is a copy of, also when that is gone.
    """
    ALTER TABLE copy ADD COLUMN like_id TEXT;     -- the Message-ID and size of the message copied
    ALTER TABLE copy ADD COLUMN like_size INT;
    UPDATE copy SET (like_id, like_size) = (SELECT message_id, size FROM message m WHERE m.id = copy.message_id);
    """,
    # Where a copy stands is known also where we have found it, and not only where the server itself told.
    """
    ALTER TABLE copy ADD COLUMN told INT NOT NULL DEFAULT 0;      -- 1: the server told of at_folder and at_uid
    UPDATE copy SET told = at_uid IS NOT NULL;
    """,
    # What messages without references are about, in a table of its own: written in its order, and rows stay as long as
    # they are. `message.topic` is left unused, as taking it out would write every message anew.
    """
    CREATE TABLE thread_topic (topic INT NOT NULL, date INT NOT NULL, message_id INT NOT NULL,
      PRIMARY KEY (topic, date, message_id)) STRICT, WITHOUT ROWID;
    INSERT INTO thread_topic SELECT topic, date, id FROM message WHERE topic IS NOT NULL ORDER BY topic, date, id;
    DROP INDEX message_topic;
    """,
    # The newest comes first, so an index grows at its end if it goes down; at its beginning it costs the double.
    """
    DROP INDEX message_remote;
    DROP INDEX message_unread;
    CREATE UNIQUE INDEX message_remote ON message(folder_id, remote_id DESC);
    CREATE INDEX message_unread ON message(here, rank DESC, id DESC) WHERE gone = 0 AND shown & 1 = 0;
    """,
    # A name that the server makes above a folder of ours goes when nothing is below it any more.
    "ALTER TABLE folder ADD COLUMN by_the_way INT NOT NULL DEFAULT 0;",
    # Labels are searched for: which keywords there are at all, and who has them.
    "CREATE INDEX message_labelled ON message(keywords, want_keywords) WHERE keywords <> '' OR want_keywords <> '';",
    # Words are indexed without the accents of any script: what is in the index comes in anew, behind the start.
    """
    CREATE TABLE search_again (           -- what the index held, and is to be brought in once more; doc as in `search`
      doc INTEGER PRIMARY KEY
    ) STRICT;
    INSERT INTO search_again SELECT id FROM search_docsize;
    INSERT INTO search(search) VALUES ('delete-all');
    DELETE FROM search_text;
    INSERT OR IGNORE INTO search_due(doc)
      SELECT min(max(rank >> 20, 0), 8589934591) << 30 | id FROM message WHERE cached = 1;
    """,
)


def migrate(db: sqlite3.Connection) -> None:
    """Bring the database to our version, one transaction a step.

    Raises StoreError when it was written by a newer tuimail.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StoreError(
            "The mail store was written by a newer tuimail.", "Update tuimail, or give another --data-dir."
        )
    # Some builds of SQLite write zeros over what is deleted: 250 MB of them for the index of 20,000 texts.
    (overwrites,) = db.execute("PRAGMA secure_delete").fetchone()
    db.execute("PRAGMA secure_delete = FAST")
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        db.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
    db.execute(f"PRAGMA secure_delete = {overwrites}")
