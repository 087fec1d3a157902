# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the value beside the name of a secret tells: that it is one, that it is a setting, or that it only says where the secret is."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import itertools
import re
import typing as t

from ._lazy_pattern import lazy_pattern
from ._words import is_plain_word

_REFERENCE = lazy_pattern(
    r"\s*[\"']?(?:\$\{[^}]*\}?|\$\([^)]*\)?|\$[A-Z][A-Z0-9_]*|\$[a-z_]*(?:pass|pw|secret|token|key|cred)\w*|\{\{.*|<[^<>]*>|%\{[^}]*\}|%[A-Z_]+%"
    r"|\*{3,}|x{4,}|X{4,}|\.{3,}|…"
    r"|!vault.*|vault:[\w/]+|env:\w+|\[?redacted.*|\[redacted.*)[\"']?\s*",
    re.DOTALL,
)
_PATH_VALUE = lazy_pattern(
    r"\s*(?:file:/{1,3}|@)?(?:/(?:etc|var|opt|usr|home|root|run|srv|mnt|tmp|data|secrets|app|certs?|keys|ssl|pki|dev|proc|vault"
    r"|config|conf)\b|~/|\.{1,2}/|[A-Z]:\\)[\w./~\\ @%{}$+-]{0,250}\s*"
)
_ANY_PATH = lazy_pattern(r"(?:[~/]|\.{1,2}/|https?://)[\w./~:-]{0,250}")
_FILE_VALUE = lazy_pattern(
    r"[~/\w.-][\w./~ -]{0,250}\.(?:pem|key|crt|cer|csr|jks|p12|pfx|keytab|keyring|kdbx|txt|ya?ml|json|conf|cfg|ini|env|pub|gpg|asc|secret|token|cnf)"
)


def is_reference(value: str) -> bool:
    """Tell whether a value only says where a secret is: a variable, a template, a placeholder, a file."""
    return _REFERENCE.fullmatch(value) is not None or _PATH_VALUE.fullmatch(value) is not None


_METHOD = lazy_pattern(r"[A-Za-z][A-Za-z]*(?:[-_./, ]?(?:[A-Za-z]+|\d{1,4}))*")
_QUANTITY = lazy_pattern(r"-?\d{1,12}(?:\.\d+)?\s?(?:[smhdwyKMGkb%]|ms|min|days?|hours?|bytes|[KMG]i?B)?")


def is_place(value: object) -> bool:
    """Tell whether a value says where something is: a path, the name of a file, an address."""
    text = str(value).strip().strip("\"'")
    return _FILE_VALUE.fullmatch(text) is not None or _ANY_PATH.fullmatch(text) is not None


def is_setting(value: object) -> bool:
    """Tell whether the value of ``password_encryption``, ``token_ttl`` or ``key_file`` is what such a setting has."""
    if isinstance(value, (int, float)):
        return abs(value) < 10_000_000
    text = str(value).strip().strip("\"'")
    if _QUANTITY.fullmatch(text) or _FILE_VALUE.fullmatch(text) or text.startswith(("http://", "https://", "/")):
        return True
    # scram-sha-256, AES256, k8s-app-tls: few changes between letters and digits
    return (
        len(text) <= 60 and _METHOD.fullmatch(text) is not None and len(re.findall(r"(?<=[A-Za-z])\d+", text)) <= 2 and not re.search(r"[a-z][A-Z]\w*\d", text)
    )


_NO_VALUE: t.Final = frozenset(
    """
    bearer bcrypt scrypt argon2 argon2i argon2id sha1 sha256 sha512 md5 pbkdf2 basic digest negotiate ntlm kerberos ldap saml oidc oauth2 cephx scram
    true false null none nil nan yes no on off required optional string str text number integer int boolean bool array list object map dict any disabled
    enabled empty unset undefined missing invalid wrong incorrect expired hidden masked changed unchanged default ask prompt stdin file env vault value secret
    password token key username n/a na tbd todo unknown ok deny allow random generated auto encrypted plaintext plain cleartext hashed
    да нет строка число неверный неверен истек истёк отсутствует обязателен обязательный необязательный пусто пустой неизвестен неизвестно скрыт скрыто
    """.split()
)


def is_no_value(value: str) -> bool:
    """Tell whether what stands where a secret could be is a word about it: ``true``, ``required``, ``string``."""
    return value.strip().lower() in _NO_VALUE


