"""For each host: a storyboard becomes a film, each clip is ordered once, and nothing that is paid is paid again."""

import json
import re

import pytest
from PIL import Image, ImageChops, ImageStat
from projects import edited

from storyforge.emulator.runware import RATES
from storyforge.system.decode import open_media, picture, probe

from .conftest import HOSTS, KEYS, staged

pytestmark = pytest.mark.slow


def tell_no_secret(stage, *done):
    """No key and no signed address is in any file of the project or in anything that was printed."""
    texts = [one.stdout + one.stderr for one in done]
    for path in stage.folder.rglob("*"):
        if path.is_file() and path.suffix != ".mp4":
            texts.append(path.read_bytes().decode("utf-8", "replace"))
    for text in texts:
        assert not [name for name, key in KEYS.items() if key in text]
        assert not re.search(r"[?&]sig=", text), re.search(r".{80}[?&]sig=.{20}", text, re.DOTALL)


@pytest.mark.parametrize("host", HOSTS)
def test_three_clips_are_three_orders_and_a_film_and_a_second_render_orders_nothing(stage, host):
    done = stage.render(host)
    assert done.returncode == 0, done.stderr
    assert [order["times"] for order in stage.orders(host)] == [1, 1, 1]
    assert probe(stage.folder / "ferry.mp4").frames == 9 * 24
    again = stage.render(host)
    assert again.returncode == 0
    assert len(stage.orders(host)) == 3
    plan = stage.run("plan", stage.storyboard, "--provider", host, "--format", "json")
    assert {clip["state"] for clip in json.loads(plan.stdout)["clips"]} == {"cached"}
    tell_no_secret(stage, done, again, plan)


@pytest.mark.parametrize("host", HOSTS)
def test_whatever_is_json_says_so_and_nothing_else_does(tmp_path, emulator, published, host):
    """Every order in each mode, every upload and every poll: a strict host answers 400 or 415 to JSON without a name."""
    shots = """\
  - {id: rain, scene: pier, action: "Rain falls.", seconds: 3}
  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3, clip: new}
  - {id: boat, scene: pier, action: "@ana rows.", seconds: 3, continues: wait, prefer: first_frame}
"""
    stage = staged(tmp_path, emulator, published, shots)
    done = stage.render(host)
    assert done.returncode == 0, done.stderr
    asked = [entry for entry in emulator.requests() if entry["host"] == host]
    bodies = [entry for entry in asked if entry["body"] is not None]
    assert len(bodies) >= len(stage.orders(host)) == 3
    for entry in bodies:
        is_json = list(entry["body"]) != ["bytes"]
        named = entry["headers"].get("content-type", "")
        assert is_json == (named == "application/json"), (entry["method"], entry["path"], named)
    assert not [entry for entry in asked if entry["body"] is None and "content-type" in entry["headers"]]


@pytest.mark.parametrize("host", HOSTS)
def test_a_clip_that_continues_another_is_ordered_with_its_last_frame(tmp_path, emulator, published, host):
    shots = """\
  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}
  - {id: boat, scene: pier, action: "@ana rows.", seconds: 3, continues: wait, prefer: first_frame}
"""
    stage = staged(tmp_path, emulator, published, shots)
    done = stage.render(host)
    assert done.returncode == 0, done.stderr
    assert len(stage.orders(host)) == 2


