"""What a run wrote down of itself, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from tidemark.errors import ManifestError

FORMAT = 1
SPLITS = ("train", "validation", "test", "embargo")

_EVENT_TIME = "event_time"
_AVAILABLE_TIME = "available_time"
_SPLIT = "split"


@dataclass(frozen=True)
class Roles:
    """What each column is for; every column has one role.

    :param entities: the key columns of each entity
    :param entity: the key columns, each once
    :param time: T, in UTC
    :param available_time: of a materialized view: when a row of it could be known
    :param kept: columns of the spine that were kept; they are not held to T
    :param label: None where nothing is predicted, or the label was not known
    :param features: in the table's order, ``derived`` ones too
    :param derived: those of the features that are computed row by row from other columns
    :param split: None where none is declared
    """

    entities: Mapping[str, tuple[str, ...]]
    entity: tuple[str, ...]
    time: str
    available_time: str | None
    kept: tuple[str, ...]
    label: str | None
    features: tuple[str, ...]
    derived: tuple[str, ...]
    split: str | None

    def of(self, column: str) -> str:
        """The role of a column: entity, time, available_time, kept, label, feature or split."""
        if column in self.entity:
            return "entity"
        if column in self.kept:
            return "kept"
        if column in self.features:
            return "feature"
        for role in ("time", "available_time", "label", "split"):
            if getattr(self, role) == column:
                return role
        raise KeyError(column)


@dataclass(frozen=True)
class Manifest:
    """A manifest, as ``docs/cli.md`` describes it.

    :param location: a path or URI
    :param document: all that it says
    """

    location: str
    document: Mapping[str, Any]

    @staticmethod
    def read(location: str, content: bytes) -> Manifest:
        try:
            document = json.loads(content)
        except ValueError as e:
            raise ManifestError(f"{location} is no manifest: {e}") from e
        form = document.get("manifest") if isinstance(document, dict) else None
        if not isinstance(form, int):
            raise ManifestError(f"{location} is no manifest of Tidemark")
        if form != FORMAT:
            raise ManifestError(
                f"{location} is a manifest of format {form}, and this version reads {FORMAT}\n"
                "  install the tidemark package that came with the Tidemark that wrote it"
            )
        missing = {"resource", "kind", "run_id", "definitions", "columns", "outputs", "rows"}
        missing -= document.keys()
        if missing:
            raise ManifestError(f"{location} is damaged: it has no {', '.join(sorted(missing))}")
        return Manifest(location, document)

    @property
    def resource(self) -> str:
        """Such as ``training-sets.fraud.v1``."""
        return str(self.document["resource"])

    @property
    def run_id(self) -> str:
        return str(self.document["run_id"])

    @property
    def kind(self) -> str:
        """``build``, ``interval``, ``latest`` or ``scoring``."""
        return str(self.document["kind"])

    @property
    def as_of(self) -> datetime | None:
        """Nothing that was not known then entered a label."""
        return _instant(self.document.get("as_of"))

    @property
    def interval(self) -> tuple[datetime, datetime] | None:
        """Of a view's rows, half-open."""
        of = self.document.get("interval")
        if of is None:
            return None
        start, end = _instant(of["start"]), _instant(of["end"])
        assert start and end
        return start, end

    @property
    def rows(self) -> int:
        return int(self.document["rows"]["out"])

    @property
    def columns(self) -> Mapping[str, str]:
        """Names and Spark SQL types, such as ``DECIMAL(12,2)``, in order."""
        return {column["name"]: str(column["type"]) for column in self.document["columns"]}

    @property
    def nulls(self) -> Mapping[str, int]:
        """How many values are null, of every column."""
        return {column["name"]: int(column["nulls"]) for column in self.document["columns"]}

    @property
    def null_reasons(self) -> Mapping[str, Mapping[str, int]]:
        """Why values are null: of each feature that has nulls the reasons that there are."""
        return {
            column["name"]: {why: int(n) for why, n in column["reasons"].items() if n}
            for column in self.document["columns"]
            if column["nulls"] and column["reasons"]
        }

    @property
    def checks(self) -> Mapping[str, str]:
        """What was checked before the commit: its verdict and a few words."""
        return {
            check["name"]: f"{check['verdict']}: {check['detail']}"
            for check in self.document["checks"]
        }

    @cached_property
    def owners(self) -> Mapping[str, str]:
        """Who answers for it, and for each resource that it was made of."""
        return {
            name: str(of["owner"])
            for name, of in self._definitions()
            if of.get("owner") is not None
        }

    @property
    def description(self) -> str | None:
        said = self._definition().get("description")
        return None if said is None else str(said)

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(str(tag) for tag in self._definition().get("tags", ()))

    @cached_property
    def roles(self) -> Roles:
        """By what the definitions say, and the order in which a table has its columns."""
        columns = tuple(self.columns)
        of = self._definition()
        if self.resource.startswith("feature-views."):
            names = [str(of["entity"])]
            kept: tuple[str, ...] = ()
            label: str | None = None
        else:
            names, kept, label = self._spine(of)
        entities = {name: self._keys(name) for name in names}
        entity = tuple(dict.fromkeys(key for keys in entities.values() for key in keys))
        label = label if label in columns else None
        available = _AVAILABLE_TIME if self._is_view() and _AVAILABLE_TIME in columns else None
        split = _SPLIT if of.get("split") and _SPLIT in columns else None
        others = {*entity, *kept, _EVENT_TIME, label, available, split}
        features = tuple(column for column in columns if column not in others)
        derived = of.get("derived", {})
        return Roles(
            entities,
            entity,
            _EVENT_TIME,
            available,
            tuple(kept),
            label,
            features,
            tuple(column for column in features if column in derived),
            split,
        )

    @property
    def split_names(self) -> tuple[str, ...]:
        """The splits that its rule can give, in order of time."""
        rule = self._definition().get("split")
        if not rule or self.roles.split is None:
            return ()
        if rule["by"] != "time":
            return tuple(
                name for name in SPLITS[:3] if name == "train" or float(rule.get(name, 0)) > 0
            )
        there = {
            "train": True,
            "validation": "validation-from" in rule,
            "test": "test-from" in rule,
            "embargo": "embargo" in rule,
        }
        return tuple(name for name in SPLITS if there[name])

    def _is_view(self) -> bool:
        return self.resource.startswith("feature-views.")

    def _spine(self, of: Mapping[str, Any]) -> tuple[list[str], tuple[str, ...], str | None]:
        """The entities, the kept columns and the label of a training set."""
        label = of.get("label")
        spine = of.get("spine")
        if spine is None:
            spine = self._find(str(label))
        names = spine.get("entities") or [spine["entity"]]
        kept = tuple(str(column) for column in spine.get("keep", ()))
        return [str(name) for name in names], kept, label and str(label).split(".")[1]

    def _keys(self, entity: str) -> tuple[str, ...]:
        return tuple(self._find(f"entities.{entity}")["keys"])

    def _definition(self) -> Mapping[str, Any]:
        return self._find(self.resource)

    def _find(self, name: str) -> Mapping[str, Any]:
        found: Any = self.document["definitions"]
        for key in name.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise ManifestError(f"{self.location} is damaged: it does not define {name}")
        return found

    def _definitions(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        of = self.document["definitions"]
        yield self.resource, self._definition()
        for kind, names in of.items():
            for name, value in names.items():
                if kind == "entities":
                    yield f"{kind}.{name}", value
                    continue
                for variant, resource in value.items():
                    if f"{kind}.{name}.{variant}" != self.resource:
                        yield f"{kind}.{name}.{variant}", resource


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
