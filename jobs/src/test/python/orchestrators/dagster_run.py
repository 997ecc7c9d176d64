"""Materializes assets of a definitions file with the real Dagster and tells what happened, as JSON.

    dagster_run.py DEFINITIONS REQUESTS OUT

REQUESTS is a JSON list; each item has `assets` (the last parts of keys), `partition` or `first` and `last`, and `environment`: variables for the
command. The instance is that of DAGSTER_HOME.
"""

import importlib.util
import json
import os
import sys
from datetime import datetime, timezone

import dagster as dg


def value(metadata):
    found = getattr(metadata, "value", metadata)
    if isinstance(found, dg.TableSchema):
        return [[column.name, column.type] for column in found.columns]
    return found


def run(module, request, instance):
    os.environ.update(request.get("environment", {}))
    chosen = [
        asset
        for asset in module.defs.assets
        if isinstance(asset, dg.AssetsDefinition) and asset.key.path[-1] in request["assets"]
    ]
    tags = {}
    if "first" in request:
        tags = {
            "dagster/asset_partition_range_start": request["first"],
            "dagster/asset_partition_range_end": request["last"],
        }
    result = dg.materialize(
        chosen,
        instance=instance,
        partition_key=request.get("partition"),
        tags=tags,
        resources=module.defs.resources,
        raise_on_error=False,
    )
    events = result.all_events
    failures = [event.event_specific_data for event in events if event.is_step_failure]
    return {
        "success": result.success,
        "materialized": [
            {
                "key": event.materialization.asset_key.path,
                "partition": event.materialization.partition,
                "metadata": {name: value(of) for name, of in event.materialization.metadata.items()},
                "types": {name: type(of).__name__ for name, of in event.materialization.metadata.items()},
                "data_version": (event.materialization.tags or {}).get("dagster/data_version"),
                "code_version": (event.materialization.tags or {}).get("dagster/code_version"),
            }
            for event in (event.event_specific_data for event in result.get_asset_materialization_events())
        ],
        "checks": [
            {
                "key": check.asset_key.path,
                "name": check.check_name,
                "passed": check.passed,
                "metadata": {name: value(of) for name, of in check.metadata.items()},
            }
            for check in result.get_asset_check_evaluations()
        ],
        "retries": sum(event.event_type_value == "STEP_UP_FOR_RETRY" for event in events),
        "failures": [
            {
                "description": failure.user_failure_data.description if failure.user_failure_data else None,
                "metadata": {
                    name: value(of)
                    for name, of in (failure.user_failure_data.metadata if failure.user_failure_data else {}).items()
                },
                "error": failure.error.message if failure.error else None,
            }
            for failure in failures
        ],
        "closed_with": [
            {"name": event.engine_event_data.error.cls_name, "message": event.engine_event_data.error.message}
            for event in (entry.dagster_event for entry in instance.all_logs(result.run_id))
            if event and event.is_engine_event and "closed with exception" in (event.message or "")
        ],
        "log": [
            entry.user_message
            for entry in instance.all_logs(result.run_id)
            if entry.dagster_event is None
        ],
    }


def main():
    path, requests, out = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("definitions", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    instance = dg.DagsterInstance.get()
    told = {"runs": [run(module, request, instance) for request in json.loads(requests)]}
    assets = module.defs.resolve_asset_graph()
    told["assets"] = {
        "/".join(key.path): {
            "owners": sorted(assets.get(key).owners),
            "tags": sorted(assets.get(key).tags),
            "kinds": sorted(assets.get(key).kinds),
            "description": assets.get(key).description,
            "parents": sorted("/".join(parent.path) for parent in assets.get(key).parent_keys),
            "materializable": assets.get(key).is_materializable,
        }
        for key in assets.get_all_asset_keys()
    }
    told["schedules"] = {}
    for schedule in module.defs.schedules:
        resolved = module.defs.resolve_schedule_def(schedule.name)
        tick = resolved.evaluate_tick(
            dg.build_schedule_context(
                instance=instance,
                repository_def=module.defs.get_repository_def(),
                scheduled_execution_time=datetime(2024, 3, 5, tzinfo=timezone.utc),
            )
        )
        told["schedules"][schedule.name] = {
            "cron": resolved.cron_schedule,
            "time_zone": resolved.execution_timezone,
            "partitions": [request.partition_key for request in tick.run_requests],
        }
    with open(out, "w", encoding="utf-8") as file:
        json.dump(told, file, default=str)


if __name__ == "__main__":
    main()
