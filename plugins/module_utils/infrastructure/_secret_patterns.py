# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in free text: by their own shape, by what assigns them, by the command that is given them, by the sentence that tells them.

Every repeat in a pattern is bounded or possessive, so that the cost is in proportion to the length of the text.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t

from ._secret_arguments import secrets_in_commands
from ._secret_assignments import redact_assignments
from ._secret_sentences import secrets_in_sentences
from ._secret_values import is_reference, kind_changes

REDACTED: t.Final = "[redacted]"

# Patterns are text here, which `re` compiles when one is first needed and keeps: a worker that answers one question needs few of them.

# A PEM block may be cut off, and its line ends may be written as \n.
_PEM: t.Final = r"(?s)-----BEGIN [A-Z0-9 ]{1,60}-----.*?(?:-----END [A-Z0-9 ]{1,60}-----|\Z)"
_VAULT: t.Final = r"(?i)\$ANSIBLE_VAULT;[\d.]{1,9};\w{1,20}[^\n]{0,200}(?:(?:\s|\\n){1,40}[0-9a-f]{6,}+)*"
_PUTTY: t.Final = r"(?s)PuTTY-User-Key-File-\d.*"
# The password may hold '/' and '@': up to the last '@' before a blank, when a ':' shows that there is one.
_URL_LOGIN: t.Final = r"(?i)((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}://)[^\s:/?#\"'<>@]{0,100}:[^\s\"'<>]{0,500}@"
_URL_USER: t.Final = r"(?i)(\bhttps?://)[^\s/?#\"'<>@]{1,300}@"
# What stands behind a webhook's address is its secret; a page about webhooks ends in words.
_WEBHOOK: t.Final = (
    r"(?i)(https?://[^\s\"'<>/]{1,200}/(?:[\w.-]{1,60}/){0,6}?(?:hooks?|webhooks?|webhookb2|services|incoming|integrations|key|robot"
    r"|trigger)/(?:catch/|hook/)?)"
    r"(?=[^\s\"'<>]{0,300}[\dA-Z])(?![\w-]{1,60}\.html?\b)([^\s\"'<>?]{6,400})"
)
_BOT: t.Final = r"(?i)(https?://[^\s\"'<>/]{1,200}/(?:file/)?bot)([^\s\"'<>/]{6,200})"
_HEADER: t.Final = (
    r"(?i)(\b(?:proxy-)?authorization|\b(?:x|private|job|deploy|circle|apns|ocp)-[\w-]{0,40}(?:token|key|secret|auth|signature)|\b(?:set-)?cookie|\bapi-?key)"
    r"(\\?[\"']?[ \t]{0,5}[:=]\s{0,5}\\?[\"']?)([^\r\n\"'\\]{1,2000})"
)
_SCHEME: t.Final = r"(?i)\b(bearer|basic|digest|negotiate|token)(\s{1,5})([A-Za-z0-9._~+/=-]{8,2000})"
_JWT: t.Final = r"\beyJ[\w-]{5,}+\.[\w-]{5,}+(?:\.[\w-]*+){0,3}"
# Published prefixes of issued tokens: AWS, Google, GitHub, GitLab, Slack, Stripe, OpenAI-like, Hugging Face, npm, PyPI, DigitalOcean, SendGrid, Mailgun,
# HashiCorp Vault, Telegram bots, Yandex, age, Grafana, Shopify, Atlassian, Databricks, Pulumi, Doppler, Linear, Docker Hub, Tailscale, New Relic, Twilio,
# Dynatrace, Sentry, Terraform Cloud, Azure AD, Alibaba, kubeadm bootstrap; and crypt(3) and LDAP password hashes.
_ISSUED: t.Final = (
    r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,}|\bAIza[\w-]{30,}|\bya29\.[\w.-]{10,}|\bGOCSPX-[\w-]{16,}"
    r"|\b1//0[\w-]{20,}"
    r"|\bgh[pousr]_\w{16,}|\bgithub_pat_\w{16,}|\bgl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent|oas|ffct)-[\w.-]{16,}|\bGR1348941[\w-]{16,}|\bxox[a-z]-[\w-]{8,}"
    r"|\bxapp-[\w-]{8,}|\b[srpw]k_(?:live|test)_\w{8,}|\bwhsec_\w{16,}|\bsk-[\w-]{16,}|\bhf_[A-Za-z0-9]{16,}|\bnpm_[A-Za-z0-9]{30,}|\bpypi-AgE[\w-]{16,}"
    r"|\bdo[opr]_v1_\w{16,}|\bSG\.[\w-]{8,}\.[\w-]{8,}|\bkey-[0-9a-f]{32}\b|\bhv[sbr]\.[\w-]{16,}|(?<![\w.])[sbr]\.[A-Za-z0-9]{24}\b|\b\d{8,10}:[\w-]{35}\b"
    r"|\b(?:y[0-4]_|t1\.)[\w-]{20,}|\bAQVN[\w-]{30,}|\bAGE-SECRET-KEY-1\w{20,}|\bgl(?:s|v|c)a?_\w{16,}|\bshp(?:at|ca|pa|ss)_\w{16,}|\bAT(?:ATT|CTT"
    r"|BB)3?[\w=-]{16,}"
    r"|\bdapi[0-9a-f]{24,}|\bpul-[0-9a-f]{24,}|\bdp\.(?:pt|st|ct|sa)\.\w{16,}|\blin_(?:api|oauth)_\w{16,}|\bdckr_(?:pat|oat)_[\w-]{16,}"
    r"|\btskey-\w{3,}-[\w-]{8,}"
    r"|\bNR(?:AK|JS|II|RA)-\w{16,}|\bSK[0-9a-f]{32}\b|\bdt0[a-z]\d{2}\.\w{16,}\.\w{16,}|\bsntry[su]_[\w=+/-]{16,}|\b\w{14}\.atlasv1\.[\w-]{16,}"
    r"|\b\w{3}8Q~[\w.~-]{16,}"
    r"|\bLTAI\w{12,}|\bAKCp\w{16,}|\bPMAK-\w{16,}|\bsq0(?:atp|csp)-[\w-]{16,}|\bEAA[A-Za-z0-9]{40,}|\bops_eyJ[\w-]{16,}|\bK10[0-9a-f]{32,}::\w+:\S{8,}"
    r"|(?<![\w.])(?=[a-z0-9.]{0,22}\d)(?=[\d.]{0,22}[a-z])[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.])"
    r"|\$(?:1|2[abxy]?|5|6|7|8|9|y|gy|apr1|sha1|md5|argon2\w{1,2}|scrypt|pbkdf2[\w-]{0,20})\$[^\s\"']{8,}"
    r"|\{(?:S?SHA\d{0,3}|S?MD5|CRYPT|PBKDF2[\w-]{0,20}|ARGON2\w{0,4})\}[^\s\"']{8,}|SCRAM-SHA-\d{1,3}\$[^\s\"']{8,}|\bpbkdf2_sha\d+\$[^\s\"']{8,}"
)
_HEX: t.Final = r"(?i)(?<![\w:-])(?:0x)?(?:[0-9a-f]{32,}+|(?:[0-9a-f]{2}:){15,400}[0-9a-f]{2})(?![\w-])"
# A commit has forty digits; digests are announced.
_COMMIT: t.Final = r"[0-9a-f]{40}"
_DIGEST_BEFORE: t.Final = (
    r"(?i)(?:sha\d{0,3}|md5|digest|checksum|commit|revision|rev|etag|image|layer|blob|tree|fingerprint|thumbprint|serial|cluster.?id|container|docker"
    r"|object|trace|span"
    r"|хеш\w*|хэш\w*|коммит\w*|сумм\w*)[\s\w]{0,20}[\s:=@/\"'(]{1,4}\Z"
)
_DIGEST_AFTER: t.Final = r"\s{1,2}\*?[\w./-]+\.\w"
_UUID: t.Final = r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# Identifiers of etcd members, traces and PGP keys, which operators paste all the time
_ETCD_ID: t.Final = r"[0-9a-f]{16}|[0-9A-F]{16}"
_RUN: t.Final = r"[A-Za-z0-9+/_=~-]{16,}+"
_FORTY: t.Final = r"(?=[^a-z]{0,39}[a-z])(?=[^A-Z]{0,39}[A-Z])(?=\D{0,39}\d)[A-Za-z0-9+/]{40}"
_CHUNK: t.Final = r"[^_~/=-]+"
# Most cells and values are short, lower-case names and numbers in which no rule can hold.
_PLAIN: t.Final = r"(?:[A-Z]?[a-z0-9]{1,15}(?:[._ -]|$)){1,12}\Z"
# One word alone is judged by its shape: nothing gives it a name.
_SEVERAL: t.Final = r"[\s:=@%<\"'|,;]"
_TRIGGER: t.Final = (
    r"(?i)pass|pw|p[as]{1,2}wo?r?d|secret|token|key|cred|auth|priv|psk|dsn|sas|cookie|code|phrase|answer|identified|unseal|master|communit|salt|pepper"
    r"|seed|mnemonic|hmac"
    r"|jwt|otp|pin|sig|pem|cert|bearer|basic|digest|negotiate|connstr|connectionstr|kek|dek|login|log ?in|user|vault|contrase"
    r"|kennwort|senha|parol|sekret|kl[yj]?uch|kod|com2sec|пасс|доступ"
    r"|парол|пассв|пасворд|секрет|токен|ключ|кред|код|пин|пук|уч[её]т|логин|стро?к|md5|oci|thin|connect|sqlplus|rman|[ei]\w?pdp|echo|printf|root|admin"
    r"|chpasswd|:[^/\s:]+:[^/\s:]+:"
    r"|/[^/\s@]+@| -[a-zA-Z3]|[Uu]%|webhook|hook"
)


