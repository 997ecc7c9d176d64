"""Tidemark's command line in a pod."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

from tidemark_airflow._airflow import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    Context,
)
from tidemark_airflow.interval import Interval
from tidemark_airflow.outcome import Outcome, failure
from tidemark_airflow.plan import DONE, RETRY
from tidemark_airflow.task import Command, fill

SUMMARY = "/airflow/xcom/return.json"
"""Where Airflow's sidecar takes a pod's XCom from."""


class TidemarkKubernetesPodOperator(KubernetesPodOperator):
    """A KubernetesPodOperator that goes by the exit code of the container. The summary comes by
    Airflow's own way out of a pod, its XCom sidecar, unless ``do_xcom_push`` is False.

    :param tidemark: the task
    """

    # The summary's file name is an argument and no template file.
    template_ext: Sequence[str] = ()

    def __init__(self, *, tidemark: Command, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tidemark = tidemark
        self._interval: Interval | None = None

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        self._interval = self.tidemark.interval(context)
        self.arguments = fill(self.arguments, self._interval)
        super().render_template_fields(context, jinja_env)

    def execute(self, context: Context) -> Any:
        return self._told(super().execute(context), context)

    def trigger_reentry(self, context: Context, event: dict[str, Any]) -> Any:
        return self._told(super().trigger_reentry(context, event), context)

    def _told(self, result: Any, context: Context) -> Any:
        summary = result if isinstance(result, dict) else None
        self.tidemark.conclude(Outcome(0, summary), context, self._interval)
        return result

    def cleanup(
        self,
        pod: Any,
        remote_pod: Any,
        xcom_result: dict[Any, Any] | None = None,
        context: Context | None = None,
    ) -> None:
        """Airflow's raises if the pod failed; what it raises is told by the exit code here."""
        try:
            super().cleanup(pod, remote_pod, xcom_result, context)
        except (AirflowSkipException, AirflowFailException):
            raise
        except AirflowException as e:
            code = _exit_code(remote_pod, self.base_container_name)
            if code is None:
                raise
            outcome = Outcome(code, xcom_result if isinstance(xcom_result, dict) else None)
            retry_class = outcome.retry_class(self.tidemark.exit_codes)
            raise failure(
                RETRY if retry_class == DONE else retry_class,
                f"{outcome.message(self.tidemark.what)}; {e}",
            ) from e


def _exit_code(pod: Any, container: str) -> int | None:
    """Of the container, if it has ended."""
    statuses = (pod.status.container_statuses if pod and pod.status else None) or []
    for status in statuses:
        if status.name == container and status.state and status.state.terminated:
            return int(status.state.terminated.exit_code)
    return None
