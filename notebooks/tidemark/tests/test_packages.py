"""What is imported, and what is said where a package is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from lake import Lake, rows

import tidemark

HEAVY = (
    *("pandas", "polars", "pyarrow", "numpy", "duckdb", "deltalake", "pyiceberg", "datasets"),
    *("pyspark", "pyhocon"),
)


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_it_imports_nothing_else() -> None:
    assert python(f"import tidemark, sys; print([m for m in {HEAVY} if m in sys.modules])") == "[]"


def test_importing_it_takes_no_time() -> None:
    code = "import time; t = time.process_time(); import tidemark; print(time.process_time() - t)"
    assert min(float(python(code)) for _ in range(3)) < 0.15


@pytest.mark.parametrize(
    ("absent", "call", "install"),
    [
        ("pandas", "to_pandas()", "pip install pandas pyarrow"),
        ("pandas", "X", "pip install pandas pyarrow"),
        ("polars", "to_polars()", "pip install polars pyarrow"),
        ("duckdb", "to_duckdb()", "pip install duckdb pyarrow pytz"),
        ("pytz", "to_duckdb()", "pip install pytz"),
        ("datasets", "to_huggingface()", "pip install datasets"),
    ],
)
def test_an_absent_package_is_named_with_what_to_install(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, absent: str, call: str, install: str
) -> None:
    lake.build(rows("train"))
    table = tidemark.load("fraud.v1", project=lake.root)
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(ImportError) as error:
        eval(f"table.{call}", {"table": table})
    assert isinstance(error.value, tidemark.MissingPackageError)
    assert install in str(error.value) and call.rstrip("()") in str(error.value)


def test_an_absent_reader_is_named_too(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.build(rows("train"))
    module, install = {
        "delta": ("deltalake", "pip install deltalake pyarrow"),
        "iceberg": ("pyiceberg.table", 'pip install "pyiceberg[pyarrow]"'),
    }[lake.format]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(tidemark.MissingPackageError) as error:
        tidemark.load("fraud.v1", project=lake.root)
    assert install in str(error.value)


def test_hocon_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Lake(tmp_path / "lake", "delta")
    monkeypatch.setitem(sys.modules, "pyhocon", None)
    with pytest.raises(tidemark.MissingPackageError, match="pip install pyhocon"):
        tidemark.load("fraud.v1", project=tmp_path / "lake")
