"""Reads the training sets and feature views that Tidemark wrote.

    import tidemark

    delays = tidemark.load("delays.v1")
    train, test = delays.splits()["train"], delays.splits()["test"]
    train.to_pandas()

Nothing of it needs a JVM. pandas, Polars, DuckDB and the readers of the table formats are imported
when they are asked for.
"""

from tidemark._load import DeprecatedVariantWarning, load
from tidemark._manifest import Manifest, Roles
from tidemark._names import Entries, Entry, list, search
from tidemark._table import Code, Table
from tidemark.errors import (
    CatalogError,
    ManifestError,
    MissingPackageError,
    NotBuiltError,
    NotPossibleError,
    ProjectError,
    SplitError,
    TidemarkError,
    UnknownNameError,
    VersionGoneError,
)

__all__ = [
    "CatalogError",
    "Code",
    "DeprecatedVariantWarning",
    "Entries",
    "Entry",
    "Manifest",
    "ManifestError",
    "MissingPackageError",
    "NotBuiltError",
    "NotPossibleError",
    "ProjectError",
    "Roles",
    "SplitError",
    "Table",
    "TidemarkError",
    "UnknownNameError",
    "VersionGoneError",
    "list",
    "load",
    "search",
]
