"""What an environment file says is what Tidemark understands by it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import tidemark
from tidemark._environment import Environment, Provider, read_environment
from tidemark._formats import Where, _catalog_properties, _shown
from tidemark._storage import Storage


def environment(root: Path, text: str, name: str = "local") -> Environment:
    (root / "env").mkdir(exist_ok=True)
    (root / "env" / f"{name}.conf").write_text(text, encoding="utf-8")
    return read_environment(root, name)


def test_without_a_file_it_is_the_embedded_one(tmp_path: Path) -> None:
    of = read_environment(tmp_path, "local")
    lake = Provider("lake", "iceberg", "tidemark", ".tidemark/warehouse", "features")
    assert (of.providers, of.write_to, of.registry) == ({"lake": lake}, ("lake",), "lake")
    assert of.warehouse(lake) == f"{tmp_path}/.tidemark/warehouse"
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "prod.conf").write_text("")
    with pytest.raises(tidemark.ProjectError, match="there is: prod"):
        read_environment(tmp_path, "prd")


def test_what_is_not_said_is_what_tidemark_takes(tmp_path: Path) -> None:
    of = environment(
        tmp_path,
        """
        providers {
          lake { format = iceberg, warehouse = "s3a://acme/lake/" }
          plain { format = delta, warehouse = "../delta/./x", database = other }
        }
        spark { master = "local[2]", sql.shuffle.partitions = 8 }
        """,
    )
    assert of.providers["lake"] == Provider(
        "lake", "iceberg", "lake", "s3a://acme/lake/", "features"
    )
    assert of.providers["plain"].catalog is None
    assert of.warehouse(of.providers["lake"]) == "s3a://acme/lake"
    assert of.warehouse(of.providers["plain"]) == f"{tmp_path.parent}/delta/x"
    assert (of.write_to, of.registry) == (("lake", "plain"), "lake")
    assert of.spark == {"spark.master": "local[2]", "spark.sql.shuffle.partitions": "8"}


def test_mistakes_name_the_file_and_what_tells_more(tmp_path: Path) -> None:
    for text, what in (
        ("providers { lake {", "local.conf"),
        ("providers.lake { format = iceberg }", "warehouse"),
        ("providers.lake { format = delta, warehouse = x }, write-to = [lak]", "no provider `lak`"),
        ("providers.lake { format = delta, warehouse = ${NOT_SET_ANYWHERE} }", "NOT_SET_ANYWHERE"),
    ):
        with pytest.raises(tidemark.ProjectError) as error:
            environment(tmp_path, text)
        assert what in str(error.value) and "tidemark validate" in str(error.value)


SECRETS = {"LAKE_DB_PASSWORD": "p@ss:1", "S3_ACCESS_KEY": "AK", "S3_SECRET_KEY": "SK"}


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environments of docs/catalogs.md, by their headings."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LAKE_TOKEN", "secret-token")
    page = Path(__file__).parents[3] / "docs" / "catalogs.md"
    if not page.exists():
        page = Path(os.environ["TIDEMARK_DOCS"]) / "catalogs.md"
    blocks = {}
    for section in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.M)[1:]:
        block = re.search(r"^```hocon\n(.*?)^```", section, re.M | re.S)
        if block:
            blocks[section.splitlines()[0]] = block.group(1)
    return blocks


def test_every_documented_catalog_is_understood(documented: dict[str, str], tmp_path: Path) -> None:
    understood = {}
    for heading, text in documented.items():
        of = environment(tmp_path, text)
        provider = next(iter(of.providers.values()))
        if provider.format == "iceberg" and provider.kind != "hadoop":
            properties = _catalog_properties(Where(of, provider, "fraud_v1"))
            understood[heading] = {
                key: value for key, value in properties.items() if not key.startswith("s3.")
            }
        else:
            understood[heading] = {"place": Where(of, provider, "fraud_v1").in_warehouse}
    postgres = "postgresql+psycopg2://tidemark:p%40ss%3A1@db.acme.com:5432/lake"
    assert understood == {
        "Iceberg in a folder": {"place": "/lake/warehouse/features/fraud_v1"},
        "Iceberg with SQLite": {
            "type": "sql",
            "uri": "sqlite:////lake/catalog.db",
            "warehouse": "/lake/warehouse",
            "init_catalog_tables": "false",
        },
        "Iceberg with PostgreSQL": {
            "type": "sql",
            "uri": postgres,
            "warehouse": "/lake/warehouse",
            "init_catalog_tables": "false",
        },
        "Iceberg with a Hive metastore": {
            "type": "hive",
            "uri": "thrift://metastore.acme.com:9083",
            "warehouse": "/lake/warehouse",
        },
        "Iceberg with a REST catalog": {
            "type": "rest",
            "uri": "https://catalog.acme.com",
            "warehouse": "prod",
            "token": "secret-token",
        },
        "Delta by path": {"place": "/lake/delta/features/fraud_v1"},
        "Delta in a metastore": {"place": "/lake/delta/features/fraud_v1"},
        "S3": {
            "type": "sql",
            "uri": postgres,
            "warehouse": "s3a://acme/lake",
            "init_catalog_tables": "false",
        },
    }


def test_s3_is_told_to_each_reader_in_its_words(documented: dict[str, str], tmp_path: Path) -> None:
    storage = Storage(environment(tmp_path, documented["S3"]))
    assert storage.of_pyiceberg() == {
        "s3.endpoint": "https://s3.acme.com",
        "s3.region": "eu-west-1",
        "s3.access-key-id": "AK",
        "s3.secret-access-key": "SK",
    }
    assert storage.of_deltalake() == {
        "AWS_ENDPOINT_URL": "https://s3.acme.com",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AK",
        "AWS_SECRET_ACCESS_KEY": "SK",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
    }


def test_printed_code_has_no_secrets(documented: dict[str, str], tmp_path: Path) -> None:
    shown = ""
    for text in documented.values():
        of = environment(tmp_path, text)
        shown += _shown(Storage(of).of_deltalake()) + _shown(Storage(of).of_pyiceberg())
        for provider in of.providers.values():
            if provider.format == "iceberg" and provider.kind != "hadoop":
                shown += _shown(_catalog_properties(Where(of, provider, "fraud_v1")))
    assert "<token>" in shown and "tidemark:<password>@db.acme.com" in shown
    for secret in ("secret-token", "p@ss", "p%40ss", '"AK"', '"SK"'):
        assert secret not in shown


def test_glue_is_told_by_its_class(tmp_path: Path) -> None:
    of = environment(
        tmp_path,
        """
        providers.lake {
          format = iceberg, warehouse = "s3://acme/lake"
          options {
            catalog-impl = org.apache.iceberg.aws.glue.GlueCatalog
            "glue.region" = eu-west-1
          }
        }
        """,
    )
    assert _catalog_properties(Where(of, of.providers["lake"], "fraud_v1")) == {
        "type": "glue",
        "warehouse": "s3://acme/lake",
        "glue.region": "eu-west-1",
    }


def test_a_catalog_without_a_client_is_told(tmp_path: Path) -> None:
    of = environment(
        tmp_path,
        'providers.lake { format = iceberg, warehouse = "/x", options { type = nessie } }',
    )
    with pytest.raises(tidemark.CatalogError, match="of the kind nessie"):
        _catalog_properties(Where(of, of.providers["lake"], "fraud_v1"))


def test_a_catalog_that_is_not_there_is_told_without_secrets(
    documented: dict[str, str], tmp_path: Path
) -> None:
    environment(
        tmp_path,
        """
        providers.lake {
          format = iceberg, warehouse = w
          options { type = rest, uri = "http://127.0.0.1:1", token = ${LAKE_TOKEN} }
        }
        """,
    )
    with pytest.raises(tidemark.CatalogError) as error:
        tidemark.load("fraud.v1", project=tmp_path)
    assert "the provider `lake` (rest)" in str(error.value)
    assert "secret-token" not in str(error.value)
