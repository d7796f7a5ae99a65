"""Signs the requests on standard input with botocore; writes canonical requests and signatures. One JSON list in, one out."""
import json
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

answers = []
for case in json.load(sys.stdin):
    credentials = Credentials(case["accessKeyId"], case["secretAccessKey"])
    auth = SigV4Auth(credentials, case["service"], case["region"])
    request = AWSRequest(
        method=case["method"],
        url="http://" + case["host"] + case["path"],
        params=[tuple(pair) for pair in case["query"]],
        data=bytes.fromhex(case["body"]),
    )
    for name, value in case["headers"]:
        request.headers[name] = value
    request.context["timestamp"] = case["timestamp"]
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    answers.append({"canonicalRequest": canonical, "signature": signature})
json.dump(answers, sys.stdout)
