"""The plan as a TaskGroup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from tidemark_airflow._airflow import Asset, BaseOperator, TaskGroup
from tidemark_airflow.plan import Plan, PlanAsset, PlanError, PlanSource, PlanTask, load
from tidemark_airflow.runners import Bash, Runner
from tidemark_airflow.task import Command
from tidemark_airflow.waiting import Waiting

DEFAULTS: Mapping[str, Any] = {"retries": 3, "retry_delay": timedelta(minutes=5)}
"""Of every task, unless the DAG's or the group's ``default_args`` say otherwise."""


def tidemark_group(
    plan: PlanSource,
    runner: Runner | Callable[[PlanTask], Runner] | None = None,
    *,
    group_id: str | None = None,
    project: str | None = None,
    only: Sequence[str] | None = None,
    waiting: Waiting | None = None,
    default_args: Mapping[str, Any] | None = None,
    task_args: Callable[[PlanTask], Mapping[str, Any]] | None = None,
) -> TaskGroup:
    """Makes a task of each task of the plan, in the DAG that is being made.

    :param plan: the file of `tidemark plan --all --template --out FILE`, or what is in it; of the
        plan of one interval every run is for that interval
    :param runner: where the commands run; or what tells it for each task. Bash() if not given
    :param group_id: of the TaskGroup; else the project's name
    :param project: where the project is for the tasks; else as the plan says (templated)
    :param only: ids of tasks, or patterns such as ``materialize/*``; else all. What they depend on
        and is not among them is left to others
    :param waiting: how tasks of kind ``await`` wait
    :param default_args: as a TaskGroup takes them
    :param task_args: more arguments of a task's operator, such as a pool or a time limit
    :raises PlanError: if the document can't be used
    """
    document = load(plan)
    tasks = _chosen(document, only)
    where = project if project is not None else document.project
    group = TaskGroup(
        group_id=group_id if group_id is not None else _identifier(document.project_name),
        default_args=dict(default_args or {}),  # type: ignore[arg-type]
        tooltip=f"Tidemark: {document.project_name}, {document.environment}",
    )
    known = {**(group.dag.default_args or {}), **group.default_args}
    defaults = {key: value for key, value in DEFAULTS.items() if key not in known}
    made: dict[str, BaseOperator] = {}
    assets: dict[str, Asset] = {}
    fallback = Bash()
    for task in tasks:
        chosen = runner if isinstance(runner, Runner) else runner(task) if runner else fallback
        chosen.check(where, document.where)
        outputs = {output: _asset(output, assets) for output in task.outputs}
        command = Command(task, where, document.exit_codes, outputs)
        kwargs: dict[str, Any] = {
            "task_id": task_id(task),
            "task_group": group,
            "inlets": [_asset(asset, assets) for asset in task.inputs],
            "outlets": list(outputs.values()),
            "doc_md": _doc(task),
            **defaults,
        }
        if task.owner:
            kwargs["owner"] = task.owner
        kwargs.update(task_args(task) if task_args else {})
        operator = (
            chosen.waiting(command, waiting or Waiting(), **kwargs)
            if task.kind == "await"
            else chosen.operator(command, **kwargs)
        )
        before = [made[other] for other in task.depends_on if other in made]
        if before:
            operator.set_upstream(before)
        made[task.id] = operator
    return group


def assets_of(plan: PlanSource, *task_ids: str, sources: bool = False) -> list[Asset]:
    """What a DAG with these tasks must follow: ``schedule=assets_of(plan, "build/fraud.v1")`` runs
    it when all of them have been written anew.

    :param sources: False: the tables among what the tasks read that other tasks of the plan write.
        True: also what nobody in this plan writes
    :raises PlanError: for an unknown task, or if there is nothing to follow
    """
    document = load(plan)
    written = {output.uri for task in document.tasks for output in task.outputs}
    assets: dict[str, Asset] = {}
    for name in task_ids:
        task = document.task(name)
        own = {output.uri for output in task.outputs}
        for asset in task.inputs:
            if asset.uri not in own and (sources or asset.uri in written):
                _asset(asset, assets)
    if not assets:
        raise PlanError(
            f"{document.where}: {', '.join(task_ids)}: reads nothing that a task of this plan"
            " writes, so a DAG that follows it would never run; a training set reads offline tables"
            " of views that say `use-materialized = true`; or follow its sources: sources=True"
        )
    return list(assets.values())


def task_id(task: PlanTask) -> str:
    """Airflow's ids take no slash: ``materialize-spend.v1`` is ``materialize/spend.v1``."""
    return _identifier(task.id.replace("/", "-"))


def _identifier(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def _chosen(plan: Plan, only: Sequence[str] | None) -> tuple[PlanTask, ...]:
    if only is None:
        return plan.tasks
    if isinstance(only, str):
        only = [only]
    for pattern in only:
        if not any(fnmatchcase(task.id, pattern) for task in plan.tasks):
            raise PlanError(
                f"{plan.where}: no task is `{pattern}`;"
                f" there are {', '.join(task.id for task in plan.tasks)}"
            )
    return tuple(
        task for task in plan.tasks if any(fnmatchcase(task.id, pattern) for pattern in only)
    )


def _asset(asset: PlanAsset, known: dict[str, Asset]) -> Asset:
    """One object a URI. The URI alone is its identity: other plans name the same one."""
    if asset.uri not in known:
        try:
            known[asset.uri] = Asset(asset.uri)
        except ValueError as e:
            raise PlanError(f"{asset.resource}: Airflow takes no asset {asset.uri}: {e}") from e
    return known[asset.uri]


def _doc(task: PlanTask) -> str:
    lines = [task.description or "", f"`{task.resource}`" if task.resource else ""]
    if task.grain:
        lines.append(f"A tick every {task.grain}, the first at {task.first}.")
    for what, assets in (("Reads", task.inputs), ("Writes", task.outputs)):
        if assets:
            lines.append(
                f"{what}:\n\n"
                + "\n".join(
                    f"- `{asset.table or asset.resource}`"
                    f"{f' ({asset.format})' if asset.format else ''} at `{asset.uri}`"
                    for asset in assets
                )
            )
    if task.fingerprint:
        lines.append(f"Definition: `{task.fingerprint}`")
    return "\n\n".join(line for line in lines if line)
