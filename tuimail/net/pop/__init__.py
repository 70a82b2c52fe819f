"""POP3 over the wire: what a maildrop can be asked, as typed async methods of one short connection.

    session = await open_pop(account, password)
    for entry in await session.listing(): …
    async for number, header in session.tops(numbers): …
    await session.dele([3]); await session.quit()

Python's poplib, row by row, and the test that runs each against a real server (an arrow), or against a script or the
tests' own server where no server at hand has it:

    POP3, POP3_SSL                 open_pop                             → test_logging_in.test_every_kind_of_protection_leads_in
    POP3_PORT, POP3_SSL_PORT       commands.PORT, PORT_TLS              → test_table.test_the_ports_are_those_of_iana
    timeout                        GREETING_SECONDS, silence=           → test_logging_in.test_a_server_without_a_greeting_is_left_in_time
    error_proto                    errors.RemoteError and its children  → test_maildrop.test_a_refusal_has_its_words_and_its_code
    set_debuglevel                 log                                  → test_maildrop.test_the_wire_log_is_there_to_be_read_and_has_no_secret
    getwelcome, welcome, timestamp greeting, machine.stamp              → test_logging_in.test_every_kind_of_protection_leads_in
    capa                           abilities                            → test_maildrop.test_capabilities_are_read_behind_the_login_and_none_are_no_error
    user, pass_                    open_pop                             → test_logging_in.test_user_and_pass_lead_in_where_nothing_else_is_offered
    apop                           open_pop (auth = "apop")             → test_logging_in.test_dovecot_lets_us_in_by_every_mechanism_it_has
    rpop                           commands.rpop                        → test_logging_in.test_rpop_is_said_where_somebody_still_lives_in_1988
    (no AUTH)                      open_pop, by SASL                    → test_logging_in.test_dovecot_lets_us_in_by_every_mechanism_it_has
    (no tokens)                    open_pop, XOAUTH2, OAUTHBEARER       → test_logging_in.test_a_token_lets_us_in
    stat                           stat                                 → test_maildrop.test_a_maildrop_is_counted_listed_and_named
    list, uidl                     listing                              → test_maildrop.test_a_maildrop_is_counted_listed_and_named
    list(n), uidl(n)               ask(commands.listing(n))             → test_maildrop.test_a_maildrop_is_counted_listed_and_named
    top                            top                                  → test_maildrop.test_headers_and_some_lines_come_without_the_rest
    (no pipelining)                tops                                 → test_maildrop.test_a_thousand_headers_come_in_the_order_asked_for
    retr                           retr                                 → test_maildrop.test_a_message_comes_whole_and_tells_of_its_progress
    dele, rset, noop, quit         the same                             → test_maildrop.test_deletions_can_be_taken_back_and_are_done_by_quit
    close                          close                                → test_maildrop.test_leaving_without_quit_deletes_nothing
    utf8                           open_pop, where it is offered        → test_maildrop.test_utf8_is_switched_on_before_the_login_where_it_is_offered
    (no LANG)                      languages, speak                     → test_maildrop.test_the_servers_language_can_be_chosen
    stls                           open_pop (Security.STARTTLS)         → test_logging_in.test_every_kind_of_protection_leads_in
    host, port, sock, file         driver.stream                        → test_maildrop.test_the_connection_tells_of_its_tls
    "many POP servers are poor"    tops, retr                           → test_defects.test_where_top_is_broken_messages_come_whole_and_are_not_wasted
    "QPOP deletes on disconnect"   close                                → test_defects.test_leaving_deletes_nothing_even_where_any_disconnect_would
    the example program                                                 → test_maildrop.test_the_manuals_example_prints_every_message
"""  # noqa: E501  # the table
