# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import DirectoryReader, SourcePage

# What sites add to Markdown, outside of code.
LEFTOVERS = re.compile(
    r"\{\{[<%]|\{%|\{:|^:::|^import .* from |</?(?:Tab|div|span|table|t[dr]|p|br|ul|li)\b|\]\(\S+\)|^#{1,6} \w|&(?:amp|lt|gt|nbsp);|^(?:---|\*\*\*)$",
    re.MULTILINE,
)


def text_of(converted: Page) -> str:
    return "\n".join(block.text for section in converted.sections for block in section.blocks)


def prose_of(converted: Page) -> str:
    text = "\n".join(block.text for section in converted.sections for block in section.blocks if block.kind != "code")
    return re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)


def test_traps_of_real_pages(shared: Path) -> None:
    included = {"/static/41/generated/kafka_config.html": b"<h4>node.id</h4><p>The inlined one.</p>", "back-up/back-up-grafana.md": b"The shared part.\n"}

    def real(path: str, version: str | None = None) -> str:
        return text_of(convert((shared / "corpus" / path).read_bytes(), path, version=version, read_include=included.get))

    assert "description: '{{ $labels.instance }} of job {{ $labels.job }} has been down" in real("alertmanager/0.27.0/notification_examples.md")
    assert "\n{{ $labels.<labelname> }}\n" in real("prometheus/3.5.0/configuration/alerting_rules.md")
    upgrade = real("kubernetes/1.31/tasks/administer-cluster/kubeadm/kubeadm-upgrade.md", "1.31")
    assert "from version 1.30.x to version 1.31.x, and from version 1.31.x to 1.31.y" in upgrade
    lifecycle = real("kubernetes/1.31/concepts/workloads/pods/pod-lifecycle.md", "1.31")
    assert "Feature state: Kubernetes v1.29 beta" in lifecycle
    assert "This page describes the lifecycle of a Pod. Pods follow a defined lifecycle" in lifecycle
    assert "\nNote: When a pod is failing to start repeatedly" in lifecycle
    sample = real("kubernetes/1.31/tasks/debug/debug-application/determine-reason-pod-failure.md", "1.31")
    assert "Example file: `debug/termination.yaml`" in sample
    roles = real("grafana/10.4.3/administration/roles-and-permissions/access-control/rbac-fixed-basic-role-definitions/index.md")
    assert "Note: Available in Grafana Enterprise and Grafana Cloud." in roles
    assert "Default Grafana server administrator assignments." in roles
    assert "The shared part." in real("grafana/10.4.3/administration/back-up-grafana/index.md")
    assert "The inlined one." in real("kafka/4.1/configuration/configuration.md")
    snapshots = real("opensearch/2.11/_tuning-your-cluster/availability-and-recovery/snapshots/snapshot-restore.md", "2.11")
    assert "FROM opensearchproject/opensearch:<opensearch_version>\n" in snapshots
    assert "Note: If you are migrating an Open Distro for Elasticsearch cluster" in real("opensearch/2.11/_upgrade-to/upgrade-to.md", "2.11")
    assert "request={Produce\\|FetchConsumer\\|FetchFollower}" in real("kafka/4.1/operations/monitoring.md")
    assert "| Index throughput (number of requests per second) | Median |" in real(
        "opensearch/2.11/_tuning-your-cluster/availability-and-recovery/segment-replication/index.md"
    )


@pytest.mark.parametrize("tree", ["kubernetes/1.31", "grafana/10.4.3", "opensearch/2.11", "kafka/4.1", "prometheus/3.5.0", "alertmanager/0.27.0"])
def test_no_template_syntax_is_left_of_real_pages(shared: Path, tree: str) -> None:
    pages = [entry for entry in DirectoryReader(shared / "corpus" / tree, version=tree.split("/")[1]).entries() if isinstance(entry, SourcePage)]
    assert pages
    left = {entry.relative_path: found.group() for entry in pages if (found := LEFTOVERS.search(prose_of(entry.page)))}
    assert not left
