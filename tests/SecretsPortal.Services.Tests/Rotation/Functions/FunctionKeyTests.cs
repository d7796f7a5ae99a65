using SecretsPortal.Core.Crypto;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Rotation.Functions;

/// <summary>The keys that requests are signed with lie sealed, and are wrapped anew with everything else.</summary>
public sealed class FunctionKeyTests
{
    [Fact]
    public async Task A_webhooks_key_is_wrapped_anew_and_opens_as_it_was_shown()
    {
        await using var portal = await TestPortal.Start();
        var made = await portal.Get<FunctionService>().Create(
            portal.Admin, "hook", RotationFunctionKind.Webhook, new FunctionSettings { Webhook = new WebhookSettings("https://rotate.example") }, default);
        var before = SealedValue.Parse((await Stored(portal)).SealedKey!);

        var key = (await portal.Get<KeyService>().List(portal.Admin, 10, null, default)).Keys.Single(one => one.IsDefault);
        await portal.Get<RewrapService>().Rotate(portal.Admin, key.KeyId, default);
        await portal.Get<RewrapRunner>().Tick(default);

        var function = await Stored(portal);
        var after = SealedValue.Parse(function.SealedKey!);
        Assert.Equal(("1", "2"), (before.KeyVersion, after.KeyVersion));
        Assert.NotEqual(before.WrappedKey, after.WrappedKey);
        Assert.Equal(made.SigningKey, await portal.Get<FunctionKeys>().Open(function, default));
    }

    [Fact]
    public async Task A_key_that_is_moved_to_another_function_does_not_open()
    {
        await using var portal = await TestPortal.Start();
        await portal.Get<FunctionService>().Create(
            portal.Admin, "hook", RotationFunctionKind.Webhook, new FunctionSettings { Webhook = new WebhookSettings("https://rotate.example") }, default);
        var function = await Stored(portal);
        var other = function with { Caller = function.Caller with { Id = new string('0', 32) } };
        await Assert.ThrowsAsync<Core.PortalException>(() => portal.Get<FunctionKeys>().Open(other, default));
    }

    private static async Task<StoredFunction> Stored(TestPortal portal) => (await portal.Get<RotationFunctionStore>().Find("hook", default))!;
}
