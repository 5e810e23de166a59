"""XML as a stream of starts and ends, in constant memory, without anything that XML can be abused for.

A document type may be named (Cobertura and JaCoCo do) but never brings anything with it: no entity is
declared or expanded, nothing outside the file is read.
"""

from collections.abc import Iterator
from typing import IO, Literal, NamedTuple
from xml.parsers import expat

from shipway.adapters.report_files.malformed import MalformedError

DEEPEST = 100
LONGEST_TEXT = 8_000
_CHUNK = 1 << 16
_CUT_OFF = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_NO_DEFINITIONS = "Write it without definitions and entities of its own; they are never followed."
_SMALLER = "Have its tool write less, and no captured output, into the report."
_LONGEST_TAG = 1 << 22  # Without a limit, older expat needs quadratic time for one endless tag or comment.


class Event(NamedTuple):
    """The start of an element with its attributes, or its end with its own text, cut to LONGEST_TEXT."""

    what: Literal["start", "end"]
    tag: str
    attributes: dict[str, str]
    text: str
    line: int

    @property
    def starts(self) -> bool:
        """Whether this is the start."""
        return self.what == "start"


class _Collector:
    """Turns the parser's callbacks into events that have not been taken yet."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._texts: list[list[str]] = []
        self._lengths: list[int] = []
        self.parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._document_type
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped_entity

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._texts) >= DEEPEST:
            raise self._refusal(f"more than {DEEPEST} elements are nested", _SMALLER)
        self._texts.append([])
        self._lengths.append(0)
        self.events.append(Event("start", _local(tag), attributes, "", self.parser.CurrentLineNumber))

    def _end(self, tag: str) -> None:
        text = "".join(self._texts.pop())
        self._lengths.pop()
        self.events.append(Event("end", _local(tag), {}, text, self.parser.CurrentLineNumber))

    def _text(self, data: str) -> None:
        room = LONGEST_TEXT - self._lengths[-1]
        if room > 0:
            self._texts[-1].append(data[:room])
            self._lengths[-1] += len(data)

    def _document_type(self, _name: str, _system: str | None, _public: str | None, internal: int) -> None:
        if internal:
            raise self._refusal("it brings its own document type definition", _NO_DEFINITIONS)

    def _entity(self, *_declaration: object) -> None:
        raise self._refusal("it declares entities", _NO_DEFINITIONS)

    def _skipped_entity(self, name: str, _is_parameter: int) -> None:
        raise self._refusal(f"it uses the entity {name[:40]!r}", _NO_DEFINITIONS)

    def check_progress(self, fed: int) -> None:
        """Refuse a document of which the parser has taken nothing for a long time."""
        if fed - self.parser.CurrentByteIndex > _LONGEST_TAG:
            raise self._refusal("a single tag or comment is megabytes long", _SMALLER)

    def _refusal(self, why: str, fix: str) -> MalformedError:
        return MalformedError(why, self.parser.CurrentLineNumber, fix)


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def xml_events(stream: IO[bytes]) -> Iterator[Event]:
    """Yield the starts and ends of the document's elements, in order.

    Raises:
        MalformedError: It is not well-formed, nested too deeply, or tries to bring entities in.
    """
    collector = _Collector()
    fed = 0
    while chunk := stream.read(_CHUNK):
        _feed(collector.parser, chunk, final=False)
        fed += len(chunk)
        collector.check_progress(fed)
        yield from collector.events
        collector.events.clear()
    _feed(collector.parser, b"", final=True)
    yield from collector.events


def _feed(parser: expat.XMLParserType, chunk: bytes, *, final: bool) -> None:
    try:
        parser.Parse(chunk, final)
    except expat.ExpatError as error:
        why = (
            "it ends too early" if error.code in _CUT_OFF else f"broken XML, {expat.ErrorString(error.code)}"
        )
        raise MalformedError(why, error.lineno) from error
    except (LookupError, ValueError) as error:
        if isinstance(error, MalformedError):
            raise
        raise MalformedError(f"its encoding cannot be read ({error})", 1) from error
