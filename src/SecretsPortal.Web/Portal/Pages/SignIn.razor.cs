using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>The first step of a sign-in: name and password, or the way to the identity provider.</summary>
public sealed partial class SignIn : SignInPage
{
    [Inject]
    private PortalOptions Options { get; set; } = default!;

    [SupplyParameterFromForm(FormName = "sign-in")]
    private SignInForm Form { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "notice")]
    private string? Notice { get; set; }

    private string? Provider => Options.Oidc?.DisplayName;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Form ??= new SignInForm();
        Refusal = SignInNotices.Find(Notice, Provider);
        if (HttpMethods.IsGet(Request.Request.Method) && Request.User.Identity?.IsAuthenticated == true)
            Navigation.NavigateTo(PortalRoutes.LocalOrHome(ReturnUrl));
    }

    private Task Submit()
    {
        Refusal = null;
        return Try(
            SignInStep.Refused, origin => Service.SignIn(Form.Name, new SecretText(Form.Password), origin, Request.RequestAborted),
            AccountText.WrongPassword);
    }

    /// <summary>What the form holds.</summary>
    private sealed class SignInForm
    {
        /// <summary>The user's name, given back where the pair was wrong.</summary>
        public string Name { get; set; } = "";

        /// <summary>Never given back.</summary>
        public string Password { get; set; } = "";
    }
}
