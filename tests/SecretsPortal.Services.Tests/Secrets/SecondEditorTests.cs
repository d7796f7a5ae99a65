using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Notifications;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Tests.Secrets;

/// <summary>Two people edit: whoever saves second, upon what is no more, is refused; what else has changed meanwhile is in nobody's way.</summary>
public sealed class SecondEditorTests
{
    private const string Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/admin"},"Action":"secretsmanager:*","Resource":"*"}]}""";

    [Fact]
    public async Task The_second_of_two_editors_of_the_policy_is_refused()
    {
        await using var portal = await TestPortal.Start();
        var seen = await portal.Create("orders");
        var policies = portal.Get<SecretPolicies>();
        await policies.Put(portal.Admin, "orders", Policy, blockPublic: true, seen, default);

        await Refused(() => policies.Put(portal.Admin, "orders", Policy.Replace("secretsmanager:*", "*", StringComparison.Ordinal), blockPublic: true, seen, default));
        await Refused(() => policies.Delete(portal.Admin, "orders", seen, default));

        var now = await policies.Get(portal.Admin, "orders", default);
        Assert.Equal(Policy, now.ResourcePolicy);
        Assert.Null((await policies.Delete(portal.Admin, "orders", now, default)).ResourcePolicy);
    }

    [Fact]
    public async Task The_second_of_two_editors_of_description_or_tags_is_refused_and_a_new_value_is_in_nobodys_way()
    {
        await using var portal = await TestPortal.Start();
        var seen = await portal.Create("orders");
        await portal.Put("orders", "second value", TestPortal.Token(2));
        await portal.Writer.Update(portal.Admin, Describing("mine", seen), default);
        await portal.Tagger.Tag(portal.Admin, "orders", [new SecretTag("team", "mine")], seen, default);

        await Refused(() => portal.Writer.Update(portal.Admin, Describing("theirs", seen), default));
        await Refused(() => portal.Tagger.Tag(portal.Admin, "orders", [new SecretTag("team", "theirs")], seen, default));
        await Refused(() => portal.Tagger.Untag(portal.Admin, "orders", ["team"], seen, default));

        var now = await portal.Reader.Describe(portal.Admin, "orders", default);
        Assert.Equal("mine", now.Description);
        Assert.Equal([new SecretTag("team", "mine")], now.Tags);
        await portal.Writer.Update(portal.Admin, Describing("theirs", now), default);
    }

    [Fact]
    public async Task A_value_made_from_one_that_is_in_use_no_more_is_refused_unless_it_is_put_all_the_same()
    {
        await using var portal = await TestPortal.Start();
        var seen = await portal.Create("orders");
        var from = seen.Labels.VersionOf(StagingLabels.Current);
        var request = new PutSecretValueRequest("orders", TestPortal.Token(3), SecretValue.FromText("mine"), null) { MadeFromVersionId = from };
        await portal.Put("orders", "rotated", TestPortal.Token(2));

        await Refused(() => portal.Writer.PutValue(portal.Admin, request, default));
        Assert.Equal(TestPortal.Token(2), (await portal.Reader.Describe(portal.Admin, "orders", default)).Labels.VersionOf(StagingLabels.Current));

        await portal.Writer.PutValue(portal.Admin, request with { MadeFromVersionId = TestPortal.Token(2) }, default);
        // The same once more, as after an answer that was lost: it is stored already.
        await portal.Writer.PutValue(portal.Admin, request with { MadeFromVersionId = TestPortal.Token(2) }, default);
        await portal.Writer.PutValue(portal.Admin, request with { ClientRequestToken = TestPortal.Token(4), MadeFromVersionId = null }, default);
    }

    [Fact]
    public async Task The_second_of_two_editors_of_a_schedule_is_refused_and_a_rotation_is_in_nobodys_way()
    {
        await using var portal = await TestPortal.Start();
        var seen = await portal.Create("orders");
        var rotation = portal.Get<RotationService>();
        var request = new RotateSecretRequest { SecretId = "orders", ClientRequestToken = TestPortal.Token(2), RotationLambdaArn = "SecretsPortalGenerate", Schedule = Every(10), RotateImmediately = false, Seen = seen };
        await rotation.Rotate(portal.Admin, request, default);

        await Refused(() => rotation.Rotate(portal.Admin, request with { ClientRequestToken = TestPortal.Token(3), Schedule = Every(20) }, default));
        Assert.Equal(Every(10), (await portal.Reader.Describe(portal.Admin, "orders", default)).Rotation!.Schedule);
        // The same once more, as after an answer that was lost: it is stored already.
        await rotation.Rotate(portal.Admin, request, default);

        var now = await portal.Reader.Describe(portal.Admin, "orders", default);
        await portal.Put("orders", "meanwhile", TestPortal.Token(4));
        await rotation.Rotate(portal.Admin, request with { ClientRequestToken = TestPortal.Token(5), Schedule = Every(20), Seen = now }, default);
        Assert.Equal(Every(20), (await portal.Reader.Describe(portal.Admin, "orders", default)).Rotation!.Schedule);
    }

    [Fact]
    public async Task The_second_of_two_editors_of_a_channel_or_a_key_is_refused()
    {
        await using var portal = await TestPortal.Start();
        var channels = portal.Get<NotificationChannels>();
        var seen = await channels.Create(portal.Admin, "hook", Telling("https://hooks.example.com/a"), default);
        await channels.Update(portal.Admin, "hook", Telling("https://hooks.example.com/theirs") with { Seen = seen }, default);
        await Refused(() => channels.Update(portal.Admin, "hook", Telling("https://hooks.example.com/mine") with { Seen = seen }, default));
        Assert.Equal("https://hooks.example.com/theirs", (await channels.Get(portal.Admin, "hook", default)).Webhook!.Url);
        await channels.Update(portal.Admin, "hook", Telling("https://hooks.example.com/mine"), default);

        var keys = portal.Get<KeyService>();
        var key = await keys.Create(portal.Admin, new CreateKeyRequest { Provider = "local", Alias = "payments" }, default);
        await keys.Update(portal.Admin, key.KeyId, new UpdateKeyRequest { Description = "theirs", Seen = key }, default);
        await Refused(() => keys.Update(portal.Admin, key.KeyId, new UpdateKeyRequest { Description = "mine", Seen = key }, default));
        await keys.Disable(portal.Admin, key.KeyId, default);
        // That it was disabled is in nobody's way.
        var now = await keys.Update(portal.Admin, key.KeyId, new UpdateKeyRequest { Description = "mine", Seen = key with { Description = "theirs" } }, default);
        Assert.Equal("mine", now.Description);
    }

    private static ChannelRequest Telling(string url) => new() { Webhook = new WebhookAddress(url) };

    private static RotationSchedule Every(int days) => RotationSchedule.Parse($"rate({days} days)", null, null);

    private static UpdateSecretRequest Describing(string description, Secret seen) =>
        new() { SecretId = "orders", ClientRequestToken = TestPortal.Token(9), Description = description, Seen = seen };

    private static async Task Refused(Func<Task> act) => Assert.Equal(PortalError.PreconditionNotMet, (await Assert.ThrowsAsync<PortalException>(act)).Error);
}
