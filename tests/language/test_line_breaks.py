"""Lines break where their script lets them."""

from storyforge.language.line_breaks import atoms, is_wide


def test_latin_breaks_behind_spaces_and_hyphens_alone():
    assert list(atoms("a well-kept lamp, lit")) == ["a ", "well-", "kept ", "lamp, ", "lit"]
    assert list(atoms("")) == []


def test_chinese_breaks_anywhere_but_before_what_ends_a_clause():
    assert list(atoms("你好，走吧。")) == ["你", "好，", "走", "吧。"]
    assert list(atoms("行くぞー（今）")) == ["行", "く", "ぞー", "（今）"]


def test_korean_breaks_at_its_spaces_and_thai_anywhere():
    assert list(atoms("가나다 라마")) == ["가나다 ", "라마"]
    assert len(list(atoms("กขค"))) == 3


def test_a_wide_letter_takes_the_place_of_two():
    assert is_wide("米")
    assert is_wide("Ａ")
    assert not is_wide("A")
