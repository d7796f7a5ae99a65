using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal;

/// <summary>Says what was done and offers to undo it, for some seconds and from whichever page the user has gone on to.</summary>
internal sealed class UndoOffers(ISnackbar notices, PortalSession session, NavigationManager navigation)
{
    // Long enough to notice a mistake and to get to the button by keyboard.
    private const int Milliseconds = 12_000;

    /// <summary>Offers it.</summary>
    /// <param name="done">What was done.</param>
    /// <param name="undo">Undoes it, as the user, with a record of its own.</param>
    /// <param name="undone">Told once it is undone, so that what is shown follows.</param>
    public void Make(string done, Func<CallContext, Task> undo, EventCallback undone)
    {
        // Where it was done, not where the user has gone since.
        var region = session.Region;
        notices.Add(done, Severity.Success, notice =>
        {
            (notice.Action, notice.ActionColor, notice.VisibleStateDuration) = (ShellText.Undo, Color.Inherit, Milliseconds);
            notice.OnClick = _ => Undo(region, undo, undone);
        });
    }

    private async Task Undo(string region, Func<CallContext, Task> undo, EventCallback undone)
    {
        try
        {
            await undo(await session.NewCall(CancellationToken.None) with { Region = region });
            notices.Add(ShellText.Undone, Severity.Success);
            await undone.InvokeAsync();
        }
        catch (PortalException fault)
        {
            notices.Add(Refusals.TextOf(fault), Severity.Error);
        }
        catch (SessionEndedException)
        {
            navigation.NavigateTo(PortalRoutes.SignIn(navigation), forceLoad: true);
        }
    }
}
