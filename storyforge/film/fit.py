"""How a take fills its place in a film that has another shape or another length than it."""

from __future__ import annotations

from math import ceil, log2
from typing import Any

from storyforge.model.storyboard import Fit, FitTime

LOSS = 0.02
"""Share of its width or height that a picture may lose where the storyboard does not say how it fits."""

# Without the last two, ffmpeg scales in ways of each processor that give other pixels.
SCALER = "bicubic+accurate_rnd+bitexact"

BT709 = {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "range": "tv"}

COARSE = 16
"""How many times smaller a picture is while it is blurred."""

BRIGHTEST = 10
"""Brightest light of HDR that is distinguished from white, in units of 100 nits; the light of SDR's white is one."""


def fit_picture(picture: Any, fit: Fit | None, size: tuple[int, int], matrix: str) -> Any:
    """A picture in the film's size, by the aspect it is shown in; `matrix` is that of its colours, as ffmpeg names it.

    Sizes are worked out by ffmpeg, since it alone knows them after a rotation.
    """
    width, height = size
    aspect = f"{width}/{height}"
    kept = f"min(dar/({aspect}),({aspect})/dar)"
    near = f"gte({kept},{1 - LOSS})"
    whole = f"2*max(1,round(min({width},{height}*dar)/2))", f"2*max(1,round(min({height},{width}/dar)/2))"
    match fit:
        case "pad":
            return _padded(_scaled(picture, *whole, matrix), size)
        case "crop":
            return _scaled(_cropped(picture, aspect, "1"), width, height, matrix)
        case "blur":
            copies = picture.filter_multi_output("split", 2)
            small = (2 * round(width / COARSE / 2), 2 * round(height / COARSE / 2))
            around = _scaled(_cropped(copies[0], aspect, "1"), *small, matrix).filter("gblur", sigma=2)
            around = around.filter("scale", width, height, flags=SCALER)
            return around.overlay(_scaled(copies[1], *whole, matrix), x="(W-w)/2", y="(H-h)/2")
    across, down = (f"if({near},{side},{part})" for side, part in zip(size, whole, strict=True))
    return _padded(_scaled(_cropped(picture, aspect, near), across, down, matrix), size)


def _cropped(picture: Any, aspect: str, where: str) -> Any:
    """The middle of a picture in the film's shape, where a condition holds; cut at even places, for its colours."""
    across = f"if({where},min(iw,2*max(1,round(iw*min(1,({aspect})/dar)/2))),iw)"
    down = f"if({where},min(ih,2*max(1,round(ih*min(1,dar/({aspect}))/2))),ih)"
    return picture.filter("crop", across, down, "2*floor((iw-ow)/4)", "2*floor((ih-oh)/4)", exact=1)


def _scaled(picture: Any, width: int | str, height: int | str, matrix: str) -> Any:
    scaled = picture.filter(
        "scale",
        w=width,
        h=height,
        flags=SCALER,
        in_color_matrix=matrix,
        out_color_matrix="bt709",
        out_range="tv",
    )
    return scaled.filter("format", "yuv420p")


def _padded(picture: Any, size: tuple[int, int]) -> Any:
    return picture.filter("pad", *size, "(ow-iw)/2", "(oh-ih)/2")


def tone_map(picture: Any, transfer: str) -> Any:
    """A picture in HDR (`transfer` is ffmpeg's name of PQ or HLG) in the colours and brightness of SDR."""
    return (
        picture.filter("zscale", tin=transfer, min="bt2020nc", pin="bt2020", t="linear", npl=100)
        # `tonemap` takes linear light in floating point and nothing else.
        .filter("format", "gbrpf32le")
        .filter("zscale", p="bt709")
        .filter("tonemap", tonemap="mobius", param=0.3, desat=0, peak=BRIGHTEST)
        .filter("zscale", t="bt709", m="bt709", r="tv")
        .filter("format", "yuv420p10le")
    )


def pace(fit_time: FitTime, seconds: float, frames: int, fps: int) -> float:
    """How many times faster than it is a take of some seconds is played, to fill a place of some frames."""
    times = seconds * fps / frames
    # what differs by a frame, and a hundredth of one for times that were rounded, is as long as it should be
    if abs(times - 1) * frames <= 1.01 or fit_time == "trim":
        return 1.0
    return times if fit_time == "stretch" else max(1.0, times)


def change_tempo(heard: Any, times: float) -> Any:
    """Sound as many times faster, at its own pitch."""
    # one `atempo` halves or doubles at most without leaving samples out
    steps = ceil(abs(log2(times)))
    for _ in range(steps):
        heard = heard.filter("atempo", f"{times ** (1 / steps):.9f}")
    return heard
