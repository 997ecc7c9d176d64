"""A table of one format at one version, and how its readers are told so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidemark._environment import Environment, Provider, is_secret
from tidemark._packages import missing, need
from tidemark._storage import Storage, local
from tidemark.errors import CatalogError, NotBuiltError, NotPossibleError, VersionGoneError


@dataclass(frozen=True)
class Where:
    """Which table.

    :param name: without its database
    :param manifest: where the manifest is that made its rows, for messages
    """

    environment: Environment
    provider: Provider
    name: str
    manifest: str = "MANIFEST"

    @property
    def again(self) -> str:
        """The command that makes the rows again."""
        return f"tidemark rebuild {self.manifest} --write {self.environment.told}"

    @property
    def storage(self) -> Storage:
        return Storage(self.environment)

    @property
    def in_warehouse(self) -> str:
        """Where it lies, unless a catalog decides that."""
        warehouse = self.environment.warehouse(self.provider)
        return f"{warehouse}/{self.provider.database}/{self.name}"


class Version(ABC):
    """One version of a table.

    :param where: which table
    :param id: the Iceberg snapshot id, or the Delta version
    """

    def __init__(self, where: Where, id: str) -> None:
        self.where = where
        self.id = id

    @property
    @abstractmethod
    def table_id(self) -> str:
        """Drawn when the table was made, so that one that was made anew is told from it."""

    @property
    @abstractmethod
    def location(self) -> str:
        """A path or URI."""

    @abstractmethod
    def arrow(self, columns: Sequence[str] | None, equal: tuple[str, str] | None) -> Any:
        """Rows as an Arrow table.

        :param columns: all if None
        :param equal: a text column and its value, of the rows that are wanted
        """

    @abstractmethod
    def spark(self, spark: Any) -> Any:
        """All rows as a DataFrame."""

    @abstractmethod
    def code(self, by: str, equal: tuple[str, str] | None) -> list[str]:
        """Lines of Python that leave the rows in ``rows``."""

    def gone(self, why: BaseException | str) -> VersionGoneError:
        return VersionGoneError(
            f"{self.where.provider.format} {self.word} {self.id} of {self.location} is not there"
            f" any more: {why}\n"
            "  it was expired, vacuumed or deleted by hand. The same rows are computed again, and"
            f" written as the newest version, by\n  {self.where.again}"
        )

    @property
    @abstractmethod
    def word(self) -> str:
        """What the format calls a version."""


class DeltaVersion(Version):
    """A version of a Delta table."""

    word = "version"

    @staticmethod
    def newest(where: Where) -> DeltaVersion:
        table = _delta_table(where, None)
        return DeltaVersion(where, str(table.version()))

    @property
    def location(self) -> str:
        return self.where.in_warehouse

    @property
    def table_id(self) -> str:
        return str(self._table().metadata().id)

    def arrow(self, columns: Sequence[str] | None, equal: tuple[str, str] | None) -> Any:
        table = self._table()
        filters = [(equal[0], "=", equal[1])] if equal else None
        try:
            return table.to_pyarrow_table(
                columns=list(columns) if columns else None, filters=filters
            )
        except FileNotFoundError as e:
            raise self.gone(e) from e
        except OSError as e:
            if _is_absence(e):
                raise self.gone(e) from e
            raise CatalogError(f"can't read {self.location}: {e}") from e

    def spark(self, spark: Any) -> Any:
        return spark.read.format("delta").option("versionAsOf", int(self.id)).load(self.location)

    def _table(self) -> Any:
        exceptions = need("deltalake.exceptions", "reading a Delta table")
        try:
            return _delta_table(self.where, int(self.id))
        except exceptions.DeltaError as e:
            raise self.gone(str(e)) from e

    def code(self, by: str, equal: tuple[str, str] | None) -> list[str]:
        options = _shown(self.where.storage.of_deltalake())
        told = f", storage_options={options}" if options else ""
        opened = f'DeltaTable("{self.location}", version={self.id}{told})'
        filters = f'filters=[("{equal[0]}", "=", "{equal[1]}")]' if equal else ""
        if by == "deltalake":
            return [
                "# pip install deltalake pyarrow",
                "from deltalake import DeltaTable",
                "",
                f"rows = {opened}.to_pyarrow_table({filters})",
            ]
        if by == "pandas":
            return [
                "# pip install deltalake pyarrow pandas",
                "import pandas",
                "from deltalake import DeltaTable",
                "",
                f"table = {opened}.to_pyarrow_table({filters})",
                "rows = table.to_pandas(types_mapper=pandas.ArrowDtype)",
            ]
        if by == "polars":
            kept = f'.filter(polars.col("{equal[0]}") == "{equal[1]}")' if equal else ""
            return [
                "# pip install deltalake polars",
                "import polars",
                "",
                f'scan = polars.scan_delta("{self.location}", version={self.id}{told}){kept}',
                "rows = scan.collect()",
            ]
        if by == "duckdb":
            return [
                "# pip install duckdb pytz",
                "import duckdb",
                "",
                *_duckdb_secret(self.where),
                f"scan = \"delta_scan('{self.location}', version => {self.id})\"",
                f'rows = duckdb.sql(f"FROM {{scan}}{_sql(equal)}")',
            ]
        if by == "spark":
            return [
                "# a session with Delta Lake's extension and catalog",
                f'rows = spark.read.format("delta").option("versionAsOf", {self.id})'
                f'.load("{self.location}"){_spark(equal)}',
            ]
        raise NotPossibleError(f"{self.where.name} is a Delta table, and {by} reads Iceberg")


def _delta_table(where: Where, version: int | None) -> Any:
    deltalake = need("deltalake", "reading a Delta table")
    need("pyarrow", "reading a Delta table")
    exceptions = need("deltalake.exceptions", "reading a Delta table")
    options = where.storage.of_deltalake()
    try:
        return deltalake.DeltaTable(
            where.in_warehouse, version=version, storage_options=options or None
        )
    except exceptions.TableNotFoundError as e:
        raise NotBuiltError(f"there is no Delta table at {where.in_warehouse}") from e


class IcebergVersion(Version):
    """A snapshot of an Iceberg table."""

    word = "snapshot"

    def __init__(self, where: Where, id: str, table: Any) -> None:
        super().__init__(where, id)
        self._table = table

    @staticmethod
    def newest(where: Where) -> IcebergVersion:
        table = _iceberg_table(where)
        snapshot = table.current_snapshot()
        if snapshot is None:
            raise NotBuiltError(f"the Iceberg table {where.name} is empty")
        return IcebergVersion(where, str(snapshot.snapshot_id), table)

    @staticmethod
    def at(where: Where, id: str) -> IcebergVersion:
        table = _iceberg_table(where)
        version = IcebergVersion(where, id, table)
        if table.snapshot_by_id(int(id)) is None:
            raise version.gone("the table does not know it")
        return version

    @property
    def location(self) -> str:
        return str(self._table.location())

    @property
    def table_id(self) -> str:
        return str(self._table.metadata.table_uuid)

    def arrow(self, columns: Sequence[str] | None, equal: tuple[str, str] | None) -> Any:
        expressions = need("pyiceberg.expressions", "reading an Iceberg table")
        scan = self._table.scan(
            snapshot_id=int(self.id),
            selected_fields=tuple(columns) if columns else ("*",),
            row_filter=expressions.EqualTo(*equal) if equal else expressions.AlwaysTrue(),
        )
        try:
            return scan.to_arrow()
        except FileNotFoundError as e:
            raise self.gone(e) from e
        except OSError as e:
            if _is_absence(e):
                raise self.gone(e) from e
            raise CatalogError(f"can't read {self.location}: {e}") from e

    def spark(self, spark: Any) -> Any:
        for key, value in self._spark_settings():
            if spark.conf.get(key, None) is None:
                spark.conf.set(key, value)
        return spark.read.option("versionAsOf", int(self.id)).table(self._in_spark)

    @property
    def _in_spark(self) -> str:
        provider = self.where.provider
        return f"{provider.catalog}.{provider.database}.{self.where.name}"

    def _spark_settings(self) -> list[tuple[str, str]]:
        provider = self.where.provider
        prefix = f"spark.sql.catalog.{provider.catalog}"
        settings = {prefix: "org.apache.iceberg.spark.SparkCatalog"}
        if "catalog-impl" not in provider.options:
            settings[f"{prefix}.type"] = "hadoop"
        settings[f"{prefix}.warehouse"] = self.where.environment.warehouse(provider)
        settings.update({f"{prefix}.{key}": value for key, value in provider.options.items()})
        return list(settings.items())

    def code(self, by: str, equal: tuple[str, str] | None) -> list[str]:
        if by == "spark":
            return [
                "# a session with Iceberg's runtime",
                *(
                    f'spark.conf.set("{key}", {_value(key, value)})'
                    for key, value in self._spark_settings()
                ),
                f'rows = spark.read.option("versionAsOf", {self.id})'
                f'.table("{self._in_spark}"){_spark(equal)}',
            ]
        if by == "duckdb":
            metadata = self._table.metadata_location
            return [
                "# pip install duckdb pytz",
                "import duckdb",
                "",
                *_duckdb_secret(self.where),
                f"scan = \"iceberg_scan('{metadata}', snapshot_from_id => {self.id})\"",
                f'rows = duckdb.sql(f"FROM {{scan}}{_sql(equal)}")',
            ]
        install, opened = self._opened()
        kept = f", row_filter=\"{equal[0]} = '{equal[1]}'\"" if equal else ""
        scan = f"table.scan(snapshot_id={self.id}{kept})"
        if by == "pyiceberg":
            return [f"# pip install {install}", *opened, f"rows = {scan}.to_arrow()"]
        if by == "pandas":
            return [
                f"# pip install {install} pandas",
                "import pandas",
                *opened,
                f"rows = {scan}.to_arrow().to_pandas(types_mapper=pandas.ArrowDtype)",
            ]
        if by == "polars":
            return [
                f"# pip install {install} polars",
                "import polars",
                *opened,
                f"rows = polars.from_arrow({scan}.to_arrow())",
            ]
        raise NotPossibleError(f"{self.where.name} is an Iceberg table, and {by} reads Delta")

    def _opened(self) -> tuple[str, list[str]]:
        """What to install, and lines that leave PyIceberg's table in ``table``."""
        provider = self.where.provider
        if provider.kind == "hadoop":
            metadata = str(self._table.metadata_location)
            properties = _shown(self.where.storage.of_pyiceberg())
            told = f", {properties}" if properties else ""
            return '"pyiceberg[pyarrow]"', [
                "from pyiceberg.table import StaticTable",
                "",
                f'table = StaticTable.from_metadata("{metadata}"{told})',
            ]
        properties = _shown(_catalog_properties(self.where))
        kind = _catalog_properties(self.where)
        sql = "sql-sqlite" if kind.get("uri", "").startswith("sqlite:") else "sql-postgres"
        extra = {"sql": f",{sql}", "hive": ",hive", "glue": ",glue"}.get(kind["type"], "")
        return f'"pyiceberg[pyarrow{extra}]"', [
            "from pyiceberg.catalog import load_catalog",
            "",
            f'catalog = load_catalog("{provider.catalog}", **{properties})',
            f'table = catalog.load_table("{provider.database}.{self.where.name}")',
        ]


