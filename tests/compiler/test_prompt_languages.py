"""A prompt is written in the language of the actions, as far as there are templates in it."""

import pytest
from boards import board

from storyforge.compiler.prompt_languages import CHINESE, ENGLISH, LANGUAGES, find_prompt_language
from storyforge.language.mentions import collect_names
from storyforge.system.resources import resource_folder


def language_of(*actions, **top):
    made = board(*({"id": f"s{number}", "action": action} for number, action in enumerate(actions)), **top)
    return find_prompt_language(made, collect_names(made))


@pytest.mark.parametrize(
    ("actions", "language"),
    [
        (["雨落下。"], CHINESE),
        (["她打开 TV。"], CHINESE),
        (["Rain falls.", "雨"], ENGLISH),
        (["雨が降る。"], ENGLISH),
        (["비가 내린다."], ENGLISH),
        (["Der Regen fällt."], ENGLISH),
        (["123"], ENGLISH),
        (["她走了。", "她停下，看见 a dog。"], CHINESE),
    ],
)
def test_chinese_is_where_most_letters_are_han_and_none_is_kana(actions, language):
    assert language_of(*actions) is language


def test_a_mention_says_nothing_of_the_language():
    cast = {"the-old-lighthouse-keeper": {"marks": ["哨子"]}}
    assert language_of("@the-old-lighthouse-keeper点灯。", cast=cast) is CHINESE


def test_the_language_of_the_dialogue_is_another_matter():
    assert language_of("Rain falls.", language="zh") is ENGLISH
    assert language_of("雨落下。", language="en") is CHINESE


def test_every_language_has_all_templates():
    folder = resource_folder("templates")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.jinja")}
    ours = {name for name in names if not name.startswith("zh/")}
    for language in LANGUAGES:
        assert {name[len(language.folder) :] for name in names if name.startswith(language.folder)} >= ours
