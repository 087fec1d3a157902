# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue import _entries, _schema
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._catalogue import load_catalogue, read_extension
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._entries import use_catalogue
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._placeholders import fill, version_of
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._mentions import find_mentions
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._names import name_index
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._products import normalise_product
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_csv import open_versions
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._product_versions import choose_version, parse_version

MINIO: dict[str, Any] = {
    "aliases": ["минио", "minio server"],
    "versions": "minor",
    "git": {"repository": "https://git.example.com/minio/docs.git", "refs": ["v{version}"], "paths": ["source"]},
}


@pytest.fixture(autouse=True)
def _shipped_catalogue() -> Iterator[None]:
    yield
    use_catalogue(None)


def error_of(given: object) -> str:
    with pytest.raises(ConfigError) as caught:
        read_extension(given)
    return caught.value.message


# --- what is shipped ----------------------------------------------------------------------------------------------------


def test_the_shipped_catalogue_is_whole_and_says_of_every_product_where_it_is_from() -> None:
    _schema.check_whole(_schema.check_extension(_entries.shipped()), ())
    catalogue = load_catalogue()
    assert set(catalogue.products) == {
        *("alertmanager", "ceph", "docker", "elasticsearch", "etcd", "grafana", "haproxy", "kafka", "kubernetes", "nginx", "opensearch"),
        *("postgresql", "prometheus", "rabbitmq", "redis", "valkey"),
    }
    for product in catalogue.products.values():
        assert product.aliases, product.name
        assert product.license, product.name
        assert product.attribution, product.name
        assert product.git, product.name
        assert product.stack_exchange, product.name
    assert load_catalogue().get("minio") is None


@pytest.mark.parametrize(
    ("product", "version", "ref"),
    [
        ("ceph", "17.2.5", "v17.2.5"),
        ("prometheus", "2.45.0", "v2.45.0"),
        ("alertmanager", "0.25.0", "v0.25.0"),
        ("kubernetes", "1.26.4", "release-1.26"),
        ("grafana", "9.5.3", "v9.5.3"),
        ("opensearch", "2.11.1", "2.11"),
        ("postgresql", "14.4", "REL_14_4"),
        ("postgresql", "9.6.24", "REL9_6_24"),
        ("valkey", "8.0.5", "8.0.5"),
        ("haproxy", "2.6.0", "v2.6.0"),
        ("elasticsearch", "8.11.1", "v8.11.1"),
    ],
)
def test_the_refs_of_a_product_are_those_that_its_repository_has(product: str, version: str, ref: str) -> None:
    entry = load_catalogue().products[product]
    assert entry.git is not None
    assert ref in [fill(pattern, version, entry) for pattern in entry.git.refs]
    assert any(version_of(pattern, ref, entry) for pattern in entry.git.refs)


# --- an extension -------------------------------------------------------------------------------------------------------


def test_an_extension_adds_products_and_changes_only_what_it_names() -> None:
    catalogue = load_catalogue({"minio": MINIO, "ceph": {"git": {"repository": "/srv/mirrors/ceph.git", "refs": ["{codename}"]}, "web": None}})
    minio, ceph, shipped = catalogue.get("minio"), catalogue.get("ceph"), load_catalogue().get("ceph")
    assert minio is not None
    assert minio.git is not None
    assert minio.git.paths == ("source",)
    assert ceph is not None
    assert ceph.git is not None
    assert shipped is not None
    assert shipped.git is not None
    assert (ceph.git.repository, ceph.git.refs, ceph.web) == ("/srv/mirrors/ceph.git", ("{codename}",), None)
    assert (ceph.git.paths, ceph.aliases, ceph.codenames) == (shipped.git.paths, shipped.aliases, shipped.codenames)
    assert shipped.web is not None


def test_a_web_site_of_ones_own_is_not_held_to_the_scope_of_the_shipped_one() -> None:
    web = load_catalogue({"kafka": {"web": {"start": ["http://docs.example.com/{glued}/"]}}}).products["kafka"].web
    assert web is not None
    assert web.scope == ()
    assert web.exclude, "the rest stays"


