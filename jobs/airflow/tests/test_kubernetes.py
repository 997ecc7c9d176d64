"""A pod's end, told by the objects that Kubernetes' API gives. No cluster is here: Airflow's own
operator runs on a client that answers by hand.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import plans
import pytest
from contexts import context

pytest.importorskip("airflow.providers.cncf.kubernetes", reason="not part of this installation")

from kubernetes.client import models as k8s

from tidemark_airflow import KubernetesPod, tidemark_group
from tidemark_airflow._airflow import DAG, AirflowException, AirflowFailException


def operator(**options: Any) -> Any:
    with DAG("d", schedule=None, start_date=datetime(2024, 3, 1, tzinfo=timezone.utc)) as dag:
        tidemark_group(
            plans.document(plans.view("v.v1")),
            KubernetesPod("tidemark:1", options={"in_cluster": True, **options}),
        )
    task: Any = dag.task_dict["shop.materialize-v.v1"]
    # What would ask the API.
    task.is_istio_enabled = lambda pod: False
    task.patch_already_checked = lambda pod, reraise=True: None
    task.process_pod_deletion = lambda pod, reraise=True: True
    task._read_pod_container_states = lambda pod, reraise=True: None
    task._read_pod_events = lambda pod, reraise=True: None
    return task


def pod(code: int | None, phase: str = "Failed") -> k8s.V1Pod:
    terminated = None if code is None else k8s.V1ContainerStateTerminated(exit_code=code)
    return k8s.V1Pod(
        metadata=k8s.V1ObjectMeta(name="p", namespace="n"),
        status=k8s.V1PodStatus(
            phase=phase,
            container_statuses=[
                k8s.V1ContainerStatus(
                    name=name,
                    image="i",
                    image_id="i",
                    ready=False,
                    restart_count=0,
                    state=k8s.V1ContainerState(terminated=state),
                )
                for name, state in (
                    ("airflow-xcom-sidecar", k8s.V1ContainerStateTerminated(exit_code=0)),
                    ("base", terminated),
                )
            ],
        ),
    )


@pytest.mark.parametrize(("code", "again"), [(1, True), (2, False), (3, False), (4, True)])
def test_the_container_s_exit_code_says_whether_to_try_again(code: int, again: bool) -> None:
    task = operator()
    run = context(task)
    summary = {"exit_code": code, "status": "refused", "error": {"message": "no such view"}}
    with pytest.raises(AirflowException, match=f"exit code {code} .*: no such view") as e:
        task.cleanup(pod(code), pod(code), summary, run)
    assert isinstance(e.value, AirflowFailException) is not again
    assert run["ti"].xcoms["return_value"] == summary


def test_a_pod_that_was_lost_is_tried_again() -> None:
    task = operator()
    with pytest.raises(AirflowException, match="returned a failure") as e:
        task.cleanup(pod(None), pod(None), None, context(task))
    assert not isinstance(e.value, AirflowFailException)


def test_a_pod_that_did_its_work() -> None:
    task = operator()
    run = context(task)
    task.cleanup(pod(0, "Succeeded"), pod(0, "Succeeded"), None, run)
    task.render_template_fields(run)
    summary = {"exit_code": 0, "tables": []}
    assert task._told(summary, run) == summary
    (event,) = run["outlet_events"].values()
    assert event.extra["end"] == "2024-03-02T00:00:00Z"


def test_what_the_pod_is_asked_to_do() -> None:
    task = operator(namespace="features", termination_grace_period=60)
    run = context(task)
    task.render_template_fields(run)
    assert task.arguments == [
        *("materialize", "v.v1"),
        *("--start", "2024-03-01T00:00:00Z", "--end", "2024-03-02T00:00:00Z"),
        *("--project", "/srv/shop", "--env", "local"),
        *("--summary", "/airflow/xcom/return.json"),
    ]
