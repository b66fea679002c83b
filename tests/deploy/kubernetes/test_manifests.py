"""The manifests are valid, complete and alike, and say what the services read."""

import copy
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from chassis.settings import ServiceName
from tests.declared import SERVICES
from tests.deploy import settings

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "deploy" / "kubernetes" / "base"
EXAMPLE = "prerequisites.example.yaml"
OLDEST, NEWEST = "1.33", "1.37"


@cache
def documents(file: str) -> tuple[dict[str, Any], ...]:
    return tuple(yaml.safe_load_all((FOLDER / file).read_text(encoding="utf-8")))


def kustomization() -> dict[str, Any]:
    return documents("kustomization.yaml")[0]


def manifests(kind: str) -> list[dict[str, Any]]:
    found = [each for file in kustomization()["resources"] for each in documents(file) if each["kind"] == kind]
    assert found, kind
    return found


def manifest(kind: str, name: str) -> dict[str, Any]:
    (found,) = (each for each in manifests(kind) if each["metadata"]["name"] == name)
    return found


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("Deployment", "Job"):
        for each in manifests(kind):
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def container(kind: str, name: str) -> dict[str, Any]:
    (found,) = manifest(kind, name)["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def prerequisites(kind: str) -> dict[str, dict[str, str]]:
    wanted = [each for each in documents(EXAMPLE) if each["kind"] == kind]
    return {each["metadata"]["name"]: each.get("stringData") or each["data"] for each in wanted}


def environment(described: dict[str, Any]) -> dict[str, str]:
    """What a container finds in its environment, with the example's secrets."""
    found: dict[str, str] = {}
    for source in described.get("envFrom", []):
        found |= manifest("ConfigMap", source["configMapRef"]["name"])["data"]
    for variable in described["env"]:
        if "value" in variable:
            found[variable["name"]] = variable["value"]
        else:
            reference = variable["valueFrom"]["secretKeyRef"]
            found[variable["name"]] = prerequisites("Secret")[reference["name"]][reference["key"]]
    return found


@pytest.mark.requirement("D.6")
@pytest.mark.parametrize("release", [OLDEST, NEWEST])
@pytest.mark.parametrize("file", [*sorted(path.name for path in FOLDER.glob("*.yaml") if path.stem != "kustomization")])
def test_every_manifest_is_valid(file: str, release: str) -> None:
    for document in documents(file):
        kubernetes_validate.validate(document, release, strict=True)


def test_the_kustomization_takes_in_every_file_but_the_example() -> None:
    files = {path.name for path in FOLDER.glob("*.yaml")}

    assert set(kustomization()["resources"]) == files - {"kustomization.yaml", EXAMPLE}


def test_everything_carries_the_projects_version() -> None:
    images = {each["image"] for _, pod in pods() for each in pod["containers"]}
    jobs = {each["metadata"]["name"] for each in manifests("Job")}

    assert images == {f"openitems:{version()}"}
    assert kustomization()["images"] == [{"name": "openitems", "newTag": version()}]
    assert all(name.endswith(version().replace(".", "-")) for name in jobs)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_with_what_its_manifest_gives_it(name: ServiceName, monkeypatch: pytest.MonkeyPatch) -> None:
    given = environment(container("Deployment", name))

    read, kafka = settings.read(name, given, monkeypatch)

    assert not settings.unknown(name, given)
    assert read.service == name
    assert f"//{read.role_name}:" in read.database_url.get_secret_value()
    assert read.migration_database_url is None
    assert (kafka.sasl_username, kafka.replication, kafka.idempotence) == (f"openitems-{name}", 3, True)


@pytest.mark.parametrize("name", SERVICES)
def test_a_migration_is_run_by_the_owner(name: ServiceName, monkeypatch: pytest.MonkeyPatch) -> None:
    job = container("Job", f"migrate-{name}-{version().replace('.', '-')}")
    given = environment(job)

    read, _ = settings.read(name, given | {"OPENITEMS_KAFKA_BOOTSTRAP": "kafka:9093"}, monkeypatch)

    assert job["args"] == [f"services.{name}", "migrate"]
    assert not settings.unknown(name, given)
    assert read.migration_database_url
    assert "//openitems_owner:" in read.migration_database_url.get_secret_value()


@pytest.mark.parametrize("name", SERVICES)
def test_what_belongs_to_a_service_finds_its_pods(name: str) -> None:
    labels = manifest("Deployment", name)["spec"]["template"]["metadata"]["labels"]

    selectors = [
        manifest("Deployment", name)["spec"]["selector"]["matchLabels"],
        manifest("Service", name)["spec"]["selector"],
        manifest("PodDisruptionBudget", name)["spec"]["selector"]["matchLabels"],
    ]

    assert all(selector.items() <= labels.items() for selector in selectors)
    assert labels["app.kubernetes.io/name"] == name


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_probed_where_it_answers(name: str) -> None:
    described = container("Deployment", name)

    assert described["args"] == [f"services.{name}"]
    assert described["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert described["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "http"}
    assert described["ports"] == [{"name": "http", "containerPort": 8080}]


def test_no_pod_can_do_more_than_it_must() -> None:
    for name, pod in pods():
        (described,) = pod["containers"]
        security = described["securityContext"]

        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["readOnlyRootFilesystem"], name
        assert security["capabilities"] == {"drop": ["ALL"]}, name
        assert described["resources"]["limits"]["memory"], name


def test_the_services_are_deployed_alike_but_for_the_letters_of_reminders() -> None:
    texts = set()
    for name in SERVICES:
        deployed = copy.deepcopy(manifest("Deployment", name)["spec"])
        pod = deployed["template"]["spec"]
        pod["volumes"] = [volume for volume in pod["volumes"] if volume["name"] != "documents"]
        described = pod["containers"][0]
        described["env"] = [each for each in described["env"] if each["name"] != "OPENITEMS_LETTER_WORKERS"]
        del described["resources"]["limits"]
        texts.add(yaml.safe_dump(deployed).replace(name, "NAME"))

    assert len(texts) == 1


def test_all_that_is_mounted_exists() -> None:
    claims = {each["metadata"]["name"] for each in manifests("PersistentVolumeClaim")}
    for name, pod in pods():
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        (described,) = pod["containers"]

        assert {mount["name"] for mount in described["volumeMounts"]} == set(volumes), name
        for volume in volumes.values():
            assert volume.get("persistentVolumeClaim", {"claimName": "reminders-documents"})["claimName"] in claims
            assert volume.get("configMap", {"name": "openitems-ca"})["name"] in prerequisites("ConfigMap")


def test_all_pods_are_closed_but_for_what_the_policies_open() -> None:
    closed = manifest("NetworkPolicy", "closed")["spec"]
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in manifests("Deployment") + manifests("Job")]

    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closed
    assert "egress" not in closed
    assert all(closed["podSelector"]["matchLabels"].items() <= each.items() for each in labels)