def redact_text(text: str) -> str:
    """Return free text (a question, a log line, an error, a cell) with every secret in it replaced by ``[redacted]``.

    What is found: PEM blocks, vault envelopes, passwords in addresses and connection strings, headers, issued tokens, password hashes, long random strings;
    what is assigned to the name of a secret in any usual notation; arguments of commands; what a sentence gives as a password, in English and Russian.
    UUIDs, commits, paths, versions, host names, identifiers and settings about secrets stay. The cost is linear in the length.
    """
    if len(text) < 200 and re.match(_PLAIN, text) and not re.search(_TRIGGER, text) and not re.search(_ISSUED, text):
        return text
    text = _by_shape(text)
    if " " in text:
        text = _cut_out(text, secrets_in_commands(text))
    if re.search(_SEVERAL, text) and re.search(_TRIGGER, text):
        text = re.sub(_HEADER, _header, text)
        text = re.sub(_SCHEME, _scheme, text)
        text = redact_assignments(text)
        text = _cut_out(text, secrets_in_sentences(text))
    text = re.sub(_HEX, _hex, text)
    return re.sub(_RUN, _random_run, text)


def _by_shape(text: str) -> str:
    for sign, shape in (("-----BEGIN", _PEM), ("$ANSIBLE_VAULT", _VAULT), ("PuTTY", _PUTTY), ("eyJ", _JWT)):
        if sign in text:
            text = re.sub(shape, REDACTED, text)
    if "://" in text:
        text = re.sub(_URL_LOGIN, rf"\1{REDACTED}@", text)
        text = re.sub(_URL_USER, rf"\1{REDACTED}@", text)
        text = re.sub(_WEBHOOK, rf"\1{REDACTED}", text)
        text = re.sub(_BOT, rf"\1{REDACTED}", text)
    return re.sub(_ISSUED, REDACTED, text)


