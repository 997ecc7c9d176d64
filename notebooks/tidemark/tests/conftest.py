"""What was written by the real Tidemark, and small lakes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from lake import Lake

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Launcher:
    """Tidemark's launcher."""

    path: Path

    def run(self, *arguments: str) -> str:
        """What it prints."""
        done = subprocess.run(
            [self.path, *arguments],
            env={**os.environ, "TIDEMARK_HEAP": os.environ.get("TIDEMARK_HEAP", "2g")},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def tidemark_cli() -> Launcher:
    """The packaged command line; it must be there, or nothing would be shown."""
    launcher = os.environ.get("TIDEMARK")
    assert launcher, "TIDEMARK must name the launcher, such as jobs/bin/tidemark"
    return Launcher(Path(launcher))


@pytest.fixture(scope="session")
def repository(tidemark_cli: Launcher) -> Path:
    return tidemark_cli.path.parents[2]


@pytest.fixture(scope="session")
def example(
    tidemark_cli: Launcher, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The repository's example, built to both formats."""
    project = tmp_path_factory.mktemp("example") / "conf"
    shutil.copytree(repository / "conf", project, ignore=shutil.ignore_patterns(".tidemark"))
    tidemark_cli.run("build", "delays.v1", "--project", str(project))
    tidemark_cli.run(
        *("materialize", "aircraft_delays.v1", "--project", str(project)),
        *("--start", "2013-01-10", "--end", "2013-01-12"),
    )
    return project


@pytest.fixture(scope="session")
def types(tidemark_cli: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training set with a column of every type, in both formats; scored too."""
    project = tmp_path_factory.mktemp("types") / "types"
    shutil.copytree(HERE / "types", project)
    told = ("--project", str(project))
    tidemark_cli.run("build", "types.v1", *told)
    tidemark_cli.run("build", "counted.v1", "--scoring", "--as-of", "2024-03-10", *told)
    tidemark_cli.run("materialize", "counts.v1", "--latest", "--as-of", "2024-03-10", *told)
    return project


@pytest.fixture(params=["delta", "iceberg"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", request.param)


@pytest.fixture(scope="session", autouse=True)
def duckdb_extensions() -> None:
    """DuckDB's default connection has its extensions from packages, and fetches none."""
    import duckdb

    duckdb.sql("SET autoinstall_known_extensions = false")
    for name in ["icu", "avro", "iceberg", "delta"]:
        package = resources.files(f"duckdb_extension_{name}")
        folder = package / "extensions" / f"v{duckdb.__version__}"
        duckdb.sql(f"LOAD '{folder / (name + '.duckdb_extension')}'")


@pytest.fixture(scope="session")
def spark(repository: Path) -> Iterator[Any]:
    """A Spark that has both formats; Tidemark's jar has them inside."""
    from pyspark.sql import SparkSession

    (jar,) = (repository / "jobs" / "target").glob("tidemark-[0-9]*.jar")
    extensions = (
        "io.delta.sql.DeltaSparkSessionExtension,"
        "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
    )
    catalog = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars", str(jar))
        .config("spark.sql.extensions", extensions)
        .config("spark.sql.catalog.spark_catalog", catalog)
        .config("spark.driver.memory", "1g")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    yield session
    session.stop()
