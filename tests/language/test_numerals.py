"""Numbers are as long as the words that they are read in."""

import pytest

from storyforge.language.numerals import count_number_syllables

READ = [
    ("en", "1,250", 8),  # one thousand two hundred fifty
    ("en", "3.5", 3),
    ("en", "1952", 5),
    ("en", "1900", 4),
    ("en", "1905", 4),
    ("en", "2026", 6),
    ("en", "7:30", 4),
    ("en", "9:00", 1),
    ("en", "100 %", 5),
    ("en", "$5", 3),
    ("en", "2nd", 2),
    ("en", "21st", 3),
    ("en", "0171", 6),
    ("en", "1,000,000", 3),
    ("fr", "1250", 5),  # mille deux cent cinquante
    ("fr", "1\u00a0250", 5),
    ("fr", "3,5", 4),
    ("fr", "1952", 7),
    ("fr", "75", 3),
    ("fr", "7:30", 3),
    ("fr", "5 €", 3),
    ("fr", "2e", 2),
    ("de", "1.250", 8),  # eintausendzweihundertfünfzig, without its `ein`
    ("de", "3,5", 4),
    ("de", "1952", 8),
    ("de", "21", 4),
    ("de", "7:30", 5),
    ("es", "1952", 10),  # mil novecientos cincuenta y dos
    ("es", "100 %", 5),
    ("es", "22", 3),
    ("pt", "3,5", 6),
    ("pt", "1952", 10),
    ("it", "1952", 11),
    ("it", "7:30", 5),
    ("ja", "1,250", 8),
    ("ja", "1952", 10),
    ("ja", "100%", 7),
    ("ja", "20,000", 3),
    ("zh", "1,250", 6),
    ("zh", "1952", 4),
    ("zh", "7:30", 5),
    ("zh", "100%", 5),
    ("ru", "12", 3.6),
    ("ar", "\u0661\u0662", 3.6),
]


@pytest.mark.parametrize(("language", "number", "count"), READ)
def test_a_number_has_the_syllables_of_its_words(language, number, count):
    # A word more or less is a matter of taste (`and`, `one`, `o'clock`).
    assert count_number_syllables(number, language) == pytest.approx(count, abs=1.01)


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "pt", "it", "ja", "zh", "eo"])
@pytest.mark.parametrize(
    "number", ["0", "00", "7:3:2:1", "1.2.3.4", "1,2,3", "9" * 5000, "0:" + "9" * 5000, "١٢٫٣", "4:999999", "5,", "$"]
)
def test_whatever_is_written_has_some_length(language, number):
    count = count_number_syllables(number, language)
    assert 0 <= count < 5 * len(number) + 10


def test_text_between_numbers_counts_nothing():
    assert count_number_syllables("from 7 until 9 and then", "en") == 3
    assert count_number_syllables("no number", "en") == 0
