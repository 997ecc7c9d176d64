"""Arrow types: one layout for what two formats give, and what others can take."""

from __future__ import annotations

from typing import Any

from tidemark._packages import need

_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN")
_TEXTS = ("STRING", "VARCHAR", "CHAR")


def plain(table: Any) -> Any:
    """A table whose texts, bytes and lists have one layout, and whose fields say nothing more."""
    pa = need("pyarrow", "reading a table")
    schema = pa.schema([pa.field(field.name, _plain(pa, field.type)) for field in table.schema])
    return table.cast(schema) if table.schema != schema else table.replace_schema_metadata(None)


def without_maps(table: Any) -> Any:
    """A table with lists of key and value in place of maps."""
    pa = need("pyarrow", "reading a table")
    schema = pa.schema(
        [pa.field(field.name, _without_maps(pa, field.type)) for field in table.schema]
    )
    return table.cast(schema)


def _plain(pa: Any, of: Any) -> Any:
    types = pa.types
    if types.is_large_string(of) or types.is_string_view(of):
        return pa.string()
    if types.is_large_binary(of) or types.is_binary_view(of):
        return pa.binary()
    if types.is_map(of):
        return pa.map_(_plain(pa, of.key_type), _plain(pa, of.item_type))
    if types.is_list(of) or types.is_large_list(of):
        return pa.list_(_plain(pa, of.value_type))
    if types.is_struct(of):
        return pa.struct([pa.field(field.name, _plain(pa, field.type)) for field in of])
    return of


def _without_maps(pa: Any, of: Any) -> Any:
    types = pa.types
    if types.is_map(of):
        return pa.list_(
            pa.struct(
                [
                    ("key", _without_maps(pa, of.key_type)),
                    ("value", _without_maps(pa, of.item_type)),
                ]
            )
        )
    if types.is_list(of):
        return pa.list_(_without_maps(pa, of.value_type))
    if types.is_struct(of):
        return pa.struct([pa.field(field.name, _without_maps(pa, field.type)) for field in of])
    return of


def is_input(spark_type: str) -> bool:
    """Whether a model can take it as it is."""
    name = spark_type.upper().split("(")[0]
    return name in _NUMBERS or name in _TEXTS


def for_models(table: Any) -> Any:
    """A pandas frame of numpy's numbers, and of categories."""
    pa = need("pyarrow", "reading a table")
    pandas = need("pandas", "a frame for models")
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        of = column.type
        if pa.types.is_string(of):
            columns[name] = column.dictionary_encode().to_pandas()
        elif pa.types.is_decimal(of) or (pa.types.is_boolean(of) and column.null_count):
            columns[name] = column.cast(pa.float64()).to_pandas()
        else:
            columns[name] = column.to_pandas()
    return pandas.DataFrame(columns)
