using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Access;

/// <summary>A rotation function reaches the secret that it rotates and nothing else.</summary>
public sealed class FunctionCredentialsTests
{
    private const string FunctionArn = "arn:aws:lambda:us-east-1:123456789012:function:rotate-it";

    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(15);

    private static readonly string[] s_ofARotation =
    [
        SecretActions.DescribeSecret, SecretActions.GetSecretValue, SecretActions.PutSecretValue, SecretActions.UpdateSecretVersionStage,
    ];

    [Fact]
    public async Task The_four_steps_can_be_done_with_them()
    {
        await using var portal = await TestPortal.Start();
        var secret = await Rotated(portal, "prod/db");
        var call = await CallWith(portal, secret);

        Assert.Equal(FunctionArn, call.Caller.Arn);
        Assert.Equal("first value", (await portal.Reader.GetValue(call, secret.Name, null, null, default)).Value.Text);
        await portal.Reader.Describe(call, $"{secret.Arn}", default);
        Assert.Equal(32, (await portal.Reader.RandomPassword(call, new RandomPasswordOptions(), default)).Reveal().Length);
        await portal.Writer.PutValue(call, new PutSecretValueRequest($"{secret.Arn}", TestPortal.Token(2), SecretValue.FromText("next"), [StagingLabels.Pending]), default);
        await portal.Writer.UpdateVersionStage(call, secret.Name, StagingLabels.Current, TestPortal.Token(2), TestPortal.Token(1), default);
        Assert.Equal("next", await portal.Value("prod/db"));
    }

    [Fact]
    public async Task Every_other_action_and_every_other_secret_is_refused()
    {
        await using var portal = await TestPortal.Start();
        var secret = await Rotated(portal, "prod/db");
        // Of the same function, and with a name that begins alike.
        var sister = await Rotated(portal, "prod/db-2");
        var stranger = await portal.Create("prod/other");
        var call = await CallWith(portal, secret);

        foreach (var action in PortalActions.Known.Except(PortalActions.OwnAccount))
        {
            foreach (var resource in (Secret?[])[secret, sister, stranger, null])
            {
                var expected = (resource == secret && s_ofARotation.Contains(action)) || action == SecretActions.GetRandomPassword;
                var decision = await portal.Get<Authorizer>().Decide(call, action, resource?.Arn.ToString() ?? "*", resource, default);
                Assert.True(expected == decision.IsAllowed, $"{action} on {resource?.Name ?? "*"}: {decision.Reason}");
            }
        }
    }

