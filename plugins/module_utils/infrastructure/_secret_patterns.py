# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a secret looks like: by the name it goes by, and by its own shape."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import itertools
import re
import typing as t

from ._lazy_pattern import lazy_pattern

REDACTED: t.Final = "[redacted]"

# --- names -----------------------------------------------------------------------------------------------------------

# Inside a word: rootpassword, dbpasswd, myaccesstoken.
_SECRET_PARTS = lazy_pattern(
    r"passw(?:or)?d|passphrase|(?<!com)(?<!by)(?<!tres)(?<!en)passw?(?=$|_|-|\.)|passwort|secret|credential|apikey|authkey|accesskey|privkey|privatekey"
    r"|secretkey|keytab|keyring|pgpass|htpasswd|requirepass|masterauth|connstr|connectionstring|парол|секрет"
)
_STRONG_WORDS: t.Final = frozenset(
    """
    pass pwd pw passwords secrets creds cred dsn cookie cookies salt psk hmac jwt otp totp pin bearer community
    """.split()
)
# Words that name a secret only when nothing after them makes them a setting about one (token_ttl, key_size, cert_path).
_SOFT_WORDS: t.Final = frozenset(
    """
    key keys token tokens private cert certs certificate certificates crt pem auth authorization authentication signature
    """.split()
)
_SETTING_WORDS: t.Final = frozenset(
    """
    max min protocol format prefix backend class manager strategy ratio bytes replicas validity renew duration count size length len bits
    ttl timeout interval enabled disabled required retention lifetime type types algorithm algorithms expiry expires rotation days hours
    seconds ms mode method methods mechanism version namespace port limit
    """.split()
)
_NUMBER_OF_TOKENS = lazy_pattern(r"(?:max|min|num|total|prompt|completion|n)_?tokens?(?:$|_)")
_PLACE_WORDS: t.Final = frozenset(
    """
    path paths file files dir dirs directory location
    """.split()
)
_PRIVATE_PLACES: t.Final = frozenset(
    """
    network networks ip ips ipv4 ipv6 address addresses addr interface iface subnet subnets cidr nic dns domain zone vlan registry hostname
    host cluster repo tmp gateway link
    """.split()
)
_WORD = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


def is_secret_name(name: str, value: object = None) -> bool:
    """Tell whether a variable, key or flag of this name holds a secret.

    ``value`` helps where the name alone is not enough: ``key_file`` with an absolute path is a setting.
    ``keyspace``, ``tokenizer``, ``token_ttl``, ``private_network`` are not secrets; a bare ``..._key`` is.
    """
    lowered = name.lower()
    if _SECRET_PARTS.search(lowered):
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    if not _STRONG_WORDS.isdisjoint(words) or ("connection" in words and "string" in words):
        return True
    soft = [position for position, word in enumerate(words) if word in _SOFT_WORDS]
    if not soft or _NUMBER_OF_TOKENS.search(lowered):
        return False
    after = words[soft[-1] + 1 :]
    if words[soft[-1]] == "private" and not _PRIVATE_PLACES.isdisjoint(after):
        return False
    if after and (after[-1] in _SETTING_WORDS or after[0] == "manager"):
        return False
    return not (after and after[-1] in _PLACE_WORDS and isinstance(value, str) and re.fullmatch(r"[~/][\w./~ -]{0,250}", value))


# --- shapes ----------------------------------------------------------------------------------------------------------

# Patterns are text here, which `re` compiles when one is first needed and keeps: a worker that answers one question needs few of them.

