using System.Globalization;
using System.Text.Json;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests.Clients;

/// <summary>The whole life of a secret as the AWS CLI lives it, all operations of the API.</summary>
internal sealed class AwsCliLife(AwsCli cli, IReadOnlyDictionary<string, string?> environment)
{
    private const string Account = "000000000000";
    private const string NotFound = "Secrets Manager can't find the specified secret.";

    private readonly string _home = environment["AWS_REGION"]!;
    private readonly string _elsewhere = environment["LIFE_REPLICA_REGION"]!;
    private readonly string _prefix = environment["LIFE_NAME"]!;
    private readonly string _first = NewToken();
    private readonly string _second = NewToken();
    private readonly string _third = NewToken();
    private readonly string _blue = NewToken();
    private string _arn = "";

    private string Name => Named("string");

    /// <summary>Lives it; the first thing that is not as it should be throws.</summary>
    public async Task Live()
    {
        await Create();
        await ReadValues();
        await PutValues();
        await UpdateAndMoveLabels();
        await Describe();
        await List();
        await Batches();
        // The CLI takes its time to start; these have nothing to do with each other.
        await Task.WhenAll(Tags(), Passwords(), Policies(), Replicas(), Rotation());
        await Delete();
    }

    /// <summary>Values of every kind; a repeated token makes nothing new.</summary>
    private async Task Create()
    {
        const string op = "CreateSecret";
        string[] input =
        [
            "--name", Name, "--client-request-token", _first, "--secret-string", "first \U0001f511 é\n", "--description", "made by the CLI",
            "--tags", "Key=team,Value=a b", "Key=env,Value=test",
        ];
        var made = await cli.Answer(op, input);
        _arn = made.Text("ARN");
        cli.Matches(op, $"^arn:aws:secretsmanager:{_home}:{Account}:secret:{Name}-[A-Za-z0-9]{{6}}$", _arn);
        cli.Equal(op, (Name, _first), (made.Text("Name"), made.Text("VersionId")));
        cli.Equal(op, made.GetRawText(), (await cli.Answer(op, input)).GetRawText());
        await cli.Refused(op, "ResourceExistsException", $"The operation failed because the secret {Name} already exists.", "--name", Name, "--secret-string", "x");
        await cli.Refused(op, "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!", "--name", "no blanks");

        await cli.Answer(op, "--name", Named("json"), "--secret-string", Json, "--type", "partner");
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(directory["bytes"], AllBytes);
        await cli.Answer(op, "--name", Named("binary"), "--secret-binary", $"fileb://{directory["bytes"]}");
        cli.Equal(op, false, (await cli.Answer(op, "--name", Named("empty"))).TryGetProperty("VersionId", out _));
    }

    private async Task ReadValues()
    {
        const string op = "GetSecretValue";
        foreach (var id in new[] { Name, _arn, _arn[..^7] })
        {
            var value = await cli.Answer(op, "--secret-id", id);
            cli.Equal(op, (_arn, Name, _first, "first \U0001f511 é\n"), (value.Text("ARN"), value.Text("Name"), value.Text("VersionId"), value.Text("SecretString")));
            cli.Equal(op, ["AWSCURRENT"], value.Texts("VersionStages"));
            cli.Recent(op, value.GetProperty("CreatedDate"));
        }

        cli.Equal(op, Json, (await cli.Answer(op, "--secret-id", Named("json"))).Text("SecretString"));
        var binary = await cli.Answer(op, "--secret-id", Named("binary"));
        cli.Equal(op, AllBytes, Convert.FromBase64String(binary.Text("SecretBinary")));
        cli.Equal(op, false, binary.TryGetProperty("SecretString", out _));
        await cli.Refused(op, "ResourceNotFoundException", NotFound, "--secret-id", Named("none"));
        await cli.Refused(op, "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT", "--secret-id", Named("empty"));
        // The CLI shows the request's id only here.
        cli.Matches(op, "'x-amzn-RequestId': '[0-9a-f-]{36}'", await cli.Debug(op, "--secret-id", Name));
    }

