"""Tidemark's jar by spark-submit."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import subprocess
import tempfile
from typing import Any

from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

from tidemark_airflow._airflow import (
    AirflowException,
    BaseHook,
    Context,
    ObjectStoragePath,
)
from tidemark_airflow.interval import Interval
from tidemark_airflow.outcome import Outcome, Summary, summary_of
from tidemark_airflow.task import Command, fill


class TidemarkSparkSubmitOperator(SparkSubmitOperator):
    """A SparkSubmitOperator that learns from the summary how the driver ended.

    In client mode the driver runs here and leaves its summary in a temporary file. In cluster mode
    it runs elsewhere, and spark-submit does not tell its exit code; it leaves its summary where
    ``summaries`` says.

    :param tidemark: the task
    :param summaries: a folder that both the driver and Airflow reach, such as ``s3a://bucket/runs``;
        needed in cluster mode
    :param summaries_conn_id: Airflow's connection to read it
    :param grace: how many seconds the driver has to cancel after SIGTERM before it is killed
    """

    def __init__(
        self,
        *,
        tidemark: Command,
        summaries: str | None = None,
        summaries_conn_id: str | None = None,
        grace: float = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.tidemark = tidemark
        self.summaries = summaries
        self.summaries_conn_id = summaries_conn_id
        self.grace = grace
        self._interval: Interval | None = None

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        self._interval = self.tidemark.interval(context)
        self.application_args = fill(self.application_args, self._interval)
        super().render_template_fields(context, jinja_env)

    def execute(self, context: Context) -> Summary | None:  # type: ignore[override]
        if self.summaries is not None:
            return self._submit(context, self._place(context, self.summaries))
        if self._cluster_mode():
            self.log.warning(
                "In cluster mode only the summary tells how the driver ended, and no `summaries`"
                " folder is set: every failure is tried again, and XCom gets nothing"
            )
            return self._submit(context, None)
        with tempfile.TemporaryDirectory(prefix="tidemark-") as folder:
            return self._submit(context, os.path.join(folder, "summary.json"))

    def _submit(self, context: Context, target: str | None) -> Summary | None:
        if target is not None:
            self.application_args = [*(self.application_args or []), "--summary", target]
        error: Exception | None = None
        try:
            super().execute(context)
        except Exception as e:
            error = e
        summary = None if target is None else self._read(target)
        code = self._exit_code(summary, error)
        if error is not None and code in (0, None):
            # The driver came to its end, or nobody knows: what failed is for Airflow to tell.
            raise error
        try:
            return self.tidemark.conclude(Outcome.of(code or 0, summary), context, self._interval)
        except AirflowException as e:
            raise e from error

    def _exit_code(self, summary: Summary | None, error: Exception | None) -> int | None:
        if summary is not None:
            return int(summary["exit_code"])
        if error is None:
            return 0
        process = self._process()
        return None if process is None or self._cluster_mode() else process.returncode

    def _process(self) -> subprocess.Popen[bytes] | None:
        return getattr(self._hook, "_submit_sp", None)

    def _cluster_mode(self) -> bool:
        if self._deploy_mode is not None:
            return self._deploy_mode == "cluster"
        try:
            extra = BaseHook.get_connection(self._conn_id).extra_dejson
        except Exception:
            # The operator goes without one, too.
            return False
        return bool(extra.get("deploy-mode") == "cluster")

    def _place(self, context: Context, folder: str) -> str:
        """One file an attempt. Hadoop's paths take no colon, which runs' ids have."""
        ti = context["ti"]
        parts = [ti.dag_id, context["run_id"], ti.task_id, f"{ti.try_number}.json"]
        return "/".join([folder.rstrip("/"), *(re.sub(r"[^A-Za-z0-9_.-]", "_", p) for p in parts)])

    def _read(self, target: str) -> Summary | None:
        try:
            # fsspec has one name for what Hadoop calls s3a.
            place = re.sub("^s3[an]:", "s3:", target)
            text = ObjectStoragePath(place, conn_id=self.summaries_conn_id).read_text()
        except FileNotFoundError:
            return None
        except Exception as e:
            self.log.warning("Can't read the summary %s: %s", target, e)
            return None
        return summary_of(text.strip())

    def _get_hook(self) -> SparkSubmitHook:
        hook = super()._get_hook()
        # A process group of its own, so that a signal reaches what spark-submit's script starts.
        hook.submit = functools.partial(hook.submit, start_new_session=True)  # type: ignore[method-assign]
        return hook

    def on_kill(self) -> None:
        """SIGTERM first: Tidemark cancels, and leaves no half-done work. Airflow's hook kills."""
        process = self._process()
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(self.grace)
            except subprocess.TimeoutExpired:
                self.log.warning("The driver did not end within %s s of SIGTERM", self.grace)
        if self._hook is not None:
            super().on_kill()
