"""Sample values: what rows of an application could hold, made from its spec alone.

The same spec gives the same values on any machine. Values are language-neutral: decimals, dates,
times and durations are texts, as the API carries them; references are left to the caller.
"""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid5

from pydantic import TypeAdapter
from rstr import Rstr

from qlf.evaluation import holds
from qlf.model.expression import Literal, Member, Name, walk
from qlf.model.types import NUMERIC, TEXTUAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.model.spec import Check, Entity, Field, Property, Spec
    from qlf.model.types import Kind, Type

SampleValue = str | int | bool | dict[str, str] | None

DAY = date(2026, 1, 15)
MOMENT = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
# A sample must satisfy its checks whenever the application runs.
_TIMES = (MOMENT, datetime(2090, 1, 1, tzinfo=UTC))
_NAMESPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_TRIES = 400
LONGEST: dict[Kind, int] = {
    "text": 255,
    "longtext": 65_535,
    "file": 255,
    "url": 2048,
    "email": 254,
    "phone": 16,
}
_FRACTION = Decimal("0.5")
_DURATION = TypeAdapter(timedelta)

# A field's whole name decides, or else its last word that is found here; the first entry that fits is taken.
WORDS: dict[str, tuple[str, ...]] = {
    "address": ("12 Harbour Street, Lisbon", "3 Mill Lane, Leeds", "Hauptstrasse 7, Bern"),
    "author": ("Ada Lovelace", "Grace Hopper", "Alan Turing"),
    "bank": ("Harbour Bank", "Alpine Savings", "First Mutual"),
    "bic": ("DEUTDEFF", "BNPAFRPP", "INGBNL2A"),
    "body": ("It works as described.", "Well made and quick to arrive.", "Exactly what was needed."),
    "brand": ("Northwind", "Lumen", "Acorn"),
    "carrier": ("Northern Post", "City Couriers", "Harbour Freight"),
    "city": ("Lisbon", "Leeds", "Bern", "Oslo", "Ghent"),
    "code": ("SPRING25", "WELCOME10", "SUMMER15"),
    "colour": ("red", "green", "blue"),
    "comment": ("Please ring the bell.", "No hurry.", "Call before delivery."),
    "company": ("Northwind Traders", "Lumen Works", "Acorn Supplies"),
    "contact": ("Grace Hopper", "Alan Turing", "Ada Lovelace"),
    "country": ("DE", "PT", "GB", "CH", "NO"),
    "currency": ("EUR", "USD", "GBP", "CHF", "NOK"),
    "description": ("A first description.", "A second description.", "A third description."),
    "dose": ("one tablet twice a day", "5 ml in the evening", "10 mg daily"),
    "family": ("Lovelace", "Hopper", "Turing"),
    "first": ("Ada", "Grace", "Alan"),
    "full": ("Ada Lovelace", "Grace Hopper", "Alan Turing"),
    "given": ("Ada", "Grace", "Alan"),
    "iban": ("DE89370400440532013000", "GB29NWBK60161331926819", "NL91ABNA0417164300"),
    "insurer": ("Harbour Health", "Alpine Mutual", "First Care"),
    "label": ("first", "second", "third"),
    "language": ("en", "de", "pt"),
    "last": ("Lovelace", "Hopper", "Turing"),
    "medication": ("Ibuprofen", "Amoxicillin", "Metformin"),
    "message": ("The parcel is on its way.", "Thank you for the quick answer.", "See you on Monday."),
    "name": ("Alpha", "Bravo", "Charlie", "Delta", "Echo"),
    "note": ("To be checked.", "Called back.", "Nothing unusual."),
    "notes": ("To be checked.", "Called back.", "Nothing unusual."),
    "password": ("correct horse battery staple", "another horse battery staple"),
    "postal": ("1100-148", "LS1 4DY", "3011"),
    "postal_code": ("1100-148", "LS1 4DY", "3011"),
    "recipient": ("Ada Lovelace", "Grace Hopper", "Alan Turing"),
    "reason": ("A routine check.", "As agreed.", "At the customer's request."),
    "sku": ("LAMP-RED", "CHAIR-OAK", "DESK-120"),
    "slug": ("alpha", "bravo", "charlie"),
    "street": ("Harbour Street 12", "Mill Lane 3", "Hauptstrasse 7"),
    "subject": ("A question", "Your order", "Next week"),
    "substance": ("Penicillin", "Peanuts", "Latex"),
    "summary": ("The short of it.", "In a few words.", "All in one line."),
    "surname": ("Lovelace", "Hopper", "Turing"),
    "test": ("Blood count", "Glucose", "Thyroid panel"),
    "timezone": ("Europe/Lisbon", "Europe/London", "Europe/Zurich"),
    "title": ("First steps", "A second look", "The third way"),
    "unit": ("mg", "ml", "pieces"),
    "username": ("ada", "grace", "alan"),
    "zip": ("1100-148", "LS1 4DY", "3011"),
}
_BIRTH = re.compile(r"birth|born")
_LATER = re.compile(r"until|end|ends|expire|expires|expiry|due|deadline|by$")


