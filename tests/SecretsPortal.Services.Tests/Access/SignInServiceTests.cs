using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

public sealed class SignInServiceTests
{
    private static readonly SecretText s_right = new("a password of the tests");

    [Fact]
    public async Task The_right_password_signs_in_and_each_attempt_is_recorded()
    {
        await using var portal = await TestPortal.Start();
        var service = portal.Get<SignInService>();

        var caller = await service.SignIn("admin", s_right, "203.0.113.7", "r1", default);
        Assert.Null(await service.SignIn("admin", new SecretText("wrong"), "203.0.113.7", "r2", default));
        Assert.Null(await service.SignIn("nobody", s_right, "203.0.113.7", "r3", default));
        Assert.Null(await service.SignIn("admin", new SecretText(""), "203.0.113.7", "r4", default));

        Assert.Equal("arn:aws:iam::123456789012:user/admin", caller!.Arn);
        Assert.Equal(caller, await service.FindUser(caller.Id, default));
        var log = (await portal.Log()).TakeLast(4).ToList();
        Assert.Equal([AuditOutcome.Succeeded, AuditOutcome.Denied, AuditOutcome.Denied, AuditOutcome.Denied], log.Select(r => r.Outcome));
        Assert.Equal(["admin", "admin", null, "admin"], log.Select(r => r.Resource));
    }

    [Fact]
    public async Task Repeated_failures_have_to_wait_and_other_addresses_do_not()
    {
        await using var portal = await TestPortal.Start();
        var service = portal.Get<SignInService>();
        for (var i = 0; i < 4; i++)
        {
            portal.Clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Null(await service.SignIn("admin", new SecretText("wrong"), "203.0.113.7", "r", default));
        }

        var fault = await Assert.ThrowsAsync<PortalException>(() => service.SignIn("admin", s_right, "203.0.113.7", "r", default));
        Assert.Equal((PortalError.Throttling, "Too many failed attempts. Wait 2 seconds, then try again."), (fault.Error, fault.Message));
        Assert.Equal("Throttling", (await portal.Log())[^1].Detail);
        Assert.NotNull(await service.SignIn("admin", s_right, "198.51.100.1", "r", default));
        portal.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(await service.SignIn("admin", s_right, "203.0.113.7", "r", default));
    }

    [Fact]
    public async Task Attempts_at_once_do_not_pass_the_throttle_together()
    {
        await using var portal = await TestPortal.Start();
        var service = portal.Get<SignInService>();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
            await Record.ExceptionAsync(() => service.SignIn("admin", new SecretText($"guess {i}"), "203.0.113.7", "r", default)))));

        Assert.Equal(3, outcomes.Count(o => o is null));
        Assert.Equal(17, outcomes.Count(o => o is PortalException { Error: PortalError.Throttling }));
    }

    /// <summary>From the tests of the reference implementation (phc-winner-argon2).</summary>
    [Fact]
    public async Task A_hash_of_another_implementation_fits()
    {
        const string Hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        Assert.True(await PasswordHasher.Fits(new SecretText("password"), Hash, default));
        Assert.False(await PasswordHasher.Fits(new SecretText("passwore"), Hash, default));
    }

    [Fact]
    public async Task Hashes_are_salted_and_of_the_recommended_cost()
    {
        var first = await PasswordHasher.Hash(s_right, default);

        Assert.StartsWith("$argon2id$v=19$m=19456,t=2,p=1$", first, StringComparison.Ordinal);
        Assert.NotEqual(first, await PasswordHasher.Hash(s_right, default));
        Assert.True(await PasswordHasher.Fits(s_right, first, default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$argon2id$v=19$m=19456,t=2$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$argon2id$v=19$m=-1,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$$")]
    public async Task A_damaged_hash_fits_no_password(string hash) => Assert.False(await PasswordHasher.Fits(s_right, hash, default));
}
