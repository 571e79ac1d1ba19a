"""What ``./run`` and ``./test`` need from the machine: system libraries, a Python, the locked packages.

Standard library only: it runs before anything is installed, under whatever python3 the machine has.
"""

from __future__ import annotations

import ctypes
import fcntl
import glob
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
# Set for the second run of the script, under .venv's Python.
PREPARED = "JUSTICE_PORTAL_PREPARED"
STAMP = ENVIRONMENT / "installed.lock"
# dev.lock holds everything that demo.lock holds: with it installed, ./run has nothing to change.
SERVED_BY = {"demo.lock": ("demo.lock", "dev.lock"), "dev.lock": ("dev.lock",)}

SHARED_LIBRARIES = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
FONTS = {"fonts-noto-cjk": "NotoSerifCJK-Regular.ttc", "fonts-lxgw-wenkai": "LXGWWenKai-Regular.ttf"}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", os.path.expanduser("~/.local/share/fonts"))
# uv does not read pip's configuration: a machine with its own package index has told pip alone about it.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


def say(message: str) -> None:
    """Tell the user what is being done: on standard error, for standard output belongs to the result."""
    print(message, file=sys.stderr, flush=True)


def prepare(lock: str, *, browser: bool = False) -> None:
    """Install whatever is missing for ``demo.lock`` or ``dev.lock``, and run the same script again under ``.venv``.

    Returns only in that second run, where nothing is left to do. Exits 2 with the one line to type when system packages
    are missing and cannot be installed from here.
    """
    if os.environ.pop(PREPARED, "") == str(ENVIRONMENT) and Path(sys.prefix) == ENVIRONMENT:
        return
    ensure_system_packages(browser=browser)
    with alone(REQUIREMENTS):
        ensure_environment()
        ensure_packages(lock)
    os.environ[PREPARED] = str(ENVIRONMENT)
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time work here: ``./run`` and ``./test`` share one ``.venv``."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def missing_system_packages(*, browser: bool) -> list[str]:
    """Return the Debian packages whose library, font, module or program is not there."""
    missing = [package for package, library in SHARED_LIBRARIES.items() if not loads(library)]
    missing += [package for package, font in FONTS.items() if not font_exists(font)]
    if not choose_python():
        missing.append("python3-venv")
    if browser and not shutil.which("chromium"):
        missing.append("chromium")
    return missing


def loads(library: str) -> bool:
    """Tell whether the dynamic linker finds the library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def font_exists(name: str) -> bool:
    """Tell whether a font file of this name lies in a system font folder."""
    return any(glob.glob(f"{folder}/**/{name}", recursive=True) for folder in FONT_FOLDERS)


def ensure_system_packages(*, browser: bool) -> None:
    """Install missing Debian packages as root or by password-less sudo; otherwise print the line to type and exit 2."""
    missing = missing_system_packages(browser=browser)
    if not missing:
        return
    install = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    prefix = root_prefix()
    if prefix is None or not shutil.which("apt-get"):
        as_root = "sudo sh -c" if shutil.which("sudo") else "su -c"
        print(f"{as_root} {shlex.quote(f'apt-get update && {install}')}")
        sys.exit(2)
    say(f"installing {' '.join(missing)}")
    apt(prefix, install)
    if still := missing_system_packages(browser=browser):
        sys.exit(f"{install}\nhas run, but these are still not usable: {' '.join(still)}")


def root_prefix() -> list[str] | None:
    """Return the words to put before a command to run it as root, or None when that is not possible."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def apt(prefix: list[str], install: str) -> None:
    """Run the installation, refreshing the package lists when there are none or they are too old to help."""
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    update, install_words = [*quiet, "apt-get", "update", "-qq"], [*quiet, *install.split(), "-qq"]
    if not glob.glob("/var/lib/apt/lists/*_Packages*"):
        subprocess.run(update, stdout=sys.stderr, check=False)
    if subprocess.run(install_words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return
    subprocess.run(update, stdout=sys.stderr, check=False)
    if subprocess.run(install_words, stdout=sys.stderr).returncode != 0:
        print(install)
        sys.exit(2)


def choose_python() -> str | None:
    """Return a Python ≥ 3.11 that can make virtual environments.

    The system's own come first: root's servers drop to a user who cannot read an interpreter under a home folder.
    None means that python3-venv has to be installed.
    """
    system = ["/usr/bin/python3", "/usr/local/bin/python3", *sorted(glob.glob("/usr/bin/python3.1[1-9]"), reverse=True)]
    for candidate in [*system, sys.executable]:
        if candidate == sys.executable and os.geteuid() == 0 and is_recent("/usr/bin/python3", modules=""):
            continue
        if is_recent(candidate, modules=", venv, ensurepip"):
            return candidate
    return None


def is_recent(python: str, *, modules: str) -> bool:
    """Tell whether ``python`` is 3.11 or newer and has the modules (", a, b")."""
    if not os.access(python, os.X_OK):
        return False
    probe = f"import sys{modules}; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", probe], capture_output=True).returncode == 0