# A PEM block may be cut off, and its line ends may be written as \n.
_PEM: t.Final = r"(?s)-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)"
_VAULT: t.Final = r"(?i)\$ANSIBLE_VAULT;[\d.]+;\w+[^\n]*(?:(?:\s|\\n)+[0-9a-f]{6,})*"
_PUTTY: t.Final = r"(?s)PuTTY-User-Key-File-\d.*"
# The password may hold '/' and '@': up to the last '@' before a blank, when a ':' shows that there is one.
_URL_LOGIN: t.Final = r"(?i)(\b[a-z][a-z0-9+.-]{1,20}://)[^\s:/?#\"'<>@]*:[^\s\"'<>]*@"
_URL_USER: t.Final = r"(?i)(\bhttps?://)[^\s/?#\"'<>@]+@"
_WEBHOOK: t.Final = r"(?i)(https://(?:hooks\.slack\.com/\w+|discord(?:app)?\.com/api/webhooks|[\w.-]+\.webhook\.office\.com/\w+)/)[^\s\"'<>]+"
_HEADER: t.Final = r"(?i)(\b(?:proxy-)?authorization|\bx-(?:auth-token|api-key|vault-token)|\b(?:set-)?cookie)(\\?[\"']?\s*[:=]\s*\\?[\"']?)([^\r\n\"'\\]+)"
_SCHEME: t.Final = r"(?i)\b(bearer|basic|digest|negotiate)(\s+)([A-Za-z0-9._~+/=-]{8,})"
_JWT: t.Final = r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"
# Published prefixes of issued tokens: AWS, Google, GitHub, GitLab, Slack, Stripe, OpenAI-like, Hugging Face, npm, PyPI, DigitalOcean, SendGrid,
# HashiCorp Vault, Telegram bots, Yandex, age, Grafana, kubeadm bootstrap; and crypt(3) and LDAP password hashes.
_ISSUED: t.Final = (
    r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{12,}|\bAIza[\w-]{30,}|\bya29\.[\w.-]{10,}"
    r"|\bgh[pousr]_\w{16,}|\bgithub_pat_\w{16,}|\bgl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent|oas)-[\w.-]{16,}|\bxox[a-z]-[\w-]{8,}|\bxapp-[\w-]{8,}"
    r"|\b[srp]k_(?:live|test)_\w{8,}|\bsk-[\w-]{16,}|\bhf_[A-Za-z0-9]{16,}|\bnpm_[A-Za-z0-9]{30,}|\bpypi-AgE[\w-]{16,}|\bdo[opr]_v1_\w{16,}"
    r"|\bSG\.[\w-]{8,}\.[\w-]{8,}|\bhv[sbr]\.[\w-]{16,}|(?<![\w.])s\.[A-Za-z0-9]{24}\b|\b\d{8,10}:[\w-]{35}\b|\by[0-4]_[\w-]{20,}"
    r"|\bAGE-SECRET-KEY-1\w{20,}|\bgls[av]_\w{16,}|(?<![\w.])[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.])"
    r"|\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|sha1|argon2\w{1,2}|scrypt|pbkdf2[\w-]*)\$[^\s\"']{8,}"
    r"|\{(?:S?SHA\d*|S?MD5|CRYPT|PBKDF2[\w-]*)\}[^\s\"']{8,}|SCRAM-SHA-\d+\$[^\s\"']+"
)
_TEXT_WORD: t.Final = r"(?:pass|pwd|secret|token|credential|[_-]key|apikey|authkey|sas|psk|dsn|auth|salt|(?<![a-z])pw(?![a-z])|парол|секрет|токен)"
_ASSIGNED: t.Final = (
    rf"(?i)(?<![\w.-])(?=[\w.-]*?{_TEXT_WORD})([\w.-]++)(\\?[\"']?\s{{0,3}}(?::=|=>|=|:)\s{{0,3}}(?:[>|][+-]?\s{{1,12}})?)"
    # quoted; or, as in connection strings, up to the next ';'; or one word
    r"(\\?\"[^\"\r\n]*\"?|\\?'[^'\r\n]*'?|(?<==)[^;\"'&<>\r\n]{1,200}(?=;)|[^\s,;\"'&<>|}\])]+)"
)
# A line of a configuration file: the value, a passphrase perhaps, is the rest of the line.
_LINE: t.Final = r"(?m)^(\s*(?:-\s+|export\s+)?([A-Za-z_][\w.-]{0,60}))(\s*[:=]\s*)([^\s\"'|>].*)$"
_FLAG: t.Final = (
    r"(?i)((?<!\S)--?[\w-]*(?:password|passwd|passphrase|token|secret|api-?key|access-?key|credentials?|pass)(?:-stdin)?)(\s+|=)(\"[^\"]*\"|'[^']*'|[^\s-]\S*)"
)
_COMMAND: t.Final = (
    r"(?i)(\b(?:requirepass|masterauth|identified\s+by(?=\s*[\"'])|sshpass\s+-p|(?:curl|wget)\b[^\n]{0,80}?\s(?:-u|--user)"
    r"|(?:create|alter)\s+(?:user|role)\b[^\n]{0,80}?\bpassword|mysql\w*\b[^\n]{0,80}?\s-p(?=\S)"
    r"|openssl\b[^\n]{0,80}?\s-[kK]\s|vault\s+(?:write|kv\s+(?:put|patch))\s+\S+))"
    r"(\s*)(\"[^\"]*\"|'[^']*'|\S+)"
)
# Where a language has its own place for a secret, whatever it is called there. Each pattern has what is kept, then the secret.
_PLACES: t.Final = (
    # SNMP, HAProxy, routers: community X, stats auth user:X, secret 5 X
    r"(?i)(\bsnmp-server\s+(?:community|host\s+\S+(?:\s+version\s+\S+)?)\s+|\br[ow]community6?\s+|\bstats\s+auth\s+[^\s:]+:)(\S+)",
    r"(?i)(\b(?:secret|password|md5|key|key-string)\s+(?:[05789]|10)\s+)(\S+)",
    # credentials of a user on the command line or in a dialogue
    r"(?i)((?:\s|\A)(?:-U|--user)[\s=]\s*[^\s%]+%)(\S+)",
    r"(?im)(\bhtpasswd\s+(?:-\w*b\w*\s+)(?:-\S+\s+)*(?:\S+\s+){1,2})(\S+)(?=\s*(?:$|[;&|]))",
    r"(?i)(\b(?:echo|printf)\s+(?:-\w+\s+|'%s(?:\\n)?'\s+)?)([^|\n]{1,120}?)(?=\s*\|\s*(?:sudo\s+)?\S*(?:passw|login|kinit|cryptsetup|sudo\s+-S))",
    r"(?i)(\b(?:login|user(?:name)?|логин)\s*[:=]\s*[^\s/]+\s+/\s+)(\S+)",
    r"(\A\s*-p\s+)(?!\d+(?::\d+)*\b|[/~.-])(\S+)",
    r"(\A(?:root|admin|administrator):)(?=\S*\d)(?=\S*[a-z])([^\s:/]{6,})(?=\s*\Z)",
    # Oracle: scott/tiger@orcl; without a word of Oracle's only where it is no Kerberos principal, snapshot or package
    r"(?i)((?:thin:@?|oci8?:@?|\b(?:sqlplus|rman|expdp|impdp|connect)\s[^\n/]{0,40}?)\b\w+/)(?![/@])([^\s@\"']+)(?=@)",
    r"((?<![\w@./:-])[A-Za-z]\w*/)((?=[^\s@]*\d)(?=[^\s@]*[a-z])[^\s/@:.,_\"'-]{6,})(?=@(?!sha\d|v?\d))",
    # signed addresses; elements of XML
    r"(?i)([?&](?:[\w.-]*[_-])?(?:sig|signature)=)([^&\s\"'<>]+)",
)
_ELEMENT: t.Final = rf"(?i)(<(?=[\w.:-]*?{_TEXT_WORD})([\w.:-]++)(?:\s[^<>]{{0,200}})?>)([^<]+)(?=</)"
# auth_pass X; auth_token X; insecure-password X: what follows is the secret when no sentence would hold it there, or where the line ends with it.
_DIRECTIVE: t.Final = (
    rf"(?im)((?<![\w.$/-])(?=[\w-]*?{_TEXT_WORD})([a-z][\w-]*+)[ \t]+)"
    r"(?!\[redacted)((?=\S*\d)(?=\S*[a-z])[^\s\"'=:,;/(){}\[\]]{6,}(?![^\s\"',;)])|[^\s\"'=:,;(){}\[\]]+(?=;(?:\s|$))|[^\s\"'=:,;?.!(){}\[\]]{4,}(?=[ \t]*$))"
)
# "the password is hunter2", «пароль hunter2»: only a value that no sentence would hold there.
_SAID: t.Final = (
    r"(?i)(\b(?:password|passphrase|secret|token|api key|парол[ьяею]\w*|секрет\w*|токен\w*)\s+(?:(?:is|was|to|as|это|был|на)\s+)?[\"'«`]?)"
    r"((?=[^\s]*\d)(?=[^\s]*[a-zа-я])[^\s\"'»`,;]{6,})"
)
_NO_VALUE: t.Final = frozenset(
    """
    true false null none yes no
    """.split()
)
_HEX: t.Final = r"(?i)(?<![\w-])(?:0x)?(?:[0-9a-f]{32,}|[0-9A-F]{32,}|(?:[0-9a-f]{2}:){15,}[0-9a-f]{2})(?![\w-])"
_UUID: t.Final = r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# etcd member and trace identifiers, which operators paste all the time
_ETCD_ID: t.Final = r"[0-9a-f]{16}"
_RUN: t.Final = r"[A-Za-z0-9+/_=~-]{16,}"
_FORTY: t.Final = r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[A-Za-z0-9+/]{40}"
_CHUNK: t.Final = r"[^_~/=-]+"
# Most cells and values are short, lower-case names and numbers in which no rule can hold.
_PLAIN: t.Final = r"(?:[A-Z]?[a-z0-9]{1,15}(?:[._ -]|$)){1,12}\Z"
_TRIGGER: t.Final = (
    r"(?i)pass|pw|secret|token|key|cred|auth|парол|секрет|токен|bearer|basic|digest|negotiate|psk|dsn|sas|cookie|identified|curl|wget|mysql|master"
    r"|community|sig|login|user|логин|vault|openssl|md5|oci|thin|connect|sqlplus|rman|[ei]\w?pdp|-p |-U |echo|printf|root:|admin|/[^/\s@]+@"
)


