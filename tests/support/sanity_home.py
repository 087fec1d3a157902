# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A home directory in which `ansible-test sanity` needs a package index and nothing else.

ansible-test puts pip into its virtual environments with a script that it downloads from its own site, unless that
script is in its cache already. Here it finds one that uses Python's ensurepip instead.
"""

from __future__ import annotations

import re
from pathlib import Path

GET_PIP = '''\
"""Stands in for get-pip.py: the arguments are the packages wanted, and options that ensurepip has no use for."""
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"])
packages = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "pip", "install", *packages])
'''


def prepare(directory: Path) -> Path:
    """Make `directory` such a home; the operator's pip configuration and pip cache stay in force."""
    import ansible_test

    cache = directory / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    requirements = Path(ansible_test.__path__[0], "_internal", "python_requirements.py").read_text(encoding="utf-8")
    for version in set(re.findall(r"""\bpip=['"]([0-9.]+)['"]""", requirements)):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP, encoding="utf-8")
    for name in (".cache", ".config", ".pip"):
        link, target = directory / name, Path.home() / name
        if target.exists() and not link.exists():
            link.symlink_to(target)
    return directory
