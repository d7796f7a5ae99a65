using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The user's own password, to change.</summary>
public sealed partial class PasswordCard : PortalPage
{
    private bool _isOpen;
    private bool _isChanged;
    private string _present = "";
    private string _wanted = "";
    private string _again = "";
    private bool _wasSubmitted;

    [Inject]
    private AccountService Service { get; set; } = default!;

    /// <summary>The account.</summary>
    [Parameter, EditorRequired]
    public AccountView Account { get; set; } = default!;

    /// <summary>The password was changed.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    // Said quietly while it is typed; nothing is called wrong before it is sent.
    private string Hint => _wanted.Length == 0
        ? Words.Fill(AccountText.PasswordHint, PasswordRules.Shortest)
        : PasswordRules.Rate(new SecretText(_wanted), Account.Name) switch
        {
            PasswordStrength.Strong => AccountText.Strong,
            PasswordStrength.Good => AccountText.Good,
            _ => PasswordRules.FaultOf(new SecretText(_wanted), Account.Name)!,
        };

    // The service says of the new one "The new password …" or what the rules say of it, which is asked for here before; else it speaks of the present one.
    private string? WantedFault => !_wasSubmitted ? null
        : PasswordRules.FaultOf(new SecretText(_wanted), Account.Name) ?? (Fault?.StartsWith("The new password", StringComparison.Ordinal) == true ? Fault : null);

    private string? PresentFault => !_wasSubmitted ? null
        : _present.Length == 0 ? AccountText.PresentMissing
        : WantedFault is null && FaultKind == PortalError.InvalidParameter ? Fault : null;

    private string? AgainFault => _wasSubmitted && _wanted != _again ? AccountText.NewPasswordsDiffer : null;

    // Nothing of it but secrets, which only count as typed.
    private static string Kept() => "";

    private void Open()
    {
        Forget();
        _isOpen = true;
        _isChanged = false;
    }

    private void Close()
    {
        Forget();
        _isOpen = false;
    }

    private async Task Save()
    {
        (_wasSubmitted, Fault) = (true, null);
        if ((PresentFault ?? WantedFault ?? AgainFault) is not null)
            return;

        var isChanged = await Act(async call =>
            await Service.ChangePassword(call, await Session.SessionId(), new SecretText(_present), new SecretText(_wanted), Leaving));
        if (!isChanged)
            return;
        Close();
        _isChanged = true;
        await Changed.InvokeAsync();
    }

    private void Forget()
    {
        (_present, _wanted, _again, _wasSubmitted) = ("", "", "", false);
        Fault = null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Forget();
        base.Dispose(disposing);
    }
}