    private async Task PutValues()
    {
        const string op = "PutSecretValue", read = "GetSecretValue";
        string[] second = ["--secret-id", Name, "--client-request-token", _second];
        var written = await cli.Answer(op, [.. second, "--secret-string", "second"]);
        cli.Equal(op, (_arn, Name, _second), (written.Text("ARN"), written.Text("Name"), written.Text("VersionId")));
        cli.Equal(op, ["AWSCURRENT"], written.Texts("VersionStages"));
        cli.Equal(op, written.GetRawText(), (await cli.Answer(op, [.. second, "--secret-string", "second"])).GetRawText());
        await cli.Refused(op, "ResourceExistsException", TokenInUse(_second), [.. second, "--secret-string", "other"]);
        await cli.RefusedSaying(op, "InvalidRequestException", "RotationToken", "--secret-id", Name, "--secret-string", "x", "--rotation-token", NewToken());
        var blue = await cli.Answer(op, "--secret-id", _arn, "--client-request-token", _blue, "--secret-string", "blue", "--version-stages", "BLUE");
        cli.Equal(op, ["BLUE"], blue.Texts("VersionStages"));

        cli.Equal(read, _second, (await cli.Answer(read, "--secret-id", Name)).Text("VersionId"));
        cli.Equal(read, _first, (await cli.Answer(read, "--secret-id", Name, "--version-stage", "AWSPREVIOUS")).Text("VersionId"));
        cli.Equal(read, "blue", (await cli.Answer(read, "--secret-id", Name, "--version-stage", "BLUE")).Text("SecretString"));
        await cli.Refused(read, "InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.",
            "--secret-id", Name, "--version-id", _first, "--version-stage", "BLUE");
        await cli.Refused(read, "ResourceNotFoundException", $"Secrets Manager can't find the specified secret value for VersionId: {_third}",
            "--secret-id", Name, "--version-id", _third);
    }

    private async Task UpdateAndMoveLabels()
    {
        const string update = "UpdateSecret", stage = "UpdateSecretVersionStage";
        cli.Equal(update, false, (await cli.Answer(update, "--secret-id", Name, "--description", "changed")).TryGetProperty("VersionId", out _));
        await cli.Answer(update, "--secret-id", Named("json"), "--type", "other partner");
        string[] third = ["--secret-id", Name, "--client-request-token", _third];
        cli.Equal(update, _third, (await cli.Answer(update, [.. third, "--secret-string", "third"])).Text("VersionId"));
        await cli.Refused(update, "ResourceExistsException", TokenInUse(_third), [.. third, "--secret-string", "other"]);

        await cli.Refused(stage, "InvalidParameterException",
            $"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {_third}, so you must explicitly reference that version in RemoveFromVersionId.",
            "--secret-id", Name, "--version-stage", "AWSCURRENT", "--move-to-version-id", _second);
        var moved = await cli.Answer(stage, "--secret-id", Name, "--version-stage", "AWSCURRENT", "--remove-from-version-id", _third, "--move-to-version-id", _second);
        cli.Equal(stage, (_arn, Name), (moved.Text("ARN"), moved.Text("Name")));
        cli.Equal(stage, "second", (await cli.Answer("GetSecretValue", "--secret-id", Name)).Text("SecretString"));
        await cli.Answer(stage, "--secret-id", Name, "--version-stage", "BLUE", "--remove-from-version-id", _blue);
    }

    private async Task Describe()
    {
        const string op = "DescribeSecret", versions = "ListSecretVersionIds";
        var secret = await cli.Answer(op, "--secret-id", _arn);
        var stages = secret.GetProperty("VersionIdsToStages");
        cli.Equal(op, ["AWSCURRENT"], stages.Texts(_second));
        cli.Equal(op, ["AWSPREVIOUS"], stages.Texts(_third));
        cli.Recent(op, secret.GetProperty("CreatedDate"));
        cli.Recent(op, secret.GetProperty("LastChangedDate"));
        cli.Equal(op, TimeSpan.Zero, Time(secret, "LastAccessedDate").UtcDateTime.TimeOfDay);
        cli.Equal(op, "changed", secret.Text("Description"));
        cli.Equal(op, "[team, a b][env, test]", TagsOf(secret));
        cli.Equal(op, false, new[] { "KmsKeyId", "RotationEnabled", "DeletedDate", "Type" }.Any(member => secret.TryGetProperty(member, out _)));
        cli.Equal(op, "other partner", (await cli.Answer(op, "--secret-id", Named("json"))).Text("Type"));
        await cli.Refused(op, "ResourceNotFoundException", NotFound, "--secret-id", Named("none"));

        var page = await cli.Answer(versions, "--secret-id", Name, "--max-results", "1");
        var next = await cli.Answer(versions, "--secret-id", Name, "--max-results", "1", "--next-token", page.Text("NextToken"));
        var labelled = page.Items("Versions").Concat(next.Items("Versions")).ToDictionary(v => v.Text("VersionId"), v => v.Texts("VersionStages"));
        cli.Equal(versions, ["AWSCURRENT"], labelled[_second]);
        cli.Equal(versions, ["AWSPREVIOUS"], labelled[_third]);
        cli.Equal(versions, ["DefaultEncryptionKey"], page.Items("Versions").Single().Texts("KmsKeyIds"));
        cli.Recent(versions, page.Items("Versions").Single().GetProperty("CreatedDate"));
        var all = (await cli.Answer(versions, "--secret-id", Name, "--include-deprecated")).Items("Versions").ToDictionary(v => v.Text("VersionId"));
        cli.Equal(versions, 4, all.Count);
        cli.Equal(versions, false, all[_first].TryGetProperty("VersionStages", out _));
        await cli.RefusedSaying(versions, "InvalidNextTokenException", "", "--secret-id", Name, "--next-token", "forged");
    }