class Invalid(NamedTuple):
    """A value that breaks one rule of a field, and which rule that is."""

    value: SampleValue
    reason: str


def writable(entity: Entity) -> tuple[Field, ...]:
    """Return the fields of a row that a client gives by value: no references, keys, states or results."""
    return tuple(
        field
        for field in entity.fields
        if field.type.kind != "reference"
        and not field.system
        and not field.managed
        and field.computed is None
    )


def sample(spec: Spec, entity: Entity, variant: int = 0, *, optional: bool = True) -> dict[str, SampleValue]:
    """Return values for the writable fields of a row; rows of different variants can stand side by side.

    State fields are at their initial state and `optional` says whether optional fields are filled.
    Checks that read only these fields hold where values are found for which they do.
    """
    fields = [field for field in writable(entity) if optional or field.required]
    return _settled(spec, entity, fields, variant)


def breaking(spec: Spec, entity: Entity, check: Check, variant: int = 0) -> dict[str, SampleValue] | None:
    """Return a sample row that breaks this check and no other, None if none is found."""
    if not _own(entity, check):
        return None
    others = [one for one in entity.checks if one.name != check.name and _own(entity, one)]
    for row in _variations(spec, entity, list(writable(entity)), variant, check.fields):
        if _broken(entity, check, row) and not any(_broken(entity, one, row) for one in others):
            return row
    return None


def creation_order(spec: Spec) -> tuple[Entity, ...]:
    """Return the entities so that each comes after those that its rows must refer to."""
    done: dict[str, Entity] = {}

    def visit(entity: Entity, path: tuple[str, ...]) -> None:
        if entity.name in done or entity.name in path:
            return
        for field in entity.fields:
            if field.required and field.type.entity:
                visit(spec.entity(field.type.entity), (*path, entity.name))
        done[entity.name] = entity

    for entity in spec.entities:
        visit(entity, ())
    return tuple(done.values())


def sample_value(spec: Spec, field: Field | Property, variant: int = 0) -> SampleValue:
    """Return a value for one field, input or property that is not a reference."""
    kind = field.type.kind
    if kind == "enum":
        values = enum_values(spec, field.type)
        first = values.index(str(field.default)) if field.default in values else 0
        return values[(first + variant) % len(values)]
    if kind in TEXTUAL:
        return _text(field, variant)
    if kind in NUMERIC:
        return _number(field, variant)
    return _plain(field, kind, variant)


def enum_values(spec: Spec, kind: Type) -> tuple[str, ...]:
    """Return the values of an enumeration type."""
    return next((enum.values for enum in spec.enums if enum.name == kind.enum), ())


def scale_of(kind: Type) -> int:
    """Return the number of digits after the point of a decimal type."""
    if kind.scale is not None:
        return kind.scale
    return 6 if kind.kind == "decimal" else 2


def longest(field: Field | Property) -> int:
    """Return the greatest length of a text."""
    return int(field.maximum) if field.maximum is not None else LONGEST.get(field.type.kind, 255)


def fits(field: Field | Property, text: str) -> bool:
    """Tell whether a text keeps to a field's length and pattern."""
    return _rules(field).fit(text)


def parsed(kind: Type, value: SampleValue) -> Any:  # noqa: ANN401 - a value of any of the spec's types
    """Return a language-neutral value as what it stands for: `Decimal`, `date`, `timedelta`, ..."""
    if not isinstance(value, str):
        return value
    match kind.kind:
        case "decimal" | "money":
            return Decimal(value)
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            return datetime.fromisoformat(value)
        case "time":
            return time.fromisoformat(value)
        case "duration":
            return _DURATION.validate_python(value)
        case _:
            return value


