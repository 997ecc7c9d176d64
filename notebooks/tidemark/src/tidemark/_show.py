"""What a table looks like to people. Nothing is read for it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemark._table import Table

_MOST = 6


def text(of: Table) -> str:
    """A few lines."""
    lines = [_headline(of)]
    if of.description:
        lines.append(f"  {of.description}")
    for role, columns in _by_role(of):
        lines.append(f"  {role:10} {_some(columns)}")
    owner = of.owners.get(of.id)
    if owner:
        lines.append(f"  {'owner':10} {owner}")
    return "\n".join(lines)


def html(of: Table) -> str:
    """A headline, and the columns to fold out."""
    manifest = of.manifest
    nulls = manifest.nulls
    reasons = manifest.null_reasons
    rows = []
    for column, kind in of.columns.items():
        share = f"{nulls[column] / manifest.rows:.1%}" if manifest.rows and nulls[column] else ""
        why = ", ".join(
            f"{reason.replace('_', ' ')} {n:,}" for reason, n in reasons.get(column, {}).items()
        )
        cells = (column, kind, of.roles.of(column), share, why)
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    owner = of.owners.get(of.id)
    about = " · ".join(part for part in (of.description, owner and f"owner: {owner}") if part)
    summary = " · ".join(
        f"{len(columns)} {role}" if len(columns) > 1 else f"{role} {columns[0]}"
        for role, columns in _by_role(of)
    )
    head = "".join(f"<th>{name}</th>" for name in ("column", "type", "role", "null", "why"))
    return (
        f"<div><b>{escape(_headline(of))}</b><br>{escape(about)}"
        f"<details><summary>{escape(summary)}</summary>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        "</details></div>"
    )


def _headline(of: Table) -> str:
    manifest = of.manifest
    split = f", split {of.split}" if of.split else ""
    if manifest.kind != "build":
        size = f"{len(of.columns)} columns"
    elif of.split:
        size = f"some of {manifest.rows:,} rows × {len(of.columns)} columns"
    else:
        size = f"{manifest.rows:,} rows × {len(of.columns)} columns"
    word = {"iceberg": "snapshot", "delta": "version"}[of.format]
    as_of = f", as of {manifest.as_of:%Y-%m-%d %H:%M} UTC" if manifest.as_of else ""
    return f"{of.name}{split}: {size} ({of.format} {word} {of.version}{as_of})"


def _by_role(of: Table) -> list[tuple[str, Sequence[str]]]:
    roles = of.roles
    pairs: list[tuple[str, Sequence[str]]] = [
        ("entity", roles.entity),
        ("time", (roles.time,)),
        ("available", (roles.available_time,) if roles.available_time else ()),
        ("label", (roles.label,) if roles.label else ()),
        ("kept", roles.kept),
        ("features", roles.features),
        ("splits", of.manifest.split_names),
    ]
    return [(role, columns) for role, columns in pairs if columns]


def _some(columns: Sequence[str]) -> str:
    if len(columns) <= _MOST:
        return ", ".join(columns)
    return f"{', '.join(columns[: _MOST - 1])}, … ({len(columns)})"
