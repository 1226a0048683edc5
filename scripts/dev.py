"""Makes the development environment and runs one task in it; needs nothing but Python's standard library.

    python3 scripts/dev.py TASK [ARGUMENT...]

The environment is `.venv`, filled from the locks in `locks/`, every file checked against its hash. A task installs only
what its lock has and `.venv` lacks: a stamp remembers what was installed. Where packages come from is the machine's own
affair: pip's and uv's configuration is used as it is found, and nothing here names an address.
"""

# The syntax of this file stays readable to old Pythons, so that they get the sentence below and not a syntax error.
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from package_index import uv_environment

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
LOCKS = ROOT / "locks"
WEB = ROOT / "web"
MODULES = WEB / "node_modules"
#: Where the build of the console leaves it, and what it is made of.
CONSOLE = ROOT / "src" / "aforo" / "console" / "assets"
CONSOLE_SOURCES = ("src", "messages", "plugins", "index.html", "package-lock.json", "vite.config.ts", "tsconfig.json")
#: The oldest Node that the build runs on, by its major version; newer majors all do.
OLDEST_NODE = {20: 19, 22: 12}

#: Lock → what `uv pip compile` is asked for beside the project's own dependencies. Later locks keep earlier versions.
LOCK_CONTENT = {
    "base": ["--group", "build"],
    "dev": [
        "--group",
        "build",
        "--group",
        "dev",
        "--extra",
        "oidc",
        "--extra",
        "postgres",
        "--extra",
        "otel",
        "--extra",
        "plots",
        "--extra",
        "mqtt",
        "--extra",
        "nats",
        "--extra",
        "ray",
    ],
    "server": [
        "--group",
        "build",
        "--extra",
        "oidc",
        "--extra",
        "postgres",
        "--extra",
        "otel",
        "--extra",
        "mqtt",
        "--extra",
        "nats",
    ],
    "docs": ["--group", "build", "--group", "docs"],
    "node": ["--group", "node"],
    "bench": ["--group", "build", "--group", "bench", "--extra", "postgres", "--extra", "plots"],
}

#: Locks without the project's own dependencies: the container builds the console in an image that has nothing else.
WITHOUT_PROJECT = ("node",)

#: What pip and uv print when the index cannot be reached.
NO_NETWORK = re.compile(
    r"name resolution|name or service not known|nodename nor servname|network is unreachable|connection refused"
    r"|newconnectionerror|connecttimeout|max retries exceeded|dns error|failed to lookup address|tcp connect error"
    r"|operation timed out|error sending request|proxyerror|tunnel error",
    re.IGNORECASE,
)


class MissingPieceError(Exception):
    """Something the machine must have is absent; the message is one sentence that says what to do."""


def say(text):
    print("dev: " + text, file=sys.stderr, flush=True)


def run(*command, **options):
    """Runs a command in the repository with its output shown; raises CalledProcessError."""
    subprocess.run([str(part) for part in command], cwd=str(ROOT), check=True, **options)


@contextlib.contextmanager
def beside(*command):
    """Runs a command in the repository while something else is done; raises CalledProcessError once that is over, and
    ends the command where that fails."""
    with subprocess.Popen([str(part) for part in command], cwd=str(ROOT)) as process:
        try:
            yield
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)


