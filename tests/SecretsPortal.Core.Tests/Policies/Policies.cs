using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

/// <summary>Policies and requests as the tests of this folder need them.</summary>
internal static class Policies
{
    public const string Read = "secretsmanager:GetSecretValue";
    public const string Arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-a1b2c3";
    public const string User = "arn:aws:iam::000000000000:user/ann";

    public static NamedPolicy Identity(string name, string statements, string? group = null) =>
        new(name, PolicyDocument.Parse($$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""", isResourcePolicy: false), group);

    public static NamedPolicy Resource(string name, string statements) =>
        new(name, PolicyDocument.Parse($$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""", isResourcePolicy: true));

    public static AuthorizationRequest Request(params (string Key, string[] Values)[] context) => new(
        new Caller { Id = new string('1', 32), Kind = CallerKind.User, Name = "ann", Arn = User }, Read, Arn,
        context.ToDictionary(c => c.Key, c => (IReadOnlyList<string>)c.Values));
}
