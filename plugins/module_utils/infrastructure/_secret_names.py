# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a name (of a variable, key, flag, column) is that of a secret, judged by the words in it.

A name is split into words, however it is written: ``snake_case``, ``camelCase``, ``kebab-case``, glued (``apitoken``), Russian, transliterated. The last
word of a secret decides together with what stands before it (``primary_key``) and after it (``token_ttl``, ``password_file``).
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import functools
import re
import typing as t

from ._lazy_pattern import lazy_pattern
from ._secret_values import is_place, is_reference, is_setting

_MAX_NAME: t.Final = 120


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What is a secret whatever stands beside it, settings excepted.
_STRONG: t.Final = _words(
    """
    password passwords passwd passwds passphrase passphrases passcode passcodes passkey passkeys pass pwd pwds pw pws pswd pswds psw passw passwrd pword
    pasword passwort kennwort contrasena contraseña motdepasse senha haslo hasło wachtwoord psk psks secret secrets cred creds credential credentials
    dsn keytab keyring htpasswd pgpass requirepass masterauth connstr mnemonic unseal puk pincode pincodes apikey apikeys authkey accesskey privkey token
    parol paroli parolya parolem sekret sekrety sekreta pinkod tokena tokenu klyuch klyuchi klyucha kluch kluchi kljuch kliuch privkey kek dek
    """
)
# What is a secret where nothing but a neutral word follows: community_string, but not community_edition.
_WEAK: t.Final = _words(
    """
    salt salts pepper community cookie cookies pin pins sas otp totp hotp jwt bearer hmac private signature sig auth authorization authentication seed
    cert certs certificate certificates crt pem priv
    """
)
# With another word behind it, these are a setting only where the value is that of one.
_STRICT_WEAK: t.Final = _words("otp totp hotp jwt bearer hmac private auth authorization authentication")
_KEYS: t.Final = _words("key keys")
_PLURALS: t.Final = _words("tokens keys")
# Two words that are a secret together, whichever of them stands alone elsewhere.
_CODES: t.Final = _words("code codes phrase phrases words kod kody kodi")
_OF_CODES: t.Final = _words(
    """
    recovery backup access verification unlock security auth activation invite invitation 2fa mfa sms rescue reset login confirmation pairing emergency scratch
    seed secret otp pass pin totp time door entry alarm vault sudo enable console bios grub dostupa safe
    """
)
_PAIRS: t.Final = frozenset(
    (("connection", "string"), ("conn", "string"), ("conn", "str"), ("security", "answer"), ("secret", "answer"), ("kod", "dostupa"), ("webhook", "url"))
)
_OF_PRIV: t.Final = _words("snmp snmpv3 v3 usm auth snmpd trap")

# --- what makes a name harmless ---------------------------------------------------------------------------------------

