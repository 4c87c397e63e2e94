"""A syntax tree to a typed expression: every name known, every operator between what it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from qlf.cel.aggregates import AGGREGATES, MACROS, aggregate, macro
from qlf.cel.calls import CALLS, METHODS, call
from qlf.cel.grammar import inner, parse, place, token_of
from qlf.cel.literals import decimal_of, int_of, text_of
from qlf.cel.nearest import nearest
from qlf.cel.operators import arithmetic, comparison, membership, negated
from qlf.cel.typing import BOOL, DECIMAL, INT, TEXT, assignable, described, is_number, united
from qlf.errors import Problem
from qlf.model.expression import Binary, Conditional, Items, Literal, Member, Name, Unary

if TYPE_CHECKING:
    from lark import Token, Tree

    from qlf.cel.scope import Scope
    from qlf.model.brief import Text
    from qlf.model.expression import BinaryOperator, Expression
    from qlf.model.types import Type

_OPERATORS = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
}
_REFUSED = {
    "member_index": ("there are no indexes here", "use count, exists or all"),
    "member_object": ("there are no objects here", "remove the braces"),
    "map_lit": ("there are no maps here", "remove the braces"),
    "dot_ident": ("a name cannot begin with a point", "remove the point"),
    "dot_ident_arg": ("a name cannot begin with a point", "remove the point"),
    "list_lit": ("a list can only stand after `in`", "write x in [a, b]"),
}


def value(text: Text, scope: Scope, wanted: Type | None = None) -> Expression | list[Problem]:
    """Return the typed expression of a CEL text.

    Args:
        text: The expression and where it stands.
        scope: What its names mean.
        wanted: The type of what the value is for, if there is one; constants take it on, and null fits.

    Returns:
        The expression, or what is wrong with it, each with its line and column in the brief (nothing, if
        it reads what is broken).
    """
    tree = parse(text)
    if isinstance(tree, Problem):
        return [tree]
    checker = Checker(text)
    found = checker.expression(tree, scope, wanted)
    if (
        found is not None
        and wanted is not None
        and found.type is not None
        and not assignable(found.type, wanted)
    ):
        checker.refuse(
            tree,
            f"this is {described(found.type)}, where {described(wanted)} is needed",
            _advice(found.type, wanted),
        )
    return checker.problems if found is None or checker.problems else found


def _advice(given: Type, wanted: Type) -> str:
    match wanted.kind:
        case "bool":
            return "compare it with something"
        case "int" if is_number(given):
            return "whole numbers come of whole numbers"
        case "enum":
            return "write one of its values, in quotes"
        case _:
            return f"write {described(wanted)}"


def condition(text: Text, scope: Scope) -> Expression | list[Problem]:
    """Return the typed expression of a CEL text that must be true or false."""
    found = value(text, scope, BOOL)
    if isinstance(found, Literal) and found.value is None:
        return [place(text, 1, 1, "null is no condition", "write what must hold")]
    return found


class Checker:
    """Types one expression. Methods return None where they have noted a problem."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self.problems: list[Problem] = []

    def refuse(self, at: Tree[Any] | Token, what: str, advice: str) -> None:
        """Note what is wrong at a part of the expression."""
        meta = at.meta if hasattr(at, "meta") else at
        problem = place(self._text, meta.line or 1, meta.column or 1, what, advice)
        if problem not in self.problems:
            self.problems.append(problem)

    def source(self, tree: Tree[Any]) -> str:
        """Return a part of the expression as it was written."""
        return self._text.text[tree.meta.start_pos : tree.meta.end_pos]

    def expression(self, tree: Tree[Any], scope: Scope, wanted: Type | None = None) -> Expression | None:
        """Return any expression, typed; constants become `wanted` if they can."""
        tree = inner(tree)
        match tree.data:
            case "literal":
                return self._literal(tree, scope, wanted)
            case "ident":
                return self._name(token_of(tree, 0), scope)
            case "member_dot":
                return self._member(tree, scope)
            case "ident_arg" | "member_dot_arg":
                return self._called(tree, scope)
            case "unary":
                return self._unary(tree, scope, wanted)
            case "conditionalor" | "conditionaland":
                return self._logic(tree, scope)
            case "relation" | "addition" | "multiplication":
                return self._binary(tree, scope, wanted)
            case "expr":
                return self._conditional(tree, scope, wanted)
            case _:
                self.refuse(tree, *_REFUSED[tree.data])
                return None

    def truth(self, tree: Tree[Any], scope: Scope) -> Expression | None:
        """Return an expression that must be true or false."""
        found = self.expression(tree, scope, BOOL)
        if found is not None and (found.type is None or found.type.kind != "bool"):
            what = f"{self.source(tree)} is {described(found.type)}, not true or false"
            self.refuse(tree, what, "compare it with something")
            return None
        return found

    def member(self, of: Expression, token: Token, tree: Tree[Any], scope: Scope) -> Expression | None:
        """Return the member of a row."""
        kind = of.type
        if kind is None or kind.kind != "reference" or kind.entity is None:
            self.refuse(token, f"{described(kind)} has no {token}", "only rows have members")
            return None
        if kind.many:
            what = f"{self.source(tree)} are many rows, and .{token} is of one"
            self.refuse(token, what, "use count, sum, min, max, exists or all")
            return None
        if (kind.entity, str(token)) in scope.catalogue.broken:
            return None
        members = scope.catalogue.entities[kind.entity]
        if str(token) not in members:
            self.refuse(token, f"{kind.entity} has no {token}", nearest(str(token), members))
            return None
        return Member(of=of, name=str(token), type=members[str(token)])

    def _name(self, token: Token, scope: Scope) -> Expression | None:
        name = str(token)
        if name in scope.names:
            return Name(name=name, type=scope.names[name])
        if name == "input" and scope.inputs is not None:
            self.refuse(token, "input is no value by itself", "name a member of it, input.NAME")
        else:
            advice = scope.advice.get(name) or nearest(name, scope.known())
            self.refuse(token, f"there is nothing called {name} here", advice)
        return None

    def _member(self, tree: Tree[Any], scope: Scope) -> Expression | None:
        base, token = inner(tree.children[0]), token_of(tree, 1)
        if base.data == "ident" and base.children[0] == "input" and scope.inputs is not None:
            kind = scope.inputs.get(str(token))
            if kind is None:
                self.refuse(token, f"the input has no {token}", nearest(str(token), scope.inputs))
                return None
            return Member(of=Name(name="input", type=None), name=str(token), type=kind)
        of = self.expression(base, scope)
        return None if of is None else self.member(of, token, base, scope)

    def _called(self, tree: Tree[Any], scope: Scope) -> Expression | None:
        method = tree.data == "member_dot_arg"
        token = token_of(tree, 1 if method else 0)
        listed = tree.children[2 if method else 1 :]
        arguments = list(listed[0].children) if listed else []
        name = str(token)
        if method and name in MACROS:
            return macro(self, tree.children[0], token, arguments, scope)
        if method and name in METHODS:
            return call(self, token, [tree.children[0], *arguments], scope)
        if not method and name in AGGREGATES:
            return aggregate(self, token, arguments, scope)
        if not method and name in CALLS:
            return call(self, token, arguments, scope)
        if name in {*METHODS, *MACROS, *AGGREGATES, *CALLS}:
            shown = f"{self.source(tree.children[0])}" if method else "x"
            right = f"{name}({shown})" if method else f"{shown}.{name}(...)"
            self.refuse(token, f"{name} is not written like this", f"write {right}")
        else:
            known = [*MACROS, *METHODS] if method else [*AGGREGATES, *CALLS]
            self.refuse(token, f"there is no function {name}", nearest(name, known))
        return None

    def _unary(self, tree: Tree[Any], scope: Scope, wanted: Type | None) -> Expression | None:
        if tree.children[0].data == "unary_not":
            operand = self.truth(tree.children[1], scope)
            return operand and Unary(operator="!", operand=operand, type=BOOL)
        operand = self.expression(tree.children[1], scope, wanted)
        if operand is None:
            return None
        if operand.type is None or not (is_number(operand.type) or operand.type.kind == "duration"):
            what = f"{self.source(tree.children[1])} is {described(operand.type)} and has no minus"
            self.refuse(tree, what, "use a number")
            return None
        return negated(operand)

    def _logic(self, tree: Tree[Any], scope: Scope) -> Expression | None:
        left, right = (self.truth(child, scope) for child in tree.children)
        if left is None or right is None:
            return None
        operator: BinaryOperator = "||" if tree.data == "conditionalor" else "&&"
        return Binary(operator=operator, left=left, right=right, type=BOOL)

    def _binary(self, tree: Tree[Any], scope: Scope, wanted: Type | None) -> Expression | None:
        operator = cast("BinaryOperator", _OPERATORS[tree.children[0].data])
        left_tree, right_tree = tree.children[0].children[0], tree.children[1]
        if operator == "in":
            return self._membership(left_tree, right_tree, scope)
        shared = operator not in {"*", "/", "%"}
        compares = tree.data == "relation"
        hint = None if compares or not is_number(wanted) or not shared else wanted
        left = self.expression(left_tree, scope, hint)
        right = self.expression(right_tree, scope, left.type if left and shared else None)
        if isinstance(left, Literal | Conditional) and right is not None and shared:
            left = self.expression(left_tree, scope, right.type)
        if left is None or right is None:
            return None
        found = (comparison if compares else arithmetic)(operator, left, right)
        if isinstance(found, tuple):
            self.refuse(tree, *found)
            return None
        return found

    def _membership(self, left: Tree[Any], right: Tree[Any], scope: Scope) -> Expression | None:
        one = self.expression(left, scope)
        right = inner(right)
        if right.data == "list_lit":
            trees = right.children[0].children if right.children else []
            found = [self.expression(item, scope, one.type if one else None) for item in trees]
            items = tuple(item for item in found if item is not None)
            if one is None or len(items) < len(found):
                return None
            many: Expression | None = Items(items=items, type=one.type)
        else:
            many = self.expression(right, scope)
        if one is None or many is None:
            return None
        test = membership(one, many)
        if isinstance(test, tuple):
            self.refuse(right, *test)
            return None
        return test

    def _conditional(self, tree: Tree[Any], scope: Scope, wanted: Type | None) -> Expression | None:
        test = self.truth(tree.children[0], scope)
        then = self.expression(tree.children[1], scope, wanted)
        otherwise = self.expression(tree.children[2], scope, wanted or (then.type if then else None))
        if wanted is None and isinstance(then, Literal) and otherwise is not None:
            then = self.expression(tree.children[1], scope, otherwise.type)
        if test is None or then is None or otherwise is None:
            return None
        kind = united(then.type, otherwise.type)
        if kind is None:
            what = f"this is {described(then.type)} or {described(otherwise.type)}"
            self.refuse(tree, what, "both must be of one type")
            return None
        return Conditional(test=test, then=then, otherwise=otherwise, type=kind[0])

    def _literal(self, tree: Tree[Any], scope: Scope, wanted: Type | None) -> Expression | None:
        token = token_of(tree, 0)
        match token.type:
            case "NULL_LIT":
                return Literal(value=None, type=None)
            case "BOOL_LIT":
                return Literal(value=str(token) == "true", type=BOOL)
            case "INT_LIT" | "FLOAT_LIT":
                return self._number(token, wanted)
            case "STRING_LIT" | "MLSTRING_LIT":
                return self._string(token, scope, wanted)
            case _:
                self.refuse(token, f"{token} has no meaning here", "write a number or a text")
                return None

    def _number(self, token: Token, wanted: Type | None) -> Expression | None:
        exact = wanted if wanted is not None and wanted.kind in {"decimal", "money"} else None
        number = int_of(str(token)) if token.type == "INT_LIT" else decimal_of(str(token))
        if number is None:
            self.refuse(token, f"{str(token)[:24]} is too long a number", "use fewer digits")
            return None
        if exact is None and isinstance(number, int):
            return Literal(value=number, type=INT)
        return Literal(value=str(number), type=exact or DECIMAL)

    def _string(self, token: Token, scope: Scope, wanted: Type | None) -> Expression | None:
        text = text_of(str(token))
        if text is None:
            self.refuse(token, "the text has an escape that CEL does not know", "write \\\\ for a backslash")
            return None
        if wanted is None or wanted.kind != "enum":
            return Literal(value=text, type=TEXT)
        values = scope.catalogue.enums.get(wanted.enum or "", ())
        if text not in values:
            self.refuse(token, f"{text!r} is not one of the values", nearest(text, values))
            return None
        return Literal(value=text, type=wanted)
