"""What stands in brackets behind a speaker."""

import pytest

from storyforge.model.manners import join_manners, mark_manner, read_manners

OVER = """
    V.O. | VO | v.o | V. O. | V/O | voice over | voiceover | Voice-Over | voice‑over | narration | Narrator
    voix off | VOIX-OFF | Off-Stimme | Stimme aus dem Off | Erzähler | voz en off | narración
    voce fuori campo | voce narrante | voz em off | narração | 旁白 | ナレーション
"""
OFF = """
    O.S. | O.S | OS | o. s. | off | OFF | off screen | off-screen | offscreen | Off–Screen | O.C. | OC | off camera | off-camera
    hors champ | Hors-champ | H.C. | aus dem Off | im Off | fuera de campo | fuera de cámara | en off | fuori campo | F.C.
    em off | fora de campo | fora de quadro | 画外 | オフ
"""


def read(text, language="en"):
    found = read_manners(text, language)
    return found.kind, found.language, join_manners(text, found.spans)


def forms(table):
    return [form.strip() for line in table.strip().splitlines() for form in line.split("|") if "?" not in form]


@pytest.mark.parametrize("manner", forms(OVER))
def test_a_voice_over_the_picture_has_many_spellings(manner):
    assert read(f"({manner})") == ("over", None, None)
    assert read(f"(softly, {manner.upper()})") == ("over", None, "softly")


@pytest.mark.parametrize("manner", forms(OFF))
def test_a_voice_from_near_and_out_of_view_has_many_spellings(manner):
    assert read(f"({manner})") == ("off", None, None)
    assert read(f"({manner}) (softly)") == ("off", None, "softly")


@pytest.mark.parametrize(
    "manner",
    [
        "CONT'D",
        "cont’d",
        "contd.",
        "Cont.",
        "continued",
        "suite",
        "Forts.",
        "Fortsetzung",
        "segue",
        "continúa",
        "continua",
        "续",
    ],
)
def test_that_somebody_goes_on_speaking_says_nothing(manner):
    assert read(f"({manner})") == ("seen", None, None)
    assert read(f"(V.O.) ({manner}, low)") == ("over", None, "low")


@pytest.mark.parametrize(
    ("text", "kind", "how"),
    [
        ("(V.O.) (CONT'D)", "over", None),
        ("(CONT'D) (whispering)", "seen", "whispering"),
        ("(V.O. CONT'D)", "over", None),
        ("(V.O. whispering)", "over", "whispering"),
        ("(whispering O.S.)", "off", "whispering"),
        ("(V.O. - softly, to @mira)", "over", "softly, to @mira"),
        ("（画外音，轻声）", "over", "轻声"),
        ("(O.S.; low) (V.O.)", "off", "low"),
        ("(os dois)", "seen", "os dois"),
        ("(off the record)", "seen", "off the record"),
        ("(voice breaking)", "seen", "voice breaking"),
        ("(over the phone)", "seen", "over the phone"),
        ("(screaming)", "seen", "screaming"),
        ("()", "seen", None),
        ("(, ,)", "seen", None),
        ("", "seen", None),
    ],
)
def test_marks_are_told_from_other_manners(text, kind, how):
    assert read(text) == (kind, None, how)


def test_a_language_is_told_from_other_manners():
    assert read("(auf Englisch, leise) (V.O.)", "de") == ("over", "en", "leise")
    assert read("(in a hurry)") == ("seen", None, "in a hurry")


def test_a_very_long_manner_is_read_at_once():
    long = "V.O. x " * 50_000
    assert read(f"({long})")[0] == "over"
    assert read(f"({'v. ' * 50_000})") == ("seen", None, ("v. " * 50_000).strip())


def test_a_manner_is_written_with_its_mark():
    assert mark_manner(None, "seen") == ""
    assert mark_manner("low", "off") == "low, O.S."
    assert mark_manner("low", "over", "de") == "low, in de, V.O."
