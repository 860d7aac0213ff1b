"""The bytes of a text as letters: UTF-8 and UTF-16 by their own marks, older encodings by what fits.

Encodings of one byte a letter fit every file, so what decides among them is where letters stand: Cyrillic and Greek
words are written in high bytes alone, Western and Central European ones have few, and signs such as ³ or ” never
stand inside a word. What cannot be told is refused, since a wrong guess would show other letters without a word.
"""

from __future__ import annotations

import itertools
import re

from zoo.errors import InputError

UNKNOWN = "the letters of the file cannot be told; save it again with the encoding UTF-8."

_DOUBLE_BYTES = (
    # name, bytes of its common characters, what else may stand among them
    ("gb18030", rb"[\xb0-\xd7][\xa1-\xfe]", rb"[\xa1-\xa3\xa6-\xa9][\xa1-\xfe]"),
    ("cp949", rb"[\xb0-\xc8][\xa1-\xfe]", rb"[\xa1-\xa3][\xa1-\xfe]"),
    ("cp932", rb"[\x82\x83][\x40-\xf1]|[\x88-\x97][\x40-\xfc]", rb"\x81[\x40-\xfc]"),
    ("big5", rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]", rb"[\xa1-\xa3][\x40-\x7e\xa1-\xfe]"),
)

_COMMON_SYLLABLES = frozenset(
    "이다는은을를의에가고지기사리김박최정강조윤장임한서울부산대구인천광주전남북경도시군명수아나라하해했어있자상성원년월일"
    "호영민현진희철우동국연생학교총합계제름번키무게별과로면관"
)
"""Syllables that make about half of a Korean text; GBK writes common Chinese characters with the same bytes."""

_IN_WORDS = rb"A-Za-z\x8a\x8c\x8e\x9a\x9c\x9e\xc0-\xd6\xd8-\xf6\xf8-\xff"
_NO_LETTERS = re.compile(
    rb"(?<=[%b])[\x80-\x87\x89\x8b\x90\x91\x93-\x95\x98\x99\x9b\xa4\xa7\xab\xbb](?=[%b])"
    % (_IN_WORDS, _IN_WORDS)
)
"""Signs of cp1252 inside a word: the file is older than Windows, or of a Macintosh."""
_CENTRAL = re.compile(
    rb"(?:[\x8a\x8d\x8e\x8f\x9a\x9d\x9e\x9f\xa3\xa5\xaf\xb3\xb9\xbc\xbe](?=[%b])"
    rb"|[\x8c\x9c](?=[a-tv-z])|(?<=[A-Za-z])[\xb3\xb9\xbf\xbe](?=[a-z]))" % _IN_WORDS
)
"""Letters of Polish, Czech and Hungarian that are signs or rare letters in the West."""


def decoded(data: bytes) -> tuple[str, str]:
    """A text and the name of its encoding.

    Raises:
        InputError: the encoding cannot be told, or the file mixes two.
    """
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return _strictly(data, encoding)
    if b"\x00" in data[:4096]:
        even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
        if max(even, odd) < 0.4 * len(data[:4096:2]) or min(even, odd) > 0.05 * len(data[:4096:2]):
            raise InputError("the file is not text; save it as text with the encoding UTF-8.")
        return _strictly(data, "utf-16-be" if even > odd else "utf-16-le")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _strictly(data, _legacy(data))


def _strictly(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), encoding.removesuffix("-sig")
    except UnicodeDecodeError as error:
        raise InputError(UNKNOWN) from error


def _legacy(data: bytes) -> str:
    """The encoding of a text that is no Unicode.

    Raises:
        InputError: none fits, or several do.
    """
    part = data[: 2**20]
    if encoding := _double_byte(part):
        return encoding
    if len(re.findall(rb"[\xc3-\xf4][\x80-\xbf]+", part)) > 0.5 * len(re.findall(rb"[\x80-\xff]+", part)):
        raise InputError(UNKNOWN)  # UTF-8 for nearly every letter, but not for all
    high_words = re.findall(rb"(?<![A-Za-z\x80-\xff])[\x80-\xff]{2,}(?![A-Za-z\x80-\xff])", part)
    if sum(map(len, high_words)) > 0.5 * len(re.findall(rb"[\x80-\xff]", part)):
        return _other_alphabet(part)
    if _NO_LETTERS.search(part):
        raise InputError(UNKNOWN)
    if _CENTRAL.search(part):
        return "cp1250"
    turkish = len(re.findall(rb"[\xfe\xfd\xf0\xdd\xde\xd0]", part))
    if turkish > 1 and not re.search(rb"[\xe1\xe9\xed\xf3\xfa\xe6]", part):
        return "cp1254"
    try:
        part.decode("cp1252")
    except UnicodeDecodeError:
        raise InputError(UNKNOWN) from None
    return "cp1252"


def _double_byte(part: bytes) -> str:
    """The encoding of Chinese, Japanese or Korean text, or empty where it is no such text."""
    high = len(re.findall(rb"[\x80-\xff]", part))
    for encoding, common, others in _DOUBLE_BYTES:
        try:
            text = part.decode(encoding, errors="strict" if len(part) < 2**20 else "ignore")
        except UnicodeDecodeError:
            continue
        pairs = re.findall(common + rb"|" + others, part)
        usual = [pair for pair in pairs if re.fullmatch(common, pair)]
        covered = sum(sum(byte > 0x7F for byte in pair) for pair in pairs)
        wide = [letter for letter in text if ord(letter) > 0x7F]
        glued = len(re.findall(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]", text))
        if not usual or covered < 0.9 * high or glued > 0.3 * len(wide):
            continue
        if encoding == "big5" and sum(pair[1] > 0x7F for pair in pairs) < 0.25 * len(pairs):
            continue  # a Western sign before a letter of ASCII, such as °C
        if encoding == "gb18030" and _is_korean(part):
            continue
        return encoding
    return ""


def _is_korean(part: bytes) -> bool:
    try:
        letters = [letter for letter in part.decode("cp949") if "가" <= letter <= "힣"]
    except UnicodeDecodeError:
        return False
    return sum(letter in _COMMON_SYLLABLES for letter in letters) > 0.25 * max(len(letters), 1)


def _other_alphabet(part: bytes) -> str:
    """Which encoding of Cyrillic, Greek, Hebrew or Arabic, as charset-normalizer judges it.

    Raises:
        InputError: none fits.
    """
    from charset_normalizer import from_bytes

    names = ["cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256"]
    fits = [
        (_turns_of_case(part, match.encoding), match.percent_chaos, names.index(match.encoding))
        for match in from_bytes(part, cp_isolation=names, threshold=0.5, enable_fallback=False)
    ]
    if not fits:
        raise InputError(UNKNOWN)
    return names[min(fits)[2]]


def _turns_of_case(part: bytes, encoding: str) -> float:
    """How many letters are capitals after small ones, as a text in another encoding of its alphabet has them."""
    text = part.decode(encoding, errors="replace")
    letters = sum(letter.isalpha() and ord(letter) > 0x7F for letter in text)
    turns = sum(before.islower() and after.isupper() for before, after in itertools.pairwise(text))
    return round(turns / max(letters, 1), 1)
