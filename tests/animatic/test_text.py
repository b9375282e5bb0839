import pytest

from storyforge.animatic.text import Style, clean, is_drawable, measure, undrawable, wrap

STYLE = Style(30)


@pytest.mark.parametrize("width", [140, 300, 700])
@pytest.mark.parametrize(
    "text",
    [
        "The lighthouse keeper trims the wick while the rain-streaked panes rattle.",
        "米拉慢慢地修剪灯芯，奥托在楼梯上看着她。「你迟到了。」她说——然后转身离开。",
        "彼女はゆっくりと芯を切る。ラジオの男は、階段から見ている。「遅かったね」",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "米拉 says: hello，世界 and 灯塔",
    ],
)
def test_every_line_fits_and_nothing_is_lost(text, width):
    lines = wrap(text, STYLE, width, 40)
    assert all(measure(line, STYLE) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("width", range(60, 400, 7))
def test_no_line_of_chinese_begins_with_closing_or_ends_with_opening_punctuation(width):
    lines = wrap("她说：「你迟到了。」——《灯塔》（第一章），完！路没了，我们只能等到天亮。", STYLE, width, 40)
    assert not any(line[0] in "，。」》）！：" for line in lines if measure(line, STYLE) > 60)
    assert not any(line[-1] in "「《（" for line in lines)


def test_small_kana_and_long_marks_do_not_begin_a_line():
    lines = wrap("キャッチャーミットをラッキーなチャーリーにあげる", STYLE, 100, 40)
    assert not any(line[0] in "ャッーィ" for line in lines)


def test_latin_words_are_not_broken_where_a_space_is_near():
    lines = wrap("a lighthouse in a very heavy storm", STYLE, 200, 10)
    assert " ".join(lines) == "a lighthouse in a very heavy storm"


def test_what_does_not_fit_ends_in_an_ellipsis():
    lines = wrap("word " * 200, STYLE, 300, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(measure(line, STYLE) <= 300 for line in lines)


def test_lines_are_of_about_the_same_length():
    first, second = wrap("The keeper trims the wick while he watches from the stairs.", STYLE, 700, 3)
    assert measure(second, STYLE) > 0.5 * measure(first, STYLE)


def test_pictographs_and_controls_are_left_out_and_letters_composed():
    assert clean("fire\u200d 🔥 e\u0301\n\tnow\x07") == "fire é now"


def test_letters_come_from_the_fallback_where_the_face_has_none():
    assert all(is_drawable(letter) for letter in "aßжλế“…·米あカ、")
    assert undrawable("米拉 mira שלום") == ["HEBREW"]
