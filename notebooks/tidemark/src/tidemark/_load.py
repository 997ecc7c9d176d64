"""From a name to a table at a pinned version."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from tidemark import _formats, _names
from tidemark._environment import Environment, Provider, find_project, read_environment
from tidemark._formats import Version, Where
from tidemark._history import Commit, History, Run
from tidemark._manifest import Manifest
from tidemark._packages import nearest
from tidemark._table import Table
from tidemark.errors import (
    ManifestError,
    NotBuiltError,
    NotPossibleError,
    UnknownNameError,
    VersionGoneError,
)

Content = Literal["rows", "latest", "scoring"]
_SUFFIXES = {"rows": "", "latest": "__latest", "scoring": "__scoring"}


class DeprecatedVariantWarning(UserWarning):
    """The variant is deprecated, or was deleted."""


def load(
    name: str,
    split: str | None = None,
    manifest: str | Path | None = None,
    project: str | Path | None = None,
    env: str = "local",
    provider: str | None = None,
    content: Content = "rows",
) -> Table:
    """A training set or a materialized feature view, at one version.

    :param name: such as ``fraud.v1``; with its kind, ``training-sets.fraud.v1``, where two have it
    :param split: only the rows of ``train``, ``validation``, ``test`` or ``embargo``
    :param manifest: the build to read, by the path or URI of its manifest, or by its run's id; the
        newest if None. Of a view: the table as that run left it.
    :param project: the project's folder; the nearest one from here upwards if None
    :param env: the environment, ``env/NAME.conf``
    :param provider: the provider, or the format, to read from; the first that the environment
        writes to if None
    :param content: ``latest`` is what ``materialize --latest`` wrote of a view, ``scoring`` what
        ``build --scoring`` wrote of a training set
    :raises TidemarkError: with what to do
    """
    environment = read_environment(find_project(project), env)
    history = History(environment)
    if content not in _SUFFIXES:
        raise NotPossibleError(f"no content `{content}`: there is {', '.join(_SUFFIXES)}")
    runs = _runs(name, content, environment, history)
    run, found = _run(name, runs, manifest, history)
    chosen = _provider(environment, run, provider)
    commit = next(commit for commit in run.commits if commit.provider == chosen.name)
    pinned = manifest is not None or found.kind == "build"
    version = _version(environment, chosen, commit, pinned, run, found)
    others = _others(environment, run, commit, pinned, found)
    _warn(run.resource, history)
    return Table(found, version, others, split)


def _runs(name: str, content: Content, environment: Environment, history: History) -> Sequence[Run]:
    """The runs of what the name means, the newest last."""
    found: dict[str, list[Run]] = {}
    for id in _names.ids(name):
        table = id.split(".", 1)[1].replace(".", "_") + _SUFFIXES[content]
        runs = [
            run for run in history.runs(id) if any(commit.table == table for commit in run.commits)
        ]
        if runs:
            found[id] = runs
    if len(found) > 1:
        raise UnknownNameError(f"`{name}` is two: say {' or '.join(found)}")
    if not found:
        raise _names.unknown(name, environment, history, content)
    return next(iter(found.values()))


def _run(
    name: str, runs: Sequence[Run], manifest: str | Path | None, history: History
) -> tuple[Run, Manifest]:
    """The newest run, or the one whose manifest was given, with its manifest."""
    if manifest is None:
        run = runs[-1]
        if run.manifest is None:
            raise ManifestError(
                f"run {run.run_id} of {run.resource} left no manifest, as old versions of Tidemark"
                " did\n  build again"
            )
        return run, history.manifest(run.manifest)
    given = str(manifest)
    if "/" not in given and not given.endswith(".json"):
        of = [run for run in runs if run.run_id == given and run.manifest]
        if not of:
            known = ", ".join(dict.fromkeys(run.run_id for run in reversed(runs[-3:])))
            raise UnknownNameError(f"no run `{given}` of {name}\n  the newest: {known}")
        return of[-1], history.manifest(str(of[-1].manifest))
    found = history.manifest(given)
    resource = runs[-1].resource
    if found.resource != resource:
        raise ManifestError(f"{given} is a manifest of {found.resource}, not of {resource}")
    of = [
        run
        for run in runs
        if run.run_id == found.run_id
        and (run.manifest is None or run.manifest.rsplit("/", 1)[-1] == given.rsplit("/", 1)[-1])
    ]
    if not of:
        raise ManifestError(
            f"the run history does not know the run of {given}: it was killed before its end, or"
            " ran in another environment"
        )
    return of[-1], found


def _provider(environment: Environment, run: Run, wanted: str | None) -> Provider:
    """Where it is read from: of the providers that have it."""
    wrote = [commit.provider for commit in run.commits if commit.provider in environment.providers]
    if not wrote:
        raise UnknownNameError(
            f"{run.resource} was written to {', '.join(c.provider for c in run.commits)}, and the"
            f" environment {environment.name} has no such provider"
        )
    if wanted is None:
        first = [name for name in environment.write_to if name in wrote]
        return environment.providers[(first or wrote)[0]]
    for name in wrote:
        if wanted in (name, environment.providers[name].format):
            return environment.providers[name]
    raise UnknownNameError(
        f"{run.resource} is not in `{wanted}`\n"
        f"  nearest: {', '.join(nearest(wanted, wrote) or wrote)}"
    )


def _version(
    environment: Environment,
    provider: Provider,
    commit: Commit,
    pinned: bool,
    run: Run,
    manifest: Manifest,
) -> Version:
    """The version of the commit; of a table that many runs write the newest, if none was given."""
    where = Where(environment, provider, commit.table, manifest.location)
    try:
        version = _formats.at(where, commit.version) if pinned else _formats.newest(where)
        table_id = version.table_id
    except NotBuiltError as e:
        raise VersionGoneError(f"{e}, where run {run.run_id} left one\n  {where.again}") from e
    if table_id != commit.table_id:
        raise VersionGoneError(
            f"the table of {run.resource} in {provider.name} is not the one that run {run.run_id}"
            f" wrote: it was dropped and made anew\n  {where.again}"
        )
    return version


def _others(
    environment: Environment, run: Run, chosen: Commit, pinned: bool, manifest: Manifest
) -> dict[str, Callable[[], Version]]:
    """The same rows in other formats, for their own readers; looked for when they are wanted."""
    others: dict[str, Callable[[], Version]] = {}
    for commit in run.commits:
        provider = environment.providers.get(commit.provider)
        if provider is not None and provider.format != chosen.format:
            others.setdefault(
                provider.format,
                partial(_version, environment, provider, commit, pinned, run, manifest),
            )
    return others


def _warn(resource: str, history: History) -> None:
    """Says of a variant that it is not to be used any more."""
    of = history.registered().get(resource)
    if of is None or of.state == "registered":
        return
    because = f": {of.reason}" if of.reason else ""
    instead = f"; use {of.successor}" if of.successor else ""
    warnings.warn(
        f"{resource} is {of.state}{because}{instead}", DeprecatedVariantWarning, stacklevel=3
    )
