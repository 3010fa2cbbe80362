#!/usr/bin/env python3
"""Computes vectors.json: requests with signatures made from the vendor's
description of TC3-HMAC-SHA256 and of signature version 1, with nothing but the
standard library. Run it in its directory after a change."""
import base64
import hashlib
import hmac
import json
import urllib.parse

ID, KEY = "AKIDvector", "vector-secret-key"
AT = 1700000000  # 2023-11-14T22:13:20Z


def sign3(name, *, method="POST", host="127.0.0.1:8080", signed_host=None, query="", body="", ctype="application/json",
          service="ccc", timestamp=AT, date="2023-11-14", secret_id=ID, key=KEY, extra=None, lower=True, signed=None, published=None):
    headers = {"Content-Type": ctype, "X-TC-Timestamp": str(timestamp), "X-TC-Action": "NoSuchAction", "X-TC-Version": "2020-02-10"}
    headers.update(extra or {})
    names = signed or ["content-type", "host"]
    lines = ""
    for n in names:
        if n == "host":
            v = signed_host or host
        else:
            v = next(value for h, value in headers.items() if h.lower() == n).strip()
        lines += n + ":" + (v.lower() if lower else v) + "\n"
    canonical = "\n".join([method, "/", query, lines, ";".join(names), hashlib.sha256(body.encode()).hexdigest()])
    scope = f"{date}/{service}/tc3_request"
    to_sign = "\n".join(["TC3-HMAC-SHA256", str(timestamp), scope, hashlib.sha256(canonical.encode()).hexdigest()])
    k = ("TC3" + key).encode()
    for part in (date, service, "tc3_request"):
        k = hmac.new(k, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(k, to_sign.encode(), hashlib.sha256).hexdigest()
    if published:
        assert signature == published, (name, signature)
    headers["Authorization"] = f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return {"name": name, "method": method, "host": host, "query": query, "headers": headers, "body": body,
            "secretId": secret_id, "secretKey": key, "now": timestamp}


def sign1(name, *, method="GET", host="127.0.0.1:8080", signed_host=None, params=None, secret_id=ID, key=KEY, timestamp=AT, algorithm=None, published=None):
    p = {"Action": "NoSuchAction", "Version": "2020-02-10", "Nonce": "11886", "Timestamp": str(timestamp), "SecretId": secret_id}
    p.update(params or {})
    if algorithm:
        p["SignatureMethod"] = algorithm
    text = method + (signed_host or host) + "/?" + "&".join(f"{k}={p[k]}" for k in sorted(p))
    digest = hashlib.sha256 if algorithm == "HmacSHA256" else hashlib.sha1
    p["Signature"] = base64.b64encode(hmac.new(key.encode(), text.encode(), digest).digest()).decode()
    if published:
        assert p["Signature"] == published, (name, p["Signature"])
    form = urllib.parse.urlencode(p)
    headers = {} if method == "GET" else {"Content-Type": "application/x-www-form-urlencoded"}
    return {"name": name, "method": method, "host": host, "query": form if method == "GET" else "", "headers": headers,
            "body": form if method == "POST" else "", "secretId": secret_id, "secretKey": key, "now": timestamp}


vectors = [
    sign3("TC3 POST", body='{"SdkAppId":1400000001,"SeatUserId":"agent1@demo"}'),
    sign3("TC3 POST with charset", ctype="application/json; charset=utf-8", body="{}"),
    sign3("TC3 POST, values lower-cased when signed", ctype="application/json; charset=UTF-8", body="{}"),
    sign3("TC3 POST, values signed as sent", ctype="application/json; charset=UTF-8", body="{}", lower=False),
    sign3("TC3 POST, port not signed, scope of an address", signed_host="127.0.0.1", service="127", body="{}"),
    sign3("TC3 POST, scope with a port", host="localhost:8080", service="localhost:8080", body="{}"),
    sign3("TC3 POST, IPv6 host as URL parsers give it", host="[::1]:8080", signed_host="[::1]", service="[::1]:8080", body="{}"),
    sign3("TC3 POST, text beyond ASCII", body=json.dumps({"SeatUserId": "坐席@例子"}, ensure_ascii=False)),
    sign3("TC3 POST, more headers signed", body="{}", extra={"X-TC-Region": "ap-guangzhou"},
          signed=["content-type", "host", "x-tc-action", "x-tc-region"]),
    sign3("TC3 GET", method="GET", ctype="application/x-www-form-urlencoded", query="SdkAppId=1400000001&SeatUserId=agent1%40demo"),
    sign3("TC3 GET without parameters", method="GET", ctype="application/x-www-form-urlencoded"),
    sign3("TC3, last second of a day", timestamp=1700006399, date="2023-11-14", body="{}"),
    sign3("TC3, first second of a day", timestamp=1700006400, date="2023-11-15", body="{}"),
    sign1("version 1 GET, SHA-1 by default", params={"SdkAppId": "1400000001", "SeatUserId": "agent1@demo"}),
    sign1("version 1 GET, SHA-1", algorithm="HmacSHA1"),
    sign1("version 1 GET, SHA-256", algorithm="HmacSHA256", params={"A.10": "x", "A.2": "y", "a": "z", "B": "1 2&3=4+5"}),
    sign1("version 1 POST, SHA-1", method="POST", params={"SeatUserId": "坐席@例子"}),
    sign1("version 1 POST, SHA-256, port not signed", method="POST", algorithm="HmacSHA256", signed_host="127.0.0.1"),
    # The example of the vendor's own document, with the signature printed there.
    sign1("version 1 GET, the document's example", host="cvm.tencentcloudapi.com", secret_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
          key="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", timestamp=1465185768, published="EliP9YW3pW28FpsEdkXt/+WcGeI=",
          params={"Action": "DescribeInstances", "InstanceIds.0": "ins-09dx96dg", "Limit": "20", "Offset": "0", "Region": "ap-guangzhou",
                  "Version": "2017-03-12"}),
    sign3("TC3 POST, the document's example", host="cvm.tencentcloudapi.com", service="cvm", timestamp=1551113065, date="2019-02-25",
          ctype="application/json; charset=utf-8", secret_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", key="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
          published="72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
          body='{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'),
]

if __name__ == "__main__":
    with open("vectors.json", "w", encoding="utf-8") as f:
        json.dump(vectors, f, ensure_ascii=False, indent=1)
        f.write("\n")
