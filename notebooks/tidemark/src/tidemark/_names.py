"""What there is to load, and what a name that was typed means."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from tidemark._environment import Environment, find_project, parse, read_environment
from tidemark._history import History
from tidemark._packages import nearest
from tidemark.errors import NotBuiltError, ProjectError, UnknownNameError

TRAINING_SETS = "training-sets"
VIEWS = "feature-views"
KINDS = (TRAINING_SETS, VIEWS)


@dataclass(frozen=True)
class Entry:
    """A training set or a view that was built.

    :param name: what ``load`` takes
    :param rows: of the newest run
    :param built: when the newest run committed it
    :param state: ``registered``, ``deprecated``, ``deleted``; None if it was never applied
    """

    name: str
    kind: str
    rows: int
    built: datetime
    owner: str | None
    description: str | None
    tags: tuple[str, ...]
    state: str | None


class Entries(builtins.list[Entry]):
    """What can be loaded; a notebook shows it as a table."""

    def __repr__(self) -> str:
        lines = [
            f"{of.name:30}  {of.kind:13}  {of.rows:>12,} rows  {of.built:%Y-%m-%d %H:%M}"
            f"  {of.owner or '':15}  {of.description or ''}".rstrip()
            for of in self
        ]
        return "\n".join(lines) or "nothing is built yet"

    def _repr_html_(self) -> str:
        heads = ("name", "kind", "rows", "built", "owner", "description")
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td>{escape(str(cell))}</td>"
                for cell in (
                    of.name,
                    of.kind,
                    f"{of.rows:,}",
                    f"{of.built:%Y-%m-%d %H:%M}",
                    of.owner or "",
                    of.description or "",
                )
            )
            + "</tr>"
            for of in self
        )
        head = "".join(f"<th>{name}</th>" for name in heads)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def list(project: str | Path | None = None, env: str = "local") -> Entries:
    """What can be loaded.

    :param project: the project's folder; the nearest one from here upwards if None
    :param env: the environment
    """
    history = History(read_environment(find_project(project), env))
    registered = history.registered()
    newest = {run.resource: run for run in history.runs()}
    entries = Entries()
    for id, run in sorted(newest.items()):
        about = registered.get(id)
        if about is None and run.manifest:
            manifest = history.manifest(run.manifest)
            owner, description = manifest.owners.get(id), manifest.description
            tags, state = manifest.tags, None
        elif about is not None:
            owner, description, tags, state = (
                about.owner,
                about.description,
                about.tags,
                about.state,
            )
        else:
            owner = description = state = None
            tags = ()
        kind, name = id.split(".", 1)
        entries.append(
            Entry(name, kind, run.rows, run.committed_at, owner, description, tags, state)
        )
    return entries


def search(words: str, project: str | Path | None = None, env: str = "local") -> Entries:
    """Of what can be loaded, that which has all words in name, owner, description or tags.

    ``tidemark search`` also finds columns, synonyms and what is not built.
    """
    wanted = words.lower().split()
    return Entries(
        of
        for of in list(project, env)
        if all(
            word in " ".join((of.name, of.owner or "", of.description or "", *of.tags)).lower()
            for word in wanted
        )
    )


def ids(name: str) -> builtins.list[str]:
    """The resources that a name can mean."""
    parts = name.split(".")
    if len(parts) == 2 and all(parts):
        return [f"{kind}.{name}" for kind in KINDS]
    if len(parts) == 3 and parts[0] in KINDS:
        return [name]
    return []


def unknown(
    name: str, environment: Environment, history: History, argument: str = ""
) -> UnknownNameError | NotBuiltError:
    """Why nothing was found: it is not built yet, or there is no such thing."""
    registered = history.registered()
    defined = {**_defined(environment.root)}
    for id, of in registered.items():
        if of.state != "deleted" and id.count(".") == 2:
            defined.setdefault(id, None)
    known = {id for id in defined if id.split(".")[0] in KINDS}
    where = environment.told
    for id in ids(name):
        if id in known:
            return NotBuiltError(_not_built(id, defined[id], where, argument))
    others = [id for id in defined if name in (id, id.split(".", 1)[1]) and id not in known]
    if others:
        return UnknownNameError(
            f"{others[0]} has no table of its own: only training sets and feature views are loaded"
        )
    built = {run.resource for run in history.runs()}
    names = sorted({id.split(".", 1)[1] for id in known | built})
    close = nearest(".".join(name.split(".")[-2:]), names)
    hint = f"nearest: {', '.join(close)}" if close else f"there is: {', '.join(names[:10])}"
    if not names:
        hint = "nothing is defined nor built there"
    return UnknownNameError(
        f"no training set or feature view `{name}` in {environment.root}, environment"
        f" {environment.name}\n  {hint}"
    )


def _not_built(id: str, of: Mapping[str, Any] | None, where: str, argument: str) -> str:
    kind, name = id.split(".", 1)
    if kind == TRAINING_SETS:
        scoring = " --scoring" if argument == "scoring" else ""
        what = "scored" if scoring else "built"
        return f"{id} is defined, and not {what} yet\n  tidemark build {name}{scoring} {where}"
    if argument == "latest":
        return (
            f"the newest values of {id} are not written yet\n"
            f"  tidemark materialize {name} --latest --as-of TIME {where}"
        )
    if of is not None and "materialize" not in of:
        return (
            f"{id} has no table: its definition says no `materialize`\n"
            "  load a training set that uses it, or add materialize { every = 1d, start = ... }"
        )
    return (
        f"{id} is defined, and not materialized yet\n"
        f"  tidemark materialize {name} --start TIME --end TIME {where}"
    )


def _defined(root: Path) -> dict[str, Mapping[str, Any] | None]:
    """The resources of the project's files, as far as they can be read without Tidemark."""
    found: dict[str, Mapping[str, Any] | None] = {}
    for file in sorted((root / "definitions").rglob("*.conf")):
        try:
            tree = parse(file, resolve=False)
        except ProjectError:
            # What is wrong there is for `tidemark validate`; here it is only a hint less.
            continue
        found.update(_resources(tree))
    return found


def _resources(tree: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    for kind, names in tree.items():
        if kind in ("entities", "tests") or not isinstance(names, Mapping):
            continue
        for name, variants in names.items():
            if isinstance(variants, Mapping):
                for variant, value in variants.items():
                    # A variant that is another one's copy says what it is only when resolved.
                    yield f"{kind}.{name}.{variant}", value if isinstance(value, Mapping) else None
