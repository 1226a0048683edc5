"""Where packages come from: the machine's own settings for pip, and the same for uv, which does not read them."""

import ast
import os
import re
import ssl
import subprocess
from pathlib import Path


def pip_settings(python):
    """What pip is configured with, by option name: environment first, then `[install]`, then `[global]`."""
    listed = subprocess.run(
        [str(python), "-m", "pip", "config", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    ).stdout
    found = {}
    for line in listed.splitlines():
        match = re.match(r"(:env:|install|global)\.([a-z-]+)=(.*)$", line)
        if match:
            section, option, value = match.groups()
            found[section, option] = ast.literal_eval(value) if value[:1] in "'\"" else value
    settings = {}
    for section in ("global", "install", ":env:"):
        settings.update({option: value for (place, option), value in found.items() if place == section})
    return settings


def uv_environment(python, installing=True):
    """The environment for a call of uv: uv does not read pip's configuration, so what it lacks is carried over."""
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
    pip = pip_settings(python)

    def carry(name, value):
        if value:
            environment.setdefault(name, value)

    if "UV_INDEX_URL" not in environment:
        carry("UV_DEFAULT_INDEX", pip.get("index-url"))
    if "UV_EXTRA_INDEX_URL" not in environment:
        carry("UV_INDEX", " ".join(pip.get("extra-index-url", "").split()))
    carry("UV_INSECURE_HOST", " ".join(pip.get("trusted-host", "").split()))
    carry("SSL_CERT_FILE", pip.get("cert"))
    carry("ALL_PROXY", pip.get("proxy"))
    if installing:
        # Hashes make it safe to take a file from wherever it lies; pip would do the same.
        places = [place for place in pip.get("find-links", "").split() if "://" in place or Path(place).exists()]
        carry("UV_FIND_LINKS", ",".join(places))
        carry("UV_INDEX_STRATEGY", "unsafe-best-match")
    if machine_has_certificates():
        carry("UV_SYSTEM_CERTS", "1")
    return environment


def machine_has_certificates():
    """Whether the system's own store holds any; where it holds none, uv's bundled ones serve."""
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or (bool(paths.capath) and any(Path(paths.capath).iterdir()))
