using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using static SecretsPortal.Services.Tests.Secrets.SecretWriterTests;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>The tokens of a rotation's events, as its function gives them back with the new value.</summary>
public sealed class RotationTokensTests
{
    private const string Refusal =
        "The RotationToken belongs to no open rotation that makes this version. Give the one of the rotation's event, or leave it out outside of rotations.";

    [Fact]
    public async Task A_rotations_function_stores_the_pending_value_with_the_token_of_its_event()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("db", """{"engine":"postgres","host":"127.0.0.1","port":1,"username":"u","password":"p"}""");
        await portal.Rotate("db", 2);
        var run = (await portal.History("db"))[0];

        var tokens = portal.Get<RotationTokens>();
        var create = await tokens.Of(run, RotationStep.CreateSecret, default);
        Assert.Equal(4, (await Task.WhenAll(Enum.GetValues<RotationStep>().Select(step => tokens.Of(run, step, default)))).Distinct().Count());
        await Put(portal, TestPortal.Token(2), create);

        Assert.Equal("pending", await portal.Value("db", stage: StagingLabels.Pending));
        // The same call again is the no-op that it is without a token.
        await Put(portal, TestPortal.Token(2), create);
    }

    [Fact]
    public async Task A_token_of_another_rotation_or_for_another_version_is_refused()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("db", """{"engine":"postgres","host":"127.0.0.1","port":1,"username":"u","password":"p"}""");
        await portal.Rotate("db", 2);
        var run = (await portal.History("db"))[0];
        var tokens = portal.Get<RotationTokens>();
        var others = await tokens.Of(run with { RunId = new string('0', 32) }, RotationStep.CreateSecret, default);
        var own = await tokens.Of(run, RotationStep.CreateSecret, default);

        await Refused(PortalError.InvalidRequest, Refusal, () => Put(portal, TestPortal.Token(2), others));
        await Refused(PortalError.InvalidRequest, Refusal, () => Put(portal, TestPortal.Token(3), own));
        await portal.Put("db", "by hand", TestPortal.Token(4));
        // Nor does it help where nothing would change.
        await Refused(PortalError.InvalidRequest, Refusal, () => portal.Writer.PutValue(
            portal.Admin, new PutSecretValueRequest("db", TestPortal.Token(4), SecretValue.FromText("by hand"), null) { RotationToken = own }, default));
        await Refused(PortalError.InvalidRequest, Refusal, () => Put(portal, TestPortal.Token(2), own));
    }

    private static Task<WrittenSecret> Put(TestPortal portal, string version, SecretText rotationToken) => portal.Writer.PutValue(
        portal.Admin,
        new PutSecretValueRequest("db", version, SecretValue.FromText("pending"), [StagingLabels.Pending]) { RotationToken = rotationToken }, default);
}
