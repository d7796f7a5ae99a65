using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A secret while it is made, as a browser's tab may keep it: nothing of its value but the kind and the names of its fields, which are metadata.</summary>
public sealed record KeptSecret
{
    /// <summary>The value's kind.</summary>
    public SecretKind Kind { get; init; }

    /// <summary>The engine of a database.</summary>
    public string Engine { get; init; } = "";

    /// <summary>The names of rows; their values are kept nowhere.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>The name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The description.</summary>
    public string Description { get; init; } = "";

    /// <summary>The tags.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>The key.</summary>
    public string KmsKeyId { get; init; } = "";

    /// <summary>The regions that were chosen, with their keys.</summary>
    public IReadOnlyDictionary<string, string> Replicas { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether secrets of replicas' regions are overwritten.</summary>
    public bool OverwritesReplicas { get; init; }

    /// <summary>Whether it rotates.</summary>
    public bool Rotates { get; init; }

    /// <summary>The schedule as an expression; null where the fields make none.</summary>
    public string? Schedule { get; init; }

    /// <summary>The window's length.</summary>
    public string Duration { get; init; } = "";

    /// <summary>Whether it rotates at once.</summary>
    public bool RotatesNow { get; init; }

    /// <summary>Who rotates it.</summary>
    public RotationBy RotatesBy { get; init; }

    /// <summary>The function.</summary>
    public string FunctionArn { get; init; } = "";

    /// <summary>The field that is generated.</summary>
    public string GeneratedField { get; init; } = "";
}

/// <summary>A policy while it is written, with what it was begun from.</summary>
/// <param name="Name">Of a new one.</param>
/// <param name="Description">The description.</param>
/// <param name="Document">The document.</param>
/// <param name="SeenDescription">The description that the editor saw.</param>
/// <param name="SeenDocument">The document that the editor saw; null where there was none.</param>
/// <param name="Revision">Of what the editor saw.</param>
public sealed record KeptPolicy(string Name, string Description, string Document, string SeenDescription = "", string? SeenDocument = null, long? Revision = null);

/// <summary>A rotation function while it is typed, without its secret half and the values of its variables; with what it was begun from, likewise.</summary>
/// <param name="Draft">What is typed.</param>
/// <param name="Variables">The names of its variables.</param>
/// <param name="Seen">What the editor saw; null for a new one.</param>
public sealed record KeptFunction(FunctionDraft Draft, IReadOnlyList<string> Variables, FunctionDraft? Seen);
