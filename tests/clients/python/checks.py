"""Counts what a life has seen of each operation, and reports it at the end: "OPERATION<tab>checks", one line each."""

import re
from collections import Counter
from datetime import datetime, timedelta, timezone

from botocore.exceptions import ClientError

_counts = Counter()
_REQUEST_ID = re.compile(r"[0-9a-f-]{36}")


class Checks:
    def __init__(self, operation):
        self.operation = operation

    def true(self, what, holds):
        if holds is not True:
            raise AssertionError(f"{self.operation}: {what}")
        _counts[self.operation] += 1

    def equal(self, what, actual, expected):
        self.true(f"{what}: {actual!r} is not {expected!r}", actual == expected)

    def match(self, what, actual, pattern):
        self.true(f"{what}: {actual!r} does not match {pattern}", re.search(pattern, actual) is not None)

    def recent(self, what, actual, days_later=0):
        """A datetime with a zone, of the last quarter of an hour, or that many days later."""
        now = datetime.now(timezone.utc) + timedelta(days=days_later)
        self.true(f"{what}: {actual!r} is not {now}", isinstance(actual, datetime) and abs(now - actual) < timedelta(minutes=15))

    def answer(self, response):
        """The answer of a call that succeeded, without its metadata; the request id must be there."""
        metadata = response.pop("ResponseMetadata")
        self.equal("the status", metadata["HTTPStatusCode"], 200)
        self.true("the request id", _REQUEST_ID.fullmatch(metadata["RequestId"]) is not None)
        return response

    def refused(self, what, kind, message, call, **parameters):
        """The call fails with the client's own exception (a class, or a code where the model has none) and this message (or pattern)."""
        try:
            call(**parameters)
        except ClientError as error:
            code = kind if isinstance(kind, str) else kind.__name__
            self.equal(f"{what}: the code", error.response["Error"]["Code"], code)
            self.true(f"{what}: {type(error)} is boto3's class", isinstance(kind, str) or type(error) is kind)
            if isinstance(message, re.Pattern):
                self.match(f"{what}: the message", error.response["Error"]["Message"], message)
            else:
                self.equal(f"{what}: the message", error.response["Error"]["Message"], message)
            self.true(f"{what}: the request id", _REQUEST_ID.fullmatch(error.response["ResponseMetadata"]["RequestId"]) is not None)
        else:
            raise AssertionError(f"{self.operation}: {what} was not refused")


def report():
    for operation, count in sorted(_counts.items()):
        print(f"{operation}\t{count}")
