"""The manners of a line: what is in brackets behind its speaker, in the forms that scripts use.

A voice that is not seen lies over the picture (V.O.) or comes from somebody near who is out of view (O.S.). Where a
language has one word for both, a *voice* that is off is the first, and a *place* that is off the second.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from storyforge.model.spoken_language import find_spoken_language

Kind = Literal["seen", "off", "over"]
"""`seen`: lips move in the picture; `off`: near and out of view (O.S.); `over`: over the picture (V.O.)."""

MARKS = {"off": "O.S.", "over": "V.O."}
"""How each kind of voice that is not seen is marked wherever lines are shown."""

JOINT = ", "
"""What is written between the manners of a line where they are one text."""

_OVER = """
    V.O. | voice-over | voice-over narration | voice off | narration | narrator | narrating | narrated
    voix off | voix over | voix hors champ | narrateur | narratrice
    Off-Stimme | Off-Sprecher | Off-Sprecherin | Off-Kommentar | Off-Text | Stimme aus dem Off | Stimme im Off
    Erzähler | Erzählerin | Erzählstimme
    voz en off | voz superpuesta | narración | narrador | narradora
    voce fuori campo | voce off | voce narrante | fuori campo voce | narrazione | narratore | narratrice
    voz em off | voz off | voz sobreposta | narração
    旁白 | 画外音 | 畫外音 | 内心独白 | 內心獨白 | ナレーション | モノローグ | 내레이션 | 나레이션
"""
_OFF = """
    O.S. | off | off-screen | off-stage | O.C. | off-camera | O.O.V. | out of view | out of shot | out of frame
    hors champ | hors-cadre | hors écran | hors caméra | H.C. | en off
    aus dem Off | im Off | außerhalb des Bildes | außer Bild | nicht im Bild
    fuera de campo | fuera de cuadro | fuera de cámara | fuera de pantalla | fuera de escena | F.C.
    fuori campo | fuori scena | fuori quadro | fuori inquadratura
    em off | fora de campo | fora de quadro | fora de cena | fora de câmara | fora de câmera
    fora do ecrã | fora da tela
    画外 | 畫外 | 画面外 | 畫面外 | 画面の外 | フレーム外 | オフ | 화면 밖
"""
_CONTINUED = """
    CONT'D | contd. | con't | cont. | continued | continuing | suite | à suivre | Forts. | Fortsetzung | fortgesetzt
    segue | continua | continúa | continuación | sigue | continuação | continuando | 续 | 續 | 続き | 계속
"""

LOUD = re.compile(r"(?:[vV]\.[oO]|[oO]\.[sScC])\.?|V/?O|O/?[SC]|[cC][oO][nN][tT]['’´`]?[dD]\.?|CON['’´`]T\.?")
"""An abbreviation that is known by its stops or capitals among other words: `V.O. softly`, not `os dois`."""

_PIECE = re.compile(r"[^()（）,;，；、،؛]+")
_TOKEN = re.compile(r"\S+")
_DASH = re.compile(r"[/|+&:.\-‐‑‒–—]+")
_SPACED = re.compile(r"(?<![^\s(（])([vVoO]\.)\s+(?=[oOsScC]\b)")


@dataclass(frozen=True, slots=True)
class Manners:
    """What the brackets behind a speaker say."""

    kind: Kind = "seen"
    language: str | None = None
    """BCP 47 tag of a language that is named there; None where none is."""
    spans: tuple[tuple[int, int], ...] = ()
    """Where the manners that are left are in the text."""


def _plain(manner: str) -> str:
    """The letters of a manner alone, whatever its case, accents, stops, hyphens and spaces."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", manner).casefold() if letter.isalpha())


def _all(*tables: tuple[str, str]) -> dict[str, str]:
    return {
        _plain(form): kind for kind, table in tables for line in table.strip().split("\n") for form in line.split("|")
    }


_KINDS = _all(("off", _OFF), ("over", _OVER), ("continued", _CONTINUED))
_LONGEST = max(map(len, _KINDS)) * 3
"""Characters of the longest manner that may be in the table, with room for stops and spaces."""


def read_manners(text: str, language: str = "en") -> Manners:
    """What a text in brackets says of a line: `(V.O.) (CONT'D, in German, softly)`.

    A language is named in that of the storyboard, a BCP 47 tag, or in English. Of several kinds of voice, and of
    several languages, the first counts.
    """
    kinds: list[Kind] = []
    tongues: list[str] = []
    spans = []
    for start, end in _split(text):
        manner = text[start:end]
        match _KINDS.get(_plain(manner)) if len(manner) <= _LONGEST else None:
            case "off":
                kinds.append("off")
            case "over":
                kinds.append("over")
            case "continued":
                pass
            case _:
                if tongue := find_spoken_language(manner, language):
                    tongues.append(tongue)
                else:
                    spans.append((start, end))
    return Manners(kinds[0] if kinds else "seen", tongues[0] if tongues else None, tuple(spans))


def join_manners(text: str, spans: Iterable[tuple[int, int]]) -> str | None:
    """The manners that are left of a text in brackets, as one; None where none is."""
    return JOINT.join(text[start:end] for start, end in spans) or None


def mark_manner(how: str | None, kind: str, language: str | None = None) -> str:
    """The manner of a line with its kind and its language, as a script writes it: `softly, in de, V.O.`."""
    return JOINT.join(part for part in (how, f"in {language}" if language else None, MARKS.get(kind)) if part)


def _split(text: str) -> Iterator[tuple[int, int]]:
    """Where each manner is; an abbreviation at either end of one is a manner of its own."""
    # As long as before, so that every offset stays true.
    text = _SPACED.sub(lambda found: found[1] + "\u2060" * (len(found[0]) - len(found[1])), text)
    for piece in _PIECE.finditer(text):
        tokens = [found.span() for found in _TOKEN.finditer(text, *piece.span())]
        first, last = 0, len(tokens)
        while first < last and _is_apart(text, tokens[first]):
            if not _DASH.fullmatch(text, *tokens[first]):
                yield tokens[first]
            first += 1
        while last > first and _is_apart(text, tokens[last - 1]):
            last -= 1
        if first < last:
            yield tokens[first][0], tokens[last - 1][1]
        yield from (token for token in tokens[last:] if not _DASH.fullmatch(text, *token))


def _is_apart(text: str, token: tuple[int, int]) -> bool:
    plain = text[slice(*token)].replace("\u2060", "") if token[1] - token[0] <= _LONGEST else ""
    return LOUD.fullmatch(plain) is not None or _DASH.fullmatch(plain) is not None
