# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets among the arguments of commands, where neither the option (``-p``, ``-a``, ``-w``) nor the place says by itself that one is there."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import functools
import re
import typing as t

from ._lazy_pattern import lazy_pattern
from ._words import is_plain_word

_MAX_ARGUMENTS: t.Final = 40

# One line for each family: the commands | options whose value is a secret; "*": only where it is glued on (-pX); "%": user%secret or user:secret
# | words after the command of which one must be there, where the options mean it only with them.
_OPTIONS: t.Final = """
redis-cli valkey-cli keydb-cli redis-benchmark | -a --pass |
docker podman nerdctl buildah skopeo helm crane oras az oc regctl twine npm | -p --password --creds --src-creds --dest-creds | login registry auth upload copy
ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldapcompare ldapmodrdn ldapexop ldapurl ldapvc | -w |
ldappasswd | -w -s -a |
snmpwalk snmpget snmpset snmpgetnext snmpbulkwalk snmpbulkget snmptable snmptrap snmpinform snmpstatus snmpdf | -c -A -X -3k -3K |
mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlshow mysqlbinlog mysqlslap mysqlsh mysqlpump mariadb mariadb-dump mariadb-admin mariadb-check | -p* |
mydumper myloader xtrabackup innobackupex mariabackup pt-table-checksum pt-query-digest gh-ost maxctrl proxysql-admin | -p --ask-pass |
curl wget http https xh httpie aria2c | -u% --user% -U% --proxy-user% -a% --auth% --pass --proxy-pass --key-pass |
sshpass | -p -p* |
openssl | -k -K -pass -passin -passout -hmac -macopt -kek -psk |
ipmitool ipmipower ipmi-sensors ipmi-sel | -P -y -k |
smbclient rpcclient net smbget winexe smbcacls smbcquotas wmic nmblookup | -U% --user% --password |
smbmap crackmapexec netexec nxc evil-winrm xfreerdp rdesktop psexec wmiexec beeline impala-shell cqlsh rabbitmqadmin racadm esxcli cadaver | -p |
mongosh mongo mongodump mongorestore mongoexport mongoimport mongostat mongotop mongofiles | -p --password |
sqlcmd osql bcp tsql isql mssql-cli sqlpackage mosquitto_pub mosquitto_sub zip unzip zipcloak coap-client | -P -pw |
7z 7za 7zr 7zz rar unrar | -p* -hp* |
plink pscp psftp putty nodetool | -pw --password |
kadmin kadmin.local | -w -pw |
ipa-client-install ipa-server-install ipa-replica-install | -w -p -a |
swaks sendemail sendEmail msmtp | -ap -xp --auth-password |
useradd usermod | -p |
iscsiadm | -v | update
etcdctl nats influx influxd | --user% --password --token -t --creds |
gh glab doctl heroku hcloud linode-cli | -t --with-token --token -b --body | auth login secret variable
nsupdate dig rndc knsupdate | -y |
elasticsearch-users opensearch-users elasticsearch-keystore hash.sh securityadmin.sh | -p -kspass -tspass |
keytool jarsigner | -storepass -keypass -srcstorepass -deststorepass -srckeypass -destkeypass -new |
lftp ncftp ftp | -u% |
consul nomad boundary | -token |
ceph rados rbd | --key |
kubectl k | --docker-password --token --password |
"""
# Words after a command, then which argument after them is the secret ("_" is any argument).
_PLACES: t.Final = """
rabbitmqctl add_user _ X
rabbitmqctl change_password _ X
rabbitmqctl authenticate_user _ X
rabbitmqctl set_user_password _ X
vault login X
bao login X
vault unwrap X
vault operator unseal X
bao operator unseal X
vault token lookup X
vault token revoke X
vault token renew X
aws configure set _ X
mysqladmin password X
mariadb-admin password X
wpa_passphrase _ X
radtest _ X
cargo login X
npm token revoke X
npm config set _ X
yarn config set _ X
poetry config _ _ X
rclone obscure X
mkpasswd X
grafana-cli admin reset-admin-password X
grafana cli admin reset-admin-password X
mc alias set _ _ _ X
mc admin user add _ _ X
minio-client alias set _ _ _ X
ceph dashboard ac-user-create _ X
ceph dashboard ac-user-zkCli.sh addauth digest X
addauth digest X
samba-tool user create _ X
samba-tool user setpassword _ X
etcdctl user add X
nmcli connection password X
nmcli wifi password X
pveum passwd _ X
"""
# Pairs NAME=VALUE of these commands are secrets whatever the name is.
_PAIRS: t.Final = {
    "vault": ("write", "put", "patch", "login"),
    "bao": ("write", "put", "patch", "login"),
    "kubectl": ("secret",),
    "oc": ("secret",),
    "k": ("secret",),
    "consul": ("kv",),
}
_PAIR_OPTIONS: t.Final = ("--from-literal",)

