"""Airflow's folder and settings for these tests, set before anything imports Airflow."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

_HOME = tempfile.mkdtemp(prefix="tidemark-airflow-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ.update(
    AIRFLOW_HOME=_HOME,
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__CORE__DAGS_FOLDER=os.path.join(_HOME, "dags"),
)

from installation import AIRFLOW_3, DAILY, Airflow, Launcher, fresh_shop  # noqa: E402

collect_ignore = ["test_2_11.py"] if AIRFLOW_3 else ["test_docs.py", "test_scheduler.py"]


@pytest.fixture(scope="session")
def tidemark() -> Launcher:
    """The packaged command line; it must be there, or nothing would be shown."""
    launcher = os.environ.get("TIDEMARK")
    assert launcher, "TIDEMARK must name the launcher, such as jobs/bin/tidemark"
    return Launcher(launcher)


@pytest.fixture(scope="session")
def template_shop(tidemark: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `init` writes it, with a view that is materialized. Not to be changed."""
    folder = tmp_path_factory.mktemp("template") / "shop"
    tidemark.run("init", "--project", str(folder))
    (folder / "definitions" / "daily.conf").write_text(DAILY)
    return folder


@pytest.fixture
def shop(template_shop: Path, tmp_path: Path) -> Path:
    return fresh_shop(template_shop, tmp_path)


@pytest.fixture
def airflow(tmp_path: Path) -> Airflow:
    return Airflow(tmp_path / "airflow")
