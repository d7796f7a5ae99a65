using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>
/// What the steps of a sign-in share. They are plain forms, answered by the request itself: only a request can set a cookie.
/// </summary>
public abstract class SignInPage : ComponentBase
{
    /// <summary>Checks each step.</summary>
    [Inject]
    protected SignInService Service { get; set; } = default!;

    /// <summary>The portal's clock.</summary>
    [Inject]
    protected TimeProvider Time { get; set; } = default!;

    /// <summary>Moves between pages.</summary>
    [Inject]
    protected NavigationManager Navigation { get; set; } = default!;

    /// <summary>The request that asks for the page.</summary>
    [CascadingParameter]
    protected HttpContext Request { get; set; } = default!;

    /// <summary>Where the user wanted to go.</summary>
    [SupplyParameterFromQuery(Name = "returnUrl")]
    protected string? ReturnUrl { get; set; }

    /// <summary>Why the step was refused; null where it was not.</summary>
    protected string? Refusal { get; set; }

    /// <summary>A step's address with the way back.</summary>
    protected string With(string path) => ReturnUrl is null ? path : $"{path}?returnUrl={Uri.EscapeDataString(PortalRoutes.LocalOrHome(ReturnUrl))}";

    /// <summary>Tries a step and goes on to the next one; a refusal stays on the page.</summary>
    /// <param name="here">The step of this page; <see cref="SignInStep.Refused"/> for the first one, from which nothing leads back.</param>
    /// <param name="step">Asks the service.</param>
    /// <param name="words">What to say where the service says no more than that it was refused.</param>
    protected async Task Try(SignInStep here, Func<SignInOrigin, Task<SignInResult>> step, string words)
    {
        SignInResult result;
        try
        {
            result = await step(SignInCookies.OriginOf(Request, Time));
            await SignInCookies.Keep(Request, result);
        }
        catch (PortalException fault)
        {
            Refusal = fault.Message;
            return;
        }

        if (result.Next == here)
        {
            Refusal = result.Hint ?? words;
            return;
        }

        Navigation.NavigateTo(result.Next switch
        {
            SignInStep.SecondFactor => With(PortalRoutes.SignInCode),
            SignInStep.NewPassword => With(PortalRoutes.SignInNewPassword),
            SignInStep.Complete => PortalRoutes.LocalOrHome(ReturnUrl),
            _ => $"{PortalCookie.SignInPath}?notice={SignInNotices.Over}",
        });
    }
}