    [Fact]
    public async Task A_secret_that_is_given_another_function_is_out_of_reach_at_once()
    {
        await using var portal = await TestPortal.Start();
        var secret = await Rotated(portal, "prod/db");
        var call = await CallWith(portal, secret);
        await portal.Reader.GetValue(call, secret.Name, null, null, default);

        await SetFunction(portal, secret, "arn:aws:lambda:us-east-1:123456789012:function:another");

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(call, secret.Name, null, null, default));
        Assert.Equal(PortalError.AccessDenied, refused.Error);
    }

    [Theory]
    [InlineData("UPDATE caller SET is_disabled = 1 WHERE kind = 'Function'")]
    [InlineData("DELETE FROM caller WHERE kind = 'Function'")]
    public async Task Disabling_or_deleting_the_function_ends_them_on_the_next_request(string change)
    {
        await using var portal = await TestPortal.Start();
        var secret = await Rotated(portal, "prod/db");
        var access = await portal.Get<FunctionCredentials>().Issue(secret, null, s_lifetime, default);
        await Authenticate(portal, access);

        await portal.Execute($"PRAGMA foreign_keys = ON; {change}");

        Assert.Equal(PortalError.UnrecognizedClient, (await Assert.ThrowsAsync<PortalException>(() => Authenticate(portal, access))).Error);
        Assert.Equal(
            PortalError.InvalidRequest,
            (await Assert.ThrowsAsync<PortalException>(() => portal.Get<FunctionCredentials>().Issue(secret, null, s_lifetime, default))).Error);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("rotate-it")]
    [InlineData("arn:aws:lambda:us-east-1:123456789012:function:unknown")]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012:function:rotate-it")]
    [InlineData("arn:aws:lambda:us-east-1:999999999999:function:rotate-it")]
    [InlineData("arn:aws:iam::123456789012:user/admin")]
    public async Task There_are_none_for_a_secret_that_does_not_name_the_function(string? function)
    {
        await using var portal = await TestPortal.Start();
        var secret = await Rotated(portal, "prod/db");
        await SetFunction(portal, secret, function);
        var now = await portal.Get<SecretStore>().FindById(secret.Id, default);

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Get<FunctionCredentials>().Issue(now!, null, s_lifetime, default));

        Assert.Equal(PortalError.InvalidRequest, refused.Error);
    }

    [Fact]
    public async Task The_longest_name_fits()
    {
        await using var portal = await TestPortal.Start();
        var secret = await Rotated(portal, "-/_+=.@!" + new string('n', SecretName.MaxLength - 8));

        var call = await CallWith(portal, secret);

        Assert.Equal("first value", (await portal.Reader.GetValue(call, secret.Name, null, null, default)).Value.Text);
    }

    /// <summary>Three must agree: whoever set the rotation up (the settings name the master), the credentials of the event, and the master's own policy.</summary>
    [Fact]
    public async Task A_master_is_read_where_the_rotation_names_it_and_its_own_policy_lets_the_function()
    {
        await using var portal = await TestPortal.Start();
        var secret = await Rotated(portal, "prod/db");
        var master = await portal.Create("prod/master", "the master's");
        await portal.Create("prod/other", "another's");
        var call = await CallWith(portal, secret, master.Arn.ToString());
        Assert.Equal(PortalError.AccessDenied, await Read(call, "prod/master"));

        var policy = $$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"{{FunctionArn}}"},"Action":"secretsmanager:*","Resource":"*"} }""";
        foreach (var name in (string[])["prod/master", "prod/other"])
            await portal.Get<SecretPolicies>().Put(portal.Admin, name, policy, blockPublic: false, default);

        Assert.Null(await Read(call, "prod/master"));
        Assert.Equal(PortalError.AccessDenied, await Read(call, "prod/other"));
        Assert.Equal(PortalError.AccessDenied, await Read(await CallWith(portal, secret), "prod/master"));
        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Writer.PutValue(
            call, new PutSecretValueRequest("prod/master", TestPortal.Token(7), SecretValue.FromText("mine"), null), default));
        Assert.Equal(PortalError.AccessDenied, refused.Error);

        async Task<PortalError?> Read(CallContext asked, string name)
        {
            try
            {
                await portal.Reader.GetValue(asked, name, null, null, default);
                return null;
            }
            catch (PortalException fault)
            {
                return fault.Error;
            }
        }
    }

    /// <summary>A secret whose function is a caller of this portal.</summary>
    private static async Task<Secret> Rotated(TestPortal portal, string name)
    {
        var function = new StoredCaller { Id = Guid.CreateVersion7(portal.Clock.GetUtcNow()).ToString("N"), Kind = CallerKind.Function, Name = "rotate-it", CreatedAt = portal.Clock.GetUtcNow() };
        if (await portal.Get<CallerStore>().Find(CallerKind.Function, function.Name, default) is null)
        {
            Assert.True(await portal.Get<CallerStore>().Add(
                new CallerAddition
                {
                    Callers = [function],
                    Policies = [new StoredPolicy(FunctionCredentials.PolicyName, FunctionCredentials.Policy)],
                    Attachments = [(function.Id, FunctionCredentials.PolicyName)],
                },
                portal.Get<AuditLog>().For(portal.Admin, "test:AddFunction", null, AuditOutcome.Succeeded), default));
        }

        var secret = await portal.Create(name);
        return await SetFunction(portal, secret, FunctionArn);
    }

    private static async Task<Secret> SetFunction(TestPortal portal, Secret secret, string? arn) => (await portal.Get<SecretStore>().Change(
        secret.Id,
        s => new SecretChange(
            s with { Rotation = arn is null ? null : new RotationSettings { Enabled = false, FunctionArn = arn } },
            portal.Get<AuditLog>().For(portal.Admin, "test:Rotated", null, AuditOutcome.Succeeded)),
        default))!;

    private static async Task<CallContext> CallWith(TestPortal portal, Secret secret, string? master = null) =>
        portal.CallOf((await Authenticate(portal, await portal.Get<FunctionCredentials>().Issue(secret, master, s_lifetime, default))).Caller);

    private static Task<AuthenticatedRequest> Authenticate(TestPortal portal, TemporaryAccess access) =>
        SignedCall.Authenticate(portal, new SigningCredentials(access.AccessKeyId, access.SecretAccessKey, access.SessionToken.Reveal()));
}
