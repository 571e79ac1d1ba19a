"""The production files hold together: commands exist, secrets are named and nowhere written, locks are complete."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import machine
import pytest
import yaml
from django.core.management import get_commands
from psycopg.conninfo import conninfo_to_dict

from offices.keys import FileKeyProvider

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
LONG_RUNNING = ["db", "broker", "web", "worker", "beat"]
OWN_IMAGE = ["setup", "web", "worker", "beat"]
PRIVILEGED = {"database_admin_url", "database_owner_url", "database_backup_url"}
LOCKS = ["runtime.lock", "demo.lock", "dev.lock"]
SECRET_VARIABLES = ["SECRET_KEY", "FIELD_KEYS_FILE", "DATABASE_URL"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Return docker-compose.yml with its anchors resolved."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def words_of(service: dict[str, Any]) -> str:
    """Return everything a service executes: its command and its health check."""
    parts = [service.get("command", ""), service.get("healthcheck", {}).get("test", "")]
    return "\n".join(part if isinstance(part, str) else " ".join(part) for part in parts)


def entry_point_environment(**changes: str) -> dict[str, str]:
    """Return an environment in which web and worker may start; an empty value removes a variable."""
    values = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "SECRET_", "FIELD_"))
    }
    values |= {
        "DATABASE_URL": "postgresql://justice_app@/justice?host=/nowhere",
        "SECRET_KEY": "only for this test",
        "FIELD_KEYS_FILE": "/nowhere/field_keys.json",
        "DJANGO_SETTINGS_MODULE": "justice_portal.settings",
    }
    return {name: value for name, value in (values | changes).items() if value}


def run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the project folder."""
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def check_web(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Load the web application as the image's command does, without serving."""
    return run([str(PROGRAMS / "gunicorn"), "--check-config", *web_arguments()], environment)


def web_arguments() -> list[str]:
    """Return the arguments of the Dockerfile's CMD."""
    found = re.search(r"^CMD \[(.*)\]$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    program, *arguments = [word.strip().strip('"') for word in found[1].split(",")]
    assert program == "gunicorn"
    return arguments


def test_compose_has_the_six_services_and_each_that_stays_is_watched(compose: dict[str, Any]) -> None:
    assert sorted(compose["services"]) == sorted([*LONG_RUNNING, "setup"])
    for name in LONG_RUNNING:
        assert compose["services"][name]["healthcheck"]["test"], name
        assert compose["services"][name]["restart"] == "unless-stopped", name


def test_database_and_broker_are_what_the_portal_was_built_on(compose: dict[str, Any]) -> None:
    database, broker = compose["services"]["db"], compose["services"]["broker"]
    assert database["image"] == "postgres:18"
    for option in ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"):
        assert option in database["environment"]["POSTGRES_INITDB_ARGS"]
    for option in ("--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction", "requirepass"):
        assert option in words_of(broker)
    assert all("://" not in service.get("image", "") for service in compose["services"].values())


def test_only_the_set_up_holds_an_address_above_the_application_role(compose: dict[str, Any]) -> None:
    for name in OWN_IMAGE:
        service = compose["services"][name]
        assert (set(service["secrets"]) >= PRIVILEGED) == (name == "setup"), name
        if name != "setup":
            assert not PRIVILEGED & set(service["secrets"]), name
            assert not any(
                value.split("_FILE")[0].startswith(("DATABASE_OWNER", "DATABASE_ADMIN"))
                for value in service["environment"]
            ), name


def test_every_secret_a_service_names_is_declared_mounted_and_made(compose: dict[str, Any], tmp_path: Path) -> None:
    made = make_secrets(tmp_path)
    declared = compose["secrets"]
    assert {entry["file"].removeprefix("./secrets/") for entry in declared.values()} == set(made)
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if str(value).startswith("/run/secrets/"):
                assert variable.endswith("_FILE"), (name, variable)
                assert value.removeprefix("/run/secrets/") in service["secrets"], (name, variable)
                assert value.removeprefix("/run/secrets/") in declared, (name, variable)


def test_every_management_command_in_the_production_files_exists() -> None:
    known = set(get_commands())
    for name in ("docker-compose.yml", "Dockerfile", "docs/operations.md"):
        named = set(re.findall(r"manage\.py ([a-z_]+)", (ROOT / name).read_text(encoding="utf-8")))
        assert named
        assert named <= known, name


def test_the_web_command_of_the_image_loads_the_application() -> None:
    result = check_web(entry_point_environment())
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_the_celery_commands_of_compose_are_understood(compose: dict[str, Any], service: str) -> None:
    program, *words = compose["services"][service]["command"]
    words = [re.sub(r"\$\{\w+:-(\w+)\}", r"\1", word) for word in words]
    # --help comes last: every option before it is parsed, and the application is loaded.
    result = run([str(PROGRAMS / program), *words, "--help"], entry_point_environment())
    assert result.returncode == 0, result.stderr
    assert f"celery {service}" in result.stdout.lower() or f" {service} " in result.stdout


@pytest.mark.parametrize("variable", SECRET_VARIABLES)
def test_a_missing_secret_stops_the_web_and_the_worker_with_its_name(variable: str) -> None:
    environment = entry_point_environment(**{variable: ""})
    worker = [str(PROGRAMS / "celery"), "--app=justice_portal.celery:app", "report"]
    for result in (check_web(environment), run(worker, environment)):
        assert result.returncode != 0
        assert variable in result.stdout + result.stderr


def test_the_web_refuses_to_hold_the_owners_address() -> None:
    result = check_web(entry_point_environment(DATABASE_OWNER_URL="postgresql://justice_owner@/justice"))
    assert result.returncode != 0
    assert "DATABASE_OWNER_URL" in result.stderr


def test_the_health_check_reports_a_web_process_that_is_not_there() -> None:
    words = [sys.executable, "-m", "justice_portal.healthcheck", "--address", "127.0.0.1:9"]
    result = run(words, entry_point_environment())
    assert result.returncode == 1
    assert "did not answer" in result.stderr


def make_secrets(folder: Path) -> list[str]:
    """Run tools/make_secrets.py for a folder; return the names of the files it made."""
    words = [sys.executable, "tools/make_secrets.py", "--folder", str(folder)]
    result = run(words, entry_point_environment())
    assert result.returncode == 0, result.stderr
    return sorted(path.name for path in folder.iterdir())


def test_made_secrets_are_usable_private_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    for name in make_secrets(folder):
        assert (folder / name).stat().st_mode & 0o777 == 0o600, name
    assert FileKeyProvider(folder / "field_keys.json").active == "k1"
    owner = conninfo_to_dict((folder / "database_owner_url").read_text(encoding="utf-8"))
    assert (owner["user"], owner["dbname"]) == ("justice_owner", "justice")
    admin = conninfo_to_dict((folder / "database_admin_url").read_text(encoding="utf-8"))
    assert admin["password"] == (folder / "database_admin_password").read_text(encoding="utf-8")

    before = (folder / "secret_key").read_text(encoding="utf-8")
    words = [sys.executable, "tools/make_secrets.py", "--folder", str(folder)]
    assert run(words, entry_point_environment()).returncode == 1
    assert (folder / "secret_key").read_text(encoding="utf-8") == before


PATTERNS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a password in an address": re.compile(r"(?:postgres(?:ql)?|rediss?)://[^\s:/@]*:(?!password@|\{)[^\s@/{}$]+@"),
    "a secret in a setting": re.compile(
        r"^\s*[A-Z_]*(?:SECRET_KEY|PASSWORD)\s*[=:]\s*['\"]?[A-Za-z0-9+/_-]{24,}", re.MULTILINE
    ),
}
NOT_OURS = {".git", ".venv", "var", "node_modules", "vendor", "secrets", ".hypothesis", ".ruff_cache", "__pycache__"}


def test_no_secret_stands_in_the_repository() -> None:
    found = []
    for path in ROOT.rglob("*"):
        if NOT_OURS & set(path.relative_to(ROOT).parts) or not path.is_file() or path.stat().st_size > 1_000_000:
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {what}" for what, pattern in PATTERNS.items() if pattern.search(text)]
    assert found == []


def test_the_scan_for_secrets_would_find_one() -> None:
    assert PATTERNS["a password in an address"].search(
        "DATABASE_URL=postgresql://justice_app:" + "hunter2" + "@db/justice"
    )
    assert PATTERNS["a secret in a setting"].search("SECRET_KEY = '" + "x" * 40 + "'")


def test_git_and_the_image_leave_secrets_and_data_out() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"/secrets/", "/var/", "/.env", "/.venv"} <= set(ignored)
    assert {"secrets", "var", ".env", ".venv", ".git"} <= set(
        (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    )
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert not re.search(r"^\w*(SECRET|PASSWORD|KEY|_URL)\w*=", example, re.MULTILINE)


def test_every_setting_is_explained() -> None:
    explained = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    sources = [ROOT / "justice_portal" / name for name in ("settings.py", "gunicorn_settings.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    read = set(re.findall(r"(?:env|env_bool|env_list|environ\.get)\(\"([A-Z_]+)\"", text))
    assert {name for name in read if f"`{name}`" not in explained} == set()
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert {name for name in re.findall(r"\$\{([A-Z_]+)", compose) if f"{name}=" not in example} == set()


def packages(lock: str) -> dict[str, str]:
    """Return the lock file's packages and versions."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", [*LOCKS, "bootstrap.txt"])
def test_lock_files_pin_by_version_and_hash_without_addresses(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert all("==" in entry.split("\n")[0] and "--hash=sha256:" in entry for entry in entries)


def test_the_locks_hold_what_pyproject_asks_for_and_each_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {
        "runtime.lock": project["project"]["dependencies"],
        "demo.lock": project["dependency-groups"]["demo"],
        "dev.lock": project["dependency-groups"]["dev"],
    }
    held: dict[str, str] = {}
    for lock, requirements in asked.items():
        assert held.items() <= packages(lock).items(), f"{lock} lacks what the smaller lock has"
        held = packages(lock)
        for requirement in requirements:
            name, version = re.sub(r"\[.*\]", "", requirement).lower().split("==")
            assert held.get(name) == version, f"{lock}: {requirement}"


def test_the_image_installs_the_libraries_that_run_asks_for() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for package in [*machine.SHARED_LIBRARIES, *machine.FONTS]:
        assert package in dockerfile


def test_the_import_contracts_name_every_package_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert set(project["tool"]["importlinter"]["root_packages"]) == found


@pytest.mark.skipif(os.geteuid() != 0 and machine.root_prefix() is not None, reason="would really install packages")
def test_missing_libraries_give_one_line_to_type_and_exit_2() -> None:
    script = (
        "import sys; sys.path.insert(0, 'requirements'); import machine;"
        "machine.FONTS = {'fonts-of-tomorrow': 'of-tomorrow.ttf'}; machine.prepare('demo.lock')"
    )
    # No folder of programs: neither apt-get nor sudo can be found.
    result = run([sys.executable, "-c", script], {"PATH": "/nowhere"})
    assert result.returncode == 2
    assert result.stdout.count("\n") == 1
    assert "apt-get install -y --no-install-recommends fonts-of-tomorrow" in result.stdout
    assert result.stderr == ""
