"""Repositories to measure: as many briefs as asked, no two alike, the same ones for the same number."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ENTITIES = 10
_SEED = "quantumlayer"
_NOUNS = """
Account Agent Asset Award Badge Batch Boat Booking Branch_es Bridge Budget Building Campaign Card
Carrier Channel Claim Client Clinic Coach_es Contract Course Crate Dealer Depot Device Document Donor
Driver Estate Event Exhibit Farm Fleet Flight Garden Goal Grant Guest Harvest Hotel Invoice Item Journey
Kitchen Lawyer Lead Lecture Lesson Licence Loan Locker Machine Manager Market Meal Meeting Member Menu
Mission Museum Nurse Offer Orchard Parcel Partner Patient Permit Pilot Plan Plant Player Policy=policies
Project Quote Ranger Receipt Recipe Region Rental Report Reward Room Route Sample Season Seminar Shelter
Ship Shop Site Sponsor Stall Station Storage Student Studio Supplier Survey Task Teacher Team Ticket
Tour Trainer Trip Vehicle Vendor Venue Vessel Village Visit Volunteer Voyage Warehouse Winery=wineries
Workshop
""".split()  # noqa: SIM905 - a list would be a page long
_ROLES = ("clerk", "editor", "planner", "reviewer", "steward", "buyer", "analyst", "host", "warden", "keeper")
_TOPICS = ("north", "harbour", "city", "mountain", "river", "forest", "island", "valley", "lake", "desert")
_LIVES = (
    ("draft", "approved", "closed"),
    ("open", "assigned", "done"),
    ("planned", "confirmed", "cancelled"),
    ("pending", "accepted", "rejected"),
    ("requested", "granted", "returned"),
)
_MOVES = (
    ("approve", "close"),
    ("assign", "finish"),
    ("confirm", "call_off"),
    ("accept", "reject"),
    ("grant", "give_back"),
)
_FIELDS = (
    *(f"{name}: text max={{small}}" for name in ("city", "street", "subject", "nickname", "colour", "motto")),
    *(f"{name}: longtext max={{large}}" for name in ("remarks", "instructions", "background", "agenda")),
    *(f"{name}: int! min=0 = {{digit}}" for name in ("capacity", "seats", "priority", "stock", "floors")),
    *(f"{name}: decimal(9, 3) min=0 max={{large}}" for name in ("weight", "height", "distance", "area")),
    *(f"{name}: money! min={{digit}}" for name in ("price", "fee", "deposit", "cost")),
    *(f"{name}: bool! = {{truth}}" for name in ("featured", "insured", "recurring", "verified")),
    *(f"{name}: enum({{choices}})" for name in ("kind", "size_class", "season_of_year")),
    *(f"{name}: {name.rpartition('_')[2]} @pii" for name in ("contact_email", "office_phone")),
    *("homepage: url", "opens_at: time", "takes: duration", "external_key: uuid", "picture: file"),
    *("extras: json", "seen_at: datetime indexed", "founded_on: date"),
)
_CHOICES = ("small", "medium", "large", "early", "late", "public", "private", "basic", "extended")


def write_repository(folder: Path, briefs: int) -> None:
    """Write settings without gates, a `dodo.py`, a folder for own templates, and the briefs."""
    for name in ("briefs", "templates"):
        (folder / name).mkdir(parents=True)
    (folder / "factory.toml").write_text("[gates]\nrun = []\n")
    (folder / "dodo.py").write_text("from qlf.tasks import *\n")
    for index in range(briefs):
        (folder / "briefs" / f"app-{index:04}.md").write_text(brief(index))


def brief(index: int) -> str:
    """Return one brief: ten entities that refer to each other, with states, access and checks."""
    chance = random.Random(f"{_SEED}-{index}")  # noqa: S311 - nobody is to be surprised
    nouns = [_noun(word) for word in chance.sample(_NOUNS, ENTITIES)]
    roles = chance.sample(_ROLES, 2)
    lines = ["---", f"version: 1.{index}.0", f"roles: [{', '.join(roles)}, admin]", "entities:"]
    for position in range(ENTITIES):
        lines += _entity(chance, nouns, position, roles)
    plurals = ", ".join(plural for _, plural in nouns[:4])
    topic = chance.choice(_TOPICS)
    return "\n".join(
        [*lines, "---", f"# The {topic} register {index}", "", f"We keep {plurals} and more.", ""]
    )


def edited(text: str, number: int) -> str:
    """Return a brief with another bound on its first text field."""
    return re.sub(r"max=\d+", f"max={200 + number}", text, count=1)


def _noun(word: str) -> tuple[str, str]:
    """Return the name of an entity, and its plural as fields have it."""
    name, _, plural = word.partition("=")
    name, _, ending = name.partition("_")
    return name, plural or name.lower() + (ending or "s")


def _entity(
    chance: random.Random, nouns: list[tuple[str, str]], position: int, roles: list[str]
) -> list[str]:
    name, plural = nouns[position]
    first, second = roles
    life, moves = chance.choice(list(zip(_LIVES, _MOVES, strict=True)))
    lines = [f"  {name}:", f"    description: One of the {plural} that we keep.", f"    plural: {plural}"]
    lines += ["    owner: user", "    fields:", f"      name: text! max={chance.randint(60, 190)}"]
    lines += ["      code: text! unique pattern=[A-Z]{2,4}[0-9]{3,6} max=20"] if chance.getrandbits(1) else []
    lines += [f"      {_filled(chance, field)}" for field in chance.sample(_FIELDS, chance.randint(4, 7))]
    lines += ["      starts_on: date!", "      ends_on: date!"]
    lines += [f"      status: enum({', '.join(life)}) = {life[0]}"]
    if position:
        target, _ = nouns[chance.randrange(position)]
        lines += [f"      {target.lower()}_of: {target}{chance.choice('!?')} inverse={plural}_{position}"]
    if position == ENTITIES - 1:
        target, others = nouns[0]
        lines += [f"      {others}: {target}[] inverse=linked_{plural}"]
    move, last = moves
    return [
        *lines,
        "    check: {ends_after_start: this.ends_on >= this.starts_on}",
        *("    states:", "      status:"),
        f"        {move}: {life[0]} -> {life[1]} by {second}",
        f"        {last}: {life[0]}, {life[1]} -> {life[2]} by {first}, {second}",
        "    access:",
        f"      {first}: create, read own, update own, {last} own",
        f"      {second}: read, update, {move}, {last}",
        "      admin: all",
    ]


def _filled(chance: random.Random, field: str) -> str:
    return field.format(
        small=chance.randint(40, 240),
        large=chance.randint(400, 4000),
        digit=chance.randint(0, 9),
        truth=chance.choice(("true", "false")),
        choices=", ".join(chance.sample(_CHOICES, 3)),
    )