def _cut_out(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, done = [], 0
    for start, end in sorted(spans):
        if start >= done and end > start and REDACTED not in text[start:end]:
            pieces += [text[done:start], REDACTED]
            done = end
    return "".join(pieces) + text[done:]


def _header(match: re.Match[str]) -> str:
    value = match[3].strip()
    # "authorization: how does it work" is a sentence, `cookie: SERVERID` a setting of one lower-case word
    prose = re.fullmatch(
        r"(?:\[redacted\].*|[A-Za-zА-яё]?[a-zа-яё']*(?:[ ,.?!]+[a-zа-яё'-]+){2,}[?.!]?|true|false|none|null|enabled|disabled|RBAC|Node,RBAC)", value
    )
    referred = is_reference(value.partition(" ")[2] or value) or re.fullmatch(r"\w+ \$\w+", value)
    return match[0] if prose or referred or not value else f"{match[1]}{match[2]}{REDACTED}"


def _scheme(match: re.Match[str]) -> str:
    # "Basic authentication" is prose; "Basic dXNlcjpwYXNz" is not.
    value = match[3]
    letters = value.rstrip(".").replace("-", "").replace("/", "")
    prose = letters.isalpha() and (letters[1:].islower() or letters.isupper())
    shown = match[1].lower() in ("token", "digest", "basic") and re.search(r"\d", value) is None and not value.endswith("=")
    named = match[1].lower() in ("token", "digest") and (re.search(r"[a-z]", value) is None or re.fullmatch(r"[\w.-]*[/.][\w./-]*", value) is not None)
    return match[0] if prose or shown or named or "redacted" in value else f"{match[1]}{match[2]}{REDACTED}"


def _hex(match: re.Match[str]) -> str:
    run, start = match[0], match.start()
    if re.fullmatch(_COMMIT, run) or re.search(_DIGEST_BEFORE, match.string[max(0, start - 40) : start]):
        return run
    if re.compile(_DIGEST_AFTER).match(match.string, match.end()):
        return run  # a line of md5sum
    return run if run.isdigit() else REDACTED


def _random_run(match: re.Match[str]) -> str:
    run = match[0]
    if re.search(_UUID, run):
        return run
    if re.fullmatch(_ETCD_ID, run) or re.fullmatch(r"(?i)(?:0x)?[0-9a-f]{32,}", run):
        return run  # hexadecimal strings were judged before
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
    if any(len(chunk) >= 16 and kind_changes(chunk) >= 0.25 * (len(chunk) - 1) for chunk in chunks):
        return True
    if any(len(chunk) >= 40 and not chunk.isalpha() and not chunk.isdigit() for chunk in chunks):
        return True
    if run.startswith("/") or path_before or run.islower():  # paths; names of pods, hosts and packages
        return False
    joined = "".join(chunks)
    return len(joined) >= 20 and len(joined) / len(chunks) >= 7 and kind_changes(joined) >= 0.3 * (len(joined) - 1)
