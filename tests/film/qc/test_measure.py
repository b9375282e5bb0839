"""What is measured in a take: small films made wrong on purpose, and the same made right."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from fractions import Fraction
from threading import Event

import ffmpeg
import pytest
from PIL import Image

from storyforge.film.qc import measure as module
from storyforge.film.qc.measure import Sound, load_measures, measure, measure_sound, picture_distance, small_text
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import run_ffmpeg
from storyforge.system.whole import note_made

MOVING = "testsrc2=size=320x180:rate=24"


@pytest.fixture
def shot(tmp_path):
    """Makes a film of a picture, and of a sound or none, in ffmpeg's words, and measures it."""

    def make(picture, sound=None, seconds=2, **options):
        path = tmp_path / "take.mp4"
        streams = [ffmpeg.input(picture, format="lavfi")["v:0"].filter("format", "yuv420p")]
        if sound:
            streams.append(ffmpeg.input(sound, format="lavfi")["a:0"])
        options = {"vcodec": "libx264", "preset": "ultrafast", "crf": 18, "threads": 1, "t": seconds, **options}
        asyncio.run(run_ffmpeg(ffmpeg.output(*streams, f"file:{path}", **options), timeout=60))
        return path

    return make


def near(stretches, *wanted):
    assert [pytest.approx(stretch, abs=0.06) for stretch in wanted] == list(stretches)


def test_a_film_without_a_fault_is_measured_as_it_is(shot):
    found = measure(shot(MOVING, "sine=frequency=440"))
    assert (found.shape.width, found.shape.height, found.shape.aspect) == (320, 180, Fraction(16, 9))
    assert (found.shape.fps, found.frames, found.shape.seconds) == (24, 48, 2.0)
    assert (found.black, found.still, found.doubled, found.light, found.red) == ((), (), (), (), ())
    assert found.bars == (0, 0, 0, 0)
    assert found.sound.quiet == ()
    assert not found.sound.clipped


def test_black_is_found_where_it_is(shot):
    lit = "lt(t,0.5)+gt(t,1.5)"
    found = measure(shot(f"{MOVING},drawbox=color=black:t=fill:enable='{lit}'"))
    near(found.black, (0, 0.5), (1.5, 2))


def test_a_dark_picture_with_a_light_in_it_is_not_black(shot):
    lamp = "color=0x101010:size=160x90:rate=24,drawbox=x=20:y=20:w=24:h=24:color=white:t=fill"
    assert measure(shot(lamp)).black == ()


def test_a_picture_that_stops_stands_still_and_one_that_moves_slowly_does_not(shot):
    found = measure(shot(f"{MOVING}:duration=1,tpad=stop=24:stop_mode=clone", preset="veryfast"))
    near(found.still, (1, 2))
    # from frame to frame this changes by less than a still picture
    slow = "color=gray:size=320x180:rate=24,geq=lum='60+0.37*X+4*T':cb=128:cr=128"
    assert all(end - begin < 0.5 for begin, end in measure(shot(slow, crf=4)).still)


def test_frames_that_repeat_in_motion_are_counted_and_those_of_a_picture_at_rest_are_not(shot):
    halved = measure(shot(f"{MOVING.replace('24', '12')},fps=24", preset="veryfast")).doubled
    assert len(halved) == pytest.approx(23, abs=1)
    assert halved[1] - halved[0] == pytest.approx(2 / 24, abs=0.001)
    assert len(measure(shot(f"{MOVING.replace('24', '20')},fps=24", preset="veryfast")).doubled) in (7, 8)
    resting = f"{MOVING}:duration=1,tpad=stop=24:stop_mode=clone"
    assert measure(shot(resting, preset="veryfast")).doubled == ()
    cut = f"{MOVING}:duration=0.04,tpad=stop=47:stop_mode=clone,negate=enable='gte(t,1)'"
    assert measure(shot(cut, preset="veryfast")).doubled == ()


def strobe(every, over="black", under="white", size="160x90"):
    """A picture that changes to another one every so many frames, over a part of it."""
    width, height = size.split("x")
    box = f"drawbox=x=0:y=0:w={width}:h={height}:color={over}:t=fill:enable='mod(floor(n/{every}),2)'"
    return f"color={under}:size=160x90:rate=24,{box}"


def turns(found):
    return len(found.light), len(found.red)


def test_light_that_turns_is_counted_each_way(shot):
    found = measure(shot(strobe(3)))
    assert turns(found)[0] == 15
    assert [way for _, way in found.light[:4]] == [-1, 1, -1, 1]
    assert [time for time, _ in found.light[:3]] == pytest.approx([0.125, 0.25, 0.375])


@pytest.mark.parametrize(
    ("picture", "many"),
    [
        (strobe(3, size="80x54"), True),  # three tenths of the picture
        (strobe(3, size="80x36"), False),  # a fifth
        (strobe(3, "0x707070", "0x505050"), True),  # relative luminance 0.16 and 0.08: no
        (strobe(3, "white", "0xf0f0f0"), False),  # both bright
    ],
)
def test_only_large_and_deep_changes_of_light_count(shot, picture, many):
    count = turns(measure(shot(picture)))[0]
    if "707070" in picture:
        assert count == 0
    else:
        assert (count >= 14) == many


def test_red_is_counted_where_it_is_too_dark_to_count_as_light(shot):
    dim, blue = measure(shot(strobe(3, "0x700000", "black"))), measure(shot(strobe(3, "0x000070", "black")))
    assert turns(dim)[0] == turns(blue)[0] == 0
    assert turns(dim)[1] >= 14
    assert turns(blue)[1] == 0
    assert turns(measure(shot(strobe(3, "0x704800", "black")))) == (0, 0)  # orange


