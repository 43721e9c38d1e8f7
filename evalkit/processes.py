"""Processes of our own that do not run the caller's script again.

`spawn` runs the main script in every new process, to find what the script defines. A researcher's script has no
`if __name__ == "__main__":`, and would begin its own run in each of them. Not covered: functions of the main script
cannot be sent to such a process.
"""

from __future__ import annotations

import threading
from multiprocessing import spawn
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

_STARTING = threading.Lock()


class _BareProcess(SpawnProcess):
    """A spawned process without the main script."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - multiprocessing calls it so
        with _STARTING:
            prepared = spawn.get_preparation_data

            def without_script(name: str) -> dict[str, Any]:
                return {k: v for k, v in prepared(name).items() if not k.startswith("init_main")}

            spawn.get_preparation_data = without_script
            try:
                return SpawnProcess._Popen(process_obj)
            finally:
                spawn.get_preparation_data = prepared


class _BareContext(SpawnContext):
    Process = _BareProcess


BARE = _BareContext()
