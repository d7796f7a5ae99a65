// Rotates the password of a PostgreSQL role in the four steps that AWS gives rotation functions, with psql and nothing of npm: the requests to the
// portal are signed by hand.
import { spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';

export async function handler(event) {
  const { SecretId, ClientRequestToken: token, Step } = event;
  const versions = (await call('DescribeSecret', { SecretId })).VersionIdsToStages;
  if (!versions[token]) throw new Error(`there is no version ${token}`);
  if (versions[token].includes('AWSCURRENT')) return;
  await ({ createSecret: create, setSecret: change, testSecret: test, finishSecret: finish })[Step](SecretId, token, event, versions);
}

async function create(SecretId, token, event) {
  const value = await read(SecretId, 'AWSCURRENT');
  value.password = (await call('GetRandomPassword', { PasswordLength: 32, ExcludePunctuation: true })).RandomPassword;
  // With the event's token, which proves that the value comes from this very event.
  await call('PutSecretValue', {
    SecretId, ClientRequestToken: token, SecretString: JSON.stringify(value), VersionStages: ['AWSPENDING'], RotationToken: event.RotationToken,
  });
}

async function change(SecretId, token) {
  const [pending, current] = [await read(SecretId, 'AWSPENDING', token), await read(SecretId, 'AWSCURRENT')];
  if (logIn(pending, 'SELECT 1')) return;
  if (!logIn(current, `ALTER USER "${current.username}" WITH PASSWORD '${pending.password}'`)) throw new Error('the database refuses the current password');
}

async function test(SecretId, token) {
  if (!logIn(await read(SecretId, 'AWSPENDING', token), 'SELECT 1')) throw new Error('the database refuses the pending password');
  console.log('the database accepts the new password');
}

async function finish(SecretId, token, event, versions) {
  const current = Object.keys(versions).find((version) => versions[version].includes('AWSCURRENT'));
  await call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token, RemoveFromVersionId: current });
  await call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: token });
}

async function read(SecretId, VersionStage, VersionId) {
  return JSON.parse((await call('GetSecretValue', { SecretId, VersionStage, VersionId })).SecretString);
}

function logIn(value, sql) {
  const done = spawnSync(
    'psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', value.host, '-p', String(value.port), '-U', value.username, '-d', 'postgres', '-f', '-'],
    { input: sql, encoding: 'utf8', env: { ...process.env, PGPASSWORD: value.password, PGSSLMODE: 'disable' } });
  if (done.status === 0) return true;
  if (done.stderr?.includes('password authentication failed')) return false;
  throw new Error(`psql: ${done.stderr?.trim()}`);
}

async function call(operation, input) {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session, AWS_REGION: region, SECRETS_MANAGER_ENDPOINT: endpoint } = process.env;
  const body = JSON.stringify(input);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers = {
    'content-type': 'application/x-amz-json-1.1', host: new URL(endpoint).host, 'x-amz-date': time, 'x-amz-security-token': session, 'x-amz-target': `secretsmanager.${operation}`,
  };
  const names = Object.keys(headers).sort().join(';');
  const canonical = ['POST', '/', '', ...Object.keys(headers).sort().map((name) => `${name}:${headers[name]}`), '', names, hash(body)].join('\n');
  const scope = `${time.slice(0, 8)}/${region}/secretsmanager/aws4_request`;
  const key = ['secretsmanager', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secret}`, time.slice(0, 8)), region));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, hash(canonical)].join('\n')).toString('hex');
  const { host, ...sent } = headers;
  const response = await fetch(endpoint, {
    method: 'POST', body, headers: { ...sent, authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}` },
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${operation}: ${answer}`);
  return answer ? JSON.parse(answer) : {};
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest();
}