def redact_text(text: str) -> str:
    """Return free text (a question, a log line, an error, a cell) with everything secret-shaped replaced by ``[redacted]``.

    PEM blocks, vault envelopes, passwords in URLs, authorization headers, JWT, issued tokens, password hashes, ``password=...``,
    long hexadecimal or base64 and other random strings. UUIDs, paths, versions, host names and identifiers stay.
    """
    if len(text) < 200 and re.match(_PLAIN, text) and not re.search(_TRIGGER, text) and not re.search(_ISSUED, text):
        return text
    for sign, shape in (("-----BEGIN", _PEM), ("$ANSIBLE_VAULT", _VAULT), ("PuTTY", _PUTTY), ("eyJ", _JWT)):
        if sign in text:
            text = re.sub(shape, REDACTED, text)
    if "://" in text:
        text = re.sub(_URL_LOGIN, rf"\1{REDACTED}@", text)
        text = re.sub(_URL_USER, rf"\1{REDACTED}@", text)
        text = re.sub(_WEBHOOK, rf"\1{REDACTED}", text)
    text = re.sub(_ISSUED, REDACTED, text)
    if re.search(_TRIGGER, text):
        text = re.sub(_HEADER, rf"\1\2{REDACTED}", text)
        text = re.sub(_SCHEME, _scheme, text)
        text = re.sub(_COMMAND, rf"\1\2{REDACTED}", text)
        for place in _PLACES:
            text = re.sub(place, rf"\1{REDACTED}", text)
        text = re.sub(_ELEMENT, _element, text)
        text = re.sub(_LINE, _line, text)
        text = re.sub(_FLAG, _assigned, text)
        text = re.sub(_ASSIGNED, _assigned, text)
        text = re.sub(_DIRECTIVE, _directive, text)
        text = re.sub(_SAID, rf"\1{REDACTED}", text)
    text = re.sub(_HEX, REDACTED, text)
    return re.sub(_RUN, _random_run, text)


