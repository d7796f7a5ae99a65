using System.Text;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Demo;

/// <summary>A secret of the demonstration.</summary>
internal sealed record DemoSecret(string Name, string Team, string Description)
{
    /// <summary>What its value holds.</summary>
    public SecretKind Kind { get; init; } = SecretKind.KeyValue;

    /// <summary>Of a database: its engine.</summary>
    public string Engine { get; init; } = "";

    /// <summary>Of a database: where it listens.</summary>
    public int Port { get; init; }

    /// <summary>Of a database: who logs in.</summary>
    public string User { get; init; } = "";

    /// <summary>Of a database: the name of the secret that changes the users.</summary>
    public string? Master { get; init; }

    /// <summary>Of names and values: the names.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Of a text: what stands around its random part.</summary>
    public CompositeFormat? Text { get; init; }

    /// <summary>When it is rotated; null where it is not.</summary>
    public string? Schedule { get; init; }

    /// <summary>The length of its windows; null for the schedule's own.</summary>
    public string? Duration { get; init; }

    /// <summary>What rotates it, where its engine does not say so; a function's bare name.</summary>
    public string? Function { get; init; }

    /// <summary>The key it is sealed under; null for the default one.</summary>
    public string? Key { get; init; }

    /// <summary>True where another region has a copy.</summary>
    public bool IsReplicated { get; init; }

    /// <summary>On which day of the history it was made.</summary>
    public int Day { get; init; }

    /// <summary>The first part of the name.</summary>
    public string Stage => Name.Split('/')[0];

    /// <summary>The second part of the name.</summary>
    public string Service => Name.Split('/')[1];

    /// <summary>Of a database: its host, which is nobody's.</summary>
    public string Host => $"{Service}-db.{Stage}.demo.invalid";
}
