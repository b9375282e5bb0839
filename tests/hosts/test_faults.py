"""Faults by name: what is sent, what the person reads, and that no clip is ever ordered twice for a lost answer."""

import pytest
from projects import edited

from .conftest import HOSTS
from .test_render_at_hosts import tell_no_secret

pytestmark = pytest.mark.slow

WELL, AGAIN, REFUSED, UNKNOWN = "ends well", "works in the next run", "stays refused", "stays unresolved"

CASES = [
    # fault, host, exit code, orders accepted, what is read, what a second run without the fault does, orders then
    *[("accept-then-500", host, 0, 1, "", WELL, 1) for host in HOSTS[:4]],
    *[("accept-then-drop", host, 0, 1, "", WELL, 1) for host in HOSTS[:4]],
    ("accept-then-503", "wavespeed", 0, 1, "", WELL, 1),
    ("accept-then-not-json", "scenario", 0, 1, "", WELL, 1),
    ("accept-then-not-json", "hiapi", 0, 1, "", WELL, 1),
    ("accept-then-500", "joypix", 1, 1, "it is unknown whether JoyPix accepted", UNKNOWN, 1),
    ("accept-then-drop", "joypix", 1, 1, "storyforge resolve FILE wait --lost", UNKNOWN, 1),
    ("accept-then-conflict:1x", "runware", 0, 1, "", WELL, 1),
    ("in-flight-409:1x", "hiapi", 0, 1, "", WELL, 1),
    ("code-0", "joypix", 0, 1, "", WELL, 1),
    ("visibility-lag accept-then-500", "wavespeed", 0, 1, "", WELL, 1),
    ("reject-500:1x", "runware", 0, 1, "", WELL, 1),
    ("reject-drop:1x", "hiapi", 0, 1, "", WELL, 1),
    ("503-before:1x", "runware", 0, 1, "asks to wait", WELL, 1),
    ("503-before:1x", "hiapi", 0, 1, "asks to wait", WELL, 1),
    *[("429-seconds:1x", host, 0, 1, "asks to wait", WELL, 1) for host in HOSTS],
    ("429-date:1x", "runware", 0, 1, "asks to wait", WELL, 1),
    ("429-seconds:1x other-error-envelope", "hiapi", 0, 1, "asks to wait", WELL, 1),
    *[("401", host, 5, 0, "does not accept the key", AGAIN, 1) for host in HOSTS],
    ("403", "scenario", 5, 0, "does not accept the key", AGAIN, 1),
    *[("402", host, 1, 0, "wants money", AGAIN, 1) for host in HOSTS],
    *[("moderation", host, 1, 0, "for its content", REFUSED, 0) for host in HOSTS if host != "joypix"],
    ("invalid-parameter", "runware", 1, 0, "refused this clip", REFUSED, 0),
    ("mismatch-422", "hiapi", 1, 0, "refused this clip", REFUSED, 0),
    *[("invalid-parameter echoed-key", host, 1, 0, "(*** is the key)", REFUSED, 0) for host in HOSTS],
    *[("401 echoed-key", host, 5, 0, "(*** is the key)", AGAIN, 1) for host in ("runware", "scenario")],
    *[("invalid-parameter half-character", host, 1, 0, "is not supported\ufffd", REFUSED, 0) for host in HOSTS],
    *[("failed-job", host, 1, 1, "failed:", AGAIN, 2) for host in HOSTS if host != "runware"],
    ("failed-job", "runware", 1, 1, "invalidProviderInput", REFUSED, 1),
    ("failed-with-200", "wavespeed", 1, 1, "failed:", AGAIN, 2),
    ("moderation-later", "runware", 1, 1, "for its content", REFUSED, 1),
    ("transient-failure:1x", "runware", 0, 2, "ordering it again", WELL, 2),
    ("transient-failure:1x", "scenario", 1, 1, "Scenario failed", AGAIN, 2),
    *[("unknown-status:2x", host, 0, 1, "a word that storyforge does not know", WELL, 1) for host in HOSTS],
    ("pending-word", "runware", 0, 1, "", WELL, 1),
    ("wrong-length-film", "runware", 0, 1, "it is kept, and the film keeps the storyboard's time", WELL, 1),
    ("soft-ending", "runware", 0, 1, "", WELL, 1),
    *[("lost-poll:2x", host, 0, 1, "", WELL, 1) for host in HOSTS],
    ("poll-drop:2x", "runware", 0, 1, "", WELL, 1),
    ("poll-429:1x", "hiapi", 0, 1, "", WELL, 1),
    *[("empty-data:2x", host, 0, 1, "", WELL, 1) for host in HOSTS],
    *[("errors-beside-data:2x", host, 0, 1, "", WELL, 1) for host in HOSTS],
    ("repeated-result", "runware", 0, 1, "", WELL, 1),
    ("not-json:2x", "joypix", 0, 1, "", WELL, 1),
    ("huge-json", "wavespeed", 1, 1, "8,388,608", AGAIN, 1),
    ("expired-url:1x", "runware", 0, 1, "", WELL, 1),
    ("truncated-download:1x", "wavespeed", 0, 1, "", WELL, 1),
    ("truncated-download", "runware", 1, 1, "could not be fetched whole", AGAIN, 1),
    ("corrupt-download:1x", "scenario", 0, 1, "", WELL, 1),
    ("empty-download:1x", "hiapi", 0, 1, "", WELL, 1),
    ("page-for-film:1x", "joypix", 0, 1, "", WELL, 1),
    ("redirect-to-file", "runware", 1, 1, "is not an https address", AGAIN, 1),
    ("redirect-to-metadata", "hiapi", 1, 1, "169.254.169.254", AGAIN, 1),
    ("redirect-loop", "joypix", 1, 1, "redirects more than", AGAIN, 1),
    ("redirect-with-key-check", "wavespeed", 0, 1, "", WELL, 1),
]


