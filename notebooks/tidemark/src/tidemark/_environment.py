"""A project's environment: which providers there are, and where."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidemark._packages import nearest, need
from tidemark.errors import ProjectError

_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:/.*")
_SECRET = re.compile(
    r"(?i)(password|passwd|secret|token|credential|access[._-]?key|api[._-]?key|private[._-]?key)"
)


@dataclass(frozen=True)
class Provider:
    """Where tables are.

    :param format: ``iceberg`` or ``delta``
    :param catalog: Spark's name for the catalog; None for Delta tables that have a path only
    :param warehouse: as it is written
    :param options: further properties of an Iceberg catalog, as Iceberg names them for Java
    """

    name: str
    format: str
    catalog: str | None
    warehouse: str
    database: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Of an Iceberg catalog: ``hadoop``, ``jdbc``, ``rest``, ``hive``, or a class's name."""
        return self.options.get("catalog-impl") or self.options.get("type", "hadoop")


@dataclass(frozen=True)
class Environment:
    """What ``env/NAME.conf`` says.

    :param root: the project's folder, absolute
    :param write_to: names of providers; the first is the one that is read
    :param registry: the name of the provider that has Tidemark's own tables
    :param spark: Spark's settings, each with its leading ``spark.``
    """

    root: Path
    name: str
    providers: Mapping[str, Provider]
    write_to: tuple[str, ...]
    registry: str
    spark: Mapping[str, str]

    @property
    def told(self) -> str:
        """How a command of Tidemark's is told of it."""
        return f"--project {self.root}" + (f" --env {self.name}" if self.name != "local" else "")

    def place(self, written: str) -> str:
        """A URI as it is; of a path an absolute one, relative paths being the project's."""
        if _URI.fullmatch(written):
            return written.rstrip("/")
        return _normal(self.root / written)

    def warehouse(self, provider: Provider) -> str:
        """A REST server's warehouse is a name that it knows, and passed on as it is."""
        is_name = provider.options.get("type") == "rest"
        return provider.warehouse if is_name else self.place(provider.warehouse)

    def beside(self, provider: Provider) -> str:
        """Where Tidemark keeps what is no table."""
        is_name = provider.options.get("type") == "rest"
        return self.place(f".tidemark/{provider.name}" if is_name else provider.warehouse)


def is_secret(key: str) -> bool:
    """Whether a setting is not for other people's eyes."""
    return _SECRET.search(key) is not None


def _normal(path: Path) -> str:
    """Without dots, as Java makes it: links are not followed."""
    return os.path.normpath(path)


def find_project(project: str | Path | None) -> Path:
    """The project's folder: the given one, or else the nearest one from here upwards."""
    if project is not None:
        root = Path(_normal(Path(project).absolute()))
        if not root.is_dir():
            raise ProjectError(f"no project folder {project}")
        if not _is_project(root):
            raise ProjectError(
                f"{root} is no project: it has neither definitions/ nor env/\n"
                "  give the folder that `tidemark build --project` was given"
            )
        return root
    here = Path.cwd()
    for folder in (here, *here.parents):
        if _is_project(folder):
            return folder
    raise ProjectError(
        f"no project in {here} nor above it\n"
        '  say where it is: tidemark.load(NAME, project="path/to/project")'
    )


def _is_project(folder: Path) -> bool:
    return (folder / "definitions").is_dir() or (folder / "env").is_dir()


def read_environment(root: Path, name: str) -> Environment:
    """Reads ``env/NAME.conf``; without an ``env/local.conf``, what Tidemark does without it."""
    file = root / "env" / f"{name}.conf"
    if not file.is_file():
        if name == "local":
            lake = Provider("lake", "iceberg", "tidemark", ".tidemark/warehouse", "features")
            return Environment(root, name, {"lake": lake}, ("lake",), "lake", {})
        known = sorted({"local", *(path.stem for path in (root / "env").glob("*.conf"))})
        raise ProjectError(
            f"no environment `{name}` in {root}\n"
            f"  there is: {', '.join(nearest(name, known) or known)}"
        )
    return _environment(root, name, file, parse(file))


def parse(file: Path, resolve: bool = True) -> Mapping[str, Any]:
    """A HOCON file, with the variables of this process.

    :param resolve: False: substitutions stay what they are
    """
    pyhocon = need("pyhocon", f"reading {file}")
    try:
        tree: Mapping[str, Any] = pyhocon.ConfigFactory.parse_file(str(file), resolve=resolve)
    except Exception as e:  # of pyparsing, of the file system, of a variable that is not set
        raise ProjectError(f"{file}: {e}\n  `tidemark validate --project {file.parents[1]}`") from e
    return tree


def _environment(root: Path, name: str, file: Path, tree: Mapping[str, Any]) -> Environment:
    try:
        providers: dict[str, Provider] = {}
        for key, value in (tree.get("providers", None) or {}).items():
            provider = _provider(_bare(key), value)
            providers[provider.name] = provider
        if not providers:
            providers["lake"] = Provider(
                "lake", "iceberg", "tidemark", ".tidemark/warehouse", "features"
            )
        write_to = tuple(str(each) for each in tree.get("write-to", None) or providers)
        registry = str(tree.get("registry", None) or next(iter(providers)))
    except (KeyError, AttributeError, TypeError) as e:
        raise _invalid(root, name, file, f"it does not say {e}") from e
    for used in (*write_to, registry):
        if used not in providers:
            raise _invalid(root, name, file, f"no provider `{used}`")
    spark = {
        key if key.startswith("spark.") else f"spark.{key}": value
        for key, value in _settings(tree.get("spark", None) or {})
    }
    return Environment(root, name, providers, write_to, registry, spark)


def _invalid(root: Path, name: str, file: Path, what: str) -> ProjectError:
    return ProjectError(
        f"{file}: {what}\n"
        f"  `tidemark validate --project {root} --env {name}` says what is wrong, and where"
    )


def _provider(name: str, of: Mapping[str, Any]) -> Provider:
    kind = str(of["format"]).lower()
    catalog = of.get("catalog", None)
    return Provider(
        name,
        kind,
        str(catalog) if catalog is not None else None if kind == "delta" else name,
        str(of["warehouse"]),
        str(of.get("database", None) or "features"),
        dict(_settings(of.get("options", None) or {})),
    )


def _settings(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """What is in an object, by dotted keys."""
    for key, value in tree.items():
        path = prefix + _bare(key)
        if isinstance(value, Mapping):
            yield from _settings(value, path + ".")
        elif value is not None:
            yield path, _text(value)


def _bare(key: str) -> str:
    """The HOCON library keeps the quotes of a quoted key."""
    return key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
