"""What ./run promises about processes: nothing outlives it, what dies comes back, data survive everything."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from justice_portal import launcher
from justice_portal.data_folder import CannotStart, held, server_home
from justice_portal.embedded import Place, Postgres, ServerError, Valkey, make_place, socket_folder
from justice_portal.processes import Child, Guardian, stop_all, unprivileged_account
from justice_portal.supervisor import GIVE_UP_AFTER, OLDEST_JOB_LIMIT, GaveUp, Supervisor

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 20_000
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}

PARENT_OF_A_FAMILY = """
import sys
from pathlib import Path
from justice_portal.processes import Child, Guardian
guardian = Guardian()
words = ["sh", "-c", "sleep 600 & echo $!; wait"]
child = Child("family", words, guardian=guardian, environment={"PATH": "/usr/bin:/bin"}, log=Path(sys.argv[1]))
child.start()
while not (grandchild := child.log.read_text().strip()):
    pass
print(child.pid, grandchild, guardian._popen.pid, flush=True)
sys.stdin.read()
"""

PARENT_OF_SERVERS = """
import sys
from pathlib import Path
from justice_portal.embedded import Postgres, Valkey, make_place
from justice_portal.processes import Guardian, unprivileged_account
folder = Path(sys.argv[1])
guardian = Guardian()
place = make_place(folder, folder, unprivileged_account(Path(sys.argv[2])))
postgres, valkey = Postgres(place, guardian), Valkey(place, guardian)
postgres.start()
valkey.start()
print(postgres.child.pid, valkey.child.pid, postgres.admin_url, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a short folder that every account may enter; pytest's own is open to one user alone."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def guardian() -> Iterator[Guardian]:
    """Return a guardian that ends with the test, and with it all children."""
    made = Guardian()
    yield made
    made.close()


@pytest.fixture
def place(folder: Path) -> Place:
    """Return a place for servers as ./run makes it for the user who runs the tests."""
    return make_place(folder, folder, unprivileged_account(ROOT))


def parent(script: str, *arguments: str | Path) -> tuple[subprocess.Popen[str], list[str]]:
    """Start a script that has children; return it and the words of the line it prints when they run."""
    words = [sys.executable, "-c", script, *map(str, arguments)]
    started = subprocess.Popen(words, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    return started, started.stdout.readline().split()


def has_ended(pid: int) -> Callable[[], bool]:
    """Open a process and return a function that waits for its end and tells whether it came."""
    handle = os.pidfd_open(pid)

    def wait() -> bool:
        poller = select.poll()
        poller.register(handle, select.POLLIN)
        try:
            return bool(poller.poll(PATIENCE_MS))
        finally:
            os.close(handle)

    return wait


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a parent as the kernel would: without a chance to clean up."""
    process.kill()
    process.communicate()


def test_a_killed_launcher_leaves_neither_children_nor_grandchildren(folder: Path) -> None:
    launched, pids = parent(PARENT_OF_A_FAMILY, folder / "log")
    ends = [has_ended(int(pid)) for pid in pids]
    kill(launched)
    assert [end() for end in ends] == [True, True, True]


def test_children_end_with_the_launcher_even_when_their_guardian_is_killed_first(folder: Path) -> None:
    launched, (child, _, guardian) = parent(PARENT_OF_A_FAMILY, folder / "log")
    end = has_ended(int(child))
    os.kill(int(guardian), signal.SIGKILL)
    kill(launched)
    assert end()


def test_a_database_survives_the_launcher_being_killed(folder: Path) -> None:
    launched, (postgres, valkey, url) = parent(PARENT_OF_SERVERS, folder, ROOT)
    ends = [has_ended(int(postgres)), has_ended(int(valkey))]
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    kill(launched)
    assert [end() for end in ends] == [True, True]

    again, (_, _, url) = parent(PARENT_OF_SERVERS, folder, ROOT)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    again.communicate("")


def test_a_stale_pid_file_that_names_another_process_does_not_stop_postgresql(place: Place, guardian: Guardian) -> None:
    postgres = Postgres(place, guardian, fast=True)
    (place.home / "postgres" / "postmaster.pid").write_text(f"{os.getppid()}\n{place.home / 'postgres'}\n")
    postgres.start()
    with psycopg.connect(postgres.admin_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    stop_all([postgres.child], patience=20)


def test_data_of_another_postgresql_version_are_refused_with_advice(place: Place, guardian: Guardian) -> None:
    Postgres(place, guardian, fast=True)
    (place.home / "postgres" / "PG_VERSION").write_text("13\n")
    with pytest.raises(ServerError, match=r"made by PostgreSQL 13; this is PostgreSQL \d+\. .*--reset"):
        Postgres(place, guardian, fast=True)


def test_valkey_listens_on_its_socket_alone_and_never_evicts(place: Place, guardian: Guardian) -> None:
    valkey = Valkey(place, guardian)
    assert valkey.child.words[valkey.child.words.index("--port") + 1] == "0"
    assert valkey.child.words[valkey.child.words.index("--maxmemory-policy") + 1] == "noeviction"
    valkey.start()
    assert valkey.url.startswith(f"unix://{place.sockets}/")
    valkey.child.stop(patience=5)


@pytest.mark.parametrize("name", ["a" * 120, "数据 folder"])
def test_a_long_or_unusual_data_folder_gets_its_sockets_elsewhere(folder: Path, name: str) -> None:
    account = unprivileged_account(ROOT)
    sockets = socket_folder(folder / name, account)
    assert len(bytes(sockets)) < 85
    assert str(sockets).isascii()
    assert sockets.stat().st_mode & 0o777 == 0o700
    sockets.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to drop to")
def test_data_that_the_servers_account_cannot_reach_move_below_var_lib(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    account = unprivileged_account(ROOT)
    assert server_home(closed / "data", account).parent == Path("/var/lib/justice-portal")
    assert server_home(folder / "data", account) == folder / "data" / "servers"


def test_a_second_launcher_on_the_same_data_is_refused(folder: Path) -> None:
    with held(folder), pytest.raises(CannotStart, match="Another ./run is using"), held(folder):
        pytest.fail("two launchers hold one folder")


def test_a_folder_of_somebody_else_is_refused(folder: Path) -> None:
    (folder / "letters").touch()
    with pytest.raises(CannotStart, match="neither empty nor a data folder"), held(folder):
        pytest.fail("a foreign folder was taken")


def test_the_next_free_port_is_taken_unless_one_was_asked_for() -> None:
    with launcher.socket.socket() as busy:
        free = launcher.choose_port(None)
        busy.bind(("127.0.0.1", free))
        busy.listen()
        assert launcher.choose_port(None) > free
        with pytest.raises(CannotStart, match=f"Port {free} is taken"):
            launcher.choose_port(free)


def test_the_accounts_table_keeps_its_columns_with_chinese_text() -> None:
    accounts = [
        {"username": "clerk", "password": "p", "role": "司法助理员", "office": "城关司法所", "name": "李"},
        {"username": "province-admin", "password": "q", "role": "admin", "office": "省厅", "name": "王"},
    ]
    header, first, second = launcher.table(accounts).splitlines()
    assert header.index("office") == launcher.display_width(first[: first.index("城关")])
    assert header.index("office") == launcher.display_width(second[: second.index("省厅")])


class Clock:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        """Start somewhere."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the present second."""
        return self.now


def child_of(guardian: Guardian, folder: Path, *words: str) -> Child:
    """Describe a child for the supervisor."""
    return Child("worker", words, guardian=guardian, environment=ENVIRONMENT, log=folder / "worker.log")


def test_a_child_that_dies_is_started_again_after_a_pause(guardian: Guardian, folder: Path) -> None:
    clock, said = Clock(), list[str]()
    child = child_of(guardian, folder, "sleep", "600")
    supervisor = Supervisor("http://127.0.0.1:9/healthz", said.append, clock)
    supervisor.start([child], worker=child)
    first = child.pid
    assert first is not None
    end = has_ended(first)
    os.kill(first, signal.SIGKILL)
    assert end()
    supervisor.tend()
    supervisor.tend()
    assert child.pid == first, "started before the pause was over"
    clock.now += 1
    supervisor.tend()
    assert child.pid != first
    assert "worker has ended with code -9" in said[0]
    child.stop(patience=5)


def test_a_child_that_never_stays_up_ends_the_launcher_with_the_end_of_its_log(
    guardian: Guardian, folder: Path
) -> None:
    clock = Clock()
    child = child_of(guardian, folder, "sh", "-c", "echo no such database; exit 3")
    supervisor = Supervisor("http://127.0.0.1:9/healthz", lambda message: None, clock)
    supervisor.start([child], worker=child)

    def fail_once() -> None:
        assert child.pid is not None
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        supervisor.tend()
        clock.now += 40
        supervisor.tend()

    for _ in range(GIVE_UP_AFTER):
        fail_once()
    with pytest.raises(GaveUp, match="no such database"):
        fail_once()


@pytest.fixture
def health_url(folder: Path) -> Iterator[str]:
    """Serve the file ``healthz`` of the folder as /healthz; return its address."""
    words = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    port = server.stdout.readline().split(" port ")[1].split()[0]
    yield f"http://127.0.0.1:{port}/healthz"
    server.terminate()
    server.communicate()


@pytest.mark.parametrize(("age", "restarted"), [(OLDEST_JOB_LIMIT + 1, True), (OLDEST_JOB_LIMIT - 1, False)])
def test_the_watchdog_restarts_a_worker_that_lets_jobs_wait(
    guardian: Guardian, folder: Path, health_url: str, age: float, restarted: bool
) -> None:
    clock = Clock()
    worker = child_of(guardian, folder, "sleep", "600")
    supervisor = Supervisor(health_url, lambda message: None, clock)
    supervisor.start([worker], worker=worker)
    first = worker.pid
    (folder / "healthz").write_text(json.dumps({"oldest_open_job_seconds": age}))
    supervisor.watch_jobs()
    assert worker.pid == first, "a worker that has only just started was restarted"
    clock.now += OLDEST_JOB_LIMIT + 1
    supervisor.watch_jobs()
    assert (worker.pid != first) == restarted
    worker.stop(patience=5)
