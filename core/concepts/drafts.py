"""Wordings drafted by a language model behind an OpenAI-compatible address: proposals, never more.

Off unless somebody names an address. What is sent is a `Question` that the page shows beforehand, word for word: what
a segment buys and pays in words and medians, and the text to reword. No customer, no id, no sale goes out. What comes
back is text from outside: it is cut, cleaned and judged like any other wording, and never followed.
"""

import http.client
import json
import os
import re
import ssl
import time
import unicodedata
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from core.audience.groups import FEWEST
from core.audience.segments import Segments
from core.concepts.brief import Kind
from core.concepts.variants import LONGEST
from core.errors import DebutError

__all__ = ["MOST", "Endpoint", "Question", "ask", "from_environment", "profile", "question", "read"]

MOST = 6  # proposals at once
SECONDS = 60.0  # to wait for an answer; a model at home is slow
LONGEST_ANSWER = 200_000  # bytes that are read; six wordings are far below
CHUNK = 16_384  # bytes of an answer that are read at once
LONGEST_BASE = 2_000  # characters of the text that is sent
LENGTHS: dict[Kind, str] = {
    "title": "a product title of 3 to 9 words",
    "description": "a product description of one or two sentences",
    "headline": "an ad headline of at most 12 words",
}
MARKUP = re.compile(r"<[^<>]{0,200}>")
EMPHASIS = re.compile(r"[*_`]{1,3}(\S(?:.*?\S)?)[*_`]{1,3}")
LEAD = re.compile(r"^(?:[-*+•>#\s]+|\(?\d{1,2}[.):]\s+)+")
NOT_A_DRAFT = re.compile(r"^(?:here (?:are|is)|sure|certainly|of course)\b.*[:!.]$", re.IGNORECASE)
TITLE = "No drafts came back"
STRANGER = "What answers there is no OpenAI-compatible endpoint. Check the address."