    private async Task Tags()
    {
        const string tag = "TagResource", untag = "UntagResource";
        cli.Equal(tag, "{}", (await cli.Answer(tag, "--secret-id", Name, "--tags", "Key=env,Value=prod", "Key=tier,Value=")).GetRawText());
        cli.Equal(tag, "[team, a b][env, prod][tier, ]", TagsOf(await cli.Answer("DescribeSecret", "--secret-id", Name)));
        await cli.RefusedSaying(tag, "InvalidParameterException", "aws:", "--secret-id", Name, "--tags", "Key=aws:x,Value=y");
        cli.Equal(untag, "{}", (await cli.Answer(untag, "--secret-id", Name, "--tag-keys", "team", "env", "tier", "not there")).GetRawText());
        cli.Equal(untag, "", TagsOf(await cli.Answer("DescribeSecret", "--secret-id", Name)));
        await cli.Refused(untag, "ResourceNotFoundException", NotFound, "--secret-id", Named("none"), "--tag-keys", "x");
    }

    private async Task List()
    {
        const string op = "ListSecrets";
        string[] created = [Name, Named("json"), Named("binary"), Named("empty")], ours = ["--filters", $"Key=name,Values={_prefix}/"];
        var all = await cli.Answer(op, [.. ours, "--page-size", "3"]);
        cli.Equal(op, created, Names(all));
        cli.Recent(op, all.Items("SecretList").First().GetProperty("CreatedDate"));
        var page = await cli.Answer(op, [.. ours, "--max-items", "3", "--page-size", "2"]);
        cli.Equal(op, created[..3], Names(page));
        cli.Equal(op, created[3..], Names(await cli.Answer(op, [.. ours, "--starting-token", page.Text("NextToken")])));
        cli.Equal(op, created.Reverse(), Names(await cli.Answer(op, [.. ours, "--sort-order", "desc"])));
        cli.Equal(op, created.Order(StringComparer.Ordinal), Names(await cli.Answer(op, [.. ours, "--sort-by", "name", "--sort-order", "asc"])));
        cli.Equal(op, created[..1], Names(await cli.Answer(op, [.. ours, "Key=description,Values=CHANG"])));
        await cli.RefusedSaying(op, "InvalidNextTokenException", "", "--no-paginate", "--next-token", "forged");
    }

