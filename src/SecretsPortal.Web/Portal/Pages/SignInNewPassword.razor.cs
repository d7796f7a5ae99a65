using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>The last step of a sign-in with a password that has to be changed.</summary>
public sealed partial class SignInNewPassword : SignInPage
{
    private string? _name;

    [SupplyParameterFromForm(FormName = "sign-in-new-password")]
    private PasswordForm Form { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        Form ??= new PasswordForm();
        _name = await Service.NameOf(SignInStep.NewPassword, SignInCookies.TicketOf(Request), Request.RequestAborted);
        if (HttpMethods.IsGet(Request.Request.Method) && _name is null)
            Navigation.NavigateTo(With(PortalCookie.SignInPath));
    }

    private async Task Submit()
    {
        if (Form.Password != Form.Again)
        {
            Refusal = AccountText.PasswordsDiffer;
            return;
        }

        await Try(
            SignInStep.NewPassword,
            origin => Service.SetNewPassword(SignInCookies.TicketOf(Request), new SecretText(Form.Password), origin, Request.RequestAborted),
            AccountText.PasswordNotChanged);
    }

    /// <summary>What the form holds.</summary>
    private sealed class PasswordForm
    {
        /// <summary>Never given back.</summary>
        public string Password { get; set; } = "";

        /// <summary>Never given back.</summary>
        public string Again { get; set; } = "";
    }
}
