"""A PostgreSQL server of the bench's own: its processor time is nobody else's, and it goes in the end."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bench.web.web_memory import free_port


class Postgres:
    """url: of its database. pid: of the process above all others of it. Needs initdb and pg_ctl on this machine."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "postgres"
        self.data.mkdir()
        if os.geteuid() == 0:  # it refuses to run as root
            folder.chmod(0o755)
            shutil.chown(self.data, "postgres")
        port = free_port()
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.data}"
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.data / "log"), "-o", options, "start")
        self.url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        self.pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop")

    def _run(self, name: str, *arguments: str) -> None:
        command = [str(programs() / name), *arguments]
        command = ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command
        subprocess.run(command, check=True, capture_output=True, cwd="/")


def programs() -> Path:
    """The folder of the newest PostgreSQL here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise SystemExit("There is no PostgreSQL on this machine: leave it out with --only.")
    return found[-1].parent if found else Path(str(on_path)).parent