def install(*command, **options):
    """Runs an installer quietly. What it printed is shown if it fails, unless one sentence says it better."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
    if done.returncode == 0:
        return
    if NO_NETWORK.search(done.stdout):
        raise MissingPieceError(
            "the package index does not answer: check the network, or set the index that pip is to use (PIP_INDEX_URL)."
        )
    sys.stderr.write(done.stdout)
    raise subprocess.CalledProcessError(done.returncode, command)


def check_python():
    """Raises MissingPieceError where this Python cannot make the environment."""
    version = "{}.{}".format(*sys.version_info[:2])
    if sys.version_info < OLDEST:
        raise MissingPieceError(
            "Python {} is too old: {}.{} or newer is needed (name one with `make demo PYTHON=python3.13`).".format(
                version, *OLDEST
            )
        )
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise MissingPieceError(
                f"Python {version} lacks the `{module}` module: install it (Debian: `apt install python3-venv`)."
            )


def make_venv():
    """Makes `.venv`, or makes it anew where its Python has gone."""
    python = BIN / "python"
    works = python.exists() and subprocess.run([str(python), "-c", ""], check=False).returncode == 0
    if not works:
        say("making .venv with Python {}.{}.{}".format(*sys.version_info[:3]))
        install(sys.executable, "-m", "venv", "--clear", VENV)


def stamp_file():
    return VENV / "installed-locks"


def digest(*paths):
    """One digest of what decides an installation: locks, project file, interpreter."""
    content = hashlib.sha256(str(sys.version_info[:2]).encode())
    for path in paths:
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()


def ensure_uv():
    """Installs the locked uv with pip."""
    install(
        *(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--only-binary", ":all:", "--requirement", LOCKS / "uv.txt"),
    )


def ensure(lock):
    """Brings `.venv` to the state of `locks/<lock>.txt`, the project itself included."""
    check_python()
    make_venv()
    wanted = "{} {}".format(lock, digest(LOCKS / "uv.txt", LOCKS / (lock + ".txt"), ROOT / "pyproject.toml"))
    stamps = stamp_file().read_text().splitlines() if stamp_file().exists() else []
    if wanted in stamps:
        compile_own()
        return
    say(f"installing locks/{lock}.txt")
    ensure_uv()
    environment = uv_environment(BIN / "python")
    # Compiled now: a machine may forbid Python to keep what it compiles, and then every start compiles everything anew.
    target = ["pip", "install", "--quiet", "--compile-bytecode", "--python", BIN / "python"]
    install(
        *(BIN / "uv", *target, "--require-hashes", "--only-binary", ":all:", "--requirement", LOCKS / (lock + ".txt")),
        env=environment,
    )
    # The build backend is in the lock, so building the project downloads nothing.
    install(BIN / "uv", *target, "--no-deps", "--no-build-isolation", "--editable", ROOT, env=environment)
    kept = [stamp for stamp in stamps if not stamp.startswith(lock + " ")]
    stamp_file().write_text("\n".join([*kept, wanted]) + "\n")
    compile_own()


def compile_own():
    """Compiles the product's own modules that changed, for the same reason as those of its packages."""
    run(BIN / "python", "-m", "compileall", "-q", "-j", "0", ROOT / "src" / "aforo")


def node_environment():
    """The environment in which `node` and `npm` are found: the machine's, or those of a package where it has none that
    is new enough. npm's own configuration is used as it is found."""
    environment = dict(os.environ, npm_config_update_notifier="false")
    if shutil.which("npm") is None or not new_enough(shutil.which("node")):
        ensure("node")
        environment["PATH"] = os.pathsep.join([str(BIN), environment.get("PATH", "")])
    return environment


