"""Rotates the password of a PostgreSQL role in the four steps that AWS gives rotation functions, with boto3 and psql."""

import json
import os
import subprocess

import boto3


def lambda_handler(event, context):
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    if token not in versions:
        raise ValueError("there is no version %s" % token)
    if "AWSCURRENT" in versions[token]:
        return
    if "AWSPENDING" not in versions[token]:
        raise ValueError("version %s is not AWSPENDING" % token)
    {"createSecret": create, "setSecret": change, "testSecret": test, "finishSecret": finish}[step](client, arn, token, event)


def create(client, arn, token, event):
    value = read(client, arn, "AWSCURRENT")
    try:
        read(client, arn, "AWSPENDING", token)
    except client.exceptions.ResourceNotFoundException:
        value["password"] = client.get_random_password(
            PasswordLength=int(os.environ.get("PASSWORD_LENGTH", "32")), ExcludePunctuation=True)["RandomPassword"]
        client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString=json.dumps(value), VersionStages=["AWSPENDING"])


def change(client, arn, token, event):
    pending, current = read(client, arn, "AWSPENDING", token), read(client, arn, "AWSCURRENT")
    if log_in(pending, "SELECT 1"):
        return
    if not log_in(current, "ALTER USER \"%s\" WITH PASSWORD '%s'" % (current["username"], pending["password"])):
        raise ValueError("the database refuses the current password")


def test(client, arn, token, event):
    if not log_in(read(client, arn, "AWSPENDING", token), "SELECT 1"):
        raise ValueError("the database refuses the pending password")
    print("the database accepts the new password")


def finish(client, arn, token, event):
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)


def read(client, arn, stage, version=None):
    return json.loads(client.get_secret_value(SecretId=arn, VersionStage=stage, **({"VersionId": version} if version else {}))["SecretString"])


def log_in(value, sql):
    """True where the statement ran, false where the password was refused."""
    done = subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", value["host"], "-p", str(value["port"]), "-U", value["username"], "-d", "postgres", "-f", "-"],
        input=sql, capture_output=True, text=True, env={**os.environ, "PGPASSWORD": value["password"], "PGSSLMODE": "disable"})
    if done.returncode == 0:
        return True
    if "password authentication failed" in done.stderr:
        return False
    raise ValueError("psql: " + done.stderr.strip())
