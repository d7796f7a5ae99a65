using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Portal;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>A page over the real services and a database of its own, with the administrator signed in.</summary>
public abstract class PortalPageTest : BunitContext, IAsyncLifetime
{
    protected const string Password = "correct horse battery staple";

    private readonly TemporaryDirectory _directory = new();
    private readonly WaitingQueue _queue = new();

    protected PortalPageTest()
    {
        // A page that comes late on a busy machine is no fault of the page.
        DefaultWaitTimeout = TimeSpan.FromSeconds(15);
        JSInterop.Mode = JSRuntimeMode.Loose;
        var options = new PortalOptions { DataDirectory = _directory.Path, BootstrapAdminPassword = new SecretText(Password), Regions = ["us-east-1", "eu-central-1"] };
        Services.AddLogging();
        Services.AddSecretsPortal(options);
        Services.AddSingleton<IRotationQueue>(_queue);
        Services.AddMudServices();
        Services.AddPortalSession();
    }

    protected SecretReader Reader => Services.GetRequiredService<SecretReader>();

    protected SecretWriter Writer => Services.GetRequiredService<SecretWriter>();

    protected RotationService Rotation => Services.GetRequiredService<RotationService>();

    protected NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    /// <summary>What dialogs, menus and notices are shown in, beside the page.</summary>
    protected IRenderedComponent<Surroundings> Around { get; private set; } = default!;

    public async ValueTask InitializeAsync()
    {
        await Services.GetRequiredService<PortalStart>().Run(CancellationToken.None);
        var admin = await Services.GetRequiredService<SignInService>().SignIn(
            "admin", new SecretText(Password), new SignInOrigin("127.0.0.1", "test"), CancellationToken.None);
        Become(admin.Session!);
        Services.GetRequiredService<PortalSession>().Begin("127.0.0.1", isSecure: false);
        Around = Render<Surroundings>();
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _directory.Dispose();
    }

    /// <summary>Opens a page about one thing, and waits until it is shown.</summary>
    protected IRenderedComponent<T> Open<T>(string address)
        where T : IComponent
    {
        Navigation.NavigateTo(address);
        var page = Render<T>();
        page.WaitForElement(".detail");
        return page;
    }

    /// <summary>From here on the pages are another user's, who has the managed policies of these names and no others.</summary>
    protected async Task BecomeSomebody(params string[] policies)
    {
        // Without a password, so that none has to be changed first.
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N");
        var stored = new StoredCaller { Id = id, Kind = CallerKind.User, Name = "somebody", CreatedAt = TimeProvider.System.GetUtcNow() };
        var record = Services.GetRequiredService<AuditLog>().For(await Call(), PortalActions.CreateUser, stored.Name, AuditOutcome.Succeeded);
        await Services.GetRequiredService<CallerStore>().Add(new CallerAddition { Callers = [stored] }, record, CancellationToken.None);
        foreach (var policy in policies)
            await Services.GetRequiredService<PolicyService>().Attach(await Call(), policy, new PolicyTarget(PolicyTargetKind.User, stored.Name), CancellationToken.None);
        Become(await Services.GetRequiredService<SessionService>().Open(id, new SignInOrigin("127.0.0.1", "test"), detail: null, CancellationToken.None));
    }

    protected Task<CallContext> Call() => Services.GetRequiredService<PortalSession>().NewCall(CancellationToken.None);

    protected async Task<Secret> Store(string name, string value, string? description = null, params SecretTag[] tags) =>
        (await Writer.Create(await Call(), new CreateSecretRequest
        {
            Name = name,
            Description = description,
            Value = SecretValue.FromText(value),
            ClientRequestToken = Services.GetRequiredService<PortalSession>().NewId(),
            Tags = tags.Length > 0 ? tags : null,
        }, CancellationToken.None)).Secret;

    /// <summary>The actions that the log holds about a resource, oldest first.</summary>
    protected async Task<IReadOnlyList<string>> ActionsOn(Secret secret)
    {
        var query = new AuditQuery { Resource = secret.Arn.ToString(), Limit = 100 };
        var page = await Services.GetRequiredService<AuditLog>().Search(await Call(), query, null, CancellationToken.None);
        return [.. page.Events.Reverse().Select(e => e.Record.Action)];
    }

    /// <summary>Carries out what a worker would, once.</summary>
    protected async Task RunWaitingRotations()
    {
        foreach (var runId in _queue.TakeAll())
            await Services.GetRequiredService<RotationRunner>().Run(runId, CancellationToken.None);
    }

    /// <summary>The input that a label names.</summary>
    protected static IElement Field<T>(IRenderedComponent<T> within, string label)
        where T : IComponent
    {
        var named = within.FindAll("label").First(l => l.TextContent.Trim() == label && l.HasAttribute("for"));
        return within.Find($"#{named.GetAttribute("for")}");
    }

    protected static IElement Button<T>(IRenderedComponent<T> within, string text)
        where T : IComponent =>
        within.FindAll("button").First(b => b.TextContent.Trim() == text);

    private void Become(OpenedSession opened)
    {
        var user = (IHostEnvironmentAuthenticationStateProvider)Services.GetRequiredService<AuthenticationStateProvider>();
        user.SetAuthenticationState(Task.FromResult(new AuthenticationState(SessionGate.PrincipalOf(opened, "test"))));
    }

    private sealed class WaitingQueue : IRotationQueue
    {
        private readonly List<string> _runs = [];

        public void Enqueue(string runId)
        {
            lock (_runs)
                _runs.Add(runId);
        }

        public string[] TakeAll()
        {
            lock (_runs)
            {
                string[] taken = [.. _runs.Distinct()];
                _runs.Clear();
                return taken;
            }
        }
    }

    /// <summary>What the layout puts around every page.</summary>
    public sealed class Surroundings : ComponentBase
    {
        protected override void BuildRenderTree(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder)
        {
            builder.OpenComponent<MudPopoverProvider>(0);
            builder.CloseComponent();
            builder.OpenComponent<MudDialogProvider>(1);
            builder.CloseComponent();
            builder.OpenComponent<MudSnackbarProvider>(2);
            builder.CloseComponent();
        }
    }
}
