using System.Security.Cryptography;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Tests.Shared;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

public sealed class PostgreSqlAlternatingUsersTests(PostgresFixture postgres)
{
    private const string Master = ",\"ssl\":false,\"masterarn\":\"arn:aws:secretsmanager:us-east-1:000000000000:secret:master-aaaaaa\"";
    private readonly AlternatingUsersRotator _rotator = new(new PostgreSqlEngine(RandomNumberGenerator.Fill), RandomNumberGenerator.Fill);

    [Theory]
    [InlineData("plain")]
    [InlineData("a\";--")]
    [InlineData("Großes 'Konto'")]
    public async Task Two_users_take_turns(string name)
    {
        var role = await postgres.Role(name: $"turns {name}");
        var first = Value(role.Json(extra: Master));

        var second = await Rotate(role, first, $"was made as a clone of {role.Name}.");
        var third = await Rotate(role, second, "got the new password.");

        Assert.Contains("_clone", second.Text, StringComparison.Ordinal);
        Assert.True(await role.Server.CanLogIn($"{role.Name}_clone", PasswordOf(second.Text)));
        Assert.True(await role.Accepts(PasswordOf(third.Text)));
        Assert.False(await role.Accepts(role.Password));
        Assert.EndsWith("has the new password already.", await _rotator.Set(Values(role, second, third), default), StringComparison.Ordinal);
    }

    private static SecretValue Value(string json) => SecretValue.FromText(json);

    private async Task<SecretValue> Rotate(TestRole role, SecretValue current, string expected)
    {
        var pending = _rotator.Create(Values(role, current));
        Assert.EndsWith(expected, await _rotator.Set(Values(role, current, pending), default), StringComparison.Ordinal);
        await _rotator.Test(pending, default);
        Assert.True(await _rotator.IsAccepted(current, default));
        return pending;
    }

    private static RotationValues Values(TestRole role, SecretValue current, SecretValue? pending = null) =>
        new() { Current = current, Pending = pending, Master = Value((role with { Name = "postgres" }).Json(PostgresServer.SuperuserPassword)) };
}
