// The whole life of a secret as @aws-sdk/client-secrets-manager lives it against a running portal, all operations of the API.
//
// From the environment, as any program of the SDK: AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_REGION and the access key. Besides:
// LIFE_NAME, the prefix of every secret's name; LIFE_REPLICA_REGION, another region that the portal serves; LIFE_DATABASE, the JSON of
// a database secret whose login may be rotated. The portal must hold no other secret under the prefix.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import * as sdk from "@aws-sdk/client-secrets-manager";
import { Checks, report } from "./checks.mjs";

const client = new sdk.SecretsManager({});
const prefix = process.env.LIFE_NAME;
const home = process.env.AWS_REGION;
const account = "000000000000";
const notFound = "Secrets Manager can't find the specified secret.";

const sorted = (values) => [...values].sort();
const named = (name) => `${prefix}/${name}`;

async function collect(pages, items) {
  const found = [];
  for await (const page of pages) found.push(items(page));
  return found;
}

/** Values of every kind come back byte for byte; a repeated token makes nothing new. */
async function creating() {
  const create = new Checks("CreateSecret");
  const [token, tags] = [randomUUID(), [{ Key: "team", Value: "a b" }, { Key: "env", Value: "test" }]];
  const input = { Name: named("string"), ClientRequestToken: token, SecretString: "first \u{1f511} é\n", Description: "made by JavaScript", Tags: tags };
  const made = create.answer(await client.createSecret(input));
  create.match("the ARN", made.ARN, new RegExp(`^arn:aws:secretsmanager:${home}:${account}:secret:${named("string")}-[A-Za-z0-9]{6}$`));
  create.equal("name and version", [made.Name, made.VersionId], [named("string"), token]);
  create.equal("the same token again", create.answer(await client.createSecret(input)), made);
  await create.refused("the same name", client.createSecret({ Name: named("string"), SecretString: "x" }),
    sdk.ResourceExistsException, `The operation failed because the secret ${named("string")} already exists.`);
  await create.refused("a bad name", client.createSecret({ Name: "no blanks", SecretString: "x" }), "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!");

  const json = JSON.stringify({ user: "life", text: "ü \" \\ \u2028", list: [1, 2.5, null] });
  create.answer(await client.createSecret({ Name: named("json"), SecretString: json, Type: "partner" }));
  create.equal("the type", (await client.describeSecret({ SecretId: named("json") })).Type, "partner");
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  create.answer(await client.createSecret({ Name: named("binary"), SecretBinary: bytes }));
  const empty = create.answer(await client.createSecret({ Name: named("empty") }));
  create.equal("no version without a value", empty.VersionId, undefined);

  const get = new Checks("GetSecretValue");
  for (const id of [made.Name, made.ARN, made.ARN.slice(0, -7)]) {
    const value = get.answer(await client.getSecretValue({ SecretId: id }));
    get.recent("CreatedDate", value.CreatedDate);
    get.equal(`the value of ${id}`, value, {
      ARN: made.ARN, Name: made.Name, VersionId: token, SecretString: input.SecretString, VersionStages: ["AWSCURRENT"], CreatedDate: value.CreatedDate,
    });
  }
  get.equal("JSON", (await client.getSecretValue({ SecretId: named("json") })).SecretString, json);
  const binary = get.answer(await client.getSecretValue({ SecretId: named("binary") }));
  get.equal("all 256 bytes", [...binary.SecretBinary], [...bytes]);
  get.equal("no string beside them", binary.SecretString, undefined);
  await get.refused("an unknown name", client.getSecretValue({ SecretId: named("none") }), sdk.ResourceNotFoundException, notFound);
  await get.refused("a secret without a value", client.getSecretValue({ SecretId: named("empty") }), sdk.ResourceNotFoundException,
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT");
  return { ...made, token };
}

async function versions({ Name, ARN, token: first }) {
  const put = new Checks("PutSecretValue");
  const second = randomUUID();
  const change = { SecretId: Name, ClientRequestToken: second, SecretString: "second" };
  const written = put.answer(await client.putSecretValue(change));
  put.equal("the answer", written, { ARN, Name, VersionId: second, VersionStages: ["AWSCURRENT"] });
  put.equal("the same token again", put.answer(await client.putSecretValue(change)), written);
  await put.refused("the same token with another value", client.putSecretValue({ ...change, SecretString: "other" }), sdk.ResourceExistsException,
    `You can't use ClientRequestToken ${second} because that value is already in use for a version of secret ${ARN}.`);
  await put.refused("a token of no rotation", client.putSecretValue({ SecretId: Name, SecretString: "x", RotationToken: randomUUID() }),
    sdk.InvalidRequestException, /RotationToken/);
  const blue = randomUUID();
  const staged = put.answer(await client.putSecretValue({ SecretId: ARN, ClientRequestToken: blue, SecretBinary: Buffer.from("blue"), VersionStages: ["BLUE"] }));
  put.equal("a label of its own", staged.VersionStages, ["BLUE"]);

  const get = new Checks("GetSecretValue");
  const at = async (where) => (await client.getSecretValue({ SecretId: Name, ...where })).VersionId;
  get.equal("AWSCURRENT", await at({}), second);
  get.equal("AWSPREVIOUS", await at({ VersionStage: "AWSPREVIOUS" }), first);
  get.equal("a version's own label", Buffer.from((await client.getSecretValue({ SecretId: Name, VersionStage: "BLUE" })).SecretBinary).toString(), "blue");
  get.equal("a version and its label", await at({ VersionId: first, VersionStage: "AWSPREVIOUS" }), first);
  await get.refused("a version with another's label", client.getSecretValue({ SecretId: Name, VersionId: first, VersionStage: "BLUE" }),
    sdk.InvalidRequestException, "You provided a VersionStage that is not associated to the provided VersionId.");
  const unknown = randomUUID();
  await get.refused("an unknown version", client.getSecretValue({ SecretId: Name, VersionId: unknown }), sdk.ResourceNotFoundException,
    `Secrets Manager can't find the specified secret value for VersionId: ${unknown}`);

  const update = new Checks("UpdateSecret");
  const described = update.answer(await client.updateSecret({ SecretId: Name, Description: "changed" }));
  update.equal("no version without a new value", described, { ARN, Name });
  update.answer(await client.updateSecret({ SecretId: named("json"), Type: "other partner" }));
  update.equal("another type", (await client.describeSecret({ SecretId: named("json") })).Type, "other partner");
  const third = randomUUID();
  update.equal("a new value", update.answer(await client.updateSecret({ SecretId: Name, ClientRequestToken: third, SecretString: "third" })), { ARN, Name, VersionId: third });
  await update.refused("a token in use", client.updateSecret({ SecretId: Name, ClientRequestToken: third, SecretString: "other" }), sdk.ResourceExistsException,
    `You can't use ClientRequestToken ${third} because that value is already in use for a version of secret ${ARN}.`);

  const stage = new Checks("UpdateSecretVersionStage");
  await stage.refused("moving a label without saying from where",
    client.updateSecretVersionStage({ SecretId: Name, VersionStage: "AWSCURRENT", MoveToVersionId: second }), sdk.InvalidParameterException,
    `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${third}, so you must explicitly reference that version in RemoveFromVersionId.`);
  const moved = stage.answer(await client.updateSecretVersionStage({ SecretId: Name, VersionStage: "AWSCURRENT", RemoveFromVersionId: third, MoveToVersionId: second }));
  stage.equal("the answer", moved, { ARN, Name });
  stage.answer(await client.updateSecretVersionStage({ SecretId: Name, VersionStage: "BLUE", RemoveFromVersionId: blue }));

  const describe = new Checks("DescribeSecret");
  const secret = describe.answer(await client.describeSecret({ SecretId: ARN }));
  describe.equal("labels", secret.VersionIdsToStages, { [second]: ["AWSCURRENT"], [third]: ["AWSPREVIOUS"] });
  describe.recent("CreatedDate", secret.CreatedDate);
  describe.recent("LastChangedDate", secret.LastChangedDate);
  describe.true("LastChangedDate is later", secret.LastChangedDate > secret.CreatedDate);
  describe.equal("LastAccessedDate is a day", secret.LastAccessedDate.getTime() % 86_400_000, 0);
  describe.equal("description and tags", [secret.Description, secret.Tags], ["changed", [{ Key: "team", Value: "a b" }, { Key: "env", Value: "test" }]]);
  describe.equal("nothing that does not apply", sorted(Object.keys(secret)),
    ["ARN", "CreatedDate", "Description", "LastAccessedDate", "LastChangedDate", "Name", "Tags", "VersionIdsToStages"]);
  await describe.refused("an unknown name", client.describeSecret({ SecretId: named("none") }), sdk.ResourceNotFoundException, notFound);

  const list = new Checks("ListSecretVersionIds");
  const pages = (more) => collect(sdk.paginateListSecretVersionIds({ client, pageSize: 1 }, { SecretId: Name, ...more }), (page) => page.Versions);
  const labelled = (await pages({})).flat();
  list.equal("labelled versions, one a page", sorted(labelled.map((v) => `${v.VersionStages} ${v.VersionId}`)), [`AWSCURRENT ${second}`, `AWSPREVIOUS ${third}`]);
  const all = (await pages({ IncludeDeprecated: true })).flat();
  list.equal("with those that lost their labels", sorted(all.map((v) => v.VersionId)), sorted([first, second, third, blue]));
  list.equal("no labels on those", all.find((v) => v.VersionId === blue).VersionStages, undefined);
  list.equal("the default key", labelled[0].KmsKeyIds, ["DefaultEncryptionKey"]);
  list.recent("CreatedDate", labelled[0].CreatedDate);
  await list.refused("a forged token", client.listSecretVersionIds({ SecretId: Name, NextToken: "forged" }), sdk.InvalidNextTokenException, /./);
}

async function tags({ Name }) {
  const [tag, untag] = [new Checks("TagResource"), new Checks("UntagResource")];
  const tagsOf = async () => (await client.describeSecret({ SecretId: Name })).Tags;
  tag.equal("an empty answer", tag.answer(await client.tagResource({ SecretId: Name, Tags: [{ Key: "env", Value: "prod" }, { Key: "tier", Value: "" }] })), {});
  tag.equal("changed and added", await tagsOf(), [{ Key: "team", Value: "a b" }, { Key: "env", Value: "prod" }, { Key: "tier", Value: "" }]);
  await tag.refused("a reserved key", client.tagResource({ SecretId: Name, Tags: [{ Key: "aws:x", Value: "y" }] }), sdk.InvalidParameterException, /aws:/);
  untag.equal("an empty answer", untag.answer(await client.untagResource({ SecretId: Name, TagKeys: ["team", "env", "not there"] })), {});
  untag.equal("one left", await tagsOf(), [{ Key: "tier", Value: "" }]);
  untag.answer(await client.untagResource({ SecretId: Name, TagKeys: ["tier"] }));
  untag.equal("an empty list after the last", await tagsOf(), []);
  await untag.refused("an unknown name", client.untagResource({ SecretId: named("none"), TagKeys: ["x"] }), sdk.ResourceNotFoundException, notFound);
}

async function listing() {
  const list = new Checks("ListSecrets");
  const [filters, created] = [[{ Key: "name", Values: [`${prefix}/`] }], ["string", "json", "binary", "empty"].map(named)];
  const pages = (input) => collect(sdk.paginateListSecrets({ client, pageSize: 3 }, { Filters: filters, ...input }), (page) => page.SecretList);
  const found = await pages({});
  list.equal("pages of three", found.map((page) => page.length), [3, 1]);
  list.equal("in the order of creation", found.flat().map((s) => s.Name), created);
  list.recent("CreatedDate", found[0][0].CreatedDate);
  list.equal("labels", Object.values(found[0][1].SecretVersionsToStages), [["AWSCURRENT"]]);
  list.equal("no labels without a value", found[1][0].SecretVersionsToStages, undefined);
  list.equal("the other way round", (await pages({ SortOrder: "desc" })).flat().map((s) => s.Name), [...created].reverse());
  list.equal("by name", (await pages({ SortBy: "name", SortOrder: "asc" })).flat().map((s) => s.Name), sorted(created));
  const described = await client.listSecrets({ Filters: [...filters, { Key: "description", Values: ["CHANG"] }] });
  list.equal("by a word of the description", described.SecretList.map((s) => s.Name), [named("string")]);
  await list.refused("a forged token", client.listSecrets({ NextToken: "forged" }), sdk.InvalidNextTokenException, /./);
}

async function batches() {
  const batch = new Checks("BatchGetSecretValue");
  const filters = [{ Key: "name", Values: [`${prefix}/`] }];
  const some = batch.answer(await client.batchGetSecretValue({ SecretIdList: [named("string"), named("none"), named("binary")] }));
  batch.equal("the string", some.SecretValues.find((v) => v.Name === named("string")).SecretString, "second");
  batch.equal("the bytes", some.SecretValues.find((v) => v.Name === named("binary")).SecretBinary.length, 256);
  batch.recent("CreatedDate", some.SecretValues[0].CreatedDate);
  batch.equal("what failed", some.Errors, [{ SecretId: named("none"), ErrorCode: "ResourceNotFoundException", Message: notFound }]);
  const values = await collect(sdk.paginateBatchGetSecretValue({ client, pageSize: 2 }, { Filters: filters }), (page) => page.SecretValues);
  batch.equal("pages of filtered secrets that have a value", sorted(values.flat().map((v) => v.Name)), sorted(["string", "json", "binary"].map(named)));
  await batch.refused("ids and filters", client.batchGetSecretValue({ SecretIdList: [named("string")], Filters: filters }), sdk.InvalidParameterException, /./);
}

async function passwords() {
  const random = new Checks("GetRandomPassword");
  random.equal("32 characters by default", random.answer(await client.getRandomPassword({})).RandomPassword.length, 32);
  const password = await client.getRandomPassword({ PasswordLength: 20, ExcludePunctuation: true, ExcludeCharacters: "abcxyz", RequireEachIncludedType: true });
  random.match("what was asked for", password.RandomPassword, /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Zd-w0-9]{20}$/);
  await random.refused("nothing left", client.getRandomPassword({
    ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true,
  }), sdk.InvalidParameterException, /./);
}

