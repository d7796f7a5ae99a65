using SecretsPortal.Core.Policies;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>How stored callers and the portal itself are named as principals.</summary>
internal static class CallerArn
{
    /// <summary>The caller of an authenticated session or request. Rotation functions are in each region that the portal serves.</summary>
    public static Caller CallerOf(StoredCaller stored, string account, string? accessKeyId, string? region = null) => new()
    {
        Id = stored.Id,
        Kind = stored.Kind,
        Name = stored.Name,
        Arn = Of(stored.Kind, stored.Name, account, region),
        AccessKeyId = accessKeyId,
    };

    /// <summary>A rotation function as it calls in a region: it may do there what names it there.</summary>
    public static Caller In(this Caller function, string account, string region) =>
        function with { Arn = Of(CallerKind.Function, function.Name, account, region) };

    /// <summary>Whom an ARN names, in this account; null for what names no stored caller.</summary>
    public static (CallerKind Kind, string Name)? Parse(string arn, string account) => arn.Split(':') switch
    {
        ["arn", "aws", "iam", "", var of, var resource] when of == account => resource.Split('/') switch
        {
            ["user", { Length: > 0 } name] => (CallerKind.User, name),
            ["user", "client", { Length: > 0 } name] => (CallerKind.Client, name),
            _ => null,
        },
        ["arn", "aws", "lambda", { Length: > 0 }, var of, "function", { Length: > 0 } name] when of == account => (CallerKind.Function, name),
        _ => null,
    };

    /// <summary>The portal's own work, such as the scheduler's. It has no policies, so no door opens to it.</summary>
    public static CallContext System(string name, string account, string region, string requestId) => new(
        new Caller { Id = new string('0', 32), Kind = CallerKind.System, Name = name, Arn = Of(CallerKind.System, name, account, region: null) },
        region, "internal", requestId);

    /// <summary>Somebody who was not recognised.</summary>
    public static CallContext Anonymous(string? accessKeyId, string region, string sourceAddress, string requestId) => new(
        new Caller { Id = "", Kind = CallerKind.Client, Name = "anonymous", Arn = "anonymous", AccessKeyId = accessKeyId },
        region, sourceAddress, requestId);

    // Names hold no slash, so a client can never have the ARN of a user.
    internal static string Of(CallerKind kind, string name, string account, string? region) => kind switch
    {
        CallerKind.User => $"arn:aws:iam::{account}:user/{name}",
        CallerKind.Client => $"arn:aws:iam::{account}:user/client/{name}",
        CallerKind.System => $"arn:aws:iam::{account}:role/secretsportal/{name}",
        CallerKind.Function when region is not null => $"arn:aws:lambda:{region}:{account}:function:{name}",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A function needs its region."),
    };
}