# Names of methods, standards and sizes, versions, dates, addresses, options, files: with letters and digits in them, and no secrets.
_TECHNICAL = lazy_pattern(
    r"(?:hmac-?|pbe(?:with)?-?|ecdsa-|ssh-|pbkdf2-?|scram-?|id_)?(?:sha|md|aes|rsa|dsa|dh|base|utf|scram-sha|ed|x|ipv|oauth|tls|tlsv|ssl|sslv|http|rfc"
    r"|cve-|pbkdf|argon|p|ec|oidc|k|s|h|l|n|c|g|ntlmv?|v|lz|gz|zip|arm|amd|x86_)-?\d{1,5}(?:[-./_+][a-z0-9]{1,9}){0,4}"
    r"|\d+(?:st|nd|rd|th|x|s|ms|m|h|d|w|y|kb?|mb?|gb?|tb?|ki?b?|mi?b?|gi?b?|%|px|min|days?|bits?|chars?|bytes?)?|v?\d+(?:\.\d+)+\S*"
    r"|\d{4}-\d\d-\d\d(?:t\S*)?|\d{1,2}:\d\d(?::\d\d)?"
    r"|\d{1,4}[-–]\d{1,4}|--?[a-z]\S*|[a-z][a-z0-9+.-]*://\S*|[~.]{0,2}/\S*|(?:[\w-]+/){2,}\S*|\S+@[\w-]+\.[\w.-]+|(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}(?::\d+)?"
    r"|[\w./-]+\.(?:ya?ml|json|conf|cfg|ini|txt|pem|key|crt|sh|py|sql|log|xml|toml|env|jks|p12|j2|service|md|csv|db|gz|tar|zip)|[\w.-]+\(\)?|\w+=\S*|\{\{.*",
    re.IGNORECASE,
)
_REGULAR = lazy_pattern(
    r"[A-Z]?[a-zа-яё]+(?:[-_.][A-Za-zа-яё]+)*[-_.]?v?\d{0,4}(?:[-_.][a-z0-9а-яё]+)*|[A-Z]+[-_]?\d{0,4}|[A-Z][A-Za-z]+\d{0,4}|\d+|[\w-]+\.[\w.-]+"
    r"|[a-z]+\d+[a-z]+"
)
_SIGNS = lazy_pattern(r"^-|[./:=@(]")
_SPECIAL = lazy_pattern(r"[!@#$%^&*+=?~|]")


def is_unusual(value: str) -> bool:
    """Tell whether a word of a sentence may be a password where the sentence gives one: digits among letters, signs, capitals inside."""
    if len(value) < 4 or is_reference(value) or is_no_value(value):
        return False
    if value.isdigit():
        return len(value) >= 4
    if _TECHNICAL.fullmatch(value) and (value in (value.lower(), value.upper()) or value.startswith(("TLSv", "SSLv", "IPv", "OAuth")) or _SIGNS.search(value)):
        return re.fullmatch(r"[A-Z]{2,}[0-9]+[A-Z0-9]{3,}|(?=\S*[A-Z])(?=\S*[a-z])[A-Za-z]\d[A-Za-z0-9]{6,}", value) is not None
    has_letter, has_digit = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    if has_letter and has_digit:
        return True
    return _SPECIAL.search(value) is not None or re.search(r"\d{3,}[- ]\d{3,}", value) is not None or re.search(r"[a-zа-яё][A-ZА-ЯЁ]", value) is not None


def is_irregular(value: str) -> bool:
    """Tell whether a word is no word, name of a host, product with its version or identifier: a password wherever one is spoken of."""
    if len(value) < 6 or not is_unusual(value) or value.isdigit():
        return False
    if re.search(r"[()<>{}]", value):
        return False
    if re.search(r"[!#$%^&*?~@].", value):
        return any(map(str.isalnum, value))
    return _REGULAR.fullmatch(value) is None and any(map(str.isdigit, value)) and "/" not in value and re.search(r"[a-zа-яё]", value, re.IGNORECASE) is not None


_FUNCTION_WORDS: t.Final = frozenset(
    """
    a an the is are was were be been it its this that these those i we you they he she my our your their how why what when where who which can could should
    would will do does did not no don't doesn't isn't cannot can't to of in on at by for from with without into and or but if then than as so because after
    before while please again use using set get has have had need needs must may might there here
    и или но а не ни как что это этот эта эти где когда почему зачем кто какой какая какие чтобы если то в во на с со из от до для по при без у к о об мы я
    вы он она они мой наш ваш их его ее её можно нужно надо есть был была было были уже еще ещё только снова опять пожалуйста
    """.split()
)


def is_sentence(text: str) -> bool:
    """Tell whether the rest of a line is prose about a secret rather than the secret: three words or more, function words among them."""
    words = [word.strip(".,;:!?()\"'«»`").lower() for word in text.split()[:40]]
    return len(words) >= 3 and (not _FUNCTION_WORDS.isdisjoint(words) or text.rstrip().endswith("?"))


def is_function_word(word: str) -> bool:
    """Tell whether a word holds sentences together."""
    return word.lower() in _FUNCTION_WORDS


def is_ordinary(word: str) -> bool:
    """Tell whether a word is one that sentences about servers hold in any case."""
    return is_function_word(word) or is_plain_word(word) or is_no_value(word)


def is_random_word(value: str) -> bool:
    """Tell whether letters and digits are mixed as only in what a generator made: a password wherever a sentence speaks of one."""
    if not 8 <= len(value) <= 60 or not value.isalnum() or re.fullmatch(r"(?i)[0-9a-f]+", value) or is_reference(value):
        return False
    mixed = any(map(str.isdigit, value)) and any(map(str.islower, value))
    return mixed and kind_changes(value) >= (0.3 if any(map(str.isupper, value)) else 0.5) * (len(value) - 1)


def kind_changes(text: str) -> int:
    """Return how often the kind of character (lower, upper, digit, other) changes, a capital that begins a word not counted."""
    kinds = ["d" if char.isdigit() else "u" if char.isupper() else "l" if char.isalpha() else "s" for char in text]
    return sum(a != b and not (a == "u" and b == "l") for a, b in itertools.pairwise(kinds))