def test_a_clip_may_go_on_from_the_sharpest_frame_on_which_the_film_leaves_the_one_before(
    tmp_path, emulator, published
):
    """Both takes end in a blur of six frames. The first is played up to it, and its last sharp frame is what the order of
    the second brings; the second, which nothing goes on from, is played whole."""
    shots = """\
  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}
  - {id: boat, scene: pier, action: "@ana rows.", seconds: 3, continues: wait, anchor: sharpest, prefer: first_frame}
"""
    stage = staged(tmp_path, emulator, published, shots)
    emulator.faults("soft-ending")
    done = stage.render("runware", "--sheet", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["film"]["frames"] == probe(tmp_path / "ferry.mp4").frames == 2 * 72 - 6
    (take,) = {path.name.partition(".")[0] for path in (tmp_path / ".storyforge/frames").glob("*.sharpest.png")}
    seen = frames_of(tmp_path / "ferry.mp4")
    handed = Image.open(tmp_path / f".storyforge/frames/{take}.sharpest.png")
    near = [apart(handed, frame) for frame in seen]
    assert near.index(min(near)) == 72 - 6 - 1
    assert near[72 - 6 - 1] < 3 < near[72 - 6]
    told = json.loads((tmp_path / "ferry.provenance.json").read_text(encoding="utf-8"))
    assert told["film"]["frames"] == 2 * 72 - 6
    assert [clip["seconds"] for clip in told["clips"]] == [3, 3]
    assert stage.run("plan", stage.storyboard, "--provider", "runware", "--exit-code").returncode == 0
    assert "nothing" in stage.run("gc").stdout
    assert len(stage.orders("runware")) == 2


def frames_of(film):
    with open_media(film) as container:
        return [picture(frame) for frame in container.decode(video=0)]


def apart(one, other):
    small = [picture.convert("L").resize((160, 90)) for picture in (one, other)]
    return ImageStat.Stat(ImageChops.difference(*small)).mean[0]


def test_an_edited_clip_alone_is_ordered_anew(stage):
    assert stage.render("runware").returncode == 0
    edited(stage.storyboard, "floats away", "sinks")
    done = stage.render("runware")
    assert done.returncode == 0
    assert len(stage.orders("runware")) == 4


def test_a_picture_is_uploaded_once_for_each_content(stage):
    assert stage.render("wavespeed").returncode == 0
    puts = [entry for entry in stage.emulator.requests("wavespeed") if entry["method"] == "PUT"]
    assert len(puts) == 3
    edited(stage.storyboard, "floats away", "sinks")
    assert stage.render("wavespeed").returncode == 0
    assert len([entry for entry in stage.emulator.requests("wavespeed") if entry["method"] == "PUT"]) == 3


def test_what_was_paid_is_recorded_with_the_hosts_own_cost(stage):
    assert stage.render("runware").returncode == 0
    import sqlite3

    base = sqlite3.connect(stage.folder / ".storyforge/ledger.db")
    rows = base.execute("select fate, usd_planned, usd_paid, length(body) from orders").fetchall()
    base.close()
    assert {(fate, planned, length) for fate, planned, _, length in rows} == {("done", 0.42, 0)}
    assert all(paid and paid > 0 for _, _, paid, _ in rows)


def test_a_lost_take_is_fetched_again_without_an_order(stage):
    assert stage.render("runware").returncode == 0
    for take in (stage.folder / ".storyforge/takes").iterdir():
        take.unlink()
    done = stage.render("runware")
    assert done.returncode == 0, done.stderr
    assert len(stage.orders("runware")) == 3


def test_missing_keys_are_named_and_nothing_is_sent(stage):
    done = stage.render("scenario", keys={"SCENARIO_SDK_API_KEY": "x-0123456789"})
    assert done.returncode == 5
    assert "SCENARIO_SDK_API_SECRET" in done.stderr
    assert not stage.emulator.requests()


def test_without_leave_nothing_is_sent(stage):
    for options in ((), ("--yes", "--max-cost", "1")):
        done = stage.run("render", stage.storyboard, "--provider", "runware", *options)
        assert done.returncode == 4
    (stage.folder / "storyforge.toml").write_text("[budget]\nper_run = 1.0\n", encoding="utf-8")
    assert stage.render("runware").returncode == 4
    assert not stage.emulator.requests()


def test_a_day_has_its_budget(stage):
    settings = stage.folder / "storyforge.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "[budget]\nper_day = 1.5\n", encoding="utf-8")
    assert stage.render("wavespeed").returncode == 0
    edited(stage.storyboard, "floats away", "sinks")
    done = stage.render("wavespeed")
    assert done.returncode == 4
    assert "budget.per_day" in done.stderr
    assert len(stage.orders("wavespeed")) == 3


def test_pictures_that_nobody_publishes_are_a_finding_before_money(stage):
    (stage.folder / "storyforge.toml").unlink()
    for host in ("hiapi", "joypix"):
        done = stage.render(host)
        assert done.returncode == 1
        assert "error[needs-publisher]" in done.stderr
    assert not stage.emulator.requests()


def test_a_host_out_of_reach_counts_nothing_as_ordered(stage, monkeypatch):
    monkeypatch.setattr(type(stage.emulator), "environment", lambda self: {"RUNWARE_BASE_URL": "http://127.0.0.1:9/v1"})
    done = stage.render("runware")
    assert done.returncode == 5, done.stderr
    plan = json.loads(stage.run("plan", stage.storyboard, "--provider", "runware", "--format", "json").stdout)
    assert {clip["state"] for clip in plan["clips"]} == {"render"}


def test_a_shot_may_name_its_host(stage):
    edited(stage.storyboard, "id: call,", "id: call, provider: wavespeed,")
    edited(stage.storyboard, "title: The Ferry", "title: The Ferry\nprovider: runware")
    done = stage.run("render", stage.storyboard, "--yes")
    assert done.returncode == 0, done.stderr
    assert [len(stage.orders(host)) for host in ("runware", "wavespeed")] == [2, 1]


def test_the_cheapest_host_with_a_key_is_chosen_and_the_offers_are_shown(stage):
    edited(stage.storyboard, "title: The Ferry", "title: The Ferry\nformat: {resolution: 1080p}")
    plan = stage.run("plan", stage.storyboard, "--provider", "cheapest")
    assert "wait: runware, of runware $0.54, wavespeed $0.57, joypix $0.72" in plan.stdout
    less = {name: key for name, key in KEYS.items() if name != "RUNWARE_API_KEY"}
    plan = stage.run("plan", stage.storyboard, "--provider", "cheapest", "--format", "json", keys=less)
    assert {clip["provider"] for clip in json.loads(plan.stdout)["clips"]} == {"wavespeed"}
    assert stage.run("plan", stage.storyboard, "--provider", "cheapest", keys={}).returncode == 5


def test_without_money_at_one_host_the_rest_is_rendered_at_another_and_what_is_paid_is_kept(stage):
    edited(stage.storyboard, "title: The Ferry", "title: The Ferry\nprefer: cast")
    assert stage.run("render", stage.storyboard, "--provider", "runware", "--yes", "--only", "wait").returncode == 0
    stage.emulator.faults("402@runware")
    poor = stage.run("render", stage.storyboard, "--provider", "runware", "--yes")
    assert (poor.returncode, "Runware wants money" in poor.stderr) == (1, True)
    plan = stage.run("plan", stage.storyboard, "--provider", "cheapest", "--format", "json")
    assert {clip["provider"] for clip in json.loads(plan.stdout)["clips"]} == {"wavespeed"}
    kept = stage.run("accept", stage.storyboard, "wait", "--provider", "wavespeed")
    assert kept.returncode == 0, kept.stderr
    done = stage.run("render", stage.storyboard, "--provider", "wavespeed", "--yes")
    assert done.returncode == 0, done.stderr
    assert [len(stage.orders(host)) for host in ("runware", "wavespeed")] == [1, 2]
    stage.emulator.faults()
    assert stage.run("retake", stage.storyboard, "call", "--provider", "runware", "--yes").returncode == 0
    plan = stage.run("plan", stage.storyboard, "--provider", "cheapest", "--repack")
    assert "call: runware, of runware" in plan.stdout or "cached" in plan.stdout


def test_live_prices_are_asked_of_hosts_that_tell(stage):
    plan = stage.run("plan", stage.storyboard, "--provider", "runware", "--live-prices", "--format", "json")
    assert plan.returncode == 0, plan.stderr
    assert json.loads(plan.stdout)["total"]["usd"] > 0
    assert not stage.emulator.orders()


def test_a_price_that_a_host_told_is_in_the_plan_the_ledger_and_the_budget(stage, monkeypatch):
    monkeypatch.setitem(RATES, "720p", 0.1)
    stage.storyboard.write_text(stage.storyboard.read_text().partition("  - {id: call")[0], encoding="utf-8")
    plan = stage.run(
        "plan", stage.storyboard, "--provider", "runware", "--live-prices", "--out", "plan.json", "--format", "json"
    )
    assert plan.returncode == 0, plan.stderr
    assert json.loads(plan.stdout)["total"]["usd"] == pytest.approx(0.3)
    dear = stage.run("render", "plan.json", "--yes", "--max-cost", "0.29")
    assert (dear.returncode, "the plan costs $0.30, over the $0.29 of `--max-cost`" in dear.stderr) == (4, True)
    stage.emulator.faults("truncated-download:4x@runware")
    assert stage.run("render", "plan.json", "--yes", "--max-cost", "0.3").returncode == 1
    spent = json.loads(stage.run("spend", stage.storyboard, "--format", "json").stdout)["total"]
    assert (spent["usd"], spent["emulated"]["usd"]) == (0.0, pytest.approx(0.3))


def test_a_saved_plan_that_names_a_lower_price_than_the_host_asks_is_not_believed(stage):
    plan = stage.folder / "plan.json"
    made = stage.run("plan", stage.storyboard, "--provider", "runware", "--live-prices", "--out", plan)
    assert made.returncode == 0, made.stderr
    saved = json.loads(plan.read_text(encoding="utf-8"))
    saved["live_prices"] = dict.fromkeys(saved["live_prices"], 0.01)
    saved["total"]["usd"] = 0.03
    plan.write_text(json.dumps(saved), encoding="utf-8")
    done = stage.run("render", plan, "--yes", "--max-cost", "0.1")
    assert (done.returncode, stage.orders("runware")) == (1, []), done.stderr
    assert "it costs more than was planned" in done.stderr


def test_clips_of_several_films_of_one_store_share_what_is_paid(stage):
    assert stage.render("runware").returncode == 0
    copy = stage.storyboard.with_name("other.story.yaml")
    copy.write_text(stage.storyboard.read_text(encoding="utf-8").replace("The Ferry", "Another"), encoding="utf-8")
    done = stage.run("render", copy, "--provider", "runware", "--yes")
    assert done.returncode == 0
    assert len(stage.orders("runware")) == 3
