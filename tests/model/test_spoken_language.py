"""The language that a manner of speaking names."""

import subprocess
import sys

import pytest

from storyforge.model.spoken_language import FORMS, find_spoken_language


@pytest.mark.parametrize(
    ("film", "manner"),
    [
        ("en", "in English"), ("de", "auf Englisch"), ("fr", "en anglais"), ("es", "en inglés"), ("it", "in inglese"),
        ("pt", "em inglês"), ("pt-BR", "em ingles"), ("nl", "in het Engels"), ("sv", "på engelska"),
        ("ro", "în engleză"), ("ru", "по-английски"), ("ru", "на английском"), ("uk", "англійською"),
        ("pl", "po angielsku"), ("cs", "anglicky"), ("fi", "englanniksi"), ("hu", "angolul"), ("tr", "İngilizce"),
        ("el", "στα αγγλικά"), ("ar", "بالإنجليزية"), ("he", "באנגלית"), ("fa", "به انگلیسی"), ("hi", "अंग्रेज़ी में"),
        ("th", "ภาษาอังกฤษ"), ("vi", "bằng tiếng Anh"), ("id", "dalam bahasa Inggris"), ("ja", "英語で"),
        ("ko", "영어로"), ("zh", "用英语"), ("zh", "英文"), ("zh-Hant", "用英語"), ("pt", "In  ENGLISH"),
        ("xx", "in English"), ("not a tag", "in English"),
    ],
)  # fmt: skip
def test_a_language_is_named_in_that_of_the_film_or_in_english(film, manner):
    assert find_spoken_language(manner, film) == "en"


@pytest.mark.parametrize(
    ("manner", "tag"),
    [("in Portuguese", "pt"), ("in Brazilian Portuguese", "pt-BR"), ("in Cantonese", "yue"), ("in Mandarin", "zh"),
     ("speaking Farsi", "fa"), ("in Swiss German", "gsw"), ("in Icelandic", "is"), ("in Yoruba", "yo")],
)  # fmt: skip
def test_every_language_of_cldr_is_known_by_its_tag(manner, tag):
    assert find_spoken_language(manner, "en") == tag


@pytest.mark.parametrize(
    "manner", ["in a hurry", "in", "in ", "English", "whispering", "in tears", "auf Englisch", "", "x" * 999]
)
def test_any_other_manner_names_none(manner):
    assert find_spoken_language(manner, "en") is None


@pytest.mark.parametrize("language", FORMS)
def test_each_language_of_the_table_can_name_itself_and_others(language):
    from babel import Locale

    names = Locale.parse(language).languages
    found = 0
    for tag in ("en", "de", "fr", "ja"):
        for ending, form in FORMS[language]:
            if names[tag].endswith(ending):
                found += find_spoken_language(form.format(names[tag].removesuffix(ending)), language) == tag
    assert found >= 4


def test_names_are_not_read_where_no_line_asks_for_them():
    code = "import sys; from storyforge.model.storyboard import Line; Line.model_validate({'a (low)': 'b'}); print('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
