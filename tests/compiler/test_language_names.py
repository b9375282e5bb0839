"""Every language of a line has its name, in the language of the prompt, by CLDR."""

import pytest

from storyforge.compiler.language_names import is_latin, name_language, read_language

NAMED = {
    "th": ("Thai", "泰语"),
    "vi": ("Vietnamese", "越南语"),
    "he": ("Hebrew", "希伯来语"),
    "fa": ("Persian", "波斯语"),
    "el": ("Greek", "希腊语"),
    "id": ("Indonesian", "印度尼西亚语"),
    "uk": ("Ukrainian", "乌克兰语"),
    "bn": ("Bangla", "孟加拉语"),
    "ta": ("Tamil", "泰米尔语"),
    "yue": ("Cantonese", "粤语"),
    "fr-CA": ("French", "法语"),
    "pt_BR": ("Portuguese", "葡萄牙语"),
    "zh-Hant-TW": ("Chinese", "中文"),
    "cmn-Hans": ("Chinese", "中文"),
    "iw": ("Hebrew", "希伯来语"),
    "sw": ("Swahili", "斯瓦希里语"),
}


@pytest.mark.parametrize("tag", NAMED)
def test_a_language_is_named_in_english_and_in_chinese(tag):
    assert (name_language(tag, "en"), name_language(tag, "zh")) == NAMED[tag]


@pytest.mark.parametrize("tag", ["qya", "x-elvish", "not a tag", "", "zz-zz-zz-zz"])
def test_what_has_no_name_has_none(tag):
    assert name_language(tag, "en") is None


def test_a_tag_is_read_without_script_and_region():
    assert [read_language(tag) for tag in ("EN-gb", "zh_TW", "in", "hopeless_case!")] == ["en", "zh", "id", "hopeless"]


def test_a_text_is_latin_by_its_letters():
    assert [is_latin(text) for text in ("Oh, é!", "你好！", "42", "Да")] == [True, False, False, False]
