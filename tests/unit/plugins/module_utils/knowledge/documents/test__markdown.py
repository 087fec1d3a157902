# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert


def page(text: str, path: str = "page.md", **options: object) -> Page:
    return convert(text.encode(), path, **options)  # type: ignore[arg-type]


def text_of(converted: Page) -> str:
    return "\n".join(block.text for section in converted.sections for block in section.blocks)


def test_sections_anchors_and_blocks() -> None:
    converted = page(
        "---\ntitle: Brokers\nversion: 3.10\n---\n# Brokers\n\nSet `log_dirs` in [the file](x.md).\n\n## Disks {#disks}\n\n"
        "```bash\nls -l\n```\n\n| a | b |\n|---|---|\n| 1 | x_y |\n\n1. first\n   - inner\n2. second\n\n       listen = all\n\n## Log dirs & more\n\nText.\n"
    )
    assert converted.title == "Brokers"
    assert converted.metadata["version"] == "3.10"
    assert [(section.headings, section.anchor) for section in converted.sections] == [
        ((), None),
        (("Disks",), "disks"),
        (("Log dirs & more",), "log-dirs--more"),
    ]
    assert converted.sections[0].blocks[0].text == "Set `log_dirs` in the file."
    assert [(block.kind, block.text) for block in converted.sections[1].blocks] == [
        ("code", "```bash\nls -l\n```"),
        ("table", "| a | b |\n| --- | --- |\n| 1 | x_y |"),
        ("list", "1. first"),
        ("list", "   - inner"),
        ("list", "2. second"),
        ("code", "```\nlisten = all\n```"),
    ]


def test_placeholders_and_go_templates_are_content() -> None:
    converted = page("Ask <broker-id> of kafka, {{ $value }}.\n\n```yaml\nsummary: '{{ $labels.instance }}'\n{% if x %}\n```\n")
    assert text_of(converted) == "Ask <broker-id> of kafka, {{ $value }}.\n```yaml\nsummary: '{{ $labels.instance }}'\n{% if x %}\n```"


def test_hugo_shortcodes() -> None:
    files = {"examples/one.yaml": b"kind: Pod\n", "/static/a.html": b"<h4>node.id</h4>\n\n<p>The id.</p>"}
    converted = page(
        '---\nbase: https://x\n---\n{{% heading "prerequisites" %}}\n\n'
        'A {{< glossary_tooltip text="Pod" term_id="pod" >}} of {{< skew currentVersionAddMinor -1 >}}'
        ' at {{% param "base" %}}.\n\n'
        '{{< note >}}\nBack up first.\n{{< /note >}}\n\n{{% alert title="Danger zone" color="warning" %}}\n- a list\n{{% /alert %}}\n\n'
        'See [storage]({{< relref "../storage" >}}).\n\n'
        '{{% code_sample file="pods/one.yaml" %}}\n\n{{< codenew file="examples/one.yaml" >}}\n\n{{< unknown a="1" >}}inner{{< /unknown >}}\n\n'
        "{{< comment >}}hidden{{< /comment >}}\n\n"
        '{{< tabs >}}\n{{% tab name="Debian" %}}\n\n```sh\napt\n```\n{{% /tab %}}\n{{< /tabs >}}\n\n{{< include-html file="/static/a.html" >}}\n',
        version="1.26",
        read_include=files.get,
    )
    assert text_of(converted).split("\n") == [
        "Before you begin",
        "A Pod of 1.25 at https://x.",
        "Note: Back up first.",
        "Danger zone:",
        "- a list",
        "See storage.",
        "Example file: `pods/one.yaml`",
        "`examples/one.yaml`:",
        "```yaml",
        "kind: Pod",
        "```",
        "inner",
        "Debian:",
        "```sh",
        "apt",
        "```",
        "The id.",
    ]
    assert converted.sections[-1].headings == ("node.id",)


