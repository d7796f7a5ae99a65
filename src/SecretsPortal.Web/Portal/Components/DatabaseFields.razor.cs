using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The fields of a database's credentials, with what rotation needs to know of the database.</summary>
public sealed partial class DatabaseFields : PortalPage
{
    private readonly PasswordDraft _passwords = new();
    private bool _showsPassword;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [Inject]
    private ConnectionTester Tester { get; set; } = default!;

    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired]
    public ValueDraft Draft { get; set; } = default!;

    /// <summary>What is wrong, by field; see <see cref="ValueDraft.Faults"/>.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, string> Faults { get; set; } = default!;

    /// <summary>See <see cref="ValueFields.SecretName"/>.</summary>
    [Parameter]
    public string? SecretName { get; set; }

    // What the portal can log in to; null for an engine that it has no driver for.
    private DatabaseKind? Database => Tester.KindOf(Draft.EngineName);

    // By what the engine that is chosen now takes.
    private PasswordDraft Passwords
    {
        get
        {
            _passwords.GoBy(Database?.Passwords, Database?.LongestPassword);
            return _passwords;
        }
    }

    private bool Has(string field) => Faults.ContainsKey(field);

    private string? FaultOf(string field) => Faults.GetValueOrDefault(field);

    private void TogglePassword() => _showsPassword = !_showsPassword;

    private Task<bool> Generate() => Act(async call => Draft.Password = (await Reader.RandomPassword(call, Passwords.ToOptions(), Leaving)).Reveal());

    /// <summary>What a connection is called.</summary>
    internal static string NameOf(DraftTls tls) => tls switch
    {
        DraftTls.Verified => CreateText.TlsVerified,
        DraftTls.Unverified => CreateText.TlsUnverified,
        _ => CreateText.TlsNone,
    };

    private static string HintOf(DraftTls tls) => tls switch
    {
        DraftTls.Verified => CreateText.TlsVerifiedHint,
        DraftTls.Unverified => CreateText.TlsUnverifiedHint,
        _ => CreateText.TlsNoneHint,
    };
}