def _iceberg_table(where: Where) -> Any:
    tables = need("pyiceberg.table", "reading an Iceberg table")
    need("pyarrow", "reading an Iceberg table")
    if where.provider.kind == "hadoop":
        properties = where.storage.of_pyiceberg()
        return tables.StaticTable.from_metadata(_newest_metadata(where), properties)
    catalogs = need("pyiceberg.catalog", "reading an Iceberg table")
    exceptions = need("pyiceberg.exceptions", "reading an Iceberg table")
    provider = where.provider
    properties = _catalog_properties(where)
    file = properties.get("uri", "").removeprefix("sqlite:///")
    if file != properties.get("uri", "") and not Path(file).exists():
        # SQLite would make it.
        raise NotBuiltError(f"there is no catalog {file}")
    try:
        catalog = catalogs.load_catalog(provider.catalog, **properties)
        return catalog.load_table(f"{provider.database}.{where.name}")
    except (exceptions.NoSuchTableError, exceptions.NoSuchNamespaceError) as e:
        raise NotBuiltError(
            f"the catalog {provider.catalog} has no table {provider.database}.{where.name}"
        ) from e
    except ModuleNotFoundError as e:
        raise missing(e, f"the catalog of the provider `{provider.name}`") from e
    except exceptions.NotInstalledError as e:
        raise CatalogError(f"the catalog of the provider `{provider.name}`: {e}") from e
    except Exception as e:  # Each catalog has errors of its own.
        text = _without_secrets(str(e), properties)
        if properties["type"] == "sql" and "iceberg_tables" in text.split("\n")[0]:
            raise NotBuiltError(f"the catalog {provider.catalog} has no tables") from None
        raise CatalogError(
            f"the catalog of the provider `{provider.name}` ({properties['type']}) gives no table:"
            f" {type(e).__name__}: {text}"
        ) from None


