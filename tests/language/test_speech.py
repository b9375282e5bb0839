"""How long a line takes to say."""

import json
from pathlib import Path

import pytest

from storyforge.language.speech import RATES, dialogue_seconds, is_known, line_seconds, shot_milliseconds, syllables
from storyforge.model.storyboard import Line, Shot


@pytest.mark.parametrize(
    ("language", "text", "low", "high"),
    [
        ("en", "The storm took the road an hour ago, and nobody is coming until the morning.", 3.8, 5.6),
        ("en", "It cost $1,250 in 1987.", 3.4, 5.2),
        ("fr", "Je ne sais pas pourquoi tu es revenue si tard ce soir.", 2.2, 3.6),
        ("de", "Der Sturm hat die Straße mitgenommen, und niemand kommt vor morgen.", 3.2, 5.2),
        ("es", "La tormenta se llevó el camino y nadie vendrá hasta mañana.", 2.9, 4.8),
        ("pt", "A tempestade levou a estrada e ninguém vem até amanhã.", 2.9, 4.8),
        ("it", "La tempesta ha portato via la strada e nessuno verrà prima di domani.", 3.4, 5.4),
        ("ja", "嵐で道がなくなった。朝まで誰も来ない。", 2.6, 5.0),
        ("zh", "暴风雨把路冲走了，天亮以前没有人会来。", 4.2, 6.6),
    ],
)
def test_a_sentence_takes_as_long_as_an_actor_would(language, text, low, high):
    assert low < line_seconds(text, language) < high


EXACT = [
    # language, text, its syllables, the seconds of its pauses, all its seconds
    ("en", "You are late.", 3, 0, 0.6522),
    ("en", "You are late. Come in.", 5, 0.35, 1.4370),
    ("en", "Platform 12 is closed.", 5, 0, 1.0870),
    ("en", "Bring rope, nails, and a lamp.", 6, 0.4, 1.7043),
    ("fr", "Tu viens demain.", 4, 0, 0.7692),
    ("fr", "Tu viens demain. Je pars.", 6, 0.35, 1.5038),
    ("fr", "Il reste 40 jours.", 5, 0, 0.9615),
    ("de", "Der Regen fällt.", 4, 0, 0.8889),
    ("de", "Der Regen fällt. Komm rein!", 6, 0.35, 1.6833),
    ("de", "Gleis 7 ist zu.", 5, 0, 1.1111),
    ("es", "La puerta está abierta.", 8, 0, 1.4286),
    ("es", "La puerta está abierta. Pasa.", 10, 0.35, 2.1357),
    ("es", "Quedan 15 cartas.", 6, 0, 1.0714),
    ("pt", "A porta abriu.", 5, 0, 0.9615),
    ("pt", "A porta abriu. Entre.", 7, 0.35, 1.6962),
    ("pt", "Faltam 20 minutos.", 7, 0, 1.3462),
    ("it", "La luna sale.", 5, 0, 0.9434),
    ("it", "La luna sale. Vieni qui.", 8, 0.35, 1.8594),
    ("it", "Sono le 10 di sera.", 8, 0, 1.5094),
    ("ja", "雨が止んだ。", 6.8, 0, 1.0462),
    ("ja", "雨が止んだ。行こう。", 10.7, 0.35, 1.9962),
    ("ja", "12番線です。", 8.8, 0, 1.3538),
    ("ja", "きゃっとコーヒー", 7, 0, 1.0769),
    ("ja", "ＡＢＣ", 1.2, 0, 0.1846),
    ("zh", "门开了。", 3, 0, 0.9091),
    ("zh", "门开了。进来吧！", 6, 0.35, 2.1682),
    ("zh", "还有3天。", 4, 0, 1.2121),
    ("zh", "雨停了，走吧。", 5, 0.2, 1.7152),
    ("ko", "\uad1c\ucc2e\uc544\uc694.", 4, 0, 0.8333),
    ("hi", "घर में", 2, 0, 0.4348),
    ("el", "Πού ήσουν; Έλα.", 5, 0.35, 1.2272),
    ("ar", "أين كنت؟ لا أعرف.", 6.666667, 0.35, 1.7993),
    ("eo", "Saluton, amiko.", 6, 0.2, 1.5043),
    ("ru", "Дождь идёт.", 3, 0, 0.5455),
    ("th", "ฝนตก", 2, 0, 0.6061),
]


