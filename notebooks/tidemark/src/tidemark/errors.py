"""What can go wrong, each with what to do."""

from __future__ import annotations


class TidemarkError(Exception):
    """All errors of this package."""


class ProjectError(TidemarkError):
    """The project's folder or environment can't be read."""


class UnknownNameError(TidemarkError):
    """No training set, view, provider or manifest has this name."""


class NotBuiltError(TidemarkError):
    """It is defined, and nothing has built it yet."""


class ManifestError(TidemarkError):
    """A manifest can't be read, or is of something else."""


class VersionGoneError(TidemarkError):
    """The pinned version was there once, and its files or its table no longer are."""


class SplitError(TidemarkError, ValueError):
    """The training set has no such split."""


class CatalogError(TidemarkError):
    """The catalog or the storage does not answer, or is of a kind that Python can't open."""


class NotPossibleError(TidemarkError):
    """It was asked for what this table does not have."""


class MissingPackageError(TidemarkError, ImportError):
    """An optional package is not installed."""