def test_a_gateway_can_be_told_the_extension_as_json() -> None:
    extension = read_extension({"minio": MINIO})
    assert json.loads(json.dumps(extension)) == extension == {"minio": MINIO}
    assert read_extension({}) is read_extension(None) is None


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"git": {**MINIO["git"], "refs": ["v{verison}"]}}, "git.refs: found the placeholder {verison} in 'v{verison}'; write one of {version}, .*."),
        ({"git": {**MINIO["git"], "refs": ["v{version"]}}, "git.refs: found a single brace in 'v{version'; write a placeholder in both: .*."),
        ({"git": {**MINIO["git"], "refs": ["--upload-pack=id"]}}, "git.refs: found '--upload-pack=id'; write the name of a tag or branch, such as v{version}."),
        ({"git": {**MINIO["git"], "paths": ["../etc"]}}, "git.paths: found '../etc'; write a path in the repository or archive, such as docs/en."),
        ({"git": {**MINIO["git"], "paths": []}}, "git.paths: found nothing; write it: an entry's git needs repository and refs and paths."),
        ({"git": {**MINIO["git"], "paths": [""]}}, "git.paths: found an empty text; write a text of one line."),
        ({"git": {**MINIO["git"], "refs": [2.1]}}, "git.refs: found the number 2.1; write it in quotation marks."),
        ({"git": {**MINIO["git"], "repository": "ext::sh -c id"}}, "git.repository: found 'ext::sh -c id'; write a URL with https://, ssh://.*."),
        ({"git": {**MINIO["git"], "repository": "ssh://-oProxyCommand=id/x"}}, "git.repository: found 'ssh://-oProxyCommand=id/x'; write a URL .*."),
        ({"git": {**MINIO["git"], "repository": "ftp://u:s3cret@x/y"}}, "git.repository: found 'ftp://x/y'; write a URL .*."),
        ({"git": {**MINIO["git"], "branch": "main"}}, "git.branch: found a field that there is not; write one of repository, refs, paths, exclude, root, url."),
        ({"git": "https://example.com"}, "git: found 'https://example.com'; write a mapping with some of repository, .*."),
        ({"web": {"start": "https://example.com"}}, "web.start: found 'https://example.com'; write a list."),
        ({"web": {"start": ["example.com/docs"]}}, "web.start: found 'example.com/docs'; write a URL that begins with http:// or https://."),
        ({"web": {"start": ["https://example.com"], "rate": 0}}, "web.rate: found the number 0; write a number above 0."),
        ({"web": {"start": ["https://example.com"], "concurrency": True}}, "web.concurrency: found true; write a whole number from 1 to 16."),
        ({"web": {"rate": 1}}, "web.start: found nothing; write it: an entry's web needs start."),
        ({"archive": {"url": "ftp://example.com/x.tgz", "paths": ["doc"]}}, "archive.url: found 'ftp://example.com/x.tgz'; write a URL with http://, .*."),
        ({"stack_exchange": {"sites": ["stackoverflow"]}}, "stack_exchange.sites: found a list; write a mapping of sites to lists of tags.*."),
        ({"strip": ["(unclosed"]}, r"strip: found '\(unclosed', which is no regular expression \(.*\); write one that Python's re understands."),
        ({"versions": "weekly"}, "versions: found 'weekly'; write one of patch, minor, major, codename, glued, date, unversioned."),
        ({"versions": "codename"}, "codenames: found nothing; write them, for its versions or patterns say {codename}: a mapping such as {quincy: 17}."),
        ({"distinctive_codenames": ["zed"]}, "distinctive_codenames: found 'zed'; write names that the entry's codenames list."),
        ({"aliases": ["кафки", "Postgres"]}, "aliases: found 'Postgres', which is a name of 'postgresql'; write each name in one entry only."),
        ({"aliases": ["kafka"]}, "aliases: found 'kafka', which is a name of 'kafka'; write each name in one entry only."),
        ("later", ": found 'later'; write a mapping with some of aliases, .*."),
    ],
)
def test_a_wrong_field_is_a_sentence_that_names_entry_and_field(entry: Any, message: str) -> None:
    import re

    said = error_of({"minio": entry})
    assert re.fullmatch("The catalogue entry 'minio'(?:, )?" + re.sub(r"(?<!\\)([{}()|+?])", r"\\\1", message), said), said