def _scheme(match: re.Match[str]) -> str:
    # "Basic authentication" is prose; "Basic dXNlcjpwYXNz" is not.
    value = match[3]
    letters = value.rstrip(".").replace("-", "")
    prose = letters.isalpha() and (letters[1:].islower() or letters.isupper())
    return match[0] if prose else f"{match[1]}{match[2]}{REDACTED}"


def _line(match: re.Match[str]) -> str:
    if match[4].startswith(("[redacted", "{", "[")) or not is_secret_name(match[2], match[4]) or match[4].lower() in _NO_VALUE:
        return match[0]
    return f"{match[1]}{match[3]}{REDACTED}"


def _assigned(match: re.Match[str]) -> str:
    name, value = match[1].lstrip("-"), match[3].strip("\\\"'")
    if not value or value.startswith("[redacted") or value.lower() in _NO_VALUE:
        return match[0]
    if not is_secret_name(name, value):
        return match[0]
    quote = match[3][0] if match[3][0] in "\"'" else ""
    return f"{match[1]}{match[2]}{quote}{REDACTED}{quote}"


def _element(match: re.Match[str]) -> str:
    return f"{match[1]}{REDACTED}" if is_secret_name(match[2], match[3].strip()) and match[3].strip().lower() not in _NO_VALUE else match[0]


