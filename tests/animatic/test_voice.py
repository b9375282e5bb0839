import asyncio
import math

import pytest

from storyforge.animatic.voice import Library, Voice, cast_voices, choose_language, find_library, in_manner, say

needs_voice = pytest.mark.skipif(find_library() is None, reason="the scratch voice is not installed")
KNOWN = Library("", "", frozenset({"en", "en-us", "cmn", "yue", "ja", "pt", "pt-br", "es", "es-419", "fr", "de", "it"}))


def test_no_two_characters_of_a_clip_have_the_same_voice():
    people = [
        (f"{word} {number}", None, word) for word in ("a woman", "a man", "a girl", "a ghost") for number in range(6)
    ]
    voices = list(cast_voices(people).values())
    for at, one in enumerate(voices):
        assert not any(one.variant == other.variant and abs(one.pitch - other.pitch) < 5 for other in voices[:at])


def test_a_character_keeps_the_voice_in_another_clip_and_another_order():
    people = [("Mira", "low, unhurried", "a woman"), ("Otto", None, "a young man"), ("Pell", None, None)]
    cast = cast_voices(people)
    assert cast_voices(reversed(people)) == cast
    assert cast_voices(people[:1]) == {"Mira": cast["Mira"]}


def test_words_of_a_voice_are_heard_in_it():
    def one(voice, description):
        return cast_voices([("Sam", voice, description)])["Sam"]

    assert one(None, "a woman in her sixties").variant.startswith("f")
    assert one(None, "an old man").variant.startswith("m")
    assert one(None, "a little girl").pitch > one(None, "a woman").pitch > one("low, deep", "a woman").pitch
    assert one("quick", None).rate > one(None, None).rate > one("unhurried", None).rate


def test_a_whispered_line_is_whispered_and_a_shouted_one_raised():
    plain = Voice("f3", 50, 160)
    assert in_manner(plain, "whispering").variant == "whisperf"
    assert in_manner(Voice("m3", 40, 160), "in a whisper").variant == "whisper"
    assert in_manner(plain, "shouting").pitch > plain.pitch
    assert in_manner(plain, "smiling") == in_manner(plain, None) == plain


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("en-US", "en-us"),
        ("zh", "cmn"),
        ("zh-Hans-CN", "cmn"),
        ("zh-HK", "yue"),
        ("pt_BR", "pt-br"),
        ("es-MX", "es-419"),
        ("ja-JP", "ja"),
        ("tlh", None),
    ],
)
def test_languages_are_found_by_their_tags(tag, name):
    assert choose_language(tag, KNOWN) == name


@needs_voice
@pytest.mark.parametrize("tag", ["en", "fr", "de", "es", "pt", "it", "ja", "zh"])
def test_the_library_knows_the_languages_we_promise(tag):
    assert choose_language(tag, find_library())


@needs_voice
@pytest.mark.parametrize("variant", ["f3", "m3", "whisper"])
def test_a_line_sounds_the_same_each_time_and_unlike_another_voice(variant):
    def spoken(pitch):
        said = asyncio.run(say("The road is gone.", Voice(variant, pitch, 160), "en", find_library()))
        return said.tobytes()

    assert spoken(50) == spoken(50)
    assert variant == "whisper" or spoken(50) != spoken(70)


@needs_voice
def test_a_line_has_no_silence_at_its_ends():
    samples = asyncio.run(say("Late.", Voice("m3", 40, 160), "en", find_library()))
    for end in (samples[:400], samples[-400:]):
        assert math.sqrt(sum(value * value for value in end) / 400) > 10


@needs_voice
def test_a_voice_that_does_not_exist_gives_nothing():
    assert asyncio.run(say("Late.", Voice("nobody", 40, 160), "xx", find_library())) is None
