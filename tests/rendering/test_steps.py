"""The steps of a render are values: equal ones are one, and as text they are the ids of progress and JSON."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import project

from storyforge.compiler.compile import compile_file
from storyforge.planning.film_plan import plan_film
from storyforge.rendering.steps import FilmStep, PieceStep, TakeStep, add_film, graph_takes, take_step


@pytest.fixture
def plan(tmp_path):
    """Three clips of 72 frames; `boat` continues `call`."""
    return plan_film(compile_file(project(tmp_path)))


def steps(plan):
    return {one.clip.id: take_step(one) for one in plan.planned}


def test_steps_are_their_ids_as_text():
    assert [str(step) for step in (TakeStep("1f3a"), PieceStep("a clip"), FilmStep())] == [
        "take 1f3a",
        "piece a clip",
        "film",
    ]


def test_a_take_comes_after_the_take_that_it_continues(plan):
    graph, takes = graph_takes(plan, 24), steps(plan)
    assert set(graph) == set(takes.values())
    assert list(graph.edges) == [(takes["call"], takes["boat"])]
    assert {graph.nodes[step]["weight"] for step in graph} == {720}


def test_what_is_cached_has_no_step_and_nothing_waits_for_it(plan):
    wait, call, boat = plan.planned
    held = replace(plan, planned=(wait, replace(call, state="cached"), boat))
    graph = graph_takes(held, 24)
    assert set(graph) == {take_step(wait), take_step(boat)}
    assert list(graph.edges) == []


def test_clips_with_one_slate_share_one_step(plan):
    wait, call, boat = plan.planned
    same = replace(plan, planned=(wait, replace(call, job=wait.job), boat))
    assert set(graph_takes(same, 24)) == {take_step(wait), take_step(boat)}


def test_a_piece_waits_for_the_takes_of_its_chain_and_the_film_for_all_pieces(plan):
    graph, takes = graph_takes(plan, 24), steps(plan)
    add_film(graph, plan, 24, 204, lambda clip: ("call", "boat") if clip == "boat" else (clip,))
    assert set(graph.predecessors(FilmStep())) == {PieceStep(clip) for clip in takes}
    assert set(graph.predecessors(PieceStep("boat"))) == {takes["call"], takes["boat"]}
    assert set(graph.predecessors(PieceStep("wait"))) == {takes["wait"]}
    assert [graph.nodes[step]["weight"] for step in (PieceStep("boat"), FilmStep())] == [288, 204]
