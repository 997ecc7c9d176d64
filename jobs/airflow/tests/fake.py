"""Stands for Tidemark where a test needs an exit code to order: `fake.py CODE...`.

Prints a summary as Tidemark does, and something on stderr after it. `await FILE` says "not yet"
until the file is there, and writes down each look.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> int:
    command, what = sys.argv[1:3]
    code = 0
    if command == "await":
        # `sources.NAME` is ready when the folder FAKE has a file of that name.
        ready = Path(os.environ["FAKE"]) / what
        with ready.with_suffix(".looks").open("a") as looks:
            looks.write("look\n")
        code = 0 if ready.exists() else 4
    elif what.startswith("code_"):
        code = int(what.removeprefix("code_").split(".")[0])
    statuses = {0: "done", 2: "refused", 3: "gate_failed", 4: "not_ready", 5: "conflict"}
    error = None if code == 0 else {"message": f"ordered {code}", "problems": []}
    print("a line for people")
    print(
        json.dumps(
            {
                "command": command,
                "arguments": sys.argv[1:],
                "status": statuses.get(code, "failed"),
                "exit_code": code,
                "tables": [],
                "error": error,
            }
        ),
        flush=True,
    )
    print('{"exit_code": "on stderr, so no summary"}', file=sys.stderr)
    return code


sys.exit(main())
