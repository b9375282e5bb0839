"""What an emulator rendered is a take where its host is reached on this machine, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import Faked, edited, project

from storyforge.compiler.jobs import further_take
from storyforge.compiler.timeline import make_timeline
from storyforge.film.provenance import provenance
from storyforge.model.errors import UsageError
from storyforge.model.messages import Request
from storyforge.planning.choices import accept_takes, read_takes, use_take
from storyforge.planning.film_plan import plan_film
from storyforge.planning.lock_update import keep_lock
from storyforge.planning.open import open_storyboard
from storyforge.planning.orders import Orders
from storyforge.planning.retakes import under_way
from storyforge.reports.plan_text import plan_document, plan_text
from storyforge.reports.takes_text import takes_document, takes_text
from storyforge.system.ledger import Intent, Ledger
from storyforge.system.lock import Lock, lock_path, read_lock
from storyforge.system.project import Project

LOCAL = {"RUNWARE_BASE_URL": "http://127.0.0.1:8765/runware/v1"}
REGION = {"RUNWARE_BASE_URL": "https://eu.runware.example/v1"}


class Emulated(Faked):
    """A film that was rendered at the emulator of Runware."""

    def __init__(self, path, emulated=True):
        self.emulated = emulated
        self.path, self.provider, self.record = path, "runware", {"clips": {}}
        self.store = Project(path, LOCAL).store
        self.render()

    def compiled(self, environment=LOCAL):
        return open_storyboard(self.path, "runware", environment)

    def take(self, fingerprint, slate, **made):
        return super().take(fingerprint, slate, **made, **({"emulated": True} if self.emulated else {}))

    def plan(self, environment=LOCAL):
        return plan_film(self.compiled(environment))


@pytest.fixture
def film(tmp_path):
    return Emulated(project(tmp_path))


def states(plan):
    return {one.state for one in plan.planned}


def test_emulated_takes_are_cached_on_this_machine_and_rendered_at_any_other_address(film):
    assert states(film.plan()) == {"cached"}
    assert {one.why for one in film.plan().planned} == {"unchanged, emulated"}
    for environment in ({}, REGION):
        plan = film.plan(environment)
        assert states(plan) == {"render"}
        assert {one.why for one in plan.planned} == {"its take is emulated: runware itself has rendered none"}
        assert plan.usd == pytest.approx(3 * 0.42)


def test_a_real_take_stays_cached_at_the_emulator(tmp_path):
    film = Emulated(project(tmp_path), emulated=False)
    assert (states(film.plan()), states(film.plan({}))) == ({"cached"}, {"cached"})
    assert "emulated" not in lock_path(film.path).read_text(encoding="utf-8")
    assert not any(take.emulated for clip in read_takes(film.compiled({})) for take in clip.takes)


def test_the_lock_alone_says_that_takes_are_emulated(film):
    assert all(block.emulated for block in film.compiled().lock.blocks.values())
    for slate in film.store.path("slates").iterdir():
        slate.unlink()
    assert states(film.plan()) == {"cached"}
    assert {one.why for one in film.plan({}).planned} == {"its take is emulated: runware itself has rendered none"}
    for take in film.store.path("takes").iterdir():
        take.unlink()
    assert {one.why for one in film.plan().planned} == {"its take is not in the store; `storyforge pull` may bring it"}
    assert {one.why for one in film.plan({}).planned} == {"its take is emulated: runware itself has rendered none"}


def test_a_real_take_of_the_same_slate_takes_the_place_of_the_emulated_one(film):
    film.emulated = False
    compiled = film.compiled({})
    for one in compiled.planned:
        film.take(one.job.fingerprint, one.job.slate)
    assert keep_lock(plan_film(compiled))
    assert not any(block.emulated or block.former for block in read_lock(lock_path(film.path))[0].blocks.values())
    assert states(film.plan({})) == {"cached"}


def test_an_emulated_take_never_takes_the_place_of_a_real_one_in_the_lock(tmp_path):
    film = Emulated(project(tmp_path), emulated=False)
    before = lock_path(film.path).read_bytes()
    film.emulated = True
    edited(film.path, "looks over", "looks at")
    one = film.compiled().planned[0]
    emulated = film.take(one.job.fingerprint, one.job.slate)
    keep_lock(film.plan())
    assert lock_path(film.path).read_bytes() == before
    assert film.plan().planned[0].take == emulated
    assert film.plan({}).planned[0].state == "render"


def test_plan_and_takes_say_it_as_text_and_as_json(film):
    clips = plan_document(film.plan(), film.compiled())["clips"]
    assert [clip["emulated"] for clip in clips] == [True] * 3
    assert plan_text(film.plan()).count("unchanged, emulated") == 3
    listed = read_takes(film.compiled({}))
    assert takes_text(listed).count("  emulated") == 3
    assert [take["emulated"] for clip in takes_document(listed)["clips"] for take in clip["takes"]] == [True] * 3


def test_a_choice_carries_it_along_and_an_acceptance_is_not_made_of_it_elsewhere(film):
    film.further("wait", 2)
    choice = use_take(film.compiled(), "wait", "2", film.compiled)
    assert choice.blocks["wait"].emulated
    assert film.plan().planned[0].why == "take 2 was chosen, emulated"
    assert film.plan({}).planned[0].state == "render"
    edited(film.path, "looks over", "looks at")
    assert accept_takes(film.compiled(), ["wait"], film.compiled).blocks["wait"].emulated
    with pytest.raises(UsageError, match="its take is emulated"):
        accept_takes(film.compiled({}), ["wait"], lambda: film.compiled({}))
    assert accept_takes(film.compiled({}), [], lambda: film.compiled({})).blocks == {}


def test_an_emulated_take_that_was_accepted_for_another_host_counts_there_on_this_machine_alone(tmp_path):
    shots = '  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}\n'
    film = Emulated(project(tmp_path, shots))
    here, there = {**LOCAL, "WAVESPEED_BASE_URL": "http://127.0.0.1:8765/wavespeed"}, LOCAL

    def at(environment):
        return open_storyboard(film.path, "wavespeed", environment)

    accept_takes(at(here), ["wait"], lambda: at(here))
    assert [states(plan_film(at(environment))) for environment in (here, there)] == [{"cached"}, {"render"}]


def test_orders_at_the_emulator_say_nothing_of_the_host(film):
    compiled = film.compiled()
    one, *_ = compiled.planned
    further = further_take(one, 2)
    request = Request("POST", "http://127.0.0.1:8765/x", {}, {}, b"{}")
    film_name = compiled.project.record_name
    with Ledger.from_store(film.store) as ledger:
        for job, ended in ((one.job, "refused"), (further.job, None)):
            order = ledger.plan(
                Intent(job.fingerprint, "runware", "m", "wait", film_name, request, 3, 0.42, job.take, job.slate), 1.0
            )
            ledger.sending(order, 2.0)
            ledger.mark_sent(order, f"job-{job.take}")
            ledger.mark_emulated(order)
            if ended:
                ledger.mark_ended(order, ended, 3.0, "no")
    here, there = film.compiled().project.store, film.compiled({}).project.store
    with Orders(here) as orders:
        assert orders.find_standing(one.job) == ("refused", "its host refused it: no")
        assert orders.is_emulated(further.job.fingerprint)
        assert [take.job.take for take in under_way(film.compiled(), orders)] == [2]
    with Orders(there) as orders:
        assert orders.find_standing(one.job) is None
        assert orders.find_order(further.job.fingerprint) is None
        assert under_way(film.compiled({}), orders) == []


def test_the_cheapest_cut_is_looked_for_as_if_emulated_takes_were_not_there(film):
    blocks = film.compiled().lock.blocks
    lock = Lock({clip: replace(block, provider="wavespeed") for clip, block in blocks.items()} | {"x": blocks["wait"]})
    assert set(lock.without_emulated(lambda host: host == "wavespeed").blocks) == set(blocks)
    real = Lock({clip: replace(block, emulated=False) for clip, block in blocks.items()})
    assert real.without_emulated(lambda host: False) is real


def test_provenance_names_emulated_takes_and_leaves_them_out_of_what_the_film_cost(film, monkeypatch):
    class Origin:
        manifest = aigc = None

    monkeypatch.setattr("storyforge.film.provenance.read_origin", lambda path: Origin)
    compiled = film.compiled()
    timeline = make_timeline(film.plan().planned, compiled.storyboard.format)
    document = provenance(compiled, timeline, "0" * 64)
    assert [clip["emulated"] for clip in document["clips"]] == [True] * 3
    assert (document["usd"], document["usd_known"]) == (0, True)