# Before "key": a key that everybody may see.
_OPEN_KEYS: t.Final = _words(
    """
    primary foreign partition partitioning sort sorting cache row routing message hot index group map dict hash record unique composite natural surrogate
    shard sharding public pub lookup option json yaml distribution range idempotency dedup deduplication object ordering order etag translation metric label
    annotation column document storage registry issue project binding candidate null missing arrow function enter home end shortcut bucket merge search host
    hosts lock taint topology selector queue topic event query param field header clustering cluster space config configuration variable var fact
    dictionary lru tag node entity table attribute language translations type sequence foreignkey primarykey
    """
)
# After the word of a secret: a setting about it.
_SETTINGS: t.Final = _words(
    """
    max min minimum maximum protocol format prefix suffix backend class manager strategy ratio bytes replicas validity renew renewal duration count counter
    size length len bits ttl timeout interval enabled disabled enable disable required optional retention lifetime type types algorithm algorithms alg algo
    expiry expires expiration expire rotation rotate rotated days hours minutes seconds ms mode method methods mechanism mechanisms version versions
    namespace port limit limits encryption policy policies complexity history age reuse plugin plugins provider providers edition priority validation
    validator validators strength check checks checking checker store lookup refresh source sources driver engine issuer audience
    scope scopes claim claims leeway leasing lease per second minute rate usage used use support supported change changed changes reset scheme hashing
    hasher iterations rounds cost padding alphabet chars characters entries entry columns column serializer deserializer converter compression separator
    delimiter reminder warning warn notice event events metric metrics label labels scanning scanner scan detection detect redaction redact masking mask
    generator generation generate handling handler rules rule loader reader resolver parser transport sync operator injector controller injection access
    shares threshold ref refs reference references
    rotator attempts attempt retries retry failures failed failure lockout lock locked expired error errors invalid buffer cache caches cached space
    name names realm endpoint filter bucket window budget sliding speed throughput replication tester
    """
)
_PLACES: t.Final = _words("path paths file files filename dir dirs directory directories folder location mount mountpoint url uri")
# After "private" and "auth": where something is.
_ADDRESSES: t.Final = _words(
    """
    network networks ip ips ipv4 ipv6 address addresses addr interface iface subnet subnets cidr nic dns domain zone vlan registry hostname host hosts server
    servers cluster repo tmp gateway link url uri user username db database realm service cloud visibility endpoint endpoints sites site
    """
)
_NEUTRAL: t.Final = _words(
    """
    value values string strings text data body content contents raw plain plaintext clear cleartext base64 b64 hex enc encrypted old new current previous
    prev next default initial temp tmp dev test stage staging prod production ro rw read write primary secondary main backup a b c v1 v2 v2c v3 hash key
    """
)
# Whole words and names that only look like one.
_HARMLESS: t.Final = _words(
    """
    monkey turkey donkey hockey whiskey whisky jockey lackey malarkey mickey hotkey hotkeys keyspace keyspaces keyboard keyword keywords keystone keycloak
    keepalived keynote keyserver keypad keyevent bypass compass encompass overpass underpass surpass trespass multipass tokenizer tokenizers tokenize
    tokenized tokenization tokenizing secretary secretariat passive passenger passenger passport passage passed passes passing passthrough passthru sacred
    primarykey foreignkey sortkey cachekey partitionkey publickey pubkey pubkeys publickeys hostkey hostkeys knownhosts community.general tokenizer spinner
    pwgen keyed keying authority authorities author authors parole secretly secreted crossplane
    """
)
# nginx says where a request is passed to.
_PASS_TO: t.Final = _words("proxy fastcgi uwsgi scgi grpc memcached tcp")
_NUMBER_OF_TOKENS = lazy_pattern(r"(?:^|_)(?:max|min|num|total|prompt|completion|output|input|cached|context|new|n)_?tokens?(?:$|_)")

# --- Russian ----------------------------------------------------------------------------------------------------------

_RU_SECRET = lazy_pattern(
    r"парол|пассворд|пасворд|секрет(?!ар)|токен(?!из|айз)|(?:(?<![а-яё])|апи|мастер|крипто|супер|админ)ключ(?!ев|ниц)|(?<![а-яё])пасс(?![а-яё])"
    r"|(?<![а-яё])креды?(?![а-яё])|(?<![а-яё])(?:пин|пинкод\w*|пук)(?![а-яё])"
    r"|(?<![а-яё])кодов\w*[\s_.-](?:слов|фраз)|(?<![а-яё])уч[её]тн\w*[\s_.-]данн"
    r"|(?<![а-яё])код\w{0,3}[\s_.-](?:доступ|восстановл|подтвержд|активац|безопасн|входа|разблокир|сброс|приглаш)|(?:резервн|запасн|аварийн)\w*[\s_.-]код"
)
_RU_SETTING = lazy_pattern(
    r"(?:длин|срок|тип(?:[ыа]?$|[_ .-])|файл|путь|пути|пут[яьи]$|врем|размер|числ|количеств|счетчик|счётчик|алгоритм|метод|политик"
    r"|сложност|лимит|истори|ротаци|включ|им[яе]"
    r"|кэш|кеш|сортировк|партиц|раздел|индекс|маршрут|шард|сообщени|первичн|внешн|открыт|публичн|уникальн|суррогатн|составн|таблиц)"
)
_CYRILLIC = lazy_pattern(r"[а-яё]")

