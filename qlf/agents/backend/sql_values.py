"""Conditions and values of the spec as SQLAlchemy expressions, worked out by the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qlf.agents.backend.names import quoted
from qlf.agents.backend.python_values import COMPARISONS, PythonValues, flat
from qlf.model.expression import (
    Aggregate,
    Binary,
    Call,
    Conditional,
    Items,
    Literal,
    Member,
    Name,
    Unary,
    walk,
)
from qlf.model.types import NUMERIC
from qlf.python_names import identifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.model.expression import Expression
    from qlf.model.spec import Entity, Spec

_SWAPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class SqlValues:
    """A translator. `models` maps the roots that are rows of the statement to their models' names.

    Everything else (the viewer, the input, the time) is worked out in Python and bound.
    """

    spec: Spec
    models: Mapping[str, str]
    names: Mapping[str, str]

    def condition(self, expression: Expression) -> str:
        """Return a condition as an expression of type `ColumnElement[bool]`."""
        if not self._in_rows(expression):
            return f"literal({self._python().condition(expression)})"
        match expression:
            case Unary(operator="!"):
                return f"~{self._grouped(expression.operand)}"
            case Binary(operator="&&"):
                return f"and_({', '.join(self.condition(part) for part in flat(expression, '&&'))})"
            case Binary(operator="||"):
                return f"or_({', '.join(self.condition(part) for part in flat(expression, '||'))})"
            case Binary(operator="in"):
                return self._membership(expression)
            case Binary() if expression.operator in COMPARISONS:
                return self._comparison(expression)
            case _:
                return self.value(expression)

    def value(self, expression: Expression) -> str:
        """Return a value as a column expression, or as Python where no row takes part."""
        if not self._in_rows(expression):
            return self._bound(expression)
        match expression:
            case Name():
                return f"{self.models[expression.name]}.id"
            case Member():
                return self._member(expression)
            case Unary(operator="-"):
                return f"-{self.value(expression.operand)}"
            case Binary() if expression.operator in {"+", "-", "*", "/", "%"}:
                left, right = self.value(expression.left), self.value(expression.right)
                whole = expression.operator == "/" and expression.type.kind == "int"
                return f"({left} {'//' if whole else expression.operator} {right})"
            case Conditional():
                then, otherwise = self.value(expression.then), self.value(expression.otherwise)
                return f"case(({self.condition(expression.test)}, {then}), else_={otherwise})"
            case Aggregate():
                return self._aggregate(expression)
            case Call():
                return self._call(expression)
            case _:
                return self.condition(expression)

    def _grouped(self, expression: Expression) -> str:
        text = self.condition(expression)
        plain = isinstance(expression, Binary) and expression.operator in COMPARISONS
        return f"({text})" if plain and not text.endswith(")") else text

    def _in_rows(self, expression: Expression) -> bool:
        return any(name in self.models for name in roots(expression))

    def _python(self) -> PythonValues:
        return PythonValues(self.spec, self.names)

    def _bound(self, expression: Expression) -> str:
        """Return a value that is known before the statement runs; rows stand for their keys."""
        text = self._python().value(expression)
        is_row = expression.type is not None and expression.type.kind == "reference"
        if isinstance(expression, Literal) or not is_row:
            return text
        return f"{text}.id" if isinstance(expression, Name) else f"{text}_id"

    def _membership(self, expression: Binary) -> str:
        if isinstance(expression.right, Items):
            like = expression.left.type
            items = [
                self._python().literal(item, like) if isinstance(item, Literal) else self.value(item)
                for item in expression.right.items
            ]
            return f"{self.value(expression.left)}.in_([{', '.join(items)}])"
        relation = expression.right
        if not self._in_rows(relation):
            rows = self._python().value(relation)
            return f"{self.value(expression.left)}.in_([row.id for row in {rows}])"
        if isinstance(relation, Member) and relation.type.entity:
            inner = f"{relation.type.entity}.id == {self.value(expression.left)}"
            return self._along(
                relation.of, f"{self._class_of(relation.of)}.{identifier(relation.name)}.any({inner})"
            )
        message = "membership is tested in a list or in a relation"
        raise ValueError(message)

    def _comparison(self, expression: Binary) -> str:
        left, right, operator = expression.left, expression.right, expression.operator
        if not self._in_rows(left):
            left, right = right, left
            operator = _SWAPPED[operator]  # type: ignore[assignment]
        left, right = self._without_durations(left, right)
        if isinstance(right, Literal) and right.value is None:
            test = "is_(None)" if operator == "==" else "is_not(None)"
            return f"{self.value(left)}.{test}"
        if isinstance(right, Literal) and isinstance(right.value, bool):
            test = f".is_({right.value is (operator == '==')})"
        elif isinstance(right, Literal):
            test = f" {operator} {self._python().literal(right, left.type)}"
        else:
            test = f" {operator} {self.value(right)}"
        if (
            isinstance(left, Member)
            and isinstance(left.of, Member)
            and self._derived(left) is None
            and not self._in_rows(right)
        ):
            own = f"{left.of.type.entity}.{self._leaf(left)}"
            return self._along(left.of, f"{own}{test}")
        return f"{self.value(left)}{test}"

    def _without_durations(self, left: Expression, right: Expression) -> tuple[Expression, Expression]:
        """Move a duration that is added to a column to the other side, where Python adds it."""
        while (
            isinstance(left, Binary)
            and left.operator in {"+", "-"}
            and left.right.type is not None
            and left.right.type.kind == "duration"
            and not self._in_rows(left.right)
            and not self._in_rows(right)
        ):
            opposite = "-" if left.operator == "+" else "+"
            right = Binary(operator=opposite, left=right, right=left.right, type=left.type)
            left = left.left
        return left, right

    def _leaf(self, expression: Member) -> str:
        """Return the column that a member of a row is kept in."""
        if expression.type.kind == "reference" and not expression.type.many:
            return f"{expression.name}_id"
        return identifier(expression.name)

    def _class_of(self, expression: Expression) -> str:
        if isinstance(expression, Name):
            return self.models[expression.name]
        return str(expression.type.entity if expression.type else "")

    def _along(self, path: Expression, condition: str) -> str:
        """Wrap a condition on the row at the end of a path of references into one on its start."""
        while isinstance(path, Member):
            condition = f"{self._class_of(path.of)}.{identifier(path.name)}.has({condition})"
            path = path.of
        return condition

    def _member(self, expression: Member) -> str:
        derived = self._derived(expression)
        if derived is not None:
            return derived
        leaf = self._leaf(expression)
        if isinstance(expression.of, Name):
            return f"{self._class_of(expression.of)}.{leaf}"
        of = expression.of
        target = str(of.type.entity if of.type else "")
        return f"select({target}.{leaf}).where({target}.id == {self.value(of)}).scalar_subquery()"

    def _derived(self, expression: Member) -> str | None:
        """Return a derived value in full: it is no column."""
        entity = self._entity(expression.of)
        value = next((one.value for one in entity.derived if one.name == expression.name), None)
        if value is None:
            return None
        text = replace(self, models={**self.models, "this": entity.name}).value(value)
        if isinstance(expression.of, Name):
            return text
        where = f"{entity.name}.id == {self.value(expression.of)}"
        return f"select({text}).where({where}).scalar_subquery()"

    def _aggregate(self, expression: Aggregate) -> str:
        source = expression.source
        if not isinstance(source, Member) or source.type.entity is None:
            message = "only relations of rows can be added up"
            raise ValueError(message)
        target = source.type.entity
        outer = self._class_of(source.of)
        inner = replace(self, models={**self.models, expression.binding: target})
        if expression.function in {"exists", "all"} and expression.body is not None:
            body = inner.condition(expression.body)
            relation = f"{outer}.{identifier(source.name)}"
            found = (
                f"{relation}.any({body})"
                if expression.function == "exists"
                else f"~{relation}.any(~({body}))"
            )
            return self._along(source.of, found)
        value = (
            "func.count()"
            if expression.body is None
            else f"func.{expression.function}({_bare(inner.value(expression.body))})"
        )
        if expression.function == "sum":
            zero = "Decimal(0)" if expression.type.kind in NUMERIC - {"int"} else "0"
            value = f"func.coalesce({value}, {zero})"
        rows, where = self._joined(source, counting=expression.body is None)
        return f"select({value}).select_from({rows}).where({where}).correlate({outer}).scalar_subquery()"

    def _joined(self, source: Member, *, counting: bool) -> tuple[str, str]:
        """Return what to select from and the condition that joins it to the outer row."""
        entity = self._entity(source.of)
        relation = next(relation for relation in entity.relations if relation.name == source.name)
        key = self.value(source.of) if isinstance(source.of, Member) else f"{self._class_of(source.of)}.id"
        if relation.kind == "one-to-many":
            return relation.entity, f"{relation.entity}.{relation.via}_id == {key}"
        here = f"{relation.table}.c.{relation.here} == {key}"
        if counting:
            return str(relation.table), here
        return relation.entity, f"{relation.entity}.id == {relation.table}.c.{relation.there}, {here}"

    def _entity(self, expression: Expression) -> Entity:
        return self.spec.entity(str(expression.type.entity if expression.type else ""))

    def _call(self, expression: Call) -> str:
        first, *rest = (self.value(argument) for argument in expression.arguments)
        match expression.function:
            case "size":
                return f"func.length({first})"
            case "lower" | "upper":
                return f"func.{expression.function}({first})"
            case "startsWith" | "endsWith" | "contains":
                return f"{first}.{expression.function.lower()}({rest[0]}, autoescape=True)"
            case _:
                message = f"{quoted(expression.function)} of a column has no common form in SQL"
                raise ValueError(message)


def _bare(text: str) -> str:
    """Return an expression without the parentheses around the whole of it."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return text[1:-1] if place and place == len(text) - 1 and text[0] == "(" else text
    return text


def roots(expression: Expression) -> set[str]:
    """Return the names that an expression starts from, bindings of its own folds among them."""
    return {part.name for part in walk(expression) if isinstance(part, Name)}
