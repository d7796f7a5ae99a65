using SecretsPortal.Core.Policies;
using SecretsPortal.Web.Admin.Infrastructure;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/account</c>: the caller itself.</summary>
internal static class AccountResource
{
    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api) => api.Map("GET", "/account", DoorRule.SignedIn, "See who is asking", WhoAmI, "GetAccount");

    private static AccountBody WhoAmI(HttpContext http)
    {
        var call = http.Call();
        return new AccountBody
        {
            Arn = call.Caller.Arn,
            Kind = call.Caller.Kind,
            Name = call.Caller.Name,
            AccessKeyId = call.Caller.AccessKeyId,
            IsNarrowed = call.Caller.SessionPolicy is not null,
            Region = call.Region,
        };
    }
}

/// <summary>Who is asking.</summary>
public sealed record AccountBody
{
    /// <summary>The principal's ARN, as policies name it.</summary>
    public required string Arn { get; init; }

    /// <summary>User, client or function.</summary>
    public required CallerKind Kind { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The access key that signed; absent with a session.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>True for temporary credentials that a session policy narrows.</summary>
    public required bool IsNarrowed { get; init; }

    /// <summary>The region of the request.</summary>
    public required string Region { get; init; }
}