def test_jekyll_and_kramdown() -> None:
    converted = page(
        "---\ntitle: Docker\n---\n# Docker\n\n#### Table of contents\n- TOC\n{:toc}\n\nDo not do this.\n{: .warning }\n\n"
        "Use [RPM]({{site.url}}{{site.baseurl}}/rpm/){:target='_blank'} of {{ page.title }} {{site.opensearch_major_minor_version}}.\n\n"
        "```bash\ntar -xf opensearch-{{site.opensearch_version}}.tar.gz\n```\n{% include copy.html %}\n\n{::comment}\nhidden\n{:/comment}\n\n"
        "Term\n: Its meaning.\n\n| a | b |\n|:--|:--|\n| `x|y` | z |\n\n## Next\n{: #next .no_toc }\n\n{% raw %}{{ x }}{% endraw %} stays.\n",
        version="2.11",
    )
    assert text_of(converted) == (
        "Warning: Do not do this.\nUse RPM of Docker 2.11.\n```bash\ntar -xf opensearch-<opensearch_version>.tar.gz\n```\n"
        "- Term: Its meaning.\n| a | b |\n| --- | --- |\n| `x\\|y` | z |\n{{ x }} stays."
    )
    assert converted.sections[-1].anchor == "next"


MDX = """---
title: Installing
---
<!--
Licensed under the Apache License.

You may not use this file except in compliance.
-->

import Tabs from '@theme/Tabs';
import {
  ServerVersion,
} from '@site/src/components/Server';

export const series = "4.0";
export const Highlight = ({children}) => (
  <b>{children}</b>
);

{/* a comment */}

# Installing

## Overview {#overview}

Series {series}, <Highlight color="red">release</Highlight> <ServerVersion/>, `{rabbit, []}`, <https://x.org>.

:::danger

Use *packages*.

:::

:::tip Back up first
Really.
:::

1. Run:

   <Tabs groupId="os">
     <TabItem value="noble" label="Ubuntu 24.04" default>

       ```bash
       import x from "y"
       ```

     </TabItem>
     <TabItem value="trixie" label="Debian">
     Install `erlang`.
     </TabItem>
   </Tabs>

2. Done.

<table>
  <thead>
    <td><strong>Mechanism</strong></td>
    <td>Description</td>
  </thead>
  <tr>
    <td>
      [File](#file)
    </td>
    <td>
      Settings in `rabbitmq.conf` of:

      * nodes
      * plugins
    </td>
  </tr>
</table>

<T.Download name="x" />
"""


def test_mdx() -> None:
    converted = page(MDX)
    assert converted.title == "Installing"
    assert [(section.headings, section.anchor) for section in converted.sections] == [(("Overview",), "overview")]
    assert text_of(converted).split("\n") == [
        "Series 4.0, release <ServerVersion>, `{rabbit, []}`, https://x.org.",
        "Danger: Use packages.",
        "Tip (Back up first): Really.",
        "1. Run:",
        "   Ubuntu 24.04:",
        "```bash",
        'import x from "y"',
        "```",
        "   Debian: Install `erlang`.",
        "2. Done.",
        "| Mechanism | Description |",
        "| --- | --- |",
        "| File | Settings in `rabbitmq.conf` of: nodes; plugins |",
    ]


def test_mdx_components_keep_their_names_and_data() -> None:
    converted = page(
        """import Tabs from '@theme/Tabs';

<Tabs items={["Deb", 'Rpm']}>
  <Tab>

Use apt.

  </Tab>
  <Tab>Use dnf.</Tab>
</Tabs>

<Tabs>
<Tab heading="HCL" group="hcl">

```hcl
a = 1
```

</Tab>
</Tabs>

<ParamField path="bind_addr" type="string" default="0.0.0.0">
  Where to listen.
</ParamField>

<CodeBlockConfig filename="agent.hcl">

```hcl
b = 2
```

</CodeBlockConfig>

Run <code>{`agent -config "x"`}</code> now. <Snippet text="use { this }" />

| Key | Values |
| --- | --- |
| `mode` | <ul><li>{"fast"}</li><li><Term title="slow" /></li></ul> |
| `size` | one<br/>two |

<Options
  content={[
    {
      name: 'retries',
      type: 'number',
      description:
        'Tries of {id}, at most.',
      properties: [{ type: 'Inner', parameters: [{ name: 'delay', description: "It's \\"long\\"." }] }],
    },
  ]}
/>
""",
        "page.mdx",
    )
    assert text_of(converted).split("\n") == [
        "Deb: Use apt.",
        "Rpm: Use dnf.",
        "HCL:",
        "```hcl",
        "a = 1",
        "```",
        "`bind_addr` (string, default 0.0.0.0): Where to listen.",
        "agent.hcl",
        "```hcl",
        "b = 2",
        "```",
        'Run `agent -config "x"` now. use { this }',
        "| Key | Values |",
        "| --- | --- |",
        "| `mode` | fast; slow |",
        "| `size` | one two |",
        "- `retries`: number; Tries of {id}, at most.; Inner",
        '- `delay`: It\'s "long".',
    ]


