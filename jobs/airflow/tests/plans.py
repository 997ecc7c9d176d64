"""Plan documents as Tidemark writes them, made here where a test needs one of its own."""

from __future__ import annotations

from typing import Any

EXIT_CODES = {
    "0": "done",
    "1": "retry",
    "2": "fail",
    "3": "fail",
    "4": "retry",
    "5": "retry",
    "130": "retry",
    "137": "retry",
    "143": "retry",
}


def table(resource: str, name: str) -> dict[str, Any]:
    return {
        "resource": resource,
        "uri": f"iceberg://tidemark/features/{name}",
        "provider": "lake",
        "format": "iceberg",
        "table": f"tidemark.features.{name}",
    }


def task(task_id: str, argv: list[str], **fields: Any) -> dict[str, Any]:
    return {
        "id": task_id,
        "kind": task_id.split("/")[0],
        "resource": task_id.split("/")[1],
        "argv": [*argv, "--project", "{{project}}", "--env", "local"],
        "grain": None,
        "first": None,
        "depends_on": [],
        "inputs": [],
        "outputs": [],
        "owner": None,
        "description": None,
        "tags": [],
        "resources": {},
        "fingerprint": None,
        **fields,
    }


def wait(source: str) -> dict[str, Any]:
    return task(
        f"await/sources.{source}",
        ["await", f"sources.{source}", "--until", "{{end}}"],
        inputs=[
            {"resource": f"sources.{source}", "uri": "s3://lake/" + source.removesuffix(".v1")}
        ],
    )


def view(name: str, after: list[str] | None = None, **fields: Any) -> dict[str, Any]:
    return task(
        f"materialize/{name}",
        ["materialize", name, "--start", "{{start}}", "--end", "{{end}}"],
        **{
            "resource": f"feature-views.{name}",
            "grain": "1d",
            "first": "2024-03-01T00:00:00Z",
            "depends_on": after or [],
            "inputs": [{"resource": "sources.raw.v1", "uri": "s3://lake/raw"}],
            "outputs": [table(f"feature-views.{name}", name.replace(".", "_"))],
            "owner": "fleet",
            "description": "What it is",
            **fields,
        },
    )


def training_set(name: str, views: list[str], **fields: Any) -> dict[str, Any]:
    return task(
        f"build/{name}",
        ["build", name, "--as-of", "{{end}}"],
        **{
            "resource": f"training-sets.{name}",
            "depends_on": [f"materialize/{v}" for v in views],
            "inputs": [
                {"resource": "sources.labels.v1", "uri": "s3://lake/labels"},
                *(table(f"feature-views.{v}", v.replace(".", "_")) for v in views),
            ],
            "outputs": [table(f"training-sets.{name}", name.replace(".", "_"))],
            **fields,
        },
    )


def document(*tasks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "plan_version": 1,
        "tidemark_version": "0.1.0",
        "project": "/srv/shop",
        "project_name": "shop",
        "environment": "local",
        "template": True,
        "placeholders": ["{{project}}", "{{start}}", "{{end}}"],
        "exit_codes": EXIT_CODES,
        "tasks": list(tasks),
        "notes": [],
        **fields,
    }


def shop() -> dict[str, Any]:
    return document(
        wait("raw.v1"),
        view("spend.v1", ["await/sources.raw.v1"]),
        view("visits.v1"),
        training_set("fraud.v1", ["spend.v1", "visits.v1"]),
    )


def of_one_interval() -> dict[str, Any]:
    """The shop's plan with times in place of placeholders, as `plan --start --end` has it."""
    start, end = "2024-03-04T00:00:00Z", "2024-03-06T00:00:00Z"
    source = wait("raw.v1")
    spend = view("spend.v1", [f"await/sources.raw.v1/{end}"])
    source["id"] += f"/{end}"
    spend["id"] += f"/{start}/{end}"
    for each in (source, spend):
        each["argv"] = [
            argument.replace("{{start}}", start).replace("{{end}}", end)
            for argument in each["argv"]
        ]
    return document(source, spend, template=False, placeholders=["{{project}}"])


def large(tasks: int) -> dict[str, Any]:
    """A training set for every four views."""
    made: list[dict[str, Any]] = []
    while len(made) < tasks:
        n = len(made)
        views = [f"view_{n + i}.v1" for i in range(4)]
        made.extend(view(v) for v in views)
        made.append(training_set(f"set_{n}.v1", views))
    return document(*made[:tasks])
