"""Operations: effects in one transaction, as the statements of one function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.agents.backend.columns import default_value, module
from qlf.agents.backend.names import called, docstring, quoted, sentence, variable
from qlf.agents.backend.python_values import PythonValues
from qlf.agents.backend.sql_values import SqlValues, roots
from qlf.model.expression import Literal, Member, Name
from qlf.python_names import identifier, local, snake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.model.expression import Expression
    from qlf.model.spec import Check, Effect, Entity, Field, Operation, Spec

INDENT = "    "


@dataclass(frozen=True)
class OperationView:
    """What the template of an operation's module shows."""

    function: str
    label: str
    docstring: str
    parameters: tuple[str, ...]
    body: tuple[str, ...]
    result: str
    input: str | None
    rules: tuple[tuple[str, str], ...]


def settles(entity: Entity) -> bool:
    """Tell whether rows of the entity have rules to keep when they are written."""
    return bool(entity.checks) or any(one.computed is not None for one in entity.fields)


def transition_function(entity: Entity, name: str) -> str:
    """Return the name of the function that makes a transition."""
    beside = {"compute", "settle"}
    return name if name in beside and not settles(entity) else local(name)


def guard_asks_viewer(entity: Entity, transition: str) -> bool:
    """Tell whether the guard of a transition depends on who makes it."""
    return any(
        one.name == transition and one.guard is not None and "viewer" in roots(one.guard)
        for machine in entity.states
        for one in machine.transitions
    )


def started(entity: Entity) -> list[Field]:
    """Return the fields that hold a constant from the start unless something else is said."""
    return [
        one
        for one in entity.fields
        if one.default is not None and one.default not in {"now", "today", "viewer"} and not one.system
    ]


def input_variable(own: Entity | None, name: str) -> str:
    """Return the variable that holds a row that an operation is given; never that of its own row."""
    name = local(name)
    return f"given_{name}" if own is not None and name == variable(own) else name


def rules_alias(entity: Entity) -> str:
    """Return what an operation calls the rules of an entity."""
    return f"{snake(entity.name)}_rules"


def owner_of(entity: Entity) -> str | None:
    """Return the attribute that holds the owner of a row."""
    return identifier(entity.owner) if entity.owner else None


def refusal(check: Check, translate: PythonValues) -> list[str]:
    """Return the statements that refuse with 409 unless a condition holds."""
    return _refuse(translate.negation(check.condition), check.name, check.message)


def _refuse(test: str, name: str, message: str) -> list[str]:
    kind = quoted(name.replace("_", "-"))
    return [f"if {test}:", f"{INDENT}raise conflict({kind}, {quoted(sentence(message))})"]


def view(spec: Spec, operation: Operation) -> OperationView:
    """Return an operation as a function over rows that are already found and locked."""
    writer = _Writer(spec, _names(spec, operation))
    parameters: list[str] = []
    if operation.entity:
        own = spec.entity(operation.entity)
        parameters.append(f"{variable(own)}: {own.name}")
        writer.bound["this"] = own.name
    body: list[str] = []
    for guard in operation.guards:
        body += refusal(guard, writer.translate)
    for effect in operation.effects:
        body += writer.effect(effect)
    parameters += [
        f"{writer.names[f'input.{one.name}']}: {one.type.entity}{'' if one.required else ' | None'}"
        for one in operation.inputs
        if one.type.kind == "reference"
    ]
    uses = {name for expression in _expressions(operation) for name in roots(expression)}
    if "viewer" in uses or writer.uses_viewer:
        parameters.append(f"viewer: {spec.auth.entity if spec.auth else ''}")
    if any("body." in line for line in body):
        parameters.append("body: " + _input_name(spec, operation))
    if operation.result:
        body.append(f"return {writer.names[operation.result]}")
    if any("session" in line for line in body):
        parameters.insert(0, "session: Session")
    return OperationView(
        function=f"run_{operation.name}",
        label=operation.label,
        docstring=docstring(operation.label, operation.description),
        parameters=tuple(parameters),
        body=tuple(body),
        result=str(operation.result_entity) if operation.result else "None",
        input=_input_name(spec, operation) if operation.inputs else None,
        rules=tuple(sorted(writer.rules)),
    )


