"""Where a model is asked, with which key and through which proxy; what is said of it never shows the key."""

from __future__ import annotations

import ipaddress
import os
import ssl
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from evalkit.errors import SpecError
from evalkit.types import ModelSpec

DEFAULT_URL = "https://api.openai.com/v1"
DEFAULT_KEY = "OPENAI_API_KEY"
MAX_MESSAGE = 300
"""Characters of a server's error text that are passed on."""
LONG_KEY = 16
"""A key this long is also blanked out in replies; a shorter one is a placeholder such as `ollama`, and a word."""


@dataclass(frozen=True)
class Endpoint:
    """One address, and the key that is sent there (the empty string for none)."""

    url: str
    secret: str = field(repr=False)
    key_name: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def is_plain(self) -> bool:
        """Whether it is on this machine or its network, without encryption: no proxy, no certificates on the way."""
        return self.url.startswith("http://") and is_local(self.url)

    @property
    def key_hint(self) -> str:
        if not self.secret:
            return "no API key was sent; name the environment variable that holds it in api_key_env"
        return f"the API key came from the environment variable {self.key_name}"

    def clean(self, text: str, most: int = MAX_MESSAGE) -> str:
        """One printable line of at most `most` characters, without the key."""
        if self.secret:
            text = text.replace(self.secret, "[API key]")
        line = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
        line = " ".join(line.split())
        return line if len(line) <= most else line[: most - 1] + "…"

    def blank(self, text: str) -> str:
        """A reply without the key, should the server have repeated it."""
        return text.replace(self.secret, "[API key]") if len(self.secret) >= LONG_KEY else text


def endpoint(spec: ModelSpec) -> Endpoint:
    """Raises SpecError for a bad base_url or a missing key. Nothing is sent."""
    url = _checked_url(spec)
    return Endpoint(url, _key(spec, url), spec.api_key_env or DEFAULT_KEY)


def destination(spec: ModelSpec) -> tuple[str, str] | None:
    """(address, environment variable) where a key will be sent, None where none is; the variable need not be set.

    Raises SpecError for a bad base_url.
    """
    url = _checked_url(spec)
    name = _key_name(spec, url)
    return (url, name) if name else None


def _checked_url(spec: ModelSpec) -> str:
    url = DEFAULT_URL if spec.base_url is None else spec.base_url
    where = f"{spec.id}: base_url"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise SpecError(
            f"{where}: must be an address such as https://host/v1 or http://localhost:8000/v1 (found {url!r})"
        )
    if parts.username is not None or parts.password is not None:
        raise SpecError(f"{where}: must not hold a user or password; name an environment variable in api_key_env")
    if parts.query or parts.fragment:
        raise SpecError(
            f"{where}: must end with the path, without ? and # (a key belongs into an environment variable)"
        )
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise SpecError(f"{where}: leave out /chat/completions; it is added (found {url!r})")
    return url


def is_local(url: str) -> bool:
    """Whether the host is this machine or of a private network. An address that is none is not."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))


def _key_name(spec: ModelSpec, url: str) -> str:
    """The variable that holds the API key, or the empty string where none is to be sent."""
    if spec.api_key_env is not None:
        return spec.api_key_env
    return "" if is_local(url) else DEFAULT_KEY


def _key(spec: ModelSpec, url: str) -> str:
    """The API key, or the empty string where none is to be sent."""
    name = _key_name(spec, url)
    if not name:
        return ""
    key = os.environ.get(name, "").strip()
    if not key:
        raise SpecError(
            f"{spec.id}: the environment variable {name} is not set or empty; it must hold the API key for "
            f'{urlsplit(url).netloc} (another variable: api_key_env = "NAME"; no key at all: api_key_env = "")'
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise SpecError(f"{spec.id}: the environment variable {name} does not hold an API key: it has odd characters")
    return key


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for this address. Raises SpecError for one that speaks SOCKS."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    named = urllib.request.getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    if proxy is None:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    kind = urlsplit(proxy).scheme
    if kind not in ("http", "https"):
        raise SpecError(
            f"the environment names a proxy of the kind {kind} for {parts.netloc}; only http proxies are supported "
            "(set HTTPS_PROXY to one, or NO_PROXY to the host)"
        )
    return proxy


def check_way(spec: ModelSpec) -> None:
    """Raises SpecError for all that is wrong between here and the server, as far as this machine can tell: the address,
    the key, the proxy and the certificates. Nothing is sent."""
    url = _checked_url(spec)
    faults: list[str] = []
    ways: list[Callable[[], object]] = [lambda: _key(spec, url)]
    if not Endpoint(url, "", "").is_plain:
        ways += [lambda: proxy_for(url), check_certificates]
    for way in ways:
        try:
            way()
        except SpecError as error:
            faults += error.problems
    if faults:
        raise SpecError(*faults)


def certificates() -> ssl.SSLContext:
    """The certificates of this machine. Raises SpecError where the environment names a file that is not there."""
    check_certificates()
    return ssl.create_default_context()


def check_certificates() -> None:
    """Raises SpecError where the environment names a file that is not there."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        path = os.environ.get(name)
        if path and not Path(path).exists():
            raise SpecError(
                f"the environment variable {name} names {path!r}, which does not exist; unset or correct it"
            )
