using SecretsPortal.Core.Policies;

namespace SecretsPortal.Services.Access;

/// <summary>What administration acts on, as policies name it.</summary>
internal sealed class PrincipalArns(PortalOptions options)
{
    /// <summary>A user or client.</summary>
    public string Caller(CallerKind kind, string name) => CallerArn.Of(kind, name, options.AccountId, region: null);

    /// <summary>A group.</summary>
    public string Group(string name) => $"arn:aws:iam::{options.AccountId}:group/{name}";

    /// <summary>An identity policy.</summary>
    public string Policy(string name) => $"arn:aws:iam::{options.AccountId}:policy/{name}";
}
