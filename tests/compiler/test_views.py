"""Framing and camera read as one phrase, whatever shape the author gives them."""

import pytest

from storyforge.compiler.prompt_languages import CHINESE, ENGLISH
from storyforge.compiler.views import Phrase, join_chinese_view, join_english_view, spell_out


def phrase(text, begins=None):
    return Phrase(text, text, begins) if text else None


def view(framing, camera=None):
    return join_english_view(phrase(framing), phrase(camera))


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ("slow push-in down the aisle", "in a slow push-in down the aisle"),
        ("slow push in", "in a slow push-in"),
        ("Extremely slow zoom out", "in an extremely slow zoom-out"),
        ("one unbroken move along the path", "in one unbroken move along the path"),
        ("low angle", "from a low angle"),
        ("locked off", "the camera locked off"),
        ("Static", "the camera static"),
        ("handheld camera, following", "the camera handheld, following"),
        ("the camera is fixed", "the camera fixed"),
        ("racing backwards ahead of the wheel", "the camera racing backwards ahead of the wheel"),
        ("on a tripod", "the camera on a tripod"),
        ("no camera movement", "with no camera movement"),
        ("the camera drifts left", "camera: drifts left"),
        ("Pans left", "camera: pans left"),
        ("push in slowly", "camera: push in slowly"),
        ("swing left", "camera: swing left"),
    ],
)
def test_a_camera_is_a_move_a_state_or_said_behind_a_colon(camera, said):
    assert view("wide shot", camera).text == f"a wide shot, {said}"


@pytest.mark.parametrize(
    ("framing", "said", "is_noun"),
    [
        ("wide shot", "a wide shot", True),
        ("Wide", "a wide shot", True),
        ("extreme wide, from above", "an extreme wide shot, from above", True),
        ("Close on the door", "close on the door", False),
        ("Totale", "Totale", False),
        ("Dutch angle", "a Dutch angle", True),
    ],
)
def test_a_framing_gets_its_article_where_it_is_a_noun(framing, said, is_noun):
    found = view(framing)
    assert (found.text, found.is_noun) == (said, is_noun)


def test_a_camera_alone_leaves_its_preposition_to_the_lead():
    assert (view(None, "slow push-in").text, view(None, "slow push-in").is_noun) == ("a slow push-in", True)
    assert (view(None, "locked off").text, view(None, "locked off").is_noun) == ("the camera locked off", False)
    assert view(None).text == ""


def test_a_view_that_begins_with_somebody_has_no_article():
    assert join_english_view(phrase("the keeper's face, close", "owner"), None).text == "the keeper's face, close"
    assert join_english_view(phrase("wide shot"), phrase("Bo's point of view", "owner")).text.endswith(
        ", in Bo's point of view"
    )


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("MCU of @mira", "medium close-up of @mira"),
        ("OTS shot on @otto", "over-the-shoulder shot on @otto"),
        ("POV shot", "point-of-view shot"),
        ("POV", "point-of-view shot"),
        ("cu", "close-up"),
        ("2S, then CU.", "two-shot, then close-up."),
        ("the USS Texas, WS", "the USS Texas, wide shot"),
        ("a cu of rum", "a cu of rum"),
        ("@MS waits, MS", "@MS waits, medium shot"),
    ],
)
def test_abbreviations_of_shot_lists_are_spelled_out(written, spelled):
    assert spell_out(written, ENGLISH.abbreviations) == spelled


@pytest.mark.parametrize(("written", "said"), [("static", "固定镜头"), ("Handheld.", "手持镜头"), ("WS", "全景")])
def test_english_words_of_shot_lists_are_chinese_in_a_chinese_prompt(written, said):
    assert spell_out(written, CHINESE.abbreviations) == said


def test_every_abbreviation_reads_as_a_noun_and_has_a_chinese_word():
    assert all(view(spell_out(short, ENGLISH.abbreviations)).is_noun for short in ENGLISH.abbreviations.words)
    assert ENGLISH.abbreviations.words.keys() - CHINESE.abbreviations.words.keys() <= {"2-SHOT", "3-SHOT"}


def test_a_chinese_view_is_its_parts_in_a_row():
    assert join_chinese_view(phrase("全景"), phrase("缓缓推近")).text == "全景，缓缓推近"
    assert join_chinese_view(None, phrase("缓缓推近")).text == "缓缓推近"