# Single values


class _Rules(NamedTuple):
    """All that decides on the samples of a text."""

    name: str
    kind: Kind
    pattern: str | None
    shortest: int
    longest: int

    def fit(self, text: str) -> bool:
        """Tell whether a text keeps to the length and the pattern."""
        if not self.shortest <= len(text) <= self.longest:
            return False
        return self.pattern is None or re.fullmatch(_bare(self.pattern), text) is not None


def _rules(field: Field | Property) -> _Rules:
    return _Rules(field.name, field.type.kind, field.pattern, int(field.minimum or 0), longest(field))


def _text(field: Field | Property, variant: int) -> str:
    return _sampled(_rules(field), variant)


@lru_cache(maxsize=4096)
def _sampled(field: _Rules, variant: int) -> str:
    for number in range(_TRIES):
        candidates = [one for one in _candidates(field, variant + number) if field.fit(one)]
        if candidates:
            return candidates[0]
    if field.pattern is not None:
        return _matching(field, variant)
    return ("x" * field.shortest + str(variant))[: field.longest]


def _candidates(field: _Rules, variant: int) -> Iterator[str]:
    match field.kind:
        case "email":
            yield f"{_person(field.name)}{variant or ''}@example.com"
            return
        case "url":
            yield f"https://example.com/{field.name.replace('_', '-')}{f'/{variant}' if variant else ''}"
            return
        case "phone":
            yield f"+3512100{variant:05d}"
            return
        case "file":
            yield f"uploads/{field.name.replace('_', '-')}-{variant + 1}.pdf"
            return
    known = _words(field.name)
    rounds, index = divmod(variant, len(known)) if known else (0, 0)
    if known and variant < _TRIES:
        yield f"{known[index]}{f' {rounds + 1}' if rounds else ''}"
        yield f"{known[index]}{rounds + 1 if rounds else ''}"
    if field.pattern is None:
        label = field.name.replace("_", " ").capitalize()
        yield f"{label} {variant + 1}"
        yield f"{label[:4]}{variant + 1}"
        yield str(variant + 1)


def _words(name: str) -> tuple[str, ...]:
    return next((WORDS[word] for word in (name, *reversed(name.split("_"))) if word in WORDS), ())


def _person(name: str) -> str:
    first = name.split("_", maxsplit=1)[0]
    return first if first not in {"email", "mail"} else "ada"


def _matching(field: _Rules, variant: int) -> str:
    taken: set[str] = set()
    found = ""
    for number in range(variant + 1):
        found = next((one for one in _matches(field, number) if one not in taken), found)
        taken.add(found)
    return found


@lru_cache(maxsize=4096)
def _generated(pattern: str, seed: str) -> str:
    return Rstr(random.Random(seed)).xeger(_bare(pattern))  # noqa: S311 - samples, not secrets


def _matches(field: _Rules, variant: int) -> Iterator[str]:
    """Yield texts that a pattern matches, in threes the shortest first: long ones are hard to read."""
    seeds = (f"{field.name}:{variant}:{attempt}" for attempt in range(_TRIES))
    texts = (_generated(str(field.pattern), seed) for seed in seeds)
    fitting = (text for text in texts if field.fit(text) and text.isprintable() and text == text.strip())
    while chunk := list(islice(fitting, 3)):
        yield from sorted(chunk, key=len)


def _bare(pattern: str) -> str:
    return pattern.removeprefix("^").removesuffix("$") if not pattern.endswith("\\$") else pattern


def _number(field: Field | Property, variant: int) -> SampleValue:
    if field.type.kind == "int":
        return _fitted(field, Decimal(1 + variant))
    start = Decimal(10) if (field.type.precision or 18) - scale_of(field.type) > 1 else _FRACTION
    return _fitted(field, start * (variant + 1))


def _fitted(field: Field | Property, value: Decimal) -> SampleValue:
    """Return a number as a field can hold it, within its bounds."""
    low = Decimal(str(field.minimum)) if field.minimum is not None else None
    high = Decimal(str(field.maximum)) if field.maximum is not None else None
    if field.type.kind == "int":
        return int(_bounded(value, low, high, Decimal(1)))
    step = Decimal(1).scaleb(-scale_of(field.type))
    return str(_bounded(value, low, high, step).quantize(step))