def _input_name(spec: Spec, operation: Operation) -> str:
    routes = spec.api.routes if spec.api else ()
    return next(str(one.body) for one in routes if one.kind == "operation" and one.action == operation.name)


def _names(spec: Spec, operation: Operation) -> dict[str, str]:
    names = {"viewer": "viewer", "input": "body"}
    own = spec.entity(operation.entity) if operation.entity else None
    if own:
        names["this"] = variable(own)
        names.setdefault(called(own), names["this"])
    for one in operation.inputs:
        if one.type.kind == "reference":
            names[f"input.{one.name}"] = input_variable(own, one.name)
    return names


def _expressions(operation: Operation) -> list[Expression]:
    found = [guard.condition for guard in operation.guards]
    waiting: list[Effect] = list(operation.effects)
    while waiting:
        effect = waiting.pop()
        found += [one for one in (effect.row, effect.by, effect.condition) if one is not None]
        found += [value for _, value in effect.values]
        waiting += effect.steps
    return found


@dataclass
class _Writer:
    """Writes effects as statements, and remembers what they need."""

    spec: Spec
    names: dict[str, str]
    bound: dict[str, str] = field(default_factory=dict)
    rules: set[tuple[str, str]] = field(default_factory=set)
    uses_viewer: bool = False

    @property
    def translate(self) -> PythonValues:
        return PythonValues(self.spec, self.names)

    def effect(self, effect: Effect) -> list[str]:
        """Return the statements of one effect."""
        match effect.kind:
            case "require":
                return _refuse(
                    self.translate.negation(_given(effect.condition)),
                    effect.binding or "requirement-failed",
                    effect.message or effect.binding.replace("_", " "),
                )
            case "find":
                return self._find(effect)
            case "each":
                return self._each(effect)
            case "create":
                return self._create(effect)
            case "update":
                return self._update(effect)
            case "delete":
                return self._delete(effect)
            case "move":
                return self._move(effect)
            case "adjust":
                return self._adjust(effect)

    def _bind(self, name: str, entity: str) -> str:
        self.bound[name] = entity
        self.names[name] = local(name)
        return self.names[name]

    def _unused(self, entity: Entity) -> str:
        """Return a variable for a row that nothing else names."""
        name = variable(entity)
        return f"other_{name}" if name in self.names.values() else name

    def _find(self, effect: Effect) -> list[str]:
        entity = str(effect.entity)
        names = {name: text for name, text in self.names.items() if name != "this"}
        condition = SqlValues(self.spec, {"this": entity}, names).condition(_given(effect.condition))
        name = self._bind(effect.binding, entity)
        statement = f"select({entity}).where({condition}).limit(1).with_for_update()"
        return [f"{name} = find(session, {statement})"]

    def _each(self, effect: Effect) -> list[str]:
        rows = _given(effect.row)
        entity = str(rows.type.entity) if rows.type else ""
        collection = self.translate.value(rows)
        name = self._bind(effect.binding, entity)
        steps = [*self._locks(effect), *(line for step in effect.steps for line in self.effect(step))]
        return [f"for {name} in {collection}:", *indented(steps)]

    def _locks(self, effect: Effect) -> list[str]:
        """Lock the rows whose numbers this round adjusts, before anything about them is asked."""
        paths: list[str] = []
        for step in effect.steps:
            row = step.row
            if step.kind == "adjust" and isinstance(row, Member) and isinstance(row.of, Member | Name):
                path = self.translate.value(row.of if _is_number(row) else row)
                if path not in paths:
                    paths.append(path)
        return [f"session.refresh({path}, with_for_update=True)" for path in paths if "." in path]

    def _create(self, effect: Effect) -> list[str]:
        entity = self.spec.entity(str(effect.entity))
        arguments = [
            f"{identifier(name)}={self._assigned(entity, name, value)}" for name, value in effect.values
        ]
        given = {name for name, _ in effect.values}
        if settles(entity):
            arguments += [
                f"{identifier(one.name)}={default_value(one)}"
                for one in started(entity)
                if one.name not in given
            ]
        owner = owner_of(entity)
        if owner and owner not in {identifier(name) for name, _ in effect.values}:
            self.uses_viewer = True
            arguments.append(f"{owner}=viewer")
        if not effect.binding and not settles(entity):
            return [f"session.add({entity.name}({', '.join(arguments)}))"]
        name = self._bind(effect.binding, entity.name) if effect.binding else self._unused(entity)
        made = f"{name} = {entity.name}({', '.join(arguments)})"
        return [made, *self._settled(entity, name), f"session.add({name})"]

    def _assigned(self, entity: Entity, name: str, value: Expression) -> str:
        """Return a value as it is assigned to a field: constants take the field's type."""
        if isinstance(value, Literal):
            return self.translate.literal(value, entity.field(name).type)
        return self.translate.value(value)

    def _settled(self, entity: Entity, name: str) -> list[str]:
        if not settles(entity):
            return []
        self.rules.add((module(entity), rules_alias(entity)))
        return [f"{rules_alias(entity)}.settle({name})"]

    def _row(self, effect: Effect) -> tuple[Entity, str]:
        row = _given(effect.row)
        return self.spec.entity(str(row.type.entity if row.type else "")), self.translate.value(row)

    def _update(self, effect: Effect) -> list[str]:
        entity, row = self._row(effect)
        lines = [
            f"{row}.{identifier(name)} = {self._assigned(entity, name, value)}"
            for name, value in effect.values
        ]
        return [*lines, *self._settled(entity, row)]

    def _delete(self, effect: Effect) -> list[str]:
        row = _given(effect.row)
        entity, text = self._row(effect)
        gone = "{}.deleted_at = now()" if entity.soft_delete else "session.delete({})"
        if row.type is not None and row.type.many:
            name = self._unused(entity)
            return [f"for {name} in list({text}):", INDENT + gone.format(name)]
        return [gone.format(text)]

    def _move(self, effect: Effect) -> list[str]:
        entity, row = self._row(effect)
        self.rules.add((module(entity), rules_alias(entity)))
        asks = guard_asks_viewer(entity, effect.target)
        self.uses_viewer = self.uses_viewer or asks
        function = transition_function(entity, effect.target)
        call = f"{rules_alias(entity)}.{function}({row}{', viewer' if asks else ''})"
        return [call, *self._settled(entity, row)]

    def _adjust(self, effect: Effect) -> list[str]:
        target = _given(effect.row)
        if isinstance(target, Member) and _is_number(target):
            row, name = target.of, target.name
        else:
            row, name = target, effect.target
        entity = self.spec.entity(str(row.type.entity if row.type else ""))
        one = entity.field(name)
        path = f"{self.translate.value(row)}.{identifier(name)}"
        amount = self.translate.value(_given(effect.by))
        lines = [f"{path} -= {amount[1:]}" if _simple_negative(amount) else f"{path} += {amount}"]
        if one.minimum is not None:
            lines += _refuse(
                f"{path} < {one.minimum:g}", "out-of-range", f"{one.label} would fall below {one.minimum:g}"
            )
        if one.maximum is not None:
            lines += _refuse(
                f"{path} > {one.maximum:g}", "out-of-range", f"{one.label} would rise above {one.maximum:g}"
            )
        return [*lines, *self._settled(entity, self.translate.value(row))]


def _simple_negative(text: str) -> bool:
    return text.startswith("-") and text[1:].replace(".", "").replace("_", "").isalnum()


def _is_number(expression: Expression) -> bool:
    return expression.type is not None and expression.type.kind != "reference"


def _given(expression: Expression | None) -> Expression:
    if expression is None:
        message = "the compiler lets no effect through without its expression"
        raise ValueError(message)
    return expression


def indented(lines: Sequence[str]) -> list[str]:
    """Return lines one level deeper."""
    return [f"{INDENT}{line}" for line in lines]
