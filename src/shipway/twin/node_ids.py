"""Node ids in GitHub's shape: a prefix for the type and a packed list of numbers or text."""

import base64
import struct

_U32, _U64, _TEXT = 0xCE, 0xCF, 0xDA


def encode(prefix: str, *parts: int | str) -> str:
    """Build a node id such as `R_kgDOAAAAAQ` from `("R", 1)`; reversible by `decode`."""
    packed = bytes([0x91 + len(parts), 0]) + b"".join(_pack(part) for part in parts)
    return f"{prefix}_{base64.urlsafe_b64encode(packed).rstrip(b'=').decode()}"


def decode(node_id: str) -> tuple[str, tuple[int | str, ...]]:
    """Split a node id into prefix and parts; ValueError when it is not one of ours."""
    prefix, separator, text = node_id.partition("_")
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        parts = _unpack(packed[2:])
    except UnicodeDecodeError as error:
        raise ValueError(node_id) from error
    if not separator or encode(prefix, *parts) != node_id:
        raise ValueError(node_id)
    return prefix, parts


def _pack(part: int | str) -> bytes:
    if isinstance(part, str):
        data = part.encode()
        return struct.pack(">BH", _TEXT, len(data)) + data
    return struct.pack(">BI", _U32, part) if part < 2**32 else struct.pack(">BQ", _U64, part)


def _unpack(packed: bytes) -> tuple[int | str, ...]:
    parts: list[int | str] = []
    while packed:
        if packed[0] == _TEXT:
            end = 3 + int.from_bytes(packed[1:3], "big")
            parts.append(packed[3:end].decode())
        elif packed[0] in {_U32, _U64}:
            end = 5 if packed[0] == _U32 else 9
            parts.append(int.from_bytes(packed[1:end], "big"))
        else:
            raise ValueError(packed)
        packed = packed[end:]
    return tuple(parts)
