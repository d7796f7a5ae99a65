namespace SecretsPortal.Core.Policies;

/// <summary>A parsed policy in IAM's JSON.</summary>
public sealed record PolicyDocument
{
    /// <summary>The longest document, in characters.</summary>
    public const int MaxLength = 20_480;

    internal PolicyDocument(PolicyStatement[] statements, bool isResourcePolicy)
    {
        Statements = statements;
        IsResourcePolicy = isResourcePolicy;
    }

    /// <summary>True where the policy hangs on a resource.</summary>
    public bool IsResourcePolicy { get; }

    /// <summary>The statements, in their order.</summary>
    internal PolicyStatement[] Statements { get; }

    /// <summary>True where a statement names this principal in its Principal or NotPrincipal; what <c>*</c> or an account stands for does not count.</summary>
    public bool NamesPrincipal(string arn) => Statements.Any(statement => statement.Principal?.Principals.Contains(arn) == true);

    /// <summary>Reads a document; <see cref="PortalError.MalformedPolicyDocument"/> names the statement and the field.</summary>
    /// <param name="json">The document.</param>
    /// <param name="isResourcePolicy">True where Principal is required and the policy hangs on a resource.</param>
    public static PolicyDocument Parse(string json, bool isResourcePolicy) => PolicyParser.Parse(json, isResourcePolicy);
}

/// <summary>A policy with the name a decision cites it by, and where it comes from. Made once and asked often: it never changes.</summary>
public sealed record NamedPolicy
{
    /// <summary>A policy under a name.</summary>
    /// <param name="name">The policy's name.</param>
    /// <param name="document">The policy.</param>
    /// <param name="group">For an identity policy: the group through which the caller has it; null where it is attached to the caller.</param>
    public NamedPolicy(string name, PolicyDocument document, string? group = null)
    {
        (Name, Document, Group) = (name, document, group);
        Citations = [.. document.Statements.Select(s => $"{name}/{s.Name}")];
    }

    /// <summary>The policy's name.</summary>
    public string Name { get; }

    /// <summary>The policy.</summary>
    public PolicyDocument Document { get; }

    /// <summary>For an identity policy: the group through which the caller has it; null where it is attached to the caller.</summary>
    public string? Group { get; }

    /// <summary>What decisions cite its statements by, in their order.</summary>
    internal string[] Citations { get; }
}
