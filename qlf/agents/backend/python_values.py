"""Conditions and values of the spec as Python, over rows in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qlf.agents.backend.names import quoted
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
)
from qlf.model.types import NUMERIC
from qlf.python_names import identifier, local, member

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.model.expression import Expression
    from qlf.model.spec import Spec
    from qlf.model.types import Type

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
COMPARISONS = frozenset(OPPOSITE)
_WORDS = {"&&": "and", "||": "or"}
_PRECEDENCE = {"||": 1, "&&": 2, "in": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_PRECEDENCE |= dict.fromkeys(COMPARISONS, 4)
_NOT, _UNARY, _ATOM = 3, 7, 9


@dataclass(frozen=True)
class Code:
    """A piece of Python and how tightly its outermost operator binds."""

    text: str
    precedence: int = _ATOM

    def within(self, precedence: int) -> str:
        """Return the text, in parentheses if its operator binds less tightly than `precedence`."""
        return f"({self.text})" if self.precedence < precedence else self.text


@dataclass(frozen=True)
class PythonValues:
    """A translator. `names` spells the roots (`this`, `viewer`, `input`, bindings) in Python.

    A comparison with a null is `null_holds`: false in conditions; true in checks, as in SQL, so that an
    optional value that is not given breaks no rule. `known` are values that are known not to be null here.
    """

    spec: Spec
    names: Mapping[str, str]
    null_holds: bool = False
    known: frozenset[str] = frozenset()

    def condition(self, expression: Expression) -> str:
        """Return a condition as a Python expression of type bool."""
        return self.code(expression).text

    def negation(self, expression: Expression) -> str:
        """Return the opposite of a condition, with its operators turned round where they can be."""
        return self._negated(expression).text

    def _negated(self, expression: Expression) -> Code:
        flipped = replace(self, null_holds=not self.null_holds)
        match expression:
            case Unary(operator="!"):
                return flipped.code(expression.operand)
            case Binary(operator="in"):
                return self._membership(expression, "not in")
            case Binary() if expression.operator in _WORDS:
                return self._chain(expression, negated=True)
            case Binary() if expression.operator in OPPOSITE:
                turned = expression.model_copy(update={"operator": OPPOSITE[expression.operator]})
                return flipped.code(turned)
            case _:
                return Code(f"not {self.code(expression).within(_NOT)}", _NOT)

    def value(self, expression: Expression) -> str:
        """Return a value as a Python expression."""
        return self.code(expression).text

    def code(self, expression: Expression) -> Code:
        """Return any expression, with its precedence."""
        match expression:
            case Literal():
                return Code(self.literal(expression))
            case Name(name="now"):
                return Code("now()")
            case Name(name="today"):
                return Code("today()")
            case Name():
                return Code(self.names[expression.name])
            case Member():
                return self._member(expression)
            case Unary(operator="!"):
                flipped = replace(self, null_holds=not self.null_holds)
                return Code(f"not {flipped.code(expression.operand).within(_NOT)}", _NOT)
            case Unary():
                return Code(f"-{self.code(expression.operand).within(_UNARY)}", _UNARY)
            case Binary():
                return self._binary(expression)
            case Conditional():
                return self._conditional(expression)
            case Items():
                return Code(f"{{{', '.join(self.code(item).text for item in expression.items)}}}")
            case Aggregate():
                return self._aggregate(expression)
            case Call():
                return self._call(expression)

    def literal(self, expression: Literal, like: Type | None = None) -> str:
        """Return a constant; `like` is the type of what it is compared with."""
        kind = expression.type or like
        if like is not None and like.kind == "enum":
            kind = like
        if expression.value is None:
            return "None"
        if kind is not None and kind.kind == "enum" and kind.enum:
            return f"{kind.enum}.{member(str(expression.value))}"
        if kind is not None and kind.kind in {"decimal", "money"}:
            return f"Decimal({quoted(str(expression.value))})"
        return quoted(expression.value)

    def _member(self, expression: Member) -> Code:
        if isinstance(expression.of, Name):
            known = self.names.get(f"{expression.of.name}.{expression.name}")
            if known:
                return Code(known)
        derived = self._derived(expression)
        if derived is not None:
            return derived
        of = self.code(expression.of)
        path = f"{of.within(_ATOM)}.{identifier(expression.name)}"
        null = isinstance(expression.of, Member) and nullable(self.spec, expression.of)
        if null and of.text not in self.known:
            return Code(f"{path} if {of.text} is not None else None", 0)
        return Code(path)

    def _derived(self, expression: Member) -> Code | None:
        """Return a derived value worked out on the spot: rows in memory may be read without it."""
        owner = expression.of.type
        if owner is None or owner.entity is None or owner.many:
            return None
        for one in self.spec.entity(owner.entity).derived:
            if one.name == expression.name:
                row = self.code(expression.of).within(_ATOM)
                return replace(self, names={**self.names, "this": row}).code(one.value)
        return None

    def _conditional(self, expression: Conditional) -> Code:
        test = self.code(expression.test).within(1)
        true, false = (self.known | self.not_null(expression.test, holds=holds) for holds in (True, False))
        then = replace(self, known=true).code(expression.then).within(1)
        otherwise = replace(self, known=false).code(expression.otherwise).within(1)
        return Code(f"{then} if {test} else {otherwise}", 0)

    def _binary(self, expression: Binary) -> Code:
        if expression.operator in COMPARISONS:
            return self._emptiness(expression) or self._comparison(expression)
        if expression.operator == "in":
            return self._membership(expression, "in")
        if expression.operator in _WORDS:
            return self._chain(expression)
        precedence = _PRECEDENCE[expression.operator]
        left, right = self.code(expression.left), self.code(expression.right)
        after = precedence + 1 if expression.operator in {"-", "/", "%"} else precedence
        whole = expression.operator == "/" and expression.type.kind == "int"
        operator = "//" if whole else expression.operator
        text = f"{left.within(precedence)} {operator} {right.within(after)}"
        return Code(text, precedence)

    def _chain(self, expression: Binary, *, negated: bool = False) -> Code:
        """Join conditions, or their opposites; each knows what those before it have settled about nulls."""
        holds = expression.operator == "&&"
        operator = {"&&": "||", "||": "&&"}[expression.operator] if negated else expression.operator
        translate, parts = self, []
        for part in flat(expression, expression.operator):
            code = translate._negated(part) if negated else translate.code(part)
            parts.append(code.within(_NOT))
            facts = translate.not_null(part, holds=holds)
            translate = replace(translate, known=translate.known | facts)
        return Code(f" {_WORDS[operator]} ".join(parts), _PRECEDENCE[operator])

    def not_null(self, expression: Expression, *, holds: bool) -> frozenset[str]:
        """Return the values that cannot be null once the condition is known to hold, or not to."""
        if not isinstance(expression, Binary):
            return frozenset()
        if expression.operator in _WORDS:
            if (expression.operator == "&&") is not holds:
                return frozenset()
            parts = flat(expression, expression.operator)
            return frozenset().union(*(self.not_null(part, holds=holds) for part in parts))
        if expression.operator not in COMPARISONS:
            return frozenset()
        if _tests_null(expression):
            side = expression.right if isinstance(expression.left, Literal) else expression.left
            if isinstance(side, Aggregate):
                return frozenset()  # nothing has its value yet
            shows = (expression.operator == "!=") is holds
            return frozenset({self.plain(side, None)}) if shows else frozenset()
        return frozenset(self._guards(expression)) if holds is not self.null_holds else frozenset()

    def _membership(self, expression: Binary, word: str) -> Code:
        guards = self.nulls(expression.left)
        left = self.knowing(guards).plain(expression.left, None)
        if isinstance(expression.right, Items):
            like = expression.left.type
            right = f"{{{', '.join(self._compared(item, like) for item in expression.right.items)}}}"
        else:
            right = self.code(expression.right).within(_PRECEDENCE["=="] + 1)
        opposite = word == "not in"
        if self.null_holds is False and left in guards and isinstance(expression.left, Member):
            guards.remove(left)  # no list has a null in it
        test = Code(f"{left} {word} {right}", _PRECEDENCE["in"])
        return self._guarded(guards, test, expression.left, opposite=opposite)

    def nulls(self, *operands: Expression) -> list[str]:
        """Return what can be null along the paths of operands."""
        parts = [part for operand in operands for part in members(operand) if nullable(self.spec, part)]
        return list(dict.fromkeys(self._settled(part) for part in parts))

    def _settled(self, part: Member | Aggregate) -> str:
        """Return how a test speaks of what can be null, once that is ruled out."""
        return found_extreme(part) if isinstance(part, Aggregate) else self.plain(part, None)

    def knowing(self, guards: list[str]) -> PythonValues:
        """Return the translator for where these values are not null."""
        return replace(self, known=self.known | frozenset(guards))

    def _guarded(self, guards: list[str], test: Code, *operands: Expression, opposite: bool = False) -> Code:
        """Return a test of operands, or the opposite of one, that a null settles before it is asked."""
        extremes = {
            found_extreme(part): self.code(part).text
            for operand in operands
            for part in members(operand)
            if isinstance(part, Aggregate)
        }
        asked = [
            f"({guard} := {extremes[guard]})" if guard in extremes else guard
            for guard in guards
            if guard not in self.known
        ]
        if not asked:
            return test
        if self.null_holds is not opposite:
            return Code(" or ".join([*(f"{guard} is None" for guard in asked), test.within(2)]), 1)
        return Code(" and ".join([*(f"{guard} is not None" for guard in asked), test.within(3)]), 2)

    def _emptiness(self, expression: Binary) -> Code | None:
        """Return a comparison of a count with 0 as Python asks it: whether the collection is empty."""
        counted, number = expression.left, expression.right
        if not (isinstance(counted, Aggregate) and counted.function == "count" and counted.body is None):
            return None
        if not isinstance(number, Literal) or number.value != 0:
            return None
        rows = self.code(counted.source)
        if expression.operator in {">", "!="}:
            return rows
        return Code(f"not {rows.text}", _NOT) if expression.operator in {"==", "<="} else None

    def _comparison(self, expression: Binary) -> Code:
        guards = self._guards(expression)
        known = self.knowing(guards)
        left = known.plain(expression.left, expression.right.type)
        right = known.plain(expression.right, expression.left.type)
        operator: str = expression.operator
        if "None" in {left, right}:
            operator = "is" if operator == "==" else "is not"
        test = Code(f"{left} {operator} {right}", _PRECEDENCE["=="])
        if constant := {"True", "False"} & {left, right}:
            test = self._truth(expression, left if right in constant else right, constant == {"True"})
        return self._guarded(guards, test, expression.left, expression.right)

    def _truth(self, expression: Binary, operand: str, wanted: bool) -> Code:
        """Return a comparison with a constant truth, which a null is not."""
        equal = expression.operator == "=="
        if self.nulls(expression.left, expression.right):
            return Code(f"{operand} is {'' if equal else 'not '}{wanted}", _PRECEDENCE["=="])
        return Code(operand) if wanted is equal else Code(f"not {operand}", _NOT)

    def plain(self, expression: Expression, like: Type | None) -> str:
        """Return an operand of a comparison whose nulls are already ruled out."""
        if (
            isinstance(expression, Member)
            and isinstance(expression.of, Member)
            and self._derived(expression) is None
        ):
            return f"{self.plain(expression.of, None)}.{identifier(expression.name)}"
        return self._compared(expression, like)

    def _compared(self, expression: Expression, like: Type | None) -> str:
        if isinstance(expression, Literal):
            return self.literal(expression, like)
        return self.code(expression).within(_PRECEDENCE["+"])

    def _guards(self, expression: Binary) -> list[str]:
        """Return what must not be null for the comparison to mean something."""
        found: list[str] = []
        tests_null = _tests_null(expression)
        equal = expression.operator == "==" and not self.null_holds
        for side in (expression.left, expression.right):
            for part in members(side):
                leaf_of_test = part is side and (tests_null or equal)
                if nullable(self.spec, part) and not leaf_of_test:
                    text = self._settled(part)
                    if text not in found:
                        found.append(text)
        return found

    def _aggregate(self, expression: Aggregate) -> Code:
        if expression.function in EXTREMES and found_extreme(expression) in self.known:
            return Code(found_extreme(expression))
        source = self.code(expression.source).within(_ATOM)
        if expression.body is None:
            return Code(f"len({source})")
        row = local(expression.binding)
        inner = replace(self, names={**self.names, expression.binding: row})
        if expression.function in {"exists", "all"}:
            test = "any" if expression.function == "exists" else "all"
            return Code(f"{test}({inner.code(expression.body).text} for {row} in {source})")
        guards = inner.nulls(expression.body)
        rows = f"{inner.knowing(guards).code(expression.body).text} for {row} in {source}"
        if guards:
            rows += f" if {' and '.join(f'{guard} is not None' for guard in guards)}"
        match expression.function:
            case "sum" if expression.type.kind in NUMERIC and expression.type.kind != "int":
                return Code(f"sum(({rows}), Decimal(0))")
            case "sum":
                return Code(f"sum({rows})")
            case _:
                return Code(f"{expression.function}(({rows}), default=None)")

    def _call(self, expression: Call) -> Code:
        tests = expression.function in {"startsWith", "endsWith", "contains"}
        guards = self.nulls(*expression.arguments) if tests else []
        translate = self.knowing(guards)
        return self._guarded(guards, translate.called(expression), *expression.arguments)

    def called(self, expression: Call) -> Code:
        """Return a function's call, with arguments that are not null."""
        first, *rest = (self.code(argument) for argument in expression.arguments)
        match expression.function:
            case "size":
                return Code(f"len({first.text})")
            case "lower" | "upper":
                return Code(f"{first.within(_ATOM)}.{expression.function}()")
            case "startsWith" | "endsWith":
                return Code(f"{first.within(_ATOM)}.{expression.function.lower()}({rest[0].text})")
            case "contains":
                return Code(f"{rest[0].within(5)} in {first.within(5)}", 4)
            case "days" | "hours":
                return Code(f"timedelta({expression.function}={first.text})")


