using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Secrets;

public sealed class SecretWriterTests
{
    private const string MarkedForDeletion = "You can't perform this operation on the secret because it was marked for deletion.";

    [Fact]
    public async Task A_created_secret_reads_back()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("prod/db", """{"username":"u","password":"p","engine":"postgres"}""");

        Assert.StartsWith("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-", secret.Arn.ToString(), StringComparison.Ordinal);
        Assert.Equal(SecretKind.RdsDatabase, secret.Kind);
        Assert.Equal("""{"username":"u","password":"p","engine":"postgres"}""", await portal.Value("prod/db"));
        Assert.Equal([StagingLabels.Current], secret.Labels.Of(TestPortal.Token(1)));
    }

    [Fact]
    public async Task Sixty_four_creations_with_one_token_make_one_version()
    {
        await using var portal = await TestPortal.Start();

        var created = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => portal.Create("same", "value"))));

        Assert.Single(created.Select(s => s.Arn).Distinct());
        Assert.Single((await portal.Reader.Describe(portal.Admin, "same", default)).Versions);
        Assert.Equal(64, (await portal.Log()).Count(r => r.Action == "secretsmanager:CreateSecret" && r.Outcome == AuditOutcome.Succeeded));
    }

    [Fact]
    public async Task A_repeated_creation_is_told_from_another_one()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("name", "value");

        Assert.Equal(secret.Arn, (await portal.Create("name", "value")).Arn);
        await Refused(PortalError.ResourceExists, $"You can't use ClientRequestToken {TestPortal.Token(1)} because that value is already in use for a version of secret {secret.Arn}.",
            () => portal.Create("name", "other"));
        await Refused(PortalError.ResourceExists, "The operation failed because the secret name already exists.", () => portal.Create("name", "value", TestPortal.Token(2)));
        await portal.Writer.Delete(portal.Admin, "name", 7, force: false, default);
        await Refused(PortalError.InvalidRequest, "You can't create this secret because a secret with this name is already scheduled for deletion.", () => portal.Create("name", "value"));
    }

    [Fact]
    public async Task The_limits_of_a_creation_hold()
    {
        await using var portal = await TestPortal.Start();
        var good = new CreateSecretRequest { Name = "n", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("v") };
        Task Create(CreateSecretRequest request) => portal.Writer.Create(portal.Admin, request, default);

        await Refused(PortalError.InvalidRequest, "You must provide a ClientRequestToken value. We recommend a UUID-type value.", () => Create(good with { ClientRequestToken = null }));
        await Refused(PortalError.Validation, "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32", () => Create(good with { ClientRequestToken = new string('a', 31) }));
        await Refused(PortalError.Validation, "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 64", () => Create(good with { ClientRequestToken = new string('a', 65) }));
        await Refused(PortalError.Validation, SecretName.InvalidMessage, () => Create(good with { Name = "a b" }));
        await Refused(PortalError.Validation, "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536", () => Create(good with { Value = SecretValue.FromText(new string('v', 65_537)) }));
        await Refused(PortalError.Validation, "1 validation error detected: Value at 'secretBinary' failed to satisfy constraint: Member must have length greater than or equal to 1", () => Create(good with { Value = SecretValue.FromBytes([]) }));
        await Refused(PortalError.Validation, "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 2048", () => Create(good with { Description = new string('d', 2049) }));
        await Refused(PortalError.LimitExceeded, "A secret can have at most 50 tags. Remove some first.", () => Create(good with { Tags = [.. Enumerable.Range(0, 51).Select(i => new SecretTag($"k{i}", ""))] }));
        await Refused(PortalError.InvalidParameter, "The tag key aws:x begins with aws:, which is reserved. Choose another key.", () => Create(good with { Tags = [new SecretTag("aws:x", "")] }));
        await Refused(PortalError.InvalidParameter, "The KMS key alias/none is not registered in us-east-1. Give the id, ARN, alias or alias ARN of a registered key, or leave KmsKeyId out for the default key.", () => Create(good with { KmsKeyId = "alias/none" }));
        await Create(good with { Value = SecretValue.FromText(new string('v', 65_536)) });
        Assert.Equal(65_536, (await portal.Value("n")).Length);
    }

    [Fact]
    public async Task Put_without_stages_moves_AWSCURRENT_and_repeats_are_told_apart()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("s", "one");

        await portal.Put("s", "two", TestPortal.Token(2));
        await portal.Put("s", "two", TestPortal.Token(2));

        Assert.Equal("two", await portal.Value("s"));
        Assert.Equal("one", await portal.Value("s", stage: StagingLabels.Previous));
        Assert.Equal("one", await portal.Value("s", versionId: TestPortal.Token(1)));
        await Refused(PortalError.ResourceExists, $"You can't use ClientRequestToken {TestPortal.Token(2)} because that value is already in use for a version of secret {secret.Arn}.",
            () => portal.Put("s", "three", TestPortal.Token(2)));
        Assert.Equal(2, (await portal.Reader.Describe(portal.Admin, "s", default)).Versions.Count);
    }

    [Fact]
    public async Task Parallel_puts_all_take_effect_and_times_of_change_rise()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("s", "zero");

        await Task.WhenAll(Enumerable.Range(10, 32).Select(i => Task.Run(() => portal.Put("s", $"value {i}", TestPortal.Token(i)))));

        var after = await portal.Reader.Describe(portal.Admin, "s", default);
        Assert.Equal(33, after.Versions.Count);
        Assert.True(after.LastChangedAt >= secret.LastChangedAt.AddMilliseconds(32));
    }

    [Fact]
    public async Task Old_versions_without_label_are_removed_beyond_a_hundred_but_never_young_ones()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "value 1");
        for (var i = 2; i <= 105; i++)
            await portal.Put("s", $"value {i}", TestPortal.Token(i));
        Assert.Equal(105, (await portal.Reader.Describe(portal.Admin, "s", default)).Versions.Count);

        portal.Clock.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));
        await portal.Put("s", "value 106", TestPortal.Token(106));

        var after = await portal.Reader.Describe(portal.Admin, "s", default);
        Assert.Equal(100, after.Versions.Count);
        Assert.Null(after.FindVersion(TestPortal.Token(6)));
        Assert.Equal("value 105", await portal.Value("s", stage: StagingLabels.Previous));
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_refuses_a_token_in_use()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("s", "one");
        Task<WrittenSecret> Update(UpdateSecretRequest request) => portal.Writer.Update(portal.Admin, request, default);

        var described = await Update(new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(2), Description = "words" });
        Assert.Null(described.VersionId);
        Assert.Equal("words", described.Secret.Description);
        var valued = await Update(new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(2), Value = SecretValue.FromText("two") });
        Assert.Equal(TestPortal.Token(2), valued.VersionId);
        Assert.Equal("words", valued.Secret.Description);
        Assert.Equal("two", await portal.Value("s"));
        Assert.Null((await Update(new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(3), Description = "" })).Secret.Description);
        await Refused(PortalError.ResourceExists, $"You can't use ClientRequestToken {TestPortal.Token(1)} because that value is already in use for a version of secret {secret.Arn}.",
            () => Update(new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("one") }));
    }

    [Fact]
    public async Task Another_key_reencrypts_the_labelled_versions()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");
        await portal.Put("s", "two", TestPortal.Token(2));
        await portal.Put("s", "three", TestPortal.Token(3));
        await portal.Put("s", "four", TestPortal.Token(4), StagingLabels.Pending);
        var key = new StoredKmsKey
        {
            KeyId = "11111111-2222-4333-8444-555555555555", Region = TestPortal.Region, Alias = "mine", Provider = "local",
            ProviderReference = "mine", CreatedAt = portal.Clock.GetUtcNow(),
        };
        Assert.True(await portal.Get<KeyStore>().AddKey(key, default));
        var before = await portal.Reader.Describe(portal.Admin, "s", default);

        var after = (await portal.Writer.Update(portal.Admin, new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(9), KmsKeyId = "alias/mine" }, default)).Secret;

        Assert.Equal("alias/mine", after.KmsKeyId);
        Assert.Equal([false, true, true, true], after.Versions.Select(v => v.KmsKeyId == key.KeyId));
        Assert.Equal(before.Versions.Select(v => v.Fingerprint), after.Versions.Select(v => v.Fingerprint));
        Assert.Equal(["one", "two", "three", "four"], await Task.WhenAll(after.Versions.Select(v => portal.Value("s", v.VersionId))));
        Assert.Equal(key.KeyId, (await portal.Put("s", "five", TestPortal.Token(5))).Secret.FindVersion(TestPortal.Token(5))!.KmsKeyId);
    }

    [Theory]
    [InlineData("11111111-2222-4333-8444-555555555555", true)]
    [InlineData("alias/mine", true)]
    [InlineData("arn:aws:kms:us-east-1:123456789012:key/11111111-2222-4333-8444-555555555555", true)]
    [InlineData("arn:aws:kms:us-east-1:123456789012:alias/mine", true)]
    [InlineData("alias/aws/secretsmanager", true)]
    [InlineData("arn:aws:kms:eu-central-1:123456789012:alias/mine", false)]
    [InlineData("arn:aws:kms:us-east-1:999999999999:key/11111111-2222-4333-8444-555555555555", false)]
    [InlineData("arn:aws:kms:us-east-1:123456789012:11111111-2222-4333-8444-555555555555", false)]
    [InlineData("mine", false)]
    public async Task A_key_is_named_by_id_ARN_alias_or_alias_ARN(string name, bool exists)
    {
        await using var portal = await TestPortal.Start();
        await portal.Get<KeyStore>().AddKey(
            new StoredKmsKey { KeyId = "11111111-2222-4333-8444-555555555555", Region = TestPortal.Region, Alias = "mine", Provider = "local", ProviderReference = "mine", CreatedAt = portal.Clock.GetUtcNow() }, default);

        var found = await Record.ExceptionAsync(() => portal.Get<KeyRegistry>().Resolve(name, TestPortal.Region, default));

        Assert.Equal(exists, found is null);
    }

    [Fact]
    public async Task Labels_move_only_as_asked_and_to_versions_that_exist()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");
        await portal.Put("s", "two", TestPortal.Token(2));
        Task<Secret> Move(string label, int? to, int? from) => portal.Writer.UpdateVersionStage(
            portal.Admin, "s", label, to is { } t ? TestPortal.Token(t) : null, from is { } f ? TestPortal.Token(f) : null, default);

        await Refused(PortalError.InvalidParameter,
            $"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {TestPortal.Token(2)}, so you must explicitly reference that version in RemoveFromVersionId.",
            () => Move(StagingLabels.Current, 1, null));
        await Refused(PortalError.ResourceNotFound, $"Secrets Manager can't find the specified secret value for VersionId: {TestPortal.Token(7)}", () => Move("MINE", 7, null));
        await Move(StagingLabels.Current, 1, 2);
        Assert.Equal("one", await portal.Value("s"));
        Assert.Equal("two", await portal.Value("s", stage: StagingLabels.Previous));
    }

    [Fact]
    public async Task A_deleted_secret_refuses_all_but_description_until_it_is_restored()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");

        var deleted = await portal.Writer.Delete(portal.Admin, "s", null, force: false, default);

        Assert.Equal(deleted!.DeletedAt!.Value.AddDays(30), deleted.PurgeAt);
        Assert.NotNull((await portal.Reader.Describe(portal.Admin, "s", default)).DeletedAt);
        foreach (var act in (Func<Task>[])[
            () => portal.Value("s"),
            () => portal.Put("s", "two", TestPortal.Token(2)),
            () => portal.Writer.Update(portal.Admin, new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(2), Description = "d" }, default),
            () => portal.Tagger.Tag(portal.Admin, "s", [new SecretTag("k", "v")], default),
            () => portal.Tagger.Untag(portal.Admin, "s", ["k"], default),
            () => portal.Writer.UpdateVersionStage(portal.Admin, "s", "X", TestPortal.Token(1), null, default),
            () => portal.Writer.Delete(portal.Admin, "s", null, force: false, default)])
            await Refused(PortalError.InvalidRequest, MarkedForDeletion, act);
        await portal.Writer.Restore(portal.Admin, "s", default);
        Assert.Equal("one", await portal.Value("s"));
    }

    [Fact]
    public async Task Deletion_at_once_frees_the_name_and_forgives_unknown_names()
    {
        await using var portal = await TestPortal.Start();
        var first = await portal.Create("s", "one");

        Assert.NotNull(await portal.Writer.Delete(portal.Admin, "s", null, force: true, default));
        Assert.Null(await portal.Writer.Delete(portal.Admin, "s", null, force: true, default));
        Assert.NotEqual(first.Arn, (await portal.Create("s", "two")).Arn);
        await Refused(PortalError.InvalidParameter, "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.", () => portal.Writer.Delete(portal.Admin, "s", 7, force: true, default));
        foreach (var days in new[] { 6, 31 })
            await Refused(PortalError.InvalidParameter, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).", () => portal.Writer.Delete(portal.Admin, "s", days, force: false, default));
    }

    [Fact]
    public async Task Tags_are_added_replaced_in_place_and_removed()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("s", "one");
        Assert.Null(secret.Tags);

        await portal.Tagger.Tag(portal.Admin, "s", [new SecretTag("a", "1"), new SecretTag("b", "2")], default);
        await portal.Tagger.Tag(portal.Admin, "s", [new SecretTag("c", "3"), new SecretTag("a", "9")], default);
        Assert.Equal([new("a", "9"), new("b", "2"), new("c", "3")], (await portal.Reader.Describe(portal.Admin, "s", default)).Tags!);
        await Refused(PortalError.LimitExceeded, "A secret can have at most 50 tags. Remove some first.",
            () => portal.Tagger.Tag(portal.Admin, "s", [.. Enumerable.Range(0, 48).Select(i => new SecretTag($"k{i}", ""))], default));
        await portal.Tagger.Untag(portal.Admin, "s", ["a", "b", "c", "never"], default);
        Assert.Empty((await portal.Reader.Describe(portal.Admin, "s", default)).Tags!);
    }

    [Fact]
    public async Task Each_call_leaves_one_record_and_none_holds_a_value()
    {
        await using var portal = await TestPortal.Start();
        var before = (await portal.Log()).Count;
        var secret = await portal.Create("s", "the hidden value");
        await portal.Put("s", "the hidden value", TestPortal.Token(1));
        await portal.Value("s");
        await Record.ExceptionAsync(() => portal.Put("nowhere", "the hidden value", TestPortal.Token(2)));

        var log = (await portal.Log()).Skip(before).ToList();

        Assert.Equal(
            [("secretsmanager:CreateSecret", AuditOutcome.Succeeded), ("secretsmanager:PutSecretValue", AuditOutcome.Succeeded),
             ("secretsmanager:GetSecretValue", AuditOutcome.Succeeded), ("secretsmanager:PutSecretValue", AuditOutcome.Failed)],
            log.Select(r => (r.Action, r.Outcome)));
        Assert.Equal([secret.Arn.ToString(), secret.Arn.ToString(), secret.Arn.ToString(), "nowhere"], log.Select(r => r.Resource));
        Assert.Equal("ResourceNotFound", log[3].Detail);
        Assert.All(log, r => Assert.Equal(("arn:aws:iam::123456789012:user/admin", "203.0.113.7", "request-1"), (r.Caller, r.SourceAddress, r.RequestId)));
        Assert.All(log, r => Assert.DoesNotContain("hidden", r.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_value_lies_readable_in_the_database_file()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "needle-in-the-database");

        foreach (var file in Directory.GetFiles(portal.Options.DataDirectory))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes);
            Assert.Equal(-1, bytes.AsSpan().IndexOf("needle-in-the-database"u8));
        }
    }

    internal static async Task Refused(PortalError error, string message, Func<Task> act)
    {
        var fault = await Assert.ThrowsAsync<PortalException>(act);
        Assert.Equal((error, message), (fault.Error, fault.Message));
    }
}