def test_bars_are_what_is_never_lit(shot):
    boxed = measure(shot("testsrc2=size=160x66:rate=24,pad=160:90:0:12")).bars
    assert boxed == pytest.approx((0, 12 / 90, 0, 12 / 90), abs=0.015)
    pillars = measure(shot("testsrc2=size=120x90:rate=24,pad=160:90:20:0")).bars
    assert pillars == pytest.approx((1 / 8, 0, 1 / 8, 0), abs=0.01)
    assert measure(shot("color=black:size=160x90:rate=24")).bars == (0, 0, 0, 0)


def test_the_first_and_the_last_frame_are_kept_in_small(shot, tmp_path):
    fade = "color=0x203040:size=160x90:rate=24,drawbox=color=0xd0c0a0:t=fill:enable='gte(n,47)'"
    found = measure(shot(fade))
    first, last = (small_text(Image.new("RGB", (160, 90), colour)) for colour in ("#203040", "#d0c0a0"))
    assert picture_distance(found.first, first) < 0.02
    assert picture_distance(found.last, last) < 0.02
    assert picture_distance(found.first, found.last) == pytest.approx((0xB0 + 0x90 + 0x60) / 3 / 255, abs=0.02)


def test_pictures_differ_by_nothing_to_all():
    black, white = (small_text(Image.new("RGB", (8, 8), colour)) for colour in ("black", "white"))
    assert picture_distance(black, black) == 0
    assert picture_distance(black, white) == 1


def test_quiet_is_found_where_it_is(shot):
    path = shot(MOVING, "aevalsrc='0.3*sin(2000*t)*between(t,0.5,1.4)':s=48000:d=2")
    near(measure(path).sound.quiet, (0, 0.5), (1.4, 2))
    assert measure_sound(path) == measure(path).sound


@pytest.mark.parametrize(("loud", "silent"), [(0.0009, True), (0.0012, False)])
def test_what_is_quieter_than_any_room_counts_as_quiet(shot, loud, silent):
    path = shot(MOVING, f"aevalsrc='{loud}*sin(2000*t)':s=48000:d=2", acodec="pcm_s16le", format="mov")
    assert measure(path).sound.is_silent == silent


def test_a_film_without_sound_has_none_and_one_that_is_silent_says_so(shot):
    assert measure(shot(MOVING)).sound is None
    silent = measure(shot(MOVING, "anullsrc=r=44100:cl=mono")).sound
    assert silent.is_silent
    assert not replace(silent, quiet=()).is_silent
    assert Sound().is_silent


@pytest.mark.parametrize(("codec", "least"), [("pcm_s16le", 0.5), ("aac", 0.002)])
def test_sound_is_clipped_where_it_stands_at_full_scale(shot, codec, least):
    loud = "aevalsrc='max(-1,min(1,(0.3+{}*gt(t,1))*sin(2000*t)))':s=48000:d=2"
    sound = measure(shot(MOVING, loud.format(1.3), acodec=codec, format="mov")).sound
    assert least < sound.clipped < 1
    assert sound.clips_at == pytest.approx(1, abs=0.05)
    whole = measure(shot(MOVING, loud.format(0.4), acodec=codec, format="mov")).sound
    assert (whole.clipped, whole.clips_at) == (0, 0)


def test_what_was_measured_is_kept_and_not_measured_again(shot, tmp_path, monkeypatch):
    path, kept = shot(MOVING, "sine=frequency=440"), tmp_path / "kept" / "a.json"
    found = load_measures(path, kept)
    path.unlink()
    assert load_measures(path, kept) == found
    kept.write_text("{torn", encoding="utf-8")
    with pytest.raises(MediaError):
        load_measures(path, kept)


def test_another_recipe_measures_anew(shot, tmp_path, monkeypatch):
    path, kept = shot(MOVING), tmp_path / "a.json"
    found = load_measures(path, kept)
    told = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(json.dumps({**told, "frames": 7}), encoding="utf-8")
    assert load_measures(path, kept) == found  # what was changed since it was made is not believed
    kept.write_text(json.dumps({**told, "frames": 7}), encoding="utf-8")
    note_made(kept)
    assert load_measures(path, kept).frames == 7
    monkeypatch.setattr(module, "RECIPE", module.RECIPE + 1)
    assert load_measures(path, kept) == found
    assert json.loads(kept.read_text(encoding="utf-8"))["recipe"] == module.RECIPE


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_a_film_of_many_channels_is_measured(shot, channels):
    """PyAV ends the process where eight of them or more are read one by one."""
    one = "|".join(["0.25*sin(440*2*PI*t)*between(t,0,1)"] * (channels - 1) + ["2*lt(t,0.5)"])
    found = measure(shot(MOVING, f"aevalsrc='{one}':d=2", acodec="pcm_s16le", f="mov", ac=channels)).sound
    assert found.seconds == pytest.approx(2, abs=0.05)
    assert found.clipped == pytest.approx(0.5, abs=0.05)
    near(found.quiet, (1.0 if channels > 1 else 0.5, 2.0))


def test_an_inspection_can_be_given_up(shot, tmp_path):
    stop = Event()
    stop.set()
    with pytest.raises(MediaError, match="given up"):
        load_measures(shot(MOVING), tmp_path / "a.json", stop)
    assert not (tmp_path / "a.json").exists()


def test_what_is_no_film_is_not_measured(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"#EXTM3U\nfile:///etc/passwd\n")
    with pytest.raises(MediaError, match="not a film of a known form"):
        measure(tmp_path / "a.mp4")
