"""The life of a clip: what the compiler derives from the shots, from a cut of them to a job for a provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from storyforge.model.capabilities import Mode
from storyforge.model.storyboard import Line, Shot, Transition


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the author names it, and what identifies it: the sha256 of a file, or its URL or id alone."""

    source: str
    """Relative to the storyboard's folder with forward slashes, or a URL, or a provider's own id."""
    sha256: str | None

    @property
    def token(self) -> str:
        """What a request names the picture by until it is uploaded; URLs and ids are kept as they are."""
        # The prefixes are a storyboard's own, to distinguish ids from paths; hosts take their ids bare.
        return f"sf:sha256:{self.sha256}" if self.sha256 else self.source.removeprefix("asset:").removeprefix("uuid:")


@dataclass(frozen=True, slots=True)
class LastFrame:
    """The picture that a clip ends on; known only when that clip is rendered."""

    clip: str
    sharpest: bool = False
    """Whether that clip ends on the sharpest frame of its take's last half second, and not on the last."""

    @property
    def token(self) -> str:
        """The placeholder in a request until that clip is rendered and its frame is known."""
        return f"sf:last-frame:{self.clip}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that binds a character or a scene, in its slot (from 1) of a clip."""

    slot: int
    kind: Literal["character", "scene"]
    id: str
    look: str | None
    picture: Picture


@dataclass(frozen=True, slots=True)
class Beat:
    """A shot, or the part of a long shot, as one clip plays it."""

    shot: Shot
    milliseconds: int
    lines: tuple[Line, ...]
    faces: tuple[tuple[str, str | None], ...]
    """Characters and looks on screen while these lines are spoken, in order of first mention."""
    action: str = ""
    """What happens in it: the shot's action, or of a long shot the sentences that fall to this part."""
    part: int = 1
    """From 1; further parts of a split shot say that the action goes on."""
    parts: int = 1
    """Into how many parts the shot is split; 1 where it is whole."""


CutName = tuple[str, int, int, tuple[str, ...]]
"""Names a clip among all clips that a film may be cut into."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One or more consecutive shots of one scene that are ordered together."""

    id: str
    beats: tuple[Beat, ...]
    scene: str
    provider: str
    seconds: int
    cast: tuple[tuple[str, str | None], ...]
    """Characters and looks on screen, in order of first mention."""
    references: tuple[Reference, ...]
    first_frame: Picture | LastFrame | None
    mode: Mode
    seed: int | None
    take: int
    after: tuple[str, ...]
    """Clips that must be rendered first."""
    transition: Transition
    """How this clip follows the one before."""
    why: str
    """Why it begins where it does."""
    kept: bool = False
    """Whether the lock names a take of it, for which it is cut as it is."""
    otherwise: str = ""
    """Where it is kept and would be cut otherwise today: how."""

    @property
    def shots(self) -> tuple[Shot, ...]:
        """The shots that it plays, wholly or in part, in the order of the film."""
        return tuple(beat.shot for beat in self.beats)

    @property
    def cut(self) -> CutName:
        """Names the clip among all clips that a film may be cut into: its id, how many shots it has, its seconds, and
        of a part of a long shot its lines."""
        first = self.beats[0]
        return self.id, len(self.beats), self.seconds, tuple(line.text for line in first.lines if first.parts > 1)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The words of a clip for one dialect."""

    text: str
    parts: tuple[tuple[str, int], ...]
    """Parts of the text in order (`opening`, `cast`, a shot's id, `heard`, `style`, `preserve`), each with its length
    in characters."""

    @property
    def characters(self) -> int:
        """Length in code points, to compare with a provider's `Limits.max_characters`."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Job:
    """A clip as it is ordered: every value explicit, nothing left to a provider's default."""

    clip: str
    provider: str
    mode: Mode
    prompt: str
    references: tuple[str, ...]
    """Tokens of the pictures, in slot order."""
    first_frame: str | None
    """Token of the picture that the clip opens on."""
    seconds: int
    resolution: str
    aspect: str
    size: tuple[int, int]
    fps: int
    seed: int | None
    take: int
    extra: Mapping[str, Any]
    panels: tuple[Mapping[str, Any], ...]
    """The shots as the animatic draws them; no host reads them."""
    language: str
    slate: Mapping[str, Any]
    """Everything that can change the take, as plain JSON values."""
    fingerprint: str
    """Hash of the slate."""


def beat_ends(clip: Clip, fps: int) -> list[int]:
    """The frame of a clip behind the last of each of its shots; the last shot lasts as long as the clip."""
    lengths = [beat.milliseconds for beat in clip.beats]
    # Summed first and then turned into frames: what is lost by rounding each shot would add up along the clip.
    ends = [sum(lengths[: number + 1]) * fps // 1000 for number in range(len(lengths))]
    return [*ends[:-1], clip.seconds * fps]
