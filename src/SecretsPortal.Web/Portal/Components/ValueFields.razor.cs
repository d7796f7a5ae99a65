using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The fields of a value, by its kind.</summary>
public sealed partial class ValueFields : PortalPage
{
    private static readonly (SecretKind Kind, string Name, string Hint)[] s_kinds =
    [
        (SecretKind.RdsDatabase, "RDS-like database", "PostgreSQL, MySQL, MariaDB, SQL Server, Oracle, Db2"),
        (SecretKind.DocumentDb, "DocumentDB", "MongoDB and what speaks its protocol"),
        (SecretKind.Redshift, "Redshift", "A data warehouse cluster"),
        (SecretKind.OtherDatabase, "Other database", "User, password and host of any other"),
        (SecretKind.KeyValue, "Other type of secret", "API keys, tokens, certificates, any text"),
    ];

    private bool _showsPassword;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired]
    public ValueDraft Draft { get; set; } = default!;

    /// <summary>What is wrong, by field; see <see cref="ValueDraft.Faults"/>.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, string> Faults { get; set; } = default!;

    /// <summary>Offers the five kinds; without it the draft's kind is asked for.</summary>
    [Parameter]
    public bool ChooseKind { get; set; }

    // Rows and plain text are two forms of one kind.
    private SecretKind Shown => Draft.Kind == SecretKind.Text ? SecretKind.KeyValue : Draft.Kind;

    private bool Has(string field) => Faults.ContainsKey(field);

    private string? FaultOf(string field) => Faults.GetValueOrDefault(field);

    private void Choose(SecretKind kind)
    {
        if (kind != Shown)
            Draft.SwitchTo(kind);
    }

    private void ChooseForm(int index) => Draft.SwitchTo(index == 1 ? SecretKind.Text : SecretKind.KeyValue);

    private void TogglePassword() => _showsPassword = !_showsPassword;

    private Task<bool> Generate() => Act(async call =>
    {
        // What the published rotation functions leave out: characters that break connection strings.
        var options = new RandomPasswordOptions { ExcludeCharacters = "/@\"'\\:" };
        Draft.Password = (await Reader.RandomPassword(call, options, Leaving)).Reveal();
    });
}
