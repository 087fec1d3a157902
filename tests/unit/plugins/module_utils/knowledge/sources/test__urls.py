# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._urls import Scope, default_prefix, document_key, normalised


@pytest.mark.parametrize(
    ("written", "one_way"),
    [
        ("HTTPS://Docs.Example.ORG:443/a/./b/../c#part", "https://docs.example.org/a/c"),
        ("http://docs.example.org", "http://docs.example.org/"),
        ("http://docs.example.org:8080/%7euser/%2fx%2e", "http://docs.example.org:8080/~user/%2Fx."),
        ("http://docs.example.org/34/%2e%2e/35/", "http://docs.example.org/35/"),
        ("http://docs.example.org/a b/тема/100%", "http://docs.example.org/a%20b/%D1%82%D0%B5%D0%BC%D0%B0/100%25"),
        ("http://docs.example.org/a?utm_source=x&page=2&gclid=1", "http://docs.example.org/a?page=2"),
        ("http://[2606:2800::1]/a", "http://[2606:2800::1]/a"),
    ],
)
def test_addresses_are_written_in_one_way(written: str, one_way: str) -> None:
    assert normalised(written) == one_way
    assert normalised(one_way) == one_way


@pytest.mark.parametrize("written", ["ftp://docs.example.org/", "mailto:a@example.org", "http://user:secret@docs.example.org/", "http:///a", "http://a:b/"])
def test_other_addresses_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        normalised(written)


def test_a_prefix_ends_where_a_part_of_the_path_ends() -> None:
    scope = Scope(["https://docs.example.org/3.4/"], ["https://docs.example.org/intro.html"])
    assert scope.admit("https://docs.example.org/3.4/a") == "https://docs.example.org/3.4/a"
    assert scope.admit("http://docs.example.org/3.4") == "https://docs.example.org/3.4"
    assert scope.admit("https://docs.example.org/intro.html") is not None
    assert scope.admit("https://docs.example.org/3.40/a") is None
    assert scope.admit("https://docs.example.org.evil.example/3.4/a") is None
    assert scope.admit("https://docs.example.org:8443/3.4/a") is None


def test_one_document_has_one_key() -> None:
    same = ["http://h/a", "https://h/a/", "http://h/a/index.html", "http://h/a/index.htm"]
    assert len({document_key(url) for url in same}) == 1
    assert document_key("http://h/a.html") != document_key("http://h/a")


def test_the_default_scope_is_the_directory_that_names_the_version() -> None:
    assert default_prefix("https://h/34/documentation.html", versioned_name=False) == "https://h/34/"
    assert default_prefix("https://h/2.11", versioned_name=True) == "https://h/2.11/"
    assert default_prefix("https://h/docs/manual-2.11.html", versioned_name=True) == "https://h/docs/"


def test_files_of_several_prefixes_stay_apart() -> None:
    scope = Scope(["https://h/docs/2.45/", "https://h/docs/alerting/"], [])
    assert scope.stored_path("https://h/docs/2.45/storage/", ".html") == "2.45/storage/index.html"
    assert scope.stored_path("https://h/docs/alerting/https", ".html") == "alerting/https.html"
    assert scope.stored_path("https://h/docs/2.45/_sources/a.rst.txt", ".txt") == "2.45/_sources/a.rst.txt"
    assert scope.stored_path("https://h/docs/2.45/a.md", ".txt") == "2.45/a.md"