def _bounded(value: Decimal, low: Decimal | None, high: Decimal | None, step: Decimal) -> Decimal:
    if low is not None and value < low:
        value = low + value * step
    if high is None or value <= high:
        return value
    bottom = low if low is not None else Decimal(0)
    return bottom + (value % (high - bottom + step)) // step * step


def _plain(field: Field | Property, kind: Kind, variant: int) -> SampleValue:
    match kind:
        case "bool":
            return (variant % 2 == 0) if field.default is None else bool(field.default) is (variant % 2 == 0)
        case "date":
            return _day(field.name, variant).isoformat()
        case "datetime":
            later = timedelta(hours=1) if _LATER.search(field.name) else timedelta()
            return (MOMENT + timedelta(days=variant) + later).isoformat()
        case "time":
            return time(8 + variant % 12).isoformat()
        case "duration":
            return f"PT{1 + variant}H"
        case "uuid":
            return str(uuid5(_NAMESPACE, f"{field.name}:{variant}"))
        case _:
            return {"note": f"sample {variant + 1}"}


def _day(name: str, variant: int) -> date:
    if _BIRTH.search(name):
        return date(1985, 5, 17) + timedelta(days=97 * variant)
    return DAY + timedelta(days=variant + (365 if _LATER.search(name) else 0))


# Whole rows


def _settled(spec: Spec, entity: Entity, fields: list[Field], variant: int) -> dict[str, SampleValue]:
    names = {field.name for field in fields}
    checks = [check for check in entity.checks if _own(entity, check) and set(check.fields) <= names]
    involved = tuple(dict.fromkeys(name for check in checks for name in check.fields))
    rows = chain(
        _variations(spec, entity, fields, variant, involved),
        _near_limits(spec, entity, fields, variant, checks),
    )
    first = next(rows)
    if not any(_broken(entity, check, first) for check in checks):
        return first
    return next((row for row in rows if not any(_broken(entity, one, row) for one in checks)), first)


def _variations(
    spec: Spec, entity: Entity, fields: list[Field], variant: int, involved: tuple[str, ...]
) -> Iterator[dict[str, SampleValue]]:
    """Yield the plain sample, then some with other values in the fields that matter."""
    plain = {field.name: sample_value(spec, field, variant) for field in fields}
    yield plain
    if not involved:
        return
    chance = random.Random(f"{entity.name}:{variant}")  # noqa: S311 - samples, not secrets
    varied = [field for field in fields if field.name in involved]
    for _ in range(_TRIES):
        row = dict(plain)
        for field in varied:
            row[field.name] = _other_value(spec, field, variant, chance)
        yield row


def _near_limits(
    spec: Spec, entity: Entity, fields: list[Field], variant: int, checks: list[Check]
) -> Iterator[dict[str, SampleValue]]:
    """Yield samples whose numbers lie about the constants that checks compare with."""
    limits = [
        Decimal(str(part.value))
        for check in checks
        for part in walk(check.condition)
        if isinstance(part, Literal) and part.type and part.type.kind in NUMERIC
    ]
    involved = {name for check in checks for name in check.fields}
    numbers = [field for field in fields if field.name in involved and field.type.kind in NUMERIC]
    if not limits or not numbers:
        return
    chance = random.Random(f"{entity.name}:{variant}:limits")  # noqa: S311 - as above
    for row in _variations(spec, entity, fields, variant, tuple(involved)):
        for field in numbers:
            near = chance.choice(limits) * chance.choice((Decimal("0.5"), Decimal(1), Decimal(2)))
            row[field.name] = _fitted(field, near + chance.choice((-1 - variant, -1, 0, 1, 1 + variant)))
        yield row


def _other_value(spec: Spec, field: Field, variant: int, chance: random.Random) -> SampleValue:
    if not field.required and chance.random() < 0.15:  # noqa: PLR2004 - now and then
        return None
    shift = chance.choice((0, 1, 3, 10, 40, 365, 3650))
    if field.type.kind in {"date", "datetime"}:
        moved = parsed(field.type, sample_value(spec, field, variant)) + timedelta(
            days=shift * chance.choice((-1, 1, 9))
        )
        return str(moved.isoformat())
    return sample_value(spec, field, variant + shift)


