"""Sets: cut off by a maximum, frozen, combined, unmarked, converted, compared, and read back from a report."""

import pytest

from tests.services.selection.conftest import Selection, SelectionDesk, refusal
from tests.services.selection.four_items import library_with, members
from tests.services.selection.library import matched, posted


@pytest.mark.requirement("S0.6", "S0.7")
@pytest.mark.parametrize(("maximum", "members", "cut_off"), [(2, 2, 1), (3, 3, 0), (4, 3, 0)])
async def test_the_maximum_tells_how_much_it_cut_off(
    selection: Selection, desk: SelectionDesk, maximum: int, members: int, cut_off: int
) -> None:
    await library_with(selection)

    made = await desk.do("sets", {"criteria": "open_amount > 0", "maximum": maximum})

    assert (made["members"], made["hits"], made["cut_off"]) == (members, 3, cut_off)


async def test_what_the_most_members_of_a_set_cut_off_is_told_too(
    selection: Selection, desk: SelectionDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await library_with(selection)
    monkeypatch.setattr("services.selection.operations.sets.MAX_MEMBERS", 2)

    made = await desk.do("sets", {"criteria": "open_amount > 0"})

    assert (made["members"], made["hits"], made["maximum"], made["cut_off"]) == (2, 3, 2, 1)


async def test_a_selection_that_is_added_to_a_set_tells_what_its_maximum_cut_off(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    first = await desk.do("sets", {"criteria": "item_id = I3"})
    wanted = {"operation": "union", "set_id": first["set_id"]}

    made = await desk.do("sets", {"criteria": "open_amount > 0", "maximum": 1, "combine": wanted})

    assert (made["members"], made["hits"], made["cut_off"]) == (2, 3, 2)


@pytest.mark.requirement("S0.8")
async def test_a_fixed_set_never_changes_by_itself(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount > 0", "Frozen")
    await selection.take(matched({"I1": (-1000, 0, 1)}), posted("I9", 900))

    now = await desk.read(f"sets/{made['set_id']}")
    listed = (await desk.read(f"sets/{made['set_id']}/members"))["items"]
    refused = await desk.send(f"sets/{made['set_id']}/marks", {"marked": False, "every": True})
    again = await desk.send(f"sets/{made['set_id']}/fix", {"name": "Twice"})

    assert now == made
    first = listed[0]
    assert (first["item_id"], first["open_amount"], first["open_now"]) == ("I1", 1000, 0)
    assert (refusal(refused), refusal(again)) == ("set-is-fixed", "set-is-fixed")
    assert (await desk.read("audit"))["violations"] == []


async def test_even_a_program_cannot_change_what_a_set_froze(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount > 0", "Frozen")

    with pytest.raises(Exception, match="permission denied"):
        await selection.rows("UPDATE set_member SET open_amount = 1 RETURNING set_id")
    await selection.rows("UPDATE set_member SET marked = FALSE WHERE item_id = 'I1' RETURNING set_id")

    violations = (await desk.read("audit"))["violations"]
    assert [violation["invariant"] for violation in violations] == ["a fixed set never changes"]
    assert made["fingerprint"] in violations[0]["detail"]


async def test_set_created_tells_of_a_set_when_it_is_made_and_when_it_is_fixed(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)

    made = await desk.fixed("open_amount > 0", "Told")

    events = await selection.published("set-created")
    assert [(str(event.set_id), event.name, event.fixed) for event in events] == [
        (made["set_id"], "", False),
        (made["set_id"], "Told", True),
    ]
    assert [(total.currency, total.amount) for total in events[1].totals] == [("EUR", 6000)]
    assert (events[1].items, events[1].parties, events[1].criteria) == (3, 2, made["criteria"]["criteria"])


async def test_names_of_fixed_sets_are_unique_until_they_are_archived(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    first = await desk.fixed("open_amount > 0", "Old")
    second = await desk.do("sets", {"criteria": "open_amount > 1"})

    taken = await desk.send(f"sets/{second['set_id']}/fix", {"name": "Old"})
    await desk.do(f"sets/{first['set_id']}/name", {"name": "Older"}, method="PUT")
    fixed = await desk.do(f"sets/{second['set_id']}/fix", {"name": "Old"})
    await desk.do(f"sets/{fixed['set_id']}/archive")

    assert refusal(taken) == "name-taken"
    assert [row["name"] for row in (await desk.read("sets", fixed=True))["items"]] == ["Older"]
    assert [row["name"] for row in (await desk.read("sets", fixed=True, archived=True))["items"]] == ["Old", "Older"]


@pytest.mark.parametrize(
    ("operation", "items", "total"),
    [("union", ["I1", "I2", "I3"], 6000), ("intersection", ["I2"], 2000), ("difference", ["I1"], 1000)],
)
async def test_sets_are_added_to_intersected_with_and_taken_from_each_other(
    selection: Selection, desk: SelectionDesk, operation: str, items: list[str], total: int
) -> None:
    await library_with(selection)
    left = await desk.do("sets", {"criteria": "open_amount between 1 and 2000"})
    right = await desk.do("sets", {"criteria": "open_amount between 2000 and 3000"})

    made = await desk.do(
        "sets/combinations", {"operation": operation, "left": left["set_id"], "right": right["set_id"]}
    )
    run = await desk.do(
        "sets",
        {
            "criteria": "open_amount between 2000 and 3000",
            "combine": {"operation": operation, "set_id": left["set_id"]},
        },
    )

    assert await members(desk, made) == await members(desk, run) == items
    assert made["totals"] == [{"currency": "EUR", "amount": total}]
    assert made["criteria"]["text"] == run["criteria"]["text"]


@pytest.mark.requirement("S0.1")
async def test_a_party_set_comes_from_an_item_set_and_back(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    some = await desk.do("sets", {"criteria": "item_id = I1"})

    parties = await desk.do(f"sets/{some['set_id']}/conversions", {"set_type": "parties"})
    items = await desk.do(f"sets/{parties['set_id']}/conversions", {"set_type": "items"})
    mixed = await desk.send(
        "sets/combinations", {"operation": "union", "left": some["set_id"], "right": parties["set_id"]}
    )

    assert (parties["members"], parties["totals"]) == (1, [{"currency": "EUR", "amount": 2500}])
    assert await members(desk, items) == ["I1", "I2", "I4"]
    assert refusal(mixed) == "sets-of-two-types"


async def test_members_are_unmarked_one_by_one_by_filter_and_all(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.do("sets", {"criteria": "open_amount > 0"})
    path = f"sets/{made['set_id']}/marks"

    one = await desk.do(path, {"marked": False, "members": [{"party_id": "P1", "item_id": "I1"}]})
    some = await desk.do(path, {"marked": False, "criteria": "open_amount > 2500"})
    left = await members(desk, made)
    none = await desk.do(path, {"marked": False, "every": True})
    back = await desk.do(path, {"marked": True, "criteria": "party_id = P1"})
    unclear = await desk.send(path, {"marked": False})
    unknown = await desk.send(path, {"marked": False, "members": [{"party_id": "P1", "item_id": "I9"}]})

    assert (one["changed"], one["set"]["members"], one["set"]["totals"][0]["amount"]) == (1, 2, 5000)
    assert (some["changed"], some["set"]["parties"], left) == (1, 1, ["I2"])
    assert (none["set"]["members"], back["set"]["members"]) == (0, 2)
    assert (refusal(unclear), refusal(unknown)) == ("choice-required", "unknown-member")
    fixed = await desk.do(f"sets/{made['set_id']}/fix", {"name": "Marked only"})
    assert (fixed["members"], fixed["totals"]) == (2, [{"currency": "EUR", "amount": 3000}])


async def test_a_set_is_compared_with_the_same_criteria_today(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount > 0")
    await selection.take(
        matched({"I1": (-1000, 0, 1), "I2": (-100, 1900, 1)}), posted("I8", 70), posted("I9", 80, party_id="P3")
    )

    compared = await desk.read(f"sets/{made['set_id']}/comparison")

    assert compared == {
        "differences": [
            {
                "currency": "EUR",
                "added": 2,
                "added_amount": 150,
                "gone": 1,
                "gone_amount": 1000,
                "changed": 1,
                "changed_amount": -100,
            }
        ],
        "members": 1,
        "amounts": {"EUR": -950},
    }


async def test_criteria_are_saved_under_a_name_and_run_later(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    await desk.do("saved-criteria/Big", {"criteria": "open_amount > 1500", "maximum": 10}, method="PUT")
    await selection.take(posted("I9", 1600))

    made = await desk.do("sets", {"saved": "Big"})

    assert (made["members"], made["maximum"]) == (3, 10)
    assert [row["name"] for row in (await desk.read("saved-criteria"))["items"]] == ["Big"]
    assert refusal(await desk.send("sets", {"saved": "Small"})) == "unknown-criteria"


async def test_it_is_explained_why_an_item_is_not_in_a_set(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    await desk.fixed("open_amount > 1500 and age > 1 years", "Big and old")

    small = await desk.read("parties/P1/items/I1")
    big = await desk.read("parties/P1/items/I2")

    assert (small[0]["member"], small[0]["unmet"]) == (False, ["open_amount > 1500"])
    assert (big[0]["member"], big[0]["open_amount"], big[0]["unmet"]) == (True, 2000, [])
    assert refusal(await desk.get("parties/P1/items/I777")) == "unknown-item"


async def test_sets_of_other_administrations_are_not_seen(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount > 0")

    path = f"/v1/administrations/bib-aalst/sets/{made['set_id']}"
    foreign = await desk.get(path)
    unknown = await desk.get("sets/01937c1e-0000-7000-8000-000000000001")

    assert (refusal(foreign), refusal(unknown)) == ("administration-not-granted", "unknown-set")
