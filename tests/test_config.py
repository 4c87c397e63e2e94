from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.config import ENVIRONMENT, KEYS, Config, Settings, change, load, read

if TYPE_CHECKING:
    from pathlib import Path

TOML = "see https://toml.io for the syntax"
REASON = "say why the gate need not be proven, or take it out"
FOLDER = "no folder below the repository; write a relative path without .."


def told(text: str, environ: dict[str, str] | None = None) -> list[str]:
    found = read(text, environ or {})
    assert isinstance(found, list)
    return [str(problem) for problem in found]


def config(text: str, environ: dict[str, str] | None = None) -> Config:
    found = read(text, environ or {})
    assert isinstance(found, Config), found
    return found


def test_without_a_file_all_are_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, {})
    assert isinstance(found, Config)
    assert found.settings == Settings()
    assert set(found.sources.values()) == {"default"}


def test_every_key_has_a_description_and_is_listed() -> None:
    keys = set()
    for name, field in Settings.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        for key, each in {name: field}.items() if inner is None else inner.items():
            keys.add(key if inner is None else f"{name}.{key}")
            assert each.description, key
    assert keys == set(KEYS)
    assert keys - ENVIRONMENT.keys() == {"gates.allow_unproven", "replaces"}


def test_a_variable_wins_over_the_file_and_the_file_over_the_default() -> None:
    found = config('jobs = 2\n[folders]\nbuild = "made"\n', {"QLF_JOBS": "3", "QLF_CACHE": "/c"})
    assert found.settings.jobs == 3
    assert found.settings.folders.build == "made"
    assert found.settings.cache.folder == "/c"
    assert found.sources["jobs"] == "QLF_JOBS"
    assert found.sources["folders.build"] == "factory.toml"
    assert found.sources["folders.rules"] == "default"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "jobs = \n",
            [f"factory.toml:1:8: this is not TOML: Invalid value; {TOML}"],
        ),
        (
            "jobs = 1\njobs = 2\n",
            [f"factory.toml:2:9: this is not TOML: Cannot overwrite a value; {TOML}"],
        ),
        (
            '[folders]\nbrief = "x"\n',
            ["factory.toml:2:0: there is no key 'folders.brief'; did you mean 'folders.briefs'?"],
        ),
        (
            '# x\n\njobs = "2"\n\n[gates.allow_unproven]\nunit = ""\n"Unit" = "x"\n',
            [
                "factory.toml:3:0: jobs: input should be a valid integer; see `qlf schema factory`",
                f"factory.toml:6:0: gates.allow_unproven.unit has no reason; {REASON}",
                "factory.toml:7:0: 'Unit' cannot be the name of a gate; write one that `qlf doctor` names",
            ],
        ),
        ('[folders]\nbuild = "../out"\n', [f"factory.toml:2:0: folders.build: '../out' is {FOLDER}"]),
        ('[folders]\nbuild = "/out"\n', [f"factory.toml:2:0: folders.build: '/out' is {FOLDER}"]),
        (
            '[folders]\nbriefs = "build/in"\n',
            [
                (
                    "factory.toml:1:0: folders: build/in lies in the folder of products, build; "
                    "see `qlf schema factory`"
                )
            ],
        ),
    ],
)
def test_problems_have_their_line(text: str, problems: list[str]) -> None:
    assert told(text) == problems


def test_a_variable_that_is_wrong_is_named() -> None:
    assert told("", {"QLF_JOBS": "many"}) == [
        "$QLF_JOBS:0:0: jobs: input should be a valid integer; change or unset it"
    ]


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "factory.toml").write_bytes(b"\xff")
    found = load(tmp_path, {})
    assert isinstance(found, list)
    assert "the settings cannot be read" in found[0].what


def test_changing_keeps_comments_and_order() -> None:
    text = '# head\njobs = 1  # few\n\n[gates] # about gates\npostgres_url = ""\n'
    changed = change(text, "jobs", "4")
    assert changed == text.replace("1", "4")
    assert isinstance(changed, str)
    more = change(changed, "gates.allow_unproven.unit", "why not")
    assert isinstance(more, str)
    assert "# about gates" in more
    assert config(more).settings.gates.allow_unproven == {"unit": "why not"}
    less = change(more, "gates.allow_unproven.unit", "")
    assert isinstance(less, str)
    assert config(less).settings.gates.allow_unproven == {}


@pytest.mark.parametrize("key", [*ENVIRONMENT, "gates.allow_unproven.unit"])
def test_every_key_can_be_set_in_an_empty_file(key: str) -> None:
    fitting = {
        "jobs": ("7", 7),
        "cache.megabytes": ("7", 7),
        "gates.run": ("unit", ("unit",)),
        "signing.trusted": ("some-where", ("some-where",)),
        "commit.applications": ("true", True),
        "commit.linguist": ("false", False),
    }
    value, held = fitting.get(key, ("some-where", "some-where"))
    changed = change("", key, value)
    assert isinstance(changed, str)
    found = config(changed)
    if key in ENVIRONMENT:
        assert found.value(key) == held
        assert found.sources[key] == "factory.toml"
    else:
        assert found.settings.gates.allow_unproven == {"unit": "some-where"}


def test_a_broken_file_is_not_changed() -> None:
    found = change("jobs = = 1\n", "jobs", "2")
    assert isinstance(found, list)
    assert found[0].line == 1