# --- splitting --------------------------------------------------------------------------------------------------------

_PIECES = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+[a-z]?(?![a-z])|\d+|[^\W\d_A-Za-z]+")
_GLUED_END = lazy_pattern(
    r"(.{2,}?)(passwords?|passwd|passphrases?|passcodes?|passw?|pwds?|pws?|pswd|secrets?|credentials?|creds?|tokens?|apikeys?|keys?|psk|keytab|cookie"
    r"|pincode|parol|sekret|kl[yj]?uch)"
)
# With one of these before or after it, the end or the beginning of a glued word is a word of its own: mykey, keyroot.
_COMPANIONS: t.Final = (
    "admin|root|user|users|db|database|api|app|access|master|main|my|auth|bind|ldap|sql|mysql|pg|ssh|ssl|tls|smtp|mail|web|ftp|client|server|service"
    "|svc|bot|site|system"
    "|sys|super|login|account|acc|backup|test|prod|dev|host|node|new|old|the|data|git|vpn|wifi|radius|snmp|private|shared|session|join|deploy|sign"
    "|signing|enc|crypt"
)
_GLUED_START = lazy_pattern(rf"(password|passwd|passphrase|pass|pwd|pw|secret|token|apikey|key|cred|parol|sekret)({_COMPANIONS})\d*")


def is_secret_name(name: str, value: object = None) -> bool:
    """Tell whether a variable, key or flag of this name holds a secret.

    ``value`` helps where the name alone is not enough: ``key_file`` with a path and ``password_encryption`` with the name of a method are settings,
    and what only refers to a secret (``${DB_PASSWORD}``, ``{{ vault_password }}``, a path) is none.
    """
    if len(name) > _MAX_NAME:
        name = name[-_MAX_NAME:]
    kind = _kind(name)
    if kind == _HARMLESS_KIND:
        return False
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return re.search(r"(?i)webhook|dsn", name) is not None
    if value is None:
        return kind not in (_SETTING_KIND, _PLACE_KIND, _COUNT_KIND)
    if isinstance(value, bool) or (isinstance(value, str) and (is_reference(value) or not value.strip())):
        return False
    if kind == _BARE_KIND:
        # {key: dedicated, operator: Exists} is no secret; {key: x7Rq2...} is.
        return not isinstance(value, str) or _SIMPLE_LABEL.fullmatch(value.strip("\"'")) is None
    if kind == _COUNT_KIND:
        return not isinstance(value, (int, float)) and re.fullmatch(r"\d+|[a-z, ]+", str(value)) is None
    return kind == _SECRET_KIND or not (is_place(value) if kind == _PLACE_KIND else is_setting(value))


_HARMLESS_KIND, _SETTING_KIND, _PLACE_KIND, _BARE_KIND, _COUNT_KIND, _SECRET_KIND = range(6)

_SIMPLE_LABEL = lazy_pattern(
    r"[a-z]+(?:[./_-][a-z]+)*(?:/v\d+)?|[a-z0-9-]+(?:\.[a-z0-9-]+)+/[a-z0-9._-]+|[A-Z][a-z]+|[A-Z]+(?:_[A-Z]+)*|\d{1,4}|[a-z]{3,5}\d{1,2}"
    r"|[\w./-]+:[A-Z][A-Za-z]+"
)


@functools.lru_cache(maxsize=4096)
def _kind(name: str) -> int:
    lowered = name.lower()
    if lowered in _HARMLESS:
        return _HARMLESS_KIND
    if not lowered.isascii() and _CYRILLIC.search(lowered):
        russian = _russian_kind(lowered)
        if russian != _HARMLESS_KIND or not re.search(r"[a-z]", lowered):
            return russian
    words = name_words(name)
    last = max((position for position in range(len(words)) if _is_secret_word(words, position)), default=-1)
    if last < 0:
        return _HARMLESS_KIND
    if _NUMBER_OF_TOKENS.search(lowered):
        return _COUNT_KIND
    return _kind_of(words, last)


