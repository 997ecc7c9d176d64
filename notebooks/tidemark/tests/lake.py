"""Small lakes of real tables, written with delta-rs and PyIceberg.

With the manifests and the history that Tidemark leaves beside its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog

ENVIRONMENTS = {
    "delta": 'providers.lake { format = delta, warehouse = ".tidemark/lake" }\n',
    "iceberg": """
providers.lake {
  format = iceberg
  warehouse = ".tidemark/lake"
  options { type = jdbc, uri = "jdbc:sqlite:%s/catalog.db", jdbc { schema-version = V1 } }
}
""",
}

DEFINITIONS = """
entities.customer { keys { customer_id = bigint } }
sources.payments.v1 { path = "data/payments.csv", format = csv, event-time = paid_at }
feature-views.spend.v1 { entity = customer, source = sources.payments.v1, features {} }
training-sets {
  fraud.v1 { label = labels.chargeback.v1, features = [spend.v1] }
  fraud.v2 = ${training-sets.fraud.v1} { description = "Not built" }
}
"""

RUNS = pa.schema(
    [
        ("run_id", pa.string()),
        ("task_id", pa.string()),
        ("resource", pa.string()),
        ("interval_start", pa.timestamp("us", tz="UTC")),
        (
            "tables",
            pa.list_(
                pa.struct(
                    [
                        ("provider", pa.string()),
                        ("name", pa.string()),
                        ("format", pa.string()),
                        ("table_id", pa.string()),
                        ("snapshot", pa.string()),
                    ]
                )
            ),
        ),
        ("rows", pa.int64()),
        ("committed_at", pa.timestamp("us", tz="UTC")),
        ("manifest", pa.string()),
    ]
)

REGISTRY = pa.schema(
    [
        ("number", pa.int64()),
        ("id", pa.string()),
        ("owner", pa.string()),
        ("description", pa.string()),
        ("tags", pa.list_(pa.string())),
        ("state", pa.string()),
        ("successor", pa.string()),
        ("reason", pa.string()),
    ]
)


def rows(*splits: str, start: int = 0) -> pa.Table:
    """Rows of the training set ``fraud.v1``."""
    n = len(splits)
    at = datetime(2024, 3, 1, tzinfo=UTC)
    return pa.table(
        {
            "customer_id": pa.array(range(start, start + n), pa.int64()),
            "event_time": pa.array(
                [at + timedelta(days=i) for i in range(n)], pa.timestamp("us", tz="UTC")
            ),
            "amount": pa.array([float(i) for i in range(n)], pa.float64()),
            "chargeback": pa.array([i % 2 == 1 for i in range(n)], pa.bool_()),
            "spend_7d": pa.array([i or None for i in range(n)], pa.int64()),
            "spend_trend": pa.array([i / 2 for i in range(n)], pa.float64()),
            "split": pa.array(splits, pa.string()),
        }
    )


def definitions() -> dict[str, Any]:
    return {
        "entities": {"customer": {"keys": {"customer_id": "bigint"}, "owner": "crm"}},
        "labels": {
            "chargeback": {
                "v1": {
                    "entity": "customer",
                    "source": "sources.payments.v1",
                    "value": "x",
                    "keep": ["amount"],
                }
            }
        },
        "training-sets": {
            "fraud": {
                "v1": {
                    "label": "labels.chargeback.v1",
                    "features": ["spend.v1"],
                    "derived": {"spend_trend": "spend_7d / 2"},
                    "split": {"by": "time", "test-from": "2024-03-04", "embargo": "1d"},
                    "owner": "risk",
                    "description": "Paid & disputed",
                    "tags": ["fraud"],
                }
            }
        },
    }


@dataclass
class Lake:
    """A project whose one provider is of one format, and what was written to it."""

    root: Path
    format: str
    runs: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.root / "env").mkdir(parents=True)
        (self.root / "definitions").mkdir()
        text = ENVIRONMENTS[self.format]
        (self.root / "env" / "local.conf").write_text(
            text % self.root if "%s" in text else text, encoding="utf-8"
        )
        (self.root / "definitions" / "all.conf").write_text(DEFINITIONS, encoding="utf-8")

    @property
    def warehouse(self) -> Path:
        return self.root / ".tidemark" / "lake"

    def catalog(self) -> SqlCatalog:
        return SqlCatalog(
            "lake", uri=f"sqlite:///{self.root}/catalog.db", warehouse=str(self.warehouse)
        )

    def write(self, database: str, name: str, table: pa.Table) -> tuple[str, str]:
        """Replaces the rows of a table; its id and the version that came of it."""
        if self.format == "delta":
            path = str(self.warehouse / database / name)
            deltalake.write_deltalake(path, table, mode="overwrite")
            delta = deltalake.DeltaTable(path)
            return str(delta.metadata().id), str(delta.version())
        catalog = self.catalog()
        catalog.create_namespace_if_not_exists(database)
        iceberg = catalog.create_table_if_not_exists(f"{database}.{name}", table.schema)
        iceberg.overwrite(table)
        snapshot = iceberg.current_snapshot()
        assert snapshot
        return str(iceberg.metadata.table_uuid), str(snapshot.snapshot_id)

    def drop(self, database: str, name: str) -> None:
        if self.format == "delta":
            import shutil

            shutil.rmtree(self.warehouse / database / name)
        else:
            self.catalog().drop_table(f"{database}.{name}")

    def build(self, table: pa.Table, recorded: bool = True) -> Path:
        """A build of ``fraud.v1``; where its manifest is."""
        run_id = f"run-{len(self.runs) + 1}"
        table_id, version = self.write("features", "fraud_v1", table)
        manifest = self.warehouse / "_manifests" / "training-sets" / "fraud.v1" / f"{run_id}.json"
        manifest.parent.mkdir(parents=True, exist_ok=True)
        name = (
            "lake.features.fraud_v1"
            if self.format == "iceberg"
            else str(self.warehouse / "features" / "fraud_v1")
        )
        document = self.document(run_id, table)
        manifest.write_text(json.dumps(document), encoding="utf-8")
        run = {
            "run_id": run_id,
            "task_id": "build/fraud.v1",
            "resource": "training-sets.fraud.v1",
            "interval_start": None,
            "tables": [
                {
                    "provider": "lake",
                    "name": name,
                    "format": self.format,
                    "table_id": table_id,
                    "snapshot": version,
                }
            ],
            "rows": table.num_rows,
            "committed_at": datetime(2024, 4, 1, 0, len(self.runs), tzinfo=UTC),
            "manifest": manifest.as_uri(),
        }
        self.runs.append(run)
        if recorded:
            self.record(self.runs)
        return manifest

    def record(self, runs: Sequence[dict[str, Any]]) -> None:
        self.write("tidemark", "runs", pa.Table.from_pylist(list(runs), RUNS))

    def register(self, *entries: dict[str, Any]) -> None:
        numbered = [{"number": i, **entry} for i, entry in enumerate(entries)]
        self.write("tidemark", "registry", pa.Table.from_pylist(numbered, REGISTRY))

    def expire(self, version: str) -> None:
        """Ends a version that was replaced, as maintenance by others would."""
        if self.format == "delta":
            table = deltalake.DeltaTable(str(self.warehouse / "features" / "fraud_v1"))
            gone = table.vacuum(0, dry_run=False, enforce_retention_duration=False)
            assert gone
        else:
            table = self.catalog().load_table("features.fraud_v1")
            table.maintenance.expire_snapshots().by_id(int(version)).commit()

    @staticmethod
    def document(run_id: str, table: pa.Table) -> dict[str, Any]:
        types = {"int64": "BIGINT", "double": "DOUBLE", "bool": "BOOLEAN", "string": "STRING"}
        columns = []
        for column in table.schema:
            nulls = table.column(column.name).null_count
            feature = column.name.startswith("spend")
            columns.append(
                {
                    "name": column.name,
                    "type": types.get(str(column.type), "TIMESTAMP"),
                    "nulls": nulls,
                    "reasons": {"no_history": nulls, "key_null": 0} if feature else None,
                }
            )
        return {
            "manifest": 1,
            "resource": "training-sets.fraud.v1",
            "kind": "build",
            "run_id": run_id,
            "as_of": "2024-04-01T00:00:00Z",
            "interval": None,
            "rows": {"out": table.num_rows},
            "columns": columns,
            "checks": [{"name": "row_count", "verdict": "passed", "detail": "as many"}],
            "outputs": [],
            "definitions": definitions(),
        }