def _newest_metadata(where: Where) -> str:
    """The file of a table in a folder, as Iceberg's hadoop catalog finds it."""
    folder = f"{where.in_warehouse}/metadata"
    hint = where.storage.read(f"{folder}/version-hint.text")
    if hint is None:
        raise NotBuiltError(f"there is no Iceberg table at {where.in_warehouse}")
    version = int(hint.decode().strip())
    # The hint is written after the file, so it may lag.
    while where.storage.exists(f"{folder}/v{version + 1}.metadata.json"):
        version += 1
    return f"{folder}/v{version}.metadata.json"


def _catalog_properties(where: Where) -> dict[str, str]:
    """What PyIceberg calls a catalog that is described as Java's Iceberg does."""
    provider = where.provider
    options = dict(provider.options)
    kind = options.pop("type", "")
    implementation = options.pop("catalog-impl", "")
    told = {**where.storage.of_pyiceberg(), "warehouse": where.environment.warehouse(provider)}
    if kind == "jdbc":
        # Properties of the connection, which is made by another driver here.
        connection = {key: options.pop(key) for key in list(options) if key.startswith("jdbc.")}
        uri = _sqlalchemy(options.pop("uri"), connection)
        return {**told, **options, "type": "sql", "uri": uri, "init_catalog_tables": "false"}
    if kind in ("rest", "hive", "glue"):
        return {**told, **options, "type": kind}
    if implementation.endswith(".GlueCatalog"):
        return {**told, **options, "type": "glue"}
    raise CatalogError(
        f"the provider `{provider.name}` is of the kind {provider.kind}, which has no client here\n"
        "  PyIceberg opens hadoop, jdbc (SQLite, PostgreSQL), rest, hive and glue; for another,"
        " write to a Delta provider as well, and load(..., provider=that one)"
    )


