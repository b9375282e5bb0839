"""Bodies of jobs as small as they can be."""

import asyncio

from storyforge.animatic.render import render_animatic


def panel(frames=24, **given):
    scene = {"name": "the lamp room", "picture": None, "marks": []}
    plain = {"framing": "medium shot", "camera": "slow push-in", "action": "She trims the wick.", "goes_on": False}
    quiet = {"lines": [], "sound": None, "music": None, "cast": [], "scene": scene}
    return {"frames": frames, **plain, **quiet, **given}


def line(name="the keeper", text="You are late.", how=None, voice=None, description=None, unseen=False, **more):
    return {
        "name": name,
        "how": how,
        "text": text,
        "voice": voice,
        "description": description,
        "unseen": unseen,
        **more,
    }


def person(name, picture=None):
    return {"name": name, "picture": picture, "marks": []}


def body(*panels, size=(320, 180), fps=24, language="en", first_frame=None):
    frames = sum(one["frames"] for one in panels)
    fixed = {"prompt": "", "seed": 7, "take": 1, "language": language, "first_frame": first_frame}
    return {**fixed, "size": list(size), "fps": fps, "frames": frames, "panels": list(panels)}


def render(asked, out, pictures=None):
    """The film's path, and the notes."""
    return out, asyncio.run(render_animatic(asked, pictures or {}, out))
