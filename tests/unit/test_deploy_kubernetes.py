"""What `deploy/kubernetes/` has: objects whose names lead somewhere, and containers that may do little."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from aforo.api.access import Access
from aforo.api.app import application
from aforo.api.desk import Desk
from aforo.api.front import Front
from aforo.cli import complete_app
from aforo.log.tokens import Tokens

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "deploy" / "kubernetes"


def objects() -> list[dict[str, Any]]:
    files = sorted(FOLDER.glob("*.yaml"))
    every = [each for path in files for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    return [each for each in every if each["kind"] != "Kustomization"]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in objects() if each["kind"] == kind}


def pods() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The name, the metadata and the specification of every pod."""
    for name, each in of_kind("Deployment").items():
        yield name, each["spec"]["template"]["metadata"], each["spec"]["template"]["spec"]
    for name, each in of_kind("CronJob").items():
        template = each["spec"]["jobTemplate"]["spec"]["template"]
        yield name, template["metadata"], template["spec"]


def containers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for name, _, pod in pods():
        for container in pod["containers"]:
            yield name, pod, container


def variables() -> set[str]:
    """The environment variables that the product reads, wherever it does."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "src" / "aforo").rglob("*.py"))
    return set(re.findall(r"\"(AFORO_[A-Z_]+)\"", source))


def test_every_object_holds_to_the_schemas_of_kubernetes() -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is absent: pip install it to try")
    for each in objects():
        validate.validate(each, validate.latest_version(), strict=True)


def test_the_list_of_resources_has_every_file_but_the_example_of_secrets() -> None:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    files = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml", "secrets.example.yaml"}
    assert sorted(listed) == sorted(files)


def test_what_an_object_names_is_there() -> None:
    secrets = {name: set(each["stringData"]) for name, each in of_kind("Secret").items()}
    claims = of_kind("PersistentVolumeClaim")
    for name, metadata, pod in pods():
        volumes = {each["name"]: each for each in pod["volumes"]}
        for volume in volumes.values():
            if "secret" in volume:
                wanted = {item["key"] for item in volume["secret"].get("items", ())}
                assert wanted <= secrets[volume["secret"]["secretName"]], name
            elif "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims, name
        mounted = {each["name"] for container in pod["containers"] for each in container["volumeMounts"]}
        assert mounted == volumes.keys(), name
        assert metadata["labels"]["app"] == name
    for kind in ("Service", "PodDisruptionBudget"):
        for each in of_kind(kind).values():
            selector = each["spec"]["selector"]
            assert selector.get("matchLabels", selector) == {"app": "aforo"}
    (deployment,) = of_kind("Deployment").values()
    assert deployment["spec"]["selector"]["matchLabels"] == deployment["spec"]["template"]["metadata"]["labels"]
    (service,) = of_kind("Service").values()
    ports = {each["name"] for _, _, container in containers() for each in container.get("ports", ())}
    assert {each["targetPort"] for each in service["spec"]["ports"]} <= ports


def test_every_container_runs_as_nobody_may_do_little_and_is_bounded() -> None:
    for name, pod, container in containers():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        own = container["securityContext"]
        assert own == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }, name  # fmt: skip
        assert "memory" in container["resources"]["limits"], name
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
        assert re.search(r":[\w.]+$", container["image"]), f"{name}: an image has a version"


def test_a_url_reaches_a_container_as_a_file_and_the_keys_reach_no_backup_of_the_record() -> None:
    known = variables()
    for name, pod, container in containers():
        said = {each["name"]: each["value"] for each in container.get("env", ())}
        assert said.keys() <= known, name
        assert not any("://" in value for value in said.values()), name
        mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
        for variable in ("AFORO_STORE", "AFORO_KEYS"):
            if f"{variable}_FILE" in said:
                folder, _, file = said[f"{variable}_FILE"].rpartition("/")
                volume = next(each for each in pod["volumes"] if each["name"] == mounts[folder])
                secret = of_kind("Secret")[volume["secret"]["secretName"]]
                assert file in secret["stringData"], name
                assert said[variable] == "", f"{name}: what the image names goes before the file"
        if name in ("aforo-backup", "aforo-checkpoint"):
            assert not any("keys" in each["name"] for each in pod["volumes"]), name


def test_probes_ask_routes_that_everybody_may_ask(tmp_path: Path) -> None:
    def no_node() -> Any:
        raise AssertionError("nothing is asked of a node")

    app = application(Front(Desk(no_node), Access(Tokens(tmp_path / "keys.sqlite"))))
    routes = {route.path for route in app.routes}
    (server,) = [container for name, _, container in containers() if name == "aforo"]
    asked = {kind: server[kind]["httpGet"]["path"] for kind in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert asked == {"startupProbe": "/healthz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
    assert set(asked.values()) <= routes
    grace = next(pod["terminationGracePeriodSeconds"] for name, _, pod in pods() if name == "aforo")
    assert grace >= 60


def test_commands_are_those_of_the_product() -> None:
    import typer

    group = typer.main.get_command(complete_app())
    names = set(group.list_commands(typer.Context(group)))  # type: ignore[attr-defined]
    for name, _, container in containers():
        if name == "aforo":
            serve = group.get_command(typer.Context(group), "serve")  # type: ignore[attr-defined]
            options = {option for each in serve.params for option in each.opts}
            assert container["args"][0] in names
            assert {each for each in container["args"] if each.startswith("--")} <= options
        for command in re.findall(r"\baforo (\w+) ", " ".join(container["args"])):
            assert command in names, name


def test_the_guide_names_every_file(repository: Path) -> None:
    guide = (repository / "docs" / "guide" / "kubernetes.md").read_text(encoding="utf-8")
    assert [path.name for path in FOLDER.glob("*.yaml") if path.name not in guide] == []
