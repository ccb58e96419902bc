"""CloudWatch in the protocol that newer SDKs speak: Smithy RPC v2 with CBOR bodies.

By the Smithy specification a request goes to `/service/NAME/operation/OPERATION`, and request, answer and error have
the members' names, as in the JSON protocol that the emulators do speak. So a request is put into JSON and its answer
into CBOR (RFC 8949); times are numbers of seconds with the tag 1.
"""

import json
import re
import struct

from wire import Request, Response

PATH = re.compile(r"/service/([^/]+)/operation/([^/?]+)")
BREAK = object()


def speaks_cbor(request):
    return request.header("smithy-protocol") == "rpc-v2-cbor"


def answer(request, upstream):
    service, operation = PATH.search(request.path).groups()
    dropped = {"smithy-protocol", "content-type", "accept", "x-amz-target"}
    headers = [(key, value) for key, value in request.headers if key.lower() not in dropped]
    headers += [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", f"{service}.{operation}")]
    asked = decode(request.body) if request.body else {}
    body = json.dumps(asked).encode()
    response = upstream(Request("POST", "/", headers, body, request.access_key, request.region, request.service))
    answered = response.json if response.body else {}
    headers = [("Smithy-Protocol", "rpc-v2-cbor"), ("Content-Type", "application/cbor")]
    return Response(response.status, headers, encode(answered))


def decode(data):
    return read(memoryview(data), [0])


def read(data, at):
    """The value at a position, which moves on."""
    first = data[at[0]]
    at[0] += 1
    kind, info = first >> 5, first & 31
    if kind == 7:
        return special(data, at, info)
    count = None if info == 31 else number(data, at, info)
    if kind == 0:
        return count
    if kind == 1:
        return -1 - count
    if kind in (2, 3):
        return text(data, at, kind, count)
    if kind == 4:
        return list(items(data, at, count))
    if kind == 5:
        flat = list(items(data, at, None if count is None else 2 * count))
        return dict(zip(flat[::2], flat[1::2]))
    return read(data, at)  # A tag says how to read what follows, which here is a number anyway.


def number(data, at, info):
    if info < 24:
        return info
    size = 1 << (info - 24)
    at[0] += size
    return int.from_bytes(data[at[0] - size : at[0]], "big")


def text(data, at, kind, count):
    if count is None:
        return "".join(items(data, at, None))
    at[0] += count
    piece = bytes(data[at[0] - count : at[0]])
    return piece.decode() if kind == 3 else piece


def items(data, at, count):
    while count is None or count > 0:
        item = read(data, at)
        if item is BREAK:
            return
        yield item
        count = None if count is None else count - 1


def special(data, at, info):
    if info == 31:
        return BREAK
    if info in (20, 21, 22, 23):
        return {20: False, 21: True}.get(info)
    size, form = {25: (2, ">e"), 26: (4, ">f"), 27: (8, ">d")}[info]
    at[0] += size
    return struct.unpack(form, data[at[0] - size : at[0]])[0]


def encode(value, name=""):
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, (int, float)) and name.endswith("Timestamp"):
        return b"\xc1\xfb" + struct.pack(">d", value)
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(encode(item) for item in value)
    return head(5, len(value)) + b"".join(encode(key) + encode(item, key) for key, item in value.items())


def head(kind, count):
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if count < 24:
            return bytes([kind << 5 | count])
        if count < 1 << 8 * size:
            return bytes([kind << 5 | info]) + count.to_bytes(size, "big")
    raise ValueError(f"{count} is too large for CBOR")
