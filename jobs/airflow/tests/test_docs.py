"""docs/orchestrators/airflow.md, followed to the letter. Its first block, which installs, is what
AirflowIT made this environment with.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from installation import HEAP, Airflow, Launcher, told_what_was_done

PAGE = (
    Path(os.environ.get("TIDEMARK_DOCS", Path(__file__).parents[3] / "docs"))
    / "orchestrators"
    / "airflow.md"
)

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.tidemark
def test_the_page_followed_to_the_letter(tidemark: Launcher, tmp_path: Path) -> None:
    text = PAGE.read_text()
    place = tmp_path / "place"
    place.mkdir()
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "tidemark").symlink_to(tidemark.path)
    path = os.pathsep.join([str(binaries), str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")}
    script = ["set -e"]
    first = True
    for block in BLOCK.finditer(text):
        language, code = block.groups()
        if language == "sh":
            if not first:
                script.append(code)
            first = False
            continue
        # "In `FILE`:" stands above.
        named = re.findall(r"[Ii]n `([^`]+)`:\n\n$", text[: block.start()])
        assert named, f"where does this go?\n{code}"
        script.append(f"mkdir -p {Path(named[0]).parent}\ncat > {named[0]} <<'END'\n{code}END")
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=place,
        env={**env, **HEAP, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:]
    # The rows that the last command prints, as of the interval's end.
    assert re.search(r"^1 +2024-03-03T08:00:00Z +40.00 +false +35.50 +55.50$", done.stdout, re.M)
    assert re.search(r"^2 +2024-03-03T12:00:00Z +500.00 +true +12.00 +12.00$", done.stdout, re.M)
    told_what_was_done(Airflow(place / "airflow-home"))
