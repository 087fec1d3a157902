# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the gateway, the same for everything that talks to it."""

from __future__ import annotations

from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_definitions import documented_sources


class ModuleDocFragment:
    """Options of the gateway, the same for everything that talks to it."""

    DOCUMENTATION = r"""
---
options:
    gateway_url:
        description:
            - >-
              Address of a served gateway, such as C(https://assistant.example.com:8090), C(http://10.0.0.5:8090), or on its own machine
              C(unix:/run/infra_llm/gateway.sock).
            - >-
              With it no gateway is started here, and what only an embedded one uses, such as O(knowledge_dir), O(model_path) and O(llm_url),
              is not looked at. The collection's C(docs/served_gateway.md) tells more.
        type: str
    gateway_token:
        description:
            - Token for O(gateway_url). It is not needed for a unix socket.
        type: str
    gateway_ca_bundle:
        description:
            - >-
              File with the certificate of the authority that has signed the certificate at O(gateway_url), in PEM form. It is trusted in place of
              the system's authorities.
        type: path
    state_dir:
        description:
            - >-
              Directory of the assistant's own state on the controller: the gateway's socket and log, and the index of the versions CSV.
            - It is made with access for its owner alone. Two users need two directories.
        type: path
        default: ~/.local/state/infra_llm
    knowledge_dir:
        description:
            - Directory of the knowledge base.
            - The default is the directory C(knowledge) in O(state_dir).
        type: path
    gateway_python:
        description:
            - The Python that runs the gateway and has the packages of C(requirements/embedded.txt).
            - The default is the Python that runs Ansible.
        type: path
    gateway_idle:
        description:
            - Seconds without a question after which the gateway ends, from V(1) to V(31536000), a year.
        type: int
        default: 900
    embedding_model:
        description:
            - >-
              Embedding model that makes documents and questions comparable: V(all-MiniLM-L6-v2), whose weights are among the required packages,
              another preset such as V(multilingual-e5-small), a name that sentence-transformers knows, the directory of such a model,
              or the path of a C(.gguf) file, which llama-cpp-python runs.
            - >-
              What is not among the required packages must be on this machine before: nothing is fetched while questions are answered.
              The collection's C(docs/embeddings.md) lists the presets and what was measured of them.
            - >-
              Another model, or another value of the options C(embedding_*), needs another O(knowledge_dir): vectors that were made differently
              cannot be mixed.
        type: str
        default: all-MiniLM-L6-v2
    embedding_query_prefix:
        description:
            - What the embedding model wants before a question, with the blank at its end.
            - The default is that of the preset, else what the model's own files say.
        type: str
    embedding_passage_prefix:
        description:
            - What the embedding model wants before a passage, with the blank at its end.
            - The default is that of the preset, else what the model's own files say.
        type: str
    embedding_window:
        description:
            - How many tokens of a passage the embedding model reads, from V(64) to what the model can. Passages are cut so that they fit.
            - The default is that of the preset, else what the model's own files say, but at most V(512).
        type: int
    embedding_pooling:
        description:
            - How the embedding model makes one vector of those of all tokens, by their mean, from the first token or from the last one.
            - The default is that of the preset, else what the model's own files say.
        type: str
        choices: [mean, cls, last]
    embedding_url:
        description:
            - >-
              Address of a C(llama-server) in embedding mode, such as C(http://rag.example.com:8081). It embeds in place of the gateway,
              and O(embedding_model) then says which model it runs, whose files need not be on this machine.
            - Without it the gateway runs O(embedding_model) itself.
        type: str
    embedding_api_key:
        description:
            - API key for O(embedding_url). The default is O(llm_api_key).
        type: str
    chroma_url:
        description:
            - Address of a Chroma server, such as C(http://127.0.0.1:8000), that keeps the vectors. What it lacks is filled in from O(knowledge_dir).
            - Without it the gateway keeps them in O(knowledge_dir).
        type: str
    model_path:
        description:
            - A GGUF model that the gateway runs itself, by llama-cpp-python.
            - Without this and O(llm_url) the answer is made of quotations.
        type: path
    llm_url:
        description:
            - Address of an OpenAI-compatible server, such as C(http://llm.example.com:8080). It goes before O(model_path).
        type: str
    llm_api_key:
        description:
            - API key for O(llm_url).
        type: str
    model:
        description:
            - Name of the model at O(llm_url). The default is the first one that the server lists.
        type: str
    catalogue:
        description:
            - >-
              What you add to the shipped catalogue of products, which says how a product is called and where its documentation is to be had.
              A mapping of product names to entries, or the path of a YAML or JSON file that holds one.
            - >-
              It is merged over the shipped catalogue. Mappings are merged at every depth, anything else takes the place of what is shipped,
              and V(null) takes it away. The collection's C(docs/catalogue.md) says what an entry may hold.
        type: raw
notes:
    - Every option may also be given as the environment variable E(INFRA_LLM_<OPTION>), as C(<option>) in the section C([infra_llm]) of C(ansible.cfg),
      or as the variable C(infra_llm_<option>). Only the API keys and the token have no place in C(ansible.cfg).
      An empty value is as none.
"""

    PLUGINS: str = documented_sources(DOCUMENTATION)
