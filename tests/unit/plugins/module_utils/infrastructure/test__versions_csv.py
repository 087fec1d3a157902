# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions CSV in all its forms, and its index on disk."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure import _versions_csv
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._installed import Installed
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_csv import Versions, open_versions
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_reader import read_versions

HEADER = "server,product,version,os_version\n"
ROW = Installed("kafka", "3.4.0", "Debian 12")


def opened(tmp_path: Path, content: str | bytes, encoding: str | None = None) -> Versions:
    file = tmp_path / "versions.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_versions(file, encoding=encoding)


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "k1,kafka,3.4.0,Debian 12\n",
        "\ufeff" + HEADER + "k1,kafka,3.4.0,Debian 12\n",
        "server;product;version;os_version\nk1;kafka;3.4.0;Debian 12\n",
        "sep=;\nserver;product;version;os_version\nk1;kafka;3.4.0;Debian 12\n",
        "server\tproduct\tversion\tos_version\r\nk1\tkafka\t3.4.0\tDebian 12\r\n",
        '"server","product","version","os_version"\n"k1","kafka","3.4.0","Debian 12"\n',
        "os_version,owner,VERSION,Product, Server \nDebian 12,team a,3.4.0, Apache Kafka , k1 \n",
        "hostname,software,ver,OS Version\nk1,kafka,3.4.0,Debian 12\n",
        "host,package,ver,os\nk1,kafka-server,3.4.0,Debian 12\n",
        "\n\n" + HEADER + "\nk1,kafka,3.4.0,Debian 12\n\nk1,kafka,3.4.0,Debian 12\n",
        HEADER + "K1.,KAFKA,3.4.0,Debian 12,,\n",
        'server,notes,product,version,os_version\nk1,"two\nlines",kafka,3.4.0,Debian 12\n',
        HEADER.replace("\n", "\r") + "k1,kafka,3.4.0,Debian 12\r",
    ],
)
def test_messy_forms_are_read_without_complaint(tmp_path: Path, content: str) -> None:
    versions = opened(tmp_path, content)
    assert versions.for_servers(["k1"]) == {"k1": [ROW]}
    assert versions.warnings == []


def test_other_encodings_by_option(tmp_path: Path) -> None:
    for encoding in ("cp1251", "utf-16"):
        versions = opened(tmp_path, (HEADER + "k1,kafka,3.4.0,Альт 10\n").encode(encoding), encoding)
        assert versions.for_servers(["k1"])["k1"][0].os_version == "Альт 10"


def test_unusable_rows_are_skipped_with_file_and_line(tmp_path: Path) -> None:
    lines = [
        "k1,kafka,3.4.0,Debian 12",
        ",kafka,3.4.0,x",
        "k2,,3.4.0,x",
        "k3,kafka,,x",
        "k4,kafka",
        'k5,kafka,"3.4.0,x',
        "k6,kafka,a\0b,x",
        "k7,kafka,n/a,x",
        "k8,kafka,3.4.1,x",
    ]
    versions = opened(tmp_path, HEADER + "\n".join(lines))
    assert versions.summary() == {"kafka": {"3.4.0": 1, "3.4.1": 1}}
    assert [warning.partition("versions.csv line ")[2] for warning in versions.warnings] == [
        "3: no server, the row is skipped.",
        "4: no product, the row is skipped.",
        "5: no version, the row is skipped.",
        "6: 2 fields instead of 4, the row is skipped.",
        "7: 3 fields instead of 4, the row is skipped.",
        "8: a NUL byte, the row is skipped.",
        "9: no version, the row is skipped.",
    ]


def said(versions: Versions) -> list[str]:
    return [warning.partition("versions.csv line ")[2] for warning in versions.warnings]


