# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The assistant as a task."""

from __future__ import annotations

import sys
import typing as t

from ansible.utils.display import Display
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._action import ControllerAction
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._answer_stream import AnswerStream, asks_alone
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._ask import ask
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import read_boolean, read_options
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._readable import readable

# Asked when Ansible loads the plugin: later, in a worker, the standard streams are no terminal.
_ON_TERMINAL = sys.stderr.isatty()

_ARGUMENTS = frozenset({"query", "display"})


class ActionModule(ControllerAction):
    """Ask on the controller; the task's host is only what the question is about."""

    def act(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        arguments = dict(self._task.args)
        question = arguments.pop("query", None)
        display = read_boolean("display", arguments.pop("display", False))
        if "output" in arguments:
            raise ConfigError("The option 'output' belongs to the lookup; the action always returns everything.")
        options = read_options(arguments, variables, self._templar, own=_ARGUMENTS)
        stream = AnswerStream(Display()) if options["stream"] and (asks_alone(variables) or self._task.run_once) else None
        result = ask(question, options, variables, self._templar, self._loader, report=stream)
        shown = stream is not None and stream.end(result["answer"])
        if display:
            # Ansible itself shows the warnings on standard error; where that is the same terminal, once is enough.
            Display().display(readable(result, with_answer=not shown, with_warnings=not _ON_TERMINAL))
        return dict(result)
