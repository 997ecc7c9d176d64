"""Optional packages, imported when they are needed."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from tidemark.errors import MissingPackageError

# By module: what pip calls it.
_INSTALL = {
    "datasets": "datasets",
    "deltalake": "deltalake pyarrow",
    "duckdb": "duckdb pyarrow pytz",
    "pandas": "pandas pyarrow",
    "polars": "polars pyarrow",
    "pyarrow": "pyarrow",
    "pyhocon": "pyhocon",
    "pyiceberg": '"pyiceberg[pyarrow]"',
    "pyspark": "pyspark",
    "pytz": "pytz",
    "sqlalchemy": '"pyiceberg[pyarrow,sql-sqlite]"',
    "psycopg2": '"pyiceberg[pyarrow,sql-postgres]"',
    "thrift": '"pyiceberg[pyarrow,hive]"',
    "boto3": '"pyiceberg[pyarrow,glue]"',
}


def need(module: str, what: str) -> Any:
    """A module of an optional package.

    :param what: what needs it, for the message
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as e:
        raise missing(e, what) from e


def missing(error: ModuleNotFoundError, what: str) -> MissingPackageError:
    """What to install, for an import that failed."""
    name = (error.name or "").split(".")[0]
    return MissingPackageError(
        f"{what} needs the package {name}, which is not installed\n"
        f"  pip install {_INSTALL.get(name, name)}"
    )


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """The known names that are most like one, the most like first."""
    lower: dict[str, str] = {}
    for each in known:
        lower.setdefault(each.lower(), each)
        # As people type it: without its variant.
        lower.setdefault(each.lower().rsplit(".", 1)[0], each)
    found: list[str] = []
    for match in get_close_matches(name.lower(), list(lower), n=6, cutoff=0.6):
        if lower[match] not in found:
            found.append(lower[match])
    return found[:3]
