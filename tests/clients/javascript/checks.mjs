// Counts what a life has seen of each operation, and reports it at the end: "OPERATION<tab>checks", one line each.
import assert from "node:assert/strict";

const counts = new Map();

export class Checks {
  constructor(operation) {
    this.operation = operation;
  }

  equal(what, actual, expected) {
    assert.deepEqual(actual, expected, `${this.operation}: ${what}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
    counts.set(this.operation, (counts.get(this.operation) ?? 0) + 1);
  }

  true(what, holds) {
    this.equal(what, holds, true);
  }

  match(what, actual, pattern) {
    this.true(`${what}: ${actual} matches ${pattern}`, pattern.test(actual));
  }

  /** A Date of the last quarter of an hour, or that many days later. */
  recent(what, actual, daysLater = 0) {
    const age = Date.now() + daysLater * 86_400_000 - actual?.getTime();
    this.true(`${what}: ${actual} is a Date of just now, ${daysLater} days later`, actual instanceof Date && Math.abs(age) < 900_000);
  }

  /** The call fails with the client's own exception type (a class of the SDK, or a name where the model has none) and this message. */
  async refused(what, call, type, message) {
    const fault = await call.then(() => assert.fail(`${this.operation}: ${what} was not refused`), (error) => error);
    this.equal(`${what}: the type`, fault.name, typeof type === "string" ? type : type.name);
    this.true(`${what}: ${fault.name} is the SDK's class`, typeof type === "string" || fault instanceof type);
    if (message instanceof RegExp) this.match(`${what}: the message`, fault.message, message);
    else this.equal(`${what}: the message`, fault.message, message);
    this.match(`${what}: the request id`, fault.$metadata.requestId ?? "", /^[0-9a-f-]{36}$/);
  }

  /** The answer of a call that succeeded, without its metadata; the request id must be there. */
  answer({ $metadata: metadata, ...members }) {
    this.equal("the status", metadata.httpStatusCode, 200);
    this.match("the request id", metadata.requestId ?? "", /^[0-9a-f-]{36}$/);
    return members;
  }
}

export function report() {
  for (const [operation, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`${operation}\t${count}`);
}
