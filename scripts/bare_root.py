"""Proves that a bare Debian needs only its own `python3`, `python3-venv` and `make` for the first two commands.

    sudo python3 scripts/bare_root.py TARGET [--suite trixie] [--task demo --task test]

Makes a minimal Debian root in the folder TARGET (which must not exist), clones the committed state of this repository
into it, and runs the tasks there as a user without rights. The root has no compiler, no libgomp, no Node and no Docker:
the program checks that, and prints how long each task took. Needs root, debootstrap and unshare. From the machine come
only the trusted certificates, the name servers and pip's configuration, so that packages are reached as the machine
reaches them.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
USER = "officer"
PACKAGES = ("python3", "python3-venv", "make")

#: None of these may be in the root: with one of them there, the proof would prove less.
UNWANTED_COMMANDS = ("cc", "gcc", "g++", "clang", "node", "docker", "git", "pip", "uv", "psql")
UNWANTED_LIBRARIES = ("libgomp.so*", "libomp.so*", "libpq.so*")

#: Variables of the machine that say how packages are reached.
PASSED = re.compile(r"(PIP|UV)_.*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(https?|all|no)_proxy", re.IGNORECASE)


def own_mirror() -> list[str]:
    """The Debian mirror that this machine uses, where it is a Debian; else none, and debootstrap takes its own."""
    for source in sorted(Path("/etc/apt").glob("sources.list.d/*.sources")):
        for line in source.read_text(encoding="utf-8").splitlines():
            address = line.removeprefix("URIs:").split()
            if line.startswith("URIs:") and address and address[0].rstrip("/").endswith("/debian"):
                return [address[0]]
    return []


def make_root(target: Path, suite: str) -> None:
    """A minimal Debian in `target`, with what the first two commands may ask for and nothing more."""
    mirror = own_mirror()
    include = ",".join(PACKAGES)
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={include}", suite, str(target), *mirror],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    certificates = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    for file in (certificates, Path("/etc/pip.conf"), Path("/etc/resolv.conf"), Path("/etc/hosts")):
        if file.is_file():
            copy = target / file.relative_to("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    subprocess.run(["chroot", str(target), "useradd", "--create-home", USER], check=True)


def check_bare(target: Path) -> None:
    """Exits where the root holds something that a bare machine would not have."""
    commands = [
        name
        for name in UNWANTED_COMMANDS
        for folder in ("bin", "usr/bin", "usr/local/bin")
        if (target / folder / name).exists()
    ]
    libraries = [str(path) for pattern in UNWANTED_LIBRARIES for path in target.glob(f"usr/lib/**/{pattern}")]
    if commands or libraries:
        sys.exit(f"the root is not bare: {', '.join(commands + libraries)}")
    print(f"bare: none of {', '.join(UNWANTED_COMMANDS)}; none of {', '.join(UNWANTED_LIBRARIES)}", flush=True)


def run_task(target: Path, task: str, arguments: str = "") -> int:
    """Runs `make TASK ARGS=…` in the clone as the user; mounts end with the process."""
    home = f"/home/{USER}"
    environment = {name: value for name, value in os.environ.items() if PASSED.fullmatch(name)}
    environment |= {"HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "USER": USER}
    # The root shares the machine's network, and must not find a database of the machine's there: nothing listens on 1.
    environment["AFORO_TEST_POSTGRES"] = "postgresql+psycopg://postgres@127.0.0.1:1/postgres"
    assignments = " ".join(shlex.quote(f"{name}={value}") for name, value in environment.items())
    inner = shlex.quote(f"cd {home}/aforo && make {task} ARGS={shlex.quote(arguments)}")
    root = shlex.quote(str(target))
    script = (
        f"mount -t proc proc {root}/proc && mount -t tmpfs tmpfs {root}/dev/shm && chmod 1777 {root}/dev/shm && "
        f"exec chroot --userspec={USER}:{USER} {root} /usr/bin/env -i {assignments} /bin/sh -c {inner}"
    )
    return subprocess.run(["unshare", "--mount", "/bin/sh", "-c", script], check=False).returncode


def printed(*command: str) -> str:
    """What a command prints, in one line."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("target", type=Path)
    parser.add_argument("--suite", default="trixie")
    parser.add_argument("--task", action="append", dest="tasks")
    arguments = parser.parse_args()
    target: Path = arguments.target.resolve()
    if target.exists():
        parser.error(f"{target} exists; name a folder that does not")
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        parser.error("needs root and debootstrap")
    make_root(target, arguments.suite)
    clone = target / "home" / USER / "aforo"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    subprocess.run(["chroot", str(target), "chown", "-R", f"{USER}:{USER}", f"/home/{USER}"], check=True)
    check_bare(target)
    version = printed("chroot", str(target), "python3", "--version")
    commit = printed("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    results = []
    for task in arguments.tasks or ["demo", "test"]:
        started = time.monotonic()
        # The demo would go on until it is stopped.
        code = run_task(target, task, "--no-browser --seconds 10" if task == "demo" else "")
        results.append((task, code, time.monotonic() - started))
    print(f"\nDebian {arguments.suite}, {version}, commit {commit}, {os.cpu_count()} CPUs")
    for task, code, seconds in results:
        print(f"make {task:10} exit {code}   {seconds:7.1f} s")
    return int(any(code for _, code, _ in results))


if __name__ == "__main__":
    sys.exit(main())
