"""Everything after what it needs, cycles or not."""

from hypothesis import given
from hypothesis import strategies as st

from storyforge.model.dependencies import collect_dependencies, sort_by_dependency

NAMES = st.integers(0, 7)
GRAPHS = st.dictionaries(NAMES, st.lists(NAMES, max_size=3), max_size=8)


def test_everything_comes_after_what_it_depends_on():
    assert sort_by_dependency({"c": ["b"], "a": [], "b": ["a"], "d": ["a", "elsewhere"]}) == ["a", "b", "d", "c"]


def test_a_cycle_is_broken_at_its_first_key():
    assert sort_by_dependency({"x": [], "a": ["c"], "b": ["a"], "c": ["b"], "d": ["x"]}) == ["x", "d", "a", "b", "c"]
    assert sort_by_dependency({"a": ["a"], "b": ["a"]}) == ["a", "b"]


def test_a_long_chain_given_backwards_is_put_in_order():
    chain = {number: [number - 1] for number in range(20_000, 0, -1)}
    assert sort_by_dependency(chain) == sorted(chain)
    assert collect_dependencies([20_000], chain)[-1] == 0


def test_all_that_is_needed_is_found_once():
    before = {"d": ["b", "c"], "b": ["a"], "c": ["a"], "a": ["a"]}
    assert collect_dependencies(["d", "e"], before) == ["d", "e", "b", "c", "a"]
    assert collect_dependencies([], before) == []


@given(GRAPHS)
def test_nothing_is_lost_and_only_what_is_in_a_cycle_comes_early(graph):
    order = sort_by_dependency(graph)
    assert sorted(order) == sorted(graph)
    early = [
        (name, one) for name in graph for one in graph[name] if one in graph and order.index(one) >= order.index(name)
    ]
    behind = {name: set(collect_dependencies(graph[name], graph)) for name in graph}
    assert all(any(one in behind[one] for one in {name, *behind[name]} & graph.keys()) for name, _ in early)


@given(GRAPHS, st.lists(NAMES, max_size=3))
def test_what_is_collected_is_closed(graph, names):
    found = collect_dependencies(names, graph)
    assert len(found) == len(set(found))
    assert set(found) >= set(names)
    assert {one for name in found for one in graph.get(name, ())} <= set(found)
