"""Ids of shots and scenes that look like numbers."""

import pytest

from storyforge.language.autofix import apply_fixes
from storyforge.language.load import load_storyboard

HEAD = "storyforge: 1\ntitle: T\nscenes: {{{scene}: {{}}}}\nshots:\n"


@pytest.fixture
def load(tmp_path):
    def read(text):
        path = tmp_path / "film.story.yaml"
        path.write_text(text, encoding="utf-8")
        return load_storyboard(path)

    return read


def test_a_whole_number_is_the_id_that_it_is_written_as(load):
    shots = "- {id: 1, scene: 7, action: a}\n- {id: 14B, scene: 7, action: a, continues: 1}\n- {id: 0, scene: 7, action: a}\n"
    board, _, found = load(HEAD.format(scene=7) + shots)
    assert found == []
    assert [(shot.id, shot.scene, shot.continues) for shot in board.shots] == [
        ("1", "7", None),
        ("14B", "7", "1"),
        ("0", "7", None),
    ]


def test_a_number_stays_a_number_where_an_alias_means_it_elsewhere(load):
    board, _, found = load(HEAD.format(scene="a") + "- {id: &one 1, scene: a, action: a, seconds: *one}\n")
    assert found == []
    assert (board.shots[0].id, board.shots[0].seconds) == ("1", 1)


@pytest.mark.parametrize(("written", "means"), [("010", "10"), ("1e3", "1000.0"), ("0x1F", "31"), ("true", "True")])
def test_what_would_be_read_otherwise_is_put_in_quotes(load, written, means):
    text = HEAD.format(scene="a") + f"- {{id: {written}, scene: a, action: a}}\n"
    _, source, (found,) = load(text)
    assert (found.name, found.hint) == ("wrong-type", f"put it in quotes: unquoted, it means `{means}`")
    fixed = apply_fixes(source, [found])["film.story.yaml"]
    board, _, none = load(fixed)
    assert (board.shots[0].id, none) == (written, [])


def test_a_date_is_put_in_quotes_and_is_an_id_meanwhile(load):
    board, source, (found,) = load(HEAD.format(scene="a") + "- {id: 2024-01-02, scene: a, action: a}\n")
    assert (found.name, board.shots[0].id) == ("unquoted-text", "2024-01-02")
    assert load(apply_fixes(source, [found])["film.story.yaml"])[2] == []


@pytest.mark.parametrize("written", ["-1", "1.5", "+1", ".5", "a.b"])
def test_what_is_no_id_in_quotes_either_is_said_to_be_none(load, written):
    _, _, (found,) = load(HEAD.format(scene="a") + f"- {{id: {written}, scene: a, action: a}}\n")
    assert (found.name, found.message) == ("bad-id", f"`{written}` is not an id")
