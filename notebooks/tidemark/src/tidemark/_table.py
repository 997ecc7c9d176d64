"""A training set or a view at one version, for whatever reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from tidemark import _arrow, _show
from tidemark._formats import Version
from tidemark._manifest import Manifest, Roles
from tidemark._packages import nearest, need
from tidemark.errors import NotPossibleError, SplitError

if TYPE_CHECKING:
    import datasets
    import duckdb
    import pandas
    import polars
    import pyarrow
    import pyspark.sql

READERS = ("pandas", "polars", "duckdb", "pyiceberg", "deltalake", "spark")


class Code(str):
    """Lines of Python; shown as they are."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return f"```python\n{self}\n```"


class Table:
    """A training set or a feature view at one pinned version.

    Nothing is read before rows are asked for, and then the same rows for as long as the version
    is there, whatever is built meanwhile. ``tidemark.load`` makes it.
    """

    def __init__(
        self,
        manifest: Manifest,
        version: Version,
        others: Mapping[str, Callable[[], Version]],
        split: str | None = None,
    ) -> None:
        self._manifest = manifest
        self._version = version
        self._others = dict(others)
        self._split = split
        self._rows: int | None = None
        if split is not None:
            self._check(split)

    @property
    def id(self) -> str:
        """Such as ``training-sets.fraud.v1``."""
        return self._manifest.resource

    @property
    def name(self) -> str:
        """Such as ``fraud.v1``."""
        return self.id.split(".", 1)[1]

    @property
    def kind(self) -> str:
        """``training-sets`` or ``feature-views``."""
        return self.id.split(".", 1)[0]

    @property
    def version(self) -> str:
        """The Iceberg snapshot id or the Delta version."""
        return self._version.id

    @property
    def format(self) -> str:
        """``iceberg`` or ``delta``."""
        return self._version.where.provider.format

    @property
    def provider(self) -> str:
        """The name of the environment's provider that is read."""
        return self._version.where.provider.name

    @property
    def location(self) -> str:
        """Where the table lies, a path or URI."""
        return self._version.location

    @property
    def manifest(self) -> Manifest:
        """Of the run that wrote this version; of a view's table, of the newest interval.

        That of ``latest`` and ``scoring`` tells of the newest run too.
        """
        return self._manifest

    @property
    def roles(self) -> Roles:
        """What each column is for."""
        return self._manifest.roles

    @property
    def columns(self) -> Mapping[str, str]:
        """Names and Spark SQL types, such as ``DECIMAL(12,2)``, in order."""
        return self._manifest.columns

    @property
    def null_reasons(self) -> Mapping[str, Mapping[str, int]]:
        """Why values are null: of each feature with nulls the reasons, and how many rows each has.

        They are the manifest's: of the whole build whatever the split, of a view's one interval.
        """
        return self._manifest.null_reasons

    @property
    def owners(self) -> Mapping[str, str]:
        """Who answers for it, first, and for each resource that it was made of."""
        return self._manifest.owners

    @property
    def description(self) -> str | None:
        return self._manifest.description

    @property
    def split(self) -> str | None:
        """The split whose rows these are; None: all rows."""
        return self._split

    def splits(self) -> dict[str, Table]:
        """Each split that has rows; none if the training set declares no split."""
        column = self.roles.split
        if column is None:
            return {}
        names = set(self._version.arrow([column], None).column(column).unique().to_pylist())
        return {name: self._of(name) for name in self._manifest.split_names if name in names}

    def __len__(self) -> int:
        """How many rows there are."""
        if self._rows is None:
            if self._split is None and self._manifest.kind == "build":
                self._rows = self._manifest.rows
            else:
                column = self.roles.split or self.roles.time
                self._rows = self._version.arrow([column], self._equal()).num_rows
        return self._rows

    def __bool__(self) -> bool:
        return True

    def to_arrow(self, columns: Sequence[str] | None = None) -> pyarrow.Table:
        """Rows as an Arrow table, with the same types whichever format they are in.

        :param columns: only these, in this order; all if None
        :raises VersionGoneError: if the version's files are not there any more
        """
        wanted = list(columns) if columns is not None else list(self.columns)
        for column in wanted:
            if column not in self.columns:
                raise self._no_column(column)
        return _arrow.plain(self._version.arrow(wanted, self._equal()).select(wanted))

    def to_pandas(
        self,
        columns: Sequence[str] | None = None,
        dtypes: Literal["arrow", "numpy"] = "arrow",
    ) -> pandas.DataFrame:
        """Rows as a pandas frame.

        :param dtypes: ``arrow`` keeps every type: whole numbers with nulls, decimals, instants,
            maps. ``numpy`` is what pandas made of them before: whole numbers with nulls are floats,
            decimals and nested values Python objects.
        """
        pandas = need("pandas", "to_pandas()")
        if dtypes not in ("arrow", "numpy"):
            raise NotPossibleError(f"no dtypes `{dtypes}`: there are arrow and numpy")
        mapper = pandas.ArrowDtype if dtypes == "arrow" else None
        return self.to_arrow(columns).to_pandas(types_mapper=mapper)

    def to_polars(self, columns: Sequence[str] | None = None) -> polars.DataFrame:
        """Rows as a Polars frame; for a Polars without maps, a map is a list of key and value."""
        polars = need("polars", "to_polars()")
        return polars.from_arrow(self.to_arrow(columns))

    def to_duckdb(
        self, connection: duckdb.DuckDBPyConnection | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Rows as a DuckDB relation over Arrow, which needs none of DuckDB's extensions.

        :param connection: DuckDB's default one if None
        """
        duckdb = need("duckdb", "to_duckdb()")
        # DuckDB asks for it only when an instant is fetched.
        need("pytz", "to_duckdb()")
        return duckdb.from_arrow(
            self.to_arrow(), connection=connection or duckdb.default_connection()
        )

    def to_spark(self, spark: pyspark.sql.SparkSession) -> pyspark.sql.DataFrame:
        """A Spark DataFrame at the pinned version, read by Spark where the table lies.

        :param spark: a session that has Delta Lake's, or Iceberg's, runtime; an Iceberg catalog
            that it does not know yet is set as the environment says
        """
        rows = self._version.spark(spark)
        equal = self._equal()
        return rows if equal is None else rows.where(rows[equal[0]] == equal[1])

    def to_huggingface(self, columns: Sequence[str] | None = None) -> datasets.Dataset:
        """Rows as a Hugging Face dataset; a map, which it lacks, is a list of key and value."""
        datasets = need("datasets", "to_huggingface()")
        rows = _arrow.without_maps(self.to_arrow(columns))
        return datasets.Dataset(datasets.table.InMemoryTable(rows))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Whatever takes Arrow takes a table: ``polars.DataFrame(table)``, for one."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    @property
    def X(self) -> pandas.DataFrame:
        """What a model learns from: kept columns and features, as scikit-learn takes them.

        Numbers and booleans are numpy's, with NaN for null; decimals are floats; text is a
        category. Times, maps, lists, structs and bytes are left out: derive numbers from them.
        """
        need("pandas", "X")
        wanted = [*self.roles.kept, *self.roles.features]
        types = self.columns
        return _arrow.for_models(self.to_arrow([c for c in wanted if _arrow.is_input(types[c])]))

    @property
    def y(self) -> pandas.Series:
        """The label, in the order of the rows of ``X``: numpy's, if none is null."""
        pandas = need("pandas", "y")
        label = self.roles.label
        if label is None:
            raise NotPossibleError(f"{self.id} has no label")
        rows = self.to_arrow([label])
        mapper = pandas.ArrowDtype if rows.column(label).null_count else None
        return rows.to_pandas(types_mapper=mapper)[label]

    def code(self, by: str = "pandas") -> Code:
        """Plain code that reads the same rows without this package.

        :param by: pandas, polars, duckdb, pyiceberg, deltalake or spark. Where the rows are in
            both formats, pyiceberg and deltalake read the one that is theirs.
        """
        if by not in READERS:
            raise NotPossibleError(f"no code for `{by}`: there is {', '.join(READERS)}")
        theirs = {"pyiceberg": "iceberg", "deltalake": "delta"}.get(by, self.format)
        if theirs == self.format:
            version = self._version
        elif theirs in self._others:
            version = self._others[theirs]()
        else:
            raise NotPossibleError(
                f"{self.id} is not in {theirs}, which is what {by} reads: this run wrote it to"
                f" {self.provider} ({self.format}) only"
            )
        return Code("\n".join(version.code(by, self._equal())))

    def __repr__(self) -> str:
        return _show.text(self)

    def _repr_html_(self) -> str:
        return _show.html(self)

    def _equal(self) -> tuple[str, str] | None:
        column = self.roles.split
        return None if self._split is None or column is None else (column, self._split)

    def _of(self, split: str) -> Table:
        return Table(self._manifest, self._version, self._others, split)

    def _check(self, split: str) -> None:
        names = self._manifest.split_names
        if not names:
            raise SplitError(
                f"{self.id} has no splits\n"
                "  its definition has none: split { by = time, test-from = ... } makes them"
            )
        if split not in names:
            raise SplitError(f"{self.id} has no split `{split}`: it has {', '.join(names)}")

    def _no_column(self, column: str) -> NotPossibleError:
        close = nearest(column, list(self.columns))
        hint = f"\n  nearest: {', '.join(close)}" if close else ""
        return NotPossibleError(f"no column `{column}` in {self.id}{hint}")
