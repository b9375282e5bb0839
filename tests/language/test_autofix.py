from dataclasses import replace

import pytest

from storyforge.compiler.compile import compile_file
from storyforge.language.autofix import apply_fixes
from storyforge.model.diagnostics import Fix

BOARD = """\
storyforge: 1
title: The Keeper   # the working title
cast:
  mira: {marks: [a brass whistle], looks: {storm: {}}}
  otto: {marks: [round glasses]}
scenes:
  lamp-room: {}
shots:
  - id: lamp-1
    scene: lamp-room
    action: "@mira and @otto wait."
  - id: lamp-2
    scene: lamp-room
    action:   "@mira.storm climbs."
    continues: lamp-1
"""


@pytest.fixture
def mend(tmp_path):
    """Fixes a storyboard's text once, and says what else is found in it then."""

    def run(text):
        path = tmp_path / "film.story.yaml"
        path.write_bytes(text.encode())
        board = compile_file(path)
        texts = apply_fixes(board.source, board.diagnostics)
        assert set(texts) <= {"film.story.yaml"}
        new = texts.get("film.story.yaml", text)
        path.write_bytes(new.encode())
        again = compile_file(path)
        assert apply_fixes(again.source, again.diagnostics) == {}
        return new, [found.name for found in again.diagnostics if found.severity == "error"]

    return run


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"@mira and', '"@Mira and'),
        ("@otto wait", "@OTTO wait"),
        ("@mira.storm", "@Mira.storm"),
        ("@mira.storm", "@mira.Storm"),
        ("    scene: lamp-room\n", "    scene: Lamp-Room\n"),
        ("continues: lamp-1", "continues: LAMP-1"),
        ('    action: "@mira and @otto wait."', "    action: @mira and @otto wait."),
        ("title: The Keeper ", "title: 1984 "),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_certain_is_mended_and_nothing_else_is_touched(mend, right, wrong, newline):
    text = BOARD.replace(right, wrong, 1).replace("\n", newline)
    quoted = BOARD.replace("title: The Keeper ", 'title: "1984" ') if "1984" in wrong else BOARD
    assert mend(text) == (quoted.replace("\n", newline), [])


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("@otto wait", "@oto wait", "unknown-character"),
        ("scene: lamp-room", "scene: lamproom", "unknown-scene"),
        ("continues: lamp-1", "continues: lamp1", "unknown-shot"),
        ("@mira.storm", "@mira.strom", "unknown-look"),
    ],
)
def test_what_is_only_likely_is_left_to_the_author(mend, right, wrong, name):
    text = BOARD.replace(right, wrong, 1)
    assert mend(text) == (text, [name])


def test_two_names_that_differ_in_case_alone_are_not_chosen_between(mend):
    text = BOARD.replace("  otto:", "  MIRA: {marks: [a scar]}\n  otto:").replace('"@mira and', '"@Mira and')
    assert mend(text) == (text, ["unknown-character"])


def test_a_name_that_is_written_with_escapes_is_left_as_it_is(mend):
    text = BOARD.replace('"@mira and', '"@\\u004dira and')
    assert mend(text) == (text, ["unknown-character"])


def test_a_speaker_and_a_list_are_mended_where_they_stand(mend):
    more = "    cast: [OTTO, Mira.storm]\n    dialogue:\n      - Mira (softly): Mira.\n      - mira.Storm: Yes.\n"
    new, errors = mend(BOARD + more)
    assert new == BOARD + more.replace("OTTO, Mira.", "otto, mira.").replace("Mira (", "mira (").replace(
        "Storm:", "storm:"
    )
    assert errors == []


def test_several_mends_in_one_line_and_a_byte_order_mark(mend):
    text = "\ufeff" + BOARD.replace('"@mira and @otto', '"@MIRA, @Otto and @Mira')
    assert mend(text) == ("\ufeff" + BOARD.replace('"@mira and @otto', '"@mira, @otto and @mira'), [])


def test_of_two_mends_that_overlap_the_first_is_made(tmp_path):
    path = tmp_path / "film.story.yaml"
    path.write_text(BOARD)
    board = compile_file(path)
    found = board.diagnostics[0]
    mends = [
        Fix("film.story.yaml", 0, 10, "A"),
        Fix("film.story.yaml", 5, 12, "B"),
        Fix("film.story.yaml", 10, 11, "C"),
    ]
    fixed = apply_fixes(board.source, [replace(found, fix=fix, instead=None) for fix in mends])
    assert fixed == {"film.story.yaml": "AC" + BOARD[11:]}


def test_a_used_file_is_mended_in_its_own_text(tmp_path):
    (tmp_path / "bible.story.yaml").write_text(BOARD[: BOARD.index("shots:")].replace("a brass whistle", "1984"))
    path = tmp_path / "film.story.yaml"
    path.write_text("storyforge: 1\ntitle: x\nuse: [bible.story.yaml]\n" + BOARD[BOARD.index("shots:") :])
    board = compile_file(path)
    assert list(apply_fixes(board.source, board.diagnostics)) == ["bible.story.yaml"]
