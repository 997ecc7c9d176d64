"""Where Tidemark's commands run."""

from __future__ import annotations

import importlib
import math
import posixpath
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidemark_airflow._airflow import BaseOperator
from tidemark_airflow.plan import PlanError
from tidemark_airflow.task import Command
from tidemark_airflow.waiting import TidemarkAwaitSensor, Waiting


class Runner(ABC):
    """Makes the operator of a task."""

    @abstractmethod
    def operator(self, command: Command, **kwargs: Any) -> BaseOperator:
        """The operator that runs the command; ``kwargs`` are those of every operator."""

    def waiting(self, command: Command, waiting: Waiting, **kwargs: Any) -> BaseOperator:
        """The operator of a task that waits. Where nothing better is known, the command is tried
        again as long as it says "not yet", which holds no worker in between either.
        """
        kwargs["retries"] = math.ceil(waiting.timeout / waiting.every)
        kwargs["retry_delay"] = waiting.every
        return self.operator(command, **kwargs)

    def check(self, project: str, where: str) -> None:
        """Raises ``PlanError`` if the project can't be found from where the command will run."""
        if not posixpath.isabs(project) and not re.match(
            r"[A-Za-z][A-Za-z0-9+.-]+:|.*\{\{", project
        ):
            raise PlanError(
                f"{where}: the project is `{project}`, relative to where the plan was made;"
                ' say where it is for the tasks: tidemark_group(..., project="/srv/features")'
            )


@dataclass(frozen=True)
class Bash(Runner):
    """A command line on Airflow's workers, by a BashOperator.

    :param command: what the arguments are put behind: a list of words, or text for bash
        (templated)
    :param env: environment variables beside the worker's (templated)
    :param cwd: the folder to run in; else a new one (templated)
    """

    command: Sequence[str] | str = ("tidemark",)
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None

    def operator(self, command: Command, **kwargs: Any) -> BaseOperator:
        operators = _import("tidemark_airflow.operators.bash", "Bash", "standard")
        operator: BaseOperator = operators.TidemarkBashOperator(
            tidemark=command,
            command=self.command,
            env=dict(self.env),
            append_env=True,
            cwd=self.cwd,
            **kwargs,
        )
        return operator

    def waiting(self, command: Command, waiting: Waiting, **kwargs: Any) -> BaseOperator:
        return TidemarkAwaitSensor(
            tidemark=command,
            command=self.command,
            env=dict(self.env),
            cwd=self.cwd,
            deferrable=waiting.deferrable,
            poke_interval=waiting.every.total_seconds(),
            timeout=waiting.timeout.total_seconds(),
            **kwargs,
        )

    def check(self, project: str, where: str) -> None:
        if self.cwd is None:
            super().check(project, where)


@dataclass(frozen=True)
class SparkSubmit(Runner):
    """Tidemark's jar, by a SparkSubmitOperator.

    :param application: the jar: a file, or a URI that the cluster reads
    :param conn_id: Airflow's connection to Spark: master, deploy mode
    :param summaries: a folder that driver and Airflow both reach; needed in cluster mode, since
        nothing else tells how the driver ended
    :param summaries_conn_id: Airflow's connection to read it
    :param conf: Spark settings, which come before those that the plan has under ``resources``
    :param options: more arguments of SparkSubmitOperator
    """

    application: str
    conn_id: str = "spark_default"
    summaries: str | None = None
    summaries_conn_id: str | None = None
    conf: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def operator(self, command: Command, **kwargs: Any) -> BaseOperator:
        operators = _import("tidemark_airflow.operators.spark", "SparkSubmit", "apache-spark")
        operator: BaseOperator = operators.TidemarkSparkSubmitOperator(
            **{
                "tidemark": command,
                "application": self.application,
                "java_class": "dev.tidemark.jobs.Main",
                "application_args": command.argv,
                "name": command.task.id,
                "conn_id": self.conn_id,
                "summaries": self.summaries,
                "summaries_conn_id": self.summaries_conn_id,
                "conf": {**command.task.resources, **self.conf},
                **kwargs,
                **self.options,
            }
        )
        return operator


@dataclass(frozen=True)
class KubernetesPod(Runner):
    """A pod each, by a KubernetesPodOperator.

    :param image: an image that has Tidemark, and the project or a way to it
    :param command: what the arguments are put behind
    :param summary: True: the summary comes to XCom by Airflow's sidecar
    :param options: more arguments of KubernetesPodOperator, such as ``namespace`` and
        ``container_resources``
    """

    image: str
    command: Sequence[str] = ("tidemark",)
    summary: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def operator(self, command: Command, **kwargs: Any) -> BaseOperator:
        operators = _import(
            "tidemark_airflow.operators.kubernetes", "KubernetesPod", "cncf-kubernetes"
        )
        summary = ["--summary", operators.SUMMARY] if self.summary else []
        operator: BaseOperator = operators.TidemarkKubernetesPodOperator(
            **{
                "tidemark": command,
                "image": self.image,
                "cmds": list(self.command),
                "arguments": [*command.argv, *summary],
                "do_xcom_push": self.summary,
                "name": re.sub("[^a-z0-9-]+", "-", command.task.id.lower()).strip("-"),
                **kwargs,
                **self.options,
            }
        )
        return operator


def _import(module: str, runner: str, provider: str) -> Any:
    """A provider is asked for only by who has chosen its runner."""
    try:
        return importlib.import_module(module)
    except ImportError as e:
        if e.name is None or not e.name.startswith("airflow.providers"):
            raise
        package = f"apache-airflow-providers-{provider}"
        raise ImportError(
            f"runner={runner}(...) needs {package}, which is not installed: pip install {package}",
            name=e.name,
        ) from e
