"""The cast of the demo mailbox. All invented; every address is under a domain that can never exist (RFC 2606)."""

from __future__ import annotations

from tuimail.records import Record


class Person(Record):
    """Somebody who writes: display name, address, and the lines under "-- " (empty: no signature)."""

    name: str
    email: str
    signature: str = ""


ME = Person("Juno Tidewater", "juno@pellwick.test", "Juno Tidewater\nPellwick, second door after the anchor")

CAST: dict[str, Person] = {
    "me": ME,
    # the friends of the lighthouse
    "project": Person("Friends of Gull Rock", "friends@gullrock.example.org"),
    "magnus": Person("Magnus Fernley", "magnus@gullrock.example.org", "Magnus\n112 steps above sea level"),
    "sunniva": Person("Sunniva Kettle", "sunniva@gullrock.example.org", "Sunniva (no relation to the kettle)"),
    "barnaby": Person(
        "Barnaby Quill", "treasurer@gullrock.example.org", "Barnaby Quill, Hon. Treasurer\nPlease keep the receipt."
    ),
    "priya": Person(
        "Priya Moss", "priya@moss-electric.test", "Priya Moss, Moss Electric\nWe find the other end of the cable."
    ),
    "teo": Person("Teo Marrow", "teo@marrow-timber.test"),
    "pomfret": Person("Prof. Ignatius Pomfret", "pomfret@history.example.org", "I. Pomfret\nReader in Fog"),
    "ines": Person("Inês Caldeira", "ines@parish.pellwick.test"),
    "gull": Person("The Gull", "gull@gullrock.example.org"),
    # work
    "wren": Person("Wren Abbott", "wren@kelpworks.test", "Wren"),
    "casper": Person("Casper Reed", "casper@kelpworks.test"),
    "dolores": Person("Dolores Finch", "dolores@kelpworks.test", "Dolores, operations\nIt is always the cable."),
    "everyone": Person("Everyone", "everyone@kelpworks.test"),
    "gerald": Person("Gerald (fern)", "gerald@sensors.kelpworks.test"),
    # home and harbour
    "otti": Person("Aunt Ottilie", "ottilie@pellwick.test", "Your Aunt, and the Admiral"),
    "ruth": Person("Ruth Anchorage", "ruth@choir.pellwick.test"),
    "choir": Person("Harbour Choir", "choir@pellwick.test"),
    "ferry": Person("Pellwick Ferries", "office@ferries.pellwick.test"),
    "harbour": Person("Harbour Master", "master@harbour.pellwick.test"),
    "dentist": Person("Dr Molar’s practice", "practice@molar.test"),
    "allotment": Person("Allotment Committee", "committee@allotments.pellwick.test"),
    "library": Person("Pellwick Library", "desk@library.pellwick.test"),
    "bikes": Person("Spoke & Word Bicycles", "shop@spoke-and-word.test"),
    "paper": Person("The Pellwick Packet", "newsdesk@packet.test"),
    "neighbour": Person("Number Nine", "nine@quay-lane.test"),
    "nieces": Person("🌊 the twins 🌊", "twins@pellwick.test"),
    # far away
    "akari": Person("浜野あかり", "akari@toudai.test"),
    "dmitri": Person("Дмитрий Маячный", "dmitri@mayak.test"),
    "lin": Person("林海灯", "lin@dengta.test"),
    "chloe": Person("Chloé Brisemer", "chloe@phares.test"),
    "amal": Person("أمل المنارة", "amal@manara.test"),
    "noa": Person("נועה מגדלור", "noa@migdalor.test"),
    "eleni": Person("Ελένη Φαρίδου", "eleni@faros.test"),
    "bada": Person("등대 바다", "bada@deungdae.test"),
    # the mailing list
    "list": Person("terminal-users", "terminal-users@lists.example.org"),
    "listbot": Person("terminal-users robot", "terminal-users-owner@lists.example.org"),
    "gerty": Person("Gerty Baud", "gerty@example.org", "Gerty\n300 baud ought to be enough for anyone"),
    "otto": Person("Otto Carriage", "otto@paperterm.test", "Otto Carriage (and Return)"),
    "mavis": Person("Mavis Linefeed", "mavis@example.org"),
    "percy": Person("Percy Escape", "percy@example.org", "\u2407"),
    "nell": Person("Nell Cursor", "nell@columns.test"),
    "hugo": Person("Hugo Tabstop", "hugo@eight.test"),
    # the house
    "demo": Person("tuimail demo", "demo@tuimail.invalid"),
}
