"""Small files to hang on the demo's mail, made here so that no binary lies in the repository."""

from __future__ import annotations

import struct
import zlib
from datetime import datetime, timedelta


def lighthouse_png(side: int = 48) -> bytes:
    """A lighthouse at night, `side` × `side` pixels, as PNG (8-bit RGB, one IDAT)."""
    rows = bytearray()
    for y in range(side):
        rows.append(0)  # filter type None
        for x in range(side):
            rows += bytes(_pixel(x * 48 // side, y * 48 // side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _pixel(x: int, y: int) -> tuple[int, int, int]:
    if y > 42:
        return (20, 60, 90)  # sea
    if 20 <= x <= 28 and y > 14:
        return (240, 240, 235) if (y // 6) % 2 else (200, 40, 40)  # tower
    if 21 <= x <= 27 and 9 <= y <= 14:
        return (255, 230, 120)  # lamp
    if 7 <= y <= 16 and abs(y - 11.5) < abs(x - 24) / 5:
        return (120, 110, 60)  # beam
    return (15, 18, 45)


def one_page_pdf(lines: list[str]) -> bytes:
    """A PDF of one A4 page with these lines of ASCII text in Helvetica (ISO 32000-1 §7.5)."""
    text = "\n".join(f"({line.replace('(', '[').replace(')', ']')}) Tj T*" for line in lines)
    stream = f"BT /F1 12 Tf 16 TL 72 770 Td\n{text}\nET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def tide_table_csv(day: datetime) -> bytes:
    """A fortnight of high and low water at Pellwick, with a header row."""
    rows = ["date,high,metres,low,metres"]
    for n in range(14):
        high, low = (day + timedelta(days=n, minutes=50 * n + shift) for shift in (0, 372))
        rows.append(f"{high:%Y-%m-%d},{high:%H:%M},{4.1 + (n % 7) * 0.15:.2f},{low:%H:%M},{1.3 - (n % 7) * 0.08:.2f}")
    return ("\r\n".join(rows) + "\r\n").encode("ascii")


def invitation_ics(start: datetime, sent: datetime) -> bytes:
    """The opening of the lighthouse as a meeting request (RFC 5545, RFC 5546 §3.2.2)."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Friends of Gull Rock//Kettle 1.0//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:opening@gullrock.example.org",
        f"DTSTAMP:{sent:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + timedelta(hours=3):%Y%m%dT%H%M%SZ}",
        "SUMMARY:Opening of the lighthouse",
        "LOCATION:Gull Rock\\, at the foot of the 112 steps",
        "DESCRIPTION:Cake. Speech (four pages). Please be kind to the gull.",
        "ORGANIZER;CN=Sunniva Kettle:mailto:sunniva@gullrock.example.org",
        "ATTENDEE;CN=Juno Tidewater;RSVP=TRUE:mailto:juno@pellwick.test",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")
