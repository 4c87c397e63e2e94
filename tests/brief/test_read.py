from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.brief.read import read_brief, read_briefs
from qlf.model.brief import Brief, GrantDecl
from qlf.model.canonical import canonical

DOCS = Path(__file__).parents[2] / "docs" / "brief.md"

SHORT = """\
roles: [author, admin]
entities:
  Tag:
    fields: {name: text! unique max=40}
  Article:
    owner: author
    id: slug(title)
    fields:
      title: text! min=3 max=120
      status: enum(draft, published) = draft
      price: decimal(7, 4) min=0 = 0.25
      code: text pattern=/[A-Z]{2} \\d+/ immutable
      secret: longtext @phi @pii
      tags: Tag[]! inverse=articles
      fans: User[] inverse=liked
      total: money := this.price * 2
      due: date = today
      active: bool = true
    check: {long: size(this.title) > 3}
    states:
      status: {publish: draft -> published by author}
    access:
      author: create, read own
      admin: all where this.active
    derived: {likes: count(this.fans)}
    actions: {like: viewer in fans by user}
operations:
  archive:
    on: Article
    by: author, admin
    input: {note: text! max=5}
    guard: {open: this.active}
    effects: [{delete: this}]
"""
LONG = """\
roles: {author: {}, admin: }
entities:
  Tag:
    fields: {name: {type: text, required: true, unique: true, max: 40}}
  Article:
    owner: author
    id: slug(title)
    fields:
      title: {type: text, required: true, min: 3, max: 120}
      status: {type: enum, values: [draft, published], default: draft}
      price: {type: "decimal(7, 4)", min: 0, default: 0.25}
      code: {type: text, pattern: '[A-Z]{2} \\d+', immutable: true}
      secret: {type: longtext, classes: [phi, "@pii"]}
      tags: {type: "Tag[]", required: true, inverse: articles}
      fans: {type: "User[]", inverse: liked, required: false}
      total: {type: money, computed: this.price * 2}
      due: {type: date, default: today}
      active: {type: bool, default: true}
    check: {long: {when: size(this.title) > 3}}
    states:
      status:
        publish: {from: [draft], to: published, by: [author]}
    access:
      author: [create, read own]
      admin: [all where this.active]
    derived: {likes: {value: count(this.fans)}}
    actions: {like: {relation: fans, subject: viewer, by: user}}
operations:
  archive:
    on: Article
    by: [author, admin]
    input: {note: {type: text, required: true, max: 5}}
    guard: {open: {when: this.active}}
    effects: [{delete: this}]
"""


def read(text: str, file: str = "briefs/app.md") -> Brief:
    brief = read_brief(Path(file), text.encode())
    assert isinstance(brief, Brief), [str(problem) for problem in brief]
    return brief


def leave_out(value: object, *names: str) -> object:
    if isinstance(value, dict):
        return {name: leave_out(one, *names) for name, one in value.items() if name not in names}
    return [leave_out(one, *names) for one in value] if isinstance(value, list | tuple) else value


def front(text: str) -> str:
    return f"---\n{text}---\n"


