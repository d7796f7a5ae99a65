"""The whole life of a secret as boto3 lives it against a running portal, all operations of the API.

From the environment, as any program of boto3: AWS_DEFAULT_REGION and the access key. AWS_ENDPOINT_URL_SECRETS_MANAGER is handed to boto3
here, because Debian's boto3 is older than that variable. AWS_DATA_PATH leads to the model of what Debian's boto3 does not know yet. Besides:
LIFE_NAME, the prefix of every secret's name; LIFE_REPLICA_REGION, another region that the portal serves; LIFE_DATABASE, the JSON of a
database secret whose login may be rotated. The portal must hold no other secret under the prefix.
"""

import json
import os
import re
import time
from datetime import datetime, timezone
from uuid import uuid4

import boto3

from checks import Checks, report

PREFIX, HOME, ACCOUNT = os.environ["LIFE_NAME"], os.environ["AWS_DEFAULT_REGION"], "000000000000"
NOT_FOUND = "Secrets Manager can't find the specified secret."
ANY = re.compile(".")


def client_of(region):
    return boto3.client("secretsmanager", region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL_SECRETS_MANAGER"])


client = client_of(HOME)
errors = client.exceptions


def named(name):
    return f"{PREFIX}/{name}"


def follow(call, **parameters):
    """Every page of an operation that boto3 has no paginator for."""
    page = call(**parameters)
    yield page
    while "NextToken" in page:
        page = call(NextToken=page["NextToken"], **parameters)
        yield page


def creating():
    """Values of every kind come back byte for byte; a repeated token makes nothing new."""
    create = Checks("CreateSecret")
    token = str(uuid4())
    parameters = {
        "Name": named("string"), "ClientRequestToken": token, "SecretString": "first \U0001f511 é\n", "Description": "made by Python",
        "Tags": [{"Key": "team", "Value": "a b"}, {"Key": "env", "Value": "test"}],
    }
    made = create.answer(client.create_secret(**parameters))
    create.match("the ARN", made["ARN"], f"^arn:aws:secretsmanager:{HOME}:{ACCOUNT}:secret:{named('string')}-[A-Za-z0-9]{{6}}$")
    create.equal("name and version", (made["Name"], made["VersionId"]), (named("string"), token))
    create.equal("the same token again", create.answer(client.create_secret(**parameters)), made)
    create.refused("the same name", errors.ResourceExistsException, f"The operation failed because the secret {named('string')} already exists.",
                   client.create_secret, Name=named("string"), SecretString="x")
    create.refused("a bad name", "ValidationException",
                   "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
                   client.create_secret, Name="no blanks", SecretString="x")

    text = json.dumps({"user": "life", "text": "ü \" \\ \u2028", "list": [1, 2.5, None]}, ensure_ascii=False)
    create.answer(client.create_secret(Name=named("json"), SecretString=text, Type="partner"))
    create.equal("the type", client.describe_secret(SecretId=named("json"))["Type"], "partner")
    create.answer(client.create_secret(Name=named("binary"), SecretBinary=bytes(range(256))))
    create.true("no version without a value", "VersionId" not in create.answer(client.create_secret(Name=named("empty"))))

    get = Checks("GetSecretValue")
    for secret_id in (made["Name"], made["ARN"], made["ARN"][:-7]):
        value = get.answer(client.get_secret_value(SecretId=secret_id))
        get.recent("CreatedDate", value["CreatedDate"])
        get.equal(f"the value of {secret_id}", value, {
            **made, "SecretString": parameters["SecretString"], "VersionStages": ["AWSCURRENT"], "CreatedDate": value["CreatedDate"],
        })
    get.equal("JSON", client.get_secret_value(SecretId=named("json"))["SecretString"], text)
    binary = get.answer(client.get_secret_value(SecretId=named("binary")))
    get.equal("all 256 bytes", binary["SecretBinary"], bytes(range(256)))
    get.true("no string beside them", "SecretString" not in binary)
    get.refused("an unknown name", errors.ResourceNotFoundException, NOT_FOUND, client.get_secret_value, SecretId=named("none"))
    get.refused("a secret without a value", errors.ResourceNotFoundException,
                "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT", client.get_secret_value, SecretId=named("empty"))
    return made


def versions(secret):
    name, arn, first = secret["Name"], secret["ARN"], secret["VersionId"]
    put = Checks("PutSecretValue")
    second, blue, third = str(uuid4()), str(uuid4()), str(uuid4())
    written = put.answer(client.put_secret_value(SecretId=name, ClientRequestToken=second, SecretString="second"))
    put.equal("the answer", written, {"ARN": arn, "Name": name, "VersionId": second, "VersionStages": ["AWSCURRENT"]})
    put.equal("the same token again", put.answer(client.put_secret_value(SecretId=name, ClientRequestToken=second, SecretString="second")), written)
    put.refused("the same token with another value", errors.ResourceExistsException,
                f"You can't use ClientRequestToken {second} because that value is already in use for a version of secret {arn}.",
                client.put_secret_value, SecretId=name, ClientRequestToken=second, SecretString="other")
    put.refused("a token of no rotation", errors.InvalidRequestException, re.compile("RotationToken"),
                client.put_secret_value, SecretId=name, SecretString="x", RotationToken=str(uuid4()))
    staged = put.answer(client.put_secret_value(SecretId=arn, ClientRequestToken=blue, SecretBinary=b"blue", VersionStages=["BLUE"]))
    put.equal("a label of its own", staged["VersionStages"], ["BLUE"])

    get = Checks("GetSecretValue")

    def at(**where):
        return client.get_secret_value(SecretId=name, **where)["VersionId"]

    get.equal("AWSCURRENT", at(), second)
    get.equal("AWSPREVIOUS", at(VersionStage="AWSPREVIOUS"), first)
    get.equal("a version's own label", client.get_secret_value(SecretId=name, VersionStage="BLUE")["SecretBinary"], b"blue")
    get.equal("a version and its label", at(VersionId=first, VersionStage="AWSPREVIOUS"), first)
    get.refused("a version with another's label", errors.InvalidRequestException,
                "You provided a VersionStage that is not associated to the provided VersionId.",
                client.get_secret_value, SecretId=name, VersionId=first, VersionStage="BLUE")
    unknown = str(uuid4())
    get.refused("an unknown version", errors.ResourceNotFoundException,
                f"Secrets Manager can't find the specified secret value for VersionId: {unknown}",
                client.get_secret_value, SecretId=name, VersionId=unknown)

    update = Checks("UpdateSecret")
    update.equal("no version without a new value", update.answer(client.update_secret(SecretId=name, Description="changed")), {"ARN": arn, "Name": name})
    update.answer(client.update_secret(SecretId=named("json"), Type="other partner"))
    update.equal("another type", client.describe_secret(SecretId=named("json"))["Type"], "other partner")
    changed = update.answer(client.update_secret(SecretId=name, ClientRequestToken=third, SecretString="third"))
    update.equal("a new value", changed, {"ARN": arn, "Name": name, "VersionId": third})
    update.refused("a token in use", errors.ResourceExistsException,
                   f"You can't use ClientRequestToken {third} because that value is already in use for a version of secret {arn}.",
                   client.update_secret, SecretId=name, ClientRequestToken=third, SecretString="other")

    stage = Checks("UpdateSecretVersionStage")
    stage.refused("moving a label without saying from where", errors.InvalidParameterException,
                  "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "
                  f"{third}, so you must explicitly reference that version in RemoveFromVersionId.",
                  client.update_secret_version_stage, SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=second)
    moved = stage.answer(client.update_secret_version_stage(
        SecretId=name, VersionStage="AWSCURRENT", RemoveFromVersionId=third, MoveToVersionId=second))
    stage.equal("the answer", moved, {"ARN": arn, "Name": name})
    stage.answer(client.update_secret_version_stage(SecretId=name, VersionStage="BLUE", RemoveFromVersionId=blue))

    describe = Checks("DescribeSecret")
    described = describe.answer(client.describe_secret(SecretId=arn))
    describe.equal("labels", described["VersionIdsToStages"], {second: ["AWSCURRENT"], third: ["AWSPREVIOUS"]})
    describe.recent("CreatedDate", described["CreatedDate"])
    describe.recent("LastChangedDate", described["LastChangedDate"])
    describe.true("LastChangedDate is later", described["LastChangedDate"] > described["CreatedDate"])
    describe.equal("LastAccessedDate is a day", described["LastAccessedDate"].timestamp() % 86_400, 0)
    describe.equal("description and tags", (described["Description"], described["Tags"]),
                   ("changed", [{"Key": "team", "Value": "a b"}, {"Key": "env", "Value": "test"}]))
    describe.equal("nothing that does not apply", sorted(described),
                   ["ARN", "CreatedDate", "Description", "LastAccessedDate", "LastChangedDate", "Name", "Tags", "VersionIdsToStages"])
    describe.refused("an unknown name", errors.ResourceNotFoundException, NOT_FOUND, client.describe_secret, SecretId=named("none"))

    listing_versions = Checks("ListSecretVersionIds")
    pages = [page["Versions"] for page in follow(client.list_secret_version_ids, SecretId=name, MaxResults=1)]
    labelled = [version for page in pages for version in page]
    listing_versions.equal("labelled versions, one a page", sorted((v["VersionStages"], v["VersionId"]) for v in labelled),
                           [(["AWSCURRENT"], second), (["AWSPREVIOUS"], third)])
    listing_versions.true("no page of two", max(map(len, pages)) == 1)
    every = [v for page in follow(client.list_secret_version_ids, SecretId=name, MaxResults=3, IncludeDeprecated=True) for v in page["Versions"]]
    listing_versions.equal("with those that lost their labels", sorted(v["VersionId"] for v in every), sorted([first, second, third, blue]))
    listing_versions.true("no labels on those", all("VersionStages" not in v for v in every if v["VersionId"] in (first, blue)))
    listing_versions.equal("the default key", labelled[0]["KmsKeyIds"], ["DefaultEncryptionKey"])
    listing_versions.recent("CreatedDate", labelled[0]["CreatedDate"])
    listing_versions.refused("a forged token", errors.InvalidNextTokenException, ANY, client.list_secret_version_ids, SecretId=name, NextToken="forged")


def tags(secret):
    name = secret["Name"]
    tag, untag = Checks("TagResource"), Checks("UntagResource")

    def tags_now():
        return [(t["Key"], t["Value"]) for t in client.describe_secret(SecretId=name)["Tags"]]

    tag.equal("an empty answer", tag.answer(client.tag_resource(SecretId=name, Tags=[{"Key": "env", "Value": "prod"}, {"Key": "tier", "Value": ""}])), {})
    tag.equal("changed and added", tags_now(), [("team", "a b"), ("env", "prod"), ("tier", "")])
    tag.refused("a reserved key", errors.InvalidParameterException, re.compile("aws:"), client.tag_resource,
                SecretId=name, Tags=[{"Key": "aws:x", "Value": "y"}])
    untag.equal("an empty answer", untag.answer(client.untag_resource(SecretId=name, TagKeys=["team", "env", "not there"])), {})
    untag.equal("one left", tags_now(), [("tier", "")])
    untag.answer(client.untag_resource(SecretId=name, TagKeys=["tier"]))
    untag.equal("an empty list after the last", tags_now(), [])
    untag.refused("an unknown name", errors.ResourceNotFoundException, NOT_FOUND, client.untag_resource, SecretId=named("none"), TagKeys=["x"])


def listing():
    listed = Checks("ListSecrets")
    filters, created = [{"Key": "name", "Values": [f"{PREFIX}/"]}], [named(n) for n in ("string", "json", "binary", "empty")]

    def pages(**parameters):
        pages = client.get_paginator("list_secrets").paginate(Filters=filters, PaginationConfig={"PageSize": 3}, **parameters)
        return [page["SecretList"] for page in pages]

    def names(pages):
        return [secret["Name"] for page in pages for secret in page]

    found = pages()
    listed.equal("pages of three", [len(page) for page in found], [3, 1])
    listed.equal("in the order of creation", names(found), created)
    listed.recent("CreatedDate", found[0][0]["CreatedDate"])
    listed.equal("labels", list(found[0][1]["SecretVersionsToStages"].values()), [["AWSCURRENT"]])
    listed.true("no labels without a value", "SecretVersionsToStages" not in found[1][0])
    listed.equal("the other way round", names(pages(SortOrder="desc")), created[::-1])
    listed.equal("by name", names(pages(SortBy="name", SortOrder="asc")), sorted(created))
    described = client.list_secrets(Filters=[*filters, {"Key": "description", "Values": ["CHANG"]}])["SecretList"]
    listed.equal("by a word of the description", names([described]), [named("string")])
    listed.refused("a forged token", errors.InvalidNextTokenException, ANY, client.list_secrets, NextToken="forged")


def batches():
    batch = Checks("BatchGetSecretValue")
    filters = [{"Key": "name", "Values": [f"{PREFIX}/"]}]
    some = batch.answer(client.batch_get_secret_value(SecretIdList=[named("string"), named("none"), named("binary")]))
    values = {value["Name"]: value for value in some["SecretValues"]}
    batch.equal("the string", values[named("string")]["SecretString"], "second")
    batch.equal("the bytes", values[named("binary")]["SecretBinary"], bytes(range(256)))
    batch.recent("CreatedDate", some["SecretValues"][0]["CreatedDate"])
    batch.equal("what failed", some["Errors"], [{"SecretId": named("none"), "ErrorCode": "ResourceNotFoundException", "Message": NOT_FOUND}])
    found = [value["Name"] for page in follow(client.batch_get_secret_value, Filters=filters, MaxResults=2) for value in page["SecretValues"]]
    batch.equal("pages of filtered secrets that have a value", sorted(found), sorted(named(n) for n in ("string", "json", "binary")))
    batch.refused("ids and filters", errors.InvalidParameterException, ANY, client.batch_get_secret_value,
                  SecretIdList=[named("string")], Filters=filters)


def passwords():
    random = Checks("GetRandomPassword")
    random.equal("32 characters by default", len(random.answer(client.get_random_password())["RandomPassword"]), 32)
    password = client.get_random_password(PasswordLength=20, ExcludePunctuation=True, ExcludeCharacters="abcxyz", RequireEachIncludedType=True)
    random.match("what was asked for", password["RandomPassword"], r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Zd-w0-9]{20}$")
    random.refused("nothing left", errors.InvalidParameterException, ANY, client.get_random_password,
                   ExcludeLowercase=True, ExcludeUppercase=True, ExcludeNumbers=True, ExcludePunctuation=True)


def policy_for(principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policies(secret):
    name, answer = secret["Name"], {"ARN": secret["ARN"], "Name": secret["Name"]}
    get, put = Checks("GetResourcePolicy"), Checks("PutResourcePolicy")
    ours, public = policy_for({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), policy_for("*")
    get.equal("none yet", get.answer(client.get_resource_policy(SecretId=name)), answer)
    put.equal("the answer", put.answer(client.put_resource_policy(SecretId=name, ResourcePolicy=ours, BlockPublicPolicy=True)), answer)
    read = get.answer(client.get_resource_policy(SecretId=secret["ARN"]))["ResourcePolicy"]
    get.equal("as it was put", json.loads(read), json.loads(ours))
    get.refused("an unknown name", errors.ResourceNotFoundException, NOT_FOUND, client.get_resource_policy, SecretId=named("none"))
    put.refused("no policy", errors.MalformedPolicyDocumentException, ANY, client.put_resource_policy,
                SecretId=name, ResourcePolicy='{"Version":"2012-10-17"')
    put.refused("open to the world", errors.PublicPolicyException, ANY, client.put_resource_policy,
                SecretId=name, ResourcePolicy=public, BlockPublicPolicy=True)
    put.equal("nothing changed", client.get_resource_policy(SecretId=name)["ResourcePolicy"], read)

    validate = Checks("ValidateResourcePolicy")
    good = validate.answer(client.validate_resource_policy(SecretId=name, ResourcePolicy=ours))
    validate.equal("a good one", (good["PolicyValidationPassed"], good.get("ValidationErrors", [])), (True, []))
    bad = validate.answer(client.validate_resource_policy(ResourcePolicy=public))
    validate.equal("a public one", bad["PolicyValidationPassed"], False)
    validate.true("says why", bool(bad["ValidationErrors"]) and all(e["CheckName"] and e["ErrorMessage"] for e in bad["ValidationErrors"]))

    remove = Checks("DeleteResourcePolicy")
    remove.equal("the answer", remove.answer(client.delete_resource_policy(SecretId=name)), answer)
    remove.true("gone", "ResourcePolicy" not in client.get_resource_policy(SecretId=name))
    remove.refused("an unknown name", errors.ResourceNotFoundException, NOT_FOUND, client.delete_resource_policy, SecretId=named("none"))


def replicas():
    replicate, stop, remove = Checks("ReplicateSecretToRegions"), Checks("StopReplicationToReplica"), Checks("RemoveRegionsFromReplication")
    region = os.environ["LIFE_REPLICA_REGION"]
    there = client_of(region)
    made = client.create_secret(Name=named("replicated"), SecretString="everywhere")
    name, arn = made["Name"], made["ARN"]
    arn_there = arn.replace(f":{HOME}:", f":{region}:")

    def in_sync():
        for _ in range(600):
            status = client.describe_secret(SecretId=name)["ReplicationStatus"]
            if all(replica["Status"] == "InSync" for replica in status):
                return [(replica["Region"], replica["Status"]) for replica in status]
            time.sleep(0.1)
        return status

    replicate.refused("an unknown region", errors.InvalidParameterException, re.compile("mars-north-1"), client.replicate_secret_to_regions,
                      SecretId=name, AddReplicaRegions=[{"Region": "mars-north-1"}])
    added = replicate.answer(client.replicate_secret_to_regions(SecretId=name, AddReplicaRegions=[{"Region": region}]))
    replicate.equal("the answer", (added["ARN"], [s["Region"] for s in added["ReplicationStatus"]]), (arn, [region]))
    replicate.equal("in sync", in_sync(), [(region, "InSync")])
    copy = there.get_secret_value(SecretId=name)
    replicate.equal("the same suffix and value", (copy["ARN"], copy["SecretString"]), (arn_there, "everywhere"))
    replicate.equal("the primary's region", there.describe_secret(SecretId=name)["PrimaryRegion"], HOME)
    client.put_secret_value(SecretId=name, SecretString="followed")
    replicate.equal("in sync again", in_sync(), [(region, "InSync")])
    replicate.equal("it follows", there.get_secret_value(SecretId=arn_there)["SecretString"], "followed")
    replicate.refused("a write to the replica", there.exceptions.InvalidParameterException,
                      "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
                      there.put_secret_value, SecretId=name, SecretString="no")
    replicate.refused("deleting the primary", errors.InvalidParameterException,
                      f"You can't delete secret {arn} that still has replica regions [{region}].", client.delete_secret, SecretId=name)

    removed = remove.answer(client.remove_regions_from_replication(SecretId=name, RemoveReplicaRegions=[region]))
    remove.equal("the answer", removed, {"ARN": arn, "ReplicationStatus": []})
    remove.refused("gone there", there.exceptions.ResourceNotFoundException, NOT_FOUND, there.describe_secret, SecretId=name)

    client.replicate_secret_to_regions(SecretId=name, AddReplicaRegions=[{"Region": region}])
    in_sync()
    stop.refused("at the primary", errors.InvalidRequestException, ANY, client.stop_replication_to_replica, SecretId=name)
    stop.equal("the answer", stop.answer(there.stop_replication_to_replica(SecretId=name)), {"ARN": arn_there})
    stop.true("nothing to follow", "PrimaryRegion" not in there.describe_secret(SecretId=name))
    there.put_secret_value(SecretId=name, SecretString="on its own")
    stop.equal("it may be written", there.get_secret_value(SecretId=name)["SecretString"], "on its own")
    stop.equal("the primary keeps its own", client.get_secret_value(SecretId=name)["SecretString"], "followed")
    client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)

    create = Checks("CreateSecret")
    again = create.answer(client.create_secret(
        Name=name, SecretString="again", AddReplicaRegions=[{"Region": region}], ForceOverwriteReplicaSecret=True))
    create.equal("replicated at once", [s["Region"] for s in again["ReplicationStatus"]], [region])
    create.equal("in sync", in_sync(), [(region, "InSync")])
    create.equal("over the secret that was there", there.get_secret_value(SecretId=name)["SecretString"], "again")


def rotation():
    """A real login's password is rotated by the built-in rotator."""
    rotate, cancel = Checks("RotateSecret"), Checks("CancelRotateSecret")
    rotate.refused("nothing to rotate with", errors.InvalidRequestException, "No Lambda rotation function ARN is associated with this secret.",
                   client.rotate_secret, SecretId=named("string"))
    rotate.refused("an unknown function", "AccessDeniedException",
                   "Secrets Manager cannot invoke the specified Lambda function. "
                   "Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
                   client.rotate_secret, SecretId=named("string"), RotationLambdaARN=f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:none")
    before = json.loads(os.environ["LIFE_DATABASE"])
    made = client.create_secret(Name=named("database"), SecretString=json.dumps(before))
    name, arn, token = made["Name"], made["ARN"], str(uuid4())
    settings = {
        "RotationRules": {"AutomaticallyAfterDays": 30, "Duration": "2h"},
        "ExternalSecretRotationMetadata": [{"Key": "tenant", "Value": "life"}],
        "ExternalSecretRotationRoleArn": f"arn:aws:iam::{ACCOUNT}:role/partner",
    }
    started = rotate.answer(client.rotate_secret(SecretId=name, ClientRequestToken=token, **settings))
    rotate.equal("the answer", started, {"ARN": arn, "Name": name, "VersionId": token})
    for _ in range(900):
        secret = client.describe_secret(SecretId=name)
        if secret["VersionIdsToStages"].get(token) == ["AWSCURRENT"]:
            break
        time.sleep(0.1)
    rotate.equal("labels", secret["VersionIdsToStages"], {token: ["AWSCURRENT"], made["VersionId"]: ["AWSPREVIOUS"]})
    rotate.equal("it is on", secret["RotationEnabled"], True)
    for setting, value in settings.items():
        rotate.equal(setting, secret[setting], value)
    rotate.recent("LastRotatedDate", secret["LastRotatedDate"])
    rotate.true("NextRotationDate is a datetime to come", secret["NextRotationDate"] > datetime.now(timezone.utc))
    after = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    rotate.true("another password", after["password"] != before["password"] and len(after["password"]) >= 32)
    rotate.true("nothing else", {**after, "password": ""} == {**before, "password": ""})

    cancel.equal("the answer", cancel.answer(client.cancel_rotate_secret(SecretId=name)), {"ARN": arn, "Name": name})
    cancelled = client.describe_secret(SecretId=name)
    cancel.true("no schedule", cancelled["RotationEnabled"] is False and "NextRotationDate" not in cancelled)
    cancel.refused("an unknown name", errors.ResourceNotFoundException, NOT_FOUND, client.cancel_rotate_secret, SecretId=named("none"))


def deleting(secret):
    name, arn = secret["Name"], secret["ARN"]
    remove, restore = Checks("DeleteSecret"), Checks("RestoreSecret")
    deleted = remove.answer(client.delete_secret(SecretId=name, RecoveryWindowInDays=7))
    remove.equal("the answer", (deleted["ARN"], deleted["Name"]), (arn, name))
    remove.recent("DeletionDate", deleted["DeletionDate"], days_later=7)
    remove.recent("DeletedDate", client.describe_secret(SecretId=name)["DeletedDate"])
    remove.refused("reading it", errors.InvalidRequestException,
                   "You can't perform this operation on the secret because it was marked for deletion.", client.get_secret_value, SecretId=name)
    remove.refused("its name", errors.InvalidRequestException,
                   "You can't create this secret because a secret with this name is already scheduled for deletion.",
                   client.create_secret, Name=name, SecretString="x")

    def listed(**more):
        return [s["Name"] for s in client.list_secrets(Filters=[{"Key": "name", "Values": [name]}], **more)["SecretList"]]

    remove.equal("not listed", (listed(), listed(IncludePlannedDeletion=True)), ([], [name]))

    restore.equal("the answer", restore.answer(client.restore_secret(SecretId=name)), {"ARN": arn, "Name": name})
    restore.equal("the value is back", client.get_secret_value(SecretId=name)["SecretString"], "second")
    restore.refused("an unknown name", errors.ResourceNotFoundException, NOT_FOUND, client.restore_secret, SecretId=named("none"))

    remove.refused("a window with force", errors.InvalidParameterException, ANY, client.delete_secret,
                   SecretId=name, RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True)
    remove.answer(client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True))
    remove.refused("gone", errors.ResourceNotFoundException, NOT_FOUND, client.describe_secret, SecretId=name)
    remove.answer(client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True))
    remove.true("made again, it has another ARN", client.create_secret(Name=name, SecretString="again")["ARN"] != arn)
    for each in ("string", "json", "binary", "empty", "database"):
        client.delete_secret(SecretId=named(each), ForceDeleteWithoutRecovery=True)


def life():
    secret = creating()
    versions(secret)
    tags(secret)
    listing()
    batches()
    passwords()
    policies(secret)
    replicas()
    rotation()
    deleting(secret)
    report()


if __name__ == "__main__":
    life()