@dataclass(frozen=True)
class Endpoint:
    """Where to ask. The key is never shown, logged or written down."""

    url: str
    """Up to and without /chat/completions, such as http://localhost:11434/v1."""
    model: str
    key: str = field(default="", repr=False)

    def checked(self) -> "Endpoint":
        """Raises DebutError on an address that cannot be one, or to which a key would travel in the clear."""
        parts = _parts(self.url)
        odd = parts.query or parts.fragment or "@" in parts.netloc or not re.fullmatch(r"[!-~]+", self.url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname or odd:
            raise DebutError("The address must be like https://host/v1, without a name, key, query or space in it.")
        if not self.model.strip():
            raise DebutError("Name the model that the endpoint should use.")
        if re.search(r"\s", self.key) or not self.key.isascii():
            raise DebutError("The key has a space, a line break or another character that no key has.")
        if self.key and parts.scheme == "http" and not _here(parts.hostname):
            raise DebutError("The key would travel unencrypted. Use an https address, or leave the key empty.")
        return self


@dataclass(frozen=True)
class Question:
    """What is sent, and nothing else is."""

    system: str
    user: str

    @property
    def shown(self) -> str:
        """For a person to read before it goes out."""
        return f"{self.system}\n\n{self.user}"


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is not followed: the key is for the address that was named."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401  (as the class above has it)
        return None


def from_environment() -> Endpoint | None:
    """The endpoint of DEBUT_LLM_URL, DEBUT_LLM_MODEL and DEBUT_LLM_KEY; None where no address is set."""
    url = os.environ.get("DEBUT_LLM_URL", "").strip()
    if not url:
        return None
    return Endpoint(url, os.environ.get("DEBUT_LLM_MODEL", "").strip(), os.environ.get("DEBUT_LLM_KEY", "").strip())


def profile(segments: Segments, name: str | None) -> str:
    """A segment in words and medians; of None, or one that is too small to be told of, all customers."""
    table = segments.table.reset_index(drop=True)
    row = table[(table["name"] == name) & (table["customers"] >= FEWEST)]
    if row.empty:
        large = table[table["customers"] >= FEWEST]
        every = [word for words in large["words"].head(3) for word in words.split(", ")[:2] if word]
        return f"Customers of the shop. They buy: {', '.join(every) or 'all sorts'}."
    told = row.iloc[0]
    facts = [f"They buy more than others: {told['words'] or 'all sorts'}."]
    facts.append(f"They are {told['share']:.0%} of the customers and order {told['orders']:.0f} times a year (median).")
    if told["price"] == told["price"]:
        facts.append(f"They usually pay {told['price']:.2f} for an item.")
    return " ".join(facts)


def question(told: str, base: str, kind: Kind, count: int) -> Question:
    """Ask for `count` wordings of a kind. told: the profile. base: the text to reword."""
    count = min(max(count, 1), MOST)
    system = (
        "You write product copy for an online shop. Answer with a JSON array of strings and nothing else. "
        "Claim nothing of the product that its text does not say."
    )
    user = (
        f"Write {count} variants of {LENGTHS[kind]} for the product below, each in other words, "
        f"for these customers.\n\nCustomers: {told}\n\nProduct: {base[:LONGEST_BASE]}"
    )
    return Question(system, user)


def ask(endpoint: Endpoint, asked: Question, count: int, seconds: float = SECONDS) -> list[str]:
    """At most `count` proposals. Raises DebutError where the endpoint cannot be reached or answers something else."""
    endpoint.checked()
    body = {
        "model": endpoint.model,
        "messages": [{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}],
        "stream": False,
    }
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    request = urllib.request.Request(_address(endpoint.url), json.dumps(body).encode(), headers, method="POST")
    found = read(_content(_answer(request, endpoint, seconds)), count)
    if not found:
        raise DebutError("The endpoint answered, but with no wording. Ask again, or try another model.", TITLE)
    return found


def read(content: str, count: int) -> list[str]:
    """The proposals in what a model wrote: a JSON array, or else a line each, without markup and each once."""
    found = [_cleaned(line) for line in _lines(content[:LONGEST_ANSWER])]
    kept = dict.fromkeys(line for line in found if any(map(str.isalnum, line)) and not NOT_A_DRAFT.match(line))
    return list(kept)[: min(count, MOST)]


def _answer(request: urllib.request.Request, endpoint: Endpoint, seconds: float) -> bytes:
    host = _parts(endpoint.url).hostname or ""
    direct = [urllib.request.ProxyHandler({})] if _here(host) else []  # no proxy stands before this machine itself
    try:
        with urllib.request.build_opener(_Stay, *direct).open(request, timeout=seconds) as answer:
            return _whole(answer, time.monotonic() + seconds)
    except urllib.error.HTTPError as error:
        error.close()
        raise DebutError(_refused(error.code, endpoint.model), TITLE) from None  # its text may hold the key
    except TimeoutError:
        raise DebutError(f"No answer within {seconds:.0f} seconds. Ask again.", TITLE) from None
    except http.client.HTTPException:
        raise DebutError(STRANGER, TITLE) from None
    except (OSError, ValueError) as error:
        why = _unreached(getattr(error, "reason", error), seconds)
        raise DebutError(f"{host} cannot be reached: {why}. Check the address.", TITLE) from None


def _whole(answer: http.client.HTTPResponse, until: float) -> bytes:
    """An answer, or as much of it as tells that it is too long. Raises TimeoutError on one that drips in too slowly."""
    parts, size = [], 0
    while size <= LONGEST_ANSWER and (part := answer.read1(CHUNK)):
        parts.append(part)
        size += len(part)
        if time.monotonic() > until:
            raise TimeoutError
    return b"".join(parts)


def _unreached(reason: object, seconds: float) -> str:
    if isinstance(reason, TimeoutError):
        return f"no connection within {seconds:.0f} seconds"
    if isinstance(reason, ssl.SSLError):
        return "its certificate is not accepted, or it does not speak https"
    return "nothing answers there"


def _refused(code: int, model: str) -> str:
    if code in (401, 403):
        return f"The endpoint refuses the key ({code}). Check the key, and whether it may use {model}."
    if code == 404:
        return f"There is no such address or model ({code}). The address ends before /chat/completions."
    if code == 429:
        return "The endpoint has had too many questions (429). Wait a little, or check the quota."
    if 300 <= code < 400:
        return f"The endpoint sends elsewhere ({code}), which is not followed. Name the address it leads to."
    return f"The endpoint answers with an error ({code}). Ask again later."


def _content(answer: bytes) -> str:
    """What the model wrote."""
    if len(answer) > LONGEST_ANSWER:
        raise DebutError("The answer is far too long for a few wordings.", TITLE)
    try:
        content = json.loads(answer)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise DebutError(STRANGER, TITLE) from None
    if content is None:
        return ""  # a model that refuses, or thinks until it may write no more
    if not isinstance(content, str):
        raise DebutError(STRANGER, TITLE)
    return content


def _lines(content: str) -> list[str]:
    """Texts of a JSON array that stands somewhere in it, else its lines."""
    content = re.sub(r"<think>.*?(?:</think>|$)", "", content, flags=re.DOTALL)  # what some models say to themselves
    first, last = content.find("["), content.rfind("]")
    if 0 <= first < last:
        try:
            found = json.loads(content[first : last + 1])
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and (texts := [one for one in found if isinstance(one, str)]):
            return texts
    return [line for line in content.splitlines() if not line.strip().startswith("```")]


def _cleaned(line: str) -> str:
    """One line of plain text, no longer than a wording may be."""
    line = MARKUP.sub(" ", line[: 10 * LONGEST])
    line = "".join(" " if unicodedata.category(one)[0] == "C" else one for one in line)
    line = EMPHASIS.sub(r"\1", " ".join(line.replace("|", " ").split()))
    line = LEAD.sub("", line)
    line = line.rstrip(",").strip("\"'“”‘’«» ")
    return line if len(line) <= LONGEST else line[:LONGEST].rsplit(" ", 1)[0]


def _address(url: str) -> str:
    url = url.strip().rstrip("/")
    return url if url.endswith("/chat/completions") else f"{url}/chat/completions"


def _parts(url: str) -> Any:  # noqa: ANN401  (urllib's own)
    try:
        parts = urlsplit(url.strip())
        _ = parts.port  # raises where it is none
    except ValueError as error:
        raise DebutError("The address must be like https://host/v1.") from error
    return parts


def _here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
