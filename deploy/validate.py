"""What no schema can know of the files below deploy/: that they agree with each other and with the
settings that there are. Run by validate.sh, which has the packages; exit code 1 and a line for each
mistake."""

import json
import re
import sys
from pathlib import Path

from ruamel.yaml import YAML

HERE = Path(__file__).parent
MISTAKES = []


def expect(good, mistake):
    if not good:
        MISTAKES.append(mistake)


def documents(path):
    return [d for d in YAML(typ="safe", pure=True).load_all((HERE / path).read_text()) if d]


def settings():
    """The variables of docs/configuration.md, which a test holds to the code."""
    page = (HERE / "../docs/configuration.md").read_text()
    return set(re.findall(r"^\| `(TRUNKLINE_[A-Z_]+)`", page, re.MULTILINE))


def check_settings(where, names):
    known = settings()
    for name in names:
        if name.startswith("TRUNKLINE_"):
            expect(name.removesuffix("_FILE") in known, f"{where}: no setting is called {name}")


def check_kustomization():
    listed = documents("kubernetes/kustomization.yaml")[0]["resources"]
    for name in listed:
        expect((HERE / "kubernetes" / name).is_file(), f"kustomization.yaml: there is no {name}")
    others = {"kustomization.yaml", "prometheus-adapter.yaml"}
    for path in (HERE / "kubernetes").glob("*.yaml"):
        expect(path.name in others.union(listed), f"kustomization.yaml leaves out {path.name}")
    return [d for name in listed for d in documents(f"kubernetes/{name}")]


def check_manifests(manifests):
    named = {(m["kind"], m["metadata"]["name"]): m for m in manifests}
    expect(len(named) == len(manifests), "kubernetes: two manifests have one kind and name")
    deployments = [m for m in manifests if m["kind"] == "Deployment"]
    pods = [d["spec"]["template"]["metadata"]["labels"] for d in deployments]
    ports = {
        p["name"]: p["containerPort"]
        for d in deployments
        for c in d["spec"]["template"]["spec"]["containers"]
        for p in c["ports"]
    }
    for (kind, name), manifest in named.items():
        where = f"{kind} {name}"
        spec = manifest.get("spec", {})
        if kind != "Namespace":
            namespace = manifest["metadata"].get("namespace")
            expect(("Namespace", namespace) in named, f"{where}: namespace {namespace} is not made")
        for selector in selectors(kind, spec):
            matched = any(selector.items() <= labels.items() for labels in pods)
            expect(selector and matched, f"{where}: {selector} selects no pod")
        if kind == "Service":
            for port in spec["ports"]:
                expect(port["targetPort"] in ports, f"{where}: no container has {port}")
        if kind == "HorizontalPodAutoscaler":
            target = spec["scaleTargetRef"]
            expect((target["kind"], target["name"]) in named, f"{where}: there is no {target}")
        if kind == "NetworkPolicy":
            for port in ingress_ports(spec):
                expect(port in ports.values(), f"{where}: nothing listens on {port}")
        if kind == "Deployment":
            check_deployment(where, spec["template"]["spec"], ports, named)


def selectors(kind, spec):
    if kind == "Service":
        return [spec["selector"]]
    if kind == "NetworkPolicy":
        return [spec["podSelector"]["matchLabels"]]
    return [spec["selector"]["matchLabels"]] if "selector" in spec else []


def ingress_ports(spec):
    return [p["port"] for rule in spec.get("ingress", []) for p in rule["ports"]]


def check_deployment(where, pod, ports, named):
    for container in pod["containers"]:
        check_settings(where, [e["name"] for e in container["env"]])
        values = {e["name"]: e.get("value", "") for e in container["env"]}
        service = values["TRUNKLINE_CLUSTER_MEMBERS"].removeprefix("kubernetes:").split(".")
        found = named.get(("Service", service[0]), {"metadata": {}})
        expect(
            found["metadata"].get("namespace") == service[1] if len(service) > 1 else False,
            f"{where}: TRUNKLINE_CLUSTER_MEMBERS names no headless service",
        )
        expect(values["TRUNKLINE_BUS_PORT"] == str(ports["bus"]), f"{where}: the bus has two ports")
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            expect(container[probe]["httpGet"]["port"] in ports, f"{where}: {probe} asks no port")
        mounts = {m["mountPath"]: m["name"] for m in container["volumeMounts"]}
        volumes = {v["name"] for v in pod["volumes"]}
        expect(set(mounts.values()) <= volumes, f"{where}: a mount has no volume")
        for name, value in values.items():
            if name.endswith("_FILE"):
                folder = value.rsplit("/", 1)[0]
                expect(folder in mounts, f"{where}: {name} is in no mounted folder")
    drain = max(int(values.get("TRUNKLINE_DRAIN_SECONDS", "0")), 0)
    least = drain + (20 if drain else 30)
    grace = pod["terminationGracePeriodSeconds"]
    expect(grace > least, f"{where}: {grace} s are too few to leave in")


def check_compose():
    compose = documents("compose.yaml")[0]
    services = compose["services"]
    for name, service in services.items():
        check_settings(f"compose.yaml, {name}", service.get("environment", {}))
        for secret in service.get("secrets", []):
            expect(secret in compose["secrets"], f"compose.yaml, {name}: no secret {secret}")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            a_file = source.startswith(".")
            there = (HERE / source).exists() if a_file else source in compose["volumes"]
            expect(there, f"compose.yaml, {name}: there is no {source}")
        for network in service.get("networks", []):
            expect(network in compose["networks"], f"compose.yaml, {name}: no network {network}")
    scraped = {
        target
        for job in documents("prometheus/prometheus.yml")[0]["scrape_configs"]
        for config in job["static_configs"]
        for target in config["targets"]
    }
    nodes = {f"{name}:9090" for name in services if name.startswith(("gateway-", "session-"))}
    expect(scraped == nodes, f"prometheus.yml: asks {scraped}, and the nodes are {nodes}")


def check_the_rest():
    json.loads((HERE / "grafana/trunkline.json").read_text())
    for path in HERE.glob("grafana/provisioning/*/*.yml"):
        expect(documents(path.relative_to(HERE)), f"{path.name} is empty")
    scaled_by = {
        metric["pods"]["metric"]["name"]
        for name in ("gateway", "session-service")
        for manifest in documents(f"kubernetes/{name}.yaml")
        if manifest["kind"] == "HorizontalPodAutoscaler"
        for metric in manifest["spec"]["metrics"]
        if metric["type"] == "Pods"
    }
    page = (HERE / "../docs/metrics.md").read_text()
    adapter = (HERE / "kubernetes/prometheus-adapter.yaml").read_text()
    documents("kubernetes/prometheus-adapter.yaml")
    documents("kubernetes/prometheus.yml")
    for metric in scaled_by:
        expect(f"| `{metric}` |" in page, f"autoscalers: no metric is called {metric}")
        expect(metric in adapter, f"prometheus-adapter.yaml knows no {metric}")


check_manifests(check_kustomization())
check_compose()
check_the_rest()
print("\n".join(MISTAKES))
sys.exit(1 if MISTAKES else 0)