def examples() -> list[str]:
    return re.findall(r"```markdown\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def test_the_documented_example_reads() -> None:
    (example,) = examples()
    brief = read(example)
    assert brief.title == "Patient portal"
    assert brief.version == "1.2.0"
    assert [entity.name for entity in brief.entities] == ["Patient", "Doctor", "Appointment"]
    status = brief.entities[2].fields[4]
    assert (status.values, status.default) == (("scheduled", "confirmed", "cancelled", "done"), "scheduled")
    doctor = [grant for grant in brief.entities[2].access if grant.role == "doctor"]
    assert [grant.action for grant in doctor] == ["read", "update", "confirm", "cancel"]
    assert {grant.where.text for grant in doctor if grant.where} == {"this.doctor.user == viewer"}


def test_the_documented_operation_reads() -> None:
    (operations,) = re.findall(r"```yaml\n(operations:.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    entities = "roles: [customer]\nentities:\n" + "".join(
        f"  {name}:\n    fields: {{name: text}}\n" for name in ("Cart", "Order", "OrderLine")
    )
    (checkout,) = read(front(entities + operations)).operations
    create, each, delete = checkout.effects
    assert (checkout.entity, checkout.roles, checkout.result) == ("Cart", ("customer",), "order")
    assert (create.kind, create.target, create.binding) == ("create", "Order", "order")
    assert [name for name, _ in create.values] == ["customer", "address"]
    assert [step.kind for step in each.steps] == ["require", "adjust", "create"]
    adjust = each.steps[1]
    assert adjust.row is not None
    assert adjust.by is not None
    assert (adjust.row.text, adjust.target, adjust.by.text) == ("line.product", "stock", "-line.quantity")
    assert delete.row is not None
    assert delete.row.text == "this.lines"


def test_the_documented_conventions_are_the_defaults() -> None:
    (api,) = re.findall(r"```yaml\n(api:.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    said, unsaid = read(front(api)).api, read("# T\n").api
    assert leave_out(said.model_dump(), "origin", "position") == leave_out(
        unsaid.model_dump(), "origin", "position"
    )
    assert said.pagination.position == "cursor"
    assert unsaid.origin.kind == "default"
    assert said.origin.kind == "brief"


def test_long_and_short_forms_mean_the_same() -> None:
    short, long = read(front(SHORT)), read(front(LONG))
    assert leave_out(short.model_dump(), "origin", "prose_line") == leave_out(
        long.model_dump(), "origin", "prose_line"
    )


def test_yaml_and_markdown_mean_the_same() -> None:
    markdown = read(front(SHORT) + "# Title\n\nProse.\n")
    yaml = read(SHORT + "title: Title\nprose: |\n  # Title\n\n  Prose.\n", "briefs/app.yaml")
    left_out = ("origin", "prose_line", "file")
    assert leave_out(markdown.model_dump(), *left_out) == leave_out(yaml.model_dump(), *left_out)


def test_prose_alone_is_a_brief() -> None:
    brief = read("\n\n# Shop #\n\nSell things.\n\n")
    assert (brief.title, brief.prose, brief.prose_line) == ("Shop", "# Shop #\n\nSell things.", 3)


def test_prose_line_counts_from_the_top_of_the_file() -> None:
    text = front("version: 1.0.0\n") + "\nFirst.\n"
    assert read(text).prose_line == text.split("\n").index("First.") + 1
    yaml = "version: 1.0.0\nprose: |\n\n  First.\n"
    assert read(yaml, "a.yaml").prose_line == yaml.split("\n").index("  First.") + 1


def test_headings_inside_code_are_no_titles() -> None:
    assert read("```\n# no\n```\n# Yes\n").title == "Yes"
    assert read("No heading.").title == "app"


def test_byte_order_mark_and_crlf_are_read() -> None:
    text = front(SHORT) + "# T\n\nProse.\n"
    assert read("\ufeff" + text.replace("\n", "\r\n")) == read(text)


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_origins_point_at_the_clause(quote: str) -> None:
    text = front(
        "roles: [clerk]\nentities:\n  Item:\n    fields:\n      n: int\n    access:\n"
        f"      clerk: {quote}create, read where this.n > 1{quote}\n"
    )
    lines = text.split("\n")
    item = read(text).entities[0]

    def at(line: int, word: str) -> tuple[int, int]:
        return line, lines[line - 1].index(word) + 1

    create, grant = item.access
    assert isinstance(grant, GrantDecl)
    assert grant.where is not None
    assert (item.origin.line, item.origin.column) == at(4, "Item")
    assert (item.fields[0].origin.line, item.fields[0].origin.column) == at(6, "n")
    assert (create.origin.line, create.origin.column) == at(8, "create")
    assert (grant.origin.line, grant.origin.column) == at(8, "read")
    assert (grant.where.origin.line, grant.where.origin.column) == at(8, "this")
    assert {item.origin.file, grant.origin.file} == {"briefs/app.md"}


def test_the_same_brief_gives_the_same_bytes() -> None:
    assert canonical(read(front(SHORT))) == canonical(read(front(SHORT)))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("Shop.md", "Shop.md:0:0: 'Shop' cannot be the name of a brief"),
        ("my_shop.md", "my_shop.md:0:0: 'my_shop' cannot be the name of a brief"),
        ("shop.txt", "shop.txt:0:0: a brief cannot end in '.txt'"),
    ],
)
def test_bad_file_names_are_problems(name: str, what: str) -> None:
    problems = read_brief(Path(name), b"# T\n")
    assert isinstance(problems, list)
    assert str(problems[0]).startswith(what)


