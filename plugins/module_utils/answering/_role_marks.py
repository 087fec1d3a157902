# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marks by which chat templates separate turns: a document or a question that holds one must not end its own turn."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re

# As exactly as tokenizers know them, for placeholders such as <role> or [USER] look alike and are to be copied. The bar of DeepSeek's is full-width.
_BAR = "[|\uff5c]"
_NAMES_IN_ANGLES = (
    r"/?s|bos|eos|BOS|EOS|unk|sop|eop|_(?:user|bot|system|start|end)|/?start_of_\w+|/?end_of_(?:turn|text|utterance|sentence|image|role)|"
    r"role>(?:HUMAN|ASSISTANT|SYSTEM|OBSERVATION)</role|unused\d+|extra_id_\d+|SPECIAL_\d+|reserved_\d+|seed:\w+|fim_(?:prefix|suffix|middle|pad)|"
    r"/?think|/?tool_calls?|/?tool_response|/?arg_key|/?arg_value|/?\w+:tool_call"
)
_NAMES_IN_BRACKETS = (
    r"/?INST|/?SYSTEM_PROMPT|/?AVAILABLE_TOOLS|/?TOOL_CALLS|/?TOOL_RESULTS|/?TOOL_CONTENT|TOOL_CALL_ID|CALL_ID|/?THINK|/?MODEL_SETTINGS|"
    r"IMG|IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|TRANSCRIBE|[gs]?MASK|CLS|SEP|BOS|EOS|PAD|UNK|control_\d+"
)
_MARK = re.compile(
    rf"""
      <(?={_BAR}[^<>\n|\uff5c]{{1,80}}{_BAR}>)     # <|im_start|> and most others
    | <(?=(?:{_BAR}\w{{1,40}}|\w{{1,40}}{_BAR})>)  # <|turn> and <turn|> of Gemma
    | <(?=</?SYS>>)                                # Llama 2
    | <(?=(?:{_NAMES_IN_ANGLES})>)
    | \[(?={_BAR}/?[\w ]{{1,40}}{_BAR}\])          # [|user|] of EXAONE
    | \[(?=(?:{_NAMES_IN_BRACKETS})\])
    | \[(?=ARGS\]\s*\{{)                           # Mistral's arguments of a tool
    | \](?=~!?b[\[\]])                             # ]~b] and ]~!b[ of MiniMax
    | \[(?=e~\[)                                   # its end of a turn
    | \u25c1(?=/?think\u25b7)                      # Kimi
    """,
    re.VERBOSE,
)


def without_role_marks(text: str) -> str:
    """The text with a blank in each mark, so that no tokenizer takes it for one and a reader still can."""
    return _MARK.sub(lambda mark: f"{mark.group()} ", text)