    private async Task Batches()
    {
        const string op = "BatchGetSecretValue";
        string[] ours = ["--filters", $"Key=name,Values={_prefix}/", "--max-results", "2"];
        var some = await cli.Answer(op, "--secret-id-list", Name, Named("none"), Named("binary"));
        var values = some.Items("SecretValues").ToDictionary(value => value.Text("Name"));
        cli.Equal(op, "second", values[Name].Text("SecretString"));
        cli.Equal(op, AllBytes, Convert.FromBase64String(values[Named("binary")].Text("SecretBinary")));
        var failed = some.Items("Errors").Single();
        cli.Equal(op, (Named("none"), "ResourceNotFoundException", NotFound), (failed.Text("SecretId"), failed.Text("ErrorCode"), failed.Text("Message")));
        var names = new List<string>();
        for (string? token = ""; token is not null;)
        {
            var page = await cli.Answer(op, token.Length == 0 ? ours : [.. ours, "--next-token", token]);
            names.AddRange(page.Items("SecretValues").Select(value => value.Text("Name")));
            token = page.TryGetProperty("NextToken", out var next) ? next.GetString() : null;
        }

        cli.Equal(op, new[] { Name, Named("json"), Named("binary") }.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        await cli.RefusedSaying(op, "InvalidParameterException", "", ["--secret-id-list", Name, .. ours]);
    }

    private async Task Passwords()
    {
        const string op = "GetRandomPassword";
        cli.Equal(op, 32, (await cli.Answer(op)).Text("RandomPassword").Length);
        var password = await cli.Answer(op, "--password-length", "20", "--exclude-punctuation", "--exclude-characters", "abcxyz", "--require-each-included-type");
        cli.Matches(op, "^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Zd-w0-9]{20}$", password.Text("RandomPassword"));
        await cli.RefusedSaying(op, "InvalidParameterException", "", "--exclude-lowercase", "--exclude-uppercase", "--exclude-numbers", "--exclude-punctuation");
    }

    private async Task Policies()
    {
        const string get = "GetResourcePolicy", put = "PutResourcePolicy", validate = "ValidateResourcePolicy", remove = "DeleteResourcePolicy";
        var (ours, everyone) = (PolicyFor($$"""{"AWS":"arn:aws:iam::{{Account}}:root"}"""), PolicyFor("\"*\""));
        cli.Equal(get, false, (await cli.Answer(get, "--secret-id", Name)).TryGetProperty("ResourcePolicy", out _));
        cli.Equal(put, _arn, (await cli.Answer(put, "--secret-id", Name, "--resource-policy", ours, "--block-public-policy")).Text("ARN"));
        var read = (await cli.Answer(get, "--secret-id", _arn)).Text("ResourcePolicy");
        cli.Equal(get, true, JsonElement.DeepEquals(JsonDocument.Parse(ours).RootElement, JsonDocument.Parse(read).RootElement));
        await cli.RefusedSaying(put, "MalformedPolicyDocumentException", "", "--secret-id", Name, "--resource-policy", "{\"Version\":\"2012-10-17\"");
        await cli.RefusedSaying(put, "PublicPolicyException", "", "--secret-id", Name, "--resource-policy", everyone, "--block-public-policy");

        cli.Equal(validate, true, (await cli.Answer(validate, "--secret-id", Name, "--resource-policy", ours)).GetProperty("PolicyValidationPassed").GetBoolean());
        var bad = await cli.Answer(validate, "--resource-policy", everyone);
        cli.Equal(validate, false, bad.GetProperty("PolicyValidationPassed").GetBoolean());
        cli.Equal(validate, true, bad.Items("ValidationErrors").All(e => e.Text("CheckName").Length > 0 && e.Text("ErrorMessage").Length > 0));

        cli.Equal(remove, Name, (await cli.Answer(remove, "--secret-id", Name)).Text("Name"));
        cli.Equal(remove, false, (await cli.Answer(get, "--secret-id", Name)).TryGetProperty("ResourcePolicy", out _));
        await cli.Refused(remove, "ResourceNotFoundException", NotFound, "--secret-id", Named("none"));
    }

    private async Task Replicas()
    {
        const string replicate = "ReplicateSecretToRegions", stop = "StopReplicationToReplica", remove = "RemoveRegionsFromReplication";
        string[] here = ["--secret-id", Named("replicated")], there = [.. here, "--region", _elsewhere];
        var arn = (await cli.Answer("CreateSecret", "--name", Named("replicated"), "--secret-string", "everywhere")).Text("ARN");
        var arnThere = arn.Replace($":{_home}:", $":{_elsewhere}:", StringComparison.Ordinal);
        await cli.RefusedSaying(replicate, "InvalidParameterException", "mars-north-1", [.. here, "--add-replica-regions", "Region=mars-north-1"]);
        var added = await cli.Answer(replicate, [.. here, "--add-replica-regions", $"Region={_elsewhere}"]);
        cli.Equal(replicate, (arn, _elsewhere), (added.Text("ARN"), added.Items("ReplicationStatus").Single().Text("Region")));
        cli.Equal(replicate, "InSync", await ReplicationStatus(here));
        var copy = await cli.Answer("GetSecretValue", there);
        cli.Equal(replicate, (arnThere, "everywhere"), (copy.Text("ARN"), copy.Text("SecretString")));
        cli.Equal(replicate, _home, (await cli.Answer("DescribeSecret", there)).Text("PrimaryRegion"));
        await cli.Refused("PutSecretValue", "InvalidParameterException",
            "Operation not permitted on a replica secret. Call must be made in primary secret's region.", [.. there, "--secret-string", "no"]);
        await cli.Refused("DeleteSecret", "InvalidParameterException", $"You can't delete secret {arn} that still has replica regions [{_elsewhere}].", here);

        var removed = await cli.Answer(remove, [.. here, "--remove-replica-regions", _elsewhere]);
        cli.Equal(remove, (arn, 0), (removed.Text("ARN"), removed.Items("ReplicationStatus").Count()));
        await cli.Refused("DescribeSecret", "ResourceNotFoundException", NotFound, there);

        await cli.Answer(replicate, [.. here, "--add-replica-regions", $"Region={_elsewhere}"]);
        cli.Equal(replicate, "InSync", await ReplicationStatus(here));
        await cli.RefusedSaying(stop, "InvalidRequestException", "", here);
        cli.Equal(stop, arnThere, (await cli.Answer(stop, there)).Text("ARN"));
        await cli.Answer("PutSecretValue", [.. there, "--secret-string", "on its own"]);
        cli.Equal(stop, "everywhere", (await cli.Answer("GetSecretValue", here)).Text("SecretString"));
        await cli.Answer("DeleteSecret", [.. here, "--force-delete-without-recovery"]);

        var again = await cli.Answer("CreateSecret",
        [
            "--name", Named("replicated"), "--secret-string", "again", "--add-replica-regions", $"Region={_elsewhere}", "--force-overwrite-replica-secret",
        ]);
        cli.Equal("CreateSecret", _elsewhere, again.Items("ReplicationStatus").Single().Text("Region"));
        cli.Equal("CreateSecret", "InSync", await ReplicationStatus(here));
        cli.Equal("CreateSecret", "again", (await cli.Answer("GetSecretValue", there)).Text("SecretString"));
    }

    /// <summary>A real login's password is rotated by the built-in rotator.</summary>
    private async Task Rotation()
    {
        const string op = "RotateSecret", cancel = "CancelRotateSecret";
        await cli.Refused(op, "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.", "--secret-id", Name);
        await cli.Refused(op, "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
            "--secret-id", Name, "--rotation-lambda-arn", $"arn:aws:lambda:{_home}:{Account}:function:none");
        var (before, token) = (environment["LIFE_DATABASE"]!.Trim(), NewToken());
        string[] database = ["--secret-id", Named("database")];
        var made = (await cli.Answer("CreateSecret", "--name", Named("database"), "--secret-string", before)).Text("VersionId");
        var started = await cli.Answer(op,
        [
            .. database, "--client-request-token", token, "--rotation-rules", "AutomaticallyAfterDays=30,Duration=2h",
            "--external-secret-rotation-metadata", "Key=tenant,Value=life", "--external-secret-rotation-role-arn", $"arn:aws:iam::{Account}:role/partner",
        ]);
        cli.Equal(op, token, started.Text("VersionId"));
        var secret = await Until("DescribeSecret", database, s => s.GetProperty("VersionIdsToStages").TryGetProperty(token, out var stages)
            && stages.EnumerateArray().Select(stage => stage.GetString()).SequenceEqual(["AWSCURRENT"]));
        cli.Equal(op, ["AWSPREVIOUS"], secret.GetProperty("VersionIdsToStages").Texts(made));
        cli.Equal(op, (true, 30, "2h"), (secret.GetProperty("RotationEnabled").GetBoolean(),
            secret.GetProperty("RotationRules").GetProperty("AutomaticallyAfterDays").GetInt32(), secret.GetProperty("RotationRules").Text("Duration")));
        cli.Equal(op, "life", secret.Items("ExternalSecretRotationMetadata").Single().Text("Value"));
        cli.Recent(op, secret.GetProperty("LastRotatedDate"));
        cli.Equal(op, true, Time(secret, "NextRotationDate") > TimeProvider.System.GetUtcNow());
        var after = JsonDocument.Parse((await cli.Answer("GetSecretValue", database)).Text("SecretString")).RootElement;
        cli.Equal(op, false, after.Text("password") == JsonDocument.Parse(before).RootElement.Text("password"));

        cli.Equal(cancel, Named("database"), (await cli.Answer(cancel, database)).Text("Name"));
        var cancelled = await cli.Answer("DescribeSecret", database);
        cli.Equal(cancel, (false, false), (cancelled.GetProperty("RotationEnabled").GetBoolean(), cancelled.TryGetProperty("NextRotationDate", out _)));
        await cli.Refused(cancel, "ResourceNotFoundException", NotFound, "--secret-id", Named("none"));
    }

    private async Task Delete()
    {
        const string op = "DeleteSecret", restore = "RestoreSecret";
        string[] secret = ["--secret-id", Name], listed = ["--filters", $"Key=name,Values={Name}"];
        var deleted = await cli.Answer(op, [.. secret, "--recovery-window-in-days", "7"]);
        cli.Recent(op, deleted.GetProperty("DeletionDate"), daysLater: 7);
        cli.Recent(op, (await cli.Answer("DescribeSecret", secret)).GetProperty("DeletedDate"));
        await cli.Refused("GetSecretValue", "InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.", secret);
        await cli.Refused("CreateSecret", "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.", "--name", Name);
        cli.Equal(op, [], Names(await cli.Answer("ListSecrets", listed)));
        cli.Equal(op, [Name], Names(await cli.Answer("ListSecrets", [.. listed, "--include-planned-deletion"])));

        cli.Equal(restore, _arn, (await cli.Answer(restore, secret)).Text("ARN"));
        cli.Equal(restore, "second", (await cli.Answer("GetSecretValue", secret)).Text("SecretString"));
        await cli.Refused(restore, "ResourceNotFoundException", NotFound, "--secret-id", Named("none"));

        await cli.RefusedSaying(op, "InvalidParameterException", "", [.. secret, "--recovery-window-in-days", "7", "--force-delete-without-recovery"]);
        await cli.Answer(op, [.. secret, "--force-delete-without-recovery"]);
        await cli.Refused("DescribeSecret", "ResourceNotFoundException", NotFound, secret);
        await cli.Answer(op, [.. secret, "--force-delete-without-recovery"]);
        cli.Equal(op, false, (await cli.Answer("CreateSecret", "--name", Name, "--secret-string", "again")).Text("ARN") == _arn);
    }

    private async Task<string> ReplicationStatus(string[] secret)
    {
        var described = await Until("DescribeSecret", secret, s => s.Items("ReplicationStatus").All(replica => replica.Text("Status") == "InSync"));
        return described.Items("ReplicationStatus").Single().Text("Status");
    }

    /// <summary>Asks until the answer is as it should be; how often that takes is not counted.</summary>
    private async Task<JsonElement> Until(string operation, string[] arguments, Func<JsonElement, bool> holds)
    {
        for (var tries = 0; tries < 60; tries++)
        {
            var answer = await cli.Ask(operation, arguments);
            if (holds(answer))
                return answer;
        }

        throw new TimeoutException($"{operation} {string.Join(' ', arguments)} did not come to answer what it should.");
    }

    private string Named(string name) => $"{_prefix}/{name}";

    private string TokenInUse(string token) => $"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {_arn}.";

    private static string NewToken() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    private static string Json => "{\"user\": \"life\", \"text\": \"ü \\\" \\\\ \u2028\", \"list\": [1, 2.5, null]}";

    private static byte[] AllBytes => [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    private static string PolicyFor(string principal) =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{{principal}},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""";

    private static IEnumerable<string> Names(JsonElement list) => list.Items("SecretList").Select(secret => secret.Text("Name"));

    private static string TagsOf(JsonElement secret) => string.Concat(secret.Items("Tags").Select(tag => $"[{tag.Text("Key")}, {tag.Text("Value")}]"));

    private static DateTimeOffset Time(JsonElement answer, string member) => DateTimeOffset.Parse(answer.Text(member), CultureInfo.InvariantCulture);
}

/// <summary>Members of the CLI's answers.</summary>
internal static class CliAnswer
{
    public static string Text(this JsonElement answer, string member) => answer.GetProperty(member).GetString()!;

    public static IEnumerable<JsonElement> Items(this JsonElement answer, string member) => answer.GetProperty(member).EnumerateArray();

    public static IEnumerable<string> Texts(this JsonElement answer, string member) => answer.Items(member).Select(item => item.GetString()!);
}
