# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that ordinary sentences about servers hold: a host, group or product of such a name needs more than the bare word to be meant."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

_PLAIN: t.Final = """
a able about above access account across action active actual add address admin after again agent alert alerts alias all allow alone also always an
analysis and another any api app application apps archive are area array as ask asset at attach audit auth auto available average away back backend
background backup balance balancer bare base baremetal bash basic batch be because before begin below best better between big binary bind block board
boot border both bottom boundary box branch bridge broker browser buffer bug build builder bus business but button by byte cache call can cancel
capacity card case cause cell center central certificate chain change channel chart chat check child class clean clear cli click client clock clone
close cloud cluster code cold collect collector collection column command comment commit common compact company compare compute computer config
configuration connect connection connector console consumer container content context continue control controller copy core correct count counter cpu
crash create critical cron current custom cut daemon daily dashboard data database date day db dead debug default define delay delete deploy
deployment desktop destination detail dev develop device different diff dir direct directory dirty disable disk dispatch display distribution dns do
docs document does domain done door down download drain drive driver drop dump duplicate during each early edge edit editor education element else
email empty enable end endpoint engine enough entry env environment error etc event events every example except exchange execute exist exit exporter
export extend extension external extra fabric fact fail failed failover failure false farm fast fault feature feed field file filter final find fine
finish fire firewall first fix flag flash flat flow flush folder follow for force fork form format forward frame free frequent from front frontend
full function gate gateway general get give global go good grant graph group grow guest guide half handle hard hardware has hash have head header
health heap heat heavy help here hidden high history hold home hook host hosts hot hour house how hub idle if image import in inactive index infra
infrastructure ingest ingress init input inside install instance int integration interface internal into inventory invalid is isolate issue it item
job join journal jump just keep kernel key keys kind know lab label lag large last late latency later launch layer lb leader leaf learn least leave
left legacy length less level library light like limit line link linux list listen listener little live load loadbalancer local localhost location
lock log logger logging logs long look loop loss lost low machine magnum mail main maintenance make manage management manager manual many map mark
master match max maximum may mean media medium member memory menu merge mesh message method metric metrics middle migrate migration min minimum minor
mirror missing mix mode model module mon monitor monitoring month more most mount mount move much multi multinode must my name native near need net
network neutral never new next night no node nodes none normal north not note nothing notification nova now number object observer of off office
offline offset old on once one online only open operate operation operator option or order origin other out output outside over overlay own owner pack
package page pair panel parent part partition pass patch path pause peer pending people per performance period ping pipeline place plan platform play
plugin point policy poll pool port portal possible post power prefix present preview primary print private probe problem process processor prod
producer product production profile program progress project property protect protocol provider provision proxy public publish pull push put query
question queue quick quorum quota rack radius raid random range rate ratio raw read reader ready real reason rebalance reboot receive receiver record
recover recovery reduce redundant reference region register registry relay release reload remote remove repair repeat replace replica replication
report repository request require rescue reset resolve resolver resource response rest restart restore result retry return review right ring role roll
root round route router routing row rule rules run runner runtime safe same sample sandbox save say scale scan schedule scheduler schema scope screen
script search second secondary secret section secure security see seed segment select self send sender sense sensor separate sequence server servers
service services session set setting setup several shard shard share shared shell shift short should show shutdown side sign signal silence simple
since single site size skip slave sleep slow small snapshot so socket soft software solution some source south space spare special speed spine split
spread stable stack staff stage staging stale standalone standard standby start state static station status step still stop storage store stream
strong stuck style sub subnet such summary support sure swap swarm swift switch sync system table tag take target task team temp template temporary
tenant term test testing text than that the their them then there these thing third this thread three through throughput tier time timeout timer to
token tool tools top topic total trace track traffic train transfer transport tree trigger true trust try tunnel turn two type under unit unknown
unlock until up update upgrade upload upstream use user users using utility utils valid value variable vault verify version very view virtual vm
volume vote vpn wait walk wan want warm warning was watch watcher way we web week weight well west what when where which while white who why wide will
window windows with within without witness word work worker workers workload workstation world worse write writer wrong year yes yet you your zero
zone zones
"""
PLAIN_WORDS: t.Final = frozenset(_PLAIN.split())


def is_plain_word(name: str) -> bool:
    """Tell whether a name, in either number, is a word of ordinary sentences, or too short (up to two letters) to be told from one."""
    word = name.lower()
    if not word.isalpha():
        return False
    return len(word) <= 2 or word in PLAIN_WORDS or (word.endswith("s") and (word[:-1] in PLAIN_WORDS or (word.endswith("es") and word[:-2] in PLAIN_WORDS)))