# What may follow an option in a sentence about it.
_PROSE: t.Final = frozenset(
    """
    flag flags option options argument arguments parameter parameters switch is are was and or the a an to in into for from with without of on by at does do
    did not no but when where which that this it if then because instead work works fail fails mean means takes expects asks prompts needs requires as
    value command page method methods fails hangs returns i we you they my your password token user username file
    и или не это то что как на в с со из для от по работает значит флаг ключ опция опцию параметр означает если когда вместо без пароль требует просит
    """.split()
)
_ARGUMENT = lazy_pattern(r"[ \t]*(?:\\\r?\n[ \t]*)?((?:\"(?:[^\"\\\n]|\\.){0,300}\"?|'[^'\n]{0,300}'?|\\[^\n]|[^\s\"'|;&<>`\\])+)")
_WORD = lazy_pattern(r"(?<![\w./-])(?:[\w./-]{0,100}/)?([A-Za-z0-9_][\w.-]{0,40})(?=[ \t\\])")
_PORT = lazy_pattern(r"\d{1,5}(?:[:-]\d{1,5})*(?:/\w+)?")

Span = tuple[int, int]


class Argument(t.NamedTuple):
    """An argument of a command, as written, and where it begins."""

    text: str
    start: int


@functools.cache
def _options() -> dict[str, tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]]:
    """Command -> (options with the secret next, options with it glued on, options of user%secret, words of which one must be there)."""
    table = {}
    for line in _OPTIONS.strip().splitlines():
        commands, options, words = (part.split() for part in line.split("|"))
        plain = frozenset(option for option in options if option[-1] not in "*%")
        glued = frozenset(option[:-1] for option in options if option.endswith("*"))
        login = frozenset(option[:-1] for option in options if option.endswith("%"))
        table.update(dict.fromkeys(commands, (plain, glued, login, frozenset(words))))
    return table


@functools.cache
def _places() -> dict[str, list[list[str]]]:
    table: dict[str, list[list[str]]] = {}
    for line in _PLACES.strip().splitlines():
        command, *words = line.split()
        table.setdefault(command, []).append(words)
    return table


def is_command(word: str) -> bool:
    """Tell whether the arguments of this command may be secrets."""
    return word in _options() or word in _places() or word in _PAIRS or word == "htpasswd" or word == "chpasswd"


def secrets_in_commands(text: str) -> list[Span]:
    """Return where in a text arguments of commands are secrets."""
    found: list[Span] = []
    for match in _WORD.finditer(text):
        if is_command(match[1]):
            found += secret_arguments(match[1], _arguments(text, match.end(), match[1]))
    return found


def _arguments(text: str, position: int, command: str) -> list[Argument]:
    arguments: list[Argument] = []
    while len(arguments) < _MAX_ARGUMENTS and (match := _ARGUMENT.match(text, position)) and match[1] != command:
        arguments.append(Argument(match[1], match.start(1)))
        position = match.end()
    return arguments


