# make ask QUERY="..."   set up on first use, index the knowledge on first use, ask
# make setup             the set-up part alone
# make test              every gate and test layer
# `make` alone prints what can be set.

PYTHON ?= python3
VENV ?= .venv
# Asked only when pip's own configuration (an index, a mirror, a wheel directory) has no CPU build of torch.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

QUERY ?=
INVENTORY ?= docs/examples/inventory/hosts.yml
KNOWLEDGE ?= docs/examples/knowledge
VERSIONS_CSV ?=
MODEL ?=
LLM_URL ?=

# What the operator typed reaches the recipes through the environment, as typed: a `$` in a question is not for make.
# Paths are relative to this directory and may hold blanks.
space := $(subst ,, )
absolute = $(subst |,$(space),$(abspath $(subst $(space),|,$(1))))
override QUERY := $(value QUERY)
override INVENTORY := $(value INVENTORY)
override KNOWLEDGE := $(call absolute,$(value KNOWLEDGE))
override VERSIONS_CSV := $(call absolute,$(value VERSIONS_CSV))
override MODEL := $(call absolute,$(value MODEL))
export QUERY INVENTORY KNOWLEDGE VERSIONS_CSV MODEL

# Ansible refuses to run in another encoding, and minimal systems set LC_ALL=C.
ifneq ($(LC_ALL),)
ifeq ($(findstring utf,$(subst UTF,utf,$(LC_ALL))),)
export LC_ALL := C.UTF-8
endif
endif
BIN := $(CURDIR)/$(VENV)/bin
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export INFRA_LLM_STATE_DIR ?= $(CURDIR)/.state
# One knowledge base for each KNOWLEDGE directory, so that switching between them indexes nothing again.
export INFRA_LLM_KNOWLEDGE_DIR ?= $(INFRA_LLM_STATE_DIR)/knowledge-$(shell printf '%s' "$(KNOWLEDGE)" | cksum | cut -d ' ' -f 1)
ifneq ($(VERSIONS_CSV),)
export INFRA_LLM_VERSIONS_CSV := $(VERSIONS_CSV)
endif
ifneq ($(MODEL),)
export INFRA_LLM_MODEL_PATH := $(MODEL)
endif
ifneq ($(LLM_URL),)
export INFRA_LLM_LLM_URL := $(LLM_URL)
endif

INSTALL = $(PYTHON) requirements/install.py --venv $(VENV)
PINS := requirements/constraints.txt requirements/controller.txt requirements/install.py requirements/pip_progress.py
# As JSON, so that blanks in the path pass.
KNOWLEDGE_SOURCE = "$$("$(BIN)/python" -c 'import json, os; print(json.dumps({"knowledge_source": os.environ["KNOWLEDGE"]}))')"

.NOTPARALLEL:
.SILENT:
.PHONY: help setup ask index check-ask test

help:
	echo 'make ask QUERY="..."   answer a question; sets up and indexes on first use'
	echo 'make setup             set up only'
	echo 'make test              run every gate and test layer'
	echo
	echo 'For ask:   INVENTORY=PATH      an Ansible inventory           (docs/examples/inventory/hosts.yml)'
	echo '           VERSIONS_CSV=FILE   server,product,version,...     (versions.csv beside the inventory)'
	echo '           KNOWLEDGE=DIR       PRODUCT/VERSION/ of documents  (docs/examples/knowledge)'
	echo '           MODEL=FILE          a GGUF model, run in process'
	echo '           LLM_URL=URL         an OpenAI-compatible server, instead of MODEL'
	echo 'For setup: PYTHON=python3.12   Python 3.11 or newer           (python3)'
	echo '           TORCH_INDEX=URL     where CPU builds of torch are, if not in an index that pip knows'

setup: $(VENV)/.embedded $(VENV)/collections/ansible_collections/infra_llm/assistant $(if $(MODEL),$(VENV)/.llama)

$(VENV)/.embedded: requirements/embedded.txt $(PINS)
	$(INSTALL) --torch-index "$(TORCH_INDEX)" requirements/controller.txt requirements/embedded.txt
	touch $@

# The checkout under the path that its name demands of Ansible.
$(VENV)/collections/ansible_collections/infra_llm/assistant: | $(VENV)/.embedded
	mkdir -p $(@D)
	ln -s "$(CURDIR)" $@

$(VENV)/.llama: requirements/llama.txt requirements/llama_build.py requirements/llama_trial.py | $(VENV)/.embedded
	echo 'MODEL needs llama-cpp-python: unless pip finds a wheel it is compiled now, once, in 3 to 15 minutes'
	"$(BIN)/python" requirements/llama_build.py
	touch $@

ask: check-ask setup index
	INFRA_LLM_QUERY="$$QUERY" "$(BIN)/ansible-playbook" -i "$$INVENTORY" playbooks/ask.yml

# Wrong arguments are told before any work is done.
check-ask:
	fail() { echo "$$1" >&2; exit 1; }; \
	case "$$QUERY" in *[![:space:]]*) ;; \
	  *) fail 'Nothing was asked: make ask QUERY="Which brokers still run Kafka 2.8?"';; esac; \
	case "$$INVENTORY" in *,*) ;; \
	  *) [ -e "$$INVENTORY" ] || fail "INVENTORY=$$INVENTORY does not exist: give an inventory file or directory.";; esac; \
	[ -d "$$KNOWLEDGE" ] || \
	  fail "KNOWLEDGE=$$KNOWLEDGE is not a directory: give one that holds PRODUCT/VERSION/ directories of documents."; \
	[ -z "$$VERSIONS_CSV" ] || [ -f "$$VERSIONS_CSV" ] || \
	  fail "VERSIONS_CSV=$$VERSIONS_CSV is not a file: give a CSV with the columns server,product,version,os_version."; \
	[ -z "$$MODEL" ] || [ -f "$$MODEL" ] || fail "MODEL=$$MODEL is not a file: give the path of a GGUF model."

# Indexed again only when something under KNOWLEDGE is newer than the last time.
index: setup
	stamp="$$INFRA_LLM_KNOWLEDGE_DIR/.indexed"; \
	if [ ! -e "$$stamp" ] || [ -n "$$(find -L "$$KNOWLEDGE" -newer "$$stamp" | head -n 1)" ]; then \
	  mkdir -p "$$INFRA_LLM_KNOWLEDGE_DIR" && touch "$$stamp.new" && \
	  if "$(BIN)/ansible-playbook" -i "$$INVENTORY" playbooks/ingest.yml -e $(KNOWLEDGE_SOURCE); then mv "$$stamp.new" "$$stamp"; \
	  else echo 'Not everything could be indexed (see above), and will be tried again next time; answering from what there is.' >&2; fi; \
	fi

$(VENV)/.dev: requirements/dev.txt $(PINS) | $(VENV)/.embedded
	$(INSTALL) requirements/dev.txt
	touch $@

test: setup $(VENV)/.dev
	"$(BIN)/python" tests/run.py $(LAYERS)
