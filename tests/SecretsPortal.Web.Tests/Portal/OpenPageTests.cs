using System.Diagnostics;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>A page that is open makes no requests, so it asks by itself whether its user may still be there.</summary>
public sealed class OpenPageTests
{
    [Fact]
    public async Task It_ends_within_5_seconds_of_its_user_being_disabled_on_another_host()
    {
        await using var portal = await TestPortal.Start();
        await using var other = await portal.StartNode();
        var user = await portal.AddUser("ann");
        await using var circuit = portal.Services.CreateAsyncScope();
        var page = Assert.IsType<RevalidatingServerAuthenticationStateProvider>(
            circuit.ServiceProvider.GetRequiredService<AuthenticationStateProvider>(), exactMatch: false);
        var session = await portal.Services.GetRequiredService<SessionService>().Open(user.Id, new SignInOrigin("127.0.0.1", "test"), detail: null, TestContext.Current.CancellationToken);
        page.SetAuthenticationState(Task.FromResult(new AuthenticationState(SessionGate.PrincipalOf(session, "test"))));
        var ended = new TaskCompletionSource();
        page.AuthenticationStateChanged += async state =>
        {
            if ((await state).User.Identity?.IsAuthenticated != true)
                ended.TrySetResult();
        };
        // It has been asked about, and found to hold, before.
        await Task.Delay(SessionLimits.Revalidation + TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
        Assert.False(ended.Task.IsCompleted);

        await Disable(other, user);
        var started = Stopwatch.GetTimestamp();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine($"ended after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
    }

    private static async Task Disable(TestPortal host, Caller user)
    {
        var audit = host.Services.GetRequiredService<AuditLog>().For(
            new CallContext(await host.SignIn(), TestPortal.Region, "127.0.0.1", "test"), PortalActions.UpdateUser, user.Name, AuditOutcome.Succeeded);
        var after = await host.Services.GetRequiredService<UserStore>().Change(
            user.Id, u => new CallerChange(u with { IsDisabled = true }, audit), rule: null, TestContext.Current.CancellationToken);
        Assert.True(after?.IsDisabled);
    }
}
