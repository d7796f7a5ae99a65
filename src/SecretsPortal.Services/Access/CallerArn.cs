using SecretsPortal.Core.Policies;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>How stored callers and the portal itself are named as principals.</summary>
internal static class CallerArn
{
    /// <summary>The caller of an authenticated session or request.</summary>
    public static Caller CallerOf(StoredCaller stored, string account, string? accessKeyId) => new()
    {
        Id = stored.Id,
        Kind = stored.Kind,
        Name = stored.Name,
        Arn = Of(stored.Kind, stored.Name, account),
        AccessKeyId = accessKeyId,
    };

    /// <summary>The portal's own work, such as the scheduler's. It has no policies, so no door opens to it.</summary>
    public static CallContext System(string name, string account, string region, string requestId) => new(
        new Caller { Id = new string('0', 32), Kind = CallerKind.System, Name = name, Arn = Of(CallerKind.System, name, account) },
        region, "internal", requestId);

    /// <summary>Somebody who was not recognised.</summary>
    public static CallContext Anonymous(string? accessKeyId, string region, string sourceAddress, string requestId) => new(
        new Caller { Id = "", Kind = CallerKind.Client, Name = "anonymous", Arn = "anonymous", AccessKeyId = accessKeyId },
        region, sourceAddress, requestId);

    // Names hold no slash, so a client can never have the ARN of a user.
    private static string Of(CallerKind kind, string name, string account) => kind switch
    {
        CallerKind.User => $"arn:aws:iam::{account}:user/{name}",
        CallerKind.Client => $"arn:aws:iam::{account}:user/client/{name}",
        CallerKind.System => $"arn:aws:iam::{account}:role/secretsportal/{name}",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a stored caller"),
    };
}
