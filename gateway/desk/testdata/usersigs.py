#!/usr/bin/env python3
"""Computes usersigs.json: UserSigs made from the vendor's description of
version 2 (HMAC-SHA256), good ones and spoilt ones, with nothing but the
standard library. Run it in its directory after a change."""
import base64
import hashlib
import hmac
import json
import zlib

APP, ADMIN, KEY, AT, EXPIRE = 1400000001, "administrator", "vector-usersig-key", 1700000000, 86400


def pack(doc):
    data = doc if isinstance(doc, bytes) else json.dumps(doc, ensure_ascii=False).encode()
    return letters(zlib.compress(data))


def letters(data):
    return base64.b64encode(data).decode().replace("+", "*").replace("/", "-").replace("=", "_")


def document(identifier=ADMIN, app=APP, key=KEY, at=AT, expire=EXPIRE, userbuf=None, **changes):
    text = f"TLS.identifier:{identifier}\nTLS.sdkappid:{app}\nTLS.time:{at}\nTLS.expire:{expire}\n"
    doc = {"TLS.ver": "2.0", "TLS.identifier": identifier, "TLS.sdkappid": app, "TLS.expire": expire, "TLS.time": at}
    if userbuf is not None:
        doc["TLS.userbuf"] = base64.b64encode(userbuf).decode()
        text += f"TLS.userbuf:{doc['TLS.userbuf']}\n"
    doc["TLS.sig"] = base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
    doc.update({"TLS." + k: v for k, v in changes.items()})
    return doc


def case(name, code, sig, now=AT + 60, identifier=ADMIN, app=APP):
    return {"name": name, "code": code, "usersig": sig, "now": now, "identifier": identifier, "sdkappid": str(app)}


good = pack(document())
bomb = letters(zlib.compress(b'{"TLS.ver":"2.0","TLS.identifier":"' + b"a" * 400_000 + b'"}'))
cases = [
    case("good", 0, good),
    case("good, without padding", 0, good.rstrip("_")),
    case("good, with a user buffer", 0, pack(document(userbuf=b"\x00\xff rooms"))),
    case("good, text instead of numbers", 0, pack(document(time=str(AT), expire=str(EXPIRE), sdkappid=str(APP)))),
    case("good, the last second", 0, good, now=AT + EXPIRE - 1),
    case("good, clock five minutes behind", 0, good, now=AT - 300),
    case("expired", 70001, good, now=AT + EXPIRE),
    case("never valid", 70001, pack(document(expire=0)), now=AT),
    case("from the future", 70009, good, now=AT - 301),
    case("another key", 70009, pack(document(key="other"))),
    case("no signature", 70009, pack(document(sig=""))),
    case("signature is no base64", 70009, pack(document(sig="!"))),
    case("time changed", 70009, pack(document(time=AT + 1))),
    case("life changed", 70009, pack(document() | {"TLS.expire": EXPIRE * 2})),
    case("user buffer added", 70009, pack(document() | {"TLS.userbuf": "AA=="})),
    case("another identifier signed", 70013, pack(document(identifier="someone"))),
    case("another identifier asked", 70013, good, identifier="someone"),
    case("not the administrator", 60010, pack(document(identifier="someone")), identifier="someone"),
    case("another application signed", 70014, pack(document(app=1400000002))),
    case("another application asked", 70014, good, app=1400000002),
    case("unknown application", 70020, pack(document(app=1400000009)), app=1400000009),
    case("application without a key", 70016, pack(document(app=1400000003)), app=1400000003),
    case("version 1", 70003, pack(document(ver="1.0"))),
    case("no base64", 70003, "§§§"),
    case("plain base64", 70003, base64.b64encode(zlib.compress(json.dumps(document()).encode())).decode() + "="),
    case("no zlib", 70003, letters(json.dumps(document()).encode())),
    case("no JSON", 70003, pack(b"TLS")),
    case("a list", 70003, pack(b"[]")),
    case("cut off", 70003, good[:-24]),
    case("a zlib bomb", 70003, bomb),
    case("very long", 70003, "a" * 5000),
    case("time is no number", 70003, pack(document(time="x"))),
    case("negative life", 70003, pack(document(expire=-1))),
    case("endless life", 70003, pack(document(expire=10**18))),
    case("fraction of a second", 70003, pack(document(time=1.5))),
]

if __name__ == "__main__":
    with open("usersigs.json", "w", encoding="utf-8") as f:
        json.dump({"administrator": ADMIN, "key": KEY, "cases": cases}, f, ensure_ascii=False, indent=1)
        f.write("\n")