def _own(entity: Entity, check: Check) -> bool:
    """Tell whether a check reads nothing but values of the row itself."""
    names = {field.name for field in entity.fields if field.type.kind != "reference"}
    return all(
        isinstance(member.of, Name) and member.of.name == "this" and member.name in names
        for member in walk(check.condition)
        if isinstance(member, Member)
    )


def _broken(entity: Entity, check: Check, row: Mapping[str, SampleValue]) -> bool:
    values = {field.name: parsed(field.type, row.get(field.name, _initial(field))) for field in entity.fields}
    return any(
        not holds(check.condition, {"this": values, "now": moment, "today": moment.date()}, null=True)
        for moment in _TIMES
    )


def _initial(field: Field) -> SampleValue:
    if field.default in {"now", "today", "viewer"} and field.type.kind != "text":
        return None
    if field.default is not None and field.type.kind in {"decimal", "money"}:
        return str(field.default)
    return field.default if isinstance(field.default, str | int | bool) else None


# Values that break a rule


def invalid(spec: Spec, entity: Entity, field: Field | Property) -> list[Invalid]:
    """Return values that each break exactly one rule of a field."""
    del spec, entity
    found = [Invalid(_wrong_type(field.type.kind), "of the wrong type")]
    if field.required:
        found.append(Invalid(None, "null"))
    found += _out_of_bounds(field)
    if field.type.kind in _MALFORMED:
        found.append(Invalid(_MALFORMED[field.type.kind], f"no {field.type.kind}"))
    if field.pattern is not None and (text := _mismatch(field)) is not None:
        found.append(Invalid(text, "not in the pattern"))
    return found


_MALFORMED: dict[Kind, str] = {
    "date": "2026-02-30",
    "datetime": "2026-01-15T09:00:00",
    "duration": "an hour",
    "email": "ada.example.com",
    "enum": "no-such-value",
    "phone": "12-34",
    "time": "25:00",
    "url": "not a link",
    "uuid": "not-a-uuid",
    "decimal": "ten",
    "money": "ten",
}


def _wrong_type(kind: Kind) -> SampleValue:
    return "one" if kind in {"int", "bool", "json"} else 17


def _out_of_bounds(field: Field | Property) -> Iterator[Invalid]:
    kind = field.type.kind
    if kind in TEXTUAL:
        if kind in {"text", "longtext", "file"} and field.pattern is None:
            yield Invalid("x" * (longest(field) + 1), f"longer than {longest(field)}")
        elif kind in {"text", "longtext", "file"} and (text := _too_long(field)):
            yield Invalid(text, f"longer than {longest(field)}")
        if field.minimum and field.pattern is None:
            yield Invalid("x" * (int(field.minimum) - 1), f"shorter than {int(field.minimum)}")
    if kind not in NUMERIC:
        return
    step = Decimal(1) if kind == "int" else Decimal(1).scaleb(-scale_of(field.type))
    for bound, sign, word in ((field.minimum, -1, "below"), (field.maximum, 1, "above")):
        if bound is not None:
            value = Decimal(str(bound)) + sign * step
            yield Invalid(int(value) if kind == "int" else str(value), f"{word} {bound:g}")
    if kind != "int":
        good = Decimal(str(_number(field, 0)))
        yield Invalid(f"{good}1" if "." in str(good) else f"{good}.1", "too exact")


def _too_long(field: Field | Property) -> str | None:
    """Return a text that is longer than a field allows though it matches its pattern."""
    good = _text(field, 0)
    text = good + good[-1:] * (longest(field) + 1 - len(good))
    return text if re.fullmatch(_bare(str(field.pattern)), text) else None


def _mismatch(field: Field | Property) -> str | None:
    good = _text(field, 0)
    candidates = (good[:-1] + "\u00a7", "\u00a7" * max(len(good), 1), good.swapcase(), "x", "0")
    return next((text for text in candidates if text and not _keeps(field, text)), None)


def _keeps(field: Field | Property, text: str) -> bool:
    """Tell whether a text matches the pattern, or breaks another rule than that."""
    if not int(field.minimum or 0) <= len(text) <= longest(field):
        return True
    return re.fullmatch(_bare(str(field.pattern)), text) is not None
