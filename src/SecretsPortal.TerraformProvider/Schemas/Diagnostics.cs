using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Schemas;

/// <summary>One thing to tell the user.</summary>
/// <param name="IsError">An error ends the operation; a warning is only shown.</param>
/// <param name="Summary">One line: what is wrong.</param>
/// <param name="Detail">Why, and what to do.</param>
/// <param name="Path">The attribute it is about; null where it is about none.</param>
internal sealed record DiagnosticEntry(bool IsError, string Summary, string Detail, AttributePath? Path);

/// <summary>Collects what is to be told to the user. Entries are shown on terminals and stored in CI logs: no secret value in any.</summary>
internal sealed class Diagnostics
{
    private readonly List<DiagnosticEntry> _entries = [];

    /// <summary>What was collected, in order.</summary>
    public IReadOnlyList<DiagnosticEntry> Entries => _entries;

    /// <summary>Whether any entry is an error.</summary>
    public bool HasErrors => _entries.Exists(e => e.IsError);

    /// <summary>Adds an error.</summary>
    public void Error(string summary, string detail, AttributePath? path = null) => _entries.Add(new(true, summary, detail, path));

    /// <summary>Adds a warning.</summary>
    public void Warning(string summary, string detail, AttributePath? path = null) => _entries.Add(new(false, summary, detail, path));

    /// <summary>Adds an entry made elsewhere.</summary>
    public void Add(DiagnosticEntry entry) => _entries.Add(entry);
}

/// <summary>Ends the operation with one diagnostic.</summary>
/// <param name="summary">One line: what is wrong.</param>
/// <param name="detail">Why, and what to do; no secret value.</param>
/// <param name="path">The attribute it is about; null where it is about none.</param>
internal sealed class DiagnosticException(string summary, string detail, AttributePath? path = null) : Exception(summary)
{
    /// <summary>The diagnostic.</summary>
    public DiagnosticEntry Entry { get; } = new(true, summary, detail, path);
}
