# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that a notation assigns to a name: configuration, YAML, JSON, XML, tables, options of commands, SQL, routers."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t

from ._lazy_pattern import lazy_pattern
from ._secret_names import is_secret_name
from ._secret_places import CERTAIN, LIKELY
from ._secret_values import is_function_word, is_irregular, is_no_value, is_ordinary, is_place, is_reference, is_sentence, is_unusual

_REDACTED: t.Final = "[redacted]"

_VALUE: t.Final = (
    # a quote in a string of JSON; quoted, perhaps with the mark of a kind of string; a list; one word
    r"\\\"(?:(?!\\\").){0,2000}(?:\\\")?|(?:[bBuUrRNfE]|!\w{1,20}\s)?(?:\"(?:[^\"\\\r\n]|\\.){0,2000}+\"?|'(?:[^'\\\r\n]|\\.){0,2000}+'?|`[^`\r\n]{1,500}+`?)"
    r"|\[(?!redacted)[^\[\]]{0,2000}+\]?|\((?=\s*[\"'])[^()]{0,2000}+\)?|\{(?!\{)[^{}]{0,2000}+\}?|[^\s\"'<>]{1,2000}+"
)
_NAME: t.Final = (
    r"(?<![\w.-])([^\W\d][\w.-]{0,119}+)(\\?[\"']?\]?\)?[ \t]{0,3}(?::=|=>|={1,2}|\+=|\?=|:(?!/\w|//))[ \t]{0,3}"
    r"(?:\r?\n[ \t]{1,12}(?=[\"'\w](?![\w.-]{0,60}:\s)))?"
    r"(?:[>|][+-]?\s{1,20})?)"
)
# Password=My pass;Timeout=5
_UP_TO_SEMICOLON: t.Final = r"[^;\"'&<>\r\n=]{1,200}(?=;\s?(?:[\w .-]{1,40}=|$))"
# A name in Russian or English of two words: "API key: X", "ключ доступа = X"
_LINE: t.Final = (
    r"(?m)^([ \t]{0,200}(?:[-*+#>$][ \t]{1,5}|export[ \t]|set[ \t]|\d{1,3}[.)][ \t])?([^\W\d][\w.-]{0,119}+))"
    r"([ \t]{0,20}(?:[:=]|:=|=>)[ \t]{0,20})([^\s\"'|>\[{(].{0,4000}+)$"
)
_FLAG: t.Final = (
    r"(?<![^\s\"'`(=])(--?(?:[DP](?=[a-zа-я]))?([^\W\d][\w.-]{1,80}))"
    r"([ \t]{1,3}(?!-)|=|[ \t]{0,3}\\\r?\n[ \t]{0,20}(?!-))(\"[^\"\r\n]{0,1000}\"?|'[^'\r\n]{0,1000}'?|[^\s\"'`<>|&][^\s\"'`]{0,1000}+)"
)
_ELEMENT: t.Final = r"<([\w.:-]{1,120}+)((?:\s[^<>]{0,300})?>)(<!\[CDATA\[)?([^<]{1,4000}+)(?=</|\]\]>)"
# {"name": "DB_PASSWORD", "value": "X"}, <name>x.password</name><value>X</value>, <entry key="password">X</entry>, - name: X / value: Y
_LABELLED: t.Final = (
    r"(?i)(\b(?:name|key|id|var|variable|option|param|parameter|property|label|field|setting)\\?[\"']?\s{0,3}[:=>]\s{0,3}\\?[\"']?([\w.-]{1,120}+)\\?[\"']?"
    r"(?:</\w{1,20}>)?[\s,]{0,40}(?:type=\"\w+\"\s?)?"
    r"(?:<?\\?[\"']?(?:value|default|val|content|data|string_?value|defaultValue)\\?[\"']?\s{0,3}[:=>]\s{0,3}\\?[\"']?"
    r"|>))([^\s\"'<>,}\\][^\"'<>\r\n\\]{0,1000}+)"
)


def redact_assignments(text: str) -> str:
    """Return the text with ``[redacted]`` in place of everything that a notation assigns to the name of a secret."""
    for places, replace in ((CERTAIN, _place), (LIKELY, _likely)):
        lowered = text.lower()
        for words, place in places:
            if any(word in lowered for word in words):
                text = re.sub(place, replace, text)
    if "<" in text:
        text = re.sub(_ELEMENT, _element, text)
    text = re.sub(_LABELLED, _labelled, text)
    if "\n" in text:
        text = "\n".join(_blocks(_tables(text.split("\n"))))
    text = re.sub(_LINE, _line, text)
    text = re.sub(_FLAG, _flag, text)
    return _assigned(text)