def flat(expression: Expression, operator: str) -> list[Expression]:
    """Return the parts of a chain of one operator."""
    if isinstance(expression, Binary) and expression.operator == operator:
        return [*flat(expression.left, operator), *flat(expression.right, operator)]
    return [expression]


EXTREMES = frozenset({"min", "max"})


def found_extreme(expression: Aggregate) -> str:
    """Return the variable that holds the least or the greatest of some rows, null if there are none."""
    word = "lowest" if expression.function == "min" else "highest"
    path = [part.name for part in (*_path(expression.source), *_path(expression.body))]
    return "_".join([word, *path])


def _path(expression: Expression | None) -> list[Member]:
    return [part for part in members(expression) if isinstance(part, Member)] if expression else []


def members(expression: Expression) -> list[Member | Aggregate]:
    """Return what can be null in one operand: the members along its path from the root, extremes."""
    if isinstance(expression, Aggregate):
        return [expression] if expression.function in EXTREMES else []
    if not isinstance(expression, Member):
        if isinstance(expression, Binary):
            return [*members(expression.left), *members(expression.right)]
        if isinstance(expression, Unary):
            return members(expression.operand)
        if isinstance(expression, Call):
            return [part for argument in expression.arguments for part in members(argument)]
        return []
    return [*members(expression.of), expression]


def _tests_null(expression: Binary) -> bool:
    return any(
        isinstance(side, Literal) and side.value is None for side in (expression.left, expression.right)
    )


def nullable(spec: Spec, expression: Member | Aggregate) -> bool:
    """Tell whether a member of a row, or the extreme of rows, can be null."""
    if isinstance(expression, Aggregate):
        return expression.function in EXTREMES
    owner = expression.of.type
    if owner is None or owner.kind != "reference" or owner.entity is None:
        return False
    for field in spec.entity(owner.entity).fields:
        if field.name == expression.name:
            return not field.required
    return False