@pytest.mark.parametrize(("language", "text", "count", "pauses", "seconds"), EXACT)
def test_a_line_lasts_its_syllables_at_the_pace_of_its_language_and_its_pauses(language, text, count, pauses, seconds):
    assert syllables(text, language) == pytest.approx(count)
    assert line_seconds(text, language) == pytest.approx(seconds, abs=0.00005)
    assert line_seconds(text, language) - count / RATES.get(language, 4.6) == pytest.approx(pauses, abs=0.00005)


SPOKEN = json.loads(Path(__file__).with_name("pace.json").read_text(encoding="utf-8"))["seconds"]
"""Seconds that espeak-ng speaks lines, by language: recorded by `benchmarks/pace.py --record`."""


def ratio(language):
    lines = SPOKEN[language]
    return sum(line_seconds(line, language) for line in lines) / sum(lines.values())


@pytest.mark.parametrize("language", SPOKEN)
def test_lines_of_a_language_are_estimated_as_those_of_english_are(language):
    assert 0.8 <= ratio(language) / ratio("en") <= 1.25


def test_every_language_that_has_a_pace_was_spoken():
    assert set(RATES) == set(SPOKEN)
    assert all(len(lines) == 20 for lines in SPOKEN.values())


def test_scripts_without_spaces_are_not_one_word():
    assert line_seconds("もう遅いよ。道がなくなったんだ。", "ja") > 2
    assert line_seconds("你来晚了，路已经没了。", "zh-Hant") > 2


def test_a_block_of_hangul_is_one_syllable():
    assert syllables("\uad1c\ucc2e\uc544\uc694", "ko") == 4
    assert syllables("\ud798", "ko") == 1


def test_compatibility_ideographs_are_syllables_too():
    assert syllables("\uf900\ufa6d", "zh") == 2


def test_the_pace_is_known_by_the_first_part_of_a_tag():
    assert all(is_known(language) for language in RATES)
    assert is_known("pt-BR")
    assert is_known("cmn-Hans")
    assert not is_known("eo")
    assert line_seconds("Saluton al vi, karaj amikoj.", "eo") > 1


def test_pauses_count():
    assert line_seconds("Stop. Listen. Wait, please.", "en") > line_seconds("Stop listen wait please", "en") + 0.5


def test_lines_need_breath_between_them():
    lines = [Line.model_validate({"mira": "You are late."})] * 3
    assert dialogue_seconds(lines, "en") > 3 * line_seconds("You are late.", "en") + 1
    assert dialogue_seconds([], "en") == 0
    assert dialogue_seconds(lines[:1], "en") == pytest.approx(0.3 + 0.6522 + 0.35, abs=0.0001)
    assert dialogue_seconds(lines, "en") == pytest.approx(0.3 + 3 * 0.6522 + 2 * 0.35 + 0.35, abs=0.0002)


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ({}, 4000),
        ({"seconds": 2.5}, 2500),
        ({"seconds": 2.5, "dialogue": [{"mira": "You are late."}]}, 2500),
        ({"dialogue": [{"mira": "You are late."}]}, 1400),  # 1.302 s, rounded up to a tenth
        ({"dialogue": [{"mira": "You are late."}, {"otto": "Yes."}]}, 1900),  # 1.870 s
    ],
)
def test_a_shot_lasts_as_written_or_as_its_lines_need_or_four_seconds(written, milliseconds):
    shot = Shot.model_validate({"id": "one", "scene": "room", "action": "Rain falls.", **written})
    assert shot_milliseconds(shot, "en") == milliseconds


def test_no_dialogue_makes_a_shot_longer_than_ten_minutes():
    endless = Shot.model_validate(
        {"id": "one", "scene": "room", "action": "Rain falls.", "dialogue": [{"mira": "la " * 3000}]}
    )
    assert shot_milliseconds(endless, "en") == 600_000


def test_a_korean_syllable_counts_once_and_an_ideograph_of_either_block_too():
    assert syllables("\uae38\uc774 \uc0ac\ub77c\uc84c\uc5b4", "ko") == 6
    assert [syllables(letter, "zh") for letter in ("\u3400", "\u9fff", "\uf900", "\ufad9")] == [1, 1, 1, 1]


def test_a_line_takes_the_time_of_its_own_language():
    own = Line.model_validate({"mira (in Chinese)": "\u95e8\u5f00\u4e86\u3002"})
    plain = Line.model_validate({"mira": "\u95e8\u5f00\u4e86\u3002"})
    assert dialogue_seconds([own], "en") == dialogue_seconds([plain], "zh") != dialogue_seconds([plain], "en")