@pytest.mark.parametrize("cell", ["latest", "TBD", "#REF!", "см. примечание 2", "see note 5", "########"])
def test_a_cell_that_names_no_version_leaves_the_product_known(tmp_path: Path, cell: str) -> None:
    versions = opened(tmp_path, HEADER + f"k1,kafka,{cell},x\n")
    assert versions.summary() == {"kafka": {"unknown": 1}}
    assert said(versions) == [f"2: '{cell}' names no version of kafka."]


@pytest.mark.parametrize(
    "cell",
    [
        *("03.апр", "3-Apr", "апр.03", "Apr-24", "3. April", "45385", "45385.0", "03.04.2024", "4/3/2024", "03:04:00"),
        *("2024-04-03 00:00:00", "2024-04-03T00:00:00Z", "2024-04-03", "4,5E+04"),
    ],
)
def test_a_version_that_a_spreadsheet_has_made_a_date_or_number_is_not_taken(tmp_path: Path, cell: str) -> None:
    versions = opened(tmp_path, f"server;product;version\nk1;kafka;{cell}\n")
    assert versions.summary() == {"kafka": {"unknown": 1}}
    [warning] = said(versions)
    assert warning.startswith(f"2: '{cell}' is ")


@pytest.mark.parametrize("cell", ["10-MariaDB", "3.4-decoder", "12-dev", "11.2024.1", "5-1"])
def test_what_only_resembles_a_date_is_a_version(tmp_path: Path, cell: str) -> None:
    assert opened(tmp_path, HEADER + f"k1,tool,{cell},x\n").summary() == {"tool": {cell: 1}}


def test_releases_that_are_dates_are_versions(tmp_path: Path) -> None:
    versions = opened(tmp_path, HEADER + "m1,objectstore,2024-06-15,\nm2,objectstore,RELEASE.2024-05-20T10-00-00Z,\nm3,objectstore,20240615,\n")
    assert len(versions.summary()["objectstore"]) == 3
    assert versions.warnings == []


@pytest.mark.parametrize("cell", ["not installed", "не установлен", "Нет", "removed"])
def test_what_is_not_installed_is_no_row(tmp_path: Path, cell: str) -> None:
    versions = opened(tmp_path, HEADER + f"k1,kafka,{cell},x\nk2,kafka,3.4.0,x\n")
    assert versions.summary() == {"kafka": {"3.4.0": 1}}
    assert versions.warnings == []


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("3,4", ["3.4"]),
        ('"3,4,1"', ["3.4.1"]),
        ("3.4, 3.5", ["3.4", "3.5"]),
        ("14 / 15", ["14", "15"]),
        ('"3.4\n3.5"', ["3.4", "3.5"]),
        ("3.4 и 3.5", ["3.4", "3.5"]),
    ],
)
def test_decimal_commas_and_several_versions_in_a_cell(tmp_path: Path, cell: str, kept: list[str]) -> None:
    versions = opened(tmp_path, f"server;product;version\nk1;tool;{cell}\n")
    assert sorted(versions.version_counts("tool")) == kept
    assert versions.warnings == []


@pytest.mark.parametrize("cell", ["k1; k2; k3", '"k1\nk2\nk3"', "k1, k2 и k3", "k[1:3]", "k{1..3}"])
def test_several_servers_in_a_cell(tmp_path: Path, cell: str) -> None:
    versions = opened(tmp_path, HEADER + (cell if cell.startswith('"') else f'"{cell}"') + ",kafka,3.4.0,\n")
    assert versions.examples("kafka", "3.4.0", 9) == ["k1", "k2", "k3"]


def test_a_merged_server_cell_goes_on_and_is_said(tmp_path: Path) -> None:
    versions = opened(tmp_path, HEADER + "k1,kafka,3.4.0,\n,zookeeper,3.8,\n,zookeeper,3.9,\n,etcd,3.5,\n")
    assert [(item.product, item.version) for item in versions.for_servers(["k1"])["k1"]] == [("kafka", "3.4.0"), ("zookeeper", "3.8")]
    assert said(versions) == [
        "3: no server, taken for k1 of the row above, as in merged cells.",
        "4: no server, the row is skipped.",
        "5: no server, the row is skipped.",
    ]