@pytest.mark.parametrize(("faults", "host", "code", "orders", "words", "then", "orders_then"), CASES)
def test_a_fault_is_told_and_costs_no_second_order(stage, faults, host, code, orders, words, then, orders_then):
    stage.emulator.faults(*(f"{fault}@{host}" for fault in faults.split()))
    # A status word is only seen if the job still runs at the first poll, also on a busy machine.
    stage.emulator.desk.delay = 0.5 if "status" in faults or "pending" in faults else 0.05
    done = stage.render(host, "--only", "wait")
    stage.emulator.desk.delay = 0.05
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert len(stage.orders(host)) == orders
    stage.emulator.faults()
    again = stage.render(host, "--only", "wait")
    assert len(stage.orders(host)) == orders_then
    if then:
        assert again.returncode == (0 if then in (WELL, AGAIN) else 1), again.stderr
    if then in (REFUSED, UNKNOWN):
        plan = stage.run("plan", stage.storyboard, "--provider", host)
        assert ("refused" if then == REFUSED else "unresolved") in plan.stdout
        assert plan.returncode == int(then == UNKNOWN)
    tell_no_secret(stage, done, again)


def test_what_was_refused_is_sent_again_when_asked_or_when_it_changes(stage):
    stage.emulator.faults("moderation@runware")
    assert stage.render("runware", "--only", "wait").returncode == 1
    stage.emulator.faults()
    assert stage.render("runware", "--only", "wait").returncode == 1
    assert stage.render("runware", "--only", "wait", "--retry").returncode == 0
    assert len(stage.orders("runware")) == 1


def test_to_send_again_what_was_refused_needs_leave_and_keeps_the_limits(stage):
    stage.emulator.faults("moderation@runware")
    assert stage.render("runware", "--only", "wait").returncode == 1
    stage.emulator.faults()
    again = ("render", stage.storyboard, "--provider", "runware", "--only", "wait", "--retry")
    for options, said in (
        ((), "nobody agreed to spend this"),
        (("--yes", "--max-cost", "0.4"), "the plan costs $0.42"),
    ):
        done = stage.run(*again, *options)
        assert (done.returncode, len(stage.orders("runware"))) == (4, 0), done.stderr
        assert said in done.stderr
        assert "1 of 3 clips to render, $0.42" in done.stderr
    assert stage.run(*again, "--yes", "--max-cost", "0.42").returncode == 0
    assert len(stage.orders("runware")) == 1
    cells = stage.run("spend", "--by", "run", "--format", "csv").stdout.splitlines()[-1].split(",")
    assert [cells[7], *cells[-4:-1]] == ["0.42", "1", "3", "0.42"]