def _place(match: re.Match[str]) -> str:
    value = match[2]
    bare = value.rstrip(".,;?!)\"'`")
    if not bare or is_reference(bare) or is_no_value(bare) or is_function_word(bare):
        return match[0]
    return f"{match[1]}{_REDACTED}{value[len(bare) :]}"


def _likely(match: re.Match[str]) -> str:
    bare = match[2].rstrip(".,;?!)\"'`")
    return f"{match[1]}{_REDACTED}{match[2][len(bare) :]}" if is_irregular(bare) else match[0]


def _element(match: re.Match[str]) -> str:
    value = match[4].strip()
    if not value or is_no_value(value) or not is_secret_name(match[1], value):
        return match[0]
    return f"<{match[1]}{match[2]}{match[3] or ''}{_REDACTED}"


def _labelled(match: re.Match[str]) -> str:
    value = match[3].strip()
    return f"{match[1]}{_REDACTED}" if is_secret_name(match[2], value) and not is_no_value(value) else match[0]


def _line(match: re.Match[str]) -> str:
    """A line of a configuration file: the value, a passphrase perhaps, is the rest of the line."""
    name, value = match[2], match[4]
    if "[redacted" in value or is_no_value(value) or is_sentence(value) or not is_secret_name(name, value):
        return match[0]
    if re.search(r"\s\S{0,60}[=:]|\s-\w|\s[|&;]{1,2}\s|[,;&]\s?[\w.-]{1,60}[=:]", value) or (name.isupper() and match[3] == "=" and " " in value):
        return match[0]  # several settings, or a command with its environment: each is judged by itself
    words = value.split(" ")
    if len(words) > 1 and ":" in match[3] and (not is_unusual(words[0].rstrip(".,;")) and any(map(is_ordinary, words))):
        return match[0]
    comment = re.search(r"\s+(?:#|//)\s.*$|[;,]?\s*$", value)
    kept = comment[0] if comment else ""
    return f"{match[1]}{match[3]}{_REDACTED}{kept}"


def _flag(match: re.Match[str]) -> str:
    value = match[4].strip("\"'")
    quoted = match[4][0] in "\"'"
    bare = value if quoted else value.rstrip(".,?!)")
    if not bare or (bare.startswith("-") and "=" not in match[3]) or "[redacted" in bare or is_no_value(bare) or (is_ordinary(bare) and not quoted):
        return match[0]
    if not is_secret_name(match[2], bare) or is_place(bare) or (match[2] == "secret" and not is_unusual(bare)):
        return match[0]
    quote = match[4][0] if quoted else ""
    return f"{match[1]}{match[3]}{quote}{_REDACTED}{quote or value[len(bare) :]}"


_NEXT = lazy_pattern(r"(?:[,;&|]|\]\[|\)\()\s?[\"']?(?:[\w.-]{1,60})\\?[\"']?[=:](?!//)|;(?=$)|\\n|\\\"")


def _assigned(text: str) -> str:
    value_of, connected = re.compile(_VALUE), re.compile(_UP_TO_SEMICOLON)
    pieces, done = [], 0
    for match in re.finditer(_NAME, text):
        in_path = text[match.start() - 1 : match.start()] == "/" and match[2][0] in "\"'"
        if in_path or match.start() < done or (not is_secret_name(match[1]) and not is_secret_name(match[1], "0aZ")):
            continue
        found = (connected.match(text, match.end()) if match[2] == "=" else None) or value_of.match(text, match.end())
        if found and (kept := _secret_in(text, match, found)):
            pieces += [text[done : kept[0]], _REDACTED]
            done = kept[1]
    return "".join(pieces) + text[done:]


def _secret_in(text: str, match: re.Match[str], found: re.Match[str]) -> tuple[int, int] | None:
    """Where the secret of an assignment is; None where there is none."""
    start, end = found.span()
    opening = re.match(r"\\\"|(?:[bBuUrRNfE]|!\w{1,20}\s)?[\"'`]", found[0])
    if opening:
        closing = opening[0] if opening[0].startswith("\\") else opening[0][-1]
        start += len(opening[0])
        end -= len(closing) if found[0].endswith(closing) and end - len(closing) >= start else 0
    else:
        end = start + len(_bare(found[0]))
    value = text[start:end].strip()
    if not value or "[redacted" in value or is_no_value(value) or not is_secret_name(match[1], value):
        return None
    if not opening and _is_prose(text[end : end + 200].partition("\n")[0], match[2], value):
        return None
    return start, end