def test_a_missing_file_is_a_problem() -> None:
    problems = read_brief(Path("nowhere/shop.md"))
    expected = "nowhere/shop.md:0:0: the brief cannot be read: No such file or directory; check the path"
    assert isinstance(problems, list)
    assert [str(problem) for problem in problems] == [expected]


def test_a_huge_brief_is_refused() -> None:
    problems = read_brief(Path("a.md"), b"x" * (1 << 20) + b"y")
    assert isinstance(problems, list)
    assert "more than 1048576 bytes" in str(problems[0])


def test_an_action_may_use_an_inverse_that_has_no_name_of_its_own() -> None:
    text = front(
        "entities:\n"
        "  TaskCategory:\n    fields: {tasks: 'Task[]'}\n"
        "  Task:\n    fields: {name: text}\n    actions: {file: row in task_categories by user}\n"
    )
    assert read(text).entities[1].actions[0].relation == "task_categories"
    problems = read_brief(Path("a.md"), text.replace("task_categories", "categories").encode())
    assert isinstance(problems, list)
    assert [str(problem) for problem in problems] == [
        "a.md:7:28: categories is no many-to-many of Task; did you mean task_categories?"
    ]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", "-3", "3.0"),
        ("int", "9007199254740991", "9007199254740992"),
        ("decimal", "0.25", "1e3"),
        ("money", "9.90", "9.999"),
        ("bool", "false", "False"),
        ("date", "2024-02-29", "2023-02-29"),
        ("datetime", "2030-01-01T00:00:00+02:00", "2030-01-01T00:00:00"),
        ("time", "23:59:59", "24:00:00"),
        ("duration", "P1DT2H", "PT"),
        ("uuid", "123e4567-e89b-42d3-a456-426614174000", "123E4567"),
        ("email", "a@b.org", "a@b"),
        ("url", "https://example.org/x", "ftp://example.org"),
        ("phone", "+493012345", "03012345"),
        ("text", '"two words"', "two words"),
        ("enum(a, b)", "b", "c"),
        ("User", "viewer", "me"),
    ],
)
def test_defaults_must_fit_their_type(kind: str, good: str, bad: str) -> None:
    text = front("entities:\n  Item:\n    fields:\n      x: {value}\n")
    field = read(text.replace("{value}", f"{kind} = {good}")).entities[0].fields[0]
    assert field.default is not None
    problems = read_brief(Path("a.md"), text.replace("{value}", f"{kind} = {bad}").encode())
    assert isinstance(problems, list)
    assert len(problems) == 1
    assert problems[0].line == 5


LINES = front(SHORT).split("\n") + front(LONG).split("\n")
words = st.sampled_from(
    ["", "null", "[]", "{}", "1", "true", "[a]", "'x'", "*x", "a b", "{type: text}", "-1"]
)


@given(
    st.lists(st.sampled_from(LINES)),
    st.dictionaries(st.integers(0, len(LINES) // 2), words | st.sampled_from(LINES), max_size=4),
    st.booleans(),
)
def test_any_text_is_read_or_refused(shuffled: list[str], changes: dict[int, str], keep_key: bool) -> None:
    lines = front(SHORT).split("\n")
    for number, word in changes.items():
        at = number % len(lines)
        key, colon, _ = lines[at].partition(":")
        lines[at] = f"{key}{colon} {word}" if keep_key else word
    for text in ("\n".join(lines), front("\n".join(shuffled) + "\n")):
        outcome = read_brief(Path("a.md"), text.encode())
        assert isinstance(outcome, Brief) or outcome == sorted(outcome) != []


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for name in ("a.md", "a.yaml"):
        assert isinstance(read_brief(Path(name), content), Brief | list)


def test_a_folder_has_one_file_for_each_name(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# B\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_text("title: A\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no brief", encoding="utf-8")
    briefs = read_briefs(tmp_path)
    assert isinstance(briefs, tuple)
    assert [brief.title for brief in briefs] == ["A", "B"]
    (tmp_path / "b.yaml").write_text("title: B\n", encoding="utf-8")
    problems = read_briefs(tmp_path)
    assert isinstance(problems, list)
    assert "b.md is a brief of the same name" in str(problems[0])


def test_reading_imports_nothing_heavy() -> None:
    program = (
        "import sys; from pathlib import Path; from qlf.brief.read import read_brief;"
        f"read_brief(Path('a.md'), {front(SHORT).encode()!r});"
        "print(sorted({'ruamel', 'ruamel.yaml', 'jsonschema', 'celpy', 'inflect'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
