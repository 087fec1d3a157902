# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator says of the instances of llama-server, completed."""

# Private to the collection: names here may change in any release.
from __future__ import annotations

import posixpath
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: llama_instances
short_description: Complete the settings of instances of llama-server
version_added: 0.1.0
description:
  - Used by the role P(infra_llm.assistant.llama_server#role) alone; it may change in any release.
options:
  _input:
    description: The instances by name, as C(infra_llm_llama_instances) has them.
    type: dict
    required: true
  common:
    description: Settings that all instances have unless they say otherwise.
    type: dict
    required: true
  kinds:
    description: Settings of chat and of embedding instances, before C(common).
    type: dict
    required: true
  presets:
    description: Models by name.
    type: dict
    required: true
  inspected:
    description: What the files of models on the controller say of themselves, by path.
    type: dict
    required: true
  models_dir:
    description: Directory of the models on the host.
    type: str
    required: true
  hub:
    description: URL below which the URLs of presets are.
    type: str
    required: true
  model_url:
    description: URL of the model of chat instances, instead of the preset's own.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Complete them
  ansible.builtin.debug:
    msg: >-
      {{ {'chat': {'model': 'https://models.example.com/house.gguf'}} | infra_llm.assistant.llama_instances(
         common={'repack': 'auto'}, kinds={'chat': {'port': 8080}}, presets={}, inspected={}, models_dir='/srv', hub='https://models.example.com') }}
"""

RETURN = r"""
_value:
  description:
    - The instances by name, with what was missing.
    - C(place) says where the model comes from, V(preset), V(url), V(controller) or V(host); C(path) where it is on the host.
  type: dict
"""

REPACK = {"True": "on", "False": "off"}  # as YAML reads on and off


def llama_instances(
    wanted: Mapping[str, Mapping[str, Any]],
    *,
    common: Mapping[str, Any],
    kinds: Mapping[str, Mapping[str, Any]],
    presets: Mapping[str, Mapping[str, Any]],
    inspected: Mapping[str, Mapping[str, Any]],
    models_dir: str,
    hub: str,
    model_url: str = "",
) -> dict[str, dict[str, Any]]:
    """Each instance with all its settings."""
    completed = {}
    for name, own in wanted.items():
        kind = str(own.get("kind") or ("embeddings" if name == "embeddings" else "chat"))
        defaults = {**common, **kinds[kind]}
        model = str(own.get("model", defaults.get("model")))
        preset, said = presets.get(model, {}), inspected.get(model, {})
        settings = {**defaults, **preset, **said, **own, "name": name, "kind": kind, "model": model}
        settings["repack"] = REPACK.get(str(settings["repack"]), str(settings["repack"]))
        url = own.get("model_url") or (model_url if kind == "chat" else "")
        completed[name] = settings | _source(own, model, preset, said, models_dir) | {"url": _url(url, model, preset, hub)}
    return completed


def _source(own: Mapping[str, Any], model: str, preset: Mapping[str, Any], said: Mapping[str, Any], models_dir: str) -> dict[str, Any]:
    """Where the model comes from, and what it is."""
    file = preset.get("file") or posixpath.basename(urllib.parse.urlsplit(model).path)
    place = "preset" if preset else "url" if _is_url(model) else "controller" if said else "host"
    return {
        "place": place,
        "path": model if place == "host" else f"{models_dir}/{file}",
        "sha256": own.get("model_sha256") or preset.get("sha256", ""),
        "size": int(own.get("model_size") or preset.get("size") or said.get("size") or 0),
        "alias": own.get("alias") or (model if preset else posixpath.splitext(file)[0]),
    }


def _url(given: str, model: str, preset: Mapping[str, Any], hub: str) -> str:
    url = given or (model if _is_url(model) else str(preset.get("url", "")))
    return url if not url or _is_url(url) else f"{hub.rstrip('/')}/{url}"


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., dict[str, dict[str, Any]]]]:
        return {"llama_instances": llama_instances}
