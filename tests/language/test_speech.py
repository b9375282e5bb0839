"""How long a line takes to say."""

import pytest

from storyforge.language.speech import RATES, dialogue_seconds, is_known, line_seconds
from storyforge.model.storyboard import Line


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


def test_scripts_without_spaces_are_not_one_word():
    assert line_seconds("もう遅いよ。道がなくなったんだ。", "ja") > 2
    assert line_seconds("你来晚了，路已经没了。", "zh-Hant") > 2


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
