"""How many syllables a text has, in each script."""

import unicodedata

import pytest

from storyforge.language.syllables import name_measure, syllables


@pytest.mark.parametrize(
    ("language", "text", "low", "high"),
    [
        ("ar", "مدرسة", 2, 3),
        ("he", "אני לא יודע", 5, 6),
        ("hi", "नमस्ते", 3, 3),
        ("hi", "नाम", 1, 1),
        ("bn", "আমার", 2, 2),
        ("ta", "வணக்கம்", 3, 3),
        ("te", "తెలుగు", 3, 3),
        ("th", "สถานี", 2, 3),
        ("my", "မြန်မာ", 2, 3),
        ("km", "ភាសាខ្មែរ", 2.5, 3.5),
        ("am", "ሰላም", 2, 3),
        ("ka", "გამარჯობა", 4, 4),
        ("hy", "բարեւ", 2, 2),
        ("tr", "ılık", 2, 2),
        ("vi", "Tôi không biết", 3, 3),
        ("chr", "ᏣᎳᎩ", 3, 3),
    ],
)
def test_a_word_has_about_the_syllables_that_its_speakers_count(language, text, low, high):
    assert low <= syllables(text, language) <= high


@pytest.mark.parametrize(
    "text", ["\uad1c\ucc2e\uc544\uc694", "caf\u00e9", "\u0439\u043e\u0434", "\u03ac\u03bb\u03c6\u03b1"]
)
def test_a_text_counts_alike_however_its_letters_are_composed(text):
    assert syllables(unicodedata.normalize("NFD", text), "ko") == syllables(text, "ko")


@pytest.mark.parametrize(
    "text", ["\u094d", "\u0e34\u0e34", "\u064b", "\u1780\u17d2", "\u0640\u0640", "\U0010fffd", "a\u0301" * 3000]
)
def test_odd_texts_have_some_length(text):
    assert 0 <= syllables(text, "xx") <= len(text) + 1


def test_what_lines_are_measured_by_has_a_name():
    assert name_measure(["Saluton, amiko."]) == "vowels"
    assert name_measure(["ሰላም ነው", "yes"]) == "letters"
    assert name_measure(["ꀀꀁ"]) == "letters"
    assert name_measure(["你好。"]) == "characters"
    assert name_measure(["123!"]) == "vowels"
