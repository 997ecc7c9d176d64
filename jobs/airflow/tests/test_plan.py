"""Which documents are taken, and what is said of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import plans
import pytest

from tidemark_airflow import Plan, PlanError
from tidemark_airflow.plan import load


def test_a_file_a_last_line_and_an_object_are_the_same(tmp_path: Path) -> None:
    document = plans.shop()
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document))
    line = tmp_path / "line.json"
    line.write_text(json.dumps({"command": "plan", "exit_code": 0, "result": document}))
    assert load(file) == load(str(line)) == load(document) == load(load(document))
    assert load(file).exit_codes[3] == "fail"


def test_fields_that_are_not_known_are_left_alone() -> None:
    document = plans.shop()
    document["weather"] = "fine"
    document["tasks"][0]["mood"] = "good"
    assert load(document) == load(plans.shop())


def test_an_unknown_task_is_told_with_those_there_are() -> None:
    with pytest.raises(PlanError, match=r"no task `build/frod.v1`; there are await/sources.raw"):
        load(plans.shop()).task("build/frod.v1")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"plan_version": 2}, r"the plan: a plan of version 2, and this package knows version 1"),
        ({"exit_codes": None}, r"not as its schema says: AttributeError"),
        ({"tasks": [{}]}, r"not as its schema says: KeyError 'id'"),
        ({"tasks": [plans.task("a/b", []), plans.task("a/b", [])]}, r"two tasks `a/b`"),
        ({"tasks": [plans.view("v.v1", ["await/x"])]}, r"`materialize/v.v1` depends on `await/x`"),
        ({"tasks": [{**plans.view("v.v1"), "argv": "materialize"}]}, r"no list of strings"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        load({**plans.document(), **change})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "no plan document"),
        ('{"result": null}', "no plan document"),
        ('{"exit_code": 2}', "tidemark plan --all --template --out FILE"),
    ],
)
def test_a_file_that_is_no_plan(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(PlanError, match=said) as e:
        load(file)
    assert str(file) in str(e.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"none.json: can't be read \(No such file"):
        load(tmp_path / "none.json")


@pytest.mark.tidemark
def test_the_packaged_tidemark_writes_what_is_read_here(
    tidemark: Any, template_shop: Path, tmp_path: Path
) -> None:
    project = ("--project", str(template_shop))
    file = tmp_path / "plan.json"
    tidemark.run("plan", "--all", "--template", *project, "--out", str(file))
    line = tmp_path / "line.json"
    line.write_text(tidemark.run("plan", "--all", "--template", *project, "--json")[-1])
    plan = load(file)
    assert plan == load(line)
    assert [task.id for task in plan.tasks] == [
        "materialize/daily_spend.v1",
        "build/daily_fraud.v1",
        "build/fraud.v1",
    ]
    assert isinstance(plan, Plan)
    assert plan.task("build/daily_fraud.v1").depends_on == ("materialize/daily_spend.v1",)
    assert plan.exit_codes[2] == plan.exit_codes[3] == "fail"
    assert plan.exit_codes[4] == plan.exit_codes[5] == "retry"
