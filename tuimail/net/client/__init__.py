r"""Everything an IMAP server can be asked, as typed async methods of one class.

    async with await ImapClient.connect(account, password) as imap:
        box = await imap.select("INBOX")
        hits = await imap.search("UNSEEN", "FROM", Text("Jürgen"), page=(-1, -50))
        for mail in await imap.fetch(hits, "ENVELOPE", "FLAGS"): …

Rules that hold for every method: messages are meant by UID unless `uid=False` says otherwise; mailbox names are text,
or the octets of a LIST; what the server does not advertise is not sent (`answers.NotOffered`); an argument that could
end the line is refused before anything is written (`LocalProtocolError`); a NO or BAD is a `ServerRefused` with its
response code; a lost connection is `ConnectionLost`, and the client is then of no more use. All texts are a server's,
so clean them before they reach a screen.

Python's imaplib, row by row, and the test that runs each against a real server (an arrow), or against a script where
no server at hand has the extension:

    IMAP4, IMAP4_SSL                connect                         → test_access.test_every_kind_of_protection_leads_in
    IMAP4_stream                    from_command                    → test_access.test_a_command_speaks_imap_and_is_believed_that_we_are_in
    with … LOGOUT, logout           async with, logout              → test_access.test_a_command_given_after_the_end_says_so
    error, abort                    ServerRefused, ConnectionLost   → test_watching.test_a_refused_idle_and_a_lost_line_are_told
    readonly                        selected.read_only              → test_mailboxes.test_a_mailbox_that_turns_read_only_says_so
    Internaldate2tuple              Message.received                → test_messages.test_fetch_tells_everything_asked_for_typed
    Time2Internaldate               append(date=)                   → test_messages.test_an_upload_keeps_flags_and_date_and_tells_its_uid
    Int2AP                          (tags are the machine's)        → test_access.test_commands_of_many_tasks_wait_for_their_turn
    ParseFlags                      Message.flags                   → test_messages.test_flags_are_added_removed_and_replaced
    append                          append                          → test_messages.test_an_upload_keeps_flags_and_date_and_tells_its_uid
      MULTIAPPEND                   append_all                      → test_messages.test_many_uploads_are_one_command_where_the_server_takes_it
      LITERAL+, LITERAL-, neither                                   → test_messages.test_an_upload_travels_by_every_kind_of_literal
      APPENDLIMIT                                                   → test_messages.test_a_message_beyond_the_limit_is_refused_here_in_a_sentence
    authenticate                    authenticate                    → test_access.test_login_plain_and_login_by_sasl_lead_in
    login, login_plain              login, login_plain              → test_access.test_login_plain_and_login_by_sasl_lead_in
    login_cram_md5                  login_cram_md5                  → test_access.test_cram_md5_answers_the_challenge_of_rfc_2195
    proxyauth                       login_plain(authorize_as=)      → test_access.test_a_master_opens_somebody_elses_mailbox
                                    proxyauth                       → test_access.test_proxyauth_is_said_where_it_is_understood
    capability, capabilities        capability, capabilities        → test_access.test_both_sides_introduce_themselves
    id                              id                              → test_access.test_both_sides_introduce_themselves
    enable, utf8_enabled            enable, utf8                    → test_access.test_both_sides_introduce_themselves
    starttls                        connect (Security.STARTTLS)     → test_access.test_every_kind_of_protection_leads_in
    noop, recent                    noop, selected                  → test_mailboxes.test_a_selected_mailbox_is_kept_up_to_date_by_every_word
    check                           check                           → test_mailboxes.test_a_selected_mailbox_is_kept_up_to_date_by_every_word
    select                          select                          → test_mailboxes.test_a_selected_mailbox_is_kept_up_to_date_by_every_word
    select(readonly), close         examine, close                  → test_mailboxes.test_examine_changes_nothing_and_close_expunges
    unselect                        unselect                        → test_mailboxes.test_a_selected_mailbox_is_kept_up_to_date_by_every_word
    list                            list                            → test_mailboxes.test_one_list_tells_roles_children_and_counts
    lsub, subscribe, unsubscribe    the same                        → test_mailboxes.test_subscriptions_come_and_go
    create, delete, rename          the same                        → test_mailboxes.test_a_mailbox_is_made_renamed_and_deleted_under_a_name_with_umlauts
    status                          status                          → test_mailboxes.test_status_tells_counts_and_size
    namespace                       namespace                       → test_mailboxes.test_the_namespace_says_where_folders_begin
    fetch, uid("FETCH")             fetch                           → test_messages.test_fetch_tells_everything_asked_for_typed
      by sequence number            fetch(uid=False)                → test_messages.test_sequence_numbers_are_numbers_and_not_uids
      BINARY                        Message.binary                  → test_messages.test_parts_come_decoded_by_binary
      OBJECTID, X-GM-EXT-1          Message.email_id, .labels       → test_messages.test_object_ids_previews_and_labels_are_read
    partial                         partial                         → test_messages.test_a_section_comes_whole_or_in_windows
    search, uid("SEARCH")           search                          → test_searching.test_a_search_takes_words_numbers_dates_and_texts
      charset                       search(charset=), Text          → test_searching.test_a_text_beyond_ascii_is_found_in_any_charset_the_server_knows
      PARTIAL                       search(page=)                   → test_searching.test_a_page_of_a_search_is_cut_by_the_server_or_here
      X-GM-RAW                      search_gmail                    → test_searching.test_gmail_is_asked_in_its_own_words
    sort, uid("SORT")               sort                            → test_searching.test_the_server_sorts
    thread, uid("THREAD")           thread                          → test_searching.test_the_server_threads
    store, uid("STORE")             store                           → test_messages.test_flags_are_added_removed_and_replaced
      UNCHANGEDSINCE                store(unchanged_since=)         → test_messages.test_a_store_leaves_alone_what_somebody_else_has_changed
    copy, uid("COPY")               copy                            → test_messages.test_a_copy_tells_its_new_uids
    move                            move                            → test_messages.test_a_move_spares_what_others_have_marked
    expunge, uid("EXPUNGE")         expunge                         → test_messages.test_an_expunge_tells_what_went_and_may_be_of_some_uids_only
    response, untagged_responses    heard, alerts, selected         → test_access.test_what_the_server_wants_the_user_to_read_is_kept
    xatom                           raw                             → test_access.test_a_raw_command_gives_everything_it_was_told
    setacl, getacl, deleteacl,
      myrights                      the same                        → test_sharing.test_rights_are_given_asked_for_and_taken
    listrights                      listrights                      → test_sharing.test_what_could_be_granted_is_told
    getquota, getquotaroot          the same                        → test_sharing.test_the_room_that_is_left_is_told
    setquota                        setquota                        → test_sharing.test_a_quota_is_set_where_one_may
    getannotation, setannotation    getmetadata, setmetadata        → test_sharing.test_notes_on_a_mailbox_and_on_the_server
    idle                            idle                            → test_watching.test_what_others_do_arrives_as_events
    idle(duration), burst           idle(duration=)                 → test_watching.test_a_duration_ends_the_loop
    open, read, readline, send,
      shutdown, socket              over(Stream), net.pipe          → test_access.test_a_command_speaks_imap_and_is_believed_that_we_are_in
    debug, Debug, print_log         log                             → test_access.test_the_wire_log_is_there_to_be_read

Of ANNOTATEMORE, the draft before METADATA, only `raw` speaks.

pymap's README, row by row, run against the pymap inside `tuimail.demo`:

    greeting, CAPABILITY            → test_pymap.test_the_greeting_and_the_capabilities_before_and_after_login
    its example dialogue            → test_pymap.test_the_dialogue_of_the_readme_word_by_word
    all connections see one state   → test_pymap.test_two_connections_see_the_same_mailbox
    maildir backend                 → test_pymap.test_mail_in_a_maildir_outlives_the_server
    new mail from outside           → test_pymap.test_idle_is_told_of_mail_that_is_delivered_inside_the_server
    IDLE (RFC 2177)                 → test_pymap.test_idle_is_told_of_mail_that_is_delivered_inside_the_server
    multi-access (RFC 2180)         → test_pymap.test_a_message_expunged_by_another_is_refused_or_missing_and_nothing_breaks
    MULTIAPPEND (RFC 3502)          → test_pymap.test_many_messages_are_uploaded_at_once
    BINARY (RFC 3516)               → test_pymap.test_parts_come_decoded
    UIDPLUS (RFC 4315)              → test_pymap.test_uids_are_told_for_copies_and_uploads_and_some_can_be_expunged
    MOVE (RFC 6851)                 → test_pymap.test_uids_are_told_for_copies_and_uploads_and_some_can_be_expunged
    grammar of RFC 4466             → test_pymap.test_what_is_not_advertised_is_never_sent
    response codes (RFC 5530)       → test_pymap.test_a_refusal_carries_its_response_code
    APPENDLIMIT (RFC 7889)          → test_pymap.test_the_upload_limit_is_known_before_anything_is_sent
    ID (RFC 2971)                   → test_pymap.test_the_greeting_and_the_capabilities_before_and_after_login
    OBJECTID (RFC 8474)             → test_pymap.test_messages_and_mailboxes_have_ids_that_outlive_a_move
"""  # noqa: E501  # the table

from tuimail.net.client.client import ImapClient as ImapClient