def test_a_version_that_is_understood_in_part_or_names_several_is_said(tmp_path: Path) -> None:
    versions = opened(tmp_path, HEADER + "k1,kafka,3.4.0-acme,\nk2,kafka,>=3.4,\nk3,gitlab,16.3-ee,\nk4,nginx,nginx/1.24.0 (Ubuntu),\n")
    assert said(versions) == ["2: of '3.4.0-acme' only 3.4.0 is understood.", "3: '>=3.4' names several versions, taken as 3.4."]


def test_servers_by_address_are_the_hosts_that_have_it(tmp_path: Path) -> None:
    versions = opened(tmp_path, HEADER + "10.0.0.5,redis,7.2.4,\nFE80:0::1,redis,7.2.4,\n10.0.0.9,redis,7.2.4,\n")
    assert versions.has_addresses
    versions.name_addresses({"10.0.0.5": "cache1", "fe80::1": "cache2.x.y"})
    assert [item.version for item in versions.for_servers(["cache1"])["cache1"]] == ["7.2.4"]
    assert versions.counts_for_servers(["cache1", "cache2.x.y", "cache3"]) == {"redis": {"7.2.4": 2}}
    assert versions.examples("redis", "7.2.4", 9) == ["cache1", "cache2.x.y", "10.0.0.9"]
    assert versions.lost_servers(lambda key, short: False, "redis") == ["10.0.0.9"]


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(tmp_path / "socket"))
    for path, kind in ((tmp_path / "pipe", "a pipe"), (Path("/dev/zero"), "a device"), (tmp_path / "socket", "a socket"), (tmp_path, "a directory")):
        with pytest.raises(DataError, match=f"is {kind}; give the path"):
            open_versions(path)


