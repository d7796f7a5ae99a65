"""Runs an AWS Lambda function in Python as the portal's kind Process does it: asks the Runtime API for an event, calls the handler, answers.

_HANDLER is MODULE.FUNCTION (dots or slashes between folders), LAMBDA_TASK_ROOT the folder of the function. Nothing but the standard library.
"""

import http.client
import importlib
import json
import os
import sys
import time
import traceback

HOST = os.environ["AWS_LAMBDA_RUNTIME_API"]
PREFIX = "/2018-06-01/runtime"


class ClientContext:
    """What the invoker sent along; nothing here."""

    def __init__(self):
        self.custom = {}
        self.env = {}
        self.client = None


class Identity:
    """Who signed in to an app; nobody here."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """The second argument of a handler, with the members that AWS documents."""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.client_context = ClientContext()
        self.identity = Identity()

    def get_remaining_time_in_millis(self):
        """Milliseconds until the function is ended."""
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        """Writes to the log."""
        print(message, flush=True)


def call(method, path, body=None, headers=None):
    """One request to the Runtime API; gives its headers and body."""
    connection = http.client.HTTPConnection(HOST)
    try:
        connection.request(method, PREFIX + path, body=body, headers=headers or {})
        response = connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise RuntimeError("the Runtime API answered %d to %s %s" % (response.status, method, path))
        return response.headers, content
    finally:
        connection.close()


def report(path, fault):
    """Tells the Runtime API of an exception, as AWS's own runtime does."""
    lines = traceback.format_exception(type(fault), fault, fault.__traceback__)
    sys.stderr.write("".join(lines))
    sys.stderr.flush()
    error = {"errorMessage": str(fault), "errorType": type(fault).__name__, "stackTrace": lines}
    call("POST", path, json.dumps(error).encode(), {
        "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": error["errorType"]})


def load():
    """The handler that _HANDLER names."""
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    module, dot, name = os.environ["_HANDLER"].rpartition(".")
    if not dot or not module or not name:
        raise ValueError("the handler must be MODULE.FUNCTION")
    return getattr(importlib.import_module(module.replace("/", ".")), name)


def set_up_logging():
    """A root logger that writes to the log, because published functions log by it."""
    import logging

    logging.basicConfig(stream=sys.stdout, format="[%(levelname)s] %(message)s", level=logging.WARNING)


def main():
    """Serves events until the portal ends the process."""
    set_up_logging()
    try:
        handler = load()
    except BaseException as fault:  # A module may call sys.exit, too.
        report("/init/error", fault)
        sys.exit(1)
    while True:
        headers, body = call("GET", "/invocation/next")
        request = headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id") or ""
        try:
            answer = json.dumps(handler(json.loads(body), Context(headers))).encode()
        except Exception as fault:
            report("/invocation/%s/error" % request, fault)
        else:
            call("POST", "/invocation/%s/response" % request, answer, {"Content-Type": "application/json"})


main()
