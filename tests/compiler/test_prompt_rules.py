"""Rules that hold for every prompt, over films that are drawn by chance; and each is seen to fail where it is broken."""

from collections import defaultdict
from dataclasses import replace

import pytest

from compiler.drawn_films import DIALECTS, compile_film, draw_film, list_cases
from compiler.prompt_rules import RULES, check_dialects, check_shared
from storyforge.compiler import views
from storyforge.compiler.pointing import People
from storyforge.compiler.templates import Templates

FEW, FILMS, AT_ONCE = 15, 1200, 100
LIMIT = 2500
"""Characters that the host with the least room reads."""


def find_faults(seed, folder, templates=None, dialects=DIALECTS):
    """Each rule that a drawn film breaks, with what it says."""
    film = draw_film(seed)
    cases = list_cases(film, folder, templates, dialects)
    faults = [(rule.__name__, fault) for case in cases for rule in RULES for fault in rule(case)]
    clips, shots = defaultdict(list), defaultdict(list)
    for case in cases:
        clips[case.clip.id].append(case)
    for same in clips.values():
        faults += [("check_dialects", fault) for fault in check_dialects(same)]
        for beat in same[0].clip.beats:
            shots[beat.shot.id].append(beat)
    for beats in shots.values():
        faults += [("check_shared", fault) for fault in check_shared(beats)]
    return [(seed, *fault) for fault in faults]


@pytest.mark.parametrize("seed", range(FEW))
def test_every_prompt_of_a_drawn_film_keeps_all_rules(tmp_path, seed):
    assert find_faults(seed, tmp_path) == []


@pytest.mark.long
@pytest.mark.parametrize("first", range(FEW, FILMS, AT_ONCE))
def test_every_prompt_of_a_thousand_drawn_films_keeps_all_rules(tmp_path, first):
    assert [fault for seed in range(first, first + AT_ONCE) for fault in find_faults(seed, tmp_path)] == []


@pytest.mark.slow
def test_drawn_films_hold_all_that_makes_prompts_difficult(tmp_path):
    cases = [case for seed in range(40) for case in list_cases(draw_film(seed), tmp_path, dialects=DIALECTS[:1])]
    beats = [beat for case in cases for beat in case.clip.beats]
    assert {case.language for case in cases} == {"en", "zh", "de"}
    assert {line.kind for beat in beats for line in beat.lines} == {"seen", "off", "over"}
    assert any(line.how and "@" in line.how for beat in beats for line in beat.lines)
    assert any(beat.parts > 1 for beat in beats)
    assert any(len(case.clip.beats) > 3 for case in cases)
    assert any(case.clip.first_frame for case in cases)
    assert {0, 1, 2, 3, 9} <= {len(case.clip.cast) for case in cases}
    assert any(look for case in cases for _, look in case.clip.cast)
    assert any(len(case.storyboard.character(*face).marks) > 1 for case in cases for face in case.clip.cast)
    assert any("@" in case.prompt.text for case in cases)
    assert any(shot.framing is None for case in cases for shot in case.clip.shots)
    assert any("[00:" in case.prompt.text for case in cases)


