"""Texts and amounts as they are printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storyforge.model.printable import (
    count_columns,
    displayed_folder,
    escape_lines,
    escape_text,
    format_json,
    format_usd,
    join_lines,
    pad_text,
)


@pytest.mark.parametrize(
    ("usd", "text"), [(None, "price unknown"), (0.0, "free"), (3.6, "$3.60"), (1234.5, "$1,234.50"), (0.001, "$0.00")]
)
def test_an_amount_is_told_in_dollars_and_an_unknown_one_is_not_free(usd, text):
    assert format_usd(usd) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, with a – dash and 片", "plain, with a – dash and 片"),
        ("a\tb\nc\rd", "a\\tb\\nc\\rd"),
        ("\x1b[2J", "\\x1b[2J"),
        ("left\u202eright", "left\\u202eright"),
        ("\U000e0041", "\\U000e0041"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("##vso[task.complete]", "#\\x23vso[task.complete]"),
        # marks on letters stay, as many as scripts have; a mark on a sign of ours would make another of it
        ("e\u0301 Vie\u0323\u0302t שָּׁ֑ל བརྒྱུད མྲྀ မြွှေ", "e\u0301 Vie\u0323\u0302t שָּׁ֑ל བརྒྱུད མྲྀ မြွှေ"),
        ("\u0338 \u0301$5\u0336", "\\u0338 \\u0301$5\\u0336"),
        ("e" + "\u0301" * 5, "e\u0301\u0301\u0301\\u0301\\u0301"),
        ("가\u1161\u11a8", "가\u1161\u11a8"),
        # joiners between letters and emoji stay, and behind a letter that is cut
        ("क्\u200dष क्\u200d র\u200d্য", "क्\u200dष क्\u200d র\u200d্য"),
        (
            "👩🏽\u200d🚀 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 葛\U000e0100",
            "👩🏽\u200d🚀 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 葛\U000e0100",
        ),
        ("a\u200d \u200cb c\u200d\u200dd", "a\\u200d \\u200cb c\\u200d\\u200dd"),
        ("a\ufe0f 1\ufe0f ❤\ufe0f\ufe0f", "a\\ufe0f 1\\ufe0f ❤\ufe0f\\ufe0f"),
        ("\u200b\ufeff\u3164\u115f\u034f\ufffe", "\\u200b\\ufeff\\u3164\\u115f\\u034f\\ufffe"),
    ],
)
def test_a_text_from_outside_stays_on_its_line_and_moves_no_cursor(text, shown):
    assert escape_text(text) == shown


def test_lines_of_a_report_stay_as_many_and_a_text_keeps_its_own():
    assert join_lines(["a\nb", "c\t"]) == "a\\nb\nc\\t"
    assert escape_lines("a\n\tb\x1b\r\n\rc") == "a\n\tb\\x1b\r\n\\rc"


def test_a_cell_is_as_wide_as_what_is_shown_of_it():
    assert pad_text("雨\x1b", 8) == "雨\\x1b  "
    assert count_columns("e\u0301雨") == 3


def test_json_is_the_same_to_a_program_and_gives_no_orders():
    document = {"\x9b": "\u202e\ud800##vso[x] \U000e0041 é 雨" + "e" + "\u0301" * 5}
    text = format_json(document)
    assert json.loads(text) == document
    assert "\\u009b" in text
    assert "\\u202e\\ud800#\\u0023vso[x] \\udb40\\udc41 é 雨e\u0301\u0301\u0301\\u0301" in text


def test_a_folder_is_shown_as_it_was_named():
    assert displayed_folder(Path("film.story.yaml")) == ""
    assert displayed_folder(Path("films/ferry/film.story.yaml")) == "films/ferry"
