from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.evaluation import evaluate, holds
from qlf.model.brief import Brief
from qlf.model.expression import Binary, BinaryOperator, Literal, Member, Name
from qlf.model.spec import Check, Entity, Field, Spec
from qlf.model.types import NUMERIC, TEXTUAL, Type
from qlf.samples import breaking, creation_order, enum_values, invalid, parsed, sample, writable

BRIEFS = sorted((Path(__file__).parents[1] / "briefs").glob("*.md"))


@cache
def shipped(path: Path) -> Spec:
    brief = read_brief(path)
    assert isinstance(brief, Brief)
    spec = compile_brief(brief)
    assert isinstance(spec, Spec)
    return spec


EVERY = pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)


def rows(spec: Spec, entity: Entity) -> list[dict[str, object]]:
    return [dict(sample(spec, entity, variant)) for variant in range(6)]


@EVERY
def test_samples_keep_to_bounds_patterns_and_values(path: Path) -> None:
    spec = shipped(path)
    for entity in spec.entities:
        for row in rows(spec, entity):
            for field in writable(entity):
                assert_fits(spec, field, row[field.name])


def assert_fits(spec: Spec, field: Field, value: object) -> None:
    where = f"{field.name}: {value}"
    if value is None:
        assert not field.required, where
    elif field.type.kind in TEXTUAL:
        assert isinstance(value, str)
        assert len(value) <= (field.maximum or 65_535), where
        assert field.pattern is None or re.fullmatch(field.pattern, value), where
    elif field.type.kind in NUMERIC:
        number = Decimal(str(value))
        assert field.minimum is None or number >= Decimal(str(field.minimum)), where
        assert field.maximum is None or number <= Decimal(str(field.maximum)), where
    elif field.type.kind == "enum":
        assert value in enum_values(spec, field.type), where


@EVERY
def test_unique_fields_differ_from_variant_to_variant(path: Path) -> None:
    spec = shipped(path)
    for entity in spec.entities:
        made = rows(spec, entity)
        for field in writable(entity):
            if field.unique:
                assert len({row[field.name] for row in made}) == len(made), f"{entity.name}.{field.name}"


@EVERY
def test_samples_are_the_same_every_time(path: Path) -> None:
    spec = shipped(path)
    for entity in spec.entities:
        assert rows(spec, entity) == rows(spec, entity)


@EVERY
def test_rows_come_after_those_that_they_must_refer_to(path: Path) -> None:
    spec = shipped(path)
    done: set[str] = set()
    for entity in creation_order(spec):
        needed = {field.type.entity for field in entity.fields if field.required and field.type.entity}
        assert needed - {entity.name} <= done
        done.add(entity.name)
    assert done == {entity.name for entity in spec.entities}


DATE = Type(kind="date")
BOOL = Type(kind="bool")
ROW = Type(kind="reference", entity="Period")


def of(name: str, kind: Type) -> Member:
    return Member(of=Name(name="this", type=ROW), name=name, type=kind)


def compare(left: Member, operator: BinaryOperator, right: Member | Literal) -> Binary:
    return Binary(operator=operator, left=left, right=right, type=BOOL)


def period(*fields: Field, checks: tuple[Check, ...] = ()) -> tuple[Spec, Entity]:
    spec = shipped(BRIEFS[0])
    entity = spec.entities[0].model_copy(update={"name": "Period", "fields": fields, "checks": checks})
    return spec.model_copy(update={"entities": (entity,)}), entity


def field(name: str, kind: Type, *, required: bool = True, maximum: int | None = None) -> Field:
    return Field(name=name, column=name, label=name, type=kind, required=required, maximum=maximum)


IN_ORDER = Check(
    name="in_order",
    condition=compare(of("first_day", DATE), ">", of("last_day", DATE)),
    message="",
    fields=("first_day", "last_day"),
)


def test_checks_hold_even_where_plain_values_would_break_them() -> None:
    spec, entity = period(field("first_day", DATE), field("last_day", DATE), checks=(IN_ORDER,))

    row = sample(spec, entity)

    assert date.fromisoformat(str(row["first_day"])) > date.fromisoformat(str(row["last_day"]))


def test_row_that_breaks_a_check_is_found() -> None:
    spec, entity = period(field("first_day", DATE), field("last_day", DATE), checks=(IN_ORDER,))

    row = breaking(spec, entity, IN_ORDER)

    assert row is not None
    assert str(row["first_day"]) <= str(row["last_day"])


def test_check_that_reads_other_rows_is_left_alone() -> None:
    check = Check(
        name="paid",
        condition=compare(Member(of=of("parent", ROW), name="total", type=DATE), "==", of("total", DATE)),
        message="",
        fields=("total",),
    )
    spec, entity = period(field("total", DATE), checks=(check,))

    assert breaking(spec, entity, check) is None


def test_invalid_values_name_the_rule_that_they_break() -> None:
    spec, entity = period(field("label", Type(kind="text"), maximum=3), field("size", Type(kind="int")))

    label, size = (invalid(spec, entity, one) for one in entity.fields)

    assert [(one.value, one.reason) for one in label] == [
        (17, "of the wrong type"),
        (None, "null"),
        ("xxxx", "longer than 3"),
    ]
    assert [one.reason for one in size] == ["of the wrong type", "null"]


@pytest.mark.parametrize(("null", "expected"), [(False, False), (True, True)])
def test_comparison_with_null_comes_to_what_is_asked(null: bool, expected: bool) -> None:
    condition = compare(of("first_day", DATE), "<", of("last_day", DATE))

    assert (
        holds(condition, {"this": {"first_day": None, "last_day": date(2026, 1, 1)}}, null=null) is expected
    )


def test_null_can_be_tested_for() -> None:
    condition = compare(of("first_day", DATE), "==", Literal(value=None, type=None))

    assert evaluate(condition, {"this": {"first_day": None}}) is True
    assert evaluate(condition, {"this": {"first_day": date(2026, 1, 1)}}) is False


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        ("||", None, True, True),
        ("||", None, False, None),
        ("&&", None, False, False),
        ("&&", True, None, None),
    ],
)
def test_null_is_a_third_truth_value(
    operator: BinaryOperator, left: bool | None, right: bool | None, expected: bool | None
) -> None:
    condition = Binary(operator=operator, left=of("a", BOOL), right=of("b", BOOL), type=BOOL)

    assert evaluate(condition, {"this": {"a": left, "b": right}}) is expected


def test_texts_are_read_back_as_what_they_stand_for() -> None:
    assert parsed(Type(kind="money"), "10.00") == Decimal("10.00")
    assert parsed(DATE, "2026-01-15") == date(2026, 1, 15)


def test_samples_come_below_what_checks_compare_with(tmp_path: Path) -> None:
    file = tmp_path / "wires.yaml"
    file.write_text(
        "entities:\n  Wire:\n    fields: {ratio: 'decimal(8, 2)! min=0', count: int!}\n"
        "    check: {small: this.ratio < 10.5, few: this.count > 4000 && this.count < 4003}\n"
    )
    brief = read_brief(file)
    assert isinstance(brief, Brief)
    spec = compile_brief(brief)
    assert isinstance(spec, Spec)
    for row in rows(spec, spec.entity("Wire")):
        assert Decimal(str(row["ratio"])) < Decimal("10.5")
        assert row["count"] in {4001, 4002}