def _directive(match: re.Match[str]) -> str:
    # "the password again" ends a sentence; "auth_pass again" is a setting.
    name, value = match[2], match[3]
    sentence = value.isalpha() and not re.search(r"[_-]", name)
    if value.lower() in _NO_VALUE or (sentence and match.string[match.end() : match.end() + 1] != ";"):
        return match[0]
    # A path behind ssl_certificate_key is a setting.
    return f"{match[1]}{REDACTED}" if is_secret_name(name, value) and is_secret_name(f"{name}_path", value) else match[0]


def is_secret_flag(flag: str, value: str) -> bool:
    """Tell whether a word of a command makes the next word, ``value``, a secret: ``--password``, ``DB_PASSWORD``; also ``-p``, but for ports and paths."""
    name = flag.lstrip("-")
    if re.match(r"--[a-z]", value) or not re.fullmatch(r"[\w.-]{1,60}", flag):
        return False
    if flag == "-p":
        return re.fullmatch(r"-.*|[/~.].*|\d{1,5}(?:[:-]\d{1,5})*(?:/\w+)?", value) is None
    # A path after --key is a setting.
    return is_secret_name(name, value) and is_secret_name(f"{name}_path", value)


def _random_run(match: re.Match[str]) -> str:
    run = match[0]
    if re.search(_UUID, run):
        return run
    if re.fullmatch(_ETCD_ID, run):
        return run
    if "redacted" not in run and is_random(run, path_before=match.start() > 0 and match.string[match.start() - 1] in "./"):
        return REDACTED
    return run


def is_random(run: str, *, path_before: bool = False) -> bool:
    """Tell whether a run of base64-like characters is too irregular for an identifier, a path or a host name.

    The measure is how often the kind of character (lower, upper, digit) changes between neighbours, a capital starting a word not counted:
    random base62 changes in about 0.45 of the places, CamelCase names and numbered hosts in less than 0.2.
    """
    if re.fullmatch(_FORTY, run) and not run.startswith("/") and not path_before:
        return True  # an AWS secret access key has exactly this form
    chunks = re.findall(_CHUNK, run)
    if any(len(chunk) >= 16 and _changes(chunk) >= 0.25 * (len(chunk) - 1) for chunk in chunks):
        return True
    if any(len(chunk) >= 40 and not chunk.isalpha() and not chunk.isdigit() for chunk in chunks):
        return True
    if run.startswith("/") or path_before or run.islower():  # paths; names of pods, hosts and packages
        return False
    joined = "".join(chunks)
    return len(joined) >= 20 and len(joined) / len(chunks) >= 7 and _changes(joined) >= 0.3 * (len(joined) - 1)


def _changes(text: str) -> int:
    kinds = ["d" if char.isdigit() else "u" if char.isupper() else "l" if char.isalpha() else "s" for char in text]
    return sum(a != b and not (a == "u" and b == "l") for a, b in itertools.pairwise(kinds))