def test_boxes_that_are_paragraphs_with_a_mark() -> None:
    converted = page('-> **Note:** One.\n\n~> Two.\n\n!> Three\n-> goes on.\n\n@include "part.mdx"\n\n```\n-> code\n```\n')
    assert text_of(converted) == "Note: One.\nWarning: Two.\nWarning: Three -> goes on.\n```\n-> code\n```"


def test_mkdocs_github_and_vitepress() -> None:
    converted = page(
        '[TOC]\n\n!!! note "Limits"\n\n    Read `this`.\n\n    ```yaml\n    a: 1\n    ```\n\n=== "Linux"\n\n'
        "    Use apt.\n\n    ??? danger\n        Careful.\n\n"
        "> [!WARNING]\n>\n> Ports bypass ufw.\n\n::: details More\nHidden.\n:::\n\n[[_TOC_]]\n\n- [x] done\n\nText[^1].\n\n[^1]: A footnote.\n\n"
        '``` ini title="rabbit.conf" {1}\na = 1\n```\n\n[Go](x.md){ .md-button }\n'
    )
    assert text_of(converted).split("\n") == [
        "Note (Limits): Read `this`.",
        "```yaml",
        "a: 1",
        "```",
        "Linux: Use apt.",
        "Danger: Careful.",
        "Warning: Ports bypass ufw.",
        "More: Hidden.",
        "- [x] done",
        "Text[1].",
        "[1] A footnote.",
        "`rabbit.conf`:",
        "```ini",
        "a = 1",
        "```",
        "Go",
    ]


def test_tables_keep_what_other_renderers_would_drop() -> None:
    converted = page("Name | Value\n---|---\n# of replicas (|ISR|) | {a|b|c} \n`x|y` | 1 | 2\nlast ||\n")
    assert text_of(converted) == "| Name | Value |\n| --- | --- |\n| # of replicas (\\|ISR\\|) | {a\\|b\\|c} |\n| `x\\|y` | 1 \\| 2 |\n| last |  |"


@pytest.mark.parametrize(
    ("text", "title", "first"),
    [
        ("---\nlinkTitle: Short\ndescription: How to use [snapshots](x) with MinIO.\n---\n\nThe body of it.\n", "Short", "How to use snapshots with MinIO."),
        ("---\ntitle: Back up\ndescription: Back up the body.\n---\n\nThe body of it.\n", "Back up", "The body of it."),
        ('---\ntitle: "Broken: yaml\nweight: 1\n---\n\nThe body.\n', "Broken: yaml", "The body."),
        ('+++\ntitle = "Toml"\n+++\n\nThe body.\n', "Toml", "The body."),
        ("---\ntitle: x\n\nNever closed.\n", "page", "title: x"),
        ("Text <!-- never closed\n\nstays.\n", "page", "Text <!-- never closed"),
    ],
)
def test_front_matter(text: str, title: str, first: str) -> None:
    converted = page(text)
    assert (converted.title, converted.sections[0].blocks[0].text) == (title, first)


def test_what_looks_like_a_template_in_a_page_that_was_converted_before_stays() -> None:
    text = "---\ntitle: Why?\nfetched_at: 2026-01-01\nsha256: 0f\n---\n\nUse this template of ours:\n\n```yaml\nname: {{ site.x }}\n{{< include >}}\n```\n"
    assert "name: {{ site.x }}\n{{< include >}}" in convert(text.encode(), "1.md").sections[0].blocks[-1].text


@pytest.mark.parametrize(
    "piece",
    [
        "#",
        "![",
        "[",
        "<!--",
        '{{< a "',
        "{{< note >}}",
        ":::",
        "::: a" + " " * 500 + ":",
        "{: .note }\n",
        "<A {",
        "<A b={[{name: '",
        "<A b={[{",
        "<code>{`",
        "{`",
        '<TabItem label="',
        "|a|b|\n|-|-|\n",
        "`",
        "*a_",
        "- ",
        "> ",
    ],
)
@pytest.mark.parametrize("path", ["x.md", "x.mdx"])
def test_hostile_pages_end_soon(piece: str, path: str) -> None:
    started = time.process_time()
    convert((piece * (60_000 // len(piece))).encode(), path)
    assert time.process_time() - started < 5