def _sqlalchemy(jdbc: str, connection: dict[str, str]) -> str:
    from urllib.parse import quote

    uri = jdbc.removeprefix("jdbc:")
    if uri.startswith("sqlite:"):
        return "sqlite:///" + uri.removeprefix("sqlite:")
    if uri.startswith("postgresql://"):
        user = quote(connection.get("jdbc.user", ""), safe="")
        password = quote(connection.get("jdbc.password", ""), safe="")
        who = f"{user}:{password}@" if password else f"{user}@" if user else ""
        return f"postgresql+psycopg2://{who}{uri.removeprefix('postgresql://')}"
    raise CatalogError(f"{jdbc.split('?')[0]}: PyIceberg opens catalogs in SQLite and PostgreSQL")


def _without_secrets(text: str, properties: dict[str, str]) -> str:
    for key, value in properties.items():
        if is_secret(key) and value:
            text = text.replace(value, "***")
    uri = properties.get("uri", "")
    if "@" in uri:
        text = text.replace(uri, _shown_value("uri", uri))
    return text


def _shown(properties: dict[str, str]) -> str:
    """A dict as Python, without what is secret; nothing if it is empty."""
    pairs = ", ".join(f'"{key}": {_value(key, value)}' for key, value in properties.items())
    return "{" + pairs + "}" if pairs else ""


def _value(key: str, value: str) -> str:
    return f'"{_shown_value(key, value)}"'


def _shown_value(key: str, value: str) -> str:
    if is_secret(key.rsplit(".", 2)[-1]) or is_secret(key):
        return f"<{key}>"
    head, at, tail = value.rpartition("@")
    if at and "://" in head and ":" in head.split("://", 1)[1]:
        return f"{head.rsplit(':', 1)[0]}:<password>@{tail}"
    return value


def _sql(equal: tuple[str, str] | None) -> str:
    return f" WHERE {equal[0]} = '{equal[1]}'" if equal else ""


def _spark(equal: tuple[str, str] | None) -> str:
    return f".where(\"{equal[0]} = '{equal[1]}'\")" if equal else ""


def _duckdb_secret(where: Where) -> Iterable[str]:
    """DuckDB has its own store of keys; where they are needed, that is said."""
    if local(where.environment.warehouse(where.provider)) is None:
        return ["# keys: see DuckDB's CREATE SECRET"]
    return []


def _is_absence(error: BaseException) -> bool:
    """Arrow has one error for all that a file system says."""
    text = str(error).lower()
    return "not found" in text or "no such file" in text or "does not exist" in text


def newest(where: Where) -> Version:
    """The version that the table has now."""
    if where.provider.format == "delta":
        return DeltaVersion.newest(where)
    return IcebergVersion.newest(where)


def at(where: Where, id: str) -> Version:
    """A version that there was once.

    :raises VersionGoneError: if there is no more of it
    """
    if where.provider.format == "delta":
        return DeltaVersion(where, id)
    return IcebergVersion.at(where, id)