@pytest.mark.parametrize("encoding", ["hex", "rot13", "no such", "a\0b", ""])
def test_what_is_no_encoding_is_a_sentence(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(ConfigError, match="is unknown; give a name such as utf-8"):
        opened(tmp_path, HEADER, encoding)


def test_a_file_of_quoted_cells_is_read_as_fast_as_a_plain_one(tmp_path: Path) -> None:
    rows = [f"host{number}.example.com,kafka,3.4.{number % 7},Debian 12" for number in range(20_000)]

    def seconds(lines: list[str]) -> float:
        (tmp_path / "versions.csv").write_text(HEADER + "\n".join(lines))
        started = time.process_time()
        assert len(read_versions(str(tmp_path / "versions.csv")).rows) == len(rows)
        return time.process_time() - started

    quoted = [",".join(f'"{cell}"' for cell in row.split(",")) for row in rows]
    assert min(seconds(quoted) for _attempt in range(3)) < 3 * min(seconds(rows) for _attempt in range(3))


def test_warnings_are_capped(tmp_path: Path) -> None:
    versions = opened(tmp_path, HEADER + "k1,kafka,,x\n" * 500 + "k1,kafka,3.4.0,x\n")
    assert len(versions.warnings) == 11
    assert "490 more rows" in versions.warnings[-1]
    assert versions.skipped == 500


@pytest.mark.parametrize(
    ("content", "encoding", "says"),
    [
        (b"", None, "is empty"),
        (b" \n\n", None, "is empty"),
        ("server,product\nk1,kafka\n", None, "no column version"),
        ("k1,kafka,3.4.0,Debian\n", None, "found 'k1', 'kafka', '3.4.0'"),
        ((HEADER + "сервер,кафка,3.4.0,Альт Линукс\n").encode("cp1251"), None, "cp1251"),
        ((HEADER + "сервер,кафка,3.4.0,Альт\n").encode("utf-16"), None, "utf-16"),
        ((HEADER + "k1,kafka,3.4.0,x\n").encode("utf-16-le"), None, "utf-16-le"),
        (b"\x7fELF\x00\x01\xff\xfe\x00\x10\x00" * 50, None, "binary file"),
        ((HEADER + "сервер,кафка,3.4.0,Альт Линукс\n").encode("cp1251"), "utf-8", "cp1251"),
        ((HEADER + "k1,kafka,3.4.0,x\n" + "y" * 300_000 + "\n").encode(), None, None),
        ((HEADER + 'k1,kafka,3.4.0,"' + "y" * 300_000 + '"\nk2,kafka,3.4.0,x\n').encode(), None, None),
    ],
)
def test_unreadable_files_say_what_was_found(tmp_path: Path, content: str | bytes, encoding: str | None, says: str | None) -> None:
    if says is None:
        assert opened(tmp_path, content, encoding).version_counts("kafka")
        return
    with pytest.raises(DataError, match=r"versions\.csv") as error:
        opened(tmp_path, content, encoding)
    assert says in error.value.message
    assert "\n" not in error.value.message


def test_missing_files_directories_and_unknown_encodings(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        open_versions(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a directory"):
        open_versions(tmp_path)
    (tmp_path / "a.csv").write_text(HEADER)
    with pytest.raises(ConfigError, match="klingon"):
        open_versions(tmp_path / "a.csv", encoding="klingon")


def test_full_and_short_names_meet_where_they_are_unambiguous(tmp_path: Path) -> None:
    rows = "k1,kafka,3.4.0,\nk2.msk.example.com,kafka,3.4.1,\nk3.msk.example.com,kafka,3.0.0,\nk3.spb.example.com,kafka,2.8.2,\n10.0.0.1,nginx,1.24.0,\n"
    versions = opened(tmp_path, HEADER + rows)

    def version(name: str, **options: object) -> list[str]:
        return [item.version for item in versions.for_servers([name], **options)[name]]  # type: ignore[arg-type]

    assert version("K1.msk.example.com") == ["3.4.0"]
    assert version("k2") == ["3.4.1"]
    assert version("k3") == []
    assert version("k3.spb.example.com") == ["2.8.2"]
    assert version("k2.other.example.com") == []
    assert version("10.0.0.2") == []
    assert version("k1.msk.example.com", shared_short_names={"k1"}) == []


def test_product_names_of_packages_are_one_product(tmp_path: Path) -> None:
    versions = opened(tmp_path, HEADER + "a,redis-server,7.2.4,\nb,Redis,7.2.4,\nc,node_exporter,1.7,\nd,node-exporter,1.8,\ne,postgresql-14,14.4,\n")
    assert set(versions.summary()) == {"node_exporter", "redis", "postgresql"}
    assert versions.version_counts("постгрес") == {"14.4": 1}
    assert versions.version_counts("Node Exporter") == {"1.7": 1, "1.8": 1}


def test_secrets_in_cells_and_extra_columns_stay_out(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2" * 9
    rows = f"k1,kafka,3.4.0,Debian 12,hunter2\nk2,kafka,password=hunter2,x,y\nk3,{token},1.0,https://u:hunter2@h/,z\n"
    versions = opened(tmp_path, "server,product,version,os_version,root_password\n" + rows)
    dump = "\n".join(versions._db.iterdump())
    assert "hunter2" not in dump
    assert token.lower() not in dump.lower()


def test_counts_over_many_hosts(tmp_path: Path) -> None:
    rows = "".join(f"k{number}.x.y,kafka,3.{number % 3}.0,\n" for number in range(1500))
    versions = opened(tmp_path, HEADER + rows)
    names = [f"k{number}" if number % 2 else f"k{number}.x.y" for number in range(1200)]
    assert versions.counts_for_servers(names) == {"kafka": {"3.0.0": 400, "3.1.0": 400, "3.2.0": 400}}
    assert versions.summary() == {"kafka": {"3.0.0": 500, "3.1.0": 500, "3.2.0": 500}}
    assert versions.examples_among(names, "kafka", "3.1.0", 2) == ["k1", "k4.x.y"]


def test_the_index_on_disk_is_private_and_follows_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, state = tmp_path / "versions.csv", tmp_path / "state"
    file.write_text(HEADER + "k1,kafka,3.4.0,\n")
    assert open_versions(file, cache_dir=state).version_counts("kafka") == {"3.4.0": 1}
    [index] = state.glob("*.sqlite")
    assert index.stat().st_mode & 0o077 == 0
    assert state.stat().st_mode & 0o077 == 0

    _versions_csv._opened.clear()
    with monkeypatch.context() as patch:
        patch.setattr(_versions_csv, "_build", lambda *_: pytest.fail("built again"))
        assert open_versions(file, cache_dir=state).version_counts("kafka") == {"3.4.0": 1}

    file.write_text(HEADER + "k1,kafka,3.4.0,\nk2,kafka,3.4.0,\n")
    assert open_versions(file, cache_dir=state).version_counts("kafka") == {"3.4.0": 2}
    assert len(list(state.glob("*.sqlite"))) == 1

    _versions_csv._opened.clear()
    [index] = state.glob("*.sqlite")
    index.write_bytes(b"no database")
    assert open_versions(file, cache_dir=state).version_counts("kafka") == {"3.4.0": 2}


def test_without_a_writable_directory_the_index_is_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "versions.csv"
    file.write_text(HEADER + "k1,kafka,3.4.0,\n")
    (tmp_path / "not_a_directory").write_text("")
    assert open_versions(file, cache_dir=tmp_path / "not_a_directory" / "x").version_counts("kafka") == {"3.4.0": 1}


def test_many_processes_at_once_build_one_index(tmp_path: Path) -> None:
    file, state = tmp_path / "versions.csv", tmp_path / "state"
    file.write_text(HEADER + "".join(f"k{number},kafka,3.4.0,\n" for number in range(20_000)))
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from module_utils.infrastructure import _versions_csv as v\n"
        "import os\n"
        "read, v._read = v._read, lambda *a: (open(f'{sys.argv[4]}.{os.getpid()}', 'w').close(), read(*a))[1]\n"
        "for _ in range(3):\n"
        "    os.fork()\n"
        "assert v.open_versions(sys.argv[2], cache_dir=sys.argv[3]).version_counts('kafka') == {'3.4.0': 20000}\n"
        "while True:\n"
        "    try:\n"
        "        assert os.wait()[1] == 0\n"
        "    except ChildProcessError:\n"
        "        break\n"
    )
    plugins = Path(_versions_csv.__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", program, str(plugins), str(file), str(state), str(tmp_path / "read")], check=True)
    assert len(list(state.glob("*.sqlite"))) == 1
    assert not list(state.glob("*.new"))
    assert len(list(tmp_path.glob("read.*"))) == 1


def test_a_connection_does_not_cross_a_fork(tmp_path: Path) -> None:
    versions = opened(tmp_path, HEADER + "k1,kafka,3.4.0,\n")
    read, write = os.pipe()
    if not os.fork():
        os.write(write, b"1" if open_versions(tmp_path / "versions.csv") is not versions else b"0")
        os._exit(0)
    os.wait()
    assert os.read(read, 1) == b"1"


def test_characters_that_nobody_sees_neither_reach_a_terminal_nor_hide_a_secret(tmp_path: Path) -> None:
    versions = opened(tmp_path, HEADER + "k\u200b1,ka\x1b[31mfka,3.4\u202e.0,Debian\x9b0m 12\nk2,db,1.0,pass\u200bword=hunter2deer\n")
    assert versions.for_servers(["k1"]) == {"k1": [ROW]}
    assert "hunter2deer" not in str(versions.for_servers(["k2"]))
