using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class SecretStoreTests(DatabaseProvider provider) : ContractTests(provider)
{
    private SecretStore Store => new(Database);

    protected override Task SetUp() => new KeyStore(Database).AddKey(Samples.Key(), Cancel);

    [Fact]
    public async Task Resource_policies_that_may_hold_a_text_are_found_however_it_is_escaped()
    {
        var (plain, escaped, other) = ("""{"AWS":"user/ada"}""", """{"AWS":"user\/ada"}""", """{"AWS":"user/bob"}""");
        foreach (var (index, policy) in new[] { plain, escaped, other, null }.Index())
        {
            var secret = Samples.Secret($"s{index}") with { ResourcePolicy = policy };
            Assert.True(await Store.Create(new SecretChange(secret, Samples.Audit()), Cancel));
        }

        Assert.Equal([plain, escaped], (await Store.FindPoliciesWith("user/ada", Cancel)).OrderBy(policy => policy.Length));
    }

    [Fact]
    public async Task A_created_secret_reads_back_as_it_was()
    {
        var secret = Samples.Secret("prod/db") with
        {
            Description = "Größe 😀",
            KmsKeyId = Samples.KeyId,
            Tags = [new SecretTag("z", "1"), new SecretTag("a", ""), new SecretTag("A", "2")],
            LastRotatedAt = Now.AddDays(-1),
            LastAccessedOn = new DateOnly(2026, 2, 28),
        };

        Assert.True(await Store.Create(Samples.WithValue(secret), Cancel));

        var found = await Store.FindById(secret.Id, Cancel);
        Assert.NotNull(found);
        Assert.Equal(secret.Arn, found.Arn);
        Assert.Equal("prod/db", found.Name);
        Assert.Equal("Größe 😀", found.Description);
        Assert.Equal(Samples.KeyId, found.KmsKeyId);
        Assert.Equal(secret.CreatedAt, found.CreatedAt);
        Assert.Equal(secret.LastRotatedAt, found.LastRotatedAt);
        Assert.Equal(secret.LastAccessedOn, found.LastAccessedOn);
        Assert.Null(found.DeletedAt);
        Assert.Null(found.Rotation);
        Assert.Equal(secret.Tags, found.Tags);
        Assert.Equal(["AWSCURRENT"], found.Labels.Of(Samples.V1));
        var version = Assert.Single(found.Versions);
        Assert.Equal(SecretKind.KeyValue, version.Kind);
        Assert.Equal(Samples.Version(Samples.V1).Fingerprint, version.Fingerprint);
        var value = await Store.FindValue(secret.Id, Samples.V1, Cancel);
        Assert.Equal(Samples.Bytes("sealed"), value!.Sealed);
        Assert.True(value.IsText);
    }

    [Fact]
    public async Task A_name_is_taken_once_per_region_and_compares_by_ordinal()
    {
        Assert.True(await Store.Create(Samples.WithValue(Samples.Secret("name")), Cancel));

        Assert.False(await Store.Create(Samples.WithValue(Samples.Secret("name")), Cancel));
        Assert.True(await Store.Create(Samples.WithValue(Samples.Secret("Name")), Cancel));
        Assert.True(await Store.Create(Samples.WithValue(Samples.Secret("name", region: "eu-west-1")), Cancel));
    }

    [Fact]
    public async Task A_refused_creation_leaves_nothing_behind()
    {
        await Store.Create(Samples.WithValue(Samples.Secret("name")), Cancel);
        var second = Samples.Secret("name");

        await Store.Create(Samples.WithValue(second), Cancel);

        Assert.Null(await Store.FindById(second.Id, Cancel));
        Assert.Null(await Store.FindValue(second.Id, Samples.V1, Cancel));
        Assert.Single(await new AuditStore(Database).Search(new(), Cancel));
    }

    [Fact]
    public async Task Finds_by_name_ARN_and_partial_ARN()
    {
        var secret = Samples.Secret("prod/db");
        await Store.Create(Samples.WithValue(secret), Cancel);

        Assert.Equal(secret.Id, (await Find("prod/db"))?.Id);
        Assert.Equal(secret.Id, (await Find(secret.Arn.ToString()))?.Id);
        Assert.Equal(secret.Id, (await Find("arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db"))?.Id);
        Assert.Null(await Find("prod/DB"));
        Assert.Null(await Find("arn:aws:secretsmanager:us-east-1:000000000001:secret:prod/db"));
        Assert.Null(await Find("arn:aws:secretsmanager:eu-west-1:000000000000:secret:prod/db"));
        Assert.Null(await Find("arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-ZZZZZZ"));
    }

    [Fact]
    public async Task A_partial_ARN_whose_name_ends_like_a_suffix_finds_nothing()
    {
        await Store.Create(Samples.WithValue(Samples.Secret("my-secret")), Cancel);

        Assert.Null(await Find("arn:aws:secretsmanager:us-east-1:000000000000:secret:my-secret"));
        Assert.NotNull(await Find("my-secret"));
    }

    [Fact]
    public async Task A_change_writes_labels_versions_and_values()
    {
        var secret = await Created("name");

        var changed = await Store.Change(secret.Id, before => Samples.Put(before, Samples.V2, "second"), Cancel);

        Assert.Equal([Samples.V1, Samples.V2], changed!.Versions.Select(v => v.VersionId));
        Assert.Equal(Samples.V2, changed.Labels.VersionOf("AWSCURRENT"));
        Assert.Equal(Samples.V1, changed.Labels.VersionOf("AWSPREVIOUS"));
        Assert.Equal(Samples.Bytes("second"), (await Store.FindValue(secret.Id, Samples.V2, Cancel))!.Sealed);

        var third = await Store.Change(secret.Id, before => Samples.Put(before with { Versions = [before.Versions[1]] }, Samples.V3), Cancel);
        Assert.Equal([Samples.V2, Samples.V3], third!.Versions.Select(v => v.VersionId));
        Assert.Null(await Store.FindValue(secret.Id, Samples.V1, Cancel));
    }

    [Fact]
    public async Task A_null_decision_changes_nothing_and_a_missing_secret_is_null()
    {
        var secret = await Created("name");

        var same = await Store.Change(secret.Id, _ => null, Cancel);

        Assert.Equal(secret.LastChangedAt, same!.LastChangedAt);
        Assert.Single(await Audit());
        Assert.Null(await Store.Change(Samples.NewId(), _ => throw new InvalidOperationException("must not be asked"), Cancel));
    }

    [Fact]
    public async Task An_exception_of_the_decision_rolls_back_and_passes_through()
    {
        var secret = await Created("name");

        var thrown = await Assert.ThrowsAsync<PortalException>(() => Store.Change(secret.Id,
            _ => throw new PortalException(PortalError.InvalidParameter, "no"), Cancel));

        Assert.Equal("no", thrown.Message);
        Assert.Single(await Audit());
    }

    [Fact]
    public async Task A_change_that_fails_half_way_leaves_nothing_behind()
    {
        var secret = await Created("name");

        // The row, the version and the label are written before the run's lease is found lost.
        var thrown = await Assert.ThrowsAsync<PortalException>(() => Store.Change(secret.Id,
            before => Samples.Put(before with { Description = "new" }, Samples.V2) with { EndRun = new(Samples.NewId(), 1, RotationRunState.Succeeded, null) },
            Cancel));

        Assert.Equal(PortalError.InvalidRequest, thrown.Error);
        var found = await Store.FindById(secret.Id, Cancel);
        Assert.Null(found!.Description);
        Assert.Single(found.Versions);
        Assert.Equal(Samples.V1, found.Labels.VersionOf("AWSCURRENT"));
        Assert.Single(await Audit());
    }

    [Fact]
    public async Task LastChangedAt_rises_strictly_though_the_clock_stands_still()
    {
        var secret = await Created("name");

        var first = await Store.Change(secret.Id, before => Describe(before, "one"), Cancel);
        var second = await Store.Change(secret.Id, before => Describe(before, "two"), Cancel);
        var later = await Store.Change(secret.Id, before => Describe(before, "three") with { After = before with { Description = "three", LastChangedAt = Now.AddSeconds(1) } }, Cancel);

        Assert.True(first!.LastChangedAt > secret.LastChangedAt);
        Assert.True(second!.LastChangedAt > first.LastChangedAt);
        Assert.Equal(Now.AddSeconds(1), later!.LastChangedAt);
    }

    [Fact]
    public async Task LastChangedAt_stays_where_only_the_record_is_new()
    {
        var secret = await Created("name");

        var same = await Store.Change(secret.Id, before => new SecretChange(before, Samples.Audit()), Cancel);

        Assert.Equal(secret.LastChangedAt, same!.LastChangedAt);
        Assert.Equal(2, (await Audit()).Count);
    }

    [Fact]
    public async Task A_version_may_wait_for_its_value()
    {
        var secret = await Created("name");

        var started = await Store.Change(secret.Id, before => new SecretChange(
            before with
            {
                Versions = [.. before.Versions, new SecretVersion { VersionId = Samples.V2, CreatedAt = Now }],
                Labels = before.Labels.StartRotation(Samples.V2),
            },
            Samples.Audit("secretsmanager:RotateSecret")), Cancel);

        Assert.False(started!.FindVersion(Samples.V2)!.HasValue);
        Assert.Equal(Samples.V2, started.Labels.VersionOf("AWSPENDING"));
        Assert.Null(await Store.FindValue(secret.Id, Samples.V2, Cancel));

        var filled = await Store.Change(secret.Id, before => new SecretChange(
            before with { Versions = [before.Versions[0], Samples.Version(Samples.V2)] }, Samples.Audit())
        {
            Values = [Samples.Value(Samples.V2, "filled")],
        }, Cancel);

        Assert.True(filled!.FindVersion(Samples.V2)!.HasValue);
        Assert.Equal(Samples.Bytes("filled"), (await Store.FindValue(secret.Id, Samples.V2, Cancel))!.Sealed);
    }

    [Fact]
    public async Task A_value_may_be_sealed_anew()
    {
        var secret = await Created("name");

        await Store.Change(secret.Id, before => new SecretChange(before, Samples.Audit()) { Values = [Samples.Value(Samples.V1, "again")] }, Cancel);

        Assert.Equal(Samples.Bytes("again"), (await Store.FindValue(secret.Id, Samples.V1, Cancel))!.Sealed);
    }

    [Fact]
    public async Task A_version_that_says_it_has_a_value_needs_one()
    {
        var secret = await Created("name");

        await Assert.ThrowsAsync<ArgumentException>(() => Store.Change(secret.Id, before => Samples.Put(before, Samples.V2) with { Values = [] }, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.Change(secret.Id, before => new SecretChange(before, Samples.Audit()) { Values = [Samples.Value(Samples.V3)] }, Cancel));
        Assert.Single((await Store.FindById(secret.Id, Cancel))!.Versions);
    }

    [Fact]
    public async Task Tags_keep_their_order_and_tell_never_tagged_from_untagged()
    {
        var secret = await Created("name");
        Assert.Null((await Store.FindById(secret.Id, Cancel))!.Tags);

        var tagged = await Tag(secret, new("b", "1"), new("a", "2"), new("B", "3"), new("b ", "4"));
        Assert.Equal(["b", "a", "B", "b "], tagged!.Tags!.Select(tag => tag.Key));

        var changed = await Tag(secret, new("a", "2"), new("b", "other"));
        Assert.Equal([new SecretTag("a", "2"), new SecretTag("b", "other")], changed!.Tags);

        Assert.Empty((await Tag(secret))!.Tags!);
    }

    [Fact]
    public async Task Rotation_settings_are_stored_changed_and_removed()
    {
        var secret = await Created("name");
        var settings = new RotationSettings
        {
            Enabled = true,
            FunctionArn = "arn:aws:lambda:us-east-1:000000000000:function:rotate",
            Schedule = RotationSchedule.Parse("rate(4 hours)", null, "2h"),
            NextWindowStart = Now.AddHours(4),
            NextWindowEnd = Now.AddHours(6),
        };

        var set = await Rotate(secret, settings);
        Assert.Equal("rate(4 hours)", set.Schedule!.Expression);
        Assert.Equal("2h", set.Schedule.Duration);
        Assert.Null(set.Schedule.AutomaticallyAfterDays);
        Assert.Equal((settings.FunctionArn, settings.NextWindowStart, settings.NextWindowEnd), (set.FunctionArn, set.NextWindowStart, set.NextWindowEnd));

        var days = await Rotate(secret, settings with { Schedule = RotationSchedule.Parse(null, 30, null), Enabled = false });
        Assert.Equal((30, null, false), (days.Schedule!.AutomaticallyAfterDays, days.Schedule.Expression, days.Enabled));

        var byHand = await Rotate(secret, new RotationSettings { Enabled = true });
        Assert.Null(byHand.Schedule);

        var none = await Store.Change(secret.Id, before => new SecretChange(before with { Rotation = null }, Samples.Audit()), Cancel);
        Assert.Null(none!.Rotation);
    }

    [Fact]
    public async Task A_label_or_version_id_that_ends_in_a_blank_is_refused()
    {
        var secret = await Created("name");

        var label = await Assert.ThrowsAsync<PortalException>(() => Store.Change(secret.Id,
            before => new SecretChange(before with { Labels = before.Labels.Put(Samples.V1, ["blue "]) }, Samples.Audit()), Cancel));
        var version = await Assert.ThrowsAsync<PortalException>(() => Store.Change(secret.Id,
            before => Samples.Put(before, Samples.V2 + " "), Cancel));

        Assert.Equal((PortalError.Validation, PortalError.Validation), (label.Error, version.Error));
    }

    [Fact]
    public async Task A_text_that_is_too_long_for_its_column_is_refused()
    {
        var secret = await Created("name");

        var refused = await Assert.ThrowsAsync<PortalException>(() => Store.Change(secret.Id, before => Describe(before, new string('x', 2049)), Cancel));

        Assert.Equal(PortalError.Validation, refused.Error);
        Assert.NotNull(await Store.Change(secret.Id, before => Describe(before, new string('x', 2048)), Cancel));
    }

    [Fact]
    public async Task A_secret_keeps_its_name_and_ARN()
    {
        var secret = await Created("name");

        await Assert.ThrowsAsync<ArgumentException>(() => Store.Change(secret.Id,
            before => new SecretChange(before with { Name = "other" }, Samples.Audit()), Cancel));
    }

    [Fact]
    public async Task A_day_of_access_is_noted_once_and_never_goes_back()
    {
        var secret = await Created("name");
        var day = new DateOnly(2026, 3, 1);

        await Store.NoteAccess([new AccessNote(secret.Id, Samples.V1, day)], Cancel);
        await Store.NoteAccess([new AccessNote(secret.Id, Samples.V1, day.AddDays(-1))], Cancel);

        var found = await Store.FindById(secret.Id, Cancel);
        Assert.Equal((day, day), (found!.LastAccessedOn, found.Versions[0].LastAccessedOn));
        Assert.Equal(secret.LastChangedAt, found.LastChangedAt);

        await Store.NoteAccess([new AccessNote(secret.Id, Samples.V1, day.AddDays(1))], Cancel);
        Assert.Equal(day.AddDays(1), (await Store.FindById(secret.Id, Cancel))!.LastAccessedOn);
    }

    [Fact]
    public async Task A_removed_secret_takes_everything_with_it_but_the_log()
    {
        var secret = await Created("name");
        await Tag(secret, new SecretTag("a", "1"));
        await Rotate(secret, new RotationSettings { Enabled = true, NextWindowStart = Now.AddDays(-1) });
        var run = Samples.Run(secret);
        await Store.Change(secret.Id, before => new SecretChange(before, Samples.Audit()) { StartRun = run }, Cancel);
        var records = (await Audit()).Count;

        Assert.True(await Store.Remove(secret.Id, null, Samples.Audit("secretsmanager:DeleteSecret"), Cancel));

        Assert.Null(await Store.FindById(secret.Id, Cancel));
        Assert.Null(await Store.FindValue(secret.Id, Samples.V1, Cancel));
        Assert.Null(await new RotationStore(Database).Find(run.RunId, Cancel));
        Assert.Empty(await new RotationScheduleStore(Database).FindDue(Now, null, 10, Cancel));
        Assert.Equal(records + 1, (await Audit()).Count);
        Assert.False(await Store.Remove(secret.Id, null, Samples.Audit(), Cancel));
        Assert.Equal(records + 1, (await Audit()).Count);
        Assert.True(await Store.Create(Samples.WithValue(Samples.Secret("name")), Cancel));
    }

    [Fact]
    public async Task A_purge_waits_for_the_end_of_the_recovery_window()
    {
        var secret = await Created("name");
        await Created("stays");
        await Store.Change(secret.Id, before => new SecretChange(before with { DeletedAt = Now, PurgeAt = Now.AddDays(7) }, Samples.Audit()), Cancel);

        Assert.Empty(await Store.FindPurgeable(Now.AddDays(7).AddMicroseconds(-1), 10, Cancel));
        Assert.Equal([secret.Id], await Store.FindPurgeable(Now.AddDays(7), 10, Cancel));
        Assert.False(await Store.Remove(secret.Id, Now.AddDays(6), Samples.Audit(), Cancel));
        Assert.True(await Store.Remove(secret.Id, Now.AddDays(7), Samples.Audit(), Cancel));
    }

    [Fact]
    public async Task A_restored_secret_is_not_purged_though_it_was_found_purgeable()
    {
        var secret = await Created("name");
        await Store.Change(secret.Id, before => new SecretChange(before with { DeletedAt = Now, PurgeAt = Now.AddDays(7) }, Samples.Audit()), Cancel);
        await Store.Change(secret.Id, before => new SecretChange(before with { DeletedAt = null, PurgeAt = null }, Samples.Audit()), Cancel);

        Assert.False(await Store.Remove(secret.Id, Now.AddDays(8), Samples.Audit(), Cancel));
    }

    private static SecretChange Describe(Secret before, string description) => new(before with { Description = description }, Samples.Audit());

    private Task<IReadOnlyList<AuditEvent>> Audit() => new AuditStore(Database).Search(new AuditQuery { Limit = 500 }, Cancel);

    private Task<Secret?> Tag(Secret secret, params SecretTag[] tags) =>
        Store.Change(secret.Id, before => new SecretChange(before with { Tags = tags }, Samples.Audit()), Cancel);

    private async Task<RotationSettings> Rotate(Secret secret, RotationSettings settings) =>
        (await Store.Change(secret.Id, before => new SecretChange(before with { Rotation = settings }, Samples.Audit()), Cancel))!.Rotation!;

    private Task<Secret?> Find(string id) => Store.Find(Samples.Region, SecretId.Parse(id), Cancel).AsTask();

    private async Task<Secret> Created(string name)
    {
        var secret = Samples.Secret(name);
        Assert.True(await Store.Create(Samples.WithValue(secret), Cancel));
        return secret;
    }
}

public sealed class SecretStoreOnSqlite() : SecretStoreTests(DatabaseProvider.Sqlite);

public sealed class SecretStoreOnSqlServer() : SecretStoreTests(DatabaseProvider.SqlServer);
