namespace SecretsPortal.Core.Policies;

/// <summary>A parsed policy in IAM's JSON.</summary>
public sealed partial record PolicyDocument
{
    /// <summary>The longest document, in characters.</summary>
    public const int MaxLength = 20_480;

    internal PolicyDocument(IReadOnlyList<PolicyStatement> statements, bool isResourcePolicy)
    {
        Statements = statements;
        IsResourcePolicy = isResourcePolicy;
    }

    /// <summary>True where the policy hangs on a resource.</summary>
    public bool IsResourcePolicy { get; }

    /// <summary>The statements, in their order.</summary>
    internal IReadOnlyList<PolicyStatement> Statements { get; }

    /// <summary>Reads a document; <see cref="PortalError.MalformedPolicyDocument"/> names the statement and the field.</summary>
    /// <param name="json">The document.</param>
    /// <param name="isResourcePolicy">True where Principal is required and the policy hangs on a resource.</param>
    public static PolicyDocument Parse(string json, bool isResourcePolicy) => PolicyParser.Parse(json, isResourcePolicy);
}

/// <summary>A policy with the name a decision cites it by.</summary>
/// <param name="Name">The policy's name.</param>
/// <param name="Document">The policy.</param>
public sealed record NamedPolicy(string Name, PolicyDocument Document);
