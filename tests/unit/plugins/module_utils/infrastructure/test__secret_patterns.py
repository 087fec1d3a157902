# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are found by name, notation, command and sentence; ordinary text stays as it is; the cost is in proportion to the text."""

from __future__ import annotations

import itertools
import pathlib
import re
import time
from collections.abc import Iterable

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._secret_names import is_secret_name
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._secret_patterns import redact_text

# A random one, one that people make, one with signs, one with Russian letters.
SECRETS = ("Zq7kT2vXm9", "Sommer2024", "w!nter#Sn0w", "Кот7Мурз")
KINDS = "password passwd pwd pw pass passcode passphrase secret token".split()
OWNERS = "root db bind ldap smtp backup grafana zabbix replication admin my".split()
KEYS = "api master signing encryption access private deploy unseal license wrap".split()
RUSSIAN = "пароль пароля паролем пароли токен токена ключ_доступа ключ_шифрования секрет секретный_ключ код_доступа parol sekret klyuch_api пинкод".split()
OTHERS = (
    "recovery_codes snmp_priv snmp_community pin_code otp_seed seed_phrase security_answer connection_string erlang_cookie password_salt hmac_key psk".split()
)

CARRIERS = (
    "{name}: {secret}",
    "{name}={secret}",
    "  {name} = {secret}  # changed",
    '{{"host": "db-01", "{name}": "{secret}", "port": 5432}}',
    "{{'{name}': '{secret}'}}",
    "export {name}={secret}",
    "docker run -e {name}={secret} -p 80:80 nginx",
    "- name: {name}\n  value: {secret}",
    "<property><name>{name}</name><value>{secret}</value></property>",
    "<{name}>{secret}</{name}>",
    "host,{name},port\ndb-01,{secret},5432",
    "| host | {name} |\n|---|---|\n| db-01 | {secret} |",
    "{name}:\n  - {secret}\n  - other",
    "{name}: [{secret}, {secret}x]",
    "cmd --{name} {secret} --verbose",
    "cmd --{name}={secret} start",
    'os.environ["{name}"] = "{secret}"',
    "java -D{name}={secret} -jar app.jar",
    "helm install x --set auth.{name}={secret}",
    "ansible-playbook site.yml -e {name}={secret}",
    "ERROR connect failed ({name}={secret}) after 3 tries",
    "https://db-01/login?user=app&{name}={secret}&next=1",
)


def written(words: tuple[str, str]) -> tuple[str, ...]:
    """A name of two words in each of the usual manners."""
    a, b = words
    return f"{a}_{b}", f"{a}-{b}", f"{a}{b}", f"{a}{b.capitalize()}", f"{a.capitalize()}{b.capitalize()}", f"{a}_{b}".upper(), f"{a}{b}".upper(), f"{a}.{b}"


NAMES = sorted(
    {name for pair in itertools.chain(itertools.product(OWNERS, KINDS), itertools.product(KEYS, ["key"])) for name in written(pair)}
    | {*RUSSIAN, *OTHERS, *KINDS}
)


def test_names_of_secrets_however_they_are_written() -> None:
    assert [name for name in NAMES if not is_secret_name(name)] == []


