"""First contact with a live host, `pytest -m live --provider NAME`: one clip, its price first, and all that follows."""

from __future__ import annotations

import asyncio
import json

import pytest

from storyforge.system.decode import check_whole

from .conftest import FILE, Contact

pytestmark = pytest.mark.live

PLAN = "plan.json"


def test_a_clip_is_ordered_once_at_its_price_and_is_then_cached(contact: Contact) -> None:
    at_host = (FILE, "--provider", contact.host)
    planned = contact.read("plan", *at_host, "--live-prices", "--out", PLAN)
    assert [clip["state"] for clip in planned["clips"]] == ["render"]
    usd = planned["total"]["usd"]
    saved = json.loads((contact.folder / PLAN).read_text(encoding="utf-8"))
    contact.demand_confirmation(usd, is_live="live_prices" in saved)

    # The saved plan has the price that was said: a host that asks more by now is refused.
    unpriced = ("--allow-unpriced",) if usd is None else ()
    contact.run("render", PLAN, "--yes", "--max-cost", str(usd or 0), *unpriced)
    assert [(order.provider, order.status) for order in contact.orders()] == [(contact.host, "done")]

    (clip,) = contact.read("plan", *at_host)["clips"]
    assert clip["state"] == "cached"
    take = asyncio.run(check_whole(contact.store.path("takes", f"{clip['take']}.mp4")))
    assert take.seconds == pytest.approx(3, abs=0.5)

    spent = contact.read("spend")["total"]
    # What an emulator took was never spent, and is added up by itself.
    paid = spent["emulated"] if spent["emulated"]["orders"] else spent
    assert (paid["orders"], spent["open"]["orders"]) == (1, 0)
    if usd is not None:
        assert paid["usd"] == pytest.approx(usd, abs=0.005), "the host charged another price than was said"

    contact.run("render", *at_host)  # without `--yes`: if it wanted to order, it would fail, and cost nothing
    assert len(contact.orders()) == 1
