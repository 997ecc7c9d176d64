"""Commands on this machine, each in a process group of its own."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

from tidemark_airflow.outcome import Outcome, Summary, summary_of


class Process:
    """A command that is run once. Its output goes to ``log``, line by line, and the last summary on
    its stdout is kept.
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._told_to_end = False

    def run(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: str | None,
        grace: float,
    ) -> Outcome:
        """Runs it to its end.

        If this is interrupted, as by a time limit, the command is told to end and has ``grace``
        seconds for it, so that no attempt is left over beside the next one.
        """
        # In a session of its own: signals to Airflow's process do not reach it by chance, and what
        # we send reaches all that it started.
        self._process = process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
        output = _Output(process, self._log)
        if self._told_to_end:
            self.terminate()
        try:
            output.read(None)
            return Outcome.of(process.wait(), output.summary)
        except BaseException:
            self.terminate()
            output.read(time.monotonic() + grace)
            self._signal(signal.SIGKILL)
            process.wait()
            raise
        finally:
            output.close()

    def terminate(self) -> None:
        """Asks the command, and all that it started, to end: Tidemark cancels then."""
        self._told_to_end = True
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        # Once it was waited for, its number may be another's.
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)


class _Output:
    """Both streams of a process, read as they come."""

    def __init__(self, process: subprocess.Popen[bytes], log: Callable[[str], None]) -> None:
        self._log = log
        self._process = process
        self._begun: dict[int, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self.summary: Summary | None = None
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            self._selector.register(stream, selectors.EVENT_READ)

    def read(self, until: float | None) -> None:
        """Reads to the end of both streams, or up to a time of the monotonic clock."""
        while self._selector.get_map():
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return
            for key, _ in self._selector.select(left):
                chunk = os.read(key.fd, 65536)
                *lines, rest = (self._begun.get(key.fd, b"") + chunk).split(b"\n")
                if not chunk:
                    self._selector.unregister(key.fileobj)
                    lines, rest = ([rest] if rest else []), b""
                self._begun[key.fd] = rest
                for line in lines:
                    self._take(key.fileobj is self._process.stdout, line)

    def _take(self, stdout: bool, line: bytes) -> None:
        text = line.decode("utf-8", errors="backslashreplace").rstrip()
        self._log(text)
        if stdout:
            self.summary = summary_of(text) or self.summary

    def close(self) -> None:
        self._selector.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
