"""The run history and the registry: Tidemark's own tables, read as any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tidemark import _formats
from tidemark._environment import Environment
from tidemark._formats import Where
from tidemark._manifest import Manifest
from tidemark._storage import Storage
from tidemark.errors import ManifestError, NotBuiltError

_DATABASE = "tidemark"

# Of a run; what it read may be long, and is not asked for.
_RUN = (
    *("run_id", "task_id", "resource", "interval_start"),
    *("tables", "rows", "committed_at", "manifest"),
)


@dataclass(frozen=True)
class Commit:
    """What one run committed to one table."""

    provider: str
    format: str
    name: str
    table_id: str
    version: str

    @property
    def table(self) -> str:
        """Without catalog, database and folder."""
        return (
            self.name.rsplit("/", 1)[-1] if self.format == "delta" else self.name.rsplit(".", 1)[-1]
        )


@dataclass(frozen=True)
class Run:
    """A build, or one interval of a view.

    :param manifest: where it is; None if there is none
    """

    run_id: str
    task_id: str
    resource: str
    is_interval: bool
    rows: int
    committed_at: datetime
    commits: tuple[Commit, ...]
    manifest: str | None


@dataclass(frozen=True)
class Registered:
    """What the registry has of a resource now.

    :param state: ``registered``, ``deprecated`` or ``deleted``
    """

    id: str
    owner: str | None
    description: str | None
    tags: tuple[str, ...]
    state: str
    successor: str | None
    reason: str | None


class History:
    """What is known in an environment."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._registry = environment.providers[environment.registry]

    def runs(self, resource: str | None = None) -> list[Run]:
        """All runs that wrote rows, the newest last.

        A run that is recorded twice counts from when it was first. What a gate refused is in no
        table.
        """
        where = self._where("runs")
        equal = ("resource", resource) if resource else None
        try:
            table = _formats.newest(where).arrow(_RUN, equal)
        except NotBuiltError:
            return []
        found: dict[tuple[str, str, Any], Run] = {}
        for row in table.sort_by("committed_at").to_pylist():
            key = (row["run_id"], row["task_id"], row["interval_start"])
            if row["tables"]:
                found.setdefault(key, _run(row))
        return list(found.values())

    def registered(self) -> Mapping[str, Registered]:
        """What was applied, by id."""
        try:
            table = _formats.newest(self._where("registry")).arrow(None, None)
        except NotBuiltError:
            return {}
        rows = {row["id"]: row for row in table.sort_by("number").to_pylist()}
        return {
            id: Registered(
                id,
                row.get("owner"),
                row.get("description"),
                tuple(row.get("tags") or ()),
                row.get("state") or "registered",
                row.get("successor"),
                row.get("reason"),
            )
            for id, row in rows.items()
        }

    def manifest(self, location: str) -> Manifest:
        """Reads a manifest that the history names, also if all was moved since."""
        storage = Storage(self._environment)
        folder = f"{self._environment.beside(self._registry)}/_manifests"
        parts = location.split("/_manifests/", 1)
        places = [f"{folder}/{parts[1]}", location] if len(parts) == 2 else [location]
        for place in places:
            content = storage.read(place)
            if content is not None:
                return Manifest.read(place, content)
        raise ManifestError(
            f"there is no manifest {location}\n"
            "  it was removed or lies elsewhere; give one with manifest=, or build again"
        )

    def _where(self, name: str) -> Where:
        of = self._registry
        own = type(of)(of.name, of.format, of.catalog, of.warehouse, _DATABASE, of.options)
        return Where(self._environment, own, name)


def _run(row: Mapping[str, Any]) -> Run:
    return Run(
        row["run_id"],
        row["task_id"],
        row["resource"],
        row["interval_start"] is not None,
        row["rows"],
        row["committed_at"],
        tuple(
            Commit(of["provider"], of["format"], of["name"], of["table_id"], of["snapshot"])
            for of in row["tables"]
        ),
        row.get("manifest"),
    )
