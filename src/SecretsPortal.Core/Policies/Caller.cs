namespace SecretsPortal.Core.Policies;

/// <summary>What sort of caller this is.</summary>
public enum CallerKind
{
    /// <summary>A person who signs in to the portal.</summary>
    User,

    /// <summary>A program with access keys.</summary>
    Client,

    /// <summary>The portal's own work: the scheduler, the purge of deleted secrets, the first start.</summary>
    System,

    /// <summary>A rotation function with its temporary credentials.</summary>
    Function,
}

/// <summary>Who asks. Bound once by authentication and carried unchanged to every decision and record.</summary>
public sealed record Caller
{
    /// <summary>The portal's id of the caller (32 hexadecimal digits).</summary>
    public required string Id { get; init; }

    /// <summary>Person, program, rotation function, or the portal itself.</summary>
    public required CallerKind Kind { get; init; }

    /// <summary>The name, unique among callers of its kind.</summary>
    public required string Name { get; init; }

    /// <summary>The principal ARN that policies name, such as <c>arn:aws:iam::000000000000:user/NAME</c>.</summary>
    public required string Arn { get; init; }

    /// <summary>The access key that signed the request; null in the portal.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>The session policy of temporary credentials: only what it allows as well is allowed. Null where nothing is narrowed.</summary>
    public PolicyDocument? SessionPolicy { get; init; }
}