def rename_all(value, old, new):
    """A written storyboard in which ids of the cast have another first letter."""
    if isinstance(value, dict):
        return {rename_all(key, old, new): rename_all(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [rename_all(item, old, new) for item in value]
    if not isinstance(value, str) or value.startswith("http"):
        return value
    for number in range(9):
        value = value.replace(f"@{old}{number}", f"@{new}{number}").replace(f"@{{{old}{number}", f"@{{{new}{number}")
        value = f"{new}{number}{value[2:]}" if value[:2] == f"{old}{number}" else value
    return value


@pytest.mark.parametrize("seed", range(FEW))
def test_other_ids_and_another_order_of_the_cast_change_no_prompt(tmp_path, seed):
    film = draw_film(seed)
    renamed = rename_all(film, "p", "x")
    renamed["cast"] = dict(reversed(renamed["cast"].items()))
    assert list(renamed["cast"]) != list(film["cast"]) or not film["cast"]
    assert [case.prompt for case in list_cases(renamed, tmp_path)] == [
        case.prompt for case in list_cases(film, tmp_path)
    ]


def test_another_id_is_seen_where_it_changes_a_prompt(tmp_path, monkeypatch):
    film = next(film for film in map(draw_film, range(40)) if len(film["cast"]) == 2)
    find = People.find
    monkeypatch.setattr(People, "find", lambda people, face: replace(find(people, face), name=face[0]))
    before = [case.prompt for case in list_cases(film, tmp_path)]
    assert before != [case.prompt for case in list_cases(rename_all(film, "p", "x"), tmp_path)]


def test_a_clip_that_can_be_parted_has_a_prompt_within_the_limit(tmp_path):
    film = {**draw_film(0), "language": "en", "scenes": {"quay": {}}}
    film["cast"] = {"p0": {"name": "Ana", "reference": "https://example.com/a.png", "marks": ["a cap"]}}
    told = " ".join(["@p0 looks out over the water."] * 30)
    film["shots"] = [{"id": f"s{n}", "scene": "quay", "action": told, "seconds": 2} for n in range(5)]
    cases = list_cases(film, tmp_path, dialects=DIALECTS[:1])
    assert len(cases) > 1
    assert all(case.prompt.characters <= LIMIT for case in cases)


class Reworded(Templates):
    """Our templates with some words replaced, wherever they are."""

    def __init__(self, old, new):
        super().__init__()
        self.old, self.new, self.times = old, new, 0

    def find(self, name):
        text, path = super().find(name)
        self.times += text.count(self.old)
        return text.replace(self.old, self.new), path


BROKEN = {
    "check_text": (": {{ shot.action }}", " : {{ shot.action }}"),
    "check_labels": ("[Image {{ n }}]{% endmacro %}", "[Image {{ n }}]s{% endmacro %}"),
    "check_shots": ('"cut": "Cut to"', '"cut": "Begin with"'),
    "check_subjects": ("{% macro named(name, n) %}{{ name }} in [", "{% macro named(name, n) %}["),
    "check_lines": ("Then{{ how }}: {{ line.quote }}", "Then{{ how }}."),
    "check_first_frame": ("Begin exactly from the first frame", "Begin exactly from the picture"),
    "check_closing": ("; {{ clause }}", ""),
    "check_sounds": ('{{ shot.sound | join("; ") }}', '{{ shot.sound | join("; ") }}, {{ shot.sound | first }}'),
    "check_parts": ("part {{ shot.part }} of {{ shot.parts }}", "a part"),
    "check_dialects": ("{% macro owner(name, n) %}character", "{% macro owner(name, n) %}the same character"),
}


@pytest.mark.parametrize(("rule", "words"), BROKEN.items(), ids=BROKEN)
def test_a_rule_is_broken_by_words_that_break_it(tmp_path, rule, words):
    templates = Reworded(*words)
    assert any(name == rule for seed in range(40) for _, name, _ in find_faults(seed, tmp_path, templates))
    assert templates.times


def test_the_rule_of_articles_is_broken_by_wrong_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(views, "find_article", lambda view: "a ")
    assert any(name == "check_articles" for seed in range(40) for _, name, _ in find_faults(seed, tmp_path))


def test_the_rule_of_shared_actions_is_broken_by_one_that_is_lost(tmp_path):
    film = {**draw_film(0), "cast": {}, "scenes": {"quay": {}}}
    film["shots"] = [{"id": "a", "scene": "quay", "action": "Rain falls. It stops. Sun.", "seconds": 40}]
    beats = [clip.beats[0] for clip in compile_film(film, tmp_path)[1]]
    assert len(beats) > 1
    assert list(check_shared(beats)) == []
    assert list(check_shared(beats[1:])) != []