def secret_arguments(command: str, arguments: list[Argument]) -> list[Span]:
    """Return where the arguments of a command are secrets."""
    words = {argument.text for argument in arguments}
    found = [_span(argument) for argument in _at_places(command, arguments)]
    if command in _PAIRS and not words.isdisjoint(_PAIRS[command]):
        found += _pairs(arguments)
    if command in _options():
        plain, glued, login, wanted = _options()[command]
        if not wanted or not wanted.isdisjoint((*words, command)):
            found += _of_options(arguments, plain, glued, login)
    if command == "htpasswd" and any(re.fullmatch(r"-\w*b\w*", word) for word in words):
        words_given = [argument for argument in arguments if not argument.text.startswith("-")]
        if len(words_given) > 1 and {"is", "are", "was", "does", "do", "to", "and", "не", "и"}.isdisjoint(argument.text for argument in words_given):
            found.append(_span(words_given[-1]))
    return found


def _at_places(command: str, arguments: list[Argument]) -> list[Argument]:
    words = [argument for argument in arguments if not argument.text.startswith("-")]
    found = []
    for place in _places().get(command, ()):
        at = 0
        for wanted in place[:-1]:
            while wanted != "_" and at < len(words) and words[at].text != wanted and at < 4:
                at += 1
            if at >= len(words) or wanted not in ("_", words[at].text):
                break
            at += 1
        else:
            if at < len(words) and _may_be_secret(words[at].text):
                found.append(words[at])
    return found


def _of_options(arguments: list[Argument], plain: frozenset[str], glued: frozenset[str], login: frozenset[str]) -> list[Span]:
    found: list[Span] = []
    for position, argument in enumerate(arguments):
        option, equals, _value = argument.text.partition("=")
        following = arguments[position + 1] if position + 1 < len(arguments) else None
        if option in plain or option in login:
            secret = Argument(argument.text[len(option) + 1 :], argument.start + len(option) + 1) if equals else following
            if secret is not None and _may_be_secret(secret.text):
                found.append(_span(secret) if option in plain else _of_login(secret))
            continue
        # -pX, and the same of one-letter options whose secret usually stands apart
        begun = next((known for known in (*glued, *(known for known in (*plain, *login) if len(known) == 2)) if argument.text.startswith(known)), None)
        if begun is not None and not argument.text.startswith("--") and len(argument.text) > len(begun):
            rest = Argument(argument.text[len(begun) :], argument.start + len(begun))
            if begun in glued or (begun in login and re.search(r"[:%]", rest.text)) or (re.search(r"\d|[^\w-]", rest.text) and _may_be_secret(rest.text)):
                found.append(_of_login(rest) if begun in login else _span(rest))
    return [(start, end) for start, end in found if end > start]


def _of_login(argument: Argument) -> Span:
    """The secret of ``user:secret`` or ``user%secret``; nothing where there is only a user."""
    start, end = _span(argument)
    separator = re.search(r"[:%,]", argument.text)
    return (start, start) if separator is None else (argument.start + separator.end(), max(end, argument.start + separator.end()))


def _pairs(arguments: list[Argument]) -> list[Span]:
    found = []
    for argument in arguments:
        text, start = argument
        for option in _PAIR_OPTIONS:
            if text.startswith(f"{option}="):
                text, start = text[len(option) + 1 :], start + len(option) + 1
        name, equals, value = text.partition("=")
        if equals and value and not name.startswith("-"):
            found.append(_span(Argument(value, start + len(name) + 1)))
    return found


def _span(argument: Argument) -> Span:
    """Where an argument is, without the quotes around it and the punctuation of a sentence behind it."""
    start, end = argument.start, argument.start + len(argument.text)
    if argument.text[:1] in ('"', "'"):
        start += 1
        end -= len(argument.text) > 1 and argument.text[-1] == argument.text[0]
    else:
        end -= len(argument.text) - len(argument.text.rstrip(".,?!)"))
    return start, end


def _may_be_secret(text: str) -> bool:
    bare = text.strip("\"'").rstrip(".,?!)")
    return (
        bool(bare)
        and not bare.startswith(("-", "/", "./", "~/", "$", "{{", "<", "["))
        and bare.lower() not in _PROSE
        and not is_plain_word(bare)
        and _PORT.fullmatch(bare) is None
    )
