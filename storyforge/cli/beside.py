"""What a render writes beside the film: where it comes from, and if asked to a contact sheet and subtitles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storyforge.cli.options import Voice
    from storyforge.compile import Compiled
    from storyforge.render import FilmPlan
    from storyforge.store import Store


def draw_sheet(board: Compiled, film: Path, out: Path, voice: Voice) -> None:
    """A still of each shot."""
    from storyforge import sheet
    from storyforge.compile import spans

    assert board.board is not None
    stills = [
        sheet.Still(one.clip.beats[number].shot.id, begin, (begin + end) // 2)
        for one, number, begin, end in spans(board)
    ]
    sheet.draw_sheet(board.board.title, stills, film, board.board.format.fps, out)
    voice.say(f"contact sheet: {out}")


def write_subtitles(
    board: Compiled, film: FilmPlan, forms: Sequence[str], target: Path, store: Store, voice: Voice
) -> None:
    """The dialogue in each form, under the film's name."""
    from storyforge.film.subtitles import subtitles
    from storyforge.lock import write_text
    from storyforge.subtitles import film_cues

    assert board.board is not None
    cues = film_cues(board, film.planned, store)
    if not cues:
        voice.say("no subtitles: nobody says a word")
        return
    for form in dict.fromkeys(forms):
        out = target.with_suffix(f".{form}")
        write_text(out, subtitles(cues, board.board.format.fps, form, board.board.format.size))
        voice.say(f"subtitles: {out}")


def write_provenance(board: Compiled, film: FilmPlan, finished: Path, target: Path, store: Store, whole: bool) -> None:
    """What the film was made from, as NAME.provenance.json; of one with slates in it nothing is told."""
    import json

    from storyforge.lock import write_text
    from storyforge.provenance import provenance
    from storyforge.store import file_sha256

    out = target.with_suffix(".provenance.json")
    if not whole:
        out.unlink(missing_ok=True)
        return
    sha256 = store.film_sha256(finished.stem) or file_sha256(finished)
    told = provenance(board, film.planned, store, sha256)
    write_text(out, json.dumps(told, ensure_ascii=False, indent=2) + "\n")