@pytest.mark.parametrize("name", ["a/b", "..", "Ceph", "-x", "", 5])
def test_a_name_that_cannot_be_a_directorys_is_refused(name: object) -> None:
    assert error_of({name: {}}).endswith("write lower-case letters, digits, '.', '_', '+' and '-'.")


def test_a_name_that_the_operator_gives_twice_is_told_of_the_operators_entry() -> None:
    assert error_of({"ceph": {"aliases": ["etcdctl"]}}).startswith("The catalogue entry 'ceph', aliases: found 'etcdctl', which is a name of 'etcd'")


@pytest.mark.parametrize("given", [["minio"], 5])
def test_what_is_neither_mapping_nor_path_is_refused(given: object) -> None:
    assert error_of(given).startswith("The option 'catalogue' has a wrong value; give a mapping")


# --- an extension in a file ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["catalogue.yml", "catalogue.json"])
def test_an_extension_may_be_a_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(json.dumps({"minio": MINIO}), encoding="utf-8")
    assert read_extension(str(file)) == {"minio": MINIO}
    assert load_catalogue(str(file)).get("minio") is not None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.yml", "minio:\n  git:\n    repository: /srv/minio.git\n    refs: [2.1]\n", "line 4: The catalogue entry 'minio', git.refs: found the number 2.1; "),
        ("c.yml", "minio:\n  versions: minor\n  web:\n    rate: 1\n", "line 3: The catalogue entry 'minio', web.start: found nothing; "),
        ("c.yml", "minio:\n  versions: [\n", "line 3 is no YAML ("),
        ("c.yml", "- minio\n", "line 1: found no mapping; "),
        ("c.json", '{"minio": {\n\t"versions": 5}}', "line 1: The catalogue entry 'minio', versions: found the number 5; "),
        ("c.json", '{"minio": {\n', "line 2 is no JSON ("),
    ],
)
def test_a_wrong_file_is_told_by_its_name_and_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert f"{file} {message}" in error_of(str(file))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory); check the path in the option 'catalogue'" in error_of(str(tmp_path / "none.yml"))


# --- the names in use ---------------------------------------------------------------------------------------------------


def test_the_operators_names_are_understood_once_they_are_in_use() -> None:
    index = name_index({"all": ["s3-01"]})
    question = "почему минио 5.2 на s3-01 не пишет?"
    assert find_mentions(question, index).products == []
    use_catalogue(read_extension({"minio": MINIO}))
    assert find_mentions(question, index).products == ["minio"]
    assert find_mentions(question, index).versions == [("minio", "5.2")]
    assert normalise_product("MinIO-Server") == "minio"
    use_catalogue(None)
    assert find_mentions(question, index).products == []


def test_the_operators_codenames_are_versions() -> None:
    use_catalogue(read_extension({"openstack": {"codenames": {"bobcat": 28, "caracal": 29}, "distinctive_codenames": ["caracal"], "major_releases": True}}))
    assert parse_version("bobcat", "openstack") == (28,)
    match = choose_version("29.1.0", ["bobcat", "caracal"], "openstack")
    assert match is not None
    assert (match.served_version, match.match) == ("caracal", "same_minor")
    index = name_index({"all": []})
    assert find_mentions("Upgrade to caracal", index).versions == [("openstack", "caracal")]
    assert find_mentions("A bobcat on the balcony", index).versions == []
    assert find_mentions("openstack bobcat", index).versions == [("openstack", "bobcat")]


def test_the_index_of_the_versions_csv_follows_the_names(tmp_path: Path) -> None:
    file = tmp_path / "versions.csv"
    file.write_text("server,product,version\ns3-01,Object Store,5.2\n", encoding="utf-8")
    extension = read_extension({"minio": {**MINIO, "aliases": ["object store"]}})
    for used, product in ((None, "object-store"), (extension, "minio"), (None, "object-store")):
        use_catalogue(used)
        assert list(open_versions(file, cache_dir=tmp_path / "state").summary()) == [product]
