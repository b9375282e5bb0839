"""The takes of a film as text and as a document."""

from __future__ import annotations

from projects import Faked, edited, project

from storyforge.planning.choices import accept_takes, read_takes, use_take
from storyforge.planning.takes import Take
from storyforge.reports.takes_text import choice_lines, follow_lines, short_ids, takes_document, takes_text


def test_ids_are_as_short_as_tells_them_apart():
    takes = [Take(sha256, "s", 1, "offline", "m", 3) for sha256 in ("a" * 64, "a" * 11 + "b" * 53, "a" * 64)]
    assert sorted(short_ids(takes).values()) == ["a" * 12, "a" * 11 + "b"]
    assert short_ids(takes[:1]) == {"a" * 64: "a" * 8}


def test_a_table_marks_the_chosen_take_and_says_how_words_differ(tmp_path):
    film = Faked(project(tmp_path))
    film.further("wait", 2)
    edited(film.path, "Take it.", "Have it.")
    text = takes_text(read_takes(film.compiled()))
    assert next(line for line in text.splitlines() if line.startswith("  *")).split()[2:4] == ["take", "1"]
    assert "\n      dialogue" in text
    document = takes_document(read_takes(film.compiled(), "wait"))
    (clip,) = document["clips"]
    assert [(take["number"], take["chosen"]) for take in clip["takes"]] == [(1, True), (2, False)]
    assert clip["takes"][0]["path"] == str(film.store.take(clip["takes"][0]["take"]))


def test_a_choice_is_told_with_what_it_changes(tmp_path):
    film = Faked(project(tmp_path))
    second = film.further("call", 2)
    choice = use_take(film.compiled(), "call", "2", film.compiled)
    assert choice_lines(choice) == [f"call: take 2 ({second[:8]}) of offline is chosen"]
    assert follow_lines(choice)[0].startswith("boat: would be rendered again, free: ")
    edited(film.path, "looks over", "looks at")
    (line,) = choice_lines(accept_takes(film.compiled(), ["wait"], film.compiled))
    assert line.startswith("wait: take 1 (")
    assert line.endswith(") of offline is accepted although action changed")
