"""What a garbage collection found is listed: each take by itself, all else by its kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from storyforge.rendering.gc import GONE as SWEPT
from storyforge.rendering.gc import Collected, Rest
from storyforge.reports.gc_text import KINDS, garbage_document, garbage_lines, size_text, sum_text

STORE = Path("/films/.storyforge")
GONE = (
    Rest(STORE / "takes" / f"{'a' * 64}.mp4", "takes", 1_200_000, "its words were changed", "wait, offline"),
    Rest(STORE / "pieces/1.mp4", "pieces", 1000, "no film is stitched from them"),
    Rest(STORE / "pieces/2.mp4", "pieces", 500, "no film is stitched from them"),
)
KEPT = (
    Rest(STORE / "takes/c.mp4", "takes", 10, "named by a lock here"),
    Rest(STORE / "slates/d", "slates", 5, "named by a lock here"),
)


def test_a_take_has_a_line_and_all_else_one_for_each_reason():
    assert garbage_lines(GONE, KEPT) == [
        "delete  take aaaaaaaa of wait, offline, 1.2 MB: its words were changed",
        "delete  2 pieces, 1.5 kB: no film is stitched from them",
        "keep    1 take, 1 record, 15 bytes: named by a lock here",
    ]
    assert sum_text(GONE) == "3 files, 1.2 MB"


def test_what_is_swept_has_a_name():
    assert set(KINDS) == set(SWEPT)


def test_the_document_names_files_by_their_places_in_the_store():
    document = garbage_document(Collected(STORE, GONE[:1], KEPT[:1], False))
    assert document["gone"] == [
        {"path": f"takes/{'a' * 64}.mp4", "bytes": 1_200_000, "why": "its words were changed", "of": "wait, offline"}
    ]
    assert document["kept"] == [{"path": "takes/c.mp4", "bytes": 10, "why": "named by a lock here"}]
    assert (document["store"], document["deleted"]) == (str(STORE), False)


@pytest.mark.parametrize(
    ("count", "text"), [(999, "999 bytes"), (1000, "1.0 kB"), (10**6, "1.0 MB"), (25 * 10**8, "2.5 GB")]
)
def test_bytes_are_told_as_a_person_reads_them(count, text):
    assert size_text(count) == text
