"""What the documentation's build adds to the pages that people wrote: hooks of mkdocs.

The reference is made from the code by `docs_reference`, so it cannot fall behind it. The navigation takes every page of
`docs/reference` and `docs/adr` by itself. A page that would load a script, a style or a picture from another host stops
the build: the site works where there is no network.
"""

import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))
import docs_reference

ROOT = Path(__file__).resolve().parent.parent

#: Pages that lie at the root of the repository, where a visitor of the repository looks for them.
OWN_PAGES = {"index.md": "README.md", "contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}

#: What a browser fetches by itself when it opens a page.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source)[^>]+src=[\"']?(?:https?:)?//"
    r"|<link[^>]+rel=[\"']?(?:stylesheet|preload|icon|preconnect)[^>]+href=[\"']?(?:https?:)?//"
)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Completes the two open sections of the navigation."""
    written = {path.name for path in (ROOT / "docs" / "reference").glob("*.md")}
    reference = sorted(written | set(docs_reference.PAGES))
    records = sorted(path.name for path in (ROOT / "docs" / "adr").glob("*.md"))
    for section in config.nav or []:
        if "Reference" in section:
            section["Reference"] = [f"reference/{name}" for name in reference]
        if "Decisions" in section:
            section["Decisions"] = [f"adr/{name}" for name in records]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages."""
    for name, make in docs_reference.PAGES.items():
        if name in docs_reference.COMMITTED:
            continue
        files.append(File.generated(config, f"reference/{name}", content=make()))
    for page, source in OWN_PAGES.items():
        content = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, page, content=content))
    return files


def on_post_page(output: str, page: object, config: MkDocsConfig) -> str:
    """Refuses a page that loads something from another host."""
    found = FETCHED.search(output)
    if found:
        raise PluginError(f"{page} loads from elsewhere: {found.group()}")
    return output
