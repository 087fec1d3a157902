# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The assistant's own words, in the languages it answers in. What it quotes stays as it is."""

from __future__ import annotations

_PHRASES = {
    "en": {
        "no_model": "No language model was used: this answer quotes your inventory and the documentation of your versions.",
        "your_infrastructure": "YOUR INFRASTRUCTURE",
        "documentation": "WHAT THE DOCUMENTATION SAYS",
        "nothing_found": "Nothing in the indexed documentation answers this question; "
        "name the product, the option or the exact message, or index more documentation.",
        "nothing_near_enough": "The documentation at hand is of other versions than strict_version allows; index that of your versions, or set it to 'off'.",
        "groups": "groups",
        "host_count": "hosts in the inventory: {count}",
        "more_hosts": "and {count} more",
        "on": "on",
        "settings": "settings",
        "house": "house runbook",
        "docs_for": "{product} {served} documentation for {requested}",
        "docs_exact": "{product} {served} documentation",
        "docs_only": "{product} {served} documentation, the newest",
        "docs_unversioned": "{product} documentation without version",
        "house_for": "house runbook for {product}",
        "qa_for": "community answer about {product} {served} for {requested}",
        "qa_exact": "community answer about {product} {served}",
        "qa_only": "community answer about {product} {served}, the newest version with answers",
        "qa_unversioned": "community answer about {product}",
        "exact": "exact version",
        "same_minor": "same minor version",
        "nearest_lower": "nearest older version",
        "nearest_higher": "nearest newer version",
        "unversioned": "without version",
        "version_notes": "Documentation used",
        "differs": "There is no documentation of {product} {requested} in the knowledge base; {served} ({match}) was used, so check defaults and option names.",
        "not_deployed": "{product} is not in your inventory or versions CSV, so the newest documentation, {served}, was used.",
        "refused": "The documentation of {product} nearest to {requested} is {served}; strict_version does not allow it, so it was left out.",
        "undocumented": "There is no documentation of {product} in the knowledge base; add it and run playbooks/ingest.yml.",
        "did_not_fit": "{count} of {total} passages did not fit into the model's context of {context} tokens and were left out.",
        "infrastructure_cut": "The description of the infrastructure was shortened to fit into the model's context of {context} tokens.",
        "not_configured": "No language model is configured, so the answer is made of quotations; set model_path or llm_url for a written one.",
        "model_failed": "The language model was not used: {reason}",
        "model_silent": "The language model returned an empty answer.",
        "answer_cut": "The answer was cut at max_tokens or at the timeout.",
    },
    "ru": {
        "no_model": "Языковая модель не использовалась: это выдержки из вашего инвентаря и документации ваших версий.",
        "your_infrastructure": "ВАША ИНФРАСТРУКТУРА",
        "documentation": "ЧТО ГОВОРИТ ДОКУМЕНТАЦИЯ",
        "nothing_found": "В проиндексированной документации ответа нет; назовите продукт, параметр или точный текст ошибки либо добавьте документацию.",
        "nothing_near_enough": "Имеющаяся документация — не тех версий, что допускает strict_version; добавьте свою или задайте 'off'.",
        "groups": "группы",
        "host_count": "хостов в инвентаре: {count}",
        "more_hosts": "и ещё {count}",
        "on": "на",
        "settings": "настройки",
        "house": "внутренний регламент",
        "docs_for": "документация {product} {served} для {requested}",
        "docs_exact": "документация {product} {served}",
        "docs_only": "документация {product} {served}, самая новая",
        "docs_unversioned": "документация {product} без версии",
        "house_for": "внутренний регламент, {product}",
        "qa_for": "ответ сообщества о {product} {served} для {requested}",
        "qa_exact": "ответ сообщества о {product} {served}",
        "qa_only": "ответ сообщества о {product} {served}, самой новой версии с ответами",
        "qa_unversioned": "ответ сообщества о {product}",
        "exact": "точная версия",
        "same_minor": "та же минорная версия",
        "nearest_lower": "ближайшая более старая версия",
        "nearest_higher": "ближайшая более новая версия",
        "unversioned": "без версии",
        "version_notes": "Использованная документация",
        "differs": "Документации {product} {requested} в базе знаний нет; взята {served} ({match}): проверьте значения по умолчанию и имена параметров.",
        "not_deployed": "{product} нет ни в инвентаре, ни в CSV версий, поэтому взята самая новая документация: {served}.",
        "refused": "Ближайшая к {product} {requested} документация — {served}; strict_version её не допускает, поэтому она не использована.",
        "undocumented": "Документации {product} в базе знаний нет; добавьте её и запустите playbooks/ingest.yml.",
        "did_not_fit": "Отрывков, не поместившихся в контекст модели ({context} токенов): {count} из {total}.",
        "infrastructure_cut": "Описание инфраструктуры сокращено, чтобы поместиться в контекст модели ({context} токенов).",
        "not_configured": "Языковая модель не настроена, поэтому ответ составлен из выдержек; чтобы его писала модель, задайте model_path или llm_url.",
        "model_failed": "Языковая модель не использовалась: {reason}",
        "model_silent": "Языковая модель вернула пустой ответ.",
        "answer_cut": "Ответ обрезан по max_tokens или по времени.",
    },
}


def phrase(name: str, language: str, **values: object) -> str:
    """The phrase ``name`` in ``language`` (English for languages without phrases), with its values filled in."""
    return _PHRASES.get(language, _PHRASES["en"])[name].format(**values)
