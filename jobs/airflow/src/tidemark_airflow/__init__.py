"""Tidemark's plan document as an Airflow TaskGroup.

``tidemark_group`` makes one task of each task of the document; ``assets_of`` tells which assets a
DAG must follow to come after them. A runner says where Tidemark's commands run.
"""

from tidemark_airflow.group import assets_of, tidemark_group
from tidemark_airflow.plan import Plan, PlanError, PlanTask
from tidemark_airflow.runners import Bash, KubernetesPod, Runner, SparkSubmit
from tidemark_airflow.waiting import Waiting

__all__ = [
    "Bash",
    "KubernetesPod",
    "Plan",
    "PlanError",
    "PlanTask",
    "Runner",
    "SparkSubmit",
    "Waiting",
    "assets_of",
    "tidemark_group",
]
