"""Texts and amounts as they are printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from storyforge.model.printable import displayed_folder, escape_text, format_usd


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
    ],
)
def test_a_text_from_outside_stays_on_its_line_and_moves_no_cursor(text, shown):
    assert escape_text(text) == shown


def test_a_folder_is_shown_as_it_was_named():
    assert displayed_folder(Path("film.story.yaml")) == ""
    assert displayed_folder(Path("films/ferry/film.story.yaml")) == "films/ferry"
