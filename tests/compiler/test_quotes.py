"""A line ends where its quotation marks end, whatever is quoted in it."""

import pytest

from storyforge.compiler.quotes import quote_line


@pytest.mark.parametrize(
    ("text", "language", "quoted"),
    [
        ("You are late", "en", "“You are late.”"),
        ('Train "#4" is late.', "en", "“Train ‘#4’ is late.”"),
        ("He said “no”, twice!", "en", "“He said ‘no’, twice!”"),
        ('"No," he said.', "en", "“‘No,’ he said.”"),
        ("Don't.", "en", "“Don't.”"),
        ("Er sagt „nein“.", "de", "“Er sagt ‚nein‘.”"),
        ("两\n行", "zh", "“两 行。”"),
        ("他说“走”。", "zh-CN", "“他说‘走’。”"),
        ("他說「走」。", "zh-TW", "「他說『走』。」"),
        ('他說"走"', "zh-Hant", "「他說『走』。」"),
        ("佢話走", "yue", "「佢話走。」"),
        ("他说走", "yue-Hans", "“他说走。”"),
        ("No.", "zh-HK", "“No.”"),
    ],
)
def test_a_line_is_quoted_in_the_way_of_its_language(text, language, quoted):
    assert quote_line(text, language) == quoted
