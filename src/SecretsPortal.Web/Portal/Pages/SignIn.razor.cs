using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>Asks for name and password. A plain form, answered by the request itself: only a request can set a cookie.</summary>
public sealed partial class SignIn : ComponentBase
{
    private const string WrongPair = "The user name or the password is wrong.";

    [Inject]
    private SignInService Service { get; set; } = default!;

    [Inject]
    private SessionGate Gate { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [CascadingParameter]
    private HttpContext Request { get; set; } = default!;

    [SupplyParameterFromForm(FormName = "sign-in")]
    private SignInForm Form { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "returnUrl")]
    private string? ReturnUrl { get; set; }

    private string? Refusal { get; set; }

    private string FormAction => ReturnUrl is null
        ? PortalCookie.SignInPath
        : $"{PortalCookie.SignInPath}?returnUrl={Uri.EscapeDataString(PortalRoutes.LocalOrHome(ReturnUrl))}";

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Form ??= new SignInForm();
        if (HttpMethods.IsGet(Request.Request.Method) && Request.User.Identity?.IsAuthenticated == true)
            Navigation.NavigateTo(PortalRoutes.LocalOrHome(ReturnUrl));
    }

    private async Task Submit()
    {
        try
        {
            var requestId = Guid.CreateVersion7(Time.GetUtcNow()).ToString();
            var user = await Service.SignIn(
                Form.Name, new SecretText(Form.Password), SourceAddress.Of(Request), requestId, Request.RequestAborted);
            if (user is null)
            {
                Refusal = WrongPair;
                return;
            }

            const string scheme = CookieAuthenticationDefaults.AuthenticationScheme;
            await Request.SignInAsync(scheme, Gate.Open(user, scheme));
        }
        catch (PortalException fault)
        {
            Refusal = fault.Message;
            return;
        }

        Navigation.NavigateTo(PortalRoutes.LocalOrHome(ReturnUrl));
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
