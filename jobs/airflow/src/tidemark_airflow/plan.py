"""The plan document, version 1, as docs/orchestrators/README.md describes it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VERSION = 1
PROJECT = "{{project}}"
START = "{{start}}"
END = "{{end}}"

RETRY = "retry"
FAIL = "fail"
DONE = "done"


class PlanError(ValueError):
    """The document can't be used: it says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class PlanAsset:
    """What a task reads or writes."""

    resource: str | None
    uri: str
    provider: str | None = None
    format: str | None = None
    table: str | None = None


@dataclass(frozen=True)
class PlanTask:
    """One task: ``argv`` are the arguments of ``tidemark``, with placeholders."""

    id: str
    kind: str
    resource: str | None
    argv: tuple[str, ...]
    depends_on: tuple[str, ...]
    inputs: tuple[PlanAsset, ...]
    outputs: tuple[PlanAsset, ...]
    owner: str | None
    description: str | None
    tags: tuple[str, ...]
    resources: Mapping[str, str]
    grain: str | None
    first: str | None
    fingerprint: str | None

    def uses(self, placeholder: str) -> bool:
        """True if the placeholder is in ``argv``."""
        return any(placeholder in argument for argument in self.argv)


@dataclass(frozen=True)
class Plan:
    """The document. Its tasks are in an order in which none comes before one it depends on."""

    project: str
    project_name: str
    environment: str
    exit_codes: Mapping[int, str]
    tasks: tuple[PlanTask, ...]
    where: str = field(compare=False)

    def task(self, task_id: str) -> PlanTask:
        """The task of that id, or a ``PlanError`` that tells which there are."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise PlanError(
            f"{self.where}: no task `{task_id}`; there are {', '.join(t.id for t in self.tasks)}"
        )


PlanSource = Plan | Mapping[str, Any] | str | os.PathLike[str]


def load(plan: PlanSource) -> Plan:
    """Reads a document: a file, the document itself, or the last line with it as ``result``.

    Either the plan of every interval or that of one, whose tasks have their times in them. Raises
    ``PlanError`` for what is no plan, and for a version that is not known.
    """
    if isinstance(plan, Plan):
        return plan
    if isinstance(plan, Mapping):
        return _read(plan, "the plan")
    where = os.fspath(plan)
    try:
        text = Path(where).read_text(encoding="utf-8")
    except OSError as e:
        raise PlanError(
            f"{where}: can't be read ({e.strerror}); write it with"
            f" `tidemark plan --all --template --out {where}`"
        ) from e
    try:
        document = json.loads(text)
    except ValueError as e:
        raise PlanError(f"{where}: not JSON: {e}") from e
    return _read(document, where)


def _read(document: Any, where: str) -> Plan:
    if isinstance(document, Mapping) and "plan_version" not in document and "result" in document:
        document = document["result"]
    if not isinstance(document, Mapping) or "plan_version" not in document:
        raise PlanError(
            f"{where}: no plan document, as it has no `plan_version`;"
            " `tidemark plan --all --template --out FILE` writes one"
        )
    version = document["plan_version"]
    if version != VERSION:
        raise PlanError(
            f"{where}: a plan of version {version!r}, and this package knows version {VERSION};"
            " use the package that belongs to that Tidemark"
        )
    try:
        plan = Plan(
            project=str(document["project"]),
            project_name=str(document["project_name"]),
            environment=str(document["environment"]),
            exit_codes={int(code): str(word) for code, word in document["exit_codes"].items()},
            tasks=tuple(_task(task) for task in document["tasks"]),
            where=where,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as e:
        raise PlanError(f"{where}: not as its schema says: {type(e).__name__} {e}") from e
    _check_order(plan)
    return plan


def _task(task: Mapping[str, Any]) -> PlanTask:
    return PlanTask(
        id=task["id"],
        kind=task["kind"],
        resource=task.get("resource"),
        argv=_strings(task["argv"]),
        depends_on=_strings(task["depends_on"]),
        inputs=tuple(_asset(asset) for asset in task["inputs"]),
        outputs=tuple(_asset(asset) for asset in task["outputs"]),
        owner=task.get("owner"),
        description=task.get("description"),
        tags=_strings(task.get("tags") or []),
        resources=dict(task.get("resources") or {}),
        grain=task.get("grain"),
        first=task.get("first"),
        fingerprint=task.get("fingerprint"),
    )


def _strings(values: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"no list of strings: {values!r}")
    return tuple(values)


def _asset(asset: Mapping[str, Any]) -> PlanAsset:
    return PlanAsset(
        resource=asset.get("resource"),
        uri=asset["uri"],
        provider=asset.get("provider"),
        format=asset.get("format"),
        table=asset.get("table"),
    )


def _check_order(plan: Plan) -> None:
    seen: set[str] = set()
    for task in plan.tasks:
        if task.id in seen:
            raise PlanError(f"{plan.where}: two tasks `{task.id}`")
        for before in task.depends_on:
            if before not in seen:
                raise PlanError(
                    f"{plan.where}: `{task.id}` depends on `{before}`, which no task before it is"
                )
        seen.add(task.id)
