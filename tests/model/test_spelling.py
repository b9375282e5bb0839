import pytest

from storyforge.model.spelling import nearest

CAST = ["mira", "otto", "lighthouse-keeper", "Émile", "米拉", "a"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("mria", "mira"),
        ("mirana", "mira"),
        ("MIRA", "mira"),
        ("oto", "otto"),
        ("lighthouse_keepr", "lighthouse-keeper"),
        ("E\u0301mil", "Émile"),
        ("米菈", "米拉"),
        ("A", "a"),
        ("b", None),
        ("", None),
        ("captain", None),
        ("ot", None),
    ],
)
def test_the_nearest_name_is_the_one_few_letters_away(word, meant):
    assert nearest(word, CAST) == meant


def test_the_first_of_equally_near_names_wins():
    assert nearest("lamp-9", ["lamp-1", "lamp-2"]) == "lamp-1"


def test_nothing_is_near_when_nothing_is_known():
    assert nearest("mira", []) is None
