"""PostgreSQL and Valkey under a folder: started once, reused, stopped, and recovered from whatever happened to them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from provider.embedded import ServiceTrouble, Started, Use, ensure_services, identity, postgres, stop_services, valkey
from provider.embedded.runtime import alive, gone_within, socket_folder

from .conftest import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
START = "from provider.embedded import ensure_services; print(ensure_services(is_durable=False))"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")


def _start(home: Path) -> Started:
    return ensure_services(var=home, is_durable=False)


def _pids(home: Path) -> tuple[int | None, int | None]:
    return postgres.server_of(home).pid, valkey.valkey_of(home).pid


def _owner() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)


# --- Start, reuse, stop ---


def test_the_first_start_makes_everything_and_the_second_reuses_it(home: Path):
    assert _start(home) == Started(postgres=True, valkey=True)
    running = _pids(home)

    assert _start(home) == Started()
    assert _pids(home) == running

    assert stop_services(var=home) == ["Valkey", "PostgreSQL"]
    assert _pids(home) == (None, None)
    assert stop_services(var=home) == []


def test_the_application_owns_nothing_and_is_bound_by_policies(home: Path):
    _start(home)

    with psycopg.connect(os.environ["DATABASE_URL"]) as application:
        powers = application.execute(
            "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user"
        ).fetchone()
        owner = application.execute("select pg_get_userbyid(datdba) from pg_database where datname = 'perennial'")
        assert owner.fetchone() == ("perennial_owner",)
    assert powers == (False, False, False, False)
    with _owner() as owned:
        for extension in ("btree_gist", "pg_trgm", "citext"):
            owned.execute(f"create extension {extension}")


def test_in_earnest_what_was_committed_is_on_the_disk(home: Path):
    ensure_services(var=home)

    with _owner() as owner:
        assert owner.execute("show synchronous_commit").fetchone() == ("on",)
        assert owner.execute("show fsync").fetchone() == ("on",)


def test_two_processes_that_start_at_once_get_one_server(home: Path):
    environment = clean_environment(PERENNIAL_VAR=str(home))
    both = [
        subprocess.Popen([sys.executable, "-c", START], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    said = sorted(process.communicate(timeout=60)[0].strip() for process in both)

    assert said == ["Started(postgres=False, valkey=False)", "Started(postgres=True, valkey=True)"]
    assert all(_pids(home))


def test_two_checkouts_at_once_have_their_own(homes: list[Path]):
    for place in homes:
        _start(place)

    pids = [pid for place in homes for pid in _pids(place)]
    assert len(set(pids)) == 4
    assert None not in pids


def test_the_last_user_stops_them(home: Path):
    first, second = Use(home), Use(home)
    _start(home)

    assert stop_services(var=home, use=first) == []
    assert all(_pids(home))
    assert stop_services(var=home, use=second) == ["Valkey", "PostgreSQL"]


# --- What may have happened to them ---


def test_after_kill_9_they_start_again_at_once_with_what_was_committed(home: Path):
    ensure_services(var=home)
    with _owner() as owner:
        owner.execute("create table promise (text text)")
        owner.execute("insert into promise values ('kept')")

    for pid in _pids(home):
        os.kill(pid, signal.SIGKILL)
    assert ensure_services(var=home) == Started(postgres=True, valkey=True)

    with _owner() as owner:
        assert owner.execute("select text from promise").fetchall() == [("kept",)]
    assert redis.Redis.from_url(os.environ["REDIS_URL"]).ping()


def test_stale_socket_and_pid_files_are_no_obstacle(home: Path):
    _start(home)
    stop_services(var=home)
    server, queue = postgres.server_of(home), valkey.valkey_of(home)
    someone_else = f"{os.getpid()}\n"  # the number of the dead server now belongs to another program
    (server.data / "postmaster.pid").write_text("99999999\n")
    (server.sockets / postgres.SOCKET_LOCK).write_text("99999999\n")
    queue.socket.write_text("")
    (queue.folder / "valkey.pid").write_text(someone_else)

    _start(home)

    assert all(_pids(home))


def test_an_interrupted_first_start_is_begun_anew(home: Path):
    (home / "postgres.unfinished").mkdir(parents=True)
    (home / "postgres.unfinished" / "PG_VERSION").write_text("18\n")

    _start(home)

    assert all(_pids(home))


def test_a_deleted_folder_leaves_no_server_behind(homes: list[Path]):
    deleted, other = homes
    _start(deleted)
    pids = _pids(deleted)
    sockets = socket_folder(deleted)
    shutil.rmtree(deleted)

    _start(other)

    assert all(gone_within(pid, seconds=5) for pid in pids)
    assert not sockets.exists()


def test_a_folder_that_was_deleted_and_made_anew_gets_a_new_server(home: Path):
    _start(home)
    before = _pids(home)
    shutil.rmtree(home)
    home.mkdir()

    _start(home)

    assert _pids(home)[0] not in {None, before[0]}
    assert gone_within(before[0], seconds=5)


def test_a_home_in_which_only_valkey_died_gets_only_valkey(home: Path):
    _start(home)
    database, queue = _pids(home)
    os.kill(queue, signal.SIGKILL)

    assert _start(home) == Started(valkey=True)
    assert _pids(home)[0] == database
    assert alive(database)


# --- What stands in the way is said ---


def test_a_socket_folder_that_others_may_enter_is_refused(home: Path):
    socket_folder(home).chmod(0o755)

    with pytest.raises(ServiceTrouble, match="not a private folder of yours"):
        _start(home)


def test_a_link_in_place_of_the_socket_folder_is_refused(home: Path, tmp_path: Path):
    folder = socket_folder(home)
    shutil.rmtree(folder)
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(ServiceTrouble, match="not a private folder of yours"):
            _start(home)
    finally:
        folder.unlink()


def test_data_of_another_major_version_are_kept_and_the_way_on_is_told(home: Path):
    _start(home)
    stop_services(var=home)
    (home / "postgres" / "PG_VERSION").write_text("17\n")

    with pytest.raises(ServiceTrouble, match=r"made by PostgreSQL 17, the programs here are of \d+.*To begin anew: mv"):
        _start(home)


def test_without_programs_the_remedies_are_named(home: Path, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("PERENNIAL_PG_BIN", str(tmp_path))

    with pytest.raises(ServiceTrouble, match=r"make setup.*DATABASE_URL.*PERENNIAL_PG_BIN"):
        _start(home)


def test_a_given_database_that_does_not_answer_is_named_without_its_password(home: Path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:hush@127.0.0.1:1/perennial")

    with pytest.raises(ServiceTrouble, match=r"app@127\.0\.0\.1:1/perennial \(DATABASE_URL\)") as stopped:
        _start(home)

    assert "hush" not in str(stopped.value)
    assert not (home / "postgres").exists()


def test_a_given_queue_that_does_not_answer_is_named_without_its_password(home: Path, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://:hush@127.0.0.1:1/0")

    with pytest.raises(ServiceTrouble, match=r"redis://127\.0\.0\.1:1/0 \(REDIS_URL\) does not answer") as stopped:
        _start(home)

    assert "hush" not in str(stopped.value)


def test_in_production_nothing_is_started(home: Path, monkeypatch):
    monkeypatch.setenv("PERENNIAL_MODE", "production")

    assert _start(home) == Started()
    assert not (home / "postgres").exists()


@as_root
def test_a_full_disk_is_named_and_what_was_begun_is_cleared(tmp_path: Path):
    program = f"mount -t tmpfs -o size=60m none '{tmp_path}' && exec '{sys.executable}' -c '{START}'"
    unshared = ["unshare", "-m", "sh", "-c", program]
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("This machine lets nobody mount.")

    environment = clean_environment(PERENNIAL_VAR=str(tmp_path / "var"))
    answer = subprocess.run(unshared, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode != 0
    assert "is full" in answer.stderr
    assert "Free some space" in answer.stderr


@as_root
def test_data_of_another_user_are_left_alone_and_the_owner_is_named(home: Path):
    _start(home)
    stop_services(var=home)
    os.chown(home / "postgres", 12345, 12345)

    with pytest.raises(ServiceTrouble, match=r"belongs to user 12345.*sudo chown -R"):
        _start(home)
    os.chown(home / "postgres", 0, 0)


@as_root
def test_where_namespaces_are_refused_root_lets_nobody_run_the_server(home: Path, monkeypatch):
    monkeypatch.setattr(identity, "_namespace", list)
    home.mkdir()
    home.chmod(0o755)
    if not identity._reaches(identity.Identity(uid=65534), program=postgres.find_binaries() / "postgres", home=home):
        pytest.skip("The user nobody may not enter this checkout.")

    _start(home)

    assert (home / "postgres").stat().st_uid == 65534
    assert all(_pids(home))


@as_root
def test_where_root_can_become_nobody_else_the_ways_out_are_named(home: Path, monkeypatch):
    monkeypatch.setattr(identity, "_namespace", list)
    monkeypatch.setattr(identity, "_reaches", lambda *_, **__: False)

    with pytest.raises(ServiceTrouble, match=r"refuses to run as root.*not root, or set DATABASE_URL"):
        _start(home)


@as_root
def test_a_user_who_is_not_root_starts_and_stops_them_too(home: Path):
    home.mkdir()
    os.chown(home, 65534, 65534)
    python = _python_for_nobody()

    assert _as_nobody(python, START, home) == "Started(postgres=True, valkey=True)"
    assert (home / "postgres").stat().st_uid == 65534
    stop = "from provider.embedded import stop_services; print(stop_services())"
    assert _as_nobody(python, stop, home) == "['Valkey', 'PostgreSQL']"


def _as_nobody(python: str, program: str, home: Path) -> str:
    packages = Path(psycopg.__file__).parent.parent
    environment = clean_environment(PERENNIAL_VAR=str(home), PYTHONPATH=f"{ROOT}:{packages}", HOME=str(home))
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    answer = subprocess.run(
        [python, "-B", "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True, check=True, **nobody
    )
    return answer.stdout.strip()


def _python_for_nobody() -> str:
    """A Python of our release that the user nobody may run, with our packages readable."""
    for python in (sys.executable, f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}"):
        try:
            _as_nobody(python, "import provider.embedded", Path("/tmp"))
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    pytest.skip("No Python of this release that the user nobody may run with our packages.")


@as_root
def test_a_user_id_without_a_name_stands_in_for_one_who_has_a_name(home: Path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4_321_000)

    found = identity.server_identity(program=Path("/bin/true"), home=home)

    assert found.run(["id", "-un"]).stdout.strip() not in {"", "root"}
    monkeypatch.setattr(identity, "_namespace", list)
    with pytest.raises(ServiceTrouble, match="user id 4321000 has no name"):
        identity.server_identity(program=Path("/bin/true"), home=home)