async function policies({ Name, ARN }) {
  const [get, put] = [new Checks("GetResourcePolicy"), new Checks("PutResourcePolicy")];
  const policy = (principal) => JSON.stringify({
    Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: principal, Action: "secretsmanager:GetSecretValue", Resource: "*" }],
  });
  const ours = policy({ AWS: `arn:aws:iam::${account}:root` });
  get.equal("none yet", get.answer(await client.getResourcePolicy({ SecretId: Name })), { ARN, Name });
  put.equal("the answer", put.answer(await client.putResourcePolicy({ SecretId: Name, ResourcePolicy: ours, BlockPublicPolicy: true })), { ARN, Name });
  const read = get.answer(await client.getResourcePolicy({ SecretId: ARN }));
  get.equal("as it was put", JSON.parse(read.ResourcePolicy), JSON.parse(ours));
  await get.refused("an unknown name", client.getResourcePolicy({ SecretId: named("none") }), sdk.ResourceNotFoundException, notFound);
  await put.refused("no policy", client.putResourcePolicy({ SecretId: Name, ResourcePolicy: "{\"Version\":\"2012-10-17\"" }), sdk.MalformedPolicyDocumentException, /./);
  await put.refused("open to the world", client.putResourcePolicy({ SecretId: Name, ResourcePolicy: policy("*"), BlockPublicPolicy: true }), sdk.PublicPolicyException, /./);
  put.equal("nothing changed", (await client.getResourcePolicy({ SecretId: Name })).ResourcePolicy, read.ResourcePolicy);

  const validate = new Checks("ValidateResourcePolicy");
  const good = validate.answer(await client.validateResourcePolicy({ SecretId: Name, ResourcePolicy: ours }));
  validate.equal("a good one", [good.PolicyValidationPassed, good.ValidationErrors ?? []], [true, []]);
  const bad = validate.answer(await client.validateResourcePolicy({ ResourcePolicy: policy("*") }));
  validate.equal("a public one", bad.PolicyValidationPassed, false);
  validate.true("says why", bad.ValidationErrors.length > 0 && bad.ValidationErrors.every((e) => e.CheckName && e.ErrorMessage));

  const remove = new Checks("DeleteResourcePolicy");
  remove.equal("the answer", remove.answer(await client.deleteResourcePolicy({ SecretId: Name })), { ARN, Name });
  remove.equal("gone", (await client.getResourcePolicy({ SecretId: Name })).ResourcePolicy, undefined);
  await remove.refused("an unknown name", client.deleteResourcePolicy({ SecretId: named("none") }), sdk.ResourceNotFoundException, notFound);
}