def _russian_kind(lowered: str) -> int:
    if not _RU_SECRET.search(lowered):
        return _HARMLESS_KIND
    if _RU_SETTING.search(_RU_SECRET.sub(" ", lowered)):
        return _SETTING_KIND
    return _BARE_KIND if re.fullmatch(r"ключ[а-яё]{0,3}", lowered) else _SECRET_KIND


def _is_secret_word(words: list[str], position: int) -> bool:
    word, before = words[position], words[position - 1] if position else ""
    if word in _KEYS:
        return before not in _OPEN_KEYS
    if word == "pass":
        return before not in _PASS_TO
    if word == "priv":
        return before in _OF_PRIV or len(words) == 1
    if word in _CODES:
        return before in _OF_CODES
    if word == "tokens" or word in _STRONG:
        return True
    return (before, word) in _PAIRS or word in _WEAK


def _kind_of(words: list[str], last: int) -> int:
    word, after = words[last], words[last + 1 :]
    if word in _WEAK and after and not _NEUTRAL.issuperset(item for item in after if not item.isdigit()):
        return _SETTING_KIND if word in _STRICT_WEAK and _ADDRESSES.isdisjoint(after) else _HARMLESS_KIND
    if words[0] == "existing" or "existing" in words[:last]:
        return _SETTING_KIND
    if after and (after[-1] in _SETTINGS or after[0] == "manager"):
        return _SETTING_KIND
    if after and after[-1] in _PLACES:
        return _PLACE_KIND
    if word in _PLURALS and len(words) <= 2 and (len(words) == 1 or words[0] in ("used", "expired", "expires", "total", "number")):
        return _COUNT_KIND
    return _BARE_KIND if word in _KEYS and all(item.isdigit() for item in words if item != word) else _SECRET_KIND


def name_words(name: str) -> list[str]:
    """Return the lower-case words of a name; glued words are taken apart where one of them is the word of a secret."""
    words: list[str] = []
    for piece in _PIECES.findall(_whole_words(name)):
        words += _unglued(piece.lower())
    return words


def _whole_words(name: str) -> str:
    # PassWord, pass_phrase and API-KEY's like are one word for what follows
    return (
        re.sub(r"(?i)(pass)[_-]?(?:word|phrase|code)s?(?![a-z])", lambda match: f"_{match[0].replace('_', '').replace('-', '').lower()}_", name)
        if "ass" in name.lower()
        else name
    )


@functools.lru_cache(maxsize=4096)
def _unglued(word: str) -> tuple[str, ...]:
    if len(word) < 4 or word in _STRONG or word in _WEAK or word in _HARMLESS:
        return (word,)
    end = _GLUED_END.fullmatch(word)
    if end:
        return _end_of(end[1], end[2]) or (word,)
    start = _GLUED_START.fullmatch(word)
    if start:
        return (start[1], start[2]) if not start[1].startswith("pass") or start[1] == "password" else (start[2], start[1])
    inside = re.search(r"password|passwd|passphrase|secret(?!ar|ion|ed|ly)|credential|apikey", word)
    return (word[: inside.start()], inside[0], word[inside.end() :]) if inside else (word,)


def _end_of(before: str, end: str) -> tuple[str, ...]:
    """The words of a glued name that ends with the word of a secret; none where the end is that of an ordinary word (monkeys, sacred)."""
    if end in ("cred", "pw", "pws", "pass", "passw", "psk", "pwd", "pwds") and before in (
        "sa",
        "com",
        "by",
        "tres",
        "en",
        "encom",
        "over",
        "under",
        "sur",
        "old",
        "oldpwd",
    ):
        return ()
    if end.startswith("key") and (before in ("mon", "tur", "don", "hoc", "whis", "joc", "lac", "mic", "hot") or before in _OPEN_KEYS):
        return ()
    return (before, end)