def ensure_environment() -> None:
    """Make ``.venv`` with pip and the pinned uv; one that was moved or whose interpreter is gone is made anew."""
    probe = f"import sys, pip; sys.exit(sys.prefix != {str(ENVIRONMENT)!r})"
    if not (PYTHON.exists() and subprocess.run([PYTHON, "-c", probe], capture_output=True).returncode == 0):
        python = choose_python()
        if python is None:
            sys.exit("The portal needs Python 3.11 or newer with the module venv.")
        say(f"making {ENVIRONMENT.name} with {python}")
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        check([python, "-m", "venv", str(ENVIRONMENT)])
    bootstrap = REQUIREMENTS / "bootstrap.txt"
    pinned = bootstrap.read_text(encoding="utf-8").split()[0].replace("==", "-")
    if not glob.glob(f"{ENVIRONMENT}/lib/python3*/site-packages/{pinned}.dist-info"):
        check([str(PYTHON), "-m", "pip", "install", "-qq", "--require-hashes", "-r", str(bootstrap)])


def ensure_packages(lock: str) -> None:
    """Install exactly what the lock file names, unless it is already what ``.venv`` holds."""
    stamp = STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""
    if stamp in [fingerprint(name) for name in SERVED_BY[lock]]:
        return
    say(f"installing the packages of requirements/{lock}")
    STAMP.unlink(missing_ok=True)
    # Without bytecode every server process would compile the packages anew: its user may not write here.
    sync = [str(ENVIRONMENT / "bin" / "uv"), "pip", "sync", "-q", "--require-hashes", "--compile-bytecode"]
    check([*sync, "--python", str(PYTHON), str(REQUIREMENTS / lock)], {**os.environ, **uv_settings()})
    STAMP.write_text(fingerprint(lock), encoding="utf-8")


def fingerprint(lock: str) -> str:
    """Return the lock file's name and digest."""
    return f"{lock} {hashlib.sha256((REQUIREMENTS / lock).read_bytes()).hexdigest()}"


def uv_settings() -> dict[str, str]:
    """Return uv's environment: pip's index settings in uv's words, below whatever UV_… the caller has set."""
    settings: dict[str, str] = {}
    listing = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    for section in ("global", "install", ":env:"):
        for line in listing.splitlines():
            key, _, value = line.partition("=")
            option = key.removeprefix(f"{section}.")
            if option != key and option in PIP_TO_UV:
                settings[PIP_TO_UV[option]] = value.strip("'\"").replace("\\n", " ").strip()
    if "UV_FIND_LINKS" in settings:
        settings["UV_FIND_LINKS"] = ",".join(settings["UV_FIND_LINKS"].split())
    # pip looks through all indexes; uv stops at the first that knows the name. The hashes make the wider look safe.
    settings |= {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_PYTHON_DOWNLOADS": "never", "UV_LINK_MODE": "copy"}
    return {name: value for name, value in settings.items() if name not in os.environ}


def check(words: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command; on failure stop with its own message above ours."""
    if subprocess.run(words, env=environment, stdout=sys.stderr).returncode != 0:
        sys.exit(f"This step failed: {shlex.join(words)}")