def _bare(written: str) -> str:
    """The value without quotes, without what is not part of it: further settings, closing brackets, the end of a sentence."""
    if written[0] in "[({":
        return written
    end = _NEXT.search(written)
    tight = (written if end is None else written[: end.start()]).rstrip(".,;:?!")
    while tight and tight[-1] in ")]}" and tight.count(tight[-1]) > tight.count({")": "(", "]": "[", "}": "{"}[tight[-1]]):
        tight = tight[:-1].rstrip(",;")
    return tight


def _is_prose(rest: str, between: str, value: str) -> bool:
    """Tell whether a word behind "password: " only goes on with a sentence."""
    if not re.search(r":[ \t]+$", between) or is_unusual(value) or not value.replace("-", "").isalpha():
        return False
    if is_ordinary(value):
        return True
    if re.match(r"\s+[^\W\d_]{2,}(?:[\s.,;?!]|$)", rest):
        return True
    return is_sentence(value + rest) or (len(rest.split()) > 1 and rest[:1] not in "])}" and "=" not in rest and ":" not in rest and "," not in rest)


# --- lines that belong together ---------------------------------------------------------------------------------------

_HEAD = lazy_pattern(r"([ \t]*)(?:-[ \t]+)?[\"']?([^\W\d][\w.-]{0,119})[\"']?[ \t]*[:=][ \t]*(?:[|>][+-]?\d?|\[|\{)?[ \t]*\r?\Z")
_ITEM = lazy_pattern(r"([ \t]*)(-[ \t]+)?(?:([\"']?[^\W\d][\w.-]{0,119}[\"']?)([ \t]*[:=][ \t]*))?(.*?)([,\r]*)\Z", re.DOTALL)
_ABOUT: t.Final = frozenset(
    "name file external path key from type namespace env source target mode engine version url address host user username login".split()
)


def _blocks(lines: list[str]) -> list[str]:
    """Redact what stands indented, or as a list, below the name of a secret."""
    result: list[str] = []
    level: int | None = None
    for line in lines:
        if level is not None and line.strip() and line.strip()[0] not in "]})":
            indent = len(line) - len(line.lstrip())
            if indent > level or (indent == level and line.lstrip().startswith("- ")):
                result.append(_block_line(line))
                continue
            level = None
        head = _HEAD.match(line) if line.rstrip()[-1:] in (":", "=", "|", ">", "-", "+", "[", "{") and len(line) < 400 else None
        if head and is_secret_name(head[2]):
            level = len(head[1])
        result.append(line)
    return result


def _block_line(line: str) -> str:
    item = _ITEM.match(line[:4000])
    if item is None:
        return line
    name, value = (item[3] or "").strip("\"'"), item[5].strip().strip("\"'")
    if (
        not value
        or value in "[{|>"
        or "[redacted" in value
        or is_no_value(value)
        or is_reference(value)
        or is_sentence(value)
        or name.lower() in _ABOUT
        or name.endswith(("Name", "_name", "Ref"))
    ):
        return line
    if not name and len(value.split()) > 2 and not any(map(is_unusual, value.split())):
        return line
    return f"{item[1]}{item[2] or ''}{item[3] or ''}{item[4] or ''}{_REDACTED}{item[6]}"


def _tables(lines: list[str]) -> list[str]:
    """Redact the columns of a table (CSV, Markdown) whose heads are names of secrets."""
    columns: list[int] = []
    delimiter, width = "", 0
    for number, line in enumerate(lines):
        cells = line.split(delimiter) if columns else []
        if columns and len(cells) == width:
            lines[number] = delimiter.join(_cell(cell) if place in columns else cell for place, cell in enumerate(cells))
            continue
        delimiter, columns = _head_of_table(line)
        width = line.count(delimiter) + 1 if columns else 0
    return lines


def _head_of_table(line: str) -> tuple[str, list[int]]:
    for delimiter in ("|", "\t", ";", ","):
        if delimiter in line and len(line) < 1000:
            cells = [cell.strip(" \"'*`\r") for cell in line.split(delimiter)]
            if all(len(cell) < 40 and re.fullmatch(r"(?:[^\W\d][\w. /-]*)?", cell) and len(cell.split()) <= 3 for cell in cells):
                return delimiter, [place for place, cell in enumerate(cells) if cell and not re.search(r"[.?!]$", cell) and is_secret_name(cell)]
            return delimiter, []
    return "", []


def _cell(cell: str) -> str:
    value = cell.strip().strip("\"'`")
    if not value or not value.strip("-:= ") or is_no_value(value) or is_reference(value) or is_ordinary(value) or len(value.split()) > 3:
        return cell
    return cell.replace(value, _REDACTED) if is_unusual(value) or is_irregular(value) or " " not in value else cell
