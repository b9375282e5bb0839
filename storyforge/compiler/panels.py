"""The shots of a clip as the animatic draws them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from storyforge.language.mentions import Face, Mention, Names, replace_mentions, resolve_speakers
from storyforge.model.clip import Clip, beat_ends
from storyforge.model.storyboard import Line, Storyboard


def make_panels(storyboard: Storyboard, clip: Clip, names: Names) -> Iterator[dict[str, Any]]:
    """The shots of a clip as the animatic draws them, their frames adding up to the clip's."""
    ends = beat_ends(clip, storyboard.format.fps)
    place = storyboard.place(clip.scene)
    shown = {(one.id, one.look): one.picture.token for one in clip.references if one.kind == "character"}
    scene = next((one.picture.token for one in clip.references if one.kind == "scene"), None)
    for beat, start, end in zip(clip.beats, [0, *ends], ends, strict=False):
        yield {
            "frames": end - start,
            "framing": _plain(storyboard, beat.shot.framing, names),
            "camera": _plain(storyboard, beat.shot.camera, names),
            "action": _plain(storyboard, beat.shot.action, names),
            "goes_on": beat.part > 1,
            "lines": [
                _spoken_line(storyboard, line, face, names)
                for line, face in zip(beat.lines, resolve_speakers(beat.lines, beat.faces), strict=True)
            ],
            "sound": "; ".join(
                text
                for text in (_plain(storyboard, place.sound, names), _plain(storyboard, beat.shot.sound, names))
                if text
            )
            or None,
            "music": _plain(storyboard, beat.shot.music, names),
            "cast": [
                {
                    "name": storyboard.character(*face).name,
                    "picture": shown.get(face),
                    "marks": list(storyboard.character(*face).marks),
                }
                for face in beat.faces
            ],
            "scene": {"name": place.name, "picture": scene},
        }


def _spoken_line(storyboard: Storyboard, line: Line, face: Face, names: Names) -> dict[str, Any]:
    who, look = face
    # Films with errors are compiled too, so a speaker may be nobody of the cast.
    known = who in names and (look is None or look in names[who])
    character = storyboard.character(who, look) if known else None
    return {
        "name": character.name if character else who,
        "how": _plain(storyboard, line.how, names),
        "text": line.text,
        "voice": character.voice if character else None,
        "description": character.description if character else None,
        "unseen": line.unseen,
        # Only where they say something, so that clips which are drawn as before keep their takes.
        **({"kind": line.kind} if line.kind == "off" else {}),
        **({"language": line.language} if line.language else {}),
    }


def _plain(storyboard: Storyboard, text: str | None, names: Names) -> str | None:
    """A text with its mentions replaced by the characters' names."""
    if text is None:
        return None

    def name_of(mention: Mention, before: str) -> str:
        name = (storyboard.character(*mention.face).name if mention.known else mention.who) or ""
        return name[:1].upper() + name[1:] if not before or before.endswith((". ", "! ", "? ")) else name

    return replace_mentions(text, names, name_of)
