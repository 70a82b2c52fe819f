"""Every attachment of every hostile sample: looked at, named for what it is, and saved inside the folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tuimail.content import preview
from tuimail.content.mime import parse, part_octets
from tuimail.content.preview.kind import kind_of
from tuimail.store import saving
from tuimail.sync.texts import stored_part

SAMPLES = sorted((Path(__file__).parents[1] / "data" / "hostile").glob("*.eml"))
MOST = 40
"""Attachments of one sample that are saved; some have three thousand."""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_its_attachments_stay_in_the_folder_and_harm_nobody(sample: Path, tmp_path: Path) -> None:
    raw = sample.read_bytes()
    out = tmp_path / "out"
    out.mkdir()
    saved = 0
    for attachment in parse(raw).attachments[:MOST]:
        data = stored_part({"": raw}.get, attachment.section)
        assert data is not None and data == part_octets(raw, attachment.section), "listed is saved is shown"
        document = preview.show(attachment, data, True, frozenset())
        said = kind_of(data[:512], attachment)
        for text in (attachment.name, said.words, said.warning, *(block.text for block in document.blocks)):
            assert not any(char < " " and char not in "\n\t" for char in text)
        source = tmp_path / "source"
        source.write_bytes(data)
        path = saving.save(source, out, attachment.name)
        saved += 1
        assert path.parent == out and path.read_bytes() == data
        assert stat.S_ISREG(path.lstat().st_mode) and stat.S_IMODE(path.stat().st_mode) == 0o600
        source.unlink()
    assert os.listdir(tmp_path) == ["out"] and len(os.listdir(out)) == saved