async function replicas() {
  const [replicate, stop, remove] = [new Checks("ReplicateSecretToRegions"), new Checks("StopReplicationToReplica"), new Checks("RemoveRegionsFromReplication")];
  const region = process.env.LIFE_REPLICA_REGION;
  const there = new sdk.SecretsManager({ region });
  const { ARN, Name } = await client.createSecret({ Name: named("replicated"), SecretString: "everywhere" });
  const arnThere = ARN.replace(`:${home}:`, `:${region}:`);
  const statusOf = (status) => status.map(({ Region, Status }) => ({ Region, Status }));
  const inSync = async () => {
    for (let tries = 0; tries < 600; tries++) {
      const { ReplicationStatus: status } = await client.describeSecret({ SecretId: Name });
      if (status.every((s) => s.Status === "InSync")) return statusOf(status);
      await pause(100);
    }
    return "not in sync";
  };
  await replicate.refused("an unknown region", client.replicateSecretToRegions({ SecretId: Name, AddReplicaRegions: [{ Region: "mars-north-1" }] }), sdk.InvalidParameterException, /mars-north-1/);
  const added = replicate.answer(await client.replicateSecretToRegions({ SecretId: Name, AddReplicaRegions: [{ Region: region }] }));
  replicate.equal("the answer", [added.ARN, added.ReplicationStatus.map((s) => s.Region)], [ARN, [region]]);
  replicate.equal("in sync", await inSync(), [{ Region: region, Status: "InSync" }]);
  const copy = await there.getSecretValue({ SecretId: Name });
  replicate.equal("the same suffix and value", [copy.ARN, copy.SecretString], [arnThere, "everywhere"]);
  replicate.equal("the primary's region", (await there.describeSecret({ SecretId: Name })).PrimaryRegion, home);
  await client.putSecretValue({ SecretId: Name, SecretString: "followed" });
  replicate.equal("in sync again", await inSync(), [{ Region: region, Status: "InSync" }]);
  replicate.equal("it follows", (await there.getSecretValue({ SecretId: arnThere })).SecretString, "followed");
  await replicate.refused("a write to the replica", there.putSecretValue({ SecretId: Name, SecretString: "no" }), sdk.InvalidParameterException,
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.");
  await replicate.refused("deleting the primary", client.deleteSecret({ SecretId: Name }), sdk.InvalidParameterException,
    `You can't delete secret ${ARN} that still has replica regions [${region}].`);

  remove.equal("the answer", remove.answer(await client.removeRegionsFromReplication({ SecretId: Name, RemoveReplicaRegions: [region] })), { ARN, ReplicationStatus: [] });
  await remove.refused("gone there", there.describeSecret({ SecretId: Name }), sdk.ResourceNotFoundException, notFound);

  await client.replicateSecretToRegions({ SecretId: Name, AddReplicaRegions: [{ Region: region }] });
  await inSync();
  await stop.refused("at the primary", client.stopReplicationToReplica({ SecretId: Name }), sdk.InvalidRequestException, /./);
  stop.equal("the answer", stop.answer(await there.stopReplicationToReplica({ SecretId: Name })), { ARN: arnThere });
  stop.equal("nothing to follow", (await there.describeSecret({ SecretId: Name })).PrimaryRegion, undefined);
  await there.putSecretValue({ SecretId: Name, SecretString: "on its own" });
  stop.equal("it may be written", (await there.getSecretValue({ SecretId: Name })).SecretString, "on its own");
  stop.equal("the primary keeps its own", (await client.getSecretValue({ SecretId: Name })).SecretString, "followed");
  await client.deleteSecret({ SecretId: Name, ForceDeleteWithoutRecovery: true });

  const create = new Checks("CreateSecret");
  const overwriting = { Name, SecretString: "again", AddReplicaRegions: [{ Region: region }], ForceOverwriteReplicaSecret: true };
  const again = create.answer(await client.createSecret(overwriting));
  create.equal("replicated at once", again.ReplicationStatus.map((s) => s.Region), [region]);
  create.equal("in sync", await inSync(), [{ Region: region, Status: "InSync" }]);
  create.equal("over the secret that was there", (await there.getSecretValue({ SecretId: Name })).SecretString, "again");
}

/** A real login's password is rotated by the built-in rotator. */
async function rotation() {
  const [rotate, cancel] = [new Checks("RotateSecret"), new Checks("CancelRotateSecret")];
  await rotate.refused("nothing to rotate with", client.rotateSecret({ SecretId: named("string") }), sdk.InvalidRequestException,
    "No Lambda rotation function ARN is associated with this secret.");
  await rotate.refused("an unknown function", client.rotateSecret({
    SecretId: named("string"), RotationLambdaARN: `arn:aws:lambda:${home}:${account}:function:none`,
  }), "AccessDeniedException",
  "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.");
  const before = JSON.parse(process.env.LIFE_DATABASE);
  const first = await client.createSecret({ Name: named("database"), SecretString: JSON.stringify(before) });
  const { ARN, Name } = first;
  const token = randomUUID();
  const settings = {
    RotationRules: { AutomaticallyAfterDays: 30, Duration: "2h" },
    ExternalSecretRotationMetadata: [{ Key: "tenant", Value: "life" }],
    ExternalSecretRotationRoleArn: `arn:aws:iam::${account}:role/partner`,
  };
  const started = rotate.answer(await client.rotateSecret({ SecretId: Name, ClientRequestToken: token, ...settings }));
  rotate.equal("the answer", started, { ARN, Name, VersionId: token });
  let secret;
  for (let tries = 0; tries < 900; tries++) {
    secret = await client.describeSecret({ SecretId: Name });
    if (secret.VersionIdsToStages[token]?.includes("AWSCURRENT") && !secret.VersionIdsToStages[token].includes("AWSPENDING")) break;
    await pause(100);
  }
  rotate.equal("labels", secret.VersionIdsToStages, { [token]: ["AWSCURRENT"], [first.VersionId]: ["AWSPREVIOUS"] });
  rotate.equal("it is on", secret.RotationEnabled, true);
  for (const [name, value] of Object.entries(settings)) rotate.equal(name, secret[name], value);
  rotate.recent("LastRotatedDate", secret.LastRotatedDate);
  rotate.true("NextRotationDate is a Date to come", secret.NextRotationDate > new Date());
  const after = JSON.parse((await client.getSecretValue({ SecretId: Name })).SecretString);
  rotate.true("another password", after.password !== before.password && after.password.length >= 32);
  rotate.equal("nothing else", { ...after, password: "" }, { ...before, password: "" });

  cancel.equal("the answer", cancel.answer(await client.cancelRotateSecret({ SecretId: Name })), { ARN, Name });
  const cancelled = await client.describeSecret({ SecretId: Name });
  cancel.equal("no schedule", [cancelled.RotationEnabled, cancelled.NextRotationDate], [false, undefined]);
  await cancel.refused("an unknown name", client.cancelRotateSecret({ SecretId: named("none") }), sdk.ResourceNotFoundException, notFound);
}

async function deleting({ Name, ARN }) {
  const [remove, restore] = [new Checks("DeleteSecret"), new Checks("RestoreSecret")];
  const deleted = remove.answer(await client.deleteSecret({ SecretId: Name, RecoveryWindowInDays: 7 }));
  remove.equal("the answer", [deleted.ARN, deleted.Name], [ARN, Name]);
  remove.recent("DeletionDate", deleted.DeletionDate, 7);
  remove.recent("DeletedDate", (await client.describeSecret({ SecretId: Name })).DeletedDate);
  const marked = "You can't perform this operation on the secret because it was marked for deletion.";
  await remove.refused("reading it", client.getSecretValue({ SecretId: Name }), sdk.InvalidRequestException, marked);
  await remove.refused("its name", client.createSecret({ Name, SecretString: "x" }), sdk.InvalidRequestException,
    "You can't create this secret because a secret with this name is already scheduled for deletion.");
  const listed = async (more) => (await client.listSecrets({ Filters: [{ Key: "name", Values: [Name] }], ...more })).SecretList.map((s) => s.Name);
  remove.equal("not listed", [await listed({}), await listed({ IncludePlannedDeletion: true })], [[], [Name]]);

  restore.equal("the answer", restore.answer(await client.restoreSecret({ SecretId: Name })), { ARN, Name });
  restore.equal("the value is back", (await client.getSecretValue({ SecretId: Name })).SecretString, "second");
  await restore.refused("an unknown name", client.restoreSecret({ SecretId: named("none") }), sdk.ResourceNotFoundException, notFound);

  await remove.refused("a window with force", client.deleteSecret({ SecretId: Name, RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }),
    sdk.InvalidParameterException, /./);
  remove.answer(await client.deleteSecret({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
  await remove.refused("gone", client.describeSecret({ SecretId: Name }), sdk.ResourceNotFoundException, notFound);
  remove.answer(await client.deleteSecret({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
  const again = await client.createSecret({ Name, SecretString: "again" });
  remove.true("made again, it has another ARN", again.ARN !== ARN);
  for (const name of ["string", "json", "binary", "empty", "database"])
    await client.deleteSecret({ SecretId: named(name), ForceDeleteWithoutRecovery: true });
}

const secret = await creating();
await versions(secret);
await tags(secret);
await listing();
await batches();
await passwords();
await policies(secret);
await replicas();
await rotation();
await deleting(secret);
report();
