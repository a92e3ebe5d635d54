"""The habits of the house that no other tool checks: names, sizes, where SQL lives, what a repository may hold."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.problems import CATALOGUE, PROBLEMS_WITH_OWN_STATUS

ROOT = Path(__file__).resolve().parents[1]
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60
NEVER_A_NAME = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base_manager"}
SQL = re.compile(
    r"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s|CREATE\s+(TABLE|INDEX)\s|SET\s+LOCAL\s)"
)
MAY_HOLD_SQL = (
    "service/repositories/",
    "service/database.py",  # what it asks a connection about itself
    "service/migrator.py",
    "service/embedded_postgres/",
)
NOT_OURS = {"node_modules", "__pycache__", "dist"}
TEXT = {
    ".css",
    ".html",
    ".js",
    ".json",
    ".md",
    ".mjs",
    ".py",
    ".sh",
    ".sql",
    ".toml",
    ".txt",
    ".xml",
    ".yaml",
    ".yml",
    "",
}


def files() -> Iterator[Path]:
    """Every file that belongs to the project, whether or not git is there to ask."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if name not in NOT_OURS and (not name.startswith(".") or name in (".ci", ".github"))
        ]
        yield from (Path(folder) / name for name in names if not name.endswith(".pyc"))


def modules(*rooms: str) -> list[Path]:
    return sorted(path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in rooms)


OURS = modules("service", "schemas", "storage", "migrations")


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_something_to_look_at() -> None:
    assert len(OURS) > 50
    assert {"Makefile", "pyproject.toml", "README.md"} <= {place(path) for path in files()}


def test_no_module_is_named_after_nothing() -> None:
    for path in files():
        assert not NEVER_A_NAME & {path.stem, *path.relative_to(ROOT).parts[:-1]}, place(path)


def test_a_file_can_be_read_in_one_sitting() -> None:
    for path in modules("service", "schemas", "storage", "migrations", "tests"):
        assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES, place(path)


def test_a_function_can_be_held_in_mind() -> None:
    for path in OURS:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                assert lines <= MOST_LINES_OF_A_FUNCTION, f"{place(path)}: {node.name}"


def test_no_room_is_empty() -> None:
    for folder in {path.parent for path in OURS}:
        contents = [path for path in folder.iterdir() if path.name not in ("__init__.py", "__pycache__")]
        assert contents, place(folder)


def test_every_public_name_says_what_it_is_for() -> None:
    for path in OURS:
        tree = ast.parse(path.read_text("utf-8"))
        if tree.body:
            assert ast.get_docstring(tree), place(path)
        if place(path).startswith("service/demo/drawing/"):
            continue  # what is drawn has the name of the thing
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
                assert ast.get_docstring(node), f"{place(path)}: {node.name}"


# SQL


def texts(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Strings of a module, joined ones without what is filled in."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.JoinedStr):
            yield inner, "".join(str(part.value) for part in inner.values if isinstance(part, ast.Constant))
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner, inner.value


def test_sql_lives_in_the_repositories() -> None:
    for path in OURS:
        if not place(path).startswith(MAY_HOLD_SQL):
            for node, text in texts(ast.parse(path.read_text("utf-8"))):
                assert not SQL.match(text), f"{place(path)}:{getattr(node, 'lineno', 0)}"


def test_sql_is_static_text() -> None:
    found = 0
    for path in OURS:
        if place(path).startswith("service/repositories/"):
            for node, text in texts(ast.parse(path.read_text("utf-8"))):
                if SQL.match(text):
                    found += 1
                    assert isinstance(node, ast.Constant), f"{place(path)}:{getattr(node, 'lineno', 0)}"
    assert found > 50


# Problems


CODES = {*CATALOGUE, *PROBLEMS_WITH_OWN_STATUS}


def raised(path: Path) -> set[str]:
    """The codes that a module makes problems of. `f"{noun}.gone"` stands for every noun's."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
            for _, text in texts(node):
                found |= {code for code in CODES if code == text or (text[:1] == "." and code.endswith(text))}
    return found


def test_every_problem_of_the_catalogue_can_happen() -> None:
    named = {code for path in OURS for code in raised(path)}
    for path in OURS:
        # Codes that are handed over by name; routes name many that only their workflows raise.
        if place(path) != "service/problems.py" and not place(path).startswith("service/routes/"):
            named |= {text for _, text in texts(ast.parse(path.read_text("utf-8")))}
    named |= {"storage.full", "storage.unavailable"} & set(re.findall(r"\w+\.\w+", failures()))
    assert CODES - named == set()


def failures() -> str:
    return (ROOT / "service/routes/failures.py").read_text("utf-8")


# What must not be in a repository


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a path of somebody's machine", r"(?<![\w.$}])/(?:work|root|home/\w+|Users/\w+|tmp/plan)/"),
        ("the address of a registry", r"https?://[\w.-]*(?:pypi\.org|pythonhosted\.org|npmjs\.org|npmmirror\.com|/simple/)"),
        ("the address of a registry", r"(?i)https?://[\w.-]*(?:mirror|artifactory|nexus|devpi)[\w.-]*"),
        ("a resolved address in a lock file", r'"resolved"\s*:'),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
        ("the plan of the house, which readers do not have", r"\.\./shared|DOMAIN\.md|DESIGN\.md"),
    ],
)  # fmt: skip
def test_nothing_is_kept_that_is_not_the_projects(what: str, pattern: str) -> None:
    for path in files():
        if path.suffix in TEXT and path != Path(__file__).resolve():
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                assert not re.search(pattern, line), f"{place(path)}:{number} holds {what}"
