"""What the store has written is read as what it is, or counts as not written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from storyforge.system.records import read_film, read_record, read_rendering

TAKE = "a" * 64
RENDERING: dict[str, Any] = {"take": TAKE, "bytes": 4, "notes": [], "slate": {"provider": "runware", "take": 1}}
RECORD: dict[str, Any] = {"clips": {"a": {"fingerprint": TAKE, "fields": {"shots.0.action": "x"}, "after": ["b"]}}}


@pytest.mark.parametrize(
    ("read", "good"),
    [(read_rendering, RENDERING), (read_record, RECORD), (read_film, {"sha256": TAKE, "names": ["x"]})],
)
@pytest.mark.parametrize(
    "hurt", [b"", b"{", b"[]", b"7", b"[" * 100_000, b'{"film": "\\ud800"}', b"\xff\xfe", b'{"take": 7, "clips": 7}']
)
def test_a_record_that_is_hurt_counts_as_not_written(tmp_path: Path, read: Any, good: Any, hurt: bytes) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(good), encoding="utf-8")
    assert read(path) == good
    path.write_bytes(hurt)
    assert read(path) in (None, {}) if hurt != b"[]" else read(path) is None
    assert read(tmp_path / "none.json") is None


@pytest.mark.parametrize("film", [r"C:\udata", "\\ud800", "\U0001f600"])
@pytest.mark.parametrize("escaped", [True, False])
def test_escapes_of_whole_characters_and_of_backslashes_are_no_damage(tmp_path: Path, film: str, escaped: bool) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({**RENDERING, "film": film}, ensure_ascii=escaped), encoding="utf-8")
    assert read_rendering(path) == {**RENDERING, "film": film}


@pytest.mark.parametrize(
    "altered",
    [
        {"take": "../../x"},
        {"take": None},
        {"slate": "text"},
        {"slate": {"take": "1"}},
        {"fields": {"shots.x.action": 1}},
        {"film": 7},
        {"notes": "x"},
        {"emulated": "yes"},
    ],
)
def test_what_is_known_of_a_take_has_its_kinds(tmp_path: Path, altered: dict[str, Any]) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({**RENDERING, **altered}), encoding="utf-8")
    assert read_rendering(path) is None


@pytest.mark.parametrize("clips", [[], {"a": []}, {"a": {"fields": []}}, {"a": {"after": "b"}}, {"a": {"after": [1]}}])
def test_a_record_of_clips_has_its_kinds(tmp_path: Path, clips: Any) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"clips": clips}), encoding="utf-8")
    assert read_record(path) is None