def new_enough(node):
    """Whether a Node is one that the build runs on."""
    if node is None:
        return False
    said = subprocess.run([node, "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)\.", said)
    if found is None:
        return False
    major, minor = int(found.group(1)), int(found.group(2))
    return minor >= OLDEST_NODE[major] if major in OLDEST_NODE else major > max(OLDEST_NODE)


def ensure_modules(environment, everything):
    """The packages of `web/` as its lock has them; what only checks and tests need too, if `everything`."""
    stamp = MODULES / ".installed"
    wanted = digest(WEB / "package-lock.json")
    have = stamp.read_text().split() if stamp.exists() else []
    if have and have[0] == wanted and (have[1] == "everything" or not everything):
        return
    say("installing web/package-lock.json")
    options = [] if everything else ["--omit=dev"]
    install(shutil.which("npm", path=environment["PATH"]), "ci", "--prefix", WEB, *options, env=environment)
    stamp.write_text("{} {}".format(wanted, "everything" if everything else "build"))


def ensure_console():
    """The console, built where its sources changed since."""
    paths = [WEB / name for name in CONSOLE_SOURCES]
    files = sorted(each for path in paths for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file())
    made = WEB / "src" / "generated"
    wanted = digest(*(each for each in files if made not in each.parents))
    stamp = VENV / "console-built"
    if (CONSOLE / "index.html").exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    environment = node_environment()
    ensure_modules(environment, everything=False)
    say("building the console")
    install(shutil.which("npm", path=environment["PATH"]), "run", "--prefix", WEB, "build", env=environment)
    stamp.write_text(wanted)


def check_console():
    """The types of the console, with those of the server's OpenAPI document."""
    environment = node_environment()
    ensure_modules(environment, everything=True)
    ensure_console()
    run(BIN / "python", ROOT / "scripts" / "openapi.py", WEB / "openapi.json")
    npm = shutil.which("npm", path=environment["PATH"])
    install(npm, "run", "--prefix", WEB, "types", env=environment)
    run(npm, "run", "--silent", "--prefix", WEB, "check", env=environment)


def lint():
    """Style, types and the arrows between the rooms."""
    ensure("dev")
    run(BIN / "ruff", "check", "--quiet", ".")
    run(BIN / "ruff", "format", "--check", "--quiet", ".")
    with beside(BIN / "mypy"):
        run(BIN / "lint-imports", "--no-cache", "--no-logo")
        check_console()


def pytest(*arguments):
    workers = min(os.cpu_count() or 1, 8)
    # A file stays on one worker: its module's fixtures are made once. In the order of the collection, which is that of
    # tests/conftest.py, long files and short ones come in turn; else the longest single tests came last.
    spread = ("-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder")
    # A worker that ended in a test would be begun anew with the same test, again and again.
    spread += ("--max-worker-restart", "0")
    run(BIN / "python", "-m", "pytest", *spread, *arguments)


def demo(*arguments):
    """A synthetic border corridor at work, live, with the console in a browser; Ctrl-C stops it."""
    ensure("base")
    ensure_console()
    # In this process's place, so that Ctrl-C ends it in its own good order.
    os.chdir(str(ROOT))
    os.execv(str(BIN / "aforo"), ["aforo", "demo", *arguments])


def console():
    """The console, built from `web/`."""
    ensure("base")
    ensure_console()


def test(*arguments):
    """lint, then every test that is not long."""
    lint()
    pytest(*arguments)


def test_all(*arguments):
    """lint, then every test, the long ones too."""
    lint()
    pytest("-m", "long or not long", "-o", "faulthandler_timeout=7200", *arguments)


def docs(*arguments):
    """The documentation as a site, in `site/`."""
    ensure("docs")
    environment = dict(os.environ, NO_MKDOCS_2_WARNING="1")
    run(BIN / "python", "-m", "mkdocs", *(arguments or ("build", "--strict", "--quiet")), env=environment)


def bench(*names):
    """The benchmark programs named (all of them where none is), each into bench-out/NAME.txt too."""
    ensure("bench")
    run(BIN / "python", ROOT / "benchmarks" / "run_all.py", *names)


def lock():
    """Makes the locks anew from pyproject.toml, with the newest versions that fit together."""
    check_python()
    make_venv()
    LOCKS.mkdir(exist_ok=True)
    if not (BIN / "uv").exists():
        if (LOCKS / "uv.txt").exists():
            ensure_uv()
        else:
            install(BIN / "python", "-m", "pip", "install", "--quiet", "uv")
    environment = uv_environment(BIN / "python", installing=False)
    oldest = "{}.{}".format(*OLDEST)
    form = ("--universal", "--python-version", oldest, "--generate-hashes", "--no-emit-index-url", "--no-header")
    form += ("--no-annotate", "--only-binary", ":all:", "--quiet", "--upgrade")
    compile_ = (BIN / "uv", "pip", "compile", *form)
    install(*compile_, "--group", "installer", "--output-file", LOCKS / "uv.txt", env=environment)
    made = []
    for name, content in LOCK_CONTENT.items():
        constraints = [part for earlier in made for part in ("--constraint", earlier)]
        target = LOCKS / (name + ".txt")
        project = [] if name in WITHOUT_PROJECT else ["pyproject.toml"]
        install(*compile_, *content, *constraints, *project, "--output-file", target, env=environment)
        made.append(target)
    say("locks made: " + ", ".join(sorted(path.name for path in LOCKS.glob("*.txt"))))


TASKS = {
    "demo": demo,
    "console": console,
    "test": test,
    "test-all": test_all,
    "lint": lint,
    "docs": docs,
    "bench": bench,
    "lock": lock,
}


def main(arguments):
    if not arguments or arguments[0] not in TASKS:
        print(__doc__)
        for name, task in TASKS.items():
            print(f"  {name:10}{task.__doc__}")
        return 2
    try:
        TASKS[arguments[0]](*arguments[1:])
    except MissingPieceError as missing:
        say(str(missing))
        return 1
    except subprocess.CalledProcessError as failed:
        say("`{}` failed".format(" ".join(Path(str(part)).name for part in failed.cmd[:4])))
        return failed.returncode if 0 < failed.returncode < 128 else 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