def test_an_endless_job_stays_attached_after_its_deadline(stage):
    stage.emulator.faults("endless-job@hiapi")
    for _ in range(2):
        done = stage.render("hiapi", "--only", "wait", "--deadline", "1.5")
        assert done.returncode == 1
        assert "stays attached" in done.stderr
    assert len(stage.orders("hiapi")) == 1
    assert "attached" in stage.run("plan", stage.storyboard, "--provider", "hiapi").stdout


def test_a_person_settles_an_unresolved_order_as_lost(stage):
    stage.emulator.faults("accept-then-drop@joypix")
    assert stage.render("joypix", "--only", "wait").returncode == 1
    stage.emulator.faults()
    done = stage.run("resolve", stage.storyboard, "wait", "--lost")
    assert done.returncode == 0, done.stderr
    assert stage.render("joypix", "--only", "wait").returncode == 0
    assert len(stage.orders("joypix")) == 2
    assert stage.run("resolve", stage.storyboard, "wait", "--lost").returncode == 2


def test_a_person_settles_an_unresolved_order_as_a_job_that_is_known(stage):
    stage.emulator.faults("accept-then-drop@joypix")
    assert stage.render("joypix", "--only", "wait").returncode == 1
    stage.emulator.faults()
    (order,) = stage.orders("joypix")
    assert stage.run("resolve", stage.storyboard, "wait", "--order", order["job"]).returncode == 0
    assert stage.render("joypix", "--only", "wait").returncode == 0
    assert len(stage.orders("joypix")) == 1


def test_one_failure_stops_nothing_else_and_the_next_run_does_only_what_is_missing(stage):
    stage.emulator.faults("failed-job:1x@hiapi")
    done = stage.render("hiapi")
    assert done.returncode == 1
    assert done.stderr.count(": rendered") == 2
    assert not (stage.folder / "ferry.mp4").exists()
    assert len(stage.orders("hiapi")) == 3
    assert stage.render("hiapi").returncode == 0
    assert len(stage.orders("hiapi")) == 4


def test_a_partial_film_has_slates_in_the_places_of_missing_clips(stage):
    from storyforge.system.decode import probe

    stage.emulator.faults("failed-job:1x@hiapi")
    done = stage.render("hiapi", "--partial")
    assert done.returncode == 1
    assert probe(stage.folder / "ferry.mp4").frames == 9 * 24
    plan = stage.run("plan", stage.storyboard, "--provider", "hiapi")
    assert "render     film" in plan.stdout


def test_clips_that_wait_for_a_failed_one_are_told(stage):
    edited(
        stage.storyboard,
        "floats away., seconds: 3, clip: new",
        "floats away., seconds: 3, continues: wait, prefer: first_frame",
    )
    stage.emulator.faults("failed-job:1x@hiapi")
    done = stage.render("hiapi", "--jobs", "1")
    assert done.returncode == 1
    assert "1 step failed, `boat` waited for that" in done.stderr
    assert done.stderr.count(": rendered") == 1
    assert len(stage.orders("hiapi")) == 2


def test_a_call_from_the_host_wakes_a_wait_and_a_forged_one_does_no_harm(stage):
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stage.emulator.faults("duplicate-callback@runware", "early-callback:1x@runware")
    stage.emulator.desk.delay = 1.0
    try:
        surroundings = stage.emulator.environment()
        assert surroundings
        from projects import storyforge

        from .conftest import KEYS

        done = storyforge(
            "render", stage.storyboard, "--provider", "runware", "--yes", "--only", "wait",
            "--webhook", f"http://127.0.0.1:{port}/hook",
            cwd=stage.folder, **surroundings, **KEYS, STORYFORGE_POLL_SECONDS="20",
        )  # fmt: skip
    finally:
        stage.emulator.desk.delay = 0.05
    assert done.returncode == 0, done.stderr
    calls = stage.emulator.callbacks()
    assert calls
    assert {call["status"] for call in calls} <= {204}
    assert len(stage.orders("runware")) == 1
    tell_no_secret(stage, done)
