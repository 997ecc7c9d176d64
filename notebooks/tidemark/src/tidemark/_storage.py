"""Files in folders and object stores, with the settings that Spark has for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from tidemark._environment import Environment
from tidemark._packages import need
from tidemark.errors import CatalogError

_S3A = "spark.hadoop.fs.s3a."
_S3 = ("s3", "s3a", "s3n")


class Storage:
    """Reads small files, and says to each reader in its words what S3A is told."""

    def __init__(self, environment: Environment) -> None:
        self._s3a = {
            key.removeprefix(_S3A): value
            for key, value in environment.spark.items()
            if key.startswith(_S3A)
        }

    def read(self, place: str) -> bytes | None:
        """What a file holds; None: there is none."""
        path = local(place)
        if path is not None:
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None
        system, name = self._remote(place)
        try:
            with system.open_input_stream(name) as stream:
                content: bytes = stream.read()
                return content
        except FileNotFoundError:
            return None
        except OSError as e:
            raise CatalogError(f"can't read {place}: {e}") from e

    def exists(self, place: str) -> bool:
        """Whether there is such a file or folder."""
        path = local(place)
        if path is not None:
            return path.exists()
        system, name = self._remote(place)
        try:
            kind: Any = system.get_file_info(name).type
        except OSError as e:
            raise CatalogError(f"can't look for {place}: {e}") from e
        return bool(kind.value)

    def _remote(self, place: str) -> tuple[Any, str]:
        fs = need("pyarrow.fs", f"reading {place}")
        parts = urlparse(place)
        if parts.scheme not in _S3:
            system, name = fs.FileSystem.from_uri(place)
            return system, name
        s3 = self._s3a
        endpoint = s3.get("endpoint", "")
        told: dict[str, Any] = {
            "access_key": s3.get("access.key"),
            "secret_key": s3.get("secret.key"),
            "session_token": s3.get("session.token"),
            "region": s3.get("endpoint.region"),
            "endpoint_override": endpoint or None,
        }
        if endpoint.startswith("http:") or s3.get("connection.ssl.enabled") == "false":
            told["scheme"] = "http"
        system = fs.S3FileSystem(**{key: value for key, value in told.items() if value is not None})
        return system, parts.netloc + parts.path

    def of_pyiceberg(self) -> dict[str, str]:
        """The properties of PyIceberg's files."""
        return self._translated(
            {
                "endpoint": "s3.endpoint",
                "endpoint.region": "s3.region",
                "access.key": "s3.access-key-id",
                "secret.key": "s3.secret-access-key",
                "session.token": "s3.session-token",
            }
        )

    def of_deltalake(self) -> dict[str, str]:
        """delta-rs's storage options; Polars takes the same."""
        told = self._translated(
            {
                "endpoint": "AWS_ENDPOINT_URL",
                "endpoint.region": "AWS_REGION",
                "access.key": "AWS_ACCESS_KEY_ID",
                "secret.key": "AWS_SECRET_ACCESS_KEY",
                "session.token": "AWS_SESSION_TOKEN",
            }
        )
        if self._s3a.get("path.style.access") == "true":
            told["AWS_VIRTUAL_HOSTED_STYLE_REQUEST"] = "false"
        if self._s3a.get("endpoint", "").startswith("http:"):
            told["AWS_ALLOW_HTTP"] = "true"
        return told

    def _translated(self, names: Mapping[str, str]) -> dict[str, str]:
        return {
            theirs: self._s3a[ours]
            for ours, theirs in names.items()
            if self._s3a.get(ours) is not None
        }


def local(place: str) -> Path | None:
    """The path of a file of this machine; None if it is elsewhere."""
    if "://" not in place and not place.startswith("file:"):
        return Path(place)
    parts = urlparse(place)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
