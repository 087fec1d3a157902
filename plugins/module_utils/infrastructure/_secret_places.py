# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places that configuration languages, shells and databases have for a secret, whatever its name is there.

Of each place: what the lower-case text must hold for a look (so that few of the patterns are compiled), and a pattern with what is kept, then the secret.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

CERTAIN: t.Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    # SNMP, HAProxy, routers: community X, stats auth user:X, secret 5 X
    (
        (
            "community",
            "snmp-server",
            "stats",
            "com2sec",
        ),
        (
            r"(?i)(\bsnmp-server\s{1,5}(?:community|host\s{1,5}\S{1,100}(?:\s{1,5}version\s{1,5}\S{1,20})?(?:\s{1,5}(?:auth|noauth"
            r"|priv))?)\s{1,5}(?!strings?\b)|\br[ow]community6?\s{1,5}|\bstats\s{1,5}auth\s{1,5}[^\s:]{1,100}:"
            r"|\bcom2sec6?\s{1,5}(?:\S{1,60}\s{1,5}){2})(\S{1,300})"
        ),
    ),
    (
        (
            "createuser",
            "usmuser",
        ),
        (
            r"(?i)(\b(?:createUser|usmUser)\s{1,5}(?:-\w\s{1,5}\S{1,60}\s{1,5})?\S{1,60}\s{1,5}(?:MD5"
            r"|SHA\S{0,4})\s{1,5}\"?)([^\s\"]{1,200})"
        ),
    ),
    (
        (
            "aes",
            "des ",
        ),
        r"(?i)(\b(?:AES|DES)\S{0,5}\s{1,5}\"?)(?=[^\s\"]{8,}\"?\s*$)(?=[^\s\"]{0,60}\d)([^\s\"]{8,200})",
    ),
    (
        (
            "secret ",
            "password ",
            "md5 ",
            "key ",
            "key-string",
            "ascii-text",
            "hexadecimal",
        ),
        (
            r"(?i)(\b(?:secret|password|md5|key|key-string|authentication-key|encrypted-password|pre-shared-key|ascii-text"
            r"|hexadecimal)\s{1,5}(?:(?:[056789]|1\d)\s{1,5}|ascii-text\s{1,5})\"?)([^\s\";]{3,300})(?=[\s\";]|$)"
        ),
    ),
    (
        (
            "neighbor",
            "username",
            "enable",
            "ppp ",
            "ospf",
            "isakmp",
            "tacacs",
            "radius",
            "set ",
            "wpa-psk",
            "ntp ",
            "standby",
            "vrrp",
        ),
        (
            r"(?im)(^[ \t]{0,40}(?:neighbor\s{1,3}\S{1,60}|username\s{1,3}\S{1,60}(?:\s{1,3}privilege\s{1,3}\d{1,2})?|enable"
            r"|ppp\s{1,3}\S{1,20}|ip\s{1,3}ospf|crypto\s{1,3}isakmp|tacacs-server(?:\s{1,3}host\s{1,3}\S{1,60})?"
            r"|radius-server(?:\s{1,3}host\s{1,3}\S{1,60})?|set\s{1,3}[^\n]{1,120}?|wpa-psk|ntp\s{1,3}\S{1,30}\s{1,3}\d{1,6}"
            r"|standby\s{1,3}\d{1,4}|vrrp\s{1,3}\d{1,4})\s{1,3}(?:password|secret|key|authentication-key|authentication|pre-shared-key|md5"
            r"|ascii)\s{1,3}(?:\d{1,2}\s{1,3})?\"?)([^\s\";]{3,300})"
        ),
    ),
    (
        (
            "machine",
            "default",
        ),
        r"(?im)(^\s{0,40}(?:machine|default)\b[^\n]{0,200}?\bpassword\s{1,10})(\S{1,300})",
    ),
    ((":",), r"(?im)((?:^|(?<=\s))[^\s:#=]{1,100}:(?:\d{3,5}|\*):[^\s:]{1,60}:(?=[^\s:]{0,60}[a-z])[^\s:]{1,60}:)([^\s:][^\n]{0,200})$"),
    # Redis: requirepass X, AUTH user X
    (
        (
            "requirepass",
            "masterauth",
            "file-pass",
            "auth-pass",
        ),
        (
            r"(?i)(\b(?:requirepass|masterauth|tls-key-file-pass|sentinel\s{1,3}auth-pass\s{1,3}\S{1,60})\s{1,5}\"?)(?!is\b|was\b|and\b"
            r"|or\b|in\b|option\b|setting\b|directive\b|[(?])([^\s\"=:]{1,300})"
        ),
    ),
    (("auth",), r"(?m)((?:^|[>:#]\s|\bACL SETUSER[^\n>]{1,200})[ \t]{0,3}AUTH[ \t]{1,3}(?:[\w.-]{1,40}[ \t]{1,3})?)([^\s]{4,300})[ \t]*$"),
    (("setuser",), r"(?i)(\bacl\s{1,3}setuser\b[^\n>]{0,200}\s>)(\S{1,300})"),
    # SQL and shells of databases
    (
        ("identified",),
        (
            r"(?i)(\bidentified\s{1,5}(?:with\s{1,5}\w{1,60}\s{1,5})?(?:by"
            r"|as)\s{1,5}(?:password\s{1,5})?(?:values\s{1,5})?[\"']{1,2})([^\"'\n]{1,300})"
        ),
    ),
    (("identified",), r"(\bIDENTIFIED\s{1,5}(?:WITH\s{1,5}\w{1,60}\s{1,5})?BY\s{1,5}(?:PASSWORD\s{1,5})?(?:VALUES\s{1,5})?)([^\s;\"']{1,300})"),
    (("identified",), r"(?i)(\b(?:create|alter|grant)\s[^\n;]{0,160}\bidentified\s{1,5}(?:with\s{1,5}\w{1,60}\s{1,5})?by\s{1,5})([^\s;\"']{1,300})"),
    (
        (
            "create",
            "alter",
        ),
        (
            r"(?i)(\b(?:create|alter)\s{1,5}(?:user|role|login|group)\b[^\n;]{0,120}?\bpassword\s{1,5}\"?)(?!null|expire|never"
            r"|=)([^\s;\"',]{1,300})"
        ),
    ),
    (
        (
            "password",
            "encrypt",
            "crypt",
            "authenticate",
            "createuser",
            "db.auth",
            "adduser",
        ),
        (
            r"(?i)(\b(?:password|old_password|pgp_sym_encrypt|aes_encrypt|crypt|authenticate|createUser|db\.auth"
            r"|addUser)\s?\([^()\n]{0,200}?[\"'])([^\"'\n]{1,300})(?=[\"']\s{0,3}\))"
        ),
    ),
    (("password",), r"(?i)(\bpassword\s{1,3}for\s{1,3}\S{1,60}\s{0,3}=\s{0,3}[\"'])([^\"'\n]{1,300})"),
    (
        (
            "requirepass",
            "masterauth",
        ),
        r"(?i)(\bconfig\s{1,3}set\s{1,3}(?:requirepass|masterauth)\s{1,3}\"?)([^\s\"]{1,300})",
    ),
    # credentials of a user on the command line or in a dialogue
    (
        (
            "echo",
            "printf",
        ),
        (
            r"(?im)(\b(?:echo|printf)\s{1,3}(?:-\w{1,3}\s{1,3}|[\"']?%s(?:\\n)?[\"']?\s{1,3}){0,2})([^|\n]{1,200}?)(?=\s{0,3}\|"
            r"\s{0,3}(?:sudo\s{1,3})?\S{0,40}(?:passw|login|kinit|cryptsetup|sudo\s{1,3}-S|openssl|htpasswd|base64|gpg|keyctl|secret-tool"
            r"|vault|kubeseal|md5sum|sha\d+sum|smbpasswd|docker|gh\s|podman|helm))"
        ),
    ),
    (
        ("<<<",),
        (
            r"(?i)(\b(?:chpasswd|passwd\s[^\n<]{0,60}|cryptsetup\s[^\n<]{0,100}|kinit\s[^\n<]{0,100}|sudo\s{1,3}-S[^\n<]{0,100}"
            r"|su\s[^\n<]{0,60})\s{0,3}<<<\s{0,3}[\"']?)([^\"'\n]{1,300})"
        ),
    ),
    (
        ("/ ",),
        (
            r"(?i)(\b(?:login|user(?:name)?|логин|уч[её]тка|креды|creds|credentials)\s{0,3}[:=]?\s{0,3}[^\s/]{1,100}\s{1,3}/\s{1,3})"
            r"(\S{4,300})"
        ),
    ),
    (("net ",), r"(?i)(\bnet\s{1,3}user\s{1,3}[\w.$-]{1,60}\s{1,3})(?![/*])(\S{1,200})(?=\s{1,3}/|\s*$)"),
    (("net ",), r"(?i)(\bnet\s{1,3}use\s{1,3}(?:\w:\s{1,3})?\\\\\S{1,200}\s{1,3})(?![/*])(\S{1,200})"),
    (("<<<",), r"(?i)(\s--?[\w-]{0,30}(?:token|pass|stdin|secret|key)[\w-]{0,20}\s{1,3}<<<\s{0,3}[\"']?)([^\"'\n]{1,300})"),
    ((">",), r"(?im)(^[ \t]{0,20}user\s{1,3}\S{1,60}\s[^\n>]{0,100}>)(\S{1,300})"),
    (("auth ",), r"(?i)(\bauth\s{1,3}(?:md5|sha\S{0,4})\s{1,3})(\S{4,200})"),
    (("priv ",), r"(?i)(\bpriv\s{1,3}(?:aes|3?des)(?:[\s-]{1,3}\d{3})?\s{1,3})(\S{4,200})"),
    (("/p",), r"(?i)((?<!\S)/(?:p|pass|password|pwd|pw):)(\S{1,300})"),
    (("pass",), r"(?i)(\b(?:keypass|storepass|pass|passin|passout)\s{1,3}(?:pass|env):)(\S{1,300})"),
    (("-p",), r"(\A\s{0,9}-p\s{1,5})(?!\d{1,5}(?::\d+)*\b|[/~.-])(\S{1,300})"),
    (
        (
            "root:",
            "admin:",
            "administrator:",
        ),
        r"(\A(?:root|admin|administrator):)(?=\S{0,300}\d)(?=\S{0,300}[a-z])([^\s:/]{6,300})(?=\s*\Z)",
    ),
    (
        (
            "nsupdate",
            "dig ",
            "rndc",
        ),
        r"(?i)(\b(?:nsupdate|dig|rndc)\b[^\n]{0,100}\s-y\s{1,3}(?:hmac-\w{1,10}:)?[\w.-]{1,60}:)(\S{1,300})",
    ),
    # Oracle: scott/tiger@orcl; without a word of Oracle's only where it is no Kerberos principal, snapshot or package
    (
        ("@",),
        (
            r"(?i)((?:thin:@?|oci8?:@?|\b(?:sqlplus|rman|expdp|impdp|sqlldr"
            r"|connect)\s[^\n/]{0,40}?)\b\w{1,60}/)(?![/@])([^\s\"'/]{1,300})(?=@)"
        ),
    ),
    (("@",), r"((?<![\w@./:-])[A-Za-z]\w{0,60}/)((?=[^\s@]{0,100}\d)(?=[^\s@]{0,100}[a-z])[^\s/@:.,_\"'-]{6,100})(?=@(?!sha\d|v?\d))"),
    # signed addresses, SAS of Azure
    (("sig",), r"(?i)([?&;](?:[\w.-]{0,60}[_-])?(?:sig|signature)=)([^&\s\"'<>]{1,2000})"),
    (
        (
            "accountkey=",
            "sharedaccess",
            "sharedsecret",
        ),
        r"(?i)(\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecretValue)=)([^;\s\"']{1,2000})",
    ),
)

# As likely something else: only where the word is no ordinary one.
LIKELY: t.Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (
        (
            " -u",
            " --user",
        ),
        r"(?i)(\s(?:-u|-U|--user(?:name)?)[\s=]\S{1,60}\s(?:[^\n|;&]{0,80}\s)?-[pPwa]\s{1,3}[\"']?)([^\s\"'/-][^\s\"']{3,200})",
    ),
    (
        (
            "root",
            "admin",
            "sa:",
            "sa/",
            "postgres",
            "elastic",
            "админ",
        ),
        r"(?i)((?<![\w./@-])(?:root|admin|administrator|sa|postgres|elastic|админ\w{0,4})[:/])([^\s:/]{6,200})",
    ),
    (
        (
            "уч",
            "кред",
            "cred",
            "login",
            "логин",
            "доступ",
            "account",
        ),
        (
            r"(?i)(\b(?:уч[её]тк\w{1,3}|кред\w{1,3}|creds|credentials|login|логин\w{0,3}|доступ\w{0,3}"
            r"|account)\s{0,3}[:=]?\s{1,3}[\w.@-]{1,60}(?:\s{0,3}[/:]\s{0,3}|,?\s{1,3}))([^\s:/]{6,200})"
        ),
    ),
)
