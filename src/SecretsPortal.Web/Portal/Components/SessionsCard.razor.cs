using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Where the user is signed in, to end what should not be.</summary>
public sealed partial class SessionsCard : PortalPage
{
    private IReadOnlyList<SessionView>? _sessions;
    private string? _here;

    [Inject]
    private AccountService Service { get; set; } = default!;

    /// <inheritdoc/>
    protected override Task OnInitializedAsync() => Ask(Load);

    private Task<bool> End(SessionView session) => Act(async call =>
    {
        await Service.EndSession(call, session.Id, Leaving);
        await Load(call);
    });

    private Task<bool> EndOthers() => Act(async call =>
    {
        await Service.EndOtherSessions(call, _here!, Leaving);
        await Load(call);
    });

    private async Task Load(Services.CallContext call)
    {
        _here = await Session.SessionId();
        _sessions = await Service.Sessions(call, Leaving);
    }
}
