# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong between a caller and a served gateway, each in one sentence that says what to do. No sentence holds the token."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import http.client
import json
import socket
import typing as t

from ..._errors import ConfigError, InfraLlmError, ServiceError
from ...clients._http import Endpoint
from ._responses import raise_for

_LONGEST_REASON = 400  # characters of what a server says
# Reasons of OpenSSL for not trusting a certificate, by number.
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME = frozenset({62, 64})


class ServedErrors:
    """The errors of talking to one endpoint."""

    def __init__(self, endpoint: Endpoint, *, has_token: bool, ca_bundle: str | None) -> None:
        self._secure = endpoint.secure
        self._shown = endpoint.shown
        self._has_token = has_token
        self._ca_bundle = ca_bundle

    def too_late(self, seconds: float) -> ServiceError:
        """The time was up before the answer was there."""
        return self._error(f"The gateway {self._shown} did not answer within {seconds:.0f} seconds; look at its load, or give a question more 'timeout'.")

    def unaccepted(self, seconds: float) -> ServiceError:
        """Nothing at the address has even accepted the connection."""
        return self._error(
            f"The gateway {self._shown} did not accept a connection within {seconds:.0f} seconds; check gateway_url, and the firewalls in between."
        )

    def broken_off(self) -> ServiceError:
        """The answer had begun and did not end, or is not what it should be."""
        return self._error(f"The gateway {self._shown} ended while it was answering; ask again, and read its log if it happens twice.")

    def busy(self, status: int, raw: bytes, asked_for: float) -> ServiceError:
        """It takes no more questions; ``asked_for`` is the pause that it asks for, in seconds."""
        when = f"in {asked_for:.0f} seconds" if asked_for else "later"
        reason = _inside(_reason(_decoded(raw))) or f"status {status}"
        return self._error(f"The gateway {self._shown} takes no more questions now ({reason}); ask again {when}, or raise 'timeout'.", status)

    def unanswered(self, exc: OSError | http.client.HTTPException) -> ServiceError:
        """There is no answer."""
        if isinstance(exc, socket.gaierror):
            return self._error(f"The host name in gateway_url {self._shown} cannot be resolved ({exc.strerror}); check its spelling and this machine's DNS.")
        if isinstance(exc, FileNotFoundError):
            return self._error(f"There is no gateway at {self._shown}; check gateway_url, and that the service infra-llm-gateway runs on this machine.")
        if isinstance(exc, PermissionError):
            return self._error(f"You may not use the gateway's socket {self._shown}; run this as the gateway's user, or set gateway_url to its TCP address.")
        if isinstance(exc, ConnectionRefusedError):
            return self._error(f"Nothing listens at {self._shown}; check gateway_url, and that the service infra-llm-gateway runs there.")
        if self._secure:
            import ssl

            if isinstance(exc, ssl.SSLCertVerificationError):
                return self._error(self._distrust(exc.verify_code, exc.verify_message))
            if isinstance(exc, ssl.SSLError):
                return self._error(f"{self._shown} does not speak TLS ({exc.reason or exc}); check the port in gateway_url, or write http://.")
        if isinstance(exc, (ConnectionResetError, BrokenPipeError)):
            scheme = "http:// where it listens without TLS" if self._secure else "https:// where it listens with TLS"
            return self._error(f"The gateway {self._shown} closed the connection without an answer; look whether it runs and into its log, and write {scheme}.")
        if isinstance(exc, OSError):
            return self._error(f"The gateway {self._shown} cannot be reached ({exc.strerror or exc}); check gateway_url and the network.")
        return self._error(f"What listens at {self._shown} does not speak HTTP ({type(exc).__name__}); check host, port and scheme of gateway_url.")

    def refused(self, status: int, decoded: object, path: str, location: str | None) -> InfraLlmError:
        """It has answered with a status that is no success, or with something else than a JSON object."""
        reason = _reason(decoded)
        if status == http.client.UNAUTHORIZED:
            known = (
                "does not know this gateway_token; set it to one that this gateway has been given" if self._has_token else "wants a token; set gateway_token"
            )
            return self._error(f"The gateway {self._shown} {known}.", status)
        if status == http.client.FORBIDDEN:
            return self._error(
                f"The gateway_token does not allow this at {self._shown} ({_inside(reason) or 'status 403'}); use one that is not read-only.", status
            )
        if status == http.client.REQUEST_ENTITY_TOO_LARGE:
            return self._error(
                f"The question with its infrastructure is too large for the gateway {self._shown} ({_inside(reason) or 'status 413'}); "
                "ask about fewer hosts, or raise gateway_body_limit there.",
                status,
            )
        if reason:
            return self._said(status, t.cast("dict[str, t.Any]", decoded), reason)
        if http.client.MULTIPLE_CHOICES <= status < http.client.BAD_REQUEST:
            return self._error(f"{self._shown} sends its callers {_elsewhere(location)}; set gateway_url to the address of the gateway itself.", status)
        if status >= http.client.INTERNAL_SERVER_ERROR:
            return self._error(f"The gateway {self._shown} answered with status {status} and no reason; read its log, and that of what is before it.", status)
        what = f"has no {path}" if status == http.client.NOT_FOUND else f"answered with status {status} and no JSON object"
        return self._error(f"{self._shown} {what}; check that gateway_url is the address of a gateway of this collection's version.", status)

    def _said(self, status: int, decoded: dict[str, t.Any], reason: str) -> InfraLlmError:
        message = reason if status < http.client.INTERNAL_SERVER_ERROR else f"The gateway {self._shown} could not answer: {reason}"
        try:
            raise_for({**decoded, "error": message}, status)
        except InfraLlmError as exc:
            return exc
        return self._error(message, status)

    def _distrust(self, code: int, reason: str) -> str:
        certificate = f"The certificate of the gateway {self._shown}"
        if code in (_EXPIRED, _NOT_YET_VALID):
            return f"{certificate} {'has expired' if code == _EXPIRED else 'is not valid yet'}; renew it, and check the clock of this machine."
        if code in _OTHER_NAME:
            return f"{certificate} is made for another name; write that name into gateway_url, or make the certificate for this one."
        if self._ca_bundle:
            return f"{certificate} is by no authority of gateway_ca_bundle {self._ca_bundle} ({reason}); give the file with the certificate of its authority."
        return f"{certificate} is by no authority that this machine trusts ({reason}); set gateway_ca_bundle to the file with the certificate of yours."

    def _error(self, message: str, status: int | None = None) -> ServiceError:
        return ServiceError(message, url=self._shown, status=status)


def _decoded(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _reason(decoded: object) -> str:
    """What an answer gives as its reason, in one line."""
    said = decoded.get("error") if isinstance(decoded, dict) else None
    return " ".join(said.split())[:_LONGEST_REASON] if isinstance(said, str) else ""


def _inside(reason: str) -> str:
    """A reason as it stands within another sentence."""
    return reason.rstrip(".")


def _elsewhere(location: str | None) -> str:
    try:
        return f"to {Endpoint(location or '').shown}"
    except ConfigError:
        return "elsewhere"