def leaks(texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The texts in which their secret can still be read, and what was made of them."""
    return [(text, shown) for text, secret in texts if secret in (shown := redact_text(text)) or secret[3:] in shown]


def test_secrets_in_every_notation() -> None:
    # Each name in three of the notations, each notation with every third of a hundred names.
    chosen = [(name, CARRIERS[(number * 3 + step) % len(CARRIERS)]) for number, name in enumerate(NAMES) for step in range(3)]
    named = [(name, carrier) for name, carrier in chosen if name.isascii() or "<" not in carrier]
    assert leaks((carrier.format(name=name, secret=SECRETS[0]), SECRETS[0]) for name, carrier in named) == []


COMMANDS = """
redis-cli -h cache-01 -a {s} ping
redis-cli -a{s} info
valkey-cli --pass {s} -n 2 dbsize
docker exec -it cache redis-cli -a {s} monitor
docker login -u ci -p {s} registry.example.com
podman login --username ci --password {s} quay.example.com
helm registry login -u ci -p {s} oci.example.com
skopeo copy --src-creds ci:{s} docker://a docker://b
ldapsearch -x -H ldap://ldap-01 -D cn=admin,dc=example -w {s} -b dc=example
ldappasswd -H ldap://ldap-01 -D cn=admin -s {s} uid=bob
snmpwalk -v2c -c {s} 10.0.0.1 system
snmpget -v3 -l authPriv -u ops -a SHA -A {s} -x AES -X otherthing 10.0.0.1
snmpget -v3 -l authPriv -u ops -a SHA -A otherthing1 -x AES -X {s} 10.0.0.1
mysql -u root -p{s} -e "show slave status"
mysqldump -uroot -p'{s}' --all-databases
mysqladmin -u root password {s}
mariadb -u root -p"{s}" app
curl -s -u elastic:{s} https://os-01:9200/_cat/health
curl --user 'admin:{s}' http://grafana:3000/api
curl -H 'X-Vault-Token: {s}' http://vault:8200/v1/sys/health
curl -H "Authorization: Token {s}" http://netbox/api/
curl -H "PRIVATE-TOKEN: {s}" https://gitlab.example.com/api/v4/projects
curl -H 'Cookie: session={s}' http://web-01/
wget --http-user=bob --http-password={s} https://files.example.com/a.tgz
http -a admin:{s} GET :3000/api/health
sshpass -p {s} ssh admin@web-01
sshpass -p'{s}' scp a admin@web-01:/tmp/
psql postgres://app:{s}@db-01:5432/orders
psql "host=db-01 user=app password={s} dbname=orders"
PGPASSWORD={s} psql -h db-01 -U app
PGPASSWORD='{s}' pg_dump -h db-01 orders
openssl enc -aes-256-cbc -pass pass:{s} -in a -out b
openssl rsa -in a.key -passin pass:{s} -out b.key
openssl pkcs12 -export -passout pass:{s} -in a.pem
htpasswd -b /etc/nginx/users bob {s}
htpasswd -nb bob {s}
ipmitool -I lanplus -H bmc-01 -U admin -P {s} chassis power status
smbclient //fs-01/share -U bob%{s}
mount -t cifs //fs-01/share /mnt -o username=bob,password={s},vers=3.0
mongosh --host mongo-01 -u admin -p {s} --authenticationDatabase admin
mongodump --uri mongodb://backup:{s}@mongo-01/admin
rabbitmqctl add_user orders {s}
rabbitmqctl -n rabbit@mq-01 change_password orders {s}
vault login {s}
vault operator unseal {s}
vault kv put secret/kafka/broker keystore={s}
vault write auth/userpass/users/bob password={s}
VAULT_TOKEN={s} vault status
kubectl create secret generic db --from-literal=value={s}
kubectl -n apps create secret generic db --from-literal user=app --from-literal=pw={s}
kubectl create secret docker-registry reg --docker-username=ci --docker-password={s}
kubectl config set-credentials ops --token={s}
oc login https://api.example.com -u ops -p {s}
aws configure set aws_secret_access_key {s}
AWS_SECRET_ACCESS_KEY={s} aws s3 ls
net user bob {s} /add
echo "root:{s}" | chpasswd
echo {s} | passwd --stdin root
printf '%s' {s} | docker login -u ci --password-stdin
chpasswd <<< "bob:{s}"
ansible-playbook site.yml --extra-vars "ansible_become_pass={s}"
ansible all -m ping -e '{{"ansible_password": "{s}"}}'
ansible web -m user -a "name=bob password={s}"
kinit --password={s} bob@EXAMPLE.COM
echo {s} | kinit bob
etcdctl --user root:{s} endpoint status
cqlsh cass-01 -u cassandra -p {s}
nodetool -u ops -pw {s} status
sqlcmd -S mssql-01 -U sa -P {s} -Q "select 1"
sqlplus scott/{s}@orcl
expdp system/{s}@orcl full=y
mosquitto_pub -h mq-01 -u dev -P {s} -t a -m b
7z x -p{s} backup.7z
unzip -P {s} backup.zip
keytool -list -keystore a.jks -storepass {s}
xfreerdp /v:win-01 /u:admin /p:{s}
nmcli dev wifi connect office password {s}
wpa_passphrase office {s}
gpg --batch --passphrase {s} -d a.gpg
restic -r /backup --password-command "echo {s}" snapshots
RESTIC_PASSWORD={s} restic snapshots
mc alias set s3 https://s3.example.com minio {s}
CREATE USER 'app'@'%' IDENTIFIED BY '{s}';
ALTER USER app IDENTIFIED WITH mysql_native_password BY '{s}';
CREATE USER app IDENTIFIED BY {s};
CREATE ROLE app LOGIN PASSWORD '{s}';
ALTER USER app WITH ENCRYPTED PASSWORD '{s}';
SET PASSWORD FOR 'app'@'%' = PASSWORD('{s}');
CREATE LOGIN app WITH PASSWORD = N'{s}';
db.createUser({{user: "app", pwd: "{s}", roles: []}})
CONFIG SET requirepass {s}
ACL SETUSER app on >{s} ~* +@all
requirepass {s}
masterauth "{s}"
AUTH default {s}
snmp-server community {s} RO
enable secret 0 {s}
username admin privilege 15 secret 5 {s}
neighbor 10.0.0.2 password {s}
tacacs-server key 7 {s}
rocommunity {s} 10.0.0.0/8
createUser ops SHA {s} AES otherthing
machine files.example.com login bob password {s}
db-01:5432:orders:app:{s}
stats auth admin:{s}
auth_pass {s}
jdbc:postgresql://db-01/orders?user=app&password={s}
jdbc:sqlserver://mssql-01;databaseName=a;user=sa;password={s};encrypt=true
Server=mssql-01;Database=a;User Id=sa;Password={s};
redis://:{s}@cache-01:6379/0
amqp://app:{s}@mq-01:5672/%2f
cache-01:6379,password={s},ssl=True
DefaultEndpointsProtocol=https;AccountName=a;AccountKey={s};EndpointSuffix=core.windows.net
https://hooks.slack.com/services/T000/B000/{s}
https://mattermost.example.com/hooks/{s}
https://discord.com/api/webhooks/123456/{s}
https://api.telegram.org/bot123456:{s}/getMe
https://oapi.dingtalk.com/robot/send?access_token={s}
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="a" password="{s}";
<server><username>ci</username><password>{s}</password></server>
<add key="DbPassword" value="{s}" />
Authorization: Basic {s}QWxhZGRpbjpvcGVu
""".strip().splitlines()
SENTENCES = """
password for admin: {s}
The password for admin on db-01 is {s}, why is it refused?
Our root password is {s} and login fails
my password {s} does not work
grafana admin password = {s}
the admin password: {s}
I changed the password to {s} but the exporter still fails
I set the token to {s}
secret key is {s}
our secret key for minio is {s}, which region is used?
api key: {s}
API key for grafana - {s}
the key is {s}
token: {s}
use {s} as the password
{s} is the root password
credentials: admin / {s}
creds for kafka-ui: admin {s}
login admin, password {s}
login: admin password: {s}
username admin password {s} gives 401
the passphrase of the key is "{s}"
my recovery codes are {s}, {s}x and {s}y
recovery code {s}
The community string is {s}
with password '{s}' it works
password:⏎{s}
Password of postgres was {s}.
DB_PASSWORD is {s}
Can I log in with the password {s} on kafka-01?
пароль от postgres: {s}
пароль для admin: {s}
пароль admin {s}
пароль {s} не подходит
Пароль: {s}
пароль от базы на db-01 - {s}, почему не пускает?
пароль пользователя app — {s}
поменял пароль на {s}, но экспортер не работает
пароль такой: {s}
токен такой {s}
токен {s} истёк?
токен для бота: {s}
вот пароль: {s}
наш пароль это {s}
секретный ключ {s}
ключ доступа: {s}
ключ api такой: {s}
ключ: {s}
логин admin пароль {s}
логин/пароль: admin/{s}
логин: admin, пароль: {s}
креды: admin {s}
учётка admin / {s}
код доступа {s}
резервные коды: {s}, {s}x
кодовое слово: {s}
пин-код {s}
с паролем {s} не пускает на kafka-01
паролем был «{s}»
parol ot bazy: {s}
parol admin {s}
""".strip().splitlines()


@pytest.mark.parametrize("secret", [*SECRETS[:3], "hunter2", "x8Kp-22qLm", "P@ssw0rd!"])
def test_secrets_in_commands_and_configuration(secret: str) -> None:
    texts = [command.format(s=secret) for command in COMMANDS]
    assert leaks((frame.format(text), secret) for text in texts for frame in ("{}", "Why does this fail: {}", "# {}\nThanks")) == []


@pytest.mark.parametrize("secret", [*SECRETS, "hunter2", "x8Kp-22qLm", "P@ssw0rd!"])
def test_secrets_that_a_sentence_tells(secret: str) -> None:
    assert leaks((sentence.replace("⏎", "\n").format(s=secret), secret) for sentence in SENTENCES) == []


def test_lists_are_redacted_whole() -> None:
    for text in (
        "passwords: {0}, {1}",
        "tokens: [{0}, {1}]",
        'tokens = ["{0}", "{1}"]',
        "recovery codes are {0}, {1}",
        "пароли {0} и {1}",
        "secrets:\n  a: {0}\n  b: {1}",
    ):
        assert not {"Zq7kT2vXm9", "Yp3mN8wQr5"} & set(re.findall(r"\w+", redact_text(text.format("Zq7kT2vXm9", "Yp3mN8wQr5")))), text


def test_ordinary_text_stays_as_it_is() -> None:
    lines = (pathlib.Path(__file__).parent / "ordinary_text.txt").read_text(encoding="utf-8").replace("\\n", "\n").splitlines()
    assert len(lines) > 300
    assert [(line, shown) for line in lines if (shown := redact_text(line)) != line] == []


def test_what_is_redacted_stays_so() -> None:
    texts = [command.format(s=SECRETS[0]) for command in (*COMMANDS, *SENTENCES)]
    assert [text for text in texts if redact_text(redact_text(text)) != redact_text(text)] == []


REPEATED = (
    "login:",
    "login: a ",
    "1.",
    "a",
    "a:",
    "[",
    "@",
    ",",
    "/",
    "-",
    "ж",
    "password ",
    "password: ",
    "пароль от ",
    "key=",
    '"',
    "'",
    "<pw ",
    "<pw>",
    "x://",
    "https://a/hooks/",
    "curl ",
    "mysql -u ",
    "1a:",
    "eyJ",
    "token is ",
    "echo a ",
    "secrets:\n",
    "  - ",
    "a|b\n",
    "(",
    "$",
    "%",
    "?sig=",
    "CREATE USER ",
    "-U a",
    "secret: >\n ",
    "auth_pass ",
    "user/a1",
    "«",
)


@pytest.mark.parametrize("part", REPEATED)
def test_the_cost_is_in_proportion_to_the_length(part: str) -> None:
    def cost(size: int) -> float:
        text = part * (size // len(part))
        started = time.process_time()
        redact_text(text)
        return time.process_time() - started

    redact_text(part)
    # Four times the text takes four times the time, were it quadratic it would be sixteen; what is small is only noise.
    assert cost(20_000) < 10 * cost(5_000) + 0.05
