"""From a name to the rows of one version, and what is said when there are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lake import Lake, rows

import tidemark

FIRST = rows("train", "train", "embargo", "test")
SECOND = rows("train", "test", start=10)


def ids(table: tidemark.Table) -> list[int]:
    found: list[int] = table.to_arrow(["customer_id"]).column(0).to_pylist()
    return sorted(found)


def test_the_newest_build_is_loaded_and_stays_what_it_was(lake: Lake) -> None:
    lake.build(FIRST)
    first = tidemark.load("fraud.v1", project=lake.root)
    lake.build(SECOND)
    second = tidemark.load("training-sets.fraud.v1", project=lake.root)
    assert (ids(first), ids(second)) == ([0, 1, 2, 3], [10, 11])
    assert (first.manifest.run_id, second.manifest.run_id) == ("run-1", "run-2")
    assert first.version != second.version
    assert second.format == lake.format


def test_an_older_build_is_loaded_by_its_manifest_or_run(lake: Lake) -> None:
    manifest = lake.build(FIRST)
    lake.build(SECOND)
    for given in (manifest, str(manifest), manifest.as_uri(), "run-1"):
        assert ids(tidemark.load("fraud.v1", manifest=given, project=lake.root)) == [0, 1, 2, 3]


def test_a_build_that_is_not_recorded_was_killed_and_says_nothing(lake: Lake) -> None:
    lake.build(FIRST)
    killed = lake.build(SECOND, recorded=False)
    assert ids(tidemark.load("fraud.v1", project=lake.root)) == [0, 1, 2, 3]
    with pytest.raises(tidemark.ManifestError, match="killed before its end"):
        tidemark.load("fraud.v1", manifest=killed, project=lake.root)


def test_a_split_is_only_its_rows(lake: Lake) -> None:
    lake.build(FIRST)
    all_rows = tidemark.load("fraud.v1", project=lake.root)
    assert {name: ids(of) for name, of in all_rows.splits().items()} == {
        "train": [0, 1],
        "test": [3],
        "embargo": [2],
    }
    test = tidemark.load("fraud.v1", split="test", project=lake.root)
    assert (ids(test), len(test), len(all_rows), test.split) == ([3], 1, 4, "test")
    with pytest.raises(tidemark.SplitError, match="it has train, test, embargo"):
        tidemark.load("fraud.v1", split="validation", project=lake.root)


def test_roles_reasons_and_owners(lake: Lake) -> None:
    lake.build(FIRST)
    fraud = tidemark.load("fraud.v1", project=lake.root)
    assert fraud.roles == tidemark.Roles(
        entities={"customer": ("customer_id",)},
        entity=("customer_id",),
        time="event_time",
        available_time=None,
        kept=("amount",),
        label="chargeback",
        features=("spend_7d", "spend_trend"),
        derived=("spend_trend",),
        split="split",
    )
    assert [fraud.roles.of(column) for column in fraud.columns] == [
        *("entity", "time", "kept", "label", "feature", "feature", "split")
    ]
    assert fraud.null_reasons == {"spend_7d": {"no_history": 1}}
    assert fraud.owners == {"training-sets.fraud.v1": "risk", "entities.customer": "crm"}
    assert fraud.description == "Paid & disputed"
    assert list(fraud.X.columns) == ["amount", "spend_7d", "spend_trend"]
    assert fraud.y.tolist() == [False, True, False, True]
    assert fraud.manifest.checks == {"row_count": "passed: as many"}


def test_people_see_what_it_is(lake: Lake) -> None:
    lake.build(FIRST)
    fraud = tidemark.load("fraud.v1", project=lake.root)
    text = repr(fraud)
    assert text.startswith("fraud.v1: 4 rows × 7 columns (")
    assert "label      chargeback" in text and "owner      risk" in text
    html = fraud._repr_html_()
    assert "Paid &amp; disputed" in html
    assert (
        "<td>spend_7d</td><td>BIGINT</td><td>feature</td><td>25.0%</td><td>no history 1</td>"
        in html
    )


def test_an_expired_version_says_what_to_do(lake: Lake) -> None:
    manifest = lake.build(FIRST)
    first = tidemark.load("fraud.v1", project=lake.root)
    lake.build(SECOND)
    lake.expire(first.version)
    remedy = f"tidemark rebuild {manifest} --write --project {lake.root}"
    with pytest.raises(tidemark.VersionGoneError) as error:
        tidemark.load("fraud.v1", manifest="run-1", project=lake.root).to_arrow()
    assert f"{first.version} of " in str(error.value) and remedy in str(error.value)
    assert ids(tidemark.load("fraud.v1", project=lake.root)) == [10, 11]


def test_files_that_were_removed_by_hand_are_told(lake: Lake) -> None:
    lake.build(FIRST)
    fraud = tidemark.load("fraud.v1", project=lake.root)
    removed = list((lake.warehouse / "features").rglob("*.parquet"))
    assert removed
    for file in removed:
        file.unlink()
    with pytest.raises(tidemark.VersionGoneError, match="tidemark rebuild"):
        fraud.to_arrow()


def test_a_table_that_was_made_anew_is_not_taken_for_the_old_one(lake: Lake) -> None:
    lake.build(FIRST)
    lake.drop("features", "fraud_v1")
    with pytest.raises(tidemark.VersionGoneError, match="tidemark rebuild"):
        tidemark.load("fraud.v1", project=lake.root)
    lake.write("features", "fraud_v1", SECOND)
    with pytest.raises(tidemark.VersionGoneError, match="tidemark rebuild"):
        tidemark.load("fraud.v1", project=lake.root)


def test_unknown_names_get_the_nearest(lake: Lake) -> None:
    lake.build(FIRST)

    def said(name: str, error: type[Exception] = tidemark.UnknownNameError, **told: str) -> str:
        with pytest.raises(error) as raised:
            tidemark.load(name, project=lake.root, **told)  # type: ignore[arg-type]
        assert isinstance(raised.value, tidemark.TidemarkError)
        return str(raised.value)

    assert "nearest: fraud.v1" in said("fruad.v1")
    assert "nearest: fraud.v" in said("fraud")
    assert "only training sets and feature views" in said("payments.v1")
    assert "not in `delt4`" in said("fraud.v1", provider="delt4")
    assert "no run `run-9`" in said("fraud.v1", manifest="run-9")
    not_built = said("fraud.v2", tidemark.NotBuiltError)
    assert f"tidemark build fraud.v2 --project {lake.root}" in not_built
    assert "says no `materialize`" in said("spend.v1", tidemark.NotBuiltError)
    scoring = said("fraud.v1", tidemark.NotBuiltError, content="scoring")
    assert f"tidemark build fraud.v1 --scoring --project {lake.root}" in scoring
    with pytest.raises(tidemark.NotPossibleError) as columns:
        tidemark.load("fraud.v1", project=lake.root).to_arrow(["spend_7"])
    assert "nearest: spend_7d" in str(columns.value)


def test_nothing_was_ever_built(lake: Lake) -> None:
    with pytest.raises(tidemark.NotBuiltError, match=r"tidemark build fraud\.v1 --project"):
        tidemark.load("fraud.v1", project=lake.root)
    assert tidemark.list(lake.root) == []


def test_a_damaged_or_foreign_manifest_is_told(lake: Lake, tmp_path: Path) -> None:
    manifest = lake.build(FIRST)
    document = json.loads(manifest.read_text())

    def said(**changes: object) -> str:
        changed = tmp_path / "run-1.json"
        changed.write_text(json.dumps({**document, **changes}))
        with pytest.raises(tidemark.ManifestError) as error:
            tidemark.load("fraud.v1", manifest=changed, project=lake.root)
        return str(error.value)

    assert "a manifest of format 2" in said(manifest=2)
    assert "no manifest of Tidemark" in said(manifest=None)
    assert "not of training-sets.fraud.v1" in said(resource="training-sets.other.v1")
    with pytest.raises(tidemark.ManifestError, match="there is no manifest"):
        tidemark.load("fraud.v1", manifest=tmp_path / "none.json", project=lake.root)
    (tmp_path / "text.json").write_text("{")
    with pytest.raises(tidemark.ManifestError, match="is no manifest"):
        tidemark.load("fraud.v1", manifest=tmp_path / "text.json", project=lake.root)


def test_a_deprecated_variant_warns(lake: Lake) -> None:
    lake.build(FIRST)
    entry = {"id": "training-sets.fraud.v1", "owner": "new-risk", "tags": ["cards"]}
    lake.register(
        {**entry, "state": "registered"},
        {**entry, "state": "deprecated", "successor": "fraud.v2", "reason": "leaks"},
    )
    with pytest.warns(tidemark.DeprecatedVariantWarning, match=r"leaks; use fraud\.v2"):
        tidemark.load("fraud.v1", project=lake.root)
    (listed,) = tidemark.list(lake.root)
    assert (listed.name, listed.rows, listed.owner, listed.state) == (
        *("fraud.v1", 4, "new-risk", "deprecated"),
    )
    assert [of.name for of in tidemark.search("CARDS risk", lake.root)] == ["fraud.v1"]
    assert tidemark.search("cards weather", lake.root) == []
    assert "fraud.v1" in repr(tidemark.list(lake.root))
    assert "<td>fraud.v1</td>" in tidemark.list(lake.root)._repr_html_()


def test_a_project_that_was_moved_is_read_where_it_is(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "before", "delta")
    lake.build(FIRST)
    moved = lake.root.rename(tmp_path / "after")
    assert ids(tidemark.load("fraud.v1", project=moved)) == [0, 1, 2, 3]


def test_the_project_is_found_from_a_folder_within(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lake.build(FIRST)
    (lake.root / "notebooks").mkdir()
    monkeypatch.chdir(lake.root / "notebooks")
    assert len(tidemark.load("fraud.v1")) == 4
    monkeypatch.chdir(tmp_path)
    with pytest.raises(tidemark.ProjectError, match="no project in"):
        tidemark.load("fraud.v1")
    with pytest.raises(tidemark.ProjectError, match="no project folder"):
        tidemark.load("fraud.v1", project="nowhere")
