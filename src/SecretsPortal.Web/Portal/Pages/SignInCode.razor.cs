using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>The second step of a sign-in, for users who have set up a second factor.</summary>
public sealed partial class SignInCode : SignInPage
{
    [SupplyParameterFromForm(FormName = "sign-in-code")]
    private CodeForm Form { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        Form ??= new CodeForm();
        if (HttpMethods.IsGet(Request.Request.Method)
            && await Service.NameOf(SignInStep.SecondFactor, SignInCookies.TicketOf(Request), Request.RequestAborted) is null)
            Navigation.NavigateTo(With(PortalCookie.SignInPath));
    }

    private Task Submit() => Try(
        SignInStep.SecondFactor,
        origin => Service.ProveSecondFactor(SignInCookies.TicketOf(Request), new SecretText(Form.Code), origin, Request.RequestAborted),
        AccountText.WrongCode);

    /// <summary>What the form holds.</summary>
    private sealed class CodeForm
    {
        /// <summary>Never given back.</summary>
        public string Code { get; set; } = "";
    }
}
