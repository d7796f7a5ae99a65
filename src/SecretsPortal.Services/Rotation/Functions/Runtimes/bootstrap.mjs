// Runs an AWS Lambda function in Node.js as the portal's kind Process does it: asks the Runtime API for an event, calls the handler, answers.
// _HANDLER is FILE.FUNCTION without the file's extension, LAMBDA_TASK_ROOT the folder of the function. Nothing but Node's own modules.
import { existsSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const prefix = '/2018-06-01/runtime';

/** One request to the Runtime API; gives its headers and text. */
function call(method, place, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, path: prefix + place, headers: body === undefined ? headers : { ...headers, 'Content-Length': Buffer.byteLength(body) } }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => response.statusCode < 300
        ? resolve({ headers: response.headers, text: Buffer.concat(parts).toString('utf8') })
        : reject(new Error(`the Runtime API answered ${response.statusCode} to ${method} ${place}`)));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Tells the Runtime API of an exception, as AWS's own runtime does. */
function report(place, fault) {
  console.error(fault);
  const isError = fault instanceof Error;
  const error = {
    errorType: isError ? fault.name : typeof fault,
    errorMessage: isError ? fault.message : String(fault),
    trace: isError && fault.stack ? fault.stack.split('\n') : [],
  };
  return call('POST', place, JSON.stringify(error), { 'Content-Type': 'application/json', 'Lambda-Runtime-Function-Error-Type': encodeURIComponent(error.errorType) });
}

/** The handler that _HANDLER names. */
async function load() {
  const named = process.env._HANDLER;
  const dot = named.indexOf('.', named.lastIndexOf('/') + 1);
  if (dot < 1 || dot === named.length - 1) throw new Error('the handler must be FILE.FUNCTION');
  const stem = path.resolve(process.env.LAMBDA_TASK_ROOT, named.slice(0, dot));
  const file = ['.mjs', '.js', '.cjs'].map((extension) => stem + extension).find((candidate) => existsSync(candidate));
  if (!file) throw new Error(`there is no file ${named.slice(0, dot)}.mjs, .js or .cjs`);
  const loaded = await import(pathToFileURL(file).href);
  const name = named.slice(dot + 1);
  const handler = loaded[name] ?? loaded.default?.[name];
  if (typeof handler !== 'function') throw new Error(`${named} is not a function`);
  return handler;
}

/** Calls the handler; its answer comes by a promise, or by the callback where it takes three parameters. */
function invoke(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (fault, answer) => (fault ? reject(fault) : resolve(answer));
    Promise.resolve().then(() => handler(event, context, callback)).then(
      (answer) => { if (handler.length < 3 || answer !== undefined) resolve(answer); }, reject);
  });
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

let handler;
try {
  handler = await load();
} catch (fault) {
  await report('/init/error', fault);
  process.exit(1);
}

for (;;) {
  const { headers, text } = await call('GET', '/invocation/next');
  const request = headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'] ?? '';
  let answer;
  try {
    answer = JSON.stringify(await invoke(handler, JSON.parse(text), contextOf(headers))) ?? 'null';
  } catch (fault) {
    await report(`/invocation/${request}/error`, fault);
    continue;
  }
  await call('POST', `/invocation/${request}/response`, answer, { 'Content-Type': 'application/json' });
}
