"""compose.yaml is valid, complete, closed to the outside, and says what the services read."""

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from chassis.settings import ServiceName
from tests.declared import SERVICES
from tests.deploy import settings
from tests.gates.tree import PACKAGES

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "deploy" / "compose"
HADOLINT = Path(sys.executable).with_name("hadolint")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][name]
    return found


def filled_in(value: str) -> str:
    """What compose makes of a value: the default of each variable, or, where one must be given, something given."""
    return VARIABLE.sub(lambda match: (match["rest"] or "") if match["kind"] == "-" else "given", value)


def environment(name: str) -> dict[str, str]:
    return {key: filled_in(value) for key, value in service(name)["environment"].items()}


@pytest.mark.requirement("D.5")
def test_it_is_valid_compose() -> None:
    merged = yaml.safe_dump(compose())

    parsed = PyCompose.from_yaml(merged)

    assert set(SERVICES) < set(parsed.service_names())


def test_every_network_and_volume_that_is_used_is_declared() -> None:
    networks = {network for each in compose()["services"].values() for network in each["networks"]}
    mounts = [mount for each in compose()["services"].values() for mount in each.get("volumes", [])]
    volumes = {mount.split(":")[0] for mount in mounts if not mount.startswith(".")}

    assert networks == set(compose()["networks"])
    assert volumes == set(compose()["volumes"])
    assert all((FOLDER / mount.split(":")[0]).is_file() for mount in mounts if mount.startswith("."))


def test_the_example_of_the_environment_lists_exactly_what_compose_asks_for() -> None:
    asked = {match["name"] for match in VARIABLE.finditer((FOLDER / "compose.yaml").read_text(encoding="utf-8"))}
    lines = (FOLDER / ".env.example").read_text(encoding="utf-8").splitlines()

    offered = {line.split("=")[0] for line in lines if line and not line.startswith("#")}

    assert offered == asked


def test_no_password_is_written_down() -> None:
    secret = re.compile(r"^ *\w*PASSWORD\w* *[:=] *(?P<value>.*)$", re.MULTILINE)
    texts = [(FOLDER / name).read_text(encoding="utf-8") for name in ("compose.yaml", ".env.example")]

    values = [match["value"] for text in texts for match in secret.finditer(text)]

    assert not [value for value in values if value and not value.startswith("${")]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_with_what_compose_gives_it(name: ServiceName, monkeypatch: pytest.MonkeyPatch) -> None:
    given = environment(name)

    read, kafka = settings.read(name, given, monkeypatch)

    assert not settings.unknown(name, given)
    assert read.service == name
    assert f"//{read.role_name}:" in read.database_url.get_secret_value()
    assert kafka.idempotence


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_migration_knows_the_owner_of_the_schema(name: ServiceName, monkeypatch: pytest.MonkeyPatch) -> None:
    migration = environment(f"migrate-{name}")

    read, _ = settings.read(name, migration | {"OPENITEMS_KAFKA_BOOTSTRAP": "kafka:9092"}, monkeypatch)

    assert not settings.unknown(name, migration)
    assert read.migration_database_url
    assert "OPENITEMS_MIGRATION_DATABASE_URL" not in environment(name)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_its_migration_and_the_topics(name: str) -> None:
    done = {"condition": "service_completed_successfully"}

    assert service(name)["depends_on"] == {"topics": done, f"migrate-{name}": done}
    assert service(f"migrate-{name}")["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert service("topics")["depends_on"] == {"kafka": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_healthy_when_it_is_ready_and_cannot_do_more_than_it_must(name: str) -> None:
    described = service(name)

    assert "/readyz" in described["healthcheck"]["test"][-1]
    assert described["command"] == [f"services.{name}"]
    assert described["read_only"]
    assert described["cap_drop"] == ["ALL"]
    assert described["security_opt"] == ["no-new-privileges:true"]


def test_nothing_listens_beyond_this_host() -> None:
    published = [port for each in compose()["services"].values() for port in each.get("ports", [])]

    assert len(published) == len(set(published)) == len(SERVICES)
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_image_has_a_fixed_version_and_ours_has_the_projects() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    images = {each["image"] for each in compose()["services"].values()}

    assert all(re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?(-\w+)?", image) for image in images)
    assert {image for image in images if image.startswith("openitems")} == {f"openitems:{version}"}


def test_the_image_is_built_by_the_rules() -> None:
    linted = subprocess.run([HADOLINT, FOLDER / "Dockerfile"], capture_output=True, check=False, text=True)

    assert linted.returncode == 0, linted.stdout


def test_the_image_is_built_from_every_package_and_nothing_else_of_the_tree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    copied = re.findall(r"^COPY (\w+) \1$", (FOLDER / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    named = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    let_in = {name for name in named if (ROOT / name).is_dir()}

    assert set(copied) == let_in == packages == set(PACKAGES)


def test_the_image_does_not_run_as_root() -> None:
    lines = (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines()
    last_stage = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]

    assert "USER 10001:10001" in last_stage
